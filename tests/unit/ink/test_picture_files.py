"""Uploaded pictures look as they do in other programs, and anything else is rejected in one plain sentence."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from benchmarks import photograph_simulation as photographs
from data.dataset import DataError
from ink import picture_files
from ink.mnist_format import canvas_from_strokes, image_from_pixels, image_from_strokes
from testing import sample_digits

if TYPE_CHECKING:
    from numpy.typing import NDArray

SEVEN = sample_digits.digit("7")
ALPHA = canvas_from_strokes(SEVEN, side=200, size=140, pen_width=12)[:, :, 3]
ON_WHITE = Image.fromarray(255 - ALPHA)


def saved(image: Image.Image, as_format: str = "PNG", **options: Any) -> bytes:  # noqa: ANN401 - Pillow's own
    file = io.BytesIO()
    image.save(file, as_format, **options)
    return file.getvalue()


def transparent(colour: tuple[int, int, int]) -> Image.Image:
    rgba = np.zeros((*ALPHA.shape, 4), np.uint8)
    rgba[:, :, :3], rgba[:, :, 3] = colour, ALPHA
    return Image.fromarray(rgba)


def sixteen_bits() -> Image.Image:
    return Image.fromarray((255 - ALPHA).astype(np.uint16) * 257)


def cut_out_sheet() -> Image.Image:
    """A white sheet with rounded corners: the corners are transparent, the paper around the ink is not."""
    rgba = np.full((*ALPHA.shape, 4), 255, np.uint8)
    rgba[:, :, :3] = (255 - ALPHA)[:, :, None]
    y, x = np.mgrid[: len(ALPHA), : len(ALPHA)] - len(ALPHA) / 2
    rgba[np.hypot(y, x) > len(ALPHA) * 0.6] = 0
    return Image.fromarray(rgba)


PICTURES = {
    "grey": saved(ON_WHITE),
    "white on black": saved(Image.fromarray(ALPHA)),
    "colour": saved(Image.merge("RGB", [ON_WHITE, ON_WHITE, Image.new("L", ON_WHITE.size, 255)])),
    "palette": saved(ON_WHITE.convert("P")),
    "one bit": saved(ON_WHITE.convert("1")),
    "16 bit": saved(sixteen_bits()),
    "grey with alpha": saved(transparent((0, 0, 0)).convert("LA")),
    "transparent, black ink": saved(transparent((0, 0, 0))),
    "transparent, white ink": saved(transparent((255, 255, 255))),
    "a sheet cut out": saved(cut_out_sheet()),
    "JPEG": saved(ON_WHITE, "JPEG", quality=80),
    "CMYK JPEG": saved(ON_WHITE.convert("CMYK"), "JPEG"),
}


def read_as(file: bytes) -> NDArray[np.float32]:
    return image_from_pixels(picture_files.read(file, "mine").ink)


@pytest.mark.parametrize("kind", PICTURES)
def test_every_kind_of_picture_file_is_read(kind: str) -> None:
    difference = np.abs(read_as(PICTURES[kind]) - image_from_strokes(SEVEN))
    assert difference.mean() < 0.02


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (1, None),
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (6, Image.Transpose.ROTATE_90),
        (8, Image.Transpose.ROTATE_270),
    ],
)
def test_a_picture_rotated_by_the_camera_is_read_upright(orientation: int, stored: Image.Transpose | None) -> None:
    """A phone stores the image as its sensor saw it, along with the rotation to apply."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = ON_WHITE if stored is None else ON_WHITE.transpose(stored)
    difference = np.abs(read_as(saved(image, "JPEG", exif=exif, quality=90)) - image_from_strokes(SEVEN))
    assert difference.mean() < 0.02


def test_a_large_photograph_is_shrunk_and_still_readable() -> None:
    taken = photographs.photograph("slanting light", 1)
    large = Image.fromarray(taken.pixels).resize((4160, 3200))
    picture = picture_files.read(saved(large, "JPEG"), "large.jpg")
    assert max(picture.view.shape) <= picture_files.MAX_SIDE
    assert picture.view.shape[1] / picture.view.shape[0] == pytest.approx(1.3, rel=0.01)
    small = picture_files.read(saved(Image.fromarray(taken.pixels), "JPEG"), "small.jpg")
    difference = np.abs(image_from_pixels(picture.ink) - image_from_pixels(small.ink))
    assert difference.mean() < 0.02


@pytest.mark.parametrize("kind", ["palette", "transparent colour"])
def test_a_large_picture_is_averaged_after_its_colours_are_resolved(kind: str) -> None:
    """Neither indices into a palette nor a colour that means transparent can be averaged."""
    pixels = np.full((1280, 1280, 3), 255, np.uint8)
    pixels[400:880, 400:880:2] = 0  # every other column, so that each pixel of the result is half ink
    image = Image.fromarray(pixels)
    file = saved(image.quantize(2)) if kind == "palette" else saved(image, transparency=(255, 255, 255))
    half = picture_files.read(file, "stripes.png").view[300, 300]
    assert half[0 if kind == "palette" else 3] == pytest.approx(127.5, abs=1)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims this many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def animation(as_format: str) -> bytes:
    return saved(ON_WHITE, as_format, save_all=True, append_images=[Image.fromarray(ALPHA)])


REFUSED = {
    "too many bytes": (b"\x89PNG" + bytes(picture_files.LIMIT_BYTES), "larger than 20 MB"),
    "a bomb": (bomb(60_000, 60_000), "more than 12 million pixels"),
    "many pixels": (bomb(9_000, 9_000), "more than 50 million pixels"),
    "a long strip": (bomb(32, 600_000), "more than 30,000 pixels wide or high"),
    "an animated GIF": (animation("GIF"), "is animated"),
    "an animated PNG": (animation("PNG"), "is animated"),
    "no image": (b"not an image", "choose a PNG, JPEG"),
    "nothing": (b"", "choose a PNG, JPEG"),
    "blank": (saved(Image.new("RGB", (300, 200), "white")), "shows no ink"),
    "blank, transparent": (saved(Image.new("RGBA", (300, 200))), "shows no ink"),
    "PNG cut short": (PICTURES["grey"][: len(PICTURES["grey"]) // 2], "damaged or incomplete"),
    "JPEG cut short": (PICTURES["JPEG"][: len(PICTURES["JPEG"]) // 2], "damaged or incomplete"),
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # Pillow's own warning, for the log
@pytest.mark.parametrize("kind", REFUSED)
def test_an_unreadable_file_is_refused_by_name_in_one_sentence(kind: str) -> None:
    file, what = REFUSED[kind]
    with pytest.raises(DataError, match=what) as refused:
        picture_files.read(file, "mine.png")
    sentence = str(refused.value)
    assert sentence.startswith("mine.png ")
    assert sentence.count(". ") == 0
    assert sentence.endswith(".")


@pytest.mark.parametrize("kind", PICTURES)
@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns about damaged files
def test_a_damaged_file_is_either_read_or_refused(kind: str) -> None:
    """An uncaught Pillow error would break the page."""
    rng = np.random.default_rng(len(kind))
    for attempt in range(40):
        file = bytearray(PICTURES[kind])
        if attempt % 2:
            del file[int(rng.integers(len(file))) :]
        for place in rng.integers(min(len(file), 200) or 1, size=3):
            file[place : place + 1] = rng.bytes(1)
        try:
            picture = picture_files.read(bytes(file), "torn")
        except DataError:
            continue
        assert picture.ink.shape[2] == 4


ELSEWISE = {
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "is a HEIC photo.*share it as a JPEG"),
    "AVIF": (b"\0\0\0\x1cftypavif\0\0\0\0mif1avif", "is an AVIF picture.*save it as a PNG"),
    "SVG": (
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "is an SVG drawing.*save it as a PNG",
    ),
    "PDF": (b"%PDF-1.7\n", "is a PDF document.*screenshot"),
}


@pytest.mark.parametrize("kind", ELSEWISE)
def test_other_formats_are_named_with_what_to_do(kind: str) -> None:
    file, what = ELSEWISE[kind]
    with pytest.raises(DataError, match=what):
        picture_files.read(file, "mine.jpg")


def test_the_scans_of_a_jpeg_are_counted() -> None:
    progressive = saved(ON_WHITE, "JPEG", progressive=True)
    last = progressive[progressive.rindex(b"\xff\xda") : -2]
    with pytest.raises(DataError, match="JPEG of more than 100 scans"):
        picture_files.read(progressive[:-2] + last * 2_000 + progressive[-2:], "scans.jpg")


@pytest.mark.parametrize("kind", [b"IDAT", b"tIME", b"zzZz"])
def test_the_chunks_of_a_png_are_counted(kind: bytes) -> None:
    png, content = saved(ON_WHITE), bytes(7) if kind == b"tIME" else b""
    chunk = struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    at = png.index(b"IDAT") - 4
    assert picture_files.read(png[:at] + chunk * 100 + png[at:], "few.png")
    with pytest.raises(DataError, match="PNG of more than 20,000 chunks"):
        picture_files.read(png[:at] + chunk * 20_000 + png[at:], "many.png")


def test_a_scan_of_several_pages_is_refused() -> None:
    with pytest.raises(DataError, match="several pages"):
        picture_files.read(animation("TIFF"), "scan.tif")


def test_a_tile_of_a_tiff_may_not_be_larger_than_a_picture() -> None:
    tags = {256: 10, 257: 10, 258: 8, 259: 1, 262: 1, 277: 1, 322: 60_000, 323: 60_000, 324: 8, 325: 100}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    with pytest.raises(DataError, match="million pixels"):
        picture_files.read(b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(104), "scan.tif")
