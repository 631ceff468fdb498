"""Pictures: that what is drawn lies where the axes say, in seconds and hertz, and that nothing else
is touched.
"""

import math
import subprocess
import sys

import numpy as np
import pytest

import nnaudio_xp as nax

pytest.importorskip("matplotlib", reason="pictures need matplotlib")

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from nnaudio_xp import plots

pytestmark = pytest.mark.once

SR = 22050
HERTZ_PICTURES = ["stft", "logstft", "mel", "cqt", "vqt", "cwt", "ssq"]


def tone(hertz, *, seconds=1.0, sr=SR, dtype="float32"):
    return np.sin(2 * math.pi * hertz / sr * np.arange(round(seconds * sr))).astype(dtype)


def drawn(y, **options):
    """An axes with one picture, what was drawn in it, and the edges of its cells in time and
    frequency.
    """
    ax = Figure(figsize=(6, 6), layout="constrained").subplots()
    mesh = plots.draw(ax, y, sr=SR, **options)
    corners = mesh.get_coordinates()
    return ax, np.asarray(mesh.get_array()), corners[0, :, 0], corners[:, 0, 1]


def framed(transform, n_fft):
    """The frame length as an option, if the transform has frames of one length."""
    return {} if transform in ("cqt", "vqt", "cwt", "ssq") else {"n_fft": n_fft}


@pytest.mark.parametrize("transform", HERTZ_PICTURES)
@pytest.mark.parametrize("hertz", [200, 1000, 5000])
def test_the_loudest_row_of_a_tone_is_at_its_frequency(transform, hertz):
    _, values, _, edges = drawn(tone(hertz), transform=transform, **framed(transform, 4096))
    row = int(np.argmax(values[:, values.shape[1] // 2]))
    neighbour = edges[row + 1] - edges[row]
    assert edges[row] - neighbour <= hertz <= edges[row + 1] + neighbour


@pytest.mark.parametrize(("transform", "hertz"), [("stft", 4000), ("logstft", 500), ("mel", 2000)])
def test_the_brightest_pixels_of_a_tone_lie_at_the_tick_of_its_frequency(transform, hertz):
    ax, _, edges, _ = drawn(tone(hertz), transform=transform, n_fft=4096)
    assert hertz in ax.get_yticks()
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[::-1, :, :3].sum(axis=-1, dtype=int)  # the first row at the bottom, as in matplotlib
    column, tick = (round(pixel) for pixel in ax.transData.transform((edges[len(edges) // 2], hertz)))
    bottom, top = (round(pixel) for pixel in ax.bbox.intervaly)
    strip = pixels[bottom + 3 : top - 3, column]
    bright = np.flatnonzero(strip == strip.max()) + bottom + 3
    assert bright.min() - 2 <= tick <= bright.max() + 2
    assert np.ptp(bright) < 20


@pytest.mark.parametrize("transform", HERTZ_PICTURES)
@pytest.mark.parametrize("offset", [0.0, 30.0])
def test_the_loudest_column_of_a_click_is_at_its_time(transform, offset):
    click = np.where(np.arange(SR) == SR // 4, 1.0, 0.0)
    ax, values, edges, _ = drawn(click, transform=transform, offset=offset, hop_length=64, **framed(transform, 512))
    column = int(np.argmax(values[values.shape[0] // 2, :]))
    assert edges[column] <= offset + 0.25 <= edges[column + 1]
    np.testing.assert_allclose(ax.get_xlim(), (offset, offset + 1))


@pytest.mark.parametrize(
    ("transform", "scale", "ticks"),
    [
        ("stft", "linear", ["0", "2k", "4k", "6k", "8k", "10k"]),
        ("logstft", "log", ["50", "100", "200", "500", "1k", "2k", "5k", "10k"]),
        ("mel", "function", ["200", "500", "1k", "2k", "5k", "10k"]),
        ("cqt", "log", ["50", "100", "200", "500", "1k", "2k", "5k", "10k"]),
        ("cwt", "log", ["50", "100", "200", "500", "1k", "2k", "5k", "10k"]),
    ],
)
def test_frequency_axes_are_labelled_in_hertz(transform, scale, ticks):
    ax, _, _, edges = drawn(tone(440), transform=transform)
    low, high = ax.get_ylim()
    labels = [label for tick, label in zip(ax.get_yticks(), ax.yaxis.get_ticklabels(), strict=True) if low <= tick <= high]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("Time (s)", "Frequency (Hz)", scale)
    assert [label.get_text() for label in labels] == ticks
    assert (low, high) == (max(edges[0], 0), edges[-1])


def test_a_narrow_band_still_has_ticks():
    ax, *_ = drawn(tone(440), transform="logstft", fmin=300, fmax=480)
    low, high = ax.get_ylim()
    assert sum(low <= tick <= high for tick in ax.get_yticks()) >= 3


def test_mel_rows_are_the_centres_of_the_filters():
    _, values, _, edges = drawn(tone(440), transform="mel", n_mels=40, fmin=100, fmax=8000)
    centres = nax.mel_frequencies(42, fmin=100, fmax=8000)[1:-1]
    assert values.shape[0] == 40
    np.testing.assert_allclose(edges[1:-1], (centres[1:] + centres[:-1]) / 2)


def test_wavelets_have_more_frames_where_a_signal_is_short():
    for seconds, hop in ((0.05, 1), (1, 11), (60, 512)):
        _, values, edges, _ = drawn(tone(440, seconds=seconds), transform="cwt", fmin=200, n_bins=24)
        group = math.ceil(math.ceil(seconds * SR / hop) / plots.MOST_CELLS)
        assert (edges[1] - edges[0]) * SR == pytest.approx(group * hop)
        assert values.shape[1] <= plots.MOST_CELLS
    _, _, edges, _ = drawn(tone(440), transform="cwt", hop_length=100)
    assert (edges[1] - edges[0]) * SR == pytest.approx(100)


def test_coefficients_are_numbered():
    y = tone(440, dtype="float64")
    ax, values, _, edges = drawn(y, transform="mfcc", n_mfcc=13)
    assert ax.get_ylabel() == "Coefficient"
    assert values.shape[0] == 13
    np.testing.assert_allclose(edges, np.arange(14) - 0.5)
    np.testing.assert_allclose(values, nax.feature.mfcc(y=y / y.max(), sr=SR, n_mfcc=13))


@pytest.mark.parametrize("transform", HERTZ_PICTURES)
def test_decibels_are_relative_to_the_loudest_point(transform):
    ax, values, _, _ = drawn(0.3 * tone(440), transform=transform)
    (colour_bar,) = (axes for axes in ax.figure.axes if axes is not ax)
    assert colour_bar.get_ylabel() == "Level (dB, loudest = 0)"
    assert colour_bar.get_ylim() == (-80, 0)
    assert values.max() == pytest.approx(0, abs=1e-4)
    assert values.min() == pytest.approx(-80, abs=1e-4)


@pytest.mark.parametrize("transform", plots.TRANSFORMS)
@pytest.mark.parametrize("gain", [1e-3, 1e-8, 1e-20, 1e30])
def test_gain_does_not_change_a_picture(transform, gain):
    y = tone(440) * np.linspace(0.1, 1, SR, dtype="float32") + np.random.default_rng(0).standard_normal(SR).astype("float32") / 100
    scaled = y * np.float32(gain)
    apart = abs(drawn(scaled, transform=transform)[1] - drawn(y, transform=transform)[1]) > 0.01
    assert apart.mean() <= (1e-4 if transform == "ssq" else 0)  # few coefficients lie between two rows, to rounding


def test_the_loudest_point_is_at_0_where_a_picture_leaves_out_the_loudest_sound():
    y = tone(440) + 1e-4 * tone(5000)
    _, values, _, _ = drawn(y, transform="mel", fmin=3000)
    assert values.max() == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("transform", plots.TRANSFORMS)
def test_silence_is_one_colour(transform):
    ax, values, _, _ = drawn(np.zeros(SR), transform=transform)
    np.testing.assert_allclose(values, values[0, 0], rtol=0, atol=1e-4)
    colours = np.unique(ax.collections[0].to_rgba(values).reshape(-1, 4), axis=0)
    assert len(colours) == 1
    if transform in HERTZ_PICTURES:
        assert values[0, 0] == pytest.approx(-80, abs=1e-4)


@pytest.mark.filterwarnings("ignore:n_fft=2048 is too large")
@pytest.mark.parametrize("transform", plots.TRANSFORMS)
@pytest.mark.parametrize("samples", [1, 700])
def test_short_signals_have_a_picture(transform, samples):
    _, values, _, _ = drawn(tone(440)[:samples], transform=transform)
    assert np.all(np.isfinite(values))


@pytest.mark.parametrize("transform", plots.TRANSFORMS)
def test_fine_pictures_are_averaged(transform, monkeypatch):
    y = tone(440) * np.linspace(0.1, 1, SR, dtype="float32")
    _, fine, fine_times, fine_rows = drawn(y, transform=transform, hop_length=256)
    monkeypatch.setattr(plots, "MOST_CELLS", 10)
    _, coarse, times, rows = drawn(y, transform=transform, hop_length=256)
    assert max(coarse.shape) <= 10
    down, across = (math.ceil(count / 10) for count in fine.shape)
    np.testing.assert_allclose(coarse[0, 0], fine[:down, :across].mean(), rtol=1e-4)
    last_row, last_column = (len(fine) - 1) // down * down, (fine.shape[1] - 1) // across * across
    np.testing.assert_allclose(coarse[-1, -1], fine[last_row:, last_column:].mean(), rtol=1e-4)
    for coarse_edges, fine_edges in ((times, fine_times), (rows, fine_rows)):
        assert set(coarse_edges) <= set(fine_edges)
        assert (coarse_edges[0], coarse_edges[-1]) == (fine_edges[0], fine_edges[-1])


@pytest.mark.parametrize("transform", plots.TRANSFORMS)
def test_pictures_are_computed_in_float64(transform):
    """Of float32 samples too: those of silence after a tone are not the rounding of the tone."""
    y = tone(440, seconds=0.5)
    np.testing.assert_array_equal(drawn(y, transform=transform)[1], drawn(y.astype("float64"), transform=transform)[1])


@pytest.mark.parametrize("transform", plots.TRANSFORMS)
def test_a_torch_tensor_gives_the_same_picture(transform):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    y = tone(440) + np.random.default_rng(0).standard_normal(SR).astype("float32") / 10
    _, expected, *_ = drawn(y, transform=transform)
    _, values, *_ = drawn(torch.from_numpy(y), transform=transform)
    np.testing.assert_allclose(values, expected, atol=0.05)


def test_a_tensor_that_is_not_finite_is_a_parameter_error():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    with pytest.raises(nax.ParameterError, match="y is not finite everywhere: a picture needs finite samples"):
        drawn(torch.full((SR,), math.nan))


def test_a_figure_has_one_panel_per_transform_and_gives_each_its_options():
    page = plots.figure(tone(440), sr=SR, transforms=["stft", "mel", "mfcc"], title="$a_{song.wav", n_mels=40, n_mfcc=13, n_fft=1024)
    panels = [ax for ax in page.axes if ax.get_title()]
    assert [ax.get_title() for ax in panels] == ["STFT", "Mel spectrogram", "MFCC"]
    assert [ax.collections[0].get_array().shape[0] for ax in panels] == [513, 40, 13]
    assert page.get_suptitle() == "$a_{song.wav"
    page.draw_without_rendering()  # the title would be a broken formula


@pytest.mark.parametrize(
    ("y", "arguments", "message"),
    [
        (tone(440), {"transform": "foo"}, "transform='foo' must be one of 'stft', 'logstft', 'mel', 'mfcc', 'cqt', 'vqt', 'cwt', 'ssq'"),
        (tone(440), {"transform": "stft", "n_mels": 3}, "n_mels is not an option of stft"),
        (tone(440), {"transform": "mel", "sr": 0}, "sr=0 must be"),
        (tone(440), {"transform": "mel", "offset": math.nan}, "offset=nan must be"),
        (tone(440), {"transform": "mel", "fmax": SR}, "fmax=22050 must be"),
        (tone(440), {"transform": "logstft", "fmin": 0}, "fmin=0 must be"),
        (tone(440), {"transform": "stft", "hop_length": 0}, "hop_length=0 must be"),
        (np.where(np.arange(SR) == 7, np.inf, tone(440)), {}, r"y is not finite everywhere: y\[7\] is inf"),
        (np.zeros((2, SR)), {}, r"y has shape \(2, 22050\)"),
        (np.zeros(SR, dtype="int16"), {}, "y has dtype int16"),
        (np.zeros(0), {}, "y has shape"),
    ],
)
def test_bad_input_is_a_parameter_error(y, arguments, message):
    with pytest.raises(nax.ParameterError, match=message):
        plots.draw(Figure().subplots(), y, **{"sr": SR, **arguments})


def test_a_figure_of_nothing_is_a_parameter_error():
    with pytest.raises(nax.ParameterError, match="must name at least one of stft, logstft, mel, mfcc, cqt, vqt, cwt, ssq"):
        plots.figure(tone(440), sr=SR, transforms=[])


def test_an_option_of_no_transform_is_a_parameter_error():
    with pytest.raises(nax.ParameterError, match="n_mels is not an option of stft, logstft"):
        plots.figure(tone(440), sr=SR, transforms=["stft", "logstft"], n_mels=3)


def test_matplotlib_is_imported_by_drawing_and_pyplot_never(tmp_path):
    program = """
import sys
import numpy as np
import nnaudio_xp.plots
assert "matplotlib" not in sys.modules
nnaudio_xp.plots.figure(np.zeros(4096), sr=22050).savefig(sys.argv[1])
assert "matplotlib.pyplot" not in sys.modules
"""
    picture = tmp_path / "silence.png"
    subprocess.run([sys.executable, "-c", program, picture], check=True)
    assert picture.read_bytes().startswith(b"\x89PNG")
