"""MNIST in its own four files, in the IDX format, gzip or not.

The format is described on the MNIST page (LeCun, Cortes, Burges, 1998): two zero bytes, the type of the values
(0x08: unsigned byte), the number of dimensions, each dimension as a big-endian 32-bit integer, then the values,
the last dimension fastest.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from data.dataset import DIGITS, PIXELS, SIDE, DataError, Dataset

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

NAME = "MNIST"
TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"

LIMIT_EXAMPLES = 100_000  # 78 MB of pixels in a file
UNSIGNED_BYTE = 0x08
GZIP_MAGIC = b"\x1f\x8b"


def read_folder(folder: Path) -> Dataset:
    """Read MNIST from the folder of its four files.

    Args:
        folder: holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
            t10k-labels-idx1-ubyte, each as it is or with .gz after its name.

    Returns:
        A dataset named MNIST with its own test set, in the order of the files.

    Raises:
        DataError: a file is missing, damaged, or not what its name says. The sentence names the file.
    """
    images, labels = _read_pair(folder, TRAIN_IMAGES, TRAIN_LABELS)
    test_images, test_labels = _read_pair(folder, TEST_IMAGES, TEST_LABELS)
    return Dataset(NAME, images, labels, test_images, test_labels)


def _read_pair(folder: Path, images_name: str, labels_name: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images_path, labels_path = _find(folder, images_name), _find(folder, labels_name)
    images, labels = read_images(images_path), read_labels(labels_path)
    if len(images) != len(labels):
        raise DataError(
            f"{images_path.name} has {len(images):,} images but {labels_path.name} has {len(labels):,} labels: "
            f"fetch both again from the same place."
        )
    return images, labels


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(f"The folder {folder} has no file {name} or {name}.gz: put the four MNIST files there.")


def read_images(path: Path) -> NDArray[np.uint8]:
    """Read an IDX file of 28x28 images: (n, 784) uint8, read-only.

    Raises:
        DataError: the file cannot be read, is damaged, or holds something else.
    """
    values = _read(path, dimensions=3)
    if values.shape[1:] != (SIDE, SIDE):
        raise DataError(
            f"{path.name} has images of {values.shape[1]}×{values.shape[2]} pixels: only {SIDE}×{SIDE} can be used."
        )
    return values.reshape(-1, PIXELS)


def read_labels(path: Path) -> NDArray[np.uint8]:
    """Read an IDX file of labels: (n,) uint8 from 0 to 9, read-only.

    Raises:
        DataError: the file cannot be read, is damaged, or holds something else.
    """
    labels = _read(path, dimensions=1)
    if labels.max() >= len(DIGITS):
        raise DataError(f"{path.name} has a label {labels.max()}: labels must be from 0 to {len(DIGITS) - 1}.")
    return labels


def _read(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """The values of an IDX file of unsigned bytes, in the shape its header says."""
    try:
        with path.open("rb") as file:
            packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
            file.seek(0)
            if not packed:
                return _read_stream(file, path.name, dimensions)
            with gzip.open(file) as unpacked:
                return _read_stream(cast("BinaryIO", unpacked), path.name, dimensions)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise DataError(f"{path.name} is a damaged or incomplete gzip file: fetch it again.") from None
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror or error}.") from None


def _read_stream(file: BinaryIO, name: str, dimensions: int) -> NDArray[np.uint8]:
    header = struct.Struct(f">HBB{dimensions}I")
    start = file.read(header.size)
    if not start.startswith(bytes((0, 0, UNSIGNED_BYTE, dimensions))):
        what = "images" if dimensions == 3 else "labels"
        raise DataError(f"{name} is not an IDX file of {what}: fetch it again.")
    if len(start) < header.size:
        raise DataError(f"{name} ends within its header: fetch it again.")
    shape: tuple[int, ...] = header.unpack(start)[3:]
    size = math.prod(shape)
    # The header is only a claim: nothing is allocated for more than the limit.
    if shape[0] == 0 or size > LIMIT_EXAMPLES * (PIXELS if dimensions == 3 else 1):
        raise DataError(
            f"The header of {name} says that it holds {shape[0]:,} examples: "
            f"from 1 to {LIMIT_EXAMPLES:,} of {SIDE}×{SIDE} pixels can be read."
        )
    content = file.read(size + 1)
    if len(content) != size:
        problem = "ends too early" if len(content) < size else "goes on too long"
        raise DataError(f"{name} {problem} for the {shape[0]:,} examples of its header: fetch it again.")
    return np.frombuffer(content, dtype=np.uint8).reshape(shape)
