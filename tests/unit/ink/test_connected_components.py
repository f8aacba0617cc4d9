"""Spots, against a flood of one pixel at a time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ink import connected_components


def flooded(marked: NDArray[np.bool_]) -> list[set[tuple[int, int]]]:
    """The pixels of each spot, by walking from neighbour to neighbour."""
    left = {(int(y), int(x)) for y, x in np.argwhere(marked)}
    found = []
    while left:
        spot, at_hand = set(), [left.pop()]
        while at_hand:
            y, x = at_hand.pop()
            spot.add((y, x))
            near = {(y + down, x + across) for down in (-1, 0, 1) for across in (-1, 0, 1)} & left
            left -= near
            at_hand.extend(near)
        found.append(spot)
    return found


@given(
    shape=st.tuples(st.integers(0, 12), st.integers(0, 12)), share=st.sampled_from([0.2, 0.5, 0.8]), seed=st.integers(0)
)
def test_they_are_what_a_flood_reaches(shape: tuple[int, int], share: float, seed: int) -> None:
    marked = np.random.default_rng(seed).random(shape) < share
    found = connected_components.find(marked)
    walked = flooded(marked)
    assert len(found) == len(walked)
    for spot in walked:
        (label,) = {int(found.labels[place]) for place in spot}
        places = np.array(sorted(spot))
        assert (found.labels == label).sum() == len(spot)
        np.testing.assert_array_equal(found.low[label], places.min(axis=0))
        np.testing.assert_array_equal(found.high[label], places.max(axis=0) + 1)


def test_a_spiral_is_one_spot() -> None:
    """Where labels only went to neighbours, one that winds on and on would stay in pieces."""
    spiral = np.zeros((41, 41), np.bool_)
    y, x, turn = 20, 20, 0
    for length in range(2, 40, 2):
        for _ in range(2):
            down, across = [(0, 1), (1, 0), (0, -1), (-1, 0)][turn % 4]
            for _ in range(length):
                spiral[y, x] = True
                y, x = y + down, x + across
            turn += 1
    assert len(connected_components.find(spiral)) == 1


def test_totals_and_touches_are_those_of_each_spot() -> None:
    marked = np.array([[1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1]], np.bool_)
    found = connected_components.find(marked)
    first, second = found.labels[0, 0], found.labels[1, 3]
    sums = found.total(np.arange(12).reshape(3, 4))
    assert (sums[0], sums[first], sums[second]) == (0, 1, 18)
    region = np.zeros((3, 4), np.bool_)
    region[2] = True
    touching = found.touching(region)
    assert (touching[0], touching[first], touching[second]) == (False, False, True)
