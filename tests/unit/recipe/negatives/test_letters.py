"""Letters used as non-digits: each can be drawn, and no shape is listed twice."""

import numpy as np
import pytest

from ink import mnist_format
from recipe.negatives import letters

ALPHABETS = {name: value for name, value in vars(letters).items() if name.isupper() and isinstance(value, tuple)}


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_every_letter_of_an_alphabet_can_be_drawn(alphabet: str) -> None:
    for shape in ALPHABETS[alphabet]:
        strokes = letters.letter([shape], np.random.default_rng(0))
        assert len(strokes) == len(shape.split())
        assert mnist_format.image_from_strokes(strokes).sum() > 5


def test_no_shape_appears_twice() -> None:
    shapes = [shape for alphabet in ALPHABETS.values() for shape in alphabet]
    assert len(ALPHABETS) == 9
    assert len(set(shapes)) == len(shapes)


def test_a_word_is_letters_side_by_side() -> None:
    """A word extends farther to the right than one letter."""
    for seed in range(20):
        points = np.concatenate(letters.letters(np.random.default_rng(seed)))
        assert np.ptp(points[:, 0]) > 4
