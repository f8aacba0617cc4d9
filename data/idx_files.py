"""Images in the IDX format, gzip or not: MNIST's own four files, and those of the sets that were made after it.

The format is described on the MNIST page (LeCun, Cortes, Burges, 1998): two zero bytes, the type of the values
(0x08: unsigned byte), the number of dimensions, each dimension as a big-endian 32-bit integer, then the values,
the last dimension fastest.
"""

from __future__ import annotations

import gzip
import io
import math
import re
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from data.class_names import DIGITS_ONLY, Naming
from data.dataset import PIXELS, SIDE, DataError, Dataset

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NAME = "MNIST"
TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"

LIMIT_EXAMPLES = 150_000  # 118 MB of pixels in a file
UNSIGNED_BYTE = 0x08
GZIP_MAGIC = b"\x1f\x8b"
OF_A_TEST_SET = re.compile("t10k|test", re.IGNORECASE)


@dataclass(frozen=True)
class IdxFile:
    """A file in the IDX format: what it is called, and its bytes or where they are."""

    name: str
    content: bytes | Path

    def open(self) -> BinaryIO:
        """Open it to be read, as it is on disk."""
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")


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
    images, labels = _read_pair(_find(folder, TRAIN_IMAGES), _find(folder, TRAIN_LABELS), DIGITS_ONLY)
    test_images, test_labels = _read_pair(_find(folder, TEST_IMAGES), _find(folder, TEST_LABELS), DIGITS_ONLY)
    return Dataset(NAME, images, labels, test_images, test_labels)


def read_files(files: Sequence[IdxFile], naming: Naming) -> Dataset:
    """Read a dataset from its files: one of images and one of labels, and such a pair again for its test set.

    Which is which is told by their content; those of a test set by t10k or test in their names.

    Raises:
        DataError: there are other files than these, or one is damaged. The sentence names the file.
    """
    train = [file for file in files if not OF_A_TEST_SET.search(file.name)]
    test = [file for file in files if OF_A_TEST_SET.search(file.name)]
    if not train:  # a pair that is called a test set may be all that somebody has
        train, test = test, []
    images_file, labels_file = _pair(train)
    images, labels = _read_pair(images_file, labels_file, naming)
    called = re.split(r"[-_. ]?(train|t10k|test)?[-_. ]?images", images_file.name)[0] or naming.name
    name = f"{called} (IDX)"
    if not test:
        return Dataset(name, images, labels, classes=naming.classes)
    return Dataset(name, images, labels, *_read_pair(*_pair(test), naming), classes=naming.classes)


def _pair(files: Sequence[IdxFile]) -> tuple[IdxFile, IdxFile]:
    """Return the file of images and the file of labels of these two."""
    by_dimensions: dict[int, list[IdxFile]] = {}
    for file in files:
        by_dimensions.setdefault(_dimensions(file), []).append(file)
    match by_dimensions.get(3, []), by_dimensions.get(1, []):
        case [images], [labels] if len(files) == 2:
            return images, labels
    names = ", ".join(file.name for file in files)
    raise DataError(f"One file of images and one of labels are needed; {names} are not that: choose both together.")


def _dimensions(file: IdxFile) -> int:
    try:
        with file.open() as stream, _unpacked(stream) as content:
            start = content.read(4)
    except (gzip.BadGzipFile, EOFError, zlib.error, OSError):
        start = b""
    return start[3] if len(start) == 4 and start.startswith(bytes((0, 0, UNSIGNED_BYTE))) else 0


def _read_pair(
    images_file: IdxFile, labels_file: IdxFile, naming: Naming
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images, labels = read_images(images_file), read_labels(labels_file, naming)
    if len(images) != len(labels):
        raise DataError(
            f"{images_file.name} has {len(images):,} images but {labels_file.name} has {len(labels):,} labels: "
            f"fetch both again from the same place."
        )
    return naming.upright(images), labels


def _find(folder: Path, name: str) -> IdxFile:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return IdxFile(path.name, path)
    raise DataError(f"The folder {folder} has no file {name} or {name}.gz: put the four MNIST files there.")


def read_images(file: IdxFile) -> NDArray[np.uint8]:
    """Read an IDX file of 28x28 images: (n, 784) uint8, read-only.

    Raises:
        DataError: the file cannot be read, is damaged, or holds something else.
    """
    values = _read(file, dimensions=3)
    if values.shape[1:] != (SIDE, SIDE):
        raise DataError(
            f"{file.name} has images of {values.shape[1]}×{values.shape[2]} pixels: only {SIDE}×{SIDE} can be used."
        )
    return values.reshape(-1, PIXELS)


def read_labels(file: IdxFile, naming: Naming = DIGITS_ONLY) -> NDArray[np.uint8]:
    """Read an IDX file of labels: (n,) uint8, indices into the classes of the naming.

    Raises:
        DataError: the file cannot be read, is damaged, or holds something else.
    """
    labels = _read(file, dimensions=1)
    for label in (labels.min(), labels.max()):
        if not naming.first <= label <= naming.last:
            raise DataError(f"{file.name} has a label {label}: labels must be from {naming.first} to {naming.last}.")
    return labels if naming.first == 0 else labels - np.uint8(naming.first)


def _unpacked(file: BinaryIO) -> BinaryIO:
    """Return what a file holds, unpacked where it is gzip."""
    packed = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    file.seek(0)
    return cast("BinaryIO", gzip.open(file)) if packed else file


def _read(file: IdxFile, dimensions: int) -> NDArray[np.uint8]:
    """The values of an IDX file of unsigned bytes, in the shape its header says."""
    try:
        with file.open() as stream, _unpacked(stream) as content:
            return _read_stream(content, file.name, dimensions)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise DataError(f"{file.name} is a damaged or incomplete gzip file: fetch it again.") from None
    except OSError as error:
        raise DataError(f"{file.name} cannot be read: {error.strerror or error}.") from None


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
