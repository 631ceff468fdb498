"""What no function and no layer takes: truth and text for numbers, sizes that no machine has."""

import inspect
import math
import re
import subprocess
import sys

import numpy as np
import pytest
from catalogue import CONVERTERS, FUNCTIONS, LAYERS, NUMBERS, TRANSFORMS, OfArrays, Transform, find
from examples import noise

import nnaudio_xp as nax
from nnaudio_xp import layers
from nnaudio_xp.backends import numpy as bound

pytestmark = pytest.mark.once

MEL = ("n_mels", "fmin", "fmax")
"""What comes to the mel filter bank through ``**kwargs``."""


HARD = {"power": ("softmask", "hpss", "harmonic", "percussive")}
"""Where an infinite exponent makes a mask hard."""


def numeric(function):
    """The parameters that are numbers, and for each what it does not take."""
    for parameter in inspect.signature(function).parameters.values():
        kinds = set(re.findall(r"\w+", str(parameter.annotation)))
        if not kinds & {"int", "float"} or kinds & {"Sequence", "Callable"}:
            continue
        bad = [] if "bool" in kinds else [True, np.True_]
        bad += [] if "str" in kinds else ["22050"]
        hard = parameter.name.endswith("norm") or function.__name__ in HARD.get(parameter.name, ())
        bad += [] if parameter.name == "fill_value" else [math.nan] if hard else [math.nan, math.inf]
        bad += [] if "None" in kinds or parameter.default is None else [None]
        yield parameter.name, bad


def called(function, options):
    """The call of a row of the table with other options."""
    given, args = {**function.options, **options}, []
    if isinstance(function, OfArrays):
        (given.setdefault(function.keyword, function.of(())) if function.keyword else args.append(function.of(())))
    elif function in CONVERTERS:
        args.append(NUMBERS.astype(int) if function.integers else NUMBERS)
    return find(nax, function.name)(*args, **given)


def refused(name, bad):
    shown = {True: r"(np\.)?True_?", None: ""}.get(bad, re.escape(repr(bad)))
    return pytest.raises(nax.ParameterError, match=rf"\b{name}=.*{shown}")


@pytest.mark.parametrize("function", FUNCTIONS, ids=str)
def test_functions_take_nothing_but_numbers_for_numbers(function):
    """Also where an argument does nothing by the values of the others."""
    for name, values in numeric(find(nax, function.name)):
        for bad in values:
            with refused(name, bad):
                called(function, {name: bad})


@pytest.mark.parametrize("name", MEL)
def test_so_do_mel_filter_banks(name):
    for bad in (True, "22050", math.nan):
        with refused(name, bad):
            nax.feature.melspectrogram(y=noise(0, (600,)), sr=8000, n_fft=64, **{name: bad})


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_take_nothing_but_numbers_for_numbers(layer):
    made = getattr(layers, layer)
    for name, values in numeric(made):
        for bad in values:
            with refused(name, bad):
                made(**{**LAYERS[layer].arguments, name: bad})


@pytest.mark.skipif(np.finfo(np.longdouble).bits == 64, reason="this machine has no longer floats")
@pytest.mark.parametrize("function", [*TRANSFORMS, *(row for row in CONVERTERS if row.elementwise and not row.integers)], ids=str)
def test_no_digits_are_lost(function):
    if function.name.startswith("util.") and function.name != "util.normalize":
        return  # which only move what they are given
    values = function.of(()) if isinstance(function, Transform) else NUMBERS
    dtype = np.clongdouble if values.dtype.kind == "c" else np.longdouble
    with pytest.raises(nax.ParameterError, match=r"has dtype (float|complex)\d+, whose digits would be lost: bring it to 'float64'"):
        function.call(values.astype(dtype))


@pytest.mark.parametrize("layer", LAYERS)
def test_layers_lose_no_digits(layer):
    if np.finfo(np.longdouble).bits == 64:
        pytest.skip("this machine has no longer floats")
    with pytest.raises(nax.ParameterError, match=r"has dtype float\d+, whose digits would be lost"):
        getattr(layers, layer)(**LAYERS[layer].arguments).apply({}, np.ones((2, 9, 9, 2), dtype=np.longdouble))


# --- the length of what is made -------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, -1, True, 2.0, "600", 10**30])
@pytest.mark.parametrize("function", [row for row in TRANSFORMS if "length" in inspect.signature(find(nax, row.name)).parameters], ids=str)
def test_lengths_are_positive(function, length):
    """librosa takes 0 for None in some functions, and fails in others."""
    with pytest.raises(nax.ParameterError, match=rf"length={re.escape(repr(length))} must be "):
        called(function, {"length": length})


# --- sizes ----------------------------------------------------------------------------------------

Y, S = noise(0, (4096,)), abs(noise(1, (33, 9)))
SIZES = {
    "n_fft": lambda n: nax.stft(Y, n_fft=n),
    "n_fft, layer": lambda n: bound.STFT(n_fft=n),
    "n_fft, mel": lambda n: nax.feature.inverse.mel_to_stft(S, n_fft=n),
    "n_fft, gammatone": lambda n: nax.filters.gammatone(sr=8000, n_fft=n),
    "n_fft, frequencies": lambda n: nax.fft_frequencies(n_fft=4 * n),
    "freq_bins": lambda n: nax.stft(Y, freq_scale="log", freq_bins=n),
    "freq_bins, layer": lambda n: bound.STFT(freq_scale="log", freq_bins=n),
    "hop_length, istft": lambda n: nax.istft(S, hop_length=n),
    "hop_length, window_sumsquare": lambda n: nax.filters.window_sumsquare(window="hann", n_frames=3, hop_length=n),
    "n_frames": lambda n: nax.filters.window_sumsquare(window="hann", n_frames=n),
    "n_frames, mask": lambda n: nax.util.frame_mask([1], n_frames=n),
    "length": lambda n: nax.istft(S, length=n),
    "length, griffinlim": lambda n: nax.griffinlim(S, length=n),
    "length, layer": lambda n: bound.iSTFT(n_fft=64)(S + 0j, length=n),
    "size": lambda n: nax.util.pad_center(Y, size=n),
    "size, fix_length": lambda n: nax.util.fix_length(Y, size=n),
    "Nx": lambda n: nax.filters.get_window("hann", n),
    "n, Nx": lambda n: nax.filters.window_bandwidth(("kaiser", 3.0), n),
    "n_mels": lambda n: nax.feature.melspectrogram(y=Y, n_mels=n),
    "n_mels, frequencies": lambda n: nax.mel_frequencies(n),
    "n_mels, cepstra": lambda n: nax.feature.inverse.mfcc_to_mel(S, n_mels=n),
    "n_mels, layer": lambda n: bound.MelSpectrogram(n_mels=n, trainable_mel=True),
    "n_bins, gammatone": lambda n: nax.gammatone(Y, n_bins=n),
    "n_bins, gammatone_filterbank": lambda n: nax.gammatone_filterbank(Y, n_bins=n),
    "order": lambda n: nax.gammatone_filterbank(Y, order=n),
    "n_bins, cqt_frequencies": lambda n: nax.cqt_frequencies(n, fmin=30),
    "n_bins, interval_frequencies": lambda n: nax.interval_frequencies(n, fmin=30, intervals="equal", bins_per_octave=12),
    "bins_per_octave, intervals": lambda n: nax.pythagorean_intervals(bins_per_octave=n),
    "bins_per_octave, crystal": lambda n: nax.plimit_intervals(primes=[3, 5], bins_per_octave=n),
    "fifths": lambda n: nax.fifths_to_note(unison="C", fifths=-100 * n),
    "n_bins": lambda n: nax.cqt(Y, n_bins=n),
    "n_bins, layer": lambda n: bound.CQT(n_bins=n),
    "bins_per_octave": lambda n: nax.cqt(Y, bins_per_octave=n),
    "bins_per_octave, all": lambda n: nax.cqt(Y, bins_per_octave=n, n_bins=None, method="exact"),
    "bins_per_octave, inverse": lambda n: nax.icqt(S, bins_per_octave=n),
    "bins_per_octave, layer": lambda n: bound.VQT(bins_per_octave=n),
    "filter_scale": lambda n: nax.cqt(Y, filter_scale=n),
    "filter_scale, exact": lambda n: nax.cqt(Y, filter_scale=n, method="exact"),
    "filter_scale, atoms": lambda n: nax.filters.wavelet(freqs=[200.0, 400.0], filter_scale=n),
    "filter_scale, layer": lambda n: bound.CQT(filter_scale=n),
    "fmin": lambda n: nax.cqt(Y, fmin=1 / n, n_bins=12, method="exact"),
    "fmin, recursive": lambda n: nax.cqt(Y, fmin=1 / n, n_bins=12),
    "fmin, layer": lambda n: bound.CQT1992v2(fmin=1 / n, n_bins=12),
    "hop_length, pseudo_cqt": lambda n: nax.pseudo_cqt(Y, hop_length=n),
    "hop_length, inverse": lambda n: nax.icqt(S, hop_length=n),
    "hop_length, bounds": lambda n: nax.vqt_frame_bounds(hop_length=n),
    "bins_per_octave, nsgt": lambda n: nax.nsgt(Y, bins_per_octave=n),
    "bins_per_octave, NSGT": lambda n: bound.NSGT(bins_per_octave=n),
    "slice_length": lambda n: nax.nsgt(Y, slice_length=n),
    "n_samples": lambda n: nax.nsgt_bounds(n_samples=n),
    "bins_per_octave, cfp": lambda n: nax.cfp(Y, bins_per_octave=n),
    "bins_per_octave, cfp_frequencies": lambda n: nax.cfp_frequencies(bins_per_octave=n),
    "fr": lambda n: nax.cfp(Y, fr=1 / n),
    "NumPerOct, bins_per_octave": lambda n: bound.CFP(NumPerOct=n),
    "resolution": lambda n: nax.pitch_tuning([440.0], resolution=1 / n),
    "X": lambda n: nax.times_like(n),
    "n_chroma": lambda n: nax.filters.cq_to_chroma(12, bins_per_octave=n, n_chroma=n),
    "n_chroma, filters": lambda n: nax.filters.chroma(sr=8000, n_fft=64, n_chroma=n),
    "n_fft, filters": lambda n: nax.filters.chroma(sr=8000, n_fft=n),
    "n_chroma, stft": lambda n: nax.feature.chroma_stft(S=S, n_chroma=n),
    "n_chroma, layer": lambda n: bound.Chroma(n_chroma=n, trainable_chroma=True),
    "n_octaves, n_bins": lambda n: nax.feature.chroma_cqt(y=Y, n_octaves=n),
    "win_len_smooth, Nx": lambda n: nax.feature.chroma_cens(C=np.ones((36, 9)), win_len_smooth=n),
    "order, poly_features": lambda n: nax.feature.poly_features(S=S, order=n),
    "frame_length, n_fft": lambda n: nax.feature.rms(y=Y, frame_length=n),
    "frame_length, crossings, n_fft": lambda n: nax.feature.zero_crossing_rate(Y, frame_length=n),
    "n_bands": lambda n: nax.feature.spectral_contrast(S=S, n_bands=n),
    "width": lambda n: nax.feature.delta(Y, width=n + 1, mode="nearest"),
    "n_steps": lambda n: nax.feature.stack_memory(Y, n_steps=n),
    "delay": lambda n: nax.feature.stack_memory(Y, delay=-n),
    "n_input": lambda n: nax.filters.cq_to_chroma(n),
}
"""Calls whose arrays, or lists, grow with a number, beside the arguments that decide it."""

IN_LITTLE_MEMORY = """
import resource, sys
sys.path[:0] = {path!r}
import test_bad_input as tests
resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30,) * 2)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name, call in tests.SIZES.items():
    for n in (10**9, 10**12, 10**30, 10**5000):
        try:
            call(n)
            print(name, n.bit_length(), "is taken")
        except tests.nax.ParameterError as error:
            if not any(part in str(error) for part in (*name.split(", "), "atoms")):
                print(name, n.bit_length(), error)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print("nothing else" if grown < 100 * 1024 else f"{{grown}} KiB were used")
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit of memory is Linux's")
def test_sizes_that_no_machine_has_are_refused_before_any_work():
    """By their names, or as the length of atoms that they decide together."""
    command = [sys.executable, "-c", IN_LITTLE_MEMORY.format(path=sys.path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (run.stdout.splitlines(), run.stderr) == (["nothing else"], "")


def test_a_size_is_said():
    message = r"n_mels=100000000, n_fft=2048 would take 820 GB for the filter bank \(100000000 x 1025\): at most 4\.3 GB"
    with pytest.raises(nax.ParameterError, match=message):
        nax.feature.melspectrogram(y=Y, n_mels=10**8)


def test_what_the_caller_holds_is_never_too_large(monkeypatch):
    """Only what arguments add to it is."""
    monkeypatch.setattr("nnaudio_xp.errors.LARGEST", 8 * 4096)
    assert nax.util.fix_length(Y, size=6000).shape == (6000,)
    assert nax.times_like(Y).shape == (4096,)
    spectrum = nax.stft(Y, n_fft=64, hop_length=16)
    assert nax.istft(spectrum, hop_length=16, length=16000).shape == (16000,)
    with pytest.raises(nax.ParameterError, match="length=20000 would take"):
        nax.istft(spectrum, hop_length=16, length=20000)
