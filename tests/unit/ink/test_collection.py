"""A collection counts, strikes out and restores drawings, and survives a file; its images are MNIST-style."""

import numpy as np
import pytest
from numpy.typing import NDArray

from data import csv_files
from data.dataset import DIGITS, DataError, Dataset
from ink import stroke_files
from ink.collection import MOST_POINTS, Collection, simplified, united
from testing import sample_digits

pytestmark = pytest.mark.slow

SHAPES = ("line", "cross", "dot")
LINE = [np.array([[100.0, 50.0], [100.0, 350.0]])]
CROSS = [np.array([[100.0, 100.0], [300.0, 300.0]]), np.array([[300.0, 100.0], [100.0, 300.0]])]


@pytest.fixture
def shapes() -> Collection:
    return Collection(SHAPES).with_drawing(0, LINE).with_drawing(1, CROSS, "Ada").with_drawing(0, LINE)


def test_what_is_struck_out_counts_no_more_until_it_is_brought_back(shapes: Collection) -> None:
    assert shapes.counts.tolist() == [2, 1, 0]
    struck = shapes.striking(0, struck=True)
    assert struck.counts.tolist() == [1, 1, 0]
    assert len(struck.drawings) == 3
    assert struck.dataset("mine").labels.tolist() == [1, 0]
    assert struck.striking(0, struck=False).counts.tolist() == [2, 1, 0]
    assert shapes.without_last().counts.tolist() == [1, 1, 0]


def test_a_blank_paper_is_no_drawing(shapes: Collection) -> None:
    with pytest.raises(DataError, match="nothing on the paper"):
        shapes.with_drawing(0, [np.empty((0, 2))])
    with pytest.raises(DataError, match="nothing on the paper"):
        shapes.with_drawing(0, [np.array([[-50.0, -50.0], [-90.0, -90.0]])])


def test_a_file_of_strokes_brings_back_the_same_images(shapes: Collection) -> None:
    again = Collection.from_strokes(shapes.striking(2, struck=True).strokes(), "mine.json")
    assert again.classes == SHAPES
    assert [(each.label, each.by, each.struck) for each in again.drawings] == [
        (0, "", False),
        (1, "Ada", False),
        (0, "", True),
    ]
    for one, other in zip(again.drawings, shapes.drawings, strict=True):
        np.testing.assert_array_equal(one.image, other.image)


def test_a_csv_is_read_back_as_the_same_dataset(shapes: Collection) -> None:
    read, own = csv_files.read(shapes.csv(), "mine.csv"), shapes.dataset("mine")
    np.testing.assert_array_equal(read.images, own.images)
    np.testing.assert_array_equal(read.labels, own.labels)


def test_an_empty_collection_is_not_a_dataset() -> None:
    with pytest.raises(DataError):
        Collection().dataset("mine")


def test_united_classes_of_one_name_are_one_class() -> None:
    """Digits of one's own join the others of their class; one's own classes come after them."""
    digits = Dataset("digits", np.full((10, 784), 9, np.uint8), np.arange(10, dtype=np.uint8))
    own = Collection(("cat", "7", "house")).with_drawing(0, CROSS).with_drawing(1, LINE).with_drawing(2, LINE)
    both = united(own.dataset("own"), digits, "both")
    assert both.classes == (*DIGITS, "cat", "house")
    assert both.labels.tolist() == [*range(10), 10, 7, 11]
    np.testing.assert_array_equal(both.images[10:], own.dataset("own").images)


def between(stroke: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ten times as many points of a stroke (n, 2), as a slow hand makes them."""
    at = np.arange(0, len(stroke) - 1, 0.1)
    return np.stack([np.interp(at, range(len(stroke)), stroke[:, axis]) for axis in (0, 1)], axis=1)


def test_simplified_strokes_give_the_same_image_from_fewer_points() -> None:
    rng = np.random.default_rng(3)
    for name in "238":
        strokes = [stroke * (400 / sample_digits.CANVAS) for stroke in sample_digits.digit(name)]
        dense = [between(stroke) for stroke in strokes]
        few = simplified(dense)
        assert sum(map(len, few)) < sum(map(len, dense)) / 3
        images = [stroke_files.DrawnDigit(0, tuple(each)).image.astype(float) for each in (dense, few)]
        assert np.abs(images[0] - images[1]).mean() < 2
    scribble = rng.uniform(0, 400, (200, 60, 2))
    assert sum(map(len, simplified(list(scribble)))) <= MOST_POINTS


def test_a_full_collection_fits_its_own_file() -> None:
    """Otherwise the collection could not be opened again."""
    stroke = np.linspace((100.1, 100.1), (399.9, 399.9), MOST_POINTS)
    full = Collection(DIGITS, (stroke_files.DrawnDigit(3, (stroke,), "Ada"),) * 1_000)
    assert len(stroke_files.read(full.strokes(), "mine.json")[1]) == 1_000
