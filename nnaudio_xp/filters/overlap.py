"""What windows make where frames overlap."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import ops
from .._backends import made_outside_graphs
from .._namespace import Array, Device, Dtype, host, in_dtype, namespace, own_dtype, place
from ..errors import as_integer, check_size
from ..geometry import framing_of
from ..kernels.fourier import centered
from ..util import normalize
from ..windows import get_window


@made_outside_graphs
def window_sumsquare(
    *,
    window: Any,
    n_frames: int,
    hop_length: int | None = 512,
    win_length: int | None = None,
    n_fft: int = 2048,
    dtype: Dtype = "float32",
    norm: float | None = None,
    xp: ModuleType | None = None,
    device: Device = None,
) -> Array:
    """Overlap-added squares of a window: the modulation that the inverse short-time Fourier
    transform divides out.

    Parameters
    ----------
    window : str, tuple, number, callable or array
        As for `get_window`.
    n_frames : int > 0
        Number of frames.
    hop_length, win_length, n_fft
        As for `nnaudio_xp.stft`.
    dtype : real dtype
        Of the result.
    norm : float or None
        Norm to which the window is brought first, as for `nnaudio_xp.util.normalize`.
    xp, device
        As for `mel`.

    Returns
    -------
    array [shape=(n_fft + hop_length * (n_frames - 1),)], real

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.filters.window_sumsquare(window="hann", n_frames=6, hop_length=2, n_fft=8)[6:-6].tolist()
    [1.5, 1.5, 1.5, 1.5, 1.5, 1.5]
    """
    framing, width = framing_of(n_fft, hop_length, win_length, False, "constant")
    count = as_integer("n_frames", n_frames)
    check_size("the sum", [framing.span(count)], f"n_frames={count}, hop_length={framing.hop_length}, n_fft={framing.n_fft}")
    samples = get_window(window, width)
    own = namespace(samples)
    total = ops.window_sum(centered(normalize(samples, norm=norm), framing.n_fft, xp=own), count, framing.hop_length, xp=own)
    if own is host:
        return place(total, xp=xp, dtype=dtype, device=device)
    return in_dtype(total, None if dtype is None else own_dtype(dtype, own), xp=own)
