"""Factors of matrices: orthonormal ones, and steps towards ones that are nowhere negative."""

from __future__ import annotations

from types import ModuleType

from .._namespace import Array, device_of
from .dispatch import operation
from .iterate import iterate


@operation
def coordinate_sweeps(x: Array, target: Array, gram: Array, sweeps: int, *, xp: ModuleType) -> Array:
    """Rows x (k, n), none of them negative, nearer to ``gram @ x = target``: each in turn is set to what
    is best while the others stay (hierarchical alternating least squares), unless it has no part in the
    products.
    """
    order = xp.arange(x.shape[0], dtype=x.dtype, device=device_of(x))
    least = float(xp.finfo(x.dtype).smallest_normal)

    def step(state: tuple[Array, ...], number: float) -> tuple[Array, ...]:
        (rows,) = state
        chosen = xp.astype(order == number, rows.dtype)
        weights = chosen @ gram
        size = xp.sum(weights * chosen)
        best = xp.clip((chosen @ target - (weights * (1 - chosen)) @ rows) / xp.clip(size, least, None), 0, None)
        return (xp.where(xp.expand_dims((chosen > 0) & (size >= least), axis=-1), best, rows),)

    return iterate(step, (x,), [float(number) for _ in range(sweeps) for number in range(x.shape[0])], xp=xp)[0]


@operation
def orthonormal(columns: Array, *, xp: ModuleType) -> Array:
    """Orthonormal columns (n, k), each in the span of the columns up to it; signs are left open."""
    if _has_linalg(xp):
        return xp.linalg.qr(columns)[0]
    least = float(xp.finfo(columns.dtype).smallest_normal)
    basis = columns[:, :0]
    for k in range(columns.shape[1]):
        column = columns[:, k : k + 1]
        for _ in range(2):  # what rounding leaves of the others is taken off as well
            column = column - basis @ (basis.T @ column)
        basis = xp.concat([basis, column / xp.clip(xp.sqrt(xp.sum(column * column)), least, None)], axis=1)
    return basis


def _has_linalg(xp: ModuleType) -> bool:
    try:
        return hasattr(xp, "linalg")
    except RuntimeError:  # array-api-strict with the extension switched off
        return False
