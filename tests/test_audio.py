"""Recordings: what is read from files, against soundfile and librosa; channels."""

import importlib
import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from assertions import assert_close, assert_same
from catalogue import PIANO
from examples import noise

import nnaudio_xp as nax

soundfile = pytest.importorskip("soundfile", reason="soundfile, which reads recordings, is not installed")


@pytest.fixture
def stereo(tmp_path):
    """Two channels of a second at 16 kHz, in 16 bits."""
    path = tmp_path / "stereo.wav"
    soundfile.write(path, 0.2 * noise(0, (16000, 2)).clip(-4, 4), 16000)
    return path


OPTIONS = [
    {"sr": None},
    {"sr": None, "mono": False},
    {"sr": None, "offset": 0.25, "duration": 0.5},
    {"sr": None, "dtype": "float64"},
    {"sr": 8000},
    {"mono": False},
    {"sr": 8000, "res_type": "polyphase"},
]


@pytest.mark.once
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.filterwarnings("ignore")  # librosa's own
def test_recordings_are_librosas(librosa, stereo, options):
    theirs, their_rate = librosa.load(stereo, **{**options, **({"dtype": np.float64} if "dtype" in options else {})})
    ours, rate = nax.load(stereo, **options)
    assert (ours.shape, ours.dtype, rate) == (theirs.shape, theirs.dtype, their_rate)
    assert_close(ours, theirs, rtol=0, atol=1e-6)


@pytest.mark.once
def test_what_a_file_may_be(stereo):
    expected, _ = nax.load(stereo, sr=None)
    with soundfile.SoundFile(stereo) as opened, stereo.open("rb") as binary:
        for file in (str(stereo), Path(stereo), io.BytesIO(stereo.read_bytes()), binary, opened):
            assert np.array_equal(nax.load(file, sr=None)[0], expected)
    for file in (str(stereo), Path(stereo), io.BytesIO(stereo.read_bytes())):
        assert nax.get_samplerate(file) == 16000


def test_recordings_come_to_a_chosen_library(backend, xp):
    if backend.library == "array_api_strict":
        pytest.skip("no bound module has it")
    bound = importlib.import_module(f"nnaudio_xp.backends.{backend.library}")
    expected, rate = nax.load(PIANO, duration=0.1)
    samples, bound_rate = bound.load(PIANO, duration=0.1)
    assert bound_rate == rate
    assert_same(samples, expected, xp=xp, rtol=0, device=getattr(samples, "device", None))


@pytest.mark.once
def test_durations(stereo):
    assert nax.get_duration(path=stereo) == nax.get_duration(filename=stereo) == 1.0
    assert nax.get_duration(y=np.zeros(4000), sr=8000) == 0.5
    assert nax.get_duration(S=np.zeros((1025, 9)), sr=8000, n_fft=2048, hop_length=500) == 0.5


@pytest.mark.once
def test_streams_are_the_whole_in_blocks(stereo):
    whole = nax.load(stereo, sr=None)[0]
    blocks = list(nax.stream(stereo, block_length=4, frame_length=1024, hop_length=512))
    frames = np.concatenate([nax.util.frame(block, frame_length=1024, hop_length=512) for block in blocks], axis=-1)
    assert_close(frames, nax.util.frame(whole, frame_length=1024, hop_length=512)[:, : frames.shape[1]], rtol=0, atol=1e-7)
    assert frames.shape[1] >= 1 + (whole.size - 1024) // 512 - 4


@pytest.mark.once
def test_what_is_no_recording_is_named(tmp_path):
    (tmp_path / "text.wav").write_text("no sound")
    for name in ("text.wav", "nowhere.wav"):
        with pytest.raises(soundfile.LibsndfileError, match=name):
            nax.load(tmp_path / name)


@pytest.mark.once
def test_without_soundfile_one_line_says_what_to_install():
    program = f"import sys; sys.modules['soundfile'] = None; import nnaudio_xp as nax; nax.load({PIANO!r})"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "nnaudio_xp[io]" in run.stderr.strip().splitlines()[-1]
