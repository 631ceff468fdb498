"""Networks of minima and maxima find the right number whatever the numbers are."""

import itertools

import pytest

from nnaudio_xp.kernels.networks import running_rank

pytestmark = pytest.mark.once


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9])
def test_zeros_and_ones_show_that_all_numbers_are_in_order(size):
    """A network that is right for zeros and ones is right for all numbers (Knuth, The Art of
    Computer Programming, 5.3.4).
    """
    for rank in range(size):
        network = running_rank(size, rank)
        assert network.inputs == size + network.group - 1
        for numbers in itertools.product([0, 1], repeat=network.inputs):
            slots = [*numbers, *[None] * (network.slots - network.inputs)]
            for larger, a, b, target in network.steps:
                slots[target] = max(slots[a], slots[b]) if larger else min(slots[a], slots[b])
            assert [slots[result] for result in network.results] == [sorted(numbers[t : t + size])[rank] for t in range(network.group)]


@pytest.mark.parametrize(("size", "steps"), [(7, 10), (31, 33), (101, 80)])
def test_few_steps_find_a_median(size, steps):
    network = running_rank(size, size // 2)
    assert len(network.steps) < steps * network.group
