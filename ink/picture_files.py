"""Pictures of a digit that a person brings: the bytes of a PNG or JPEG to what is shown of it and to its ink."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from data.dataset import DataError
from ink import pixel_ink
from ink.mnist_format import LEAST_CONTRAST

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMATS: Final = ("PNG", "JPEG")
LIMIT_BYTES: Final = 20 << 20
LIMIT_PIXELS: Final = 50_000_000
"""As a telephone's camera takes; unpacked they take 200 MB for a moment."""
MAX_SIDE: Final = 640
"""Pictures are brought to this many pixels along the longer side; smaller ones stay as they are."""

# What Pillow raises for files that are cut short, altered or made up.
_BROKEN: Final = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, EOFError, OverflowError, MemoryError, AttributeError,
    struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
# Kinds of pixels of which a mean is one, too: not so for numbers of colours, nor where one colour means transparent.
_AVERAGED: Final = {"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"}
# What covers less of a transparent picture is a drawing, what covers more is paper, if it is of more than one grey.
_SHEET: Final = 0.5


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of one digit.

    Attributes:
        name: what a person calls it.
        view: (height, width, 4) uint8 RGBA, as it looks, the right way up.
        ink: (height, width, 4) uint8 RGBA, the ink found in it as alpha: what a reader reads.
    """

    name: str
    view: NDArray[np.uint8]
    ink: NDArray[np.uint8]


def read(file: bytes, name: str) -> Picture:
    """Read a picture: grey, coloured or of a palette, 8 or 16 bit, transparent or not, turned by its camera or not.

    Args:
        file: the bytes of the file.
        name: what a person calls it; errors call the file so.

    Raises:
        DataError: the file is too large, no PNG or JPEG, torn, moving, of too many pixels, or shows no ink.
    """
    if len(file) > LIMIT_BYTES:
        raise DataError(f"{name} is larger than {LIMIT_BYTES >> 20} MB: choose a smaller picture.")
    view = _decoded(file, name)
    strength = pixel_ink.strength(_as_read(view))
    peak = float(strength.max(initial=0.0))
    if peak < LEAST_CONTRAST:
        raise DataError(f"{name} shows no ink: choose a picture of one digit, dark on light or light on dark.")
    ink = np.zeros((*strength.shape, 4), np.uint8)
    ink[:, :, 3] = np.rint(255 * strength / peak)
    return Picture(name, view, ink)


def _decoded(file: bytes, name: str) -> NDArray[np.uint8]:
    """Return a picture as (height, width, 4) uint8 RGBA, the right way up, MAX_SIDE pixels or less a side."""
    try:
        with Image.open(io.BytesIO(file), formats=FORMATS) as image:
            _check(image, name)
            if image.mode in _AVERAGED and "transparency" not in image.info:
                image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)  # before it is copied: it may be large
            upright = _eight_bits(ImageOps.exif_transpose(image))
            upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
            return np.array(upright)
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError(f"{name} is no picture that can be read: choose a PNG or a JPEG.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels(name) from None
    except _BROKEN:
        raise DataError(f"{name} is damaged or cut short: save the picture again and choose that file.") from None


def _check(image: Image.Image, name: str) -> None:
    """See that an image may be unpacked, of which only the beginning has been read."""
    if image.width * image.height > LIMIT_PIXELS:
        raise _too_many_pixels(name)
    if image.format == "PNG" and getattr(image, "is_animated", False):
        raise DataError(f"{name} is a moving picture: choose one that stands still.")


def _too_many_pixels(name: str) -> DataError:
    return DataError(f"{name} has more than {LIMIT_PIXELS // 10**6} million pixels: choose a smaller picture.")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return an image as RGBA of 8 bits; of one number of 16 bits a pixel, Pillow itself would keep the lowest 8."""
    if image.mode.startswith("I"):
        image = Image.fromarray(np.rint(np.clip(np.asarray(image, np.float64), 0, 65535) / 257).astype(np.uint8))
    return image.convert("RGBA")


def _as_read(view: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture (height, width, 4) such that, if it is transparent anywhere, its alpha is the ink.

    Where paper is what can be seen, as in a sheet that was cut out, what cannot be seen becomes paper too.
    """
    seen = view[:, :, 3] > 127
    if seen.all() or seen.mean() < _SHEET:
        return view
    colours = view[seen][:, :3].astype(np.int64)
    if np.ptp(colours.sum(axis=1)) < 3 * 255 * LEAST_CONTRAST:
        return view
    alpha = view[:, :, 3:] / 255
    filled = np.full_like(view, 255)
    filled[:, :, :3] = np.rint(alpha * view[:, :, :3] + (1 - alpha) * np.median(colours, axis=0))
    return filled
