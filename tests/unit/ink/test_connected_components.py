"""Connected components against a pixel-by-pixel flood fill."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ink import connected_components


def flooded(mask: NDArray[np.bool_]) -> list[set[tuple[int, int]]]:
    """The pixels of each component, by visiting neighbours of neighbours."""
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    components = []
    while left:
        component, queue = set(), [left.pop()]
        while queue:
            y, x = queue.pop()
            component.add((y, x))
            near = {(y + down, x + across) for down in (-1, 0, 1) for across in (-1, 0, 1)} & left
            left -= near
            queue.extend(near)
        components.append(component)
    return components


@given(
    shape=st.tuples(st.integers(0, 12), st.integers(0, 12)), share=st.sampled_from([0.2, 0.5, 0.8]), seed=st.integers(0)
)
def test_components_are_what_a_flood_fill_reaches(shape: tuple[int, int], share: float, seed: int) -> None:
    mask = np.random.default_rng(seed).random(shape) < share
    components = connected_components.label(mask)
    flood = flooded(mask)
    assert len(components) == len(flood)
    for component in flood:
        (label,) = {int(components.labels[place]) for place in component}
        places = np.array(sorted(component))
        assert (components.labels == label).sum() == len(component)
        np.testing.assert_array_equal(components.low[label], places.min(axis=0))
        np.testing.assert_array_equal(components.high[label], places.max(axis=0) + 1)


def test_a_spiral_is_one_component() -> None:
    """If labels spread to neighbours only once, a long winding component would stay in pieces."""
    spiral = np.zeros((41, 41), np.bool_)
    y, x, turn = 20, 20, 0
    for length in range(2, 40, 2):
        for _ in range(2):
            down, across = [(0, 1), (1, 0), (0, -1), (-1, 0)][turn % 4]
            for _ in range(length):
                spiral[y, x] = True
                y, x = y + down, x + across
            turn += 1
    assert len(connected_components.label(spiral)) == 1


def test_totals_and_touching_are_per_component() -> None:
    mask = np.array([[1, 1, 0, 0], [0, 0, 0, 1], [0, 0, 0, 1]], np.bool_)
    components = connected_components.label(mask)
    first, second = components.labels[0, 0], components.labels[1, 3]
    sums = components.total(np.arange(12).reshape(3, 4))
    assert (sums[0], sums[first], sums[second]) == (0, 1, 18)
    region = np.zeros((3, 4), np.bool_)
    region[2] = True
    touching = components.touching(region)
    assert (touching[0], touching[first], touching[second]) == (False, False, True)
