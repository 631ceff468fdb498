"""The operations the array API standard lacks: a portable version of each, and the choice of a
native one.

Small ones (`pad`, `frame`, `overlap_add`, …) and the hot loops that carry nearly all the time
(`spectra`, `synthesis`, `griffinlim`, …), a module a topic. A backend may have a native version
with the same signature, in its module of the same name; the portable one is what every other
library runs, and what a native one is tested against. Frames are the last axis but one inside:
(..., time, frequency).
"""

from .arrays import (
    at_least,
    at_most,
    in_rows,
    largest,
    median,
    moveaxis,
    placed,
    places_of,
    read_only,
    running_sum,
    selected,
    sums_at,
    take_along,
    turned,
    unstack,
    write,
)
from .checks import require, require_between, require_finite, require_writable, warn_unless
from .complex import (
    angle,
    directions,
    faint,
    fixed,
    held,
    magnitude,
    magnitude_to,
    modulus,
    of_own_size,
    phases,
    quotient,
    raised,
    squared_magnitude,
    to_complex,
    to_power,
    unit_phases,
    units,
)
from .constants import constant, keep
from .decibels import levels
from .decoding import best_path, steps_in_use
from .factors import coordinate_sweeps, orthonormal
from .fft import autocorrelation, even_spectrum, fft, fft_by_product, ifft, ifft_by_product, irfft, irfft_by_product, rfft, rfft_by_product
from .filtering import Band, band_energies, edge_length, leaky_sum, maximum_filter, zero_phase
from .frames import excerpt, fit_samples, frame, framed, normalized_overlap_add, overlap_add, pad, padding_indices, window_sum
from .gabor import band_signals, band_spectrum, gabor_adjoint, gabor_analysis
from .iterate import conjugate_gradients, iterate, scan, spaced, spaced_best
from .multirate import multirate_adjoint, multirate_product_parts, multirate_products
from .products import banded, correlate, superposed
from .ranks import ascending, insertion_points, median_filter, median_places
from .resampling import by_library, by_phases, by_spectrum, weighted_rows
from .spectra import blockwise, by_windows, columnwise, framewise, griffinlim, spectra, spectral_parts, synthesis
from .splines import spline
from .wavelet import wavelet_adjoint, wavelet_analysis

__all__ = [
    "Band",
    "angle",
    "ascending",
    "at_least",
    "at_most",
    "autocorrelation",
    "band_energies",
    "band_signals",
    "band_spectrum",
    "banded",
    "best_path",
    "blockwise",
    "by_library",
    "by_phases",
    "by_spectrum",
    "by_windows",
    "columnwise",
    "conjugate_gradients",
    "constant",
    "coordinate_sweeps",
    "correlate",
    "directions",
    "edge_length",
    "even_spectrum",
    "excerpt",
    "faint",
    "fft",
    "fft_by_product",
    "fit_samples",
    "fixed",
    "frame",
    "framed",
    "framewise",
    "gabor_adjoint",
    "gabor_analysis",
    "griffinlim",
    "held",
    "ifft",
    "ifft_by_product",
    "in_rows",
    "insertion_points",
    "irfft",
    "irfft_by_product",
    "iterate",
    "keep",
    "largest",
    "leaky_sum",
    "levels",
    "magnitude",
    "magnitude_to",
    "maximum_filter",
    "median",
    "median_filter",
    "median_places",
    "modulus",
    "moveaxis",
    "multirate_adjoint",
    "multirate_product_parts",
    "multirate_products",
    "normalized_overlap_add",
    "of_own_size",
    "orthonormal",
    "overlap_add",
    "pad",
    "padding_indices",
    "phases",
    "placed",
    "places_of",
    "quotient",
    "raised",
    "read_only",
    "require",
    "require_between",
    "require_finite",
    "require_writable",
    "rfft",
    "rfft_by_product",
    "running_sum",
    "scan",
    "selected",
    "spaced",
    "spaced_best",
    "spectra",
    "spectral_parts",
    "spline",
    "squared_magnitude",
    "steps_in_use",
    "sums_at",
    "superposed",
    "synthesis",
    "take_along",
    "to_complex",
    "to_power",
    "turned",
    "unit_phases",
    "units",
    "unstack",
    "warn_unless",
    "wavelet_adjoint",
    "wavelet_analysis",
    "weighted_rows",
    "window_sum",
    "write",
    "zero_phase",
]
