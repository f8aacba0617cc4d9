"""Data other than digits: labels get their class names, and images are the right way up."""

from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from numpy.typing import NDArray

from data import csv_files, idx_files
from data.dataset import DataError
from data.idx_files import IdxFile
from data.label_schemes import LABEL_SCHEMES, LabelScheme, custom_scheme

Arrays = tuple[NDArray[np.uint8], NDArray[np.uint8]]

KINDS = custom_scheme("arrow, box, cross, dot, egg, fork, gate, hook, ink, jar, key, leaf", first_label=1)
BY_NAME = {scheme.name: scheme for scheme in LABEL_SCHEMES}


@pytest.fixture(scope="module")
def shapes() -> Arrays:
    """Sixty images of twelve kinds, labelled from 1 as is usual in such files: (60, 784) and (60,) uint8."""
    labels = np.tile(np.arange(1, 13, dtype=np.uint8), 5)
    return np.random.default_rng(2).integers(0, 256, (60, 784), dtype=np.uint8), labels


def idx(
    images: NDArray[np.uint8], labels: NDArray[np.uint8], name: str = "shapes", part: str = "train"
) -> list[IdxFile]:
    return [
        IdxFile(
            f"{name}-{part}-labels-idx1-ubyte.gz",
            gzip.compress(struct.pack(">2i", 2049, len(labels)) + labels.tobytes()),
        ),
        IdxFile(
            f"{name}-{part}-images-idx3-ubyte",
            struct.pack(">4i", 2051, len(images), 28, 28) + images.tobytes(),
        ),
    ]


def refusal(files: list[IdxFile], scheme: LabelScheme) -> str:
    with pytest.raises(DataError) as refused:
        idx_files.read_files(files, scheme)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_well_known_datasets_have_the_published_number_of_classes() -> None:
    counts = {scheme.name: len(scheme.classes) for scheme in LABEL_SCHEMES}
    assert counts == {
        "Digits": 10,
        "Fashion-MNIST": 10,
        "EMNIST digits": 10,
        "EMNIST letters": 26,
        "EMNIST balanced or by merge": 47,
        "EMNIST by class": 62,
    }
    assert all(len(set(scheme.classes)) == len(scheme.classes) for scheme in LABEL_SCHEMES)
    assert BY_NAME["EMNIST letters"].first_label == 1
    assert BY_NAME["EMNIST by class"].classes[36] == "a"


def test_a_csv_with_other_classes_has_their_names(shapes: Arrays) -> None:
    images, labels = shapes
    dataset = csv_files.read(csv_files.write(images, labels), "shapes.csv", KINDS)
    assert dataset.classes == KINDS.classes
    np.testing.assert_array_equal(dataset.labels, labels - 1)
    np.testing.assert_array_equal(dataset.images, images)


def test_a_csv_label_outside_the_names_is_refused_by_row(shapes: Arrays) -> None:
    images, labels = shapes
    with pytest.raises(
        DataError, match=r"^Row 10 .* “10” in column label, but a label is a whole number from 0 to 9\.$"
    ):
        csv_files.read(csv_files.write(images, labels), "shapes.csv")
    with pytest.raises(
        DataError, match=r"^Row 1 .* “0” in column label, but a label is a whole number from 1 to 12\.$"
    ):
        csv_files.read(csv_files.write(images, labels - 1), "shapes.csv", KINDS)


@pytest.mark.parametrize("turned_round", [False, True])
def test_two_idx_files_make_a_dataset_in_any_order(shapes: Arrays, turned_round: bool) -> None:
    files = idx(*shapes)
    dataset = idx_files.read_files(files[::-1] if turned_round else files, KINDS)
    assert (dataset.name, dataset.classes, dataset.test_examples) == ("shapes (IDX)", KINDS.classes, None)
    np.testing.assert_array_equal(dataset.images, shapes[0])
    np.testing.assert_array_equal(dataset.labels, shapes[1] - 1)


@pytest.mark.parametrize("part", ["test", "t10k"])
def test_two_more_idx_files_are_the_test_set(shapes: Arrays, part: str) -> None:
    images, labels = shapes
    dataset = idx_files.read_files([*idx(images[:24], labels[:24], part=part), *idx(images, labels)], KINDS)
    assert len(dataset) == 60
    assert dataset.test_examples is not None
    np.testing.assert_array_equal(dataset.test_examples.images, images[:24])
    np.testing.assert_array_equal(dataset.test_examples.labels, labels[:24] - 1)


def test_a_test_set_alone_is_used_as_the_data(shapes: Arrays) -> None:
    dataset = idx_files.read_files(idx(*shapes, part="test"), KINDS)
    assert len(dataset) == 60
    assert dataset.test_examples is None


def test_images_of_emnist_are_turned_upright(shapes: Arrays) -> None:
    """EMNIST's files store columns where others store rows."""
    images, labels = shapes
    letters = BY_NAME["EMNIST letters"]
    for dataset in (
        idx_files.read_files(idx(images, labels, "emnist-letters"), letters),
        csv_files.read(csv_files.write(images, labels), "emnist-letters.csv", letters),
    ):
        assert dataset.name.startswith("emnist-letters")
        for upright, lying in zip(dataset.images[:5], images[:5], strict=True):
            np.testing.assert_array_equal(upright.reshape(28, 28), lying.reshape(28, 28).T)


@pytest.mark.parametrize("kept", [[0], [1], [0, 0], [1, 1], [0, 1, 1]], ids=str)
def test_files_that_are_not_pairs_are_refused_by_name(shapes: Arrays, kept: list[int]) -> None:
    files = idx(*shapes)
    sentence = refusal([files[index] for index in kept], KINDS)
    assert sentence.startswith("One file of images and one of labels are needed")
    assert files[kept[0]].name in sentence


def test_an_empty_list_of_files_is_refused() -> None:
    assert "are needed" in refusal([], KINDS)


def test_a_picture_in_place_of_an_idx_file_is_refused(shapes: Arrays) -> None:
    labels, _ = idx(*shapes)
    assert "cat.png" in refusal([labels, IdxFile("cat.png", b"\x89PNG\r\n")], KINDS)


def test_labels_outside_the_names_are_refused(shapes: Arrays) -> None:
    images, labels = shapes
    assert "has a label 0: labels must be from 1 to 12" in refusal(idx(images, labels - 1), KINDS)
    assert "has a label 12: labels must be from 0 to 9" in refusal(idx(images, labels), LABEL_SCHEMES[0])


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ("", "Got 1 class name: enter 2 to 62"),
        ("cat", "Got 1 class name:"),
        (",".join(map(str, range(63))), "Got 63 class names"),
        ("cat,,dog", "A class name is empty"),
        ("cat, dog ,cat", "The class name “cat” appears twice"),
        (f"cat,{'d' * 41}", f"The class name “{'d' * 40}” cannot be used: use up to 40"),
        ("cat,d\u200bog", "The class name “d\ufffdog” cannot be used"),
    ],
    ids=["none", "one", "too many", "missing", "twice", "long", "unprintable"],
)
def test_names_that_cannot_be_told_apart_are_refused(names: str, sentence: str) -> None:
    with pytest.raises(DataError) as refused:
        custom_scheme(names)
    assert str(refused.value).startswith(sentence)
    assert str(refused.value).endswith(".")
