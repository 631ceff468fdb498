"""Periodicities of an onset strength."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, as_operand, device_of, host
from ..geometry import Framing
from .norms import by_peak
from .stft import frame_window


def local_autocorrelation(envelope: Array, *, win_length: int, center: bool, window: Any, unit_norm: bool, xp: ModuleType) -> Array:
    """Autocorrelations (..., time, lag) of windowed frames of an envelope (..., time), whose squares may
    vanish: it is correlated in units of its peak.
    """
    envelope, unit = by_peak(envelope, xp=xp)
    n = envelope.shape[-1]
    if center:
        envelope = ops.pad(envelope, win_length // 2, win_length // 2, "linear_ramp", xp=xp)
    framing = Framing(win_length, 1, center=False)
    framing.check_length(envelope.shape[-1], name="onset_envelope")
    weights = frame_window(window, win_length, win_length, like=envelope, xp=xp)

    def correlated(frames: Array, weights: Array, *, xp: ModuleType) -> Array:
        return ops.autocorrelation(frames * weights, win_length, xp=xp)

    lags = ops.blockwise(envelope, framing, correlated, weights, xp=xp)
    lags = lags[..., :n, :] if center else lags
    return lags if unit_norm else lags * xp.expand_dims(unit, axis=-1) ** 2


def prior_of(bpm: Array, start_bpm: float, std_bpm: float, max_tempo: float | None, prior: Any) -> Array:
    """The logarithm of how likely tempos are (n,), on the host."""
    with_prior = prior.logpdf(bpm) if prior is not None else -0.5 * ((host.log2(bpm) - math.log2(start_bpm)) / std_bpm) ** 2
    if max_tempo is None:
        return host.asarray(with_prior)
    slow = host.argmax(host.astype(bpm < max_tempo, host.int64))
    return host.where(host.arange(bpm.shape[0]) < slow, -math.inf, with_prior)


def likeliest(tempogram: Array, log_prior: Array, *, xp: ModuleType) -> Array:
    """The lag (..., time) at which a tempogram (..., lag, time), weighted by how likely it is, is
    largest.
    """
    weights = xp.asarray(log_prior, dtype=tempogram.dtype, device=device_of(tempogram))
    return xp.argmax(xp.log1p(1e6 * tempogram) + xp.expand_dims(weights, axis=-1), axis=-2)


def pulse_spectrum(tempogram: Array, log_weights: Array | None, kept: Array, *, xp: ModuleType) -> Array:
    """A Fourier tempogram (..., tempo, time) of which each frame's largest number is kept, and its
    phase.
    """
    re, im = xp.real(tempogram), xp.imag(tempogram)
    inside = xp.expand_dims(xp.asarray(kept, device=device_of(re)), axis=-1)
    re, im = xp.where(inside, re, 0.0), xp.where(inside, im, 0.0)
    size = xp.log1p(1e6 * ops.magnitude(re, im, xp=xp))
    if log_weights is not None:
        size = size + xp.expand_dims(xp.asarray(log_weights, dtype=size.dtype, device=device_of(size)), axis=-1)
    largest = size >= xp.max(size, axis=-2, keepdims=True)
    re, im = xp.where(largest, re, 0.0), xp.where(largest, im, 0.0)
    ahead = xp.max(re, axis=-2, keepdims=True)  # 0 if the largest number points back: then its pulse is far stronger, as in librosa
    beside = xp.max(xp.where(re == ahead, im, -math.inf), axis=-2, keepdims=True)
    strongest = ops.magnitude(ahead, beside, xp=xp)
    least = math.sqrt(float(xp.finfo(re.dtype).smallest_normal))
    unit = strongest + as_operand(least, re, xp=xp)
    return ops.to_complex(re / unit, im / unit, xp=xp)
