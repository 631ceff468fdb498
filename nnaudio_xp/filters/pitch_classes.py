"""Octaves folded onto each other: filter banks of pitch classes."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import ops
from .._backends import made_outside_graphs
from .._namespace import Array, Device, Dtype, host, namespace, place, result_dtype
from ..errors import LISTED, ParameterError, as_integer, as_number, as_positive, as_sequence, check_size
from ..kernels.chroma import chroma_bank
from ..kernels.constant_q import LOWEST_C
from ..scales import hz_to_midi


@made_outside_graphs
def chroma(
    *,
    sr: float,
    n_fft: int,
    n_chroma: int = 12,
    tuning: float = 0.0,
    ctroct: float = 5.0,
    octwidth: float | None = 2,
    norm: float | None = 2,
    base_c: bool = True,
    dtype: Dtype = "float32",
    xp: ModuleType | None = None,
    device: Device = None,
) -> Array:
    r"""Chroma filter bank: how much of each DFT bin belongs to each pitch class, of all octaves
    together [1]_.

    A bin lies d pitch classes from a class, the octaves folded, and w below the next bin, where w
    is at least 1. Its weights :math:`e^{-(2 d / w)^2 / 2}` for all classes are brought to unit
    norm, then multiplied by :math:`e^{-((o - c) / b)^2 / 2}` with its octave o, ``c = ctroct`` and
    ``b = octwidth``. Computed in float64 and rounded once.

    Parameters
    ----------
    sr : float > 0 [Hz]
        Sampling rate.
    n_fft : int > 0
        Samples in a frame.
    n_chroma : int > 0
        Number of pitch classes.
    tuning : float [pitch classes]
        Deviation from A4 at 440 Hz.
    ctroct, octwidth : float, float > 0 or None [octaves above 27.5 Hz]
        Centre and width of the octaves that count most; all count alike if `octwidth` is None.
    norm : float >= 0, inf, -inf or None
        The p-norm of each bin's weights; None leaves them as they are.
    base_c : bool
        Whether the first row is C, or A.
    dtype : real dtype
        Of the result.
    xp, device
        As for `mel`.

    Returns
    -------
    array [shape=(n_chroma, 1 + n_fft // 2)], real

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    References
    ----------
    .. [1] D. P. W. Ellis, "Chroma feature analysis and synthesis", 2007.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> bank = nax.filters.chroma(sr=22050, n_fft=4096)
    >>> bank.shape
    (12, 2049)
    >>> int(bank[:, 82].argmax())  # 82 * 22050 / 4096 = 441 Hz is an A
    9
    """
    dtype = result_dtype(dtype, "real floating", xp=namespace(xp=xp))
    shape: dict[str, Any] = {"ctroct": ctroct, "octwidth": octwidth, "norm": norm, "base_c": base_c}
    return chroma_bank(sr=sr, n_fft=n_fft, n_chroma=n_chroma, tuning=tuning, **shape, xp=xp, dtype=dtype, device=device)


@made_outside_graphs
def cq_to_chroma(
    n_input: int,
    *,
    bins_per_octave: int = 12,
    n_chroma: int = 12,
    fmin: float | None = None,
    window: Any = None,
    base_c: bool = True,
    dtype: Dtype = "float32",
    xp: ModuleType | None = None,
    device: Device = None,
) -> Array:
    """Matrix that folds constant-Q bins into chroma: each row adds up what is nearest to one pitch
    class, in all octaves.

    Parameters
    ----------
    n_input : int > 0
        Number of constant-Q bins.
    bins_per_octave : int > 0
        Bins in an octave, a multiple of `n_chroma`.
    n_chroma : int > 0
        Number of pitch classes.
    fmin : float > 0 [Hz]
        Centre frequency of the lowest bin; C1, 32.7 Hz, by default.
    window : sequence of float, optional
        Smooths each row along the bins, by convolution.
    base_c : bool
        Whether the first row is C, or A.
    dtype : real dtype
        Of the result.
    xp, device
        As for `mel`.

    Returns
    -------
    array [shape=(n_chroma, n_input)], real

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.filters.cq_to_chroma(8, bins_per_octave=4, n_chroma=4).tolist()[0]
    [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    """
    n_input, n_chroma = as_integer("n_input", n_input), as_integer("n_chroma", n_chroma)
    width, left = divmod(as_integer("bins_per_octave", bins_per_octave), n_chroma)
    if left:
        raise ParameterError(f"bins_per_octave={bins_per_octave!r} must be a multiple of n_chroma={n_chroma}")
    check_size("the filter bank", [n_chroma, n_input], f"n_chroma={n_chroma}, n_input={n_input}", each=LISTED)
    midi = float(hz_to_midi(LOWEST_C if fmin is None else as_positive("fmin", fmin))) % 12
    first = round((midi if base_c else midi - 9) * n_chroma / 12)
    classes = [((k + width // 2) // width + first) % n_chroma for k in range(n_input)]
    rows = host.asarray([[float(each == row) for each in classes] for row in range(n_chroma)], dtype=host.float64)
    dtype = result_dtype(dtype, "real floating", xp=namespace(xp=xp))
    return place(rows if window is None else _smoothed(rows, window), xp=xp, dtype=dtype, device=device)


def _smoothed(rows: Array, window: Any) -> Array:
    """Rows convolved with a window, as long as before."""
    taps = [as_number("window", weight) for weight in as_sequence("window", window)]
    last, width = len(taps) - 1, rows.shape[-1]
    padded = ops.pad(rows, last - last // 2, last // 2, "constant", xp=host)
    return sum(weight * padded[:, last - k : last - k + width] for k, weight in enumerate(taps))
