"""The numbers of a layer as a square picture: pixels as they lie in the image, units in their order."""

from html import escape
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import IMAGE_SIDE, PIXELS
from ui.widgets.array_images import data_uri, ink_picture, signed_picture
from ui.widgets.palette import Palette

Values = NDArray[np.floating[Any]]


def as_square(values: Values) -> Values:
    """Lay values (n,) out in rows, as many as there are columns or one less; 0 where none is left."""
    side = IMAGE_SIDE if len(values) == PIXELS else isqrt(len(values) - 1) + 1
    square = np.zeros(side * -(-len(values) // side))
    square[: len(values)] = values
    return square.reshape(-1, side)


def signed_square(values: Values, colours: Palette, alt: str, limit: float | None = None) -> str:
    """Return values (n,) as an image, from blue to orange; `limit` as in signed_picture."""
    return _image(signed_picture(as_square(values), colours, limit), alt)


def ink_square(values: Values, colours: Palette, alt: str) -> str:
    """Return values (n,) as an image, the largest in full ink; where some are negative, as `signed_square`."""
    if values.min() < 0:
        return signed_square(values, colours, alt)
    return _image(ink_picture(as_square(values) / (float(values.max()) or 1.0), colours), alt)


def _image(png: bytes, alt: str) -> str:
    return f"<img class='pixels square' alt='{escape(alt, quote=True)}' src='{data_uri(png)}'>"
