"""Frequencies on other scales: mel, octaves, MIDI, note names and tunings, and the bin centres of
transforms.

Converters take plain numbers, lists and arrays. An array gives one of the same library, device and
dtype, differentiable where the formula is (gradients at Slaney's 1 kHz break are the mean of both
sides); a plain number gives a NumPy scalar.
"""

from __future__ import annotations

import math
import re
from types import ModuleType
from typing import Any

from ._backends import at_full_precision, constant_in_graphs, made_outside_graphs
from ._namespace import Array, Device, Dtype, as_floating, as_operand, half_by_single, host, place, power_of
from .errors import ParameterError, as_integer, as_number, as_positive, check_octaves, check_size

__all__ = [
    "A4_to_tuning",
    "cqt_frequencies",
    "fft_frequencies",
    "gammatone_frequencies",
    "hz_to_mel",
    "hz_to_midi",
    "hz_to_octs",
    "mel_frequencies",
    "mel_to_hz",
    "midi_to_hz",
    "note_to_hz",
    "note_to_midi",
    "octs_to_hz",
    "tuning_to_A4",
]

CONCERT_A4 = 440.0
CONCERT_A4_MIDI = 69.0

# Slaney's scale: linear with 200/3 Hz per mel up to 1 kHz = 15 mel, then a factor of 6.4 every 27
# mel
SLANEY_HZ_PER_MEL = 200 / 3
SLANEY_BREAK_HZ = 1000.0
SLANEY_BREAK_MEL = 15.0
SLANEY_LOG_STEP = math.log(6.4) / 27

# Glasberg & Moore's equivalent rectangular bandwidth of the ear's filters: 24.7 Hz + f / 9.26449
ERB_HZ = 24.7
ERB_QUALITY = 9.26449

SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
ACCIDENTALS = {"#": 1, "♯": 1, "𝄪": 2, "b": -1, "♭": -1, "!": -1, "𝄫": -2, "♮": 0, "n": 0}
NOTE = re.compile(rf"(?P<letter>[A-Ga-g])(?P<accidentals>[{''.join(ACCIDENTALS)}]*)(?P<octave>[-+]?\d+)?(?P<cents>[-+]\d+)?")


@at_full_precision
@half_by_single
def hz_to_mel(frequencies: Any, *, htk: bool = False) -> Array:
    """Mels of frequencies in Hz.

    Slaney's scale by default: ``f / (200/3)`` below 1 kHz, ``15 + 27 * log(f / 1000) / log(6.4)``
    above [1]_. HTK's: ``2595 * log10(1 + f / 700)`` [2]_.

    Parameters
    ----------
    frequencies : number or array of any shape, Hz
    htk : bool, default False
        HTK's formula instead of Slaney's.

    Returns
    -------
    number or array of the same shape, mel

    Raises
    ------
    ParameterError
        If `frequencies` does not hold real numbers.

    References
    ----------
    .. [1] M. Slaney, "Auditory Toolbox", Interval Research Technical Report 1998-010.
    .. [2] S. Young et al., "The HTK Book".

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.hz_to_mel(440)
    np.float64(6.6)
    >>> nax.hz_to_mel(np.asarray([100, 200, 400], dtype=np.float32))
    array([1.5, 3. , 6. ], dtype=float32)
    """
    xp, hertz = as_floating(frequencies, name="frequencies")
    if htk:
        return 2595.0 * xp.log10(1.0 + hertz / 700.0)
    # a sum of both parts, each constant where the other acts: no logarithm of what lies below the
    # break, so no NaN gradients
    middle = as_operand(SLANEY_BREAK_HZ, hertz, xp=xp)
    return xp.minimum(hertz, middle) / SLANEY_HZ_PER_MEL + xp.log(xp.maximum(hertz, middle) / SLANEY_BREAK_HZ) / SLANEY_LOG_STEP


@at_full_precision
@half_by_single
def mel_to_hz(mels: Any, *, htk: bool = False) -> Array:
    """Frequencies in Hz of mels, the inverse of `hz_to_mel`.

    Parameters
    ----------
    mels : number or array of any shape, mel
    htk : bool, default False
        HTK's formula instead of Slaney's.

    Returns
    -------
    number or array of the same shape, Hz

    Raises
    ------
    ParameterError
        If `mels` does not hold real numbers.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.mel_to_hz(3)
    np.float64(200.0)
    >>> nax.mel_to_hz([0, 15, 42])
    array([   0., 1000., 6400.])
    """
    xp, values = as_floating(mels, name="mels")
    if htk:
        return 700.0 * (power_of(10.0, values / 2595.0, xp=xp) - 1.0)
    middle, none = (as_operand(number, values, xp=xp) for number in (SLANEY_BREAK_MEL, 0.0))
    return SLANEY_HZ_PER_MEL * xp.minimum(values, middle) * xp.exp(SLANEY_LOG_STEP * xp.maximum(values - SLANEY_BREAK_MEL, none))


@at_full_precision
@half_by_single
def hz_to_octs(frequencies: Any, *, tuning: float = 0.0, bins_per_octave: int = 12) -> Array:
    """Octaves above A0, four below the tuned A4: ``log2(16 * f / A4)``.

    Parameters
    ----------
    frequencies : number or array of any shape, Hz
    tuning : float, default 0.0
        Deviation of A4 from 440 Hz, in bins.
    bins_per_octave : int > 0, default 12

    Returns
    -------
    number or array of the same shape, octaves

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.hz_to_octs(440.0)
    np.float64(4.0)
    >>> nax.hz_to_octs([27.5, 55.0, 110.0])
    array([0., 1., 2.])
    """
    xp, hertz = as_floating(frequencies, name="frequencies")
    return xp.log2(hertz / (_tuned_a4(tuning, bins_per_octave) / 16.0))


@at_full_precision
@half_by_single
def octs_to_hz(octs: Any, *, tuning: float = 0.0, bins_per_octave: int = 12) -> Array:
    """Frequencies in Hz of octaves above A0, the inverse of `hz_to_octs`: ``2**octs * A4 / 16``.

    Parameters
    ----------
    octs : number or array of any shape, octaves
    tuning : float, default 0.0
        Deviation of A4 from 440 Hz, in bins.
    bins_per_octave : int > 0, default 12

    Returns
    -------
    number or array of the same shape, Hz

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.octs_to_hz([-2, 0, 4])
    array([  6.875,  27.5  , 440.   ])
    """
    xp, octaves = as_floating(octs, name="octs")
    return _tuned_a4(tuning, bins_per_octave) / 16.0 * power_of(2.0, octaves, xp=xp)


@at_full_precision
@half_by_single
def hz_to_midi(frequencies: Any) -> Array:
    """MIDI note numbers of frequencies in Hz, fractions included: ``69 + 12 * log2(f / 440)``.

    Parameters
    ----------
    frequencies : number or array of any shape, Hz

    Returns
    -------
    number or array of the same shape, semitones

    Raises
    ------
    ParameterError
        If `frequencies` does not hold real numbers.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.hz_to_midi(440)
    np.float64(69.0)
    >>> nax.hz_to_midi([110, 220, 440])
    array([45., 57., 69.])
    """
    xp, hertz = as_floating(frequencies, name="frequencies")
    return CONCERT_A4_MIDI + 12.0 * xp.log2(hertz / CONCERT_A4)


@at_full_precision
@half_by_single
def midi_to_hz(notes: Any) -> Array:
    """Frequencies in Hz of MIDI note numbers: ``440 * 2**((notes - 69) / 12)``.

    Parameters
    ----------
    notes : number or array of any shape, semitones

    Returns
    -------
    number or array of the same shape, Hz

    Raises
    ------
    ParameterError
        If `notes` does not hold real numbers.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.midi_to_hz(69)
    np.float64(440.0)
    >>> nax.midi_to_hz([45, 57, 69])
    array([110., 220., 440.])
    """
    xp, numbers = as_floating(notes, name="notes")
    return CONCERT_A4 * power_of(2.0, (numbers - CONCERT_A4_MIDI) / 12.0, xp=xp)


@made_outside_graphs
def note_to_midi(note: Any, *, round_midi: bool = True) -> Any:
    """MIDI note numbers of note names.

    A name is a letter, any number of accidentals, an octave (0 if left out) and a deviation in
    cents: ``'A4'``, ``'c♯'``, ``'Bb-1'``, ``'G𝄪6'``, ``'D4+30'``. Accidentals are ``# ♯`` (sharp),
    ``𝄪`` (double sharp), ``b ♭ !`` (flat), ``𝄫`` (double flat) and ``♮ n`` (natural); they add up.
    C4 is 60.

    Parameters
    ----------
    note : str or iterable of str
        An empty string is no note: NaN.
    round_midi : bool, default True
        Round to whole semitones, halves to the even one. False keeps the cents.

    Returns
    -------
    int (a float without rounding) or NumPy array, semitones

    Raises
    ------
    ParameterError
        If a name cannot be read.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.note_to_midi("C♭3")
    47
    >>> nax.note_to_midi("D4+30", round_midi=False)
    np.float64(62.3)
    >>> nax.note_to_midi(["C", "E", "G"])
    array([12, 16, 19])
    """
    if isinstance(note, str):
        number = _midi_number(note)
        return round(number) if round_midi and not math.isnan(number) else host.asarray(number, dtype=host.float64)[()]
    try:
        names = list(note)
    except TypeError as error:
        raise ParameterError(f"note={note!r} must be a note name such as 'A4', or several") from error
    return host.asarray([note_to_midi(name, round_midi=round_midi) for name in names])


@made_outside_graphs
def note_to_hz(note: Any, *, round_midi: bool = False) -> Array:
    """Frequencies in Hz of note names, in equal temperament with A4 at 440 Hz.

    Parameters
    ----------
    note : str or iterable of str
        Names as `note_to_midi` reads them.
    round_midi : bool, default False
        Round to whole semitones, dropping the cents.

    Returns
    -------
    NumPy float or array, Hz

    Raises
    ------
    ParameterError
        If a name cannot be read.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.note_to_hz("A3")
    np.float64(220.0)
    >>> nax.note_to_hz(["A1", "A2", "A4"])
    array([ 55., 110., 440.])
    """
    return midi_to_hz(note_to_midi(note, round_midi=round_midi))


@at_full_precision
@half_by_single
def A4_to_tuning(A4: Any, *, bins_per_octave: int = 12) -> Array:
    """Deviation of a reference pitch A4 from 440 Hz, in bins: ``bins_per_octave * log2(A4 / 440)``.

    Parameters
    ----------
    A4 : number or array of any shape, Hz
    bins_per_octave : int > 0, default 12

    Returns
    -------
    number or array of the same shape, bins

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.A4_to_tuning([440.0, 880.0], bins_per_octave=24)
    array([ 0., 24.])
    """
    xp, hertz = as_floating(A4, name="A4")
    return as_integer("bins_per_octave", bins_per_octave) * xp.log2(hertz / CONCERT_A4)


@at_full_precision
@half_by_single
def tuning_to_A4(tuning: Any, *, bins_per_octave: int = 12) -> Array:
    """Reference pitch A4 in Hz of a deviation in bins, the inverse of `A4_to_tuning`:
    ``440 * 2**(tuning / bins_per_octave)``.

    Parameters
    ----------
    tuning : number or array of any shape, bins
    bins_per_octave : int > 0, default 12

    Returns
    -------
    number or array of the same shape, Hz

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.tuning_to_A4(0)
    np.float64(440.0)
    >>> nax.tuning_to_A4([-12, 12])
    array([220., 880.])
    """
    xp, bins = as_floating(tuning, name="tuning")
    return CONCERT_A4 * power_of(2.0, bins / as_integer("bins_per_octave", bins_per_octave), xp=xp)


@made_outside_graphs
def fft_frequencies(
    *, sr: float = 22050, n_fft: int = 2048, xp: ModuleType | None = None, dtype: Dtype = None, device: Device = None
) -> Array:
    """Centre frequencies of the bins of a real signal's FFT: ``k * sr / n_fft``.

    Parameters
    ----------
    sr : float > 0, Hz, default 22050
    n_fft : int > 0, samples, default 2048
    xp, dtype, device : optional
        Library (NumPy), dtype (float64) and device of the result.

    Returns
    -------
    array of shape (1 + n_fft // 2,), Hz
        From 0 to `sr` / 2 (to just below it for an odd `n_fft`).

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.fft_frequencies(sr=16000, n_fft=8)
    array([   0., 2000., 4000., 6000., 8000.])
    """
    rate, n_fft = as_positive("sr", sr), as_integer("n_fft", n_fft)
    check_size("the frequencies", [1 + n_fft // 2], f"n_fft={n_fft}")
    # multiplying first leaves one rounding, none at the Nyquist frequency
    return place(host.arange(1 + n_fft // 2, dtype=host.float64) * rate / n_fft, xp=xp, dtype=dtype, device=device)


@made_outside_graphs
def tempo_frequencies(
    n_bins: int, *, hop_length: int = 512, sr: float = 22050, xp: ModuleType | None = None, dtype: Dtype = None, device: Device = None
) -> Array:
    """Tempos of the lags of a tempogram: ``60 * sr / (hop_length * lag)``.

    Parameters
    ----------
    n_bins : int > 0
        Number of lags, from 0 on, whose tempo is infinite.
    hop_length : int > 0, samples, default 512
    sr : float > 0, Hz, default 22050
    xp, dtype, device : optional
        Library (NumPy), dtype (float64) and device of the result.

    Returns
    -------
    array of shape (n_bins,), beats per minute

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.tempo_frequencies(4, sr=8000, hop_length=400)
    array([  inf, 1200.,  600.,  400.])
    """
    count, hop, rate = as_integer("n_bins", n_bins), as_integer("hop_length", hop_length), as_positive("sr", sr)
    check_size("the tempos", [count], f"n_bins={n_bins}")
    lags = host.arange(count, dtype=host.float64)
    tempos = host.where(lags == 0, math.inf, 60.0 * rate / (hop * host.where(lags == 0, 1.0, lags)))
    return place(tempos, xp=xp, dtype=dtype, device=device)


@made_outside_graphs
def fourier_tempo_frequencies(
    *,
    sr: float = 22050,
    win_length: int = 384,
    hop_length: int = 512,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """Tempos of the rows of a Fourier tempogram: ``60 * sr * k / (hop_length * win_length)``.

    Parameters
    ----------
    sr : float > 0, Hz, default 22050
    win_length : int > 0, frames, default 384
    hop_length : int > 0, samples, default 512
    xp, dtype, device : optional
        Library (NumPy), dtype (float64) and device of the result.

    Returns
    -------
    array of shape (1 + win_length // 2,), beats per minute

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.fourier_tempo_frequencies(sr=8000, hop_length=400, win_length=4)
    array([  0., 300., 600.])
    """
    rate, n_fft, hop = as_positive("sr", sr), as_integer("win_length", win_length), as_integer("hop_length", hop_length)
    return fft_frequencies(sr=rate * 60 / hop, n_fft=n_fft, xp=xp, dtype=dtype, device=device)


@made_outside_graphs
def mel_frequencies(
    n_mels: int = 128,
    *,
    fmin: float = 0.0,
    fmax: float = 11025.0,
    htk: bool = False,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """Frequencies evenly spaced in mel, both ends included.

    Parameters
    ----------
    n_mels : int > 0, default 128
    fmin : float >= 0, Hz, default 0.0
    fmax : float > `fmin`, Hz, default 11025.0
    htk : bool, default False
        HTK's mel scale instead of Slaney's.
    xp, dtype, device : optional
        Library (NumPy), dtype (float64) and device of the result.

    Returns
    -------
    array of shape (n_mels,), Hz

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.mel_frequencies(4, fmax=200)
    array([  0.        ,  66.66666667, 133.33333333, 200.        ])
    """
    n_mels, low = as_integer("n_mels", n_mels), as_number("fmin", fmin, minimum=0.0)
    check_size("the frequencies", [n_mels], f"n_mels={n_mels}")
    high = as_number("fmax", fmax, above=low)
    mels = host.linspace(float(hz_to_mel(low, htk=htk)), float(hz_to_mel(high, htk=htk)), n_mels, dtype=host.float64)
    return place(mel_to_hz(mels, htk=htk), xp=xp, dtype=dtype, device=device)


@made_outside_graphs
def gammatone_frequencies(
    n_bins: int = 64,
    *,
    fmin: float = 20.0,
    fmax: float = 11025.0,
    htk: bool = False,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """Centre frequencies of gammatone filters: from `fmin` on in even steps of the ear's
    bandwidths, up to a step below `fmax`.

    The equivalent rectangular bandwidth at f is ``24.7 + f / 9.26449`` [1]_, so that even steps are
    those of ``log(f + 24.7 * 9.26449)`` [2]_.

    Parameters
    ----------
    n_bins : int > 0, default 64
    fmin : float >= 0, Hz, default 20.0
    fmax : float > `fmin`, Hz, default 11025.0
    htk : bool, default False
        Even steps of HTK's mel scale instead.
    xp, dtype, device : optional
        Library (NumPy), dtype (float64) and device of the result.

    Returns
    -------
    array of shape (n_bins,), Hz

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    References
    ----------
    .. [1] B. R. Glasberg and B. C. J. Moore, "Derivation of auditory filter shapes from
       notched-noise data", Hearing Research 47, 1990.
    .. [2] M. Slaney, "An efficient implementation of the Patterson-Holdsworth auditory filter
       bank", Apple Technical Report 35, 1993.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.gammatone_frequencies(4, fmin=100, fmax=8000).round(1)
    array([ 100. ,  506.6, 1416.1, 3450.3])
    """
    n_bins, low = as_integer("n_bins", n_bins), as_number("fmin", fmin, minimum=0.0)
    check_size("the frequencies", [n_bins], f"n_bins={n_bins}")
    high = as_number("fmax", fmax, above=low)
    steps = host.arange(n_bins, dtype=host.float64) / n_bins
    if htk:
        first, last = (float(hz_to_mel(hertz, htk=True)) for hertz in (low, high))
        centres = mel_to_hz(first + (last - first) * steps, htk=True)
    else:
        offset = ERB_HZ * ERB_QUALITY
        centres = (low + offset) * ((high + offset) / (low + offset)) ** steps - offset
    return place(centres, xp=xp, dtype=dtype, device=device)


@made_outside_graphs
def cqt_frequencies(
    n_bins: int,
    *,
    fmin: float,
    bins_per_octave: int = 12,
    tuning: float = 0.0,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """Centre frequencies of constant-Q bins: ``fmin * 2**((k + tuning) / bins_per_octave)``.

    Parameters
    ----------
    n_bins : int > 0
    fmin : float > 0, Hz
        The lowest centre frequency, before tuning.
    bins_per_octave : int > 0, default 12
    tuning : float, bins, default 0.0
    xp, dtype, device : optional
        Library (NumPy), dtype (float64) and device of the result.

    Returns
    -------
    array of shape (n_bins,), Hz

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.cqt_frequencies(4, fmin=55, bins_per_octave=1)
    array([ 55., 110., 220., 440.])
    """
    n_bins, per_octave = as_integer("n_bins", n_bins), as_integer("bins_per_octave", bins_per_octave)
    check_size("the frequencies", [n_bins], f"n_bins={n_bins}")
    lowest, tuned = as_positive("fmin", fmin), as_number("tuning", tuning)
    check_octaves(lowest, (n_bins - 1 + tuned) / per_octave, f"n_bins={n_bins} and tuning={tuning!r}")
    octaves = (host.arange(n_bins, dtype=host.float64) + tuned) / per_octave
    return place(lowest * 2.0**octaves, xp=xp, dtype=dtype, device=device)


@constant_in_graphs
def _tuned_a4(tuning: float, bins_per_octave: int) -> float:
    return float(tuning_to_A4(as_number("tuning", tuning), bins_per_octave=bins_per_octave))


def _midi_number(name: str) -> float:
    if not name:
        return math.nan
    parts = NOTE.fullmatch(name)
    if not parts:
        raise ParameterError(f"note={name!r} must be a letter, accidentals, an octave and cents, such as 'A4', 'C♯3' or 'Bb-1+25'")
    semitones = SEMITONES[parts["letter"].upper()] + sum(ACCIDENTALS[sign] for sign in parts["accidentals"])
    return 12 * (int(parts["octave"] or 0) + 1) + semitones + int(parts["cents"] or 0) / 100
