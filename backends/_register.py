"""The decorators with which each backend registers its native operations."""

from nnaudio_xp.ops.dispatch import native_in

from . import NAMESPACES

for_numpy, for_torch, for_cupy, for_jax = map(native_in, NAMESPACES.values())
