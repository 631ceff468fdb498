"""What array libraries are installed here, and on which devices they run: what
`nnaudio-xp backends` prints.
"""

from __future__ import annotations

import importlib
import textwrap
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

DEFAULT = "numpy"
"""The library of Python numbers, lists and audio files; arrays stay in their own."""


@dataclass(frozen=True)
class Library:
    """An array library as it was found: its version and devices, or why it cannot be used."""

    name: str
    version: str = ""
    devices: tuple[str, ...] = ()
    problem: str = ""


def _numpy_devices(numpy: Any) -> list[str]:
    return ["cpu"]


def _torch_devices(torch: Any) -> list[str]:
    devices = ["cpu", *(f"cuda:{index} ({torch.cuda.get_device_name(index)})" for index in range(torch.cuda.device_count()))]
    return [*devices, "mps"] if torch.backends.mps.is_available() else devices


def _cupy_devices(cupy: Any) -> list[str]:
    count = cupy.cuda.runtime.getDeviceCount() if cupy.is_available() else 0
    names = (cupy.cuda.runtime.getDeviceProperties(index)["name"].decode() for index in range(count))
    return [f"cuda:{index} ({name})" for index, name in enumerate(names)]


def _jax_devices(jax: Any) -> list[str]:
    return ["cpu" if device.platform == "cpu" else f"{device.platform}:{device.id} ({device.device_kind})" for device in jax.devices()]


_DEVICES: dict[str, Callable[[ModuleType], list[str]]] = {
    "numpy": _numpy_devices,
    "torch": _torch_devices,
    "cupy": _cupy_devices,
    "jax": _jax_devices,
}


def _inspect(name: str) -> Library:
    try:
        module = importlib.import_module(name)
        version, devices = module.__version__, tuple(_DEVICES[name](module))
    except ModuleNotFoundError as error:
        missing = error.name == name
        return Library(name, problem=f"not installed: pip install 'nnaudio_xp[{name}]'" if missing else f"broken: {error}")
    except Exception as error:  # noqa: BLE001 - a broken installation may raise anything, and the others must still be listed
        return Library(name, problem=textwrap.shorten(f"broken: {type(error).__name__}: {error}", 120, placeholder=" ..."))
    return Library(name, version, devices, "" if devices else "installed, but finds no device to run on")


def inventory() -> list[Library]:
    """Import each library that has a backend, and report what was found."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a library has to say about its devices is in the report
        return [_inspect(name) for name in _DEVICES]
