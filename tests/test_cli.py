"""The command line: its exit status, and what it writes where."""

import inspect
import os
import subprocess
import sys
import types
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import nnaudio_xp as nax
from nnaudio_xp import cli, plots
from nnaudio_xp.backends import _inventory

pytestmark = pytest.mark.once

PIANO = Path(__file__).parent / "data" / "piano.flac"

needs_the_extra = pytest.mark.skipif(
    not (find_spec("matplotlib") and find_spec("soundfile")), reason="drawing files needs matplotlib and soundfile"
)


def run(*arguments, folder, **environment):
    command = [sys.executable, "-W", "error", "-m", "nnaudio_xp", *map(os.fspath, arguments)]
    return subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False)


def assert_one_line_error(status, stdout, stderr, *parts):
    """Assert exit status 2 and a single line on standard error that holds every part."""
    assert (status, stdout) == (2, "")
    assert stderr.startswith("nnaudio-xp")
    assert stderr.count("\n") == 1
    for part in parts:
        assert part in stderr


def save_wav(path, samples, *, sr=22050, **options):
    pytest.importorskip("soundfile").write(path, samples, sr, **options)
    return path


@needs_the_extra
def test_plot_writes_the_picture_and_says_where(tmp_path):
    result = run("plot", PIANO, "--transform", "mel", "-o", "mel.png", folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"wrote {tmp_path / 'mel.png'}\n"
    image = pytest.importorskip("matplotlib.image").imread(tmp_path / "mel.png")
    assert image.shape[0] > 400
    assert image.shape[1] > 800
    assert len(np.unique(image.reshape(-1, image.shape[-1]), axis=0)) > 100


@needs_the_extra
def test_plot_draws_every_transform_beside_the_others(tmp_path):
    result = run("plot", PIANO, "--transform", "all", "--duration", "1", "-o", "all.svg", folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "all.svg").read_text(encoding="utf-8").count("<image") >= len(plots.TRANSFORMS)


@needs_the_extra
@pytest.mark.parametrize("name", ["$x_{1.wav", "日本.wav", os.fsdecode(b"\xff.wav")])
def test_plot_takes_any_file_name_and_names_the_picture_after_it(name, tmp_path):
    try:
        save_wav(tmp_path / "song.wav", np.zeros(4096)).rename(tmp_path / name)
    except (OSError, UnicodeError):
        pytest.skip("this file system does not take the name")
    result = run("plot", name, folder=tmp_path, PYTHONIOENCODING="utf-8")
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / name).with_suffix(".png").is_file()


@needs_the_extra
def test_a_warning_is_one_line_and_given_once(tmp_path):
    path = save_wav(tmp_path / "short.wav", np.zeros(1000))
    command = [sys.executable, "-m", "nnaudio_xp", "plot", path, "--transform", "stft,mel"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, f"wrote {tmp_path / 'short.png'}\n")
    assert result.stderr.startswith("nnaudio-xp: warning: n_fft=2048 is too large")
    assert result.stderr.count("\n") == 1


@needs_the_extra
def test_channels_are_averaged_and_a_stretch_can_be_chosen(tmp_path):
    ramp = np.arange(1000) / 2000
    path = save_wav(tmp_path / "stereo.wav", np.stack([ramp, 3 * ramp / 2], axis=1) / 2, sr=100, subtype="FLOAT")
    y, sr = cli._read(path, offset=2.0, duration=5.0)
    assert (sr, y.dtype) == (100, np.float32)
    np.testing.assert_allclose(y, 0.625 * ramp[200:700], rtol=1e-6)
    assert cli._read(path, offset=9.5, duration=None)[0].shape == (50,)
    assert cli._read(path, offset=9.5, duration=1e9)[0].shape == (50,)


@needs_the_extra
@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["missing.wav"], ["missing.wav", "No such file"]),
        (["."], ["is a directory"]),
        (["broken.flac"], ["cannot read broken.flac"]),
        (["text.wav"], ["cannot read text.wav"]),
        (["empty.wav"], ["empty.wav holds no samples"]),
        (["nan.wav"], ["finite"]),
        ([PIANO, "--transform", "foo"], ["'foo'", "stft, logstft, mel, mfcc, cqt, vqt, cwt, ssq or all"]),
        ([PIANO, "--transform", ""], ["''", "stft, logstft, mel, mfcc, cqt, vqt, cwt, ssq or all"]),
        ([PIANO, "--hop-length", "0"], ["hop_length=0 must be a positive integer"]),
        ([PIANO, "--n-fft", "x"], ["--n-fft", "'x'"]),
        ([PIANO, "--n-fft", "-1"], ["n_fft=-1 must be"]),
        ([PIANO, "--n-mels", "0"], ["n_mels=0 must be"]),
        ([PIANO, "--fmax", "20000"], ["fmax=20000.0 must be at most sr / 2 = 11025"]),
        ([PIANO, "--fmin", "nan"], ["fmin=nan must be"]),
        ([PIANO, "--transform", "logstft", "--fmin", "0"], ["fmin=0.0 must be"]),
        ([PIANO, "--transform", "logstft", "--freq-bins", "0"], ["freq_bins=0 must be"]),
        ([PIANO, "--transform", "mfcc", "--n-mfcc", "0"], ["n_mfcc=0 must be"]),
        ([PIANO, "--transform", "stft", "--n-mels", "3"], ["n_mels is not an option of stft"]),
        ([PIANO, "--offset", "-1"], ["offset=-1.0 must be"]),
        ([PIANO, "--offset", "7"], ["holds no samples from 7 s on"]),
        ([PIANO, "--duration", "0"], ["duration=0.0 must be"]),
        ([PIANO, "-o", "picture.xyz"], ["picture.xyz", ".png, .jpg, .pdf, .svg"]),
        ([PIANO, "-o", "no/such/folder.png"], ["cannot write no/such/folder.png", "No such file"]),
        ([PIANO, "-o", "folder.png"], ["cannot write folder.png", "directory"]),
        ([], ["required: file"]),
    ],
    ids=lambda value: " ".join(Path(str(word)).name for word in value) if isinstance(value, list) else None,
)
def test_what_is_wrong_with_a_plot_is_said_in_one_line(arguments, parts, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.flac").write_bytes(PIANO.read_bytes()[:40_000])
    (tmp_path / "text.wav").write_text("no audio", encoding="utf-8")
    (tmp_path / "folder.png").mkdir()
    save_wav(tmp_path / "empty.wav", np.zeros(0))
    save_wav(tmp_path / "nan.wav", np.where(np.arange(22050) == 5000, np.nan, 0.0), subtype="FLOAT")
    try:
        status = cli.main(["plot", *map(os.fspath, arguments)])
    except SystemExit as ending:
        status = ending.code
    assert_one_line_error(status, *capfd.readouterr(), *parts)


def shell(line, folder, **environment):
    """A line for the shell, in which `nnaudio-xp` is the command and $PIANO the recording."""
    if not Path("/bin/bash").exists():
        pytest.skip("needs bash")
    program = f'nnaudio-xp() {{ "{sys.executable}" -m nnaudio_xp "$@"; }}\n{line}'
    variables = {**os.environ, "PIANO": str(PIANO), **environment}
    return subprocess.run(["/bin/bash", "-c", program], cwd=folder, env=variables, capture_output=True, timeout=120, check=False)


@needs_the_extra
@pytest.mark.parametrize(
    ("line", "picture"),
    [
        ("cat $PIANO | nnaudio-xp plot -", "stdin.png"),
        ("cat $PIANO | nnaudio-xp plot /dev/stdin", "stdin.png"),
        ("nnaudio-xp plot - < $PIANO", "stdin.png"),
        ("nnaudio-xp plot <(cat $PIANO) -o named.png", "named.png"),
        ("mkfifo pipe.wav; cat $PIANO > pipe.wav & nnaudio-xp plot pipe.wav", "pipe.png"),
        ("cp $PIANO ./-; nnaudio-xp plot ./-", "-.png"),
    ],
)
def test_audio_may_come_through_a_pipe(line, picture, tmp_path):
    result = shell(line, tmp_path)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode() == f"wrote {tmp_path / picture}\n"
    image = pytest.importorskip("matplotlib.image").imread(tmp_path / picture)
    assert len(np.unique(image.reshape(-1, image.shape[-1]), axis=0)) > 100


@needs_the_extra
@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nnaudio-xp plot - < /dev/null", "cannot read standard input: not an audio file"),
        ("true | nnaudio-xp plot -", "standard input is empty"),
        ("nnaudio-xp plot - <&-", "standard input is closed"),
        ("nnaudio-xp plot <(true)", "is empty"),
        ("echo words | nnaudio-xp plot -", "cannot read standard input: not an audio file"),
        ("cp $PIANO x.png; nnaudio-xp plot x.png", "cannot write x.png: it is the audio file"),
        ("cp $PIANO x.png; mkdir other; cd other; nnaudio-xp plot ../x.png -o ../x.png", "cannot write ../x.png: it is the audio file"),
        ("cp $PIANO x.png; ln -s x.png y.png; nnaudio-xp plot x.png -o y.png", "cannot write y.png: it is the audio file"),
        ("cp $PIANO x.png; ln x.png y.png; nnaudio-xp plot x.png -o y.png", "cannot write y.png: it is the audio file"),
        ("cp $PIANO x.png; nnaudio-xp plot - -o x.png < x.png", "cannot write x.png: it is the audio file"),
        ("ln -s /dev/full full.png; nnaudio-xp plot $PIANO -o full.png", "cannot write full.png: No space left"),
        ("ln -s /dev/full full.pdf; nnaudio-xp plot $PIANO -o full.pdf", "cannot write full.pdf: No space left"),
        ("ulimit -f 1; nnaudio-xp plot $PIANO -o large.png", "cannot write large.png: File too large"),
        ("nnaudio-xp backends > /dev/full", "cannot write to standard output: No space left"),
        ("nnaudio-xp --help > /dev/full", "cannot write to standard output: No space left"),
        ("nnaudio-xp plot 音.wav", "cannot read \\u97f3.wav: No such file"),
        ("nnaudio-xp plot $'two\\nlines.wav'", "cannot read two\\nlines.wav: No such file"),
        ("nnaudio-xp plot a.wav --foo $'two\\nlines'", "unrecognized arguments: --foo two\\nlines"),
        ("cp $PIANO x.raw; nnaudio-xp plot x.raw", "cannot read x.raw: not an audio file of a known format"),
        (f"nnaudio-xp plot {'n' * 300}.wav", "File name too long"),
        ("nnaudio-xp plot $PIANO --offset 1e308", "holds no samples from 1e+308 s on"),
    ],
)
def test_what_is_wrong_around_the_command_is_said_in_one_line(line, message, tmp_path):
    result = shell(line, tmp_path, PYTHONIOENCODING="cp1252")
    assert_one_line_error(result.returncode, result.stdout.decode(), result.stderr.decode("cp1252"), message)
    sound = tmp_path / "x.png"
    assert not sound.exists() or sound.read_bytes() == PIANO.read_bytes()


@needs_the_extra
def test_a_terminal_is_no_audio(tmp_path):
    pty = pytest.importorskip("pty", reason="needs terminals")
    _, terminal = pty.openpty()
    command = [sys.executable, "-m", "nnaudio_xp", "plot", "-"]
    result = subprocess.run(command, cwd=tmp_path, stdin=terminal, capture_output=True, text=True, timeout=120, check=False)
    assert_one_line_error(result.returncode, result.stdout, result.stderr, "standard input is a terminal")


@needs_the_extra
def test_a_name_that_the_terminal_cannot_show_is_escaped(tmp_path):
    result = shell("nnaudio-xp plot $PIANO -o 音.png", tmp_path, PYTHONIOENCODING="cp1252")
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode("cp1252") == f"wrote {tmp_path}{os.sep}\\u97f3.png\n"
    assert (tmp_path / "音.png").is_file()


@pytest.mark.parametrize(
    "line",
    [
        "set -o pipefail; nnaudio-xp backends | true",
        "set -o pipefail; nnaudio-xp --help | true",
        "nnaudio-xp backends >&-",
        "nnaudio-xp backends 2>&- > /dev/null",
        pytest.param("set -o pipefail; nnaudio-xp plot $PIANO | true", marks=needs_the_extra),
    ],
)
def test_nobody_needs_to_listen(line, tmp_path):
    result = shell(line, tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


@needs_the_extra
@pytest.mark.parametrize("name", ["x.jpeg", "x.JPG", "x.tiff", "x.webp", "x.eps"])
def test_every_picture_that_matplotlib_writes(name, tmp_path, capsys):
    assert cli.main(["plot", str(PIANO), "-o", str(tmp_path / name)]) == 0
    assert capsys.readouterr().out == f"wrote {tmp_path / name}\n"
    start = {"jpeg": b"\xff\xd8", "jpg": b"\xff\xd8", "tiff": b"II", "webp": b"RIFF", "eps": b"%!PS"}[name.lower().partition(".")[2]]
    assert (tmp_path / name).read_bytes().startswith(start)


@needs_the_extra
def test_any_gain_of_a_file_is_drawn(tmp_path, capsys):
    samples = np.random.default_rng(0).standard_normal((22050, 2))
    pictures = []
    for gain in (1.0, 1e-20, 2e37):
        path = save_wav(tmp_path / "noise.wav", samples * gain, subtype="FLOAT")
        assert cli.main(["plot", str(path), "-o", str(tmp_path / "noise.png")]) == 0
        pictures.append(pytest.importorskip("matplotlib.image").imread(tmp_path / "noise.png"))
    assert capsys.readouterr().err == ""
    assert all(np.mean(np.abs(picture - pictures[0])) < 1e-3 for picture in pictures)


@pytest.mark.parametrize(
    "arguments",
    [[], ["foo"], ["backends", "--foo"], pytest.param(["plot", "missing.wav"], marks=needs_the_extra)],
    ids=" ".join,
)
def test_an_error_ends_the_process_with_status_2_and_no_traceback(arguments, tmp_path):
    result = run(*arguments, folder=tmp_path)
    assert_one_line_error(result.returncode, result.stdout, result.stderr)


@pytest.mark.parametrize("module", ["matplotlib", "soundfile"])
def test_a_missing_extra_is_named(module, tmp_path):
    (tmp_path / f"{module}.py").write_text(f"raise ModuleNotFoundError(\"No module named '{module}'\", name='{module}')", encoding="utf-8")
    if module == "soundfile" and not find_spec("matplotlib"):
        pytest.skip("matplotlib is asked for first")
    result = run("plot", PIANO, folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert_one_line_error(result.returncode, result.stdout, result.stderr, module, "pip install 'nnaudio_xp[cli]'")


@pytest.mark.parametrize("command", [[], ["plot"], ["backends"]], ids=" ".join)
def test_help_shows_usage(command, tmp_path):
    result = run(*command, "--help", folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith(" ".join(["usage: nnaudio-xp", *command]))


def test_version(tmp_path):
    assert run("--version", folder=tmp_path).stdout == f"nnaudio-xp {nax.__version__}\n"


def test_every_option_of_a_transform_is_an_option_of_the_command():
    parameters = {name for compute in plots.TRANSFORMS.values() for name in inspect.signature(compute).parameters}
    assert set(cli.OPTIONS) == parameters - {"y", "sr"}


def test_backends_are_listed_whatever_state_they_are_in(tmp_path):
    (tmp_path / "torch.py").write_text("raise OSError('libcudart.so: cannot open\\n\\nshared object file')", encoding="utf-8")
    (tmp_path / "jax.py").write_text("import a_missing_part_of_jax", encoding="utf-8")
    (tmp_path / "cupy.py").write_text("raise ModuleNotFoundError('no cupy', name='cupy')", encoding="utf-8")
    result = run("backends", folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert (result.returncode, result.stderr) == (0, "")
    _, numpy, torch, cupy, jax, native, default = result.stdout.splitlines()
    assert numpy.split() == ["numpy", np.__version__, "cpu"]
    assert "broken: OSError: libcudart.so: cannot open shared object file" in torch
    assert "not installed: pip install 'nnaudio_xp[cupy]'" in cupy
    assert "broken: No module named 'a_missing_part_of_jax'" in jax
    assert native == f"native loops: {nax.get_native_loops()}"
    assert default.startswith("default: numpy")


def test_backends_imports_nothing_before_it_is_asked(tmp_path):
    program = "import sys, nnaudio_xp.cli, nnaudio_xp.backends._inventory; sys.exit(bool({'torch', 'cupy', 'jax'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=False).returncode == 0


def fake_torch(*, cards, mps):
    return types.SimpleNamespace(
        __version__="2.9",
        cuda=types.SimpleNamespace(device_count=lambda: len(cards), get_device_name=cards.__getitem__),
        backends=types.SimpleNamespace(mps=types.SimpleNamespace(is_available=lambda: mps)),
    )


def fake_cupy(*, cards):
    runtime = types.SimpleNamespace(getDeviceCount=lambda: len(cards), getDeviceProperties=lambda index: {"name": cards[index].encode()})
    return types.SimpleNamespace(__version__="14.0", is_available=lambda: bool(cards), cuda=types.SimpleNamespace(runtime=runtime))


def fake_jax(*, cards):
    devices = [types.SimpleNamespace(platform="gpu", id=index, device_kind=name) for index, name in enumerate(cards)]
    cpu = types.SimpleNamespace(platform="cpu", id=0, device_kind="cpu")
    return types.SimpleNamespace(__version__="0.9", devices=lambda: devices or [cpu])


@pytest.mark.parametrize(
    ("name", "module", "devices"),
    [
        ("torch", fake_torch(cards=[], mps=False), ("cpu",)),
        ("torch", fake_torch(cards=["H200", "L4"], mps=False), ("cpu", "cuda:0 (H200)", "cuda:1 (L4)")),
        ("torch", fake_torch(cards=[], mps=True), ("cpu", "mps")),
        ("cupy", fake_cupy(cards=["H200"]), ("cuda:0 (H200)",)),
        ("jax", fake_jax(cards=[]), ("cpu",)),
        ("jax", fake_jax(cards=["H200"]), ("gpu:0 (H200)",)),
    ],
)
def test_devices_are_named(name, module, devices, monkeypatch):
    monkeypatch.setitem(sys.modules, name, module)
    assert _inventory._inspect(name) == _inventory.Library(name, module.__version__, devices)


def test_a_library_without_a_device_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", fake_cupy(cards=[]))
    found = _inventory._inspect("cupy")
    assert (found.devices, found.problem) == ((), "installed, but finds no device to run on")
