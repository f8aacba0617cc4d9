"""Arrays as small images: digits in ink, signed values from blue through paper to orange."""

import base64
import io
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from data.dataset import IMAGE_SIDE, PIXELS
from ui.widgets.palette import Palette

Floats = NDArray[np.floating[Any]]


def data_uri(png: bytes) -> str:
    """Return a PNG as a data URI for the `src` of an <img>."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def photograph(view: NDArray[np.uint8], side: int) -> str:
    """Return a picture, (height, width, 4) uint8 RGBA, as the data URI of a JPEG for a square of `side` pixels.

    Transparent areas become white if the visible areas are dark, and black otherwise.
    """
    image = Image.fromarray(view)
    visible = view[view[:, :, 3] > 127][:, :3]
    background = Image.new("RGBA", image.size, "white" if not len(visible) or visible.mean() < 128 else "black")
    background.alpha_composite(image)
    opaque = background.convert("RGB")
    opaque.thumbnail((2 * side, 2 * side))  # sharp on a screen with a pixel ratio of 2
    file = io.BytesIO()
    opaque.save(file, format="JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


def ink_picture(values: Floats, colours: Palette) -> bytes:
    """Return values, (height, width) in [0, 1], as PNG: 0 is paper, 1 is ink."""
    levels = np.rint(np.clip(values, 0, 1) * 254).astype(np.uint8)
    return _png(levels, _shades(colours.paper, colours.ink, 255))


_SHADES = 32
"""Shades of each colour in a signed picture: more would be indistinguishable and enlarge the file."""


def signed_picture(values: Floats, colours: Palette, limit: float | None = None) -> bytes:
    """Return finite values, (height, width), as PNG; `limit`, or else the largest magnitude, has full colour."""
    scale = (float(np.abs(values).max(initial=0)) if limit is None else limit) or 1.0
    levels = np.rint(np.clip(values / scale, -1, 1) * _SHADES + _SHADES).astype(np.uint8)  # paper in the middle
    below = _shades(colours.negative, colours.paper, _SHADES + 1)
    above = _shades(colours.paper, colours.positive, _SHADES + 1)
    return _png(levels, np.concatenate([below, above[1:]]))


def tiles(images: Floats, columns: int, gap: int = 2) -> Floats:
    """Arrange images, (n, height, width), in rows of `columns`.

    Returns:
        One image, (rows·(height + gap) - gap, columns·(width + gap) - gap); gaps and empty cells are 0.
    """
    n, height, width = images.shape
    rows = -(-n // columns)
    sheet = np.zeros((rows, height + gap, columns, width + gap), images.dtype)
    for index, image in enumerate(images):
        sheet[index // columns, :height, index % columns, :width] = image
    whole: Floats = sheet.reshape(rows * (height + gap), columns * (width + gap))
    return whole[: whole.shape[0] - gap, : whole.shape[1] - gap]


def as_square(values: Floats) -> Floats:
    """Arrange values, (n,), in a near-square: pixels as in the image, units in order; padded with 0."""
    side = IMAGE_SIDE if len(values) == PIXELS else isqrt(len(values) - 1) + 1
    square = np.zeros(side * -(-len(values) // side))
    square[: len(values)] = values
    return square.reshape(-1, side)


def signed_square(values: Floats, colours: Palette, limit: float | None = None) -> str:
    """Return values, (n,), as the data URI of a square `signed_picture`."""
    return data_uri(signed_picture(as_square(values), colours, limit))


def ink_square(values: Floats, colours: Palette) -> str:
    """Return values, (n,), as the data URI of a square image, the largest in full ink; signed if any is negative."""
    if values.min() < 0:
        return signed_square(values, colours)
    return data_uri(ink_picture(as_square(values) / (float(values.max()) or 1.0), colours))


def _shades(start: str, end: str, count: int) -> NDArray[np.uint8]:
    """Return colours from `start` to `end`, (count, 3) uint8."""
    first, last = _rgb(start), _rgb(end)
    return np.rint(first + np.linspace(0, 1, count)[:, None] * (last - first)).astype(np.uint8)


def _rgb(colour: str) -> NDArray[np.float64]:
    return np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)


def _png(levels: NDArray[np.uint8], shades: NDArray[np.uint8]) -> bytes:
    """Return indices, (height, width), into shades, (count, 3), as PNG with one byte per pixel."""
    image = Image.fromarray(levels)
    image.putpalette(shades.tobytes())
    file = io.BytesIO()
    image.save(file, format="PNG", compress_level=1)
    return file.getvalue()
