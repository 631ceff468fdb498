"""Librosa's pictures: what stands where, and what is written there."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from assertions import assert_close
from examples import noise

import nnaudio_xp as nax

pytest.importorskip("matplotlib", reason="pictures need matplotlib")

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

pytestmark = pytest.mark.once

ARGUMENTS = {
    "vqt_hz": {"intervals": "ji5", "fmin": 50.0},
    "vqt_oct3": {"intervals": "ji3"},
    "chroma_fjs": {"intervals": [1.0, 1.25, 1.5]},
}
NOTATED = ("cqt_note", "cqt_svara", "fft_note", "fft_svara", "vqt_note", "vqt_fjs", "chroma", "chroma_h", "chroma_c", "chroma_fjs")
"""Whose labels are notes."""
KINDS = [kind for kind in nax.display.COORDINATES if kind not in NOTATED and kind not in ("none", "cqt")]


def empty_axes():
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.subplots()


def facts(display, data, **options):
    """All that a picture shows of itself."""
    ax = empty_axes()
    mesh = display.specshow(data, ax=ax, **options)
    ax.figure.canvas.draw()
    found = [mesh.get_array(), mesh.get_coordinates(), mesh.get_clim(), mesh.get_cmap().name, type(mesh.norm), ax.get_aspect()]
    for axis in (ax.xaxis, ax.yaxis):
        labels = [label.get_text() for label in (*axis.get_majorticklabels(), *axis.get_minorticklabels())]
        places = [axis.get_majorticklocs(), axis.get_minorticklocs(), axis.get_view_interval()]
        found += [axis.get_label_text(), axis.get_scale(), labels, *places]
    return found


def assert_same_facts(ours, theirs):
    for own, other in zip(ours, theirs, strict=True):
        if isinstance(own, np.ndarray | tuple):
            assert_close(np.asarray(own, dtype=float), np.asarray(other, dtype=float), rtol=1e-9)
        else:
            assert own == other


@pytest.mark.parametrize("kind", KINDS)
def test_axes_are_librosas(librosa, kind):
    import librosa.display as theirs

    if kind in nax.display.VARIABLE_Q and "intervals" not in ARGUMENTS.get(kind, {}):
        pytest.skip("written in notes")
    if librosa.__version__ < "1" and str(kind).endswith(("oct3", "tonnetz")):
        pytest.skip("librosa has it since 1.0, or corrected it there")
    data = abs(noise(0, (6 if kind == "tonnetz" else 40, 60)))
    options = {"x_axis": "time", "y_axis": kind, **ARGUMENTS.get(kind, {})}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lag 0 has no tempo in librosa
        assert_same_facts(facts(nax.display, data, **options), facts(theirs, data, **options))


def test_two_axes_of_one_kind_have_one_scale():
    ax = empty_axes()
    nax.display.specshow(np.eye(4), x_axis="time", y_axis="s", ax=ax)
    assert ax.get_aspect() == 1
    nax.display.specshow(np.eye(4), x_axis="time", y_axis="frames", ax=(other := empty_axes()))
    assert other.get_aspect() == "auto"


@pytest.mark.parametrize(
    ("vscale", "expected"),
    [
        ("dB", nax.amplitude_to_db),
        ("dB[power]", nax.power_to_db),
        ("dB[2.5]", lambda size: nax.amplitude_to_db(size, ref=2.5)),
        ("dB[power,0.5]", lambda size: nax.power_to_db(size, ref=0.5)),
        ("dBFS", lambda size: nax.amplitude_to_db(size, ref=np.max)),
        ("dBFS[power]", lambda size: nax.power_to_db(size, ref=np.max)),
    ],
)
def test_levels(vscale, expected):
    data = noise(1, (5, 7), "complex128")
    mesh = nax.display.specshow(data, vscale=vscale, ax=empty_axes())
    assert_close(np.asarray(mesh.get_array()).reshape(5, 7), expected(abs(data)), rtol=1e-12)
    assert mesh.get_cmap().name == "magma"


def test_phases_and_their_steps():
    """Of a wave of 100 Hz, whose phase goes on as its row says."""
    times = np.arange(8) * 512 / 22050
    data = np.exp(2j * np.pi * np.array([[100.0], [200.0]]) * times)
    phases = nax.display.specshow(data, vscale="phase", ax=empty_axes())
    assert_close(np.asarray(phases.get_array()).reshape(2, 8), np.angle(data), rtol=1e-12)
    steps = nax.display.specshow(data, vscale="dphase", x_axis="time", y_coords=np.array([100.0, 200.0]), ax=empty_axes())
    assert_close(np.asarray(steps.get_array()).reshape(2, 8), np.zeros((2, 8)), atol=1e-9)
    assert steps.get_clim() == (-np.pi, np.pi)
    assert steps.get_cmap().name == "twilight_shifted"
    across = nax.display.specshow(np.ones((3, 2), dtype=complex), vscale="dphase_t", x_coords=[0, 0], ax=empty_axes())
    assert_close(np.asarray(across.get_array()).reshape(3, 2), np.zeros((3, 2)), atol=1e-9)


def test_colours():
    choose = nax.display.infer_cmap
    assert choose(np.array([True, False])).name == "gray_r"
    assert choose(np.array([-1.0, 1.0])).name == "coolwarm"
    assert choose(np.array([-1.0, 1.0]), div_thresh=1.0, cmap_seq="viridis").name == "viridis"
    one_below = np.array([-1.0, *np.ones(200), np.inf])
    assert choose(one_below).name == "magma"
    assert choose(one_below, robust=False).name == "coolwarm"
    assert nax.display.specshow(np.array([[-1.0, 3.0]]), ax=empty_axes()).norm.vcenter == 0
    assert nax.display.specshow(np.array([[True, False]]), ax=empty_axes()).norm.N == 3


def test_complex_data_lose_their_phase_with_a_warning():
    with pytest.warns(UserWarning, match="magnitudes are drawn"):
        mesh = nax.display.specshow(np.full((2, 2), 3j), ax=empty_axes())
    assert (np.asarray(mesh.get_array()) == 3).all()


def test_a_grid_beyond_nyquist_warns():
    with pytest.warns(UserWarning, match="Nyquist"):
        nax.display.specshow(np.ones((84, 2)), y_axis="cqt_hz", sr=1000, ax=empty_axes())


@pytest.mark.parametrize(
    "options",
    [
        {"x_axis": "times"},
        {"y_axis": "hertz"},
        {"vscale": "dB[loud]"},
        {"vscale": "dBFS[2]"},
        {"x_coords": np.arange(9)},
        {"y_axis": "vqt_hz"},
        {"sr": 0},
        {"ax": 3},
    ],
)
def test_bad_arguments(options):
    with pytest.raises(nax.ParameterError):
        nax.display.specshow(np.ones((3, 4)), **{"ax": empty_axes(), **options})


@pytest.mark.parametrize("y", [np.ones((2, 2, 9)), np.arange(9), [1.0, 2.0]])
def test_bad_waveforms(y):
    with pytest.raises(nax.ParameterError):
        nax.display.waveshow(y, ax=empty_axes())


# --- waveforms ------------------------------------------------------------------------------------


@pytest.mark.parametrize("transpose", [False, True])
def test_a_waveform_is_its_envelope_and_from_near_its_samples(transpose):
    y = noise(2, (3000,))
    ax = empty_axes()
    plot = nax.display.waveshow(y, sr=1000, max_points=300, transpose=transpose, ax=ax)
    assert plot.envelope.get_visible()
    assert not plot.steps.get_visible()
    corners = plot.envelope.get_paths()[0].vertices[:, 0 if transpose else 1]
    assert set(np.abs(y.reshape(300, 10)).max(axis=1)) <= set(corners)
    (ax.set_ylim if transpose else ax.set_xlim)(2.0, 2.2)
    assert plot.steps.get_visible()
    assert not plot.envelope.get_visible()
    times, samples = plot.steps.get_data()[:: -1 if transpose else 1]
    assert times[0] <= 2.0
    assert times[-1] >= 2.2
    assert_close(samples, y[np.round(times * 1000).astype(int)], rtol=0)
    plot.disconnect(strict=True)
    assert plot.ax is None


def test_two_channels_are_above_and_below():
    y = np.stack([np.full(100, 0.5), np.full(100, 0.25)])
    plot = nax.display.waveshow(y, max_points=10, offset=3.0, mask=np.ones(100, dtype=bool), invert=True, label="both", ax=empty_axes())
    vertices = plot.envelope.get_paths()[0].vertices
    assert (vertices[:, 1].min(), vertices[:, 1].max()) == (-0.25, 0.5)
    assert vertices[:, 0].min() == 3.0


# --- labels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "options", "x", "expected"),
    [
        ((0, 4000), {}, 3723.0, "1:02:03"),
        ((0, 100), {}, 83.0, "1:23"),
        ((0, 10), {}, 2.5, "2.5"),
        ((0, 0.5), {}, 0.25, "0.250"),
        ((0, 10), {"unit": "h"}, 3723.0, "1:02:03"),
        ((0, 10), {"unit": "ms"}, 0.25, "250"),
        ((0, 100), {"lag": True, "unit": "s"}, 90.0, "-10"),
        ((0, 100), {"lag": True}, 101.0, ""),
    ],
)
def test_times(view, options, x, expected):
    axis = empty_axes().xaxis
    axis.set_data_interval(0, 100, ignore=True)
    axis.set_view_interval(*view, ignore=True)
    axis.set_major_formatter(nax.display.TimeFormatter(**options))
    assert axis.get_major_formatter()(x) == expected


def test_minor_frequencies_are_written_where_few_are_in_view():
    axis = empty_axes().yaxis
    axis.set_minor_formatter(nax.display.LogHzFormatter(major=False))
    axis.set_view_interval(100, 300, ignore=True)
    assert axis.get_minor_formatter()(150.0) == "150"
    axis.set_view_interval(100, 3000, ignore=True)
    assert axis.get_minor_formatter()(150.0) == ""
    assert axis.get_minor_formatter()(-1.0) == ""


@pytest.mark.parametrize(
    "make",
    [
        lambda display: display.TimeFormatter(unit="days"),
        lambda display: display.SvaraFormatter(None),
        lambda display: display.ChromaFJSFormatter(intervals="ji5"),
        lambda display: display.ChromaFJSFormatter(intervals=3),
    ],
)
def test_bad_labels(make):
    with pytest.raises(nax.ParameterError):
        make(nax.display)


def test_matplotlib_is_imported_by_drawing():
    code = "import sys; from nnaudio_xp import compat, display; compat.install_librosa(); assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
