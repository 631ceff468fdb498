"""The other libraries, at one thread, and what several races ask of them."""

from collections.abc import Callable
from typing import Any

import scipy.signal
import torch
from harness import optional

import nnaudio_xp as nax

torch.set_num_threads(1)
nax.set_num_threads(1)
nnaudio, nnaudio2, specux, auvux, fastchroma, jax = map(
    optional, ("nnAudio.features", "nnAudio2.features", "specux", "auvux.dsp", "fastchroma", "jax")
)
scipy.signal.blackmanharris = scipy.signal.windows.blackmanharris  # gone from SciPy: CFP of the rivals needs it
for native in (specux, auvux):
    if native:
        native.set_num_threads(1)

NNAUDIOS = {name: module for name, module in (("nnAudio", nnaudio), ("nnaudio2", nnaudio2)) if module}


def without_grad(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Callable[[], Any]:
    """A call of a layer as it is used after training."""

    def call() -> Any:
        with torch.no_grad():
            return function(*args, **kwargs)

    return call


def jitted(function: Callable[[Any], Any], y: Any) -> Callable[[], Any]:
    """A compiled JAX function on its own copy of the signal."""
    assert jax is not None
    run, x = jax.jit(function), jax.numpy.asarray(y)
    return lambda: run(x).block_until_ready()
