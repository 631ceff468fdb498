"""Parts of spectrograms: librosa.decompose's names, keywords, defaults and numbers."""

from __future__ import annotations

from typing import Any

from . import ops
from ._backends import at_full_precision
from ._namespace import Array, check_spectrum, complex_dtype, is_complex, real_dtype
from .transforms.separation import masks

__all__ = ["hpss"]


@at_full_precision
def hpss(S: Array, *, kernel_size: Any = 31, power: float = 2.0, mask: bool = False, margin: Any = 1.0) -> tuple[Array, Array]:
    """Part a spectrogram into a harmonic and a percussive spectrogram, by medians.

    The median of neighbouring frames leaves sounds that last, the median of neighbouring frequencies
    leaves short, broad ones (Fitzgerald, "Harmonic/percussive separation using median filtering", 2010).
    Each part is the spectrogram times a soft mask of the one against the other, `margin` times over
    (Driedger, Müller & Disch, "Extending harmonic-percussive separation of audio", 2014).

    Parameters
    ----------
    S : array [shape=(..., freq, time)], complex or real
        Spectrogram, or a batch of them; magnitudes where it is real.
    kernel_size : int > 0, or a pair of them
        Frames in the harmonic part's median, and frequencies in the percussive one's. Spectrograms are
        mirrored at their ends.
    power : float > 0, or infinity
        Exponent of the masks; infinity makes each number part of one of both, or of none.
    mask : bool
        Return the masks, from 0 to 1 (or True and False for an infinite `power`), in the place of the parts.
    margin : float >= 1, or a pair of them
        How much stronger than the other each part must be. With 1 for both the parts add up to `S`; above
        that something is left over.

    Returns
    -------
    harmonic, percussive : arrays [shape=(..., freq, time)]
        Complex with the phases of `S`, or real; the masks are real. In the input's library, device and
        precision. Gradients flow through masks and medians, but for an infinite `power` through `S`
        alone; they are finite, also in silence.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    See Also
    --------
    nnaudio_xp.effects.hpss : of a waveform.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> D = nax.stft(np.sin(2 * np.pi * 440 * np.arange(22050) / 22050))
    >>> harmonic, percussive = nax.decompose.hpss(D)
    >>> bool(np.allclose(harmonic + percussive, D))
    True
    >>> bool(np.linalg.norm(harmonic) > 10 * np.linalg.norm(percussive))
    True
    """
    xp = check_spectrum(S, name="S")
    S = xp.astype(S, (complex_dtype if is_complex(S, xp) else real_dtype)(S, xp), copy=False)
    size = ops.modulus(S, xp=xp) if is_complex(S, xp) else S
    harmonic, percussive = masks(size, kernel_size, power, margin, xp=xp)
    if mask:
        return harmonic, percussive
    return S * xp.astype(harmonic, size.dtype, copy=False), S * xp.astype(percussive, size.dtype, copy=False)
