"""MNIST's own files: intact files are read, damaged ones are rejected in one sentence."""

from __future__ import annotations

import gzip
import math
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data import idx_files
from data.dataset import DataError, Dataset
from data.idx_files import IdxFile
from data.image_adjustments import INVERTED, embedded_means
from data.label_schemes import DIGIT_LABELS

Arrays = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def images_file(images: NDArray[np.uint8]) -> bytes:
    """Header and bytes as the MNIST page specifies: magic number 2051, count, rows, columns, pixels."""
    return struct.pack(">4i", 2051, len(images), 28, 28) + images.tobytes()


def labels_file(labels: NDArray[np.uint8]) -> bytes:
    """Magic number 2049, count, labels."""
    return struct.pack(">2i", 2049, len(labels)) + labels.tobytes()


@pytest.fixture
def folder(digits: Arrays, tmp_path: Path) -> Path:
    """Four files: all thirty digits for training, the first ten for testing."""
    images, labels = digits
    (tmp_path / "train-images-idx3-ubyte").write_bytes(images_file(images))
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(labels_file(labels))
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(images_file(images[:10]))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(labels_file(labels[:10]))
    return tmp_path


def pack_all(folder: Path) -> None:
    for path in list(folder.iterdir()):
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()


def refusal(folder: Path) -> str:
    with pytest.raises(DataError) as refused:
        idx_files.read_folder(folder)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("packed", [False, True])
def test_four_files_make_a_dataset_with_a_test_set(folder: Path, digits: Arrays, packed: bool) -> None:
    if packed:
        pack_all(folder)
    dataset = idx_files.read_folder(folder)
    assert dataset.name == "MNIST"
    assert dataset.test_images is not None
    assert dataset.test_labels is not None
    np.testing.assert_array_equal(dataset.images, digits[0])
    np.testing.assert_array_equal(dataset.labels, digits[1])
    np.testing.assert_array_equal(dataset.test_images, digits[0][:10])
    np.testing.assert_array_equal(dataset.test_labels, digits[1][:10])


def test_real_files_hold_the_published_counts(mnist: Dataset) -> None:
    """Counts by digit of the MNIST training and test sets, as widely published."""
    assert np.bincount(mnist.labels).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert mnist.test_labels is not None
    assert np.bincount(mnist.test_labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_real_pixels_have_the_published_mean(mnist: Dataset) -> None:
    """0.1307 and 0.3081: the mean and standard deviation that PyTorch's MNIST example normalizes by."""
    mean = mnist.images.mean(dtype=np.float64) / 255
    mean_square = np.square(mnist.images, dtype=np.uint16).mean(dtype=np.float64) / 255**2
    assert mean == pytest.approx(0.1307, abs=5e-5)
    assert math.sqrt(mean_square - mean**2) == pytest.approx(0.3081, abs=5e-5)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("name", "change", "sentence"),
    [
        ("train-images-idx3-ubyte", lambda content: content[:-1], "too short for the 30 examples"),
        ("train-images-idx3-ubyte", lambda content: content + b"\0", "too long for the 30 examples"),
        ("train-images-idx3-ubyte", lambda content: content[:9], "ends within its header"),
        ("train-images-idx3-ubyte", lambda _: b"", "is not an IDX file of images"),
        ("t10k-images-idx3-ubyte", lambda content: b"\0\0\x0d\x03" + content[4:], "is not an IDX file of images"),
        ("t10k-images-idx3-ubyte", lambda content: b"<html>" + content, "is not an IDX file of images"),
        ("t10k-labels-idx1-ubyte", lambda content: b"\0\0\x08\x03" + content[4:], "is not an IDX file of labels"),
        ("t10k-labels-idx1-ubyte", lambda content: content[:-1] + b"\x0a", "has a label 10"),
        (
            "train-labels-idx1-ubyte",
            lambda content: struct.pack(">2i", 2049, 29) + content[8:-1],
            "has 29 labels: download both again",
        ),
        (
            "train-images-idx3-ubyte",
            lambda content: struct.pack(">4i", 2051, 30, 14, 56) + content[16:],
            "has images of 14×56 pixels",
        ),
        ("train-images-idx3-ubyte", lambda _: struct.pack(">4i", 2051, 0, 28, 28), "declares 0 examples"),
        (
            "train-images-idx3-ubyte",
            lambda content: struct.pack(">4I", 2051, 2**32 - 1, 28, 28) + content[16:],
            "declares 4,294,967,295 examples",
        ),
        (
            "train-labels-idx1-ubyte",
            lambda content: struct.pack(">2I", 2049, 2**32 - 1) + content[8:],
            "declares 4,294,967,295 examples",
        ),
    ],
)
def test_damaged_file_is_named(
    folder: Path, name: str, change: Callable[[bytes], bytes], sentence: str, packed: bool
) -> None:
    (folder / name).write_bytes(change((folder / name).read_bytes()))
    if packed:
        pack_all(folder)
    said = refusal(folder)
    assert name in said
    assert sentence in said


@pytest.mark.parametrize("shape", [(2**32 - 1, 28, 28), (1, 2**32 - 1, 2**32 - 1), (2**31, 2**31, 0)])
def test_a_header_that_claims_too_much_allocates_nothing(folder: Path, shape: tuple[int, int, int]) -> None:
    (folder / "train-images-idx3-ubyte").write_bytes(struct.pack(">4I", 2051, *shape))
    tracemalloc.start()
    try:
        refusal(folder)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-12],
        lambda content: content[:200],
        lambda content: content[:100] + bytes(100) + content[200:],
        lambda content: content[:-8] + bytes(8),
    ],
)
def test_damaged_gzip_is_named(folder: Path, change: Callable[[bytes], bytes]) -> None:
    pack_all(folder)
    path = folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(change(path.read_bytes()))
    assert (
        refusal(folder)
        == "train-images-idx3-ubyte.gz is a damaged or incomplete gzip file: download or compress it again."
    )


@pytest.mark.parametrize(
    "name",
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"],
)
def test_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert f"no file {name} or {name}.gz" in refusal(folder)


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    assert "train-images-idx3-ubyte" in refusal(tmp_path / "nowhere")


def test_images_are_read_and_adjusted_without_a_second_copy() -> None:
    images = b"\0\0\x08\x03" + struct.pack(">3I", 60_000, 28, 28) + b"\xff" * (60_000 * 784)
    labels = b"\0\0\x08\x01" + struct.pack(">I", 60_000) + bytes(60_000)
    files = [IdxFile("images", gzip.compress(images, 1)), IdxFile("labels", labels)]
    embedded_means()  # once for all files
    tracemalloc.start()
    try:
        dataset = idx_files.read_files(files, DIGIT_LABELS)
        assert tracemalloc.get_traced_memory()[1] < 1.5 * dataset.images.nbytes
    finally:
        tracemalloc.stop()
    assert dataset.adjustments == (INVERTED,)
    assert not dataset.images.any()
