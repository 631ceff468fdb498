"""Beats: librosa.beat's names, keywords, defaults and numbers."""

from __future__ import annotations

import itertools
from typing import Any

from . import ops
from ._backends import at_full_precision
from ._namespace import Array, as_floating, check_on_host, host, real_dtype
from .errors import ParameterError, as_integer, as_number, as_positive, one_of
from .feature.rhythm import fourier_tempogram, tempo
from .onset import UNITS, given_strength, in_units
from .scales import fourier_tempo_frequencies
from .spectrum import istft
from .transforms.beats import tracked
from .transforms.norms import to_unit_norm
from .transforms.tempograms import pulse_spectrum

__all__ = ["beat_track", "plp"]


def beat_track(
    *,
    y: Array | None = None,
    sr: float = 22050,
    onset_envelope: Array | None = None,
    hop_length: int = 512,
    start_bpm: float = 120.0,
    tightness: float = 100,
    trim: bool = True,
    bpm: Any = None,
    prior: Any = None,
    units: str = "frames",
    sparse: bool = True,
) -> tuple[Any, Array]:
    """Track beats: the frames that have strong onsets and lie as far apart as the tempo says [1]_.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, NumPy's. Either `y` or `onset_envelope` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    onset_envelope : array [shape=(..., time)], real
        Onset strength to use instead, NumPy's.
    hop_length : int > 0
        Samples from one frame to the next.
    start_bpm : float > 0 [beats per minute]
        The most usual tempo, as for `feature.tempo`.
    tightness : float > 0
        How much beats that are off the tempo lose.
    trim : bool
        Whether weak beats at both ends are left out.
    bpm : float > 0 or array [shape=(..., 1) or (..., time)], optional [beats per minute]
        The tempo, of each frame even; estimated by `feature.tempo` if it is not given.
    prior : object with ``logpdf``, optional
        As for `feature.tempo`.
    units : {'frames', 'samples', 'time'}
        What beats are counted in.
    sparse : bool
        Whether the beats of one signal are listed; else which frames are beats.

    Returns
    -------
    tempo : float or array [beats per minute]
        As given or estimated.
    beats : array [shape=(beats,)] or boolean array [shape=(..., time)]
        No beats, and the tempo 0, where there are no onsets.

    Raises
    ------
    ParameterError
        If neither `y` nor `onset_envelope` is given, on arrays of other libraries than NumPy, and on an
        argument outside these ranges.

    References
    ----------
    .. [1] D. Ellis, "Beat tracking by dynamic programming", Journal of New Music Research 36(1), 2007.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> y = nax.clicks(times=[k / 2 for k in range(1, 12)], length=6 * 22050)
    >>> tempo, beats = nax.beat.beat_track(y=y)
    >>> beats.tolist()
    [22, 44, 65, 87, 109, 130, 152, 173, 195, 216, 238]
    """
    rate, hop_length, units = as_positive("sr", sr), as_integer("hop_length", hop_length), one_of("units", units, UNITS)
    start_bpm, tightness = as_positive("start_bpm", start_bpm), as_positive("tightness", tightness)
    waveform = None if y is None or onset_envelope is not None else check_on_host(y, name="y")
    strength = given_strength(waveform, onset_envelope, sr=rate, hop_length=hop_length, aggregate=host.median)
    _, envelope = as_floating(check_on_host(strength, name="onset_envelope"), name="onset_envelope")
    if sparse and envelope.ndim != 1:
        raise ParameterError(f"sparse={sparse!r} lists the beats of one signal: the envelope has shape {tuple(envelope.shape)}")
    envelope = host.astype(envelope, real_dtype(envelope, host), copy=False)
    if not host.any(envelope):
        empty = host.zeros(0, dtype=host.int64) if sparse else host.zeros(envelope.shape, dtype=host.bool)
        return (0.0 if sparse else host.zeros(envelope.shape[:-1])), empty
    if bpm is None:
        bpm = tempo(onset_envelope=envelope, sr=rate, hop_length=hop_length, start_bpm=start_bpm, prior=prior)
    tempos = _tempos(bpm, envelope)
    periods = host.round(rate / hop_length * 60.0 / tempos)
    clips = itertools.product(*map(range, envelope.shape[:-1]))
    made = [tracked(envelope[clip], periods[clip], tightness, trim=bool(trim)) for clip in clips]
    beats = host.reshape(host.stack(made), envelope.shape) if made else host.zeros(envelope.shape, dtype=host.bool)
    if not sparse:
        return bpm, beats
    places = host.nonzero(beats)[0]
    return bpm, in_units(places, units, sr=rate, hop_length=hop_length)


def _tempos(bpm: Any, envelope: Array) -> Array:
    """Tempos (..., 1) or (..., time) for an envelope (..., time)."""
    _, tempos = as_floating(check_on_host(bpm, name="bpm"), name="bpm")
    tempos = host.reshape(tempos, (1,)) if tempos.ndim == 0 else tempos
    if tempos.shape[-1] not in (1, envelope.shape[-1]):
        raise ParameterError(f"bpm has shape {tuple(tempos.shape)}: it must be one tempo, or one for each of {envelope.shape[-1]} frames")
    if not host.all(tempos > 0):
        raise ParameterError(f"bpm={bpm!r} must be positive")
    if tempos.ndim < envelope.ndim and tempos.shape[-1] != 1 and tempos.ndim > 1:
        raise ParameterError(f"bpm has shape {tuple(tempos.shape)}: it must fit the envelope's, {tuple(envelope.shape)}")
    return host.broadcast_to(tempos, (*envelope.shape[:-1], tempos.shape[-1]))


@at_full_precision
def plp(
    *,
    y: Array | None = None,
    sr: float = 22050,
    onset_envelope: Array | None = None,
    hop_length: int = 512,
    win_length: int = 384,
    tempo_min: float | None = 30,
    tempo_max: float | None = 300,
    prior: Any = None,
) -> Array:
    """Predominant local pulse: a curve that is high where the most salient periodicity has its beats
    [1]_.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. Either `y` or `onset_envelope` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    onset_envelope : array [shape=(..., time)], real
        Onset strength to use instead.
    hop_length : int > 0
        Samples from one frame to the next.
    win_length : int > 0 [frames]
        Frames over which the pulse may change.
    tempo_min, tempo_max : float > 0 or None [beats per minute]
        The range of tempos.
    prior : object with ``logpdf``, optional
        How likely tempos are, such as a distribution of SciPy's.

    Returns
    -------
    array [shape=(..., time)], real, from 0 to 1
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        If neither `y` nor `onset_envelope` is given, or on an argument outside these ranges.

    References
    ----------
    .. [1] P. Grosche and M. Müller, "Extracting predominant local pulse information from music
       recordings", IEEE Transactions on Audio, Speech, and Language Processing 19(6), 2011.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> y = nax.clicks(times=[k / 2 for k in range(20)])
    >>> pulse = nax.beat.plp(y=y)
    >>> pulse.shape, float(pulse.max())
    ((414,), 1.0)
    """
    rate, hop_length, win_length = as_positive("sr", sr), as_integer("hop_length", hop_length), as_integer("win_length", win_length)
    slowest, fastest = (
        None if value is None else as_number(name, value, minimum=0) for name, value in (("tempo_min", tempo_min), ("tempo_max", tempo_max))
    )
    if slowest is not None and fastest is not None and fastest <= slowest:
        raise ParameterError(f"tempo_max={tempo_max!r} must be above tempo_min={tempo_min!r}")
    strength = given_strength(y, onset_envelope, sr=rate, hop_length=hop_length, aggregate=host.median)
    xp, envelope = as_floating(strength, name="onset_envelope")
    envelope = xp.astype(envelope, real_dtype(envelope, xp), copy=False)
    envelope = ops.fixed(envelope, xp=xp)
    spectra = fourier_tempogram(onset_envelope=envelope, sr=rate, hop_length=hop_length, win_length=win_length)
    bpm = fourier_tempo_frequencies(sr=rate, hop_length=hop_length, win_length=win_length)
    kept = (bpm >= (0.0 if slowest is None else slowest)) & (bpm <= (host.inf if fastest is None else fastest))
    strongest = pulse_spectrum(spectra, None if prior is None else prior.logpdf(bpm), kept, xp=xp)
    pulse = ops.at_least(istft(strongest, hop_length=1, n_fft=win_length, length=envelope.shape[-1]), 0.0, xp=xp)
    return to_unit_norm(pulse, host.inf, -1, xp=xp)
