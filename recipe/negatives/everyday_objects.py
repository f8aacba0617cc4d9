"""Doodles of everyday objects, as strokes.

Each is a string of strokes on a grid, y downward, separated by spaces: pairs of digits are the x and y of points on a
polyline or, after `~`, on a smooth curve; `o` is followed by the x and y of a ring and twice its radius.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from recipe.negatives.curves import arc, curve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recipe.negatives.curves import Drawing

_JITTER: Final = 0.3

_OBJECTS: Final = (
    "o243 o743 4454",  # glasses
    "~0421508194 0494 5457 ~57594938",  # an umbrella
    "0628789606 4640 417545",  # a boat
    "0508989505 25336375 o282 o782",  # a car
    "o558 5552 5575",  # a clock
    "o252 3595 9597 7576",  # a key
    "o436 3637 5657 3757",  # a bulb
    "1019 11616515",  # a flag
    "2029 6069 2262 2464 2666",  # a ladder
    "~0521417195 0595 35396965",  # a mushroom
    "3439595434 ~4433415344",  # a candle
    "0797 27226267",  # a hat
    "o557 231042 628073 o441 o641 5666",  # a cat
    "~042245446284",  # a bird
    "o235 o735 o273 o773 4248",  # a butterfly
    "o272 o672 2651 6651",  # cherries
    "~05326295 ~05386895 o553",  # an eye
    "~6022153869 ~60434669",  # a moon
    "o274 o774 274474 4477",  # a bicycle
    "402328686340 2608 6688 o442",  # a rocket
    "1117777111 o331 o531 2656 4140",  # a robot
    "~1813407378 182737475767 6778 o341 o541",  # a ghost
    "0107878101 204160 o731",  # a television
    "2029696020 2161 2767 o481",  # a telephone
    "0802254265828808",  # a crown
    "o411 4248 ~0517487785 2464",  # an anchor
    "o273 o673 3560 5520",  # scissors
    "0207828702",  # a bow
    "2029696020 o551",  # a door
    "303224296964525030 2565 2767",  # a bottle
    "2004846020 4448 2868",  # a lamp
    "0309898303 ~23216163",  # a bag
    "0832557198",  # mountains
    "4004488440 4048 0484",  # a kite
    "0309898303 4349 ~43211143 ~43617143",  # a present
    "08408808 4048",  # a tent
)


def everyday_object(rng: np.random.Generator) -> Drawing:
    """Draw a random object, in units of the grid."""
    jitter = _JITTER * rng.uniform()
    return [_stroke(word, jitter, rng) for word in _OBJECTS[rng.integers(len(_OBJECTS))].split()]


def _stroke(word: str, jitter: float, rng: np.random.Generator) -> NDArray[np.float64]:
    digits = np.array([int(digit) for digit in word.lstrip("o~")], np.float64)
    if word.startswith("o"):
        x, y = digits[:2] + jitter * rng.standard_normal(2)
        return arc(rng.uniform(), rng.uniform(0.95, 1.05), digits[2] / 2 * rng.uniform(0.8, 1.1), (x, y))
    points = digits.reshape(-1, 2)
    return curve(points + jitter * rng.standard_normal(points.shape), 1.0 if word.startswith("~") else 0.0)
