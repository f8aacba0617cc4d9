"""Read images and labels from .npz archives and pickles, as Keras and the Deep Learning Tutorials ship MNIST.

Nothing in a file is executed, and sizes are checked before memory is spent: see data/untrusted.
"""

from __future__ import annotations

import io
import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from data import image_adjustments, known_formats
from data.dataset import IMAGE_SIDE, PIXELS, DataError
from data.file_io import unpacked
from data.untrusted import npz_archive, restricted_pickle
from data.untrusted.npz_archive import NUMBERS
from data.untrusted.raw_arrays import RawArray, UnusableFileError, printable
from language.numbers import general, whole
from language.translation import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from data.dataset import Dataset
    from data.label_schemes import LabelScheme

LIMIT_PICKLE = 256 * 2**20
"""Bytes, decompressed: the 70,000 digits of the Deep Learning Tutorials take 220 MB, as floats."""

LIMIT_NUMBERS = 64 * 2**20
"""In an .npz archive. As float32, they take 256 MB; the 70,000 digits of MNIST are 55 million."""

_LONGEST_LINE = 2**20
_ROLES = ("train", "validation", "test")
_TEST = re.compile(r"test|t10k", re.IGNORECASE)
_WEIGHTS = re.compile(r"[wb]_?\d|.*(weight|bias|kernel|coef)", re.IGNORECASE)
_VALIDATION = re.compile(r"val|dev", re.IGNORECASE)
_CHUNK = 2_000

_Part = tuple["NDArray[Any]", "NDArray[np.uint8] | None"]
"""Images (n, 784) of any numeric type, and labels (n,)."""


def read_npz(file: bytes, name: str, scheme: LabelScheme) -> Dataset:
    """Read an .npz archive of arrays such as x_train, y_train, x_test and y_test.

    Arrays are told apart by shape: images are (n, 28, 28), (n, 784) or with a channel of their own; labels are (n,),
    (n, 1) or one-hot (n, classes). Arrays with “test” in their names are the test set; validation arrays join the
    training examples, from which dev is drawn.

    Args:
        file: the bytes of the archive.
        name: the name of the dataset, and of the file in error messages.
        scheme: the meaning of the labels.

    Raises:
        UnlabelledError: it holds images but no labels.
        DataError: it is damaged or too large, or holds no images, or no labels that fit them.
    """
    try:
        return _dataset(_by_name(npz_archive.read_compact(file, LIMIT_NUMBERS, _too_many()), scheme), name, scheme)
    except UnusableFileError as error:
        raise DataError(_("{name} cannot be used: {error}.", name=name, error=error)) from None


def _too_many() -> str:
    return _(
        "it holds more than {numbers} million numbers, or {images} images: run {code} and choose fewer.npz",
        numbers=LIMIT_NUMBERS // 10**6,
        images=whole(LIMIT_NUMBERS // PIXELS),
        code='import numpy as np; np.savez_compressed("fewer.npz", x_train=images[:60000], y_train=labels[:60000])',
    )


def read_pickle(file: bytes | Path, name: str, scheme: LabelScheme) -> Dataset:
    """Read a pickle, plain or gzip: pairs of images and labels for training, validation and test, or a dict of arrays.

    Raises:
        UnlabelledError: it holds images but no labels.
        DataError: it is damaged, larger than LIMIT_PICKLE, asks to run anything, or holds no images, or no labels that
            fit them.
    """
    stream: Any = _PickleStream(unpacked(file, name))
    try:
        return _dataset(_by_place(restricted_pickle.loads(stream), scheme), name, scheme)
    except restricted_pickle.UnknownNameError as error:
        if error.package in known_formats.BY_PACKAGE:
            raise known_formats.refused(name, *known_formats.BY_PACKAGE[error.package]) from None
        raise DataError(_("{name} cannot be used: {error}.", name=name, error=error)) from None
    except UnusableFileError as error:
        raise DataError(_("{name} cannot be used: {error}.", name=name, error=error)) from None


def _by_place(content: object, scheme: LabelScheme) -> dict[str, _Part]:
    """Return the images and labels for training, validation and test, from the content of a pickle."""
    if isinstance(content, dict):
        return _by_name({str(key): each for key, each in content.items() if isinstance(each, RawArray)}, scheme)
    pairs: Any = [content] if _is_pair(content) else content
    if not isinstance(pairs, tuple | list) or not 1 <= len(pairs) <= len(_ROLES) or not all(map(_is_pair, pairs)):
        raise UnusableFileError(_("it holds no pairs of arrays, images and labels, for training and test"))
    roles = ("train", "test") if len(pairs) == 2 else _ROLES
    return {
        role: _part(f"array {2 * i + 1}", images, f"array {2 * i + 2}", labels, scheme)
        for i, (role, (images, labels)) in enumerate(zip(roles, pairs, strict=False))
    }


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2 and all(isinstance(each, RawArray) for each in value)


class _PickleStream:
    """The bytes of a pickle for `pickletools` to read, at most LIMIT_PICKLE in all, decompressed only as needed."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._buffer = b""
        self._left = LIMIT_PICKLE

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer at the end."""
        if size > self._left:
            raise UnusableFileError(_("it is damaged or larger than {megabytes} MB", megabytes=LIMIT_PICKLE >> 20))
        content = io.BytesIO()
        while (missing := size - content.tell()) > 0:
            self._buffer = self._buffer or next(self._chunks, b"")
            if not self._buffer:
                break
            content.write(self._buffer[:missing])
            self._buffer = self._buffer[missing:]
        self._left -= content.tell()
        return content.getvalue()

    def readline(self) -> bytes:
        """Return the next bytes up to a line feed."""
        while b"\n" not in self._buffer and len(self._buffer) < _LONGEST_LINE:
            chunk = next(self._chunks, b"")
            if not chunk:
                break
            self._buffer += chunk
        return self.read(min(self._buffer.find(b"\n") + 1 or len(self._buffer), self._left))


def _by_name(arrays: Mapping[str, RawArray], scheme: LabelScheme) -> dict[str, _Part]:
    """Return the images and labels for training, validation and test, from arrays by name."""
    images: dict[str, list[str]] = {}
    labels: dict[str, list[str]] = {}
    if any(_WEIGHTS.match(key) for key in arrays):
        raise UnusableFileError(_("it holds the weights of a network, which are uploaded on the Train page"))
    for key, array in arrays.items():
        role = "test" if _TEST.search(key) else "validation" if _VALIDATION.search(key) else "train"
        if _may_be_images(array):
            images.setdefault(role, []).append(key)
        elif array.sides in {1, 2} and NUMBERS.fullmatch(array.dtype):
            labels.setdefault(role, []).append(key)
    for found in (images, labels):
        if set(found) == {"train"} and len(found["train"]) == 2:  # arr_0 to arr_3: the second of each is for test
            found.update(train=found["train"][:1], test=found["train"][1:])
    if not images or any(len(keys) != 1 for keys in (*images.values(), *labels.values())):
        listed = ", ".join(f"{printable(key)} {_shape(array)}" for key, array in list(arrays.items())[:8]) or _(
            "no arrays"
        )
        raise UnusableFileError(
            _(
                "it holds {listed}, but x_train, images of {side}×{side}, and y_train are needed",
                listed=listed,
                side=IMAGE_SIDE,
            )
        )
    parts: dict[str, _Part] = {}
    for role, (key,) in images.items():
        label = labels[role][0] if role in labels else ""
        parts[role] = _part(key, arrays[key], label, arrays.get(label), scheme)
    return parts


def _shape(array: RawArray) -> str:
    return "×".join(map(str, array.shape))[:40] if isinstance(array.shape, tuple) else ""


def _may_be_images(array: RawArray) -> bool:
    """Return whether the shape may be that of images, with examples in rows or, as in some textbooks, in columns."""
    match array.shape:
        case (int() as first, int() as second):
            return PIXELS in {first, second}
        case (int(), *sides):
            return sorted(map(str, sides)) in (["28", "28"], ["1", "28", "28"])
    return False


def _part(images_name: str, images: RawArray, labels_name: str, labels: RawArray | None, scheme: LabelScheme) -> _Part:
    pixels = _values(images, images_name)
    if pixels.ndim == 2 and pixels.shape[0] == PIXELS != pixels.shape[1]:
        pixels = pixels.T
    if pixels[0].size != PIXELS:
        shape = "×".join(map(str, pixels.shape[1:])) or "no"
        raise UnusableFileError(
            _(
                "{images_name} has images of {shape} values, but only {side}×{side} grey pixels can be used",
                images_name=printable(images_name),
                shape=shape,
                side=IMAGE_SIDE,
            )
        )
    pixels = _compact(pixels.reshape(len(pixels), PIXELS))
    return pixels, None if labels is None else _labels(_values(labels, labels_name), labels_name, len(pixels), scheme)


def _values(array: RawArray, name: str) -> NDArray[Any]:
    """Return the numbers of an array without copying them, after checking its size.

    Raises:
        UnusableFileError: they are not plain numbers, or their number does not match the shape.
    """
    match array.shape:
        case tuple() as shape if 1 <= len(shape) <= 4 and all(type(side) is int and side > 0 for side in shape):
            pass
        case _:
            raise UnusableFileError(_("{name} is not an array of images or labels", name=printable(name)))
    if not NUMBERS.fullmatch(array.dtype):
        raise UnusableFileError(
            _("{name} holds values of type {dtype}, not numbers", name=printable(name), dtype=printable(array.dtype))
        )
    if math.prod(shape) * np.dtype(array.dtype).itemsize != len(array.data):
        raise UnusableFileError(_("{name} holds more or fewer numbers than its shape says", name=printable(name)))
    return np.frombuffer(array.data, array.dtype).reshape(shape, order="F" if array.fortran else "C")


def _compact(pixels: NDArray[Any]) -> NDArray[Any]:
    """Return pixels (n, 784) as uint8 if all are whole numbers from 0 to 255, else as they are."""
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    images = np.empty(pixels.shape, np.uint8)
    for start in range(0, len(pixels), _CHUNK):
        chunk = pixels[start : start + _CHUNK].astype(np.float64)
        if not ((chunk >= 0) & (chunk <= 255) & (chunk == np.floor(chunk))).all():
            return pixels
        images[start : start + _CHUNK] = chunk
    return images


def _labels(values: NDArray[Any], name: str, count: int, scheme: LabelScheme) -> NDArray[np.uint8]:
    """Return labels as indices (count,) into the classes of the scheme."""
    if values.size != count and values.ndim == 2 and len(values) == count and values.shape[1] == len(scheme.classes):
        values = values.argmax(axis=1) + scheme.first_label  # one column per class
    values = values.reshape(-1).astype(np.float64)
    if len(values) != count:
        raise UnusableFileError(
            _(
                "{name} has {labels} labels for {images} images",
                name=printable(name),
                labels=whole(len(values)),
                images=whole(count),
            )
        )
    valid = (values >= scheme.first_label) & (values <= scheme.last_label) & (values == np.floor(values))
    if not valid.all():
        raise UnusableFileError(
            _(
                "{name} has a label {label}, but labels run from {first} to {last}",
                name=printable(name),
                label=general(values[~valid][0]),
                first=scheme.first_label,
                last=scheme.last_label,
            )
        )
    return values.astype(np.uint8) - np.uint8(scheme.first_label)


def _dataset(parts: Mapping[str, _Part], name: str, scheme: LabelScheme) -> Dataset:
    """Return the dataset of images and labels for training, validation and test; a test set alone is the data."""
    unusual = DataError(
        _("{name} has pixels that are neither whole numbers from 0 to 255 nor numbers from 0 to 1.", name=name)
    )
    scaled, made = image_adjustments.scaled([part[0] for part in parts.values()], unusual)
    found = {role: (images, part[1]) for (role, part), images in zip(parts.items(), scaled, strict=True)}
    test = found.pop("test", None)
    if not found and test is not None:
        found, test = {"train": test}, None
    images, *others = [part[0] for part in found.values()]
    if others:
        images = np.concatenate([images, *others])
    labels = [part[1] for part in found.values() if part[1] is not None]
    complete = len(labels) == len(found)
    return image_adjustments.dataset(
        name,
        images,
        np.concatenate(labels) if complete else None,
        scheme,
        test=None if test is None or test[1] is None else (test[0], test[1]),
        made=made,
    )
