"""Decode an uploaded picture of a digit, recognized by its content whatever its name, to a preview and its ink."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from data.dataset import DataError
from ink import pixel_ink
from ink.mnist_format import LEAST_CONTRAST
from language.numbers import whole
from language.translation import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

LIMIT_PIXELS: Final = {"JPEG": 50, "PNG": 50, "WEBP": 12, "BMP": 50, "GIF": 50, "TIFF": 50}
"""The maximum megapixels for each format. 50 are enough for a phone camera and briefly take 200 MB; 12 of WebP take as
much, because Pillow decodes it as an animation."""
LIMIT_SIDE: Final = 30_000
"""The maximum width and height: panoramas have half of it, and Pillow converts rows of a few pixels slowly."""
LIMIT_BYTES: Final = 20 << 20
MAX_SIDE: Final = 640
"""Larger pictures are reduced to this many pixels along the longer side."""

# Decoding a progressive JPEG takes time in proportion to its scans, each of all pixels; cameras and editors write about
# ten, and one or two for a preview.
_MOST_SCANS: Final = 100
_MOST_SCANNED: Final = 600 * 10**6
_START_OF_SCAN: Final = b"\xff\xda"
# Pillow reads the chunks of a PNG one by one; those of 20 MB from a camera or an editor are a few thousand.
_MOST_CHUNKS: Final = 20_000
_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
# The width and height of a tile in a TIFF file, which may be larger than its picture.
_TIFF_TILE: Final = (322, 323)
# What files of other formats begin with, and what to do with them.
_ELSEWISE: Final = (
    (
        ("ftyphei", "ftyphev", "ftypmif", "ftypmsf"),
        N_("{name} is a HEIC photo, which cannot be read here: share it as a JPEG, or take a screenshot of it."),
    ),
    (
        ("ftypavi",),
        N_(
            "{name} is an AVIF picture, which cannot be read here: save it as a PNG or a JPEG, or take a screenshot of"
            " it."
        ),
    ),
    (
        ("<svg",),
        N_("{name} is an SVG drawing, which cannot be read here: save it as a PNG, or take a screenshot of it."),
    ),
    (("%PDF",), N_("{name} is a PDF document, which cannot be read here: take a screenshot of the digit in it.")),
)
_BEGINNING: Final = 1024
# Errors that Pillow raises for truncated, altered or forged files.
_BROKEN: Final = (
    OSError, ValueError, SyntaxError, TypeError, LookupError, EOFError, OverflowError, MemoryError, AttributeError,
    struct.error, zlib.error, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
# Modes whose pixels can be averaged, unlike palette indices or a mode with one transparent colour.
_AVERAGED: Final = {"L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"}
# Pictures in other modes are converted in strips of this many rows.
_STRIP: Final = 256


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture of one digit.

    Attributes:
        name: the name of the file, for display.
        view: (height, width, 4) uint8 RGBA, the upright picture.
        ink: (height, width, 4) uint8 RGBA, the ink found in it, as alpha: the input of a reader.
        other_inks: What may be ink instead, likeliest first; see ink.pixel_ink.strengths.
    """

    name: str
    view: NDArray[np.uint8]
    ink: NDArray[np.uint8]
    other_inks: tuple[NDArray[np.uint8], ...] = ()


def read(file: bytes, name: str) -> Picture:
    """Read a picture: grey, colour or palette, 8 or 16 bit, transparent or not, with any EXIF orientation.

    Args:
        file: the bytes of the file.
        name: the name of the file in error messages.

    Raises:
        DataError: the file is too large, of another format, damaged, animated, has too many pixels, or shows no ink.
    """
    if len(file) > LIMIT_BYTES:
        raise DataError(
            _("{name} is larger than {megabytes} MB: choose a smaller picture.", name=name, megabytes=LIMIT_BYTES >> 20)
        )
    view = _decoded(file, name)
    inks = [_as_alpha(ink) for ink in pixel_ink.strengths(view) if ink.max(initial=0.0) >= LEAST_CONTRAST]
    if not inks:
        raise DataError(
            _("{name} shows no ink: choose a picture of one digit, dark on light or light on dark.", name=name)
        )
    return Picture(name, view, inks[0], tuple(inks[1:]))


def _as_alpha(ink: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    pixels = np.zeros((*ink.shape, 4), np.uint8)
    pixels[:, :, 3] = np.rint(255 * ink / ink.max())
    return pixels


def _decoded(file: bytes, name: str) -> NDArray[np.uint8]:
    """Return an upright picture as (height, width, 4) uint8 RGBA, at most MAX_SIDE pixels per side."""
    if file.startswith(_PNG_SIGNATURE) and _has_too_many_chunks(file):
        raise DataError(
            _(
                "{name} is a PNG of more than {most} chunks: save it again and choose the new file.",
                name=name,
                most=whole(_MOST_CHUNKS),
            )
        )
    try:
        with Image.open(io.BytesIO(file), formats=list(LIMIT_PIXELS)) as image:
            _check(image, file, name)
            if image.mode not in _AVERAGED or "transparency" in image.info:
                small = _averaged_in_strips(image)
            else:
                image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)  # before copying it: it may be large
                small = image
            upright = ImageOps.exif_transpose(small).convert("RGBA")
            upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
            return np.array(upright)
    except DataError:
        raise
    except UnidentifiedImageError:
        raise _not_a_picture(file, name) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels(name, min(LIMIT_PIXELS.values())) from None
    except _BROKEN:
        raise DataError(
            _("{name} is damaged or incomplete: save the picture again and choose the new file.", name=name)
        ) from None


def _has_too_many_chunks(png: bytes) -> bool:
    """Return whether a PNG has more than _MOST_CHUNKS: each is a length, a type, that many bytes and a checksum."""
    at = len(_PNG_SIGNATURE)
    for _chunk in range(_MOST_CHUNKS):
        if at + 4 > len(png):
            return False
        at += 12 + int.from_bytes(png[at : at + 4], "big")
    return at < len(png)


def _check(image: Image.Image, file: bytes, name: str) -> None:
    """Check the header to decide whether an image may be decoded."""
    limit = LIMIT_PIXELS["JPEG" if image.format == "MPO" else str(image.format)]
    tile = getattr(image, "tag_v2", {})
    if max(image.width * image.height, *(int(tile.get(side, 0)) ** 2 for side in _TIFF_TILE)) > limit * 10**6:
        raise _too_many_pixels(name, limit)
    if max(image.size) > LIMIT_SIDE:
        raise DataError(
            _(
                "{name} is more than {most} pixels wide or high: cut the digit out and choose the new file.",
                name=name,
                most=whole(LIMIT_SIDE),
            )
        )
    if getattr(image, "is_animated", False) and image.format != "MPO":
        raise DataError(_("{name} is animated or has several pages: choose a still picture of one digit.", name=name))
    has_scans = image.format in {"JPEG", "MPO"} or "jpeg" in str(image.info.get("compression"))
    most = min(_MOST_SCANS, _MOST_SCANNED // (image.width * image.height))
    if has_scans and file.count(_START_OF_SCAN) > most:
        raise DataError(
            _(
                "{name} is a JPEG of more than {most} scans: save it again and choose the new file.",
                name=name,
                most=most,
            )
        )


def _too_many_pixels(name: str, limit: int) -> DataError:
    return DataError(_("{name} has more than {most} million pixels: choose a smaller picture.", name=name, most=limit))


def _not_a_picture(file: bytes, name: str) -> DataError:
    """Return the error that says what a file is, if not a picture that can be read, and what to do."""
    beginning = file[:_BEGINNING].decode("latin-1")
    for signs, sentence in _ELSEWISE:
        if any(sign in beginning for sign in signs):
            return DataError(_(sentence, name=name))
    return DataError(
        _("{name} is not a picture that can be read: choose a PNG, JPEG, WebP, GIF, BMP or TIFF.", name=name)
    )


def _averaged_in_strips(image: Image.Image) -> Image.Image:
    """Return an image of any mode as 8-bit RGBA, reduced by a whole factor to at least MAX_SIDE pixels if it is larger.

    Neither indices into a palette nor one colour that means transparent can be averaged as they are, and Pillow would
    keep only the lower 8 bits of 16; a copy of a whole large image would take too much memory.
    """
    factor = max(max(image.size) // MAX_SIDE, 1)
    width, height = (max(length // factor, 1) for length in image.size)
    small = Image.new("RGBA", (width, height))
    rows = max(_STRIP // factor, 1)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        strip = image.crop((0, top * factor, width * factor, bottom * factor))
        small.paste(_eight_bits(strip).resize((width, bottom - top), Image.Resampling.BOX), (0, top))
    small.getexif().update(image.getexif())
    return small


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return an image as 8-bit RGBA; floats are in [0, 1], integers in 16 bits."""
    if image.mode.startswith(("I", "F")):
        full = 1 if image.mode == "F" else 65535
        grey = np.clip(np.asarray(image, np.float32), 0, full) * np.float32(255 / full)
        image = Image.fromarray(np.rint(np.nan_to_num(grey, copy=False)).astype(np.uint8))
    return image.convert("RGBA")
