"""Networks of minima and maxima: which two numbers to compare, decided before any number is known.

A network is the same for all inputs, so that a whole array takes each of its steps at once, without
a branch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .._backends import decided_once


@dataclass(frozen=True)
class Network:
    """Steps that find `group` order statistics of neighbouring windows.

    Slots 0 … `inputs` - 1 hold the numbers; each step ``(larger, a, b, target)`` stores the larger or
    the smaller one of slots a and b in another. In the end slot ``results[t]`` holds that of the window
    which begins at number t.
    """

    group: int
    inputs: int
    slots: int
    steps: tuple[tuple[bool, int, int, int], ...]
    results: tuple[int, ...]


class _Comparisons:
    """Minima and maxima by the numbers of what they are taken of, each once."""

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.made: dict[tuple[bool, int, int], int] = {}
        self.sorted: dict[tuple[int, int], list[int]] = {}

    def one(self, larger: bool, a: int, b: int) -> int:
        return self.made.setdefault((larger, min(a, b), max(a, b)), self.inputs + len(self.made))

    def merge(self, a: Sequence[int], b: Sequence[int]) -> list[int]:
        """Two sorted sequences as one (Batcher, "Sorting networks and their applications", 1968)."""
        if not a or not b:
            return [*a, *b]
        if len(a) == len(b) == 1:
            return [self.one(False, a[0], b[0]), self.one(True, a[0], b[0])]
        even, odd = self.merge(a[0::2], b[0::2]), self.merge(a[1::2], b[1::2])
        pairs = min(len(even) - 1, len(odd))
        middle = [self.one(larger, even[k + 1], odd[k]) for k in range(pairs) for larger in (False, True)]
        return [even[0], *middle, *even[pairs + 1 :], *odd[pairs:]]

    def sort(self, first: int, last: int) -> list[int]:
        """Inputs first … last - 1 in their order."""
        if last - first == 1:
            return [first]
        if (first, last) not in self.sorted:
            half = 1 << ((last - first - 1).bit_length() - 1)
            self.sorted[first, last] = self.merge(self.sort(first, first + half), self.sort(first + half, last))
        return self.sorted[first, last]


@decided_once(64)
def running_rank(size: int, rank: int) -> Network:
    """The network for the number of a rank, counted from 0 for the smallest, among each `size`
    neighbours.

    Windows that begin next to each other share most numbers. What a group of windows shares is
    sorted; then the group is halved again and again, each time with what its half shares beyond that.
    Of the numbers in their order only those are kept that may still turn out to be the wanted one, which
    are as many as there are numbers to come (Adams, "Fast median filters using separable sorting
    networks", 2021, in one dimension).
    """
    group = 1 << (((size + 1) // 2).bit_length() - 1)
    made = _Comparisons(size + group - 1)

    def found(kept: Sequence[int], smaller: int, begin: int, count: int) -> list[int]:
        """The results of windows begin … begin + count - 1, of which the shared numbers in their
        order are known but for the `smaller` smallest, and more at the other end.
        """
        first, last = max(0, rank - count + 1 - smaller), rank + 1 - smaller
        kept, smaller = kept[first:last], smaller + first
        if count == 1:
            return list(kept)
        half = count // 2
        before, behind = begin + half - 1, begin + size
        earlier = made.merge(kept, made.sort(before, before + half))
        later = made.merge(kept, made.sort(behind, behind + half))
        return [*found(earlier, smaller, begin, half), *found(later, smaller, begin + half, half)]

    results = found(made.sort(group - 1, size), 0, 0, group)
    return _in_slots(made, group, results)


def _in_slots(made: _Comparisons, group: int, results: Sequence[int]) -> Network:
    """The comparisons that the results need, their slots used again as soon as they are read for
    the last time.
    """
    steps = [(target, *step) for step, target in made.made.items()]
    needed = set(results)
    for target, _, a, b in reversed(steps):
        if target in needed:
            needed.update((a, b))
    steps = [step for step in steps if step[0] in needed]
    last = {number: place for place, (_, _, a, b) in enumerate(steps) for number in (a, b)}
    slot = {number: number for number in range(made.inputs)}
    free: list[int] = []
    slots = made.inputs
    written = []
    for place, (target, larger, a, b) in enumerate(steps):
        read = slot[a], slot[b]
        free.extend(slot[number] for number in (a, b) if number >= made.inputs and last[number] == place and number not in results)
        if not free:
            free.append(slots)
            slots += 1
        slot[target] = free.pop()
        written.append((larger, *read, slot[target]))
    return Network(group, made.inputs, slots, tuple(written), tuple(slot[number] for number in results))
