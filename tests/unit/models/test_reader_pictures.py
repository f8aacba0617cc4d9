"""Pictures as people bring them: their cropping, colours and file format do not change what is read in them."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks import photograph_simulation as photographs
from data import csv_files
from data.dataset import DataError
from ink.mnist_format import canvas_from_strokes
from models.reader import Reader, Rejection
from testing import sample_digits
from tests.conftest import BESIDE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

READER = Reader.load(Path(__file__).parents[3] / "models" / "digits.npz")
REPORTS = {
    "alpha_edge_2.png": 2,
    "tight_wrong_7.jpg": 7,
    "tight_no_ink_0.jpg": 0,
    "open_4_at_the_border.png": 4,
    "ten_digits.png": Rejection.SEVERAL_DIGITS,
    "six.jfif": 6,
    "six_webp.jpg": 6,
}
HOSTILE = {"jpg_prog_7071_scans2000.jpg": "more than 12 scans", "png_50mp_gray16.png": "shows no ink"}


def beside(folder: str, name: str) -> bytes:
    path = Path(os.environ.get("DIGIT_LAB_SHARED", BESIDE)) / folder / name
    if not path.exists():
        pytest.skip(f"{path} is missing")
    return path.read_bytes()


@pytest.mark.parametrize("name", REPORTS)
def test_pictures_that_people_reported_are_read(name: str) -> None:
    reading = READER.read_picture(beside("reports", name), name)
    assert REPORTS[name] == (reading.rejection or reading.digit)


def test_the_reported_zero_whose_slash_runs_past_its_ring_is_a_zero() -> None:
    strokes = json.loads(beside("reports", "slashed_zero_strokes.json"))
    assert READER.read_strokes([np.array(stroke) for stroke in strokes]).digit == 0


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pictures_are_answered_in_a_sentence(name: str) -> None:
    with pytest.raises(DataError, match=HOSTILE[name]):
        READER.read_picture(beside("hostile", name), name)


def drawn(digit: str, *, side: int = 200, margin: int = 30) -> Bytes:
    """Dark ink on white paper (height, width), with a margin of this many pixels around the ink."""
    ink = canvas_from_strokes(sample_digits.digit(digit), side=2 * side, size=side, pen_width=side / 9)[:, :, 3]
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.pad(np.rint(225 - 0.75 * cropped).astype(np.uint8), margin, constant_values=225)


def answer(pixels: Bytes) -> int | Rejection | None:
    reading = READER.read_pixels(pixels)
    return reading.rejection or reading.digit


@settings(max_examples=40)
@given(
    digit=st.sampled_from("0123456789"),
    side=st.integers(60, 300),
    margin=st.integers(0, 60),
    inverted=st.booleans(),
    light=st.floats(0, 0.4),
)
def test_margin_polarity_scale_and_light_leave_the_answer_the_same(
    digit: str, side: int, margin: int, light: float, *, inverted: bool
) -> None:
    grey = drawn(digit, side=side, margin=margin)
    lit = np.rint(grey * np.linspace(1 - light, 1, grey.shape[1])).astype(np.uint8)
    assert answer(255 - lit if inverted else lit) == int(digit)


@pytest.mark.parametrize("side", range(4))
@pytest.mark.parametrize("digit", list("0123456789"))
def test_no_part_of_a_digit_is_surely_another(digit: str, side: int) -> None:
    whole = np.rot90(drawn(digit, margin=40), side)
    for share in (0.1, 0.3, 0.5):
        cut = whole[: len(whole) - 40 - round(share * (len(whole) - 80))]
        reading = READER.read_pixels(np.ascontiguousarray(np.rot90(cut, -side)))
        assert reading.digit in {None, int(digit)} or reading.probabilities.max() <= 0.95


def test_ink_at_the_edge_is_said_to_be_there() -> None:
    whole = drawn("8")
    assert not READER.read_pixels(whole).is_at_the_edge
    half = READER.read_pixels(np.ascontiguousarray(whole[: len(whole) // 2]))
    assert half.is_at_the_edge or half.digit is None


def saved(image: Image.Image, as_format: str, **options: Any) -> bytes:  # noqa: ANN401 - Pillow's own
    file = io.BytesIO()
    image.save(file, as_format, **options)
    return file.getvalue()


@pytest.mark.parametrize("mode", ["L", "RGB", "P", "1"])
@pytest.mark.parametrize("as_format", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_a_format_is_known_by_its_content_whatever_the_name(as_format: str, mode: str) -> None:
    image = Image.fromarray(drawn("5")).convert(mode if as_format not in {"JPEG", "WEBP"} else "RGB")
    assert READER.read_picture(saved(image, as_format), "five.txt").digit == 5


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "group4", "jpeg"])
def test_scans_are_read_however_they_are_compressed(compression: str | None) -> None:
    image = Image.fromarray(drawn("5")).convert("1" if compression == "group4" else "L")
    assert READER.read_picture(saved(image, "TIFF", compression=compression), "scan.tif").digit == 5


@pytest.mark.parametrize("alpha", [130, 200, 250])
def test_a_slightly_transparent_picture_lies_on_paper(alpha: int) -> None:
    grey = drawn("2")
    rgba = np.dstack([grey, grey, grey, np.full_like(grey, alpha)])
    assert READER.read_pixels(rgba).digit == 2
    rgba[:10, :, 3] = 255
    assert READER.read_pixels(rgba).digit == 2


@pytest.mark.slow
@pytest.mark.parametrize("dark", [True, False], ids=["dark on light", "light on dark"])
@pytest.mark.parametrize("light", photographs.LIGHTS)
def test_digits_cropped_to_the_ink_are_read_in_any_light(light: str, *, dark: bool) -> None:
    embedded = csv_files.embedded()
    right = 0
    for number in range(10):
        rng = np.random.default_rng([number, int(dark), photographs.LIGHTS.index(light)])
        row = int(rng.integers(len(embedded)))
        taken = photographs.snapshot(embedded.images[row].reshape(28, 28), light, "tight", rng, dark=dark)
        opaque = np.dstack([taken, np.full(taken.shape[:2], 255, np.uint8)])
        right += READER.read_pixels(opaque).digit == embedded.labels[row]
    assert right >= 8
