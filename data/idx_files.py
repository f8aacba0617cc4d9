"""Read images in the IDX format, plain or gzip: the four files of MNIST and of datasets modelled on it.

The format is described on the MNIST page (LeCun, Cortes, Burges, 1998): two zero bytes, the type of the values (0x08:
unsigned byte), the number of dimensions, each dimension as a big-endian 32-bit integer, then the values, with the last
index changing fastest.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data import image_adjustments
from data.dataset import IMAGE_SIDE, PIXELS, DataError, Dataset
from data.file_io import read_start, unpacked
from data.label_schemes import DIGIT_LABELS, LabelScheme
from language.numbers import whole
from language.translation import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

NAME = "MNIST"
MNIST_NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)

LIMIT_EXAMPLES = 150_000  # 118 MB of pixels in a file
UNSIGNED_BYTE = 0x08
TEST_SET_NAME = re.compile("t10k|test", re.IGNORECASE)


_NO_IMAGES = N_("{name} is not an IDX file of images: download it again.")
_NO_LABELS = N_("{name} is not an IDX file of labels: download it again.")
_TOO_SHORT = N_("{name} is too short for the {count} examples declared in its header: download it again.")
_TOO_LONG = N_("{name} is too long for the {count} examples declared in its header: download it again.")


@dataclass(frozen=True)
class IdxFile:
    """A file in the IDX format: its name, and its bytes or path."""

    name: str
    content: bytes | Path


def read_folder(folder: Path) -> Dataset:
    """Read MNIST from a folder with its four files.

    Args:
        folder: holds the files of MNIST_NAMES, each plain or gzip with the suffix .gz.

    Returns:
        A dataset named MNIST with its test set, in the order of the files.

    Raises:
        DataError: a file is missing, damaged, or does not match its name. The message names the file.
    """
    images, labels, test_images, test_labels = (IdxFile(path.name, path) for path in mnist_paths(folder))
    train, test = _read_pair(images, labels, DIGIT_LABELS), _read_pair(test_images, test_labels, DIGIT_LABELS)
    return Dataset(NAME, *train, *test)


def mnist_paths(folder: Path) -> list[Path]:
    """Return the paths of the files of MNIST_NAMES in a folder; DataError if one is missing."""
    return [_find(folder, name) for name in MNIST_NAMES]


def read_files(files: Sequence[IdxFile], scheme: LabelScheme) -> Dataset:
    """Read a dataset from one file of images and one of labels, and optionally such a pair for its test set.

    Images and labels are distinguished by content, and a test set by “t10k” or “test” in its file names.

    Raises:
        DataError: the files are not one or two such pairs, or one is damaged. The message names the file.
    """
    train = [file for file in files if not TEST_SET_NAME.search(file.name)]
    test = [file for file in files if TEST_SET_NAME.search(file.name)]
    if not train:  # a test set alone is used as the data
        train, test = test, []
    images_file, labels_file = _pair(train)
    images, labels = _read_pair(images_file, labels_file, scheme)
    stem = re.split(r"[-_. ]?(train|t10k|test)?[-_. ]?images", images_file.name)[0] or scheme.name
    test_set = _read_pair(*_pair(test), scheme) if test else None
    return image_adjustments.dataset(f"{stem} (IDX)", images, labels, scheme, test=test_set)


def _pair(files: Sequence[IdxFile]) -> tuple[IdxFile, IdxFile]:
    """Return the file of images and the file of labels."""
    by_dimensions: dict[int, list[IdxFile]] = {}
    for file in files:
        by_dimensions.setdefault(_dimensions(file), []).append(file)
    match by_dimensions.get(3, []), by_dimensions.get(1, []):
        case [images], [labels] if len(files) == 2:
            return images, labels
    names = ", ".join(file.name for file in files)
    raise DataError(
        _("One file of images and one of labels are needed, but got {names}: choose both.", names=names or _("none"))
    )


def _dimensions(file: IdxFile) -> int:
    """Return the number of dimensions in the header, 0 if the file is not IDX."""
    try:
        start = read_start(file.content, 4, file.name)
    except DataError:
        return 0
    return start[3] if len(start) == 4 and start.startswith(bytes((0, 0, UNSIGNED_BYTE))) else 0


def _read_pair(
    images_file: IdxFile, labels_file: IdxFile, scheme: LabelScheme
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images, labels = read_images(images_file), read_labels(labels_file, scheme)
    if len(images) != len(labels):
        raise DataError(
            _(
                "{file} has {images} images but {other} has {labels} labels: download both again from the same source.",
                file=images_file.name,
                images=whole(len(images)),
                other=labels_file.name,
                labels=whole(len(labels)),
            )
        )
    return images, labels


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(
        _(
            "The folder {folder} has no file {name} or {name}.gz: put the four MNIST files there.",
            folder=folder.name,
            name=name,
        )
    )


def read_images(file: IdxFile) -> NDArray[np.uint8]:
    """Read an IDX file of 28x28 images: (n, 784) uint8.

    Raises:
        DataError: the file cannot be read, is damaged, or holds something else.
    """
    values = _read(file, dimensions=3)
    if values.shape[1:] != (IMAGE_SIDE, IMAGE_SIDE):
        raise DataError(
            _(
                "{name} has images of {height}×{width} pixels: only {side}×{side} can be used.",
                name=file.name,
                height=values.shape[1],
                width=values.shape[2],
                side=IMAGE_SIDE,
            )
        )
    return values.reshape(-1, PIXELS)


def read_labels(file: IdxFile, scheme: LabelScheme = DIGIT_LABELS) -> NDArray[np.uint8]:
    """Read an IDX file of labels: (n,) uint8, indices into the classes of the scheme.

    Raises:
        DataError: the file cannot be read, is damaged, or holds something else.
    """
    labels = _read(file, dimensions=1)
    for label in (labels.min(), labels.max()):
        if not scheme.first_label <= label <= scheme.last_label:
            raise DataError(
                _(
                    "{name} has a label {label}: labels must be from {first} to {last}.",
                    name=file.name,
                    label=label,
                    first=scheme.first_label,
                    last=scheme.last_label,
                )
            )
    return labels if scheme.first_label == 0 else labels - np.uint8(scheme.first_label)


def _read(file: IdxFile, dimensions: int) -> NDArray[np.uint8]:
    """Return the values of an IDX file of unsigned bytes, in the shape given by its header."""
    name, header = file.name, struct.Struct(f">HBB{dimensions}I")
    start = read_start(file.content, header.size, name)
    if not start.startswith(bytes((0, 0, UNSIGNED_BYTE, dimensions))):
        sentence = _NO_IMAGES if dimensions == 3 else _NO_LABELS
        raise DataError(_(sentence, name=name))
    if len(start) < header.size:
        raise DataError(_("{name} ends within its header: download it again.", name=name))
    shape: tuple[int, ...] = header.unpack(start)[3:]
    size = math.prod(shape)
    # The header is only a claim, so nothing larger than the limit is allocated.
    if size == 0 or size > LIMIT_EXAMPLES * (PIXELS if dimensions == 3 else 1):
        raise DataError(
            _(
                "The header of {name} declares {count} examples: from 1 to {most} of {side}×{side} pixels can be read.",
                name=name,
                count=whole(shape[0]),
                most=whole(LIMIT_EXAMPLES),
                side=IMAGE_SIDE,
            )
        )
    values = np.empty(size, np.uint8)
    at = -header.size
    for chunk in unpacked(file.content, name):
        found = np.frombuffer(chunk, np.uint8)[max(-at, 0) :]
        at += len(chunk)
        if at > size:
            break
        if at > 0:
            values[at - len(found) : at] = found
    if at != size:
        sentence = _TOO_SHORT if at < size else _TOO_LONG
        raise DataError(_(sentence, name=name, count=whole(shape[0])))
    return values.reshape(shape)
