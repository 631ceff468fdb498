"""Windows without a closed form, from SciPy."""

from typing import Any


def host_special_window(name: str, params: tuple[Any, ...], Nx: int, fftbins: bool) -> Any:
    """The float64 NumPy window that SciPy has under this name; ValueError or TypeError if it has none or the parameters do not fit."""
    from scipy.signal.windows import get_window  # takes half a second to import: only for those who use such a window

    return get_window((name, *params), Nx, fftbins=fftbins)
