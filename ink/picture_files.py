"""Decode an uploaded PNG or JPEG of a digit: a preview, and the ink found in it."""

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
"""Enough for a phone camera; decoded, this many pixels briefly take 200 MB."""
MAX_SIDE: Final = 640
"""Larger pictures are reduced to this many pixels along the longer side."""

# Errors that Pillow raises for truncated, altered or forged files.
_BROKEN: Final = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, EOFError, OverflowError, MemoryError, AttributeError,
    struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
# Modes whose pixels can be averaged, unlike palette indices or a mode with one transparent colour.
_AVERAGED: Final = {"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"}
# Opaque pixels covering less than this share of a transparent picture are a drawing; otherwise they are paper, unless
# all of one grey.
_SHEET: Final = 0.5


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of one digit.

    Attributes:
        name: the name of the file, for display.
        view: (height, width, 4) uint8 RGBA, the upright picture.
        ink: (height, width, 4) uint8 RGBA, the ink found in it, as alpha: the input of a reader.
    """

    name: str
    view: NDArray[np.uint8]
    ink: NDArray[np.uint8]


def read(file: bytes, name: str) -> Picture:
    """Read a picture: grey, colour or palette, 8 or 16 bit, transparent or not, with any EXIF orientation.

    Args:
        file: the bytes of the file.
        name: the name of the file in error messages.

    Raises:
        DataError: the file is too large, not a PNG or JPEG, damaged, animated, has too many pixels, or shows no ink.
    """
    if len(file) > LIMIT_BYTES:
        raise DataError(f"{name} is larger than {LIMIT_BYTES >> 20} MB: choose a smaller picture.")
    view = _decoded(file, name)
    strength = pixel_ink.strength(_with_alpha_as_ink(view))
    peak = float(strength.max(initial=0.0))
    if peak < LEAST_CONTRAST:
        raise DataError(f"{name} shows no ink: choose a picture of one digit, dark on light or light on dark.")
    ink = np.zeros((*strength.shape, 4), np.uint8)
    ink[:, :, 3] = np.rint(255 * strength / peak)
    return Picture(name, view, ink)


def _decoded(file: bytes, name: str) -> NDArray[np.uint8]:
    """Return an upright picture as (height, width, 4) uint8 RGBA, at most MAX_SIDE pixels per side."""
    try:
        with Image.open(io.BytesIO(file), formats=FORMATS) as image:
            _check(image, name)
            if image.mode in _AVERAGED and "transparency" not in image.info:
                image.thumbnail(
                    (MAX_SIDE, MAX_SIDE), Image.Resampling.BOX
                )  # before copying it, because it may be large
            upright = _eight_bits(ImageOps.exif_transpose(image))
            upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
            return np.array(upright)
    except DataError:
        raise
    except UnidentifiedImageError:
        raise DataError(f"{name} is not a picture that can be read: choose a PNG or a JPEG.") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels(name) from None
    except _BROKEN:
        raise DataError(f"{name} is damaged or incomplete: save the picture again and choose the new file.") from None


def _check(image: Image.Image, name: str) -> None:
    """Check the header to decide whether an image may be decoded."""
    if image.width * image.height > LIMIT_PIXELS:
        raise _too_many_pixels(name)
    if image.format == "PNG" and getattr(image, "is_animated", False):
        raise DataError(f"{name} is animated: choose a still picture.")


def _too_many_pixels(name: str) -> DataError:
    return DataError(f"{name} has more than {LIMIT_PIXELS // 10**6} million pixels: choose a smaller picture.")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return an image as 8-bit RGBA; from 16-bit grey, Pillow would keep only the lower 8 bits."""
    if image.mode.startswith("I"):
        image = Image.fromarray(np.rint(np.clip(np.asarray(image, np.float64), 0, 65535) / 257).astype(np.uint8))
    return image.convert("RGBA")


def _with_alpha_as_ink(view: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a picture (height, width, 4) whose alpha is the ink, if any pixel is transparent.

    If the opaque part is paper, as in a cut-out sheet, the transparent part is filled with paper.
    """
    opaque = view[:, :, 3] > 127
    if opaque.all() or opaque.mean() < _SHEET:
        return view
    colours = view[opaque][:, :3].astype(np.int64)
    if np.ptp(colours.sum(axis=1)) < 3 * 255 * LEAST_CONTRAST:
        return view
    alpha = view[:, :, 3:] / 255
    filled = np.full_like(view, 255)
    filled[:, :, :3] = np.rint(alpha * view[:, :, :3] + (1 - alpha) * np.median(colours, axis=0))
    return filled
