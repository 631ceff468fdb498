"""nnAudio's combined frequency and periodicity: the layers with ``compat="nnAudio"``."""

from __future__ import annotations

from ..._namespace import Array, host
from ...errors import ParameterError
from ...kernels.cfp import frequency_bank, period_bank
from .. import cfp
from ..arrays import Kernel
from ..cfp import CombinedSpec
from .rounding import SAME_KERNEL


def _without_first(bank: Array) -> Array:
    return host.where(host.expand_dims(host.arange(bank.shape[0]) == 0, axis=1), 0.0, bank)


def _frequencies(spec: CombinedSpec) -> Array:
    return _without_first(frequency_bank(axes=spec.axes))


def _periods(spec: CombinedSpec) -> Array:
    """A period on the centre of a row does not count."""
    bank = _without_first(period_bank(axes=spec.axes))
    return host.where(bank > 1 - SAME_KERNEL, 0.0, bank)


class Compatible(CombinedSpec):
    """What both layers share."""

    compats = ("nnAudio",)

    arrays = (
        CombinedSpec.arrays[0],
        Kernel("freq2logfreq_matrix", _frequencies),
        Kernel("quef2logfreq_matrix", _periods),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.g[0] == 0:
            raise ParameterError(f"g={self.g!r} must begin with a positive exponent with compat='nnAudio'")


class CFP(Compatible, cfp.CFP):
    arrays = Compatible.arrays


class Combined_Frequency_Periodicity(Compatible, cfp.Combined_Frequency_Periodicity):
    arrays = Compatible.arrays
