"""Parts of spectrograms: librosa.decompose's names, keywords, defaults and numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from . import ops
from ._backends import at_full_precision, host_functions
from ._namespace import Array, check_on_host, check_spectrum, complex_dtype, host, is_complex, namespace, real_dtype
from .errors import ParameterError, as_integer, check_size, one_of
from .segment import recurrence_matrix
from .transforms.factorization import INITS, factorized
from .transforms.inputs import spectrum_of
from .transforms.separation import masks
from .util._checks import checked_array

__all__ = ["decompose", "hpss", "nn_filter"]


@at_full_precision
def decompose(
    S: Array,
    *,
    n_components: int | None = None,
    transformer: Any = None,
    sort: bool = False,
    fit: bool = True,
    **kwargs: Any,
) -> tuple[Array, Array]:
    """Write a spectrogram as a few spectra and how strong each is at each time:
    ``S = components @ activations``, nearly.

    Without a transformer that is a non-negative matrix factorization (Lee & Seung, "Learning the parts
    of objects", 1999) which minimises the squared error, as scikit-learn's does in librosa: it needs no
    scikit-learn, and gives other numbers of about the same error. It always takes all its iterations.

    Parameters
    ----------
    S : array [shape=(..., features, time)], real, not negative
        Such as magnitudes. Features of all channels are taken together.
    n_components : int > 0, optional
        How many spectra; as many as features by default.
    transformer : object, optional
        Something like a decomposition of scikit-learn's: its ``fit_transform(S.T)`` gives the activations, and
        its ``components_`` are the spectra. It needs NumPy arrays.
    sort : bool
        Whether to put the spectra in the order of their highest peaks; of one channel only.
    fit : bool
        Whether the transformer is to be fitted, or already is.
    **kwargs
        Of the factorization: ``init``, 'nndsvda' (leading singular vectors, by default where there are
        enough) or 'random'; ``max_iter=200``; ``random_state=0``, a seed, a generator of NumPy's, or None for
        other numbers each time.

    Returns
    -------
    components : array [shape=(..., features, n_components)]
        In the input's library, device and precision (float32 for half precision).
    activations : array [shape=(n_components, time)]
        No gradient flows through either.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, ``fit=False`` without a transformer, `sort` with several channels,
        and, for NumPy arrays, on numbers that are negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> S = np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 1.0], [0.0, 0.0, 3.0]])
    >>> components, activations = nax.decompose.decompose(S, n_components=2, sort=True)
    >>> np.round(components @ activations, 3).tolist()
    [[1.0, 2.0, 0.0], [2.0, 4.0, 1.0], [0.0, 0.0, 3.0]]
    """
    if transformer is not None:
        check_on_host(S, name="S")
    elif not fit:
        raise ParameterError("fit=False needs a transformer that has been fitted")
    xp, V = spectrum_of(S, name="S", real=True)
    if sort and V.ndim > 2:
        raise ParameterError(f"sort={sort!r} is only possible without leading axes: S has shape {tuple(V.shape)}")
    rows = xp.reshape(V, (-1, V.shape[-1]))
    rank = rows.shape[0] if n_components is None else as_integer("n_components", n_components)
    if transformer is None:
        components, activations = _factors(rows, rank, **kwargs)
    else:
        activations = (transformer.fit_transform(rows.T) if fit else transformer.transform(rows.T)).T
        components = transformer.components_.T
    if sort:
        order = xp.argsort(xp.argmax(components, axis=0), stable=True)
        components, activations = xp.take(components, order, axis=1), xp.take(activations, order, axis=0)
    return xp.reshape(components, (*V.shape[:-1], components.shape[-1])), activations


def _factors(V: Array, rank: int, *, init: Any = None, max_iter: Any = 200, random_state: Any = 0, **unknown: Any) -> tuple[Array, Array]:
    """The factorization of a matrix, its arguments checked."""
    if unknown:
        names = ", ".join(unknown)
        raise ParameterError(f"{names}: the factorization takes init, max_iter and random_state; give a transformer that takes the others")
    xp = namespace(V)
    n_iter = as_integer("max_iter", max_iter)
    check_size("the factors", [sum(V.shape), rank], {"n_components": rank}, given=math.prod(V.shape))
    ops.require_finite(V, "S", xp=xp)
    ops.require(xp.all(V >= 0), "S must not be negative anywhere", xp=xp)
    return factorized(ops.fixed(V, xp=xp), rank, init=one_of("init", init, INITS), rng=random_state, n_iter=n_iter, xp=xp)


@at_full_precision
def hpss(S: Array, *, kernel_size: Any = 31, power: Any = 2.0, mask: bool = False, margin: Any = 1.0) -> tuple[Array, Array]:
    """Part a spectrogram into a harmonic and a percussive spectrogram, by medians.

    The median of neighbouring frames leaves sounds that last, the median of neighbouring frequencies
    leaves short, broad ones (Fitzgerald, "Harmonic/percussive separation using median filtering", 2010).
    Each part is the spectrogram times a soft mask of the one against the other, `margin` times over
    (Driedger, Müller & Disch, "Extending harmonic-percussive separation of audio", 2014).

    Parameters
    ----------
    S : array [shape=(..., freq, time)], complex or real
        Spectrogram, or a batch of them; magnitudes where it is real.
    kernel_size : int > 0, or a pair of them
        Frames in the harmonic part's median, and frequencies in the percussive one's. Spectrograms are
        mirrored at their ends, again and again where they are short (SciPy's medians, which librosa takes,
        go astray from eight times as long on).
    power : float > 0, or infinity
        Exponent of the masks; infinity makes each number part of one of both, or of none.
    mask : bool
        Return the masks, from 0 to 1 (or True and False for an infinite `power`), in the place of the parts.
    margin : float >= 1, or a pair of them
        How much stronger than the other each part must be. With 1 for both the parts add up to `S`; above
        that something is left over.

    Returns
    -------
    harmonic, percussive : arrays [shape=(..., freq, time)]
        Complex with the phases of `S`, or real; the masks are real. In the input's library, device and
        precision. Gradients flow through masks and medians, but for an infinite `power` through `S`
        alone; they are finite, also in silence.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and for NumPy arrays on negative magnitudes.

    See Also
    --------
    nnaudio_xp.effects.hpss : of a waveform.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> D = nax.stft(np.sin(2 * np.pi * 440 * np.arange(22050) / 22050))
    >>> harmonic, percussive = nax.decompose.hpss(D)
    >>> bool(np.allclose(harmonic + percussive, D))
    True
    >>> bool(np.linalg.norm(harmonic) > 10 * np.linalg.norm(percussive))
    True
    """
    xp = check_spectrum(S, name="S")
    S = xp.astype(S, (complex_dtype if is_complex(S, xp) else real_dtype)(S, xp), copy=False)
    if is_complex(S, xp):
        size = ops.modulus(S, xp=xp)
    else:
        size = S
        ops.require(~xp.any(S < 0), "S must not be negative anywhere, where it is real", xp=xp)
    harmonic, percussive = masks(size, kernel_size, power, margin, xp=xp)
    if mask:
        return harmonic, percussive
    return S * xp.astype(harmonic, size.dtype, copy=False), S * xp.astype(percussive, size.dtype, copy=False)


@at_full_precision
def nn_filter(S: Array, *, rec: Any = None, aggregate: Callable[..., Any] | None = None, axis: int = -1, **kwargs: Any) -> Array:
    """Replace each frame by an aggregate of those most like it.

    With weights and their average these are non-local means (Buades, Coll & Morel, "A non-local algorithm
    for image denoising", 2005); with medians sounds that do not come back are left out (Rafii & Pardo,
    "Music/voice separation using the similarity matrix", 2012). Runs on NumPy alone.

    Parameters
    ----------
    S : array [shape=(..., time)]
        What to filter.
    rec : sparse matrix or array [shape=(time, time)], optional
        Which frames are alike: those of the rows that are not 0 in a frame's column. By default
        `nnaudio_xp.segment.recurrence_matrix` of `S`.
    aggregate : callable, optional
        Called with an array of neighbours and ``axis=0``: the mean by default. `numpy.average` is given the
        numbers in `rec` as weights.
    axis : int
        The axis of time.
    **kwargs
        As for `nnaudio_xp.segment.recurrence_matrix`, if `rec` is not given.

    Returns
    -------
    array [shape=(..., time)]
        In the precision of `S`. A frame without neighbours stays as it is.

    Raises
    ------
    ParameterError
        If the shape of `rec` does not fit, or for arrays of other libraries.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> S = np.array([[1.0, 3.0, 10.0]])
    >>> nax.decompose.nn_filter(S, rec=np.array([[1, 1, 0], [1, 1, 0], [0, 0, 0]])).tolist()
    [[2.0, 2.0, 10.0]]
    """
    values = check_on_host(S, name="S")
    _, _, axis = checked_array(values, "S", axis)
    if aggregate is not None and not callable(aggregate):
        raise ParameterError(f"aggregate={aggregate!r} must be a function, such as numpy.median")
    rows = host.moveaxis(values, axis, 0)
    rec = recurrence_matrix(values, axis=axis, **{**kwargs, "sparse": True}) if rec is None else rec
    near = host_functions().sparse_columns(rec if host_functions().is_sparse(rec) else check_on_host(rec, name="rec"))
    if near.shape != (len(rows), len(rows)):
        raise ParameterError(f"rec has shape {near.shape}: it must be {(len(rows), len(rows))}, for the frames of S along axis {axis}")
    if aggregate is None or aggregate in (host.mean, host.average):
        flat = host.reshape(rows, (len(rows), -1))
        filtered = host.reshape(host_functions().neighbour_means(near, flat, aggregate is host.average), rows.shape)
    else:
        frames = [near.indices[first:last] for first, last in zip(near.indptr[:-1], near.indptr[1:], strict=True)]
        filtered = host.stack([aggregate(rows[those], axis=0) if len(those) else row for row, those in zip(rows, frames, strict=True)])
    return host.moveaxis(host.astype(filtered, values.dtype), 0, axis)
