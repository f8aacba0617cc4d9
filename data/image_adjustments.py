"""Bring the images of a file to ink of 255 on paper of 0, upright, detecting from the pixels what that takes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data import csv_table, csv_text
from data.dataset import DIGITS, IMAGE_SIDE, Adjustment, ColumnRoles, DataError, Dataset, UnlabelledError
from data.file_io import read_start
from data.label_schemes import DIGIT_LABELS, LabelScheme, transposed
from language.numbers import whole
from language.translation import N_, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

EMBEDDED = Path(__file__).with_name("mnist_5k.csv.gz")

BRIGHT = 160
"""If most of the border of most images is at least this bright, the paper is light: far above what ink adds to a border
of dark paper, and below the grey of a scan."""

# Of MNIST's digits, 81% are nearest to the mean of their class among the embedded digits, and 17% of them transposed.
_RECOGNIZED, _MORE = 0.5, 0.2
# Without labels: 92% of MNIST's digits are nearer to the nearest mean than their transposes are; among 50 of them, at
# least 80%. Among 50 letters 50 to 100%, sketches 30 to 70%.
_NEARER, _FEWEST_UNLABELLED = 0.75, 50
_LOOKED_AT = 2_000
_FEWEST = 5
_CHUNK = 2_000

_BORDER = np.ones((IMAGE_SIDE, IMAGE_SIDE), dtype=bool)
_BORDER[1:-1, 1:-1] = False


def _undo_scaling(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.rint(images / np.float32(255)).astype(np.uint8)


SCALED = Adjustment(
    N_("Its pixels run from 0 to 1. They were scaled to 0 to 255."),
    N_("Its pixels run from 0 to 1, as in the file."),
    _undo_scaling,
)
SHIFTED = Adjustment(
    N_("Its pixels run from −1 to 1. They were scaled to 0 to 255."),
    N_("Its pixels run from 0 to 1."),
    _undo_scaling,
)
INVERTED = Adjustment(
    N_("Its paper is white. The images were inverted, so that ink is 255 and paper 0."),
    N_("Its paper is white, as in the file."),
    np.invert,
)
TRANSPOSED = Adjustment(
    N_("Its images are stored column by column, as in EMNIST. They were turned upright."),
    N_("Its images are stored column by column, as in the file."),
    transposed,
)

ADJUSTMENTS = (SCALED, SHIFTED, INVERTED, TRANSPOSED)

_SCALES = ((0, SCALED), (-1, SHIFTED))
"""The least value of pixels that run to 1, and the adjustment that scales them."""


def dataset(
    name: str,
    pixels: NDArray[Any],
    labels: NDArray[np.uint8] | None,
    scheme: LabelScheme,
    *,
    test: tuple[NDArray[Any], NDArray[np.uint8]] | None = None,
    made: Sequence[Adjustment] = (),
    notes: tuple[str, ...] = (),
    columns: tuple[ColumnRoles, ...] = (),
    unusual: DataError | None = None,
) -> Dataset:
    """Return a dataset of the images in a file, adjusted.

    Args:
        name: the name of the dataset.
        pixels: (n, 784) uint8, or floats that all lie in 0 to 1 or in -1 to 1; adjusted in place if possible.
        labels: (n,) uint8, indices into the classes of the scheme; None if there are none.
        scheme: the meaning of the labels. With five or more digits, or 50 without labels, whether images are transposed
            is detected by comparing them with the embedded digits; otherwise the scheme tells.
        test: the pixels and labels of the test set supplied with the data, which is adjusted like the rest.
        made: the adjustments already made to the pixels.
        notes: what was concluded about the layout of the file.
        columns: what its columns may hold.
        unusual: the error to raise for floats in another range.

    Raises:
        UnlabelledError: there are no labels.
        DataError: the pixels have another range.
    """
    as_in_file = [pixels] if test is None else [pixels, test[0]]
    parts, scaling = scaled(
        as_in_file, unusual or DataError(_("{name} has pixels that are not from 0 to 255.", name=name))
    )
    if test is not None and np.may_share_memory(parts[0], parts[1]):  # a pickle may hold one array twice
        parts[1] = parts[1].copy()
    adjustments = [*made, *scaling]
    if _has_light_paper(parts[0]):
        parts = [_changed(images, np.invert) for images in parts]
        adjustments.append(INVERTED)
    try:
        sideways = _are_transposed(parts[0], labels, scheme)
    except DataError:  # the embedded digits, to compare with, are missing
        sideways = None
    if scheme.transposed if sideways is None else sideways:
        parts = [_changed(images, transposed) for images in parts]
        adjustments.append(TRANSPOSED)
    elif scheme.transposed:
        notes = (*notes, _("Its images are upright already, so they were not turned."))
    if labels is None:
        raise UnlabelledError(
            ngettext(
                "{name} holds {count} image but no labels: a network can read it, but not learn from it.",
                "{name} holds {count} images but no labels: a network can read them, but not learn from them.",
                len(pixels),
                name=name,
                count=whole(len(pixels)),
            ),
            parts[0],
            tuple(adjustments),
            notes,
            columns,
        )
    return Dataset(
        name,
        parts[0],
        labels,
        None if test is None else parts[1],
        None if test is None else test[1],
        classes=scheme.classes,
        adjustments=tuple(adjustments),
        notes=notes,
        columns=columns,
    )


def scaled(parts: Sequence[NDArray[Any]], unusual: DataError) -> tuple[list[NDArray[np.uint8]], list[Adjustment]]:
    """Return the parts of a dataset as uint8 from 0 to 255, and the adjustment made to them, if any.

    Args:
        parts: each (n, 784), uint8 or floats.
        unusual: the error to raise unless all are uint8, or all lie in 0 to 1 or in -1 to 1.
    """
    highest = max(float(pixels.max()) for pixels in parts)
    if all(pixels.dtype == np.uint8 for pixels in parts) and highest != 1:
        return list(parts), []
    lowest = min(float(pixels.min()) for pixels in parts)
    for least, adjustment in _SCALES:
        if lowest >= least and highest <= 1:  # false for NaN
            return [_from_unit(pixels, least) for pixels in parts], [adjustment]
    raise unusual


def _from_unit(pixels: NDArray[Any], least: int) -> NDArray[np.uint8]:
    """Return pixels from `least` to 1 as 0 to 255."""
    images = np.empty(pixels.shape, np.uint8)
    for start in range(0, len(pixels), _CHUNK):
        chunk = pixels[start : start + _CHUNK].astype(np.float32) - np.float32(least)
        images[start : start + _CHUNK] = np.rint(chunk * np.float32(255 / (1 - least)))
    return images


def _changed(images: NDArray[np.uint8], change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Return images (n, 784) with a change made to each: in place, if they can be written to."""
    out = images if images.flags.writeable else np.empty_like(images)
    for start in range(0, len(images), _CHUNK):
        out[start : start + _CHUNK] = change(images[start : start + _CHUNK])
    return out


def _has_light_paper(images: NDArray[np.uint8]) -> bool:
    """Return whether the border of most images is bright."""
    looked_at = images[_evenly(len(images))].reshape(-1, IMAGE_SIDE, IMAGE_SIDE)[:, _BORDER]  # (k, 108)
    return bool(np.median(np.median(looked_at, axis=1)) >= BRIGHT)


def _are_transposed(images: NDArray[np.uint8], labels: NDArray[np.uint8] | None, scheme: LabelScheme) -> bool | None:
    """Return whether digits are stored column by column; None if too few digits can tell.

    An image is compared with the mean of each class of the embedded digits by the cosine of the angle between the two.
    """
    if labels is None:
        return _look_transposed(images) if scheme.classes == DIGITS else None
    if scheme.classes[: len(DIGITS)] != DIGITS:
        return None
    digits = np.flatnonzero(labels < len(DIGITS))
    rows = digits[_evenly(len(digits))]
    if len(rows) < _FEWEST:
        return None
    looked_at = images[rows]
    upright, sideways = (
        float(np.mean((_centred(each) @ embedded_means().T).argmax(axis=1) == labels[rows]))
        for each in (looked_at, transposed(looked_at))
    )
    if max(upright, sideways) < _RECOGNIZED or abs(upright - sideways) < _MORE:
        return None
    return sideways > upright


def _look_transposed(images: NDArray[np.uint8]) -> bool | None:
    """Return whether most images are more like a digit when transposed; None if neither way is clearly more so."""
    if len(images) < _FEWEST_UNLABELLED:
        return None
    looked_at = images[_evenly(len(images))]
    upright, sideways = (
        (_centred(each) @ embedded_means().T).max(axis=1) for each in (looked_at, transposed(looked_at))
    )
    nearer = float(np.mean(sideways > upright))
    return None if 1 - _NEARER < nearer < _NEARER else nearer >= _NEARER


def embedded_digits() -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Return the images (m, 784) and labels (m,) of the 5,000 digits that come with the app; both are read-only.

    Raises:
        DataError: their file is missing or damaged.
    """
    return _digits_in(EMBEDDED)


@cache
def _digits_in(file: Path) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    name = file.name
    try:
        table = csv_table.read(read_start(file, csv_text.LIMIT_BYTES, name), name, DIGIT_LABELS)
    except DataError:
        table = None
    if table is None or table.labels is None:
        raise DataError(
            _(
                "The embedded digits, {name}, are missing or damaged: use other data, or install the app again.",
                name=name,
            )
        )
    table.pixels.flags.writeable = table.labels.flags.writeable = False
    return table.pixels, table.labels


@cache
def embedded_means() -> NDArray[np.float32]:
    """Return the mean of each class of the embedded digits, centred: (10, 784), each of length 1."""
    images, labels = embedded_digits()
    means = _centred(np.stack([images[labels == digit].mean(axis=0) for digit in range(len(DIGITS))]))
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return means


def _centred(images: NDArray[Any]) -> NDArray[np.float32]:
    floats = images.astype(np.float32)
    centred: NDArray[np.float32] = floats - floats.mean(axis=1, keepdims=True)
    return centred


def _evenly(count: int) -> NDArray[np.intp]:
    """Return at most _LOOKED_AT of `count` indices, evenly spaced."""
    return np.arange(0, count, max(1, -(-count // _LOOKED_AT)))
