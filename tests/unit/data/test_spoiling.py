"""Training examples are spoiled exactly as asked and the same way each time; nothing else is changed."""

from __future__ import annotations

import numpy as np
import pytest

from data.dataset import DataError, Dataset, Examples
from data.spoiling import Spoiling, class_sizes, spoil

EACH = 400
"""Examples of each class."""


@pytest.fixture
def train() -> Examples:
    """Return 4,000 training examples, 400 of each class, in a random order."""
    labels = np.random.default_rng(3).permutation(np.repeat(np.arange(10, dtype=np.uint8), EACH))
    labels = np.append(labels, np.zeros(20, np.uint8))  # those of dev and test
    dataset = Dataset("made up", np.zeros((len(labels), 784), np.uint8), labels)
    return Examples(dataset.images, dataset.labels, np.arange(4000), dataset.classes)


def spoiled(train: Examples, how: Spoiling, seed: int = 0) -> Examples:
    return spoil(train, how, np.random.default_rng(seed))


def flips(of: Examples) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Return how many examples of each true class (row) were given each label (column)."""
    assert of.true_labels is not None
    counts = np.zeros((10, 10), np.int64)
    np.add.at(counts, (of.true_labels[of.rows], of.labels[of.rows]), 1)
    return counts


def test_nothing_is_done_unasked(train: Examples) -> None:
    assert spoiled(train, Spoiling()) is train
    assert spoiled(train, Spoiling(wrong_from=4, wrong_to=9)) is train
    assert train.wrong_labels == 0


def test_a_share_of_the_labels_becomes_any_other_each_as_often(train: Examples) -> None:
    noisy = spoiled(train, Spoiling(wrong_labels=0.2))
    assert noisy.wrong_labels == 800
    counts = flips(noisy)
    off = counts[~np.eye(10, dtype=bool)]
    # 800 draws of 90 kinds: chi squared with 89 degrees of freedom exceeds 147 once in 10,000 times.
    assert ((off - 800 / 90) ** 2 / (800 / 90)).sum() < 147
    np.testing.assert_array_equal(noisy.rows, train.rows)
    np.testing.assert_array_equal(noisy.labels[4000:], train.labels[4000:])
    assert noisy.true_labels is train.labels


def test_one_class_is_labelled_as_another(train: Examples) -> None:
    counts = flips(spoiled(train, Spoiling(wrong_labels=0.3, wrong_from=4, wrong_to=9)))
    wanted = np.diag(np.full(10, EACH))
    wanted[4, 4], wanted[4, 9] = 280, 120
    np.testing.assert_array_equal(counts, wanted)


def test_the_same_generator_spoils_the_same_and_a_larger_share_more(train: Examples) -> None:
    some, same, more = (spoiled(train, Spoiling(wrong_labels=share)) for share in (0.1, 0.1, 0.3))
    np.testing.assert_array_equal(some.labels, same.labels)
    wrong = some.labels != train.labels
    np.testing.assert_array_equal(more.labels[wrong], some.labels[wrong])
    assert (spoiled(train, Spoiling(wrong_labels=0.1), seed=1).labels != some.labels).any()
    with pytest.raises(ValueError, match="read-only"):
        some.labels[0] = 1


def test_fewer_digits_a_class_are_the_first_of_each_in_order(train: Examples) -> None:
    few = spoiled(train, Spoiling(per_class=10))
    assert few.class_counts().tolist() == [10] * 10
    np.testing.assert_array_equal(few.rows_of(3), train.rows_of(3)[:10])
    assert (np.diff(few.rows) > 0).all(), "rows stay in the order of the split, which is that of the file here"


def test_classes_out_of_balance_fall_geometrically() -> None:
    """These are the sizes of long-tailed CIFAR-10 at an imbalance of 100; those are rounded down, ours are not."""
    published = [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]
    assert np.abs(class_sizes(5000, 100, 10) - published).max() <= 1


def test_an_imbalance_and_a_class_left_out_keep_what_they_say(train: Examples) -> None:
    assert spoiled(train, Spoiling(imbalance=8, per_class=64)).class_counts()[[0, 3, 6, 9]].tolist() == [64, 32, 16, 8]
    assert spoiled(train, Spoiling(left_out=7)).class_counts().tolist() == [EACH] * 7 + [0] + [EACH] * 2
    both = spoiled(train, Spoiling(left_out=0, imbalance=4, wrong_labels=0.5))
    assert both.class_counts()[0] == 0
    assert flips(both)[:, 0].sum() == 0, "no label of a class left out is given"
    assert flips(both).sum(axis=1)[[1, 9]].tolist() == [EACH, EACH / 4]


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        (Spoiling(per_class=401), "Class 0 has 400 training examples, and 401 are wanted: choose at most 400 a class."),
        (
            Spoiling(per_class=10, imbalance=100),
            "With 10 examples of class 0, an imbalance of 100 leaves none of class 9: choose at most 10.",
        ),
        (
            Spoiling(wrong_labels=0.1, wrong_to=2, left_out=2),
            "Class 2 is left out, so none of its labels can be wrong.",
        ),
        (Spoiling(wrong_labels=0.1, wrong_from=4, wrong_to=4), "A 4 labelled 4 is right: choose another label."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(train: Examples, how: Spoiling, sentence: str) -> None:
    with pytest.raises(DataError) as refused:
        spoiled(train, how)
    assert str(refused.value) == sentence


def test_of_two_classes_one_cannot_be_left_out_and_the_other_mislabelled() -> None:
    labels = np.array([0, 1, 0, 1], np.uint8)
    few = Dataset("two", np.zeros((4, 784), np.uint8), labels, classes=("cat", "dog")).examples
    with pytest.raises(DataError, match="Only one class is left"):
        spoiled(few, Spoiling(left_out=1, wrong_labels=0.5))
    assert spoiled(few, Spoiling(wrong_labels=1.0)).labels.tolist() == [1, 0, 1, 0]
