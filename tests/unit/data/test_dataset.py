"""A dataset rejects invalid arrays, and its splits never share a digit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.dataset import DIGITS, DataError, Dataset

Arrays = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def numbered(count: int) -> Dataset:
    """Distinguishable images: the first two pixels hold the row number."""
    images = np.zeros((count, 784), dtype=np.uint8)
    images[:, 0], images[:, 1] = np.arange(count) // 256, np.arange(count) % 256
    return Dataset("numbered", images, (np.arange(count) % 10).astype(np.uint8))


def test_shared_arrays_are_read_only(digits: Arrays) -> None:
    images, labels = digits
    dataset = Dataset("own", images, labels, images.copy(), labels.copy())
    parts = dataset.split(0, 5, 5)
    assert dataset.test_images is not None
    for array in (dataset.images, dataset.labels, dataset.test_images, parts.dev.images, parts.dev.rows):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.zeros((3, 783), np.uint8), np.zeros(3, np.uint8), r"784 values.*\(3, 783\)"),
        (np.zeros((3, 28, 28), np.uint8), np.zeros(3, np.uint8), r"784 values.*\(3, 28, 28\)"),
        (np.zeros((3, 784), np.float32), np.zeros(3, np.uint8), "uint8.*float32"),
        (np.zeros((0, 784), np.uint8), np.zeros(0, np.uint8), "at least one row"),
        (np.zeros((3, 784), np.uint8), np.zeros(4, np.uint8), r"3 labels.*\(4,\)"),
        (np.zeros((3, 784), np.uint8), np.zeros(3, np.int64), "uint8.*int64"),
        (np.zeros((3, 784), np.uint8), np.array([0, 10, 1], np.uint8), "label 10.*10 classes allow 0 to 9"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(images: NDArray[np.uint8], labels: NDArray[np.uint8], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Dataset("odd", images, labels)
    good = np.zeros((1, 784), np.uint8), np.zeros(1, np.uint8)
    with pytest.raises(DataError, match=message) as refused:
        Dataset("odd", *good, images, labels)
    assert "test images" in str(refused.value)


def test_test_images_without_labels_are_refused(digits: Arrays) -> None:
    with pytest.raises(DataError, match="both images and labels"):
        Dataset("odd", *digits, test_images=digits[0])


@pytest.mark.parametrize("count", [2, 12, 62])
def test_any_number_of_classes_works(count: int) -> None:
    labels = np.arange(2 * count, dtype=np.uint8) % count
    classes = tuple(f"shape {i}" for i in range(count))
    dataset = Dataset("shapes", np.zeros((2 * count, 784), np.uint8), labels, classes=classes)
    assert dataset.examples.class_counts().tolist() == [2] * count
    parts = dataset.split(3, 1, 1)
    assert len(parts.train) == 2 * count - 2
    assert len(parts.dev.class_counts()) == count


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (("one",), "1 classes; from 2 to 62"),
        (tuple(map(str, range(63))), "63 classes"),
        (("a", "a"), "needs its own, non-empty name"),
        (("a", ""), "needs its own, non-empty name"),
    ],
)
def test_classes_that_cannot_be_told_apart_are_refused(classes: tuple[str, ...], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Dataset("odd", np.zeros((1, 784), np.uint8), np.zeros(1, np.uint8), classes=classes)


@given(seed=st.integers(0, 2**32), count=st.integers(1, 300), share=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_splits_are_disjoint_and_complete(seed: int, count: int, share: tuple[float, float]) -> None:
    dev = int(share[0] * (count - 1))
    test = int(share[1] * (count - 1 - dev))
    parts = numbered(count).split(seed, dev, test)
    assert (len(parts.train), len(parts.dev), len(parts.test)) == (count - dev - test, dev, test)
    rows = np.concatenate([part.rows for part in (parts.train, parts.dev, parts.test)])
    assert sorted(rows.tolist()) == list(range(count))


def test_the_seed_determines_the_split() -> None:
    dataset = numbered(200)
    first, again, other = (dataset.split(seed, 20, 20) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.train.rows, again.train.rows)
    np.testing.assert_array_equal(first.dev.rows, again.dev.rows)
    assert set(first.dev.rows.tolist()) != set(other.dev.rows.tolist())


def test_digits_sorted_by_label_are_shuffled_into_every_part(embedded: Dataset) -> None:
    parts = embedded.split(0, *embedded.default_sizes)
    for part in (parts.train, parts.dev, parts.test):
        assert part.class_counts().min() > len(part) / 20


def test_the_size_of_dev_does_not_affect_test() -> None:
    dataset = numbered(200)
    np.testing.assert_array_equal(dataset.split(5, 10, 30).test.rows, dataset.split(5, 90, 30).test.rows)


def test_a_dataset_s_own_test_set_is_kept(digits: Arrays) -> None:
    images, labels = digits
    dataset = replace(numbered(100), test_images=images, test_labels=labels)
    parts = dataset.split(4, 10, 50)
    assert (len(parts.train), len(parts.dev)) == (90, 10)
    test_images, test_labels = parts.test.take()
    np.testing.assert_array_equal(test_images, images)
    np.testing.assert_array_equal(test_labels, labels)


def test_split_copies_no_image() -> None:
    dataset = numbered(50)
    parts = dataset.split(0, 5, 5)
    assert all(part.images is dataset.images for part in (parts.train, parts.dev, parts.test))


@pytest.mark.parametrize(
    ("dev", "test", "message"),
    [
        (25, 25, "Dev and test together take 50 of the 50 .* at most 49"),
        (60, 0, "at most 49"),
        (-1, 5, "0 or more"),
        (5, -1, "0 or more"),
    ],
)
def test_sizes_that_leave_no_training_examples_are_refused(dev: int, test: int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        numbered(50).split(0, dev, test)


def test_a_dataset_s_own_test_set_does_not_reduce_training(digits: Arrays) -> None:
    dataset = replace(numbered(50), test_images=digits[0], test_labels=digits[1])
    assert len(dataset.split(0, 49, 10_000).train) == 1
    with pytest.raises(DataError, match="Dev takes 50 of the 50"):
        dataset.split(0, 50, 0)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(DataError, match="seed"):
        numbered(50).split(-1, 5, 5)


@pytest.mark.parametrize(("count", "sizes"), [(5_000, (500, 500)), (60_000, (5_000, 5_000)), (3, (1, 1))])
def test_default_sizes_are_a_tenth_within_bounds(count: int, sizes: tuple[int, int]) -> None:
    assert numbered(count).default_sizes == sizes


def test_the_default_sizes_keep_all_of_mnist_s_test_set(mnist: Dataset) -> None:
    assert mnist.default_sizes == (5_000, 10_000)
    parts = mnist.split(0, *mnist.default_sizes)
    assert (len(parts.train), len(parts.dev), len(parts.test)) == (55_000, 5_000, 10_000)


def test_taken_digits_are_copies_in_the_given_order() -> None:
    train = numbered(50).split(0, 5, 5).train
    rows = train.rows[[7, 3, 3]]
    images, labels = train.take(rows)
    assert images[:, 1].tolist() == rows.tolist()
    assert labels.tolist() == (rows % 10).tolist()
    images[:] = 9
    assert train.images[rows[0], 1] == rows[0]


def test_limit_takes_the_first_digits() -> None:
    train = numbered(50).split(0, 5, 5).train
    images, labels = train.take(limit=4)
    assert images[:, 1].tolist() == train.rows[:4].tolist()
    assert len(labels) == 4
    assert len(train.take(limit=1_000)[0]) == len(train)


def test_rows_of_another_split_are_refused() -> None:
    parts = numbered(50).split(0, 5, 5)
    with pytest.raises(ValueError, match="rows"):
        parts.train.take(parts.test.rows)


def test_counts_and_rows_by_class_match_a_direct_count(embedded: Dataset) -> None:
    dev = embedded.split(2, 300, 300).dev
    labels = [int(embedded.labels[row]) for row in dev.rows]
    assert dev.class_counts().tolist() == [labels.count(digit) for digit in range(len(DIGITS))]
    assert set(embedded.labels[dev.rows_of(7)].tolist()) == {7}
    assert len(dev.rows_of(7)) == labels.count(7)


def test_mean_digit_is_the_mean_of_its_class() -> None:
    images = np.zeros((4, 784), np.uint8)
    images[:, 0] = [0, 255, 51, 51]
    dataset = Dataset("tiny", images, np.array([1, 1, 2, 2], np.uint8))
    one = dataset.examples.mean_image(1)
    two = dataset.examples.mean_image(2)
    assert one is not None
    assert two is not None
    assert one.dtype == np.float32
    assert (one[0], one[1]) == (0.5, 0)
    assert two[0] == pytest.approx(0.2)


def test_class_without_a_digit_has_no_mean() -> None:
    assert numbered(3).examples.mean_image(5) is None


def test_a_sentence_that_quotes_a_file_shows_what_does_not_print_as_such() -> None:
    assert str(DataError("It has “a\u202eb\n\x1b[31m”.")) == "It has “a\ufffdb\ufffd\ufffd[31m”."
