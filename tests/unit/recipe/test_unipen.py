"""Recorded digits keep their labels, writers and strokes, and come out the right way up."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from recipe import unipen

TWO_DIGITS = """.INCLUDE        dene.doc

.LEXICON "0" "1" "2" "3" "4" "5" "6" "7" "8" "9"
.HIERARCHY      DIGIT

.SEGMENT DIGIT    0 ? "8"
.COMMENT 8 12  224
.PEN_DOWN
 267  333
 267  336
.PEN_UP
.DT 100
.PEN_DOWN
 10  20
.PEN_UP
.DT 100

.SEGMENT DIGIT   6-7 ? "4"
.COMMENT 4  1  117
.PEN_DOWN
 -1 500
.PEN_UP
"""


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "two.tra"
    path.write_text(TWO_DIGITS)
    return path


def test_each_digit_has_a_label_a_writer_and_strokes_with_y_downward(plain: Path) -> None:
    eight, four = unipen.read(plain)
    assert (eight.label, eight.writer) == (8, "pendigits 12")
    assert (four.label, four.writer) == (4, "pendigits 1")
    np.testing.assert_array_equal(eight.strokes[0], [[267, -333], [267, -336]])
    np.testing.assert_array_equal(eight.strokes[1], [[10, -20]])
    np.testing.assert_array_equal(four.strokes[0], [[-1, -500]])
    assert [len(digit.strokes) for digit in (eight, four)] == [2, 1]


def test_gzip_is_read_like_plain_text(plain: Path, tmp_path: Path) -> None:
    packed = tmp_path / "two.tra.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert [digit.label for digit in unipen.read(packed)] == [8, 4]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"two\.tra holds no digit"),
        (b"label,pixel0\n1,2\n", r"two\.tra holds no digit"),
        (TWO_DIGITS.replace(" 267  336", " 267  3x6").encode(), r"line 10 \('267  3x6'\) cannot be read"),
        (TWO_DIGITS.replace('"4"', '"four"').encode(), r"line 18 .* cannot be read"),
        (TWO_DIGITS.replace('"4"', '"12"').encode(), r"line 18 .* cannot be read"),
        (TWO_DIGITS.replace(".COMMENT 4  1  117\n", "").encode(), r"line 19 .* cannot be read"),
        (TWO_DIGITS.replace(".PEN_UP\n.DT 100\n", "", 1).encode(), r"line 11 .* cannot be read"),
        (TWO_DIGITS.replace(".PEN_UP\n.DT 100\n\n", "").encode(), r"line 15 .* cannot be read"),
        (TWO_DIGITS[:-9].encode(), r"ends in the middle of a digit"),
        (gzip.compress(TWO_DIGITS.encode())[:-12], r"is a damaged or incomplete gzip file"),
    ],
    ids=[
        "empty",
        "another format",
        "letter in a point",
        "label",
        "no digit",
        "no writer",
        "pen down twice",
        "no pen up",
        "cut short",
        "cut gzip",
    ],
)
def test_a_truncated_or_foreign_file_is_refused_in_one_sentence(plain: Path, content: bytes, sentence: str) -> None:
    plain.write_bytes(content)
    with pytest.raises(ValueError, match=sentence):
        unipen.read(plain)


def test_the_collection_has_the_published_numbers_of_digits_and_writers(recorded_ink: Path) -> None:
    digits = unipen.read(recorded_ink)
    assert len(digits) == 7494
    assert {digit.writer for digit in digits} == {f"pendigits {number}" for number in range(1, 31)}
    counts = [780, 779, 780, 719, 780, 720, 720, 778, 719, 719]
    assert [sum(digit.label == label for digit in digits) for label in range(10)] == counts
    assert sum(len(digit.strokes) for digit in digits) == 9433
