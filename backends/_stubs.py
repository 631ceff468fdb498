"""The stubs of the bound modules, made from the layers' specifications: what editors and type
checkers see of them.

``python -m nnaudio_xp.backends._stubs`` writes them into the checkout.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nnaudio_xp import layers

from . import NAMESPACES
from ._bound import layer_names

HEAD = """\
# Made by `python -m nnaudio_xp.backends._stubs`: the functions, bound to this library, and the layers' signatures.
from collections.abc import Sequence
from typing import Any

from nnaudio_xp import *
from nnaudio_xp._namespace import Array
from nnaudio_xp.backends.{module} import {base}
from nnaudio_xp.layers.arrays import Trainable
"""
SAME = """\
# Made by `python -m nnaudio_xp.backends._stubs`: array libraries have the same functions and layers.
from nnaudio_xp.backends.numpy import *
"""
ADAPTERS = {"torch": ("torch.module", "SpecModule", ("forward", "__call__"))}
"""The module and the name of the class that layers are made of, and its methods that run them, where
they are not those of most.
"""


def _arguments(function: Any, *, without: Iterable[str] = (), extra: str = "") -> str:
    """A method's arguments as they stand in its definition, after `self`."""
    parameters = [parameter for name, parameter in inspect.signature(function).parameters.items() if name not in {*without, "self"}]
    parts: list[str] = ["self"]
    keywords = False
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and not keywords:
            parts.append("*")
            keywords = True
        annotation = parameter.annotation if isinstance(parameter.annotation, str) else "Any"
        shown = "..." if parameter.default in (math.inf, -math.inf) else repr(parameter.default)  # stubs have no word for infinity
        default = "" if parameter.default is parameter.empty else f" = {shown}"
        parts.append(f"{parameter.name}: {annotation}{default}")
    return ", ".join([*parts, *([extra] if keywords and extra else [f"*, {extra}"] if extra else [])])


def _layer(spec_class: type[layers.LayerSpec], base: str, runs: tuple[str, ...]) -> str:
    """One class."""
    lines = [f"class {spec_class.__name__}({base}):", f"    def __init__({_arguments(spec_class)}) -> None: ..."]
    ragged = any(getattr(spec_class, name) is not getattr(layers.LayerSpec, name) for name in ("timing", "ragged"))
    call = _arguments(spec_class.apply, without=("kernels", "xp"), extra="lengths: Any = None" if ragged else "")
    lines += [f"    def {method}({call}) -> Any: ..." for method in runs]
    if inverse := getattr(spec_class, "inverse", None):
        lines.append(f"    def inverse({_arguments(inverse, without=('kernels', 'xp'))}) -> Array: ...")
    return "\n".join(lines)


def stub(package: str) -> str:
    """The text of a backend's stub."""
    if package not in ("numpy", *ADAPTERS):
        return SAME
    module, base, runs = ADAPTERS.get(package, ("_layers", "ArrayLayer", ("__call__",)))
    classes = [_layer(getattr(layers, name), base, runs) for name in layer_names()]
    return HEAD.format(module=module, base=base) + "\n" + "\n\n".join(classes) + "\n"


def path_of(package: str) -> Path:
    return Path(__file__).parent / package / "__init__.pyi"


if __name__ == "__main__":
    for name in NAMESPACES:
        path_of(name).write_text(stub(name), encoding="utf-8")
