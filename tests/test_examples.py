"""The programs of examples/ in their quick size: what they claim must come out, far enough from
chance.
"""

import hashlib
import itertools
import json

import numpy as np
import pytest

import nnaudio_xp as nax

for library in ("matplotlib", "soundfile", "torch", "tqdm"):
    pytest.importorskip(library, reason=f"the examples need {library}")
soundfile, data, instruments, transcription = map(pytest.importorskip, ("soundfile", "data", "instruments", "transcription"))

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    """A folder of its own for rendered sounds, where they can be rendered."""
    if reason := data.missing():
        pytest.skip(reason)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNAUDIO_XP_DATA", str(tmp_path_factory.mktemp("rendered")))
        yield


@pytest.fixture
def run(monkeypatch, capsys):
    """A function that runs the main function of an example with a command line, and gives what it
    prints.
    """

    def called(program, *arguments):
        monkeypatch.setattr("sys.argv", [program.__file__, *map(str, arguments)])
        program.main()
        return capsys.readouterr()

    return called


@pytest.fixture
def assert_one_line_error(run, capsys):
    """A function that asserts that a command line ends with exit status 2 and one line, after those
    about skipped files.
    """

    def asserted(program, *arguments, part):
        with pytest.raises(SystemExit) as ended:
            run(program, *arguments)
        assert ended.value.code == 2
        *skipped, error = capsys.readouterr().err.splitlines()
        assert all(line.startswith("skipped") for line in skipped)
        assert part in error

    return asserted


def lines(path):
    """The results of a program, each with its settings."""
    return [line["settings"] | line["measured"] for line in map(json.loads, path.read_text(encoding="utf-8").splitlines())]


def sha256(array):
    return hashlib.sha256(array.tobytes()).hexdigest()


# Sounds


def test_notes_are_the_same_everywhere():
    notes = json.dumps(data.piano_notes()).encode()
    assert hashlib.sha256(notes).hexdigest() == "ab5fb65eda7e9819a5b5577f01996bacfc4f9e4b6c607894fdd4642a4002722d"
    assert data.piano_notes(3) == data.piano_notes()[:3]


@pytest.mark.parametrize(
    ("signal", "digest"),
    [
        (data.linear_sweep, "f9c2e0c7b364b5b9071d55515c276f57d90c6dfc1d4ed00e0a72925fc796face"),
        (data.logarithmic_sweep, "c71b411596061462a7034d831bec33f40a0ef199871cdaa931a052bc74427313"),
        (data.impulse, "a287efeb9b02eee596b789a841bdcc3b2baa08f00ef91c4c9c717f56eea7fead"),
    ],
)
def test_signals_are_the_same_everywhere(signal, digest):
    assert sha256(np.round(32767 * signal().astype(np.float64)).astype("<i2")) == digest


# Root mean squares of the first excerpts, in decibels: of Debian's soundfonts and FluidSynth 2.3.1.
LEVELS = {
    "FluidR3": [-46.84, -41.12, -34.69, -55.23, -37.76, -41.05, -32.41, -40.90],
    "TimGM": [-41.54, -38.31, -38.20, -47.45, -36.57, -33.85, -38.25, -41.82],
    "MuseScore": [-46.07, -38.33, -39.83, -49.81, -34.82, -34.56, -38.72, -41.84],
}


@pytest.mark.usefixtures("rendered")
@pytest.mark.parametrize("soundfont", data.SOUNDFONTS)
def test_excerpts_have_their_levels(soundfont):
    sounds, keys = data.piano_excerpts(8, soundfont)
    assert (sounds.shape, sounds.dtype) == ((8, 80000), np.float32)
    assert [len(chord) for chord in keys] == [len(notes) for notes in data.piano_notes(8)]
    np.testing.assert_allclose(10 * np.log10(np.mean(sounds**2, axis=1)), LEVELS[soundfont], atol=0.3)


@pytest.mark.usefixtures("rendered")
@pytest.mark.parametrize("soundfont", data.SOUNDFONTS)
@pytest.mark.parametrize(("program", "midi"), [(0, 64), (40, 75), (73, 78)])
def test_notes_have_their_pitch(soundfont, program, midi):
    sound = data.render_notes([(0.1, 1.0, midi, 90)], soundfont, program, data.SR)
    assert np.max(abs(sound[:4000])) < 1e-4
    pitches = nax.yin(sound[12000:32000], fmin=60, fmax=2000, sr=data.SR, frame_length=4096)
    assert abs(nax.hz_to_midi(np.median(pitches)) - midi) < 0.5


@pytest.mark.usefixtures("rendered")
def test_a_rendering_does_not_depend_on_the_ones_before():
    first, second = data.piano_notes(2)
    alone = data.render_notes(first, "FluidR3", length=20000)
    data.render_notes(second, "FluidR3", program=40)
    np.testing.assert_array_equal(data.render_notes(first, "FluidR3", length=20000), alone)


@pytest.mark.usefixtures("rendered")
def test_the_chromatic_scale_goes_up():
    scale = data.chromatic_scale()
    middles = [scale[start : start + 4096] for start in range(2048, 85 * data.SR // 4, data.SR // 4)]
    pitches = [nax.yin(part, fmin=60, fmax=2000, sr=data.SR, frame_length=4096, center=False)[0] for part in middles[24:60]]
    np.testing.assert_allclose(nax.hz_to_midi(np.array(pitches)), np.arange(48, 84), atol=0.5)


@pytest.mark.usefixtures("rendered")
def test_what_is_rendered_is_not_rendered_again():
    root = data.instrument_folder(quick=True)
    files = sorted(root.rglob("*.wav"))
    assert {path.parent.name for path in files} == set(data.INSTRUMENTS)
    assert {path.name.split("_")[0] for path in files} == set(data.SOUNDFONTS)
    files[0].unlink()
    times = {path: path.stat().st_mtime_ns for path in files[1:]}
    data.instrument_folder(quick=True)
    assert files[0].exists()
    assert times == {path: path.stat().st_mtime_ns for path in files[1:]}


@pytest.mark.usefixtures("rendered")
def test_what_is_missing_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setitem(data.SOUNDFONTS, "TimGM", tmp_path / "none.sf2")
    assert "(TimGM): apt-get install" in data.missing()


# Instruments


@pytest.fixture(scope="module")
def tones(tmp_path_factory):
    """A folder with a class of high tones, one of low tones and one of noise, and a file that is no
    sound.
    """
    root = tmp_path_factory.mktemp("tones")
    rng = np.random.default_rng(0)
    time = np.arange(12000) / 22050
    for name in ("high", "low", "noise"):
        (root / name).mkdir()
        for place in range(15):
            frequency = rng.uniform(2000, 4000) if name == "high" else rng.uniform(200, 400)
            sound = rng.standard_normal(time.size) if name == "noise" else np.sin(2 * np.pi * frequency * time)
            soundfile.write(root / name / f"{'a' if place < 5 else 'b'}{place}.wav", 0.1 * sound, 22050)
    (root / "low" / "notes.txt").write_text("no sound")
    return root


@pytest.mark.usefixtures("rendered")
def test_every_front_end_knows_instruments(run, tmp_path):
    run(instruments, "--quick", "--out", tmp_path)
    results = lines(tmp_path / "instruments.jsonl")
    assert {result["front_end"] for result in results} == {*instruments.LAYERS, "document-cwt"}
    for result in results:
        assert result["accuracy"] > (0.3 if result["front_end"] == "document-cwt" else 0.5), result  # chance is 0.08
    assert (tmp_path / "instruments.png").stat().st_size < 150_000
    assert run(instruments, "--quick", "--out", tmp_path).out == f"{tmp_path / 'instruments.md'}\n"
    assert lines(tmp_path / "instruments.jsonl") == results


@pytest.mark.parametrize("front_end", ["mel", "document-cwt"])
def test_a_model_of_ones_own_sounds(run, tones, tmp_path, front_end):
    printed = run(instruments, "--front-end", front_end, "--data", tones, "--epochs", 30, "--out", tmp_path)
    assert printed.out.startswith("100.0 % of 9 test sounds are right")
    assert f"skipped {tones / 'low' / 'notes.txt'}" in printed.err
    assert (tmp_path / "confusion.png").exists()
    sounds = [tones / "high" / "a1.wav", tones / "noise" / "a2.wav"]
    printed = run(instruments, "--predict", *sounds, "--model", tmp_path / "instruments.safetensors").out.splitlines()
    assert printed[0::4] == list(map(str, sounds))
    assert [line.split()[-1] for line in printed[1::4]] == ["high", "noise"]
    assert sum(float(line.split()[0]) for line in printed[1:4]) == pytest.approx(100, abs=0.2)


def test_a_split_is_drawn_by_its_seed_or_held_out(tones):
    sounds = instruments.read_folder(tones, 0.5)
    training, validation, test = instruments.split(sounds, seed=3)
    assert sorted([*training.tolist(), *validation.tolist(), *test.tolist()]) == list(range(45))
    assert [np.bincount(sounds.labels[part]).tolist() for part in (training, validation, test)] == [[10] * 3, [2] * 3, [3] * 3]
    assert [part.tolist() for part in instruments.split(sounds, seed=3)] == [part.tolist() for part in (training, validation, test)]
    assert instruments.split(sounds, seed=4)[2].tolist() != test.tolist()
    assert {sounds.names[place][0] for place in instruments.split(sounds, 0, "a")[2]} == {"a"}
    assert {sounds.names[place][0] for part in instruments.split(sounds, 0, "a")[:2] for place in part} == {"b"}


def test_what_the_user_can_put_right_is_one_line(run, assert_one_line_error, tones, tmp_path):
    train = ("--front-end", "mel", "--out", tmp_path, "--data")
    assert_one_line_error(instruments, *train, tmp_path / "nowhere", part="nowhere is not a folder")
    assert_one_line_error(instruments, *train, tmp_path, part="at least two folders with three sounds each; it has: no folder")
    (tmp_path / "only").mkdir()
    assert_one_line_error(instruments, *train, tmp_path, part="it has: only 0")
    assert_one_line_error(instruments, *train, tones, "--hold-out", "c", part="'c'")
    assert_one_line_error(instruments, *train, tones, "--epochs", "0", part="0 must be a positive integer")
    assert_one_line_error(instruments, *train, tones, "--seconds", "0", part="0 must be from 0.1 to 60")
    assert_one_line_error(instruments, "--data", tones, part="need --front-end")
    predict = ("--predict", tones / "low" / "notes.txt", "--model")
    assert_one_line_error(instruments, *predict, tmp_path / "none.safetensors", part="none.safetensors is not a model")
    assert_one_line_error(instruments, *predict, tones / "low" / "a1.wav", part="a1.wav is not a model")
    run(instruments, *train, tones, "--epochs", 1)
    assert_one_line_error(instruments, *predict, tmp_path / "instruments.safetensors", part="notes.txt cannot be read")


def test_the_documents_mel_picture_is_brightest_at_a_tones_frequency():
    tone = np.sin(2 * np.pi * 1000 * np.arange(3000) / 22050, dtype=np.float32)
    picture = instruments.mel_picture(tone)
    row = np.argmin(abs(nax.mel_frequencies(512, fmax=11025) - 1000)) * 100 // 512
    assert picture.shape == (100, 100)
    assert abs(picture.sum(dim=1).argmax() - row) <= 1
    assert 0 <= picture.min() < 0.1
    assert 0.9 < picture.max() <= 1


def test_the_documents_wavelet_picture_is_the_definition(recording):
    rows = []
    for scale in range(1, 200):
        t = np.arange(-2499, 2500) / scale
        wavelet = 2 / (np.sqrt(3 * scale) * np.pi**0.25) * (1 - t**2) * np.exp(-(t**2) / 2)
        rows.append(np.convolve(recording[:2500], wavelet)[2499:4999])
    values = np.stack(rows)
    np.testing.assert_allclose(instruments.cwt_picture(recording), instruments.grey(values / (2 * abs(values).max()) + 0.5), atol=1e-4)


# Trained kernels


def test_trained_kernels_have_the_lower_error(run, tmp_path):
    trained_kernels = pytest.importorskip("trained_kernels")
    run(trained_kernels, "--quick", "--out", tmp_path)
    results = {(line["front_end"], line["model"], line["trained"]): line for line in lines(tmp_path / "trained_kernels.jsonl")}
    assert len(results) == 12
    for front_end, model, _ in results:
        fixed, trained = results[front_end, model, False], results[front_end, model, True]
        assert trained["start"] == pytest.approx(fixed["start"], rel=1e-4)
        assert trained["training"] < 0.8 * fixed["training"] < 0.02 * fixed["start"]
        if model == "conv" or front_end == "mel":  # the others have too few tones here
            assert trained["test"] < 0.7 * fixed["test"]


def test_pure_tones_have_their_frequency():
    sounds, shares = pytest.importorskip("trained_kernels").tones(2000)
    rises = np.diff(np.signbit(sounds.numpy()).astype(int), axis=1) == -1
    np.testing.assert_allclose(rises.sum(axis=1) / 0.2, 22050 * shares.numpy(), atol=5)


# Exactness


@pytest.mark.usefixtures("rendered")
def test_errors_from_the_definitions(run, tmp_path):
    exactness = pytest.importorskip("exactness")
    run(exactness, "--quick", "--out", tmp_path)
    results = lines(tmp_path / "exactness.jsonl")
    assert {(line["transform"], line["signal"]) for line in results} == set(itertools.product(exactness.COMPARISONS, exactness.SIGNALS))
    for line in results:
        for name, error in line["errors"].items():
            if name in ("nnaudio_xp.cqt", "nnaudio_xp.vqt"):
                assert 1e-3 < error < 0.05, line  # librosa's recursion and sparsity
            elif name.startswith("nnaudio_xp"):
                assert error < (1e-4 if line["transform"].startswith("chroma of") else 3e-6), line  # next to nothing, normalized
    assert (tmp_path / "exactness.png").stat().st_size < 150_000


# Speed


@pytest.mark.usefixtures("rendered")
def test_every_contestant_is_timed(run, tmp_path, monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "")
    run(pytest.importorskip("speed"), "--quick", "--out", tmp_path)
    results = {line["transform"]: line["contestants"] for line in lines(tmp_path / "speed.jsonl")}
    names = {transform: {found["name"] for found in contestants} for transform, contestants in results.items()}
    assert {"nnaudio_xp STFT", "nnAudio STFT", "librosa.stft", "torchaudio's formula"} <= names["STFT"]
    assert {"nnaudio_xp CQT1992v2", "nnAudio CQT2010v2", "librosa.cqt"} <= names["constant-Q"]
    for contestants in results.values():
        assert all(found["clips"] == 20 and found["seconds"] > 0 for found in contestants)


# Transcription


@pytest.mark.usefixtures("rendered")
def test_scores_are_played_on_one_keyboard():
    pytest.importorskip("music21", reason="scores come from music21's corpus")
    notes = data.score("bach/bwv269", seconds=10)
    ends = {}
    for onset, offset, midi, velocity in notes:
        assert 0 <= onset < offset <= 10
        assert onset >= ends.get(midi, 0)
        assert 21 <= midi <= 108
        assert 50 <= velocity <= 110
        ends[midi] = offset
    assert [midi for onset, _, midi, _ in notes if onset == 0] == [43, 59, 62, 67]
    assert data.score("bach/bwv269", seconds=10) == notes


@pytest.mark.usefixtures("rendered")
def test_every_spectrogram_transcribes(run, tmp_path):
    if reason := data.missing("music21", "mir_eval"):
        pytest.skip(reason)
    run(transcription, "--quick", "--out", tmp_path)
    results = lines(tmp_path / "transcription.jsonl")
    assert {result["kind"] for result in results} == set(transcription.NAMES)
    accuracies = {transcription.label(result): result["accuracy"] for result in results}
    assert min(accuracies.values()) > 0.12
    assert accuracies["mel, window 4096, 128 bins"] > accuracies["linear frequency, window 512, 257 bins"] + 0.1
    pieces = transcription.play(known=8, tests=2, seconds=15)
    of_other_pieces = transcription.levels(pieces, "mel", 4096, 128).roll(1, dims=0)
    assert transcription.transcribe(pieces, of_other_pieces, seed=0, steps=300)["accuracy"] < 0.08
