"""The multirate filter bank of semitones."""

from __future__ import annotations

from typing import Any

from . import ops
from ._backends import at_full_precision, constant_in_graphs
from ._namespace import Array, host
from .audio import resample
from .errors import ParameterError, as_integer, as_positive, one_of
from .filters import semitone_filterbank
from .geometry import padding_mode
from .transforms.inputs import signal_of

__all__ = ["iirt"]


@at_full_precision
def iirt(
    y: Array,
    *,
    sr: float = 22050,
    win_length: int = 2048,
    hop_length: int | None = None,
    center: bool = True,
    tuning: float = 0.0,
    pad_mode: Any = "constant",
    flayout: str = "sos",
    res_type: str = "soxr_hq",
    **kwargs: Any,
) -> Array:
    """The energy of semitones in short frames, by recursive filters [1]_.

    The signal is brought to the rates of the bands, filtered forward and backward, and its squares are
    added up in each frame.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    sr : float > 0 [Hz]
        Sampling rate.
    win_length : int > 0
        Samples in a frame.
    hop_length : int > 0
        Samples from one frame to the next; ``win_length // 4`` by default.
    center : bool
        Whether frame t is centred on sample ``t * hop_length``, by `pad_mode`, or begins there.
    tuning : float [semitones]
        Deviation from A4 = 440 Hz.
    pad_mode
        As for `nnaudio_xp.stft`.
    flayout : {'sos', 'ba'}
        Second-order sections, or numerators and denominators, which run on NumPy alone and lose digits.
    res_type : str
        As for `nnaudio_xp.resample`.
    **kwargs
        As for `filters.semitone_filterbank`: other bands, or other filters.

    Returns
    -------
    array [shape=(..., band, time)], real
        Energies at the rate of `y`, in the input's library and precision (float32 for half precision).

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and if the signal is shorter than a frame or than what the
        filters need at its ends.

    References
    ----------
    .. [1] M. Müller, "Information retrieval for music and motion", 2007.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> energies = nax.iirt(y)
    >>> energies.shape, int(energies[:, 20].argmax())
    ((85, 44), 45)
    """
    one_of("flayout", flayout, ("ba", "sos"))
    rate, width = as_positive("sr", sr), as_integer("win_length", win_length)
    hop = max(1, width // 4) if hop_length is None else as_integer("hop_length", hop_length)
    mode = padding_mode("pad_mode", pad_mode)
    xp, y = signal_of(y)
    if center:
        y = ops.pad(y, width // 2, width // 2, mode, xp=xp)
    if y.shape[-1] < width:
        raise ParameterError(f"y has {y.shape[-1]} samples: with center=False it must have at least win_length={width}")
    n_frames = 1 + (y.shape[-1] - width) // hop
    used, bands = _plan(rate, hop, width, flayout, {"tuning": tuning, **kwargs})
    signals = tuple(resample(y, orig_sr=rate, target_sr=own, res_type=res_type) for own in used)
    if flayout == "ba" and xp is not host:
        raise ParameterError("flayout='ba': numerators and denominators filter NumPy's arrays alone; use 'sos'")
    for band in bands:
        if signals[band.signal].shape[-1] <= band.margin:
            raise ParameterError(f"y is too short: at {used[band.signal]:g} Hz at least {band.margin + 1} samples are filtered")
    return ops.band_energies(signals, bands, n_frames, xp=xp)


@constant_in_graphs
def _plan(rate: float, hop: int, width: int, flayout: str, options: dict[str, Any]) -> tuple[list[float], tuple[ops.Band, ...]]:
    """The rates that signals are heard at, and the bands with their frames at those."""
    bank, rates = semitone_filterbank(flayout=flayout, **options)
    used = sorted(set(rates.tolist()))
    bands = []
    for filter_, own in zip(bank, rates.tolist(), strict=True):
        parts = [part.tolist() for part in filter_] if flayout == "ba" else filter_.tolist()
        factor = rate / own
        sections = tuple(map(tuple, parts))
        bands.append(ops.Band(used.index(own), sections, hop / factor, round(width / factor), factor, flayout == "ba"))
    return used, tuple(bands)
