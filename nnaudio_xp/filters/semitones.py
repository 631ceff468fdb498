"""Recursive filters, one for each semitone."""

from __future__ import annotations

from typing import Any

from .._backends import decided_once, host_functions
from .._namespace import Array, check_on_host, host
from ..errors import ParameterError, as_number, as_positive, one_of
from ..scales import midi_to_hz

KINDS, LAYOUTS = ("butter", "cheby1", "cheby2", "ellip"), ("ba", "sos", "zpk")


def mr_frequencies(tuning: float) -> tuple[Array, Array]:
    """The semitones from C1 to C8, and the rates at which `iirt` hears them.

    Parameters
    ----------
    tuning : float [semitones]
        Deviation from A4 = 440 Hz.

    Returns
    -------
    center_freqs, sample_rates : array [shape=(85,)] [Hz]
        Rates are 882, 4410 and 22050 Hz, as in the Chroma Toolbox [1]_.

    Raises
    ------
    ParameterError
        If `tuning` is no number.

    References
    ----------
    .. [1] M. Müller and S. Ewert, "Chroma Toolbox: MATLAB implementations for extracting variants of
       chroma-based audio features", 2011.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> frequencies, rates = nax.filters.mr_frequencies(0)
    >>> frequencies[:3].round(2).tolist(), rates[[0, 36, 70]].tolist()
    ([32.7, 34.65, 36.71], [882.0, 4410.0, 22050.0])
    """
    notes = 24 + as_number("tuning", tuning) + host.arange(85, dtype=host.float64)
    rates = host.repeat(host.asarray([882.0, 4410.0, 22050.0]), host.asarray([36, 34, 15]))
    return midi_to_hz(notes), rates


def semitone_filterbank(
    *,
    center_freqs: Any = None,
    tuning: float = 0.0,
    sample_rates: Any = None,
    flayout: str = "ba",
    Q: float = 25.0,
    passband_ripple: float = 1,
    stopband_attenuation: float = 50,
    ftype: str = "ellip",
) -> tuple[list[Any], Array]:
    """Recursive band-pass filters, by default one for each semitone from C1 to C8.

    Parameters
    ----------
    center_freqs, sample_rates : numbers [shape=(n,)], optional [Hz]
        Where the bands lie, and the rate of the signal that each is heard in; by default
        ``mr_frequencies(tuning)``.
    tuning : float [semitones]
        Deviation from A4 = 440 Hz.
    flayout : {'ba', 'sos', 'zpk'}
        Numerator and denominator, second-order sections, or zeros, poles and gain.
    Q : float > 0
        Centre frequency over bandwidth.
    passband_ripple, stopband_attenuation : float > 0 [dB]
        At most and at least what the filter takes away within the band and beyond twice its width.
    ftype : {'ellip', 'butter', 'cheby1', 'cheby2'}
        The kind of filter.

    Returns
    -------
    filterbank : list of n filters
        As `scipy.signal.iirdesign` gives them.
    sample_rates : array [shape=(n,)] [Hz]

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and if only one of `center_freqs` and `sample_rates` is
        given, or both do not fit.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> bank, rates = nax.filters.semitone_filterbank(center_freqs=[440.0], sample_rates=[4410.0], flayout="sos")
    >>> len(bank), bank[0].shape
    (1, (4, 6))
    """
    one_of("flayout", flayout, LAYOUTS)
    one_of("ftype", ftype, KINDS)
    as_number("tuning", tuning)  # also where the frequencies are given
    if center_freqs is None and sample_rates is None:
        center_freqs, sample_rates = mr_frequencies(tuning)
    for name, values in (("center_freqs", center_freqs), ("sample_rates", sample_rates)):
        if values is None:
            raise ParameterError(f"{name}=None: center_freqs and sample_rates are given together")
    centres, rates = check_on_host(center_freqs, name="center_freqs"), check_on_host(sample_rates, name="sample_rates")
    if centres.ndim != 1 or centres.shape != rates.shape:
        raise ParameterError(f"center_freqs has shape {centres.shape}, sample_rates {rates.shape}: a rate belongs to each frequency")
    width = 1 / as_positive("Q", Q)
    if not ((centres * (1 - width) > 0) & (centres * (1 + width) < rates / 2)).all():
        raise ParameterError(f"center_freqs and Q={Q!r}: all bands must lie between 0 and half of their sample_rates")
    made = [
        _designed(
            float(centre),
            float(rate) / 2,
            float(Q),
            as_positive("passband_ripple", passband_ripple),
            as_positive("stopband_attenuation", stopband_attenuation),
            ftype,
            flayout,
        )
        for centre, rate in zip(centres, rates, strict=True)
    ]
    own = [tuple(map(_copied, design)) if isinstance(design, tuple) else _copied(design) for design in made]
    return own, host.astype(rates, host.float64)


def _copied(part: Any) -> Any:
    return host.asarray(part, copy=True) if hasattr(part, "shape") and part.shape else part


@decided_once(1024)
def _designed(centre: float, nyquist: float, Q: float, ripple: float, attenuation: float, kind: str, layout: str) -> Any:
    """A band below Nyquist's frequency; what it stops begins twice as far away as it ends."""
    width = centre / Q
    passed, stopped = (((centre - reach) / nyquist, (centre + reach) / nyquist) for reach in (0.5 * width, width))
    return host_functions().band_filter(passed, stopped, ripple, attenuation, kind, layout)
