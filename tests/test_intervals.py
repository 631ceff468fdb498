"""Frequency ratios: against librosa, and by what they are made of."""

import inspect
import math

import numpy as np
import pytest
from assertions import assert_close
from hypothesis import given
from hypothesis import strategies as st

import nnaudio_xp as nax

COUNTS = st.sampled_from([1, 2, 5, 7, 12, 13, 24])
PRIMES = st.sampled_from([3, [3], [3, 5], [5, 3], [3, 5, 7], [7], [3, 11]])


@pytest.mark.once
@given(count=COUNTS, primes=PRIMES, sort=st.booleans())
def test_ratios_like_librosa(librosa, count, primes, sort):
    for name, options in (("pythagorean_intervals", {}), ("plimit_intervals", {"primes": primes})):
        options |= {"bins_per_octave": count, "sort": sort}
        ours, theirs = getattr(nax, name), getattr(librosa, name)
        assert_close(ours(**options), theirs(**options), rtol=1e-12)
        assert ours(return_factors=True, **options) == theirs(return_factors=True, **options)


@pytest.mark.once
@given(
    n_bins=st.integers(1, 40),
    intervals=st.sampled_from(["equal", "pythagorean", "ji3", "ji5", "ji7", [1, 1.2, 1.5], [1, 3.1, 1.3]]),
    count=COUNTS,
    tuning=st.sampled_from([0.0, 0.25]),
    sort=st.booleans(),
)
def test_frequencies_like_librosa(librosa, n_bins, intervals, count, tuning, sort):
    options = {"fmin": 55.5, "intervals": intervals, "bins_per_octave": count, "tuning": tuning, "sort": sort}
    assert_close(nax.interval_frequencies(n_bins, **options), librosa.interval_frequencies(n_bins, **options), rtol=1e-12)


@pytest.mark.once
@pytest.mark.parametrize("name", ["interval_frequencies", "pythagorean_intervals", "plimit_intervals"])
def test_librosas_arguments(librosa, name):
    theirs, ours = (inspect.signature(getattr(module, name)).parameters for module in (librosa, nax))
    assert [each for each in ours if each not in ("xp", "dtype", "device")] == list(theirs)
    assert [ours[each].default for each in theirs] == [theirs[each].default for each in theirs]


@pytest.mark.once
@given(count=COUNTS, primes=PRIMES)
def test_factors_multiply_to_ratios(count, primes):
    for ratios, factors in (
        (nax.pythagorean_intervals(bins_per_octave=count), nax.pythagorean_intervals(bins_per_octave=count, return_factors=True)),
        (
            nax.plimit_intervals(primes=primes, bins_per_octave=count),
            nax.plimit_intervals(primes=primes, bins_per_octave=count, return_factors=True),
        ),
    ):
        products = [math.prod(float(prime) ** power for prime, power in each.items()) for each in factors]
        assert_close(np.array(products), ratios, rtol=1e-12)
        assert (ratios >= 1).all()
        assert (ratios < 2).all()
        assert (np.diff(ratios) > 0).all()


@pytest.mark.once
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nax.interval_frequencies(3, fmin=55, intervals="just"), "intervals='just' must be one of 'equal', 'pythagorean', 'ji3'"),
        (lambda: nax.interval_frequencies(3, fmin=55, intervals=[]), r"intervals=\[\] must be a sequence of one number or more"),
        (lambda: nax.interval_frequencies(3, fmin=55, intervals=[1, 0]), "intervals=0 must be a finite positive number"),
        (lambda: nax.interval_frequencies(3, fmin=55, intervals=1.5), "intervals=1.5 must be a sequence of one number or more"),
        (lambda: nax.interval_frequencies(0, fmin=55, intervals="equal"), "n_bins=0 must be a positive integer"),
        (lambda: nax.interval_frequencies(3, fmin=0, intervals="equal"), "fmin=0 must be a finite positive number"),
        (lambda: nax.plimit_intervals(primes=[]), r"primes=\[\] must be a sequence of one number or more"),
        (lambda: nax.plimit_intervals(primes=None), "primes=None must be a sequence of one number or more"),
        (lambda: nax.plimit_intervals(primes=[2]), "primes=2 must be an integer of at least 3"),
        (lambda: nax.pythagorean_intervals(bins_per_octave=0), "bins_per_octave=0 must be a positive integer"),
    ],
)
def test_errors(call, message):
    with pytest.raises(nax.ParameterError, match=message):
        call()
