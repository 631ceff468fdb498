"""librosa's transforms: octave by octave, from the top, at half the rate each time."""

from __future__ import annotations

import math
from types import ModuleType

from ... import ops
from ..._namespace import Array, device_of, real_dtype
from ...errors import ParameterError, check_size
from ...geometry import Framing
from ...kernels.constant_q import Bins, analysis_matrix, frame_length, magnitude_matrix, synthesis_matrix
from ..resampling import resampled
from ..stft import frame_window
from .octaves import Octave, Settings, early_halvings, octaves_down, octaves_up


def recursive(y: Array, bins: Bins, settings: Settings, *, xp: ModuleType) -> Array:
    """The transform (..., time, bin), complex."""
    early = early_halvings(bins, settings)
    if y.shape[-1] < 2**early:
        raise ParameterError(
            f"y has {y.shape[-1]} samples: they are halved {early} times before the top octave, so there must be at least {2**early} "
            "(method='exact' takes any length)"
        )
    y = resampled(y, 1, 2**early, res_type=settings.res_type, xp=xp)
    halved = early
    responses: list[Array] = []
    for octave in octaves_down(bins, settings, early):
        if octave.halvings > halved:
            halved, y = octave.halvings, resampled(y, 1, 2, res_type=settings.res_type, xp=xp)
        # librosa's resampling multiplies by sqrt(2) each time, and so do its filters after the top
        # octave
        gain = 2 ** (halved - early / 2)
        lengths = octave.bins.lengths(settings.sr / 2**early)
        gains = [gain / math.sqrt(length) if settings.scale else gain * 2 ** (early / 2) for length in lengths]
        n_fft = frame_length(octave.bins, octave.sr)
        matrix = octave.matrix(analysis_matrix, n_fft=n_fft, gains=tuple(gains), sparsity=settings.sparsity, like=y, xp=xp)
        responses.insert(0, ops.correlate(y, matrix, Framing(n_fft, octave.hop_length, True, settings.pad_mode), xp=xp))
    n_frames = min(response.shape[-2] for response in responses)
    halves = [(response[..., :n_frames, :], response.shape[-1] // 2) for response in responses]
    re = xp.concat([response[..., :count] for response, count in halves], axis=-1)
    im = xp.concat([response[..., count:] for response, count in halves], axis=-1)
    return ops.to_complex(re, im, xp=xp)


def projected(y: Array, bins: Bins, settings: Settings, *, xp: ModuleType) -> Array:
    """Magnitudes (..., time, bin) of short-time spectra, weighted with the magnitudes of the atoms'
    spectra.
    """
    hop_length = settings.hop_length
    n_fft = max(frame_length(bins, settings.sr), 2 ** (1 + math.ceil(math.log2(hop_length))))
    check_size("the atoms in frames", [len(bins), n_fft], {"n_bins": len(bins), "hop_length": hop_length}, each=16)
    gains = [1 / math.sqrt(n_fft) if settings.scale else math.sqrt(length / n_fft) for length in bins.lengths(settings.sr)]
    everything = Octave(bins, 0, settings.sr, hop_length)
    bank = everything.matrix(magnitude_matrix, n_fft=n_fft, gains=tuple(gains), sparsity=settings.sparsity, like=y, xp=xp)
    window = frame_window("hann", n_fft, n_fft, like=y, xp=xp)
    return ops.spectra(y, window, Framing(n_fft, hop_length, True, settings.pad_mode), power=1, bank=bank, xp=xp)


def hybrid(y: Array, bins: Bins, settings: Settings, *, xp: ModuleType) -> Array:
    """Magnitudes (..., time, bin): projected where an atom's frame is shorter than two hops,
    recursive below.
    """
    count = sum(2 ** math.ceil(math.log2(length)) >= 2 * settings.hop_length for length in bins.lengths(settings.sr))
    parts = [ops.modulus(recursive(y, bins[:count], settings, xp=xp), xp=xp)] if count else []
    parts += [projected(y, bins[count:], settings, xp=xp)] if count < len(bins) else []
    n_frames = min(part.shape[-2] for part in parts)
    return xp.concat([part[..., :n_frames, :] for part in parts], axis=-1)


def inverse(C: Array, bins: Bins, settings: Settings, *, xp: ModuleType) -> Array:
    """The signal (..., hop_length * (time - 1)) of a transform (..., time, bin)."""
    re, im, start = xp.real(C), xp.imag(C), 0
    signals = []
    for octave in octaves_up(bins, settings):
        stop = start + len(octave.bins)
        pairs = xp.concat([re[..., start:stop], im[..., start:stop]], axis=-1)
        signal = overlapped(pairs, octave, settings, xp=xp)
        signals.append(resampled(signal, 2**octave.halvings, 1, res_type=settings.res_type, xp=xp))
        start = stop
    return sum(signals[1:], signals[0])


def overlapped(pairs: Array, octave: Octave, settings: Settings, *, xp: ModuleType) -> Array:
    """An octave's signal at its own rate, from real and imaginary parts (..., time, 2 bins): frames
    added, over their number.
    """
    *batch, n_frames, width = pairs.shape
    n_fft, hop_length = frame_length(octave.bins, octave.sr), octave.hop_length
    gains = [n_fft / (math.sqrt(length) if settings.scale else length) for length in octave.bins.lengths(settings.sr)]
    matrix = octave.matrix(
        synthesis_matrix, n_fft=n_fft, hop_length=hop_length, gains=tuple(gains), sparsity=settings.sparsity, like=pairs, xp=xp
    )
    framing = Framing(matrix.shape[-1], matrix.shape[0] // hop_length * width)
    blocks = ops.correlate(xp.reshape(pairs, (*batch, n_frames * width)), matrix, framing, xp=xp)
    hops = xp.reshape(blocks, (*batch, blocks.shape[-2] * blocks.shape[-1] // hop_length, hop_length))[..., : n_frames - 1, :]
    return xp.reshape(hops / _overlaps(n_frames, n_fft, hop_length, like=hops, xp=xp), (*batch, (n_frames - 1) * hop_length))


def _overlaps(n_frames: int, n_fft: int, hop_length: int, *, like: Array, xp: ModuleType) -> Array:
    """How many frames lie over each sample from the first one's middle to the last one's: (n_frames
    - 1, hop_length), at least 1.
    """
    device = device_of(like)
    hop = xp.reshape(xp.arange(n_frames - 1, dtype=like.dtype, device=device), (-1, 1))
    position = xp.arange(hop_length, device=device) + n_fft // 2
    last = ops.at_most(hop + xp.astype(position // hop_length, like.dtype), n_frames - 1, xp=xp)
    before = ops.at_least(hop + xp.astype((position - n_fft) // hop_length, like.dtype), -1, xp=xp)
    return ops.at_least(last - before, 1, xp=xp)


def inverse_to_length(C: Array, bins: Bins, settings: Settings, samples: int, *, xp: ModuleType) -> Array:
    """The inverse of a transform (..., time, bin), of the frames that reach into so many
    samples.
    """
    frames = math.ceil((samples + max(bins.lengths(settings.sr))) / settings.hop_length)
    C = C[..., : min(frames, C.shape[-2]), :]
    if C.shape[-2] == 1:
        return xp.zeros((*C.shape[:-2], samples), dtype=real_dtype(C, xp), device=device_of(C))
    return ops.fit_samples(inverse(C, bins, settings, xp=xp), 0, samples, xp=xp)


def griffinlim(
    magnitudes: Array, phases: Array, bins: Bins, settings: Settings, samples: int, *, n_iter: int, momentum: float, xp: ModuleType
) -> Array:
    """A signal (..., samples) with magnitudes (..., time, bin), found from unit phases on."""

    def step(state: tuple[Array, ...], push: float) -> tuple[Array, ...]:
        phases, previous = state
        signal = inverse_to_length(magnitudes * phases, bins, settings, samples, xp=xp)
        rebuilt = recursive(signal, bins, settings, xp=xp)
        ahead = rebuilt - previous * push
        return ops.units(ahead, xp=xp), rebuilt

    phases, _ = ops.iterate(step, (phases, xp.zeros_like(phases)), [momentum / (1 + momentum)] * n_iter, xp=xp)
    return inverse_to_length(magnitudes * phases, bins, settings, samples, xp=xp)
