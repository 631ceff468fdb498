"""Which class describes a layer with ``compat="nnAudio"``."""

from __future__ import annotations

from typing import Any

from .. import cfp, constantq
from ..spec import LayerSpec
from . import combined, recursive

VARIANTS: dict[type[LayerSpec], type[LayerSpec]] = {
    cfp.CFP: combined.CFP,
    cfp.Combined_Frequency_Periodicity: combined.Combined_Frequency_Periodicity,
    constantq.CQT: recursive.CQT,
    constantq.CQT1992: recursive.CQT1992,
    constantq.CQT1992v2: recursive.CQT1992v2,
    constantq.CQT2010: recursive.CQT2010,
    constantq.CQT2010v2: recursive.CQT2010v2,
    constantq.VQT: recursive.VQT,
}


def specification(spec_class: type[LayerSpec], *args: Any, **kwargs: Any) -> LayerSpec:
    """The specification for a layer's arguments, of the variant's class where `compat` is among
    them.
    """
    chosen = spec_class if kwargs.get("compat") is None else VARIANTS.get(spec_class, spec_class)
    return chosen(*args, **kwargs)
