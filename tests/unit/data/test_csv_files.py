"""CSV files of digits: valid files are read, all others are rejected in one sentence."""

from __future__ import annotations

import csv
import gzip
import io
import time
import tracemalloc
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data import csv_files, csv_text
from data.dataset import DIGITS, DataError, Dataset

Arrays = tuple[NDArray[np.uint8], NDArray[np.uint8]]

HEADER = ["label", *(f"pixel{i}" for i in range(784))]
DIGIT = ["7", *["0"] * 783, "255"]


def csv_bytes(header: Sequence[str], *rows: Sequence[str], end: str = "\n") -> bytes:
    return "".join(",".join(row) + end for row in (header, *rows)).encode()


def changed(column: str, value: str) -> list[str]:
    row = DIGIT.copy()
    row[HEADER.index(column)] = value
    return row


def refusal(content: bytes) -> str:
    with pytest.raises(DataError) as refused:
        csv_files.read(content, "mine.csv")
    sentence = str(refused.value)
    assert "mine.csv" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_file_written_by_another_program_is_read(digits: Arrays) -> None:
    images, labels = digits
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(HEADER)
    writer.writerows([label, *image] for label, image in zip(labels.tolist(), images.tolist(), strict=True))
    dataset = csv_files.read(file.getvalue().encode(), "mine.csv")
    assert dataset.name == "mine.csv"
    assert dataset.classes == DIGITS
    np.testing.assert_array_equal(dataset.images, images)
    np.testing.assert_array_equal(dataset.labels, labels)


def test_a_written_file_is_read_back_unchanged(digits: Arrays) -> None:
    dataset = csv_files.read(csv_files.write(*digits), "again")
    np.testing.assert_array_equal(dataset.images, digits[0])
    np.testing.assert_array_equal(dataset.labels, digits[1])


def test_a_written_file_has_the_usual_layout(digits: Arrays) -> None:
    lines = csv_files.write(*digits).decode("ascii").split("\n")
    assert lines[0].split(",") == HEADER
    assert lines[1].split(",") == [str(digits[1][0]), *map(str, digits[0][0])]
    assert len(lines) == 1 + 30 + 1
    assert lines[-1] == ""


def test_a_large_file_is_written_in_pieces_that_hold_up_nothing_else() -> None:
    images = np.random.default_rng(1).integers(256, size=(10_000, 784), dtype=np.uint8)
    pieces = csv_files.pieces(images, images[:, 0])
    spent = []
    tracemalloc.start()
    try:
        before = time.thread_time()
        for _piece in pieces:
            spent.append(time.thread_time() - before)
            before = time.thread_time()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert max(spent) < 0.05  # 0.7 s as a whole
    assert peak < 10_000_000  # 28 MB as a whole


def test_table_shows_the_first_rows(digits: Arrays) -> None:
    columns, rows = csv_files.table(digits[0][:5], digits[1][:5])
    assert list(columns) == HEADER
    assert [row[0] for row in rows] == [0, 1, 2, 3, 4]
    assert rows[2][784] == digits[0][2, 783]


def test_embedded_digits_are_five_hundred_of_each(embedded: Dataset) -> None:
    assert np.bincount(embedded.labels).tolist() == [500] * 10
    assert embedded.images.shape == (5000, 784)


def test_more_rows_than_one_batch_keep_their_order() -> None:
    count = csv_text.BATCH_ROWS + 3
    images = np.zeros((count, 784), np.uint8)
    images[:, 0], images[:, 1] = np.arange(count) // 256, np.arange(count) % 256
    dataset = csv_files.read(csv_files.write(images, np.zeros(count, np.uint8)), "long.csv")
    np.testing.assert_array_equal(dataset.images, images)


def test_file_on_disk_is_read_packed_or_not(digits: Arrays, tmp_path: Path) -> None:
    plain = csv_files.write(*digits)
    for name, content in (("a.csv", plain), ("b.csv.gz", gzip.compress(plain)), ("c.csv", gzip.compress(plain))):
        (tmp_path / name).write_bytes(content)
        np.testing.assert_array_equal(csv_files.read(tmp_path / name, name).images, digits[0])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(csv_bytes([" LABEL ", *HEADER[1:]], DIGIT), id="label in capitals with spaces"),
        pytest.param(csv_bytes(["Label", *(f"{1 + i // 28}x{1 + i % 28}" for i in range(784))], DIGIT), id="1x1"),
        pytest.param(csv_bytes(["label", *[""] * 784], DIGIT), id="pixels without names"),
        pytest.param(csv_bytes(HEADER, DIGIT, end="\r\n"), id="Windows"),
        pytest.param(csv_bytes(HEADER, DIGIT, end="\r"), id="old Macintosh"),
        pytest.param(b"\xef\xbb\xbf" + csv_bytes(HEADER, DIGIT), id="byte order mark"),
        pytest.param(csv_bytes(HEADER, DIGIT) + b"\n  \n\n", id="blank lines at the end"),
        pytest.param(b"\n" + csv_bytes(HEADER, DIGIT), id="blank line at the start"),
        pytest.param(csv_bytes(HEADER, DIGIT).rstrip(b"\n"), id="no newline at the end"),
        pytest.param(csv_bytes(HEADER, [f'"{value}"' for value in DIGIT]), id="quoted numbers"),
        pytest.param(csv_bytes([f'"{name}"' for name in HEADER], DIGIT), id="quoted header"),
        pytest.param(csv_bytes(HEADER, [f" {value} " for value in DIGIT]), id="spaces around"),
        pytest.param(csv_bytes(HEADER, [f"{value}.0" for value in DIGIT]), id="whole numbers with a point"),
        pytest.param(csv_bytes([*HEADER[1:], "label"], [*DIGIT[1:], "7"]), id="label last"),
        pytest.param(
            csv_bytes([*HEADER[1:11], "label", *HEADER[11:]], [*DIGIT[1:11], "7", *DIGIT[11:]]), id="label within"
        ),
    ],
)
def test_harmless_differences_are_read(content: bytes) -> None:
    dataset = csv_files.read(content, "mine.csv")
    assert dataset.labels.tolist() == [7]
    assert dataset.images.tolist() == [[0] * 783 + [255]]


@pytest.mark.parametrize(
    ("column", "value", "sentence"),
    [
        ("pixel0", "256", "has “256” in column pixel0, but a pixel is a whole number from 0 to 255"),
        ("pixel17", "-1", "has “-1” in column pixel17, but a pixel"),
        ("pixel17", "0.5", "has “0.5” in column pixel17, but a pixel"),
        ("pixel783", "ink", "has “ink” in column pixel783, but a pixel"),
        ("pixel5", "", "has nothing in column pixel5, but a pixel"),
        ("pixel5", "NaN", "has “NaN” in column pixel5, but a pixel"),
        ("pixel5", "inf", "has “inf” in column pixel5, but a pixel"),
        ("pixel5", "True", "has “True” in column pixel5, but a pixel"),
        ("pixel5", "1e400", "has “1e400” in column pixel5, but a pixel"),
        ("pixel5", "9" * 30, f"has “{'9' * 20}” in column pixel5, but a pixel"),
        ("label", "10", "has “10” in column label, but a label is a whole number from 0 to 9"),
        ("label", "-1", "has “-1” in column label, but a label"),
        ("label", "3.5", "has “3.5” in column label, but a label"),
        ("label", "seven", "has “seven” in column label, but a label"),
        ("label", "", "has nothing in column label, but a label"),
    ],
)
@pytest.mark.parametrize("row", [1, 3, csv_text.BATCH_ROWS + 2])
def test_an_invalid_value_is_named_by_row_and_column(row: int, column: str, value: str, sentence: str) -> None:
    content = csv_bytes(HEADER, *[DIGIT] * (row - 1), changed(column, value), DIGIT)
    assert refusal(content).startswith(f"Row {row:,} below the header of mine.csv {sentence}")


def test_first_bad_value_is_the_one_named() -> None:
    content = csv_bytes(HEADER, DIGIT, changed("pixel3", "x"), changed("pixel1", "999"))
    assert "Row 2" in refusal(content)
    assert "pixel3" in refusal(content)


def test_a_column_of_true_is_not_read_as_ones() -> None:
    assert "has “True” in column pixel5" in refusal(csv_bytes(HEADER, *[changed("pixel5", "True")] * 3))


def test_blank_lines_are_not_counted_as_rows() -> None:
    content = csv_bytes(HEADER, DIGIT, [""], changed("pixel3", "x"))
    assert "Row 2" in refusal(content)


def test_a_column_without_a_name_is_named_by_its_position() -> None:
    row = [*DIGIT[:4], "x", *DIGIT[5:]]
    assert "in column 5," in refusal(csv_bytes(["label", *[""] * 784], row))


@pytest.mark.parametrize(
    ("row", "count"), [(DIGIT[:-1], "784 values"), ([*DIGIT, "0"], "786 values"), (["7"], "1 value,")]
)
def test_a_row_of_the_wrong_length_is_named(row: list[str], count: str) -> None:
    for rows in ([row], [DIGIT, row], [row, DIGIT]):
        sentence = refusal(csv_bytes(HEADER, *rows))
        assert f"Row {1 + rows.index(row)} below the header of mine.csv has {count}" in sentence
        assert "needs 785" in sentence


def test_rows_longer_than_the_header_are_not_truncated() -> None:
    assert "Row 1 " in refusal(csv_bytes(HEADER, *[["0", *DIGIT]] * 5))


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (HEADER[1:], "1 image but no labels"),
        (["label", "label", *HEADER[1:]], "2 columns named label"),
        (["class", *HEADER[:-1]], "2 columns named class and label"),
        (["label", *HEADER[1:-1]], "783 columns besides label, but images of 28×28 pixels need 784"),
        (["", "", *HEADER], "786 columns besides label"),
        (["label"], "0 columns besides label"),
    ],
)
def test_a_header_of_the_wrong_length_is_refused(header: list[str], sentence: str) -> None:
    assert sentence in refusal(csv_bytes(header, ["0"] * len(header)))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\n \n\r\n", "is empty", id="blank"),
        pytest.param(b"\xef\xbb\xbf", "is empty", id="only a byte order mark"),
        pytest.param(gzip.compress(b""), "is empty", id="packed nothing"),
        pytest.param(csv_bytes(HEADER), "no rows below it", id="header only"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is a picture: upload it on the Draw page", id="PNG"),
        pytest.param(b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0", "a damaged or incomplete zip", id="damaged zip"),
        pytest.param(b"<!DOCTYPE html><html><body>404</body></html>", "is a web page", id="HTML"),
        pytest.param(b"\xff\xfe" + b"\x00\xd8" * 9, "not a CSV file", id="damaged UTF-16"),
        pytest.param(csv_bytes(HEADER, changed("pixel4", "1\x002")), "not a CSV file", id="zero byte in a row"),
        pytest.param(csv_bytes(HEADER, DIGIT) + "é".encode("latin-1"), "Row 2 below the header", id="Latin-1"),
        pytest.param(gzip.compress(csv_bytes(HEADER, DIGIT))[:-20], "damaged or incomplete", id="packed, cut short"),
        pytest.param(b"\x1f\x8b\x08\0 not really", "damaged or incomplete", id="packed, nonsense"),
        pytest.param(b"label" + b"x" * 2**20, "a line of more than 32,768 characters", id="endless first line"),
    ],
)
def test_a_file_that_is_not_a_table_of_digits_is_refused(content: bytes, sentence: str) -> None:
    assert sentence in refusal(content)


def test_damaged_gzip_content_is_refused() -> None:
    packed = bytearray(gzip.compress(csv_bytes(HEADER, *[DIGIT] * 50)))
    packed[len(packed) // 2] ^= 0xFF
    assert "damaged" in refusal(bytes(packed))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.csv cannot be read"):
        csv_files.read(tmp_path / "gone.csv", "gone.csv")


def test_file_above_the_limit_is_refused() -> None:
    content = bytes(csv_files.LIMIT_BYTES + 1)
    assert "larger than 128 MB" in refusal(content)


def test_a_file_on_disk_above_the_limit_is_refused_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(DataError, match=r"huge\.csv is larger than 128 MB"):
        csv_files.read(path, "huge.csv")


def test_a_gzip_bomb_is_refused() -> None:
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(2**20)
    bomb = b"".join(packer.compress(zeros) for _ in range(200)) + packer.flush()
    assert len(bomb) < 2**20
    assert "larger than 128 MB" in refusal(bomb)


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_text, "LIMIT_ROWS", 4)
    assert len(csv_files.read(csv_bytes(HEADER, *[DIGIT] * 4), "mine.csv")) == 4
    assert "more than 4 rows" in refusal(csv_bytes(HEADER, *[DIGIT] * 5))


@pytest.mark.slow
def test_a_file_as_large_as_mnist_is_written_and_read(embedded: Dataset) -> None:
    header, rows = gzip.decompress(csv_files.EMBEDDED.read_bytes()).split(b"\n", 1)
    dataset = csv_files.read(header + b"\n" + 14 * rows, "mnist.csv")
    assert len(dataset) == 70_000
    np.testing.assert_array_equal(dataset.images[-5_000:], embedded.images)
    np.testing.assert_array_equal(dataset.labels, np.tile(embedded.labels, 14))


@given(
    place=st.integers(0, len(csv_bytes(HEADER, DIGIT, DIGIT)) - 1),
    junk=st.sampled_from(
        [b"", b",", b'"', b"\n", b"\r", b"\0", b"x", b" ", b"-", b"e", b".", b"\xff", b"\xef\xbb\xbf"]
    ),
)
def test_one_damaged_byte_is_refused_or_harmless(place: int, junk: bytes) -> None:
    whole = csv_bytes(HEADER, DIGIT, DIGIT)
    try:
        dataset = csv_files.read(whole[:place] + junk + whole[place + 1 :], "mine.csv")
    except DataError:
        return
    assert len(dataset) <= 2
    assert dataset.labels.max() <= 9
