"""The layouts in which people have CSV files of digits all give the same digits, and what was adjusted is said."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import adjustments, csv_files, csv_table
from data.adjustments import INVERTED, SCALED, SHIFTED, TRANSPOSED
from data.dataset import ColumnRoles, DataError, Dataset, UnlabelledError
from data.label_schemes import LABEL_SCHEMES, transposed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

EMBEDDED = csv_files.embedded()
ROWS = np.arange(3, 5_000, 166)  # three of each digit
IMAGES, LABELS = EMBEDDED.images[ROWS], EMBEDDED.labels[ROWS]
LETTERS = next(scheme for scheme in LABEL_SCHEMES if scheme.name == "EMNIST letters")


@dataclass(frozen=True)
class Layout:
    """How a program writes a table of digits."""

    label: str | None = "label"
    label_last: bool = False
    header: bool = True
    row_number: str | None = None
    row_number_last: bool = False
    separator: str = ","
    decimals: int = 0
    quoted: bool = False
    end: str = "\n"
    encoding: str = "utf-8"

    def write(self, pixels: NDArray[Any], labels: NDArray[np.uint8]) -> bytes:
        """Return a file of pixels (n, 784) and labels (n,)."""
        columns = [[f"{value:.{self.decimals}f}" for value in row] for row in pixels]
        names = [f"pixel{i}" for i in range(pixels.shape[1])]
        if self.label is not None:
            names.insert(len(names) if self.label_last else 0, self.label)
            for row, label in zip(columns, labels, strict=True):
                row.insert(len(row) if self.label_last else 0, str(label))
        if self.row_number is not None:
            names.insert(len(names) if self.row_number_last else 0, self.row_number)
            for number, row in enumerate(columns):
                row.insert(len(row) if self.row_number_last else 0, str(number))
        rows = [names, *columns] if self.header else columns
        if self.separator != ",":
            rows = [[cell.replace(".", ",") for cell in row] for row in rows]
        if self.quoted:
            rows = [[f'"{cell}"' for cell in row] for row in rows]
        return "".join(self.separator.join(row) + self.end for row in rows).encode(self.encoding)


def zipped(content: bytes, name: str = "train.csv") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
        archive.writestr(f"__MACOSX/._{name}", b"\0")
    return file.getvalue()


LAYOUTS = st.builds(
    Layout,
    label=st.sampled_from(["label", "Class", "TARGET", "y"]),
    label_last=st.booleans(),
    header=st.booleans(),
    row_number=st.sampled_from([None, "", "id", "index"]),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    quoted=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
)
PACKINGS: list[Callable[[bytes], bytes]] = [bytes, gzip.compress, zipped]


@settings(max_examples=60)
@given(LAYOUTS, st.sampled_from(PACKINGS))
def test_every_layout_gives_the_same_digits(layout: Layout, pack: Callable[[bytes], bytes]) -> None:
    dataset = csv_files.read(pack(layout.write(IMAGES, LABELS)), "mine.csv")
    np.testing.assert_array_equal(dataset.images, IMAGES)
    np.testing.assert_array_equal(dataset.labels, LABELS)
    assert dataset.adjustments == ()


@settings(max_examples=30)
@given(
    separator=st.sampled_from([",", ";", "\t"]),
    header=st.booleans(),
    scale=st.sampled_from([1, 255]),
    inverted=st.booleans(),
    sideways=st.booleans(),
)
def test_every_adjustment_is_made_said_and_undone(
    *, separator: str, header: bool, scale: int, inverted: bool, sideways: bool
) -> None:
    stored = transposed(IMAGES) if sideways else IMAGES
    stored = np.invert(stored) if inverted else stored
    layout = Layout(separator=separator, header=header, decimals=0 if scale == 255 else 5)
    dataset = csv_files.read(layout.write(stored * (scale / 255), LABELS), "mine.csv")
    np.testing.assert_array_equal(dataset.images, IMAGES)
    expected = [(SCALED, scale == 1), (INVERTED, inverted), (TRANSPOSED, sideways)]
    assert dataset.adjustments == tuple(adjustment for adjustment, is_made in expected if is_made)
    kept = [each for each in dataset.adjustments if each is SCALED]
    as_in_file = dataset.without([each for each in dataset.adjustments if each not in kept])
    np.testing.assert_array_equal(as_in_file.images, stored)
    assert as_in_file.adjustments == dataset.adjustments, "what was undone can be done again"


def test_pixels_of_zero_and_one_are_scaled_and_can_stay() -> None:
    ink = IMAGES > 127
    dataset = csv_files.read(csv_files.write(ink.astype(np.uint8), LABELS), "binary.csv")
    assert dataset.adjustments == (SCALED,)
    np.testing.assert_array_equal(dataset.images, ink * np.uint8(255))
    np.testing.assert_array_equal(dataset.without([SCALED]).images, ink)


def test_pixels_from_minus_one_to_one_are_scaled() -> None:
    dataset = csv_files.read(Layout(decimals=5).write(IMAGES / 127.5 - 1, LABELS), "normalized.csv")
    assert dataset.adjustments == (SHIFTED,)
    np.testing.assert_array_equal(dataset.images, IMAGES)


def test_grey_paper_is_inverted_too() -> None:
    scanned = np.clip(210 - IMAGES.astype(int), 0, 255).astype(np.uint8)
    assert csv_files.read(csv_files.write(scanned, LABELS), "scan.csv").adjustments == (INVERTED,)


def test_a_row_number_after_a_shuffle_is_left_out() -> None:
    rng = np.random.default_rng(0)
    lines = Layout(row_number="").write(IMAGES, LABELS).splitlines(keepends=True)
    shuffled = [lines[0], *(lines[1 + i] for i in rng.permutation(len(ROWS)))]
    dataset = csv_files.read(b"".join(shuffled), "mine.csv")
    assert sorted(dataset.labels) == sorted(LABELS)
    assert dataset.notes == ("The first column numbers the rows and was left out.",)


def test_a_trailing_separator_is_harmless() -> None:
    content = csv_files.write(IMAGES, LABELS).replace(b"\n", b",\n")
    np.testing.assert_array_equal(csv_files.read(content, "mine.csv").images, IMAGES)


def test_the_label_found_without_a_name_is_said() -> None:
    for layout, note in (
        (Layout(header=False), "No column is named label. The first one holds the labels."),
        (Layout(header=False, label_last=True), "No column is named label. The last one holds the labels."),
        (Layout(label="digit", label_last=True), "No column is named label. The last one, digit, holds the labels."),
    ):
        assert csv_files.read(layout.write(IMAGES, LABELS), "mine.csv").notes == (note,)


class TestColumns:
    """What the columns hold, where that was guessed, can be said instead."""

    @pytest.mark.parametrize("label_last", [False, True])
    def test_a_guessed_label_can_be_no_label(self, *, label_last: bool) -> None:
        content = Layout(header=False, label_last=label_last).write(IMAGES, LABELS)
        guess, other = csv_files.read(content, "mine.csv").columns
        place = -1 if label_last else 0
        assert (guess, other) == (ColumnRoles(place), ColumnRoles(None, (place,)))
        with pytest.raises(UnlabelledError, match="31 images but no labels") as found:
            csv_files.read(content, "mine.csv", columns=other)
        np.testing.assert_array_equal(found.value.images, IMAGES)
        assert found.value.columns == (other, guess), "what was chosen can be undone"
        assert csv_files.read(content, "mine.csv", columns=guess).labels.tolist() == LABELS.tolist()

    def test_the_other_end_may_hold_the_label_instead(self) -> None:
        images = IMAGES.copy()
        images[:, -1] = np.arange(len(ROWS)) % 3
        dataset = csv_files.read(Layout(header=False).write(images, LABELS), "mine.csv")
        assert dataset.columns == (ColumnRoles(0), ColumnRoles(-1), ColumnRoles(None, (0,)))
        other = csv_files.read(Layout(header=False).write(images, LABELS), "mine.csv", columns=ColumnRoles(-1))
        np.testing.assert_array_equal(other.labels, images[:, -1])
        np.testing.assert_array_equal(other.images, np.column_stack((LABELS, images[:, :-1])))
        assert other.notes == ("Its columns are read as you chose.",)

    def test_a_row_number_can_be_a_pixel_or_the_label(self) -> None:
        named = Layout(row_number="id").write(IMAGES, LABELS)
        dataset = csv_files.read(named, "mine.csv")
        assert dataset.columns[:2] == (ColumnRoles(1, (0,)), ColumnRoles(1, (-1,)))
        pixels = csv_files.read(named, "mine.csv", columns=dataset.columns[1]).images
        np.testing.assert_array_equal(pixels, np.column_stack((np.arange(len(ROWS)), IMAGES[:, :-1])))
        with pytest.raises(UnlabelledError) as found:
            csv_files.read(Layout(None, row_number="id").write(IMAGES[:10], LABELS), "ten.csv")
        assert found.value.notes == ("The first column numbers the rows and was left out.",)
        numbered = found.value.columns[1]
        content = Layout(None, row_number="id").write(IMAGES[:10], LABELS)
        assert csv_files.read(content, "ten.csv", columns=numbered).labels.tolist() == list(range(10))

    def test_what_cannot_be_otherwise_is_no_choice(self) -> None:
        assert csv_files.read(csv_files.write(IMAGES, LABELS), "named.csv").columns == (ColumnRoles(0),)
        many = np.repeat(IMAGES, 10, axis=0)
        content = Layout(row_number="id").write(many, np.repeat(LABELS, 10))
        assert csv_files.read(content, "numbered.csv").columns == (ColumnRoles(1, (0,)),)


def test_the_names_that_pandas_makes_up_are_no_digit() -> None:
    rows = Layout(header=False).write(IMAGES, LABELS)
    numbered = ",".join(map(str, range(785))).encode() + b"\n"
    first = [str(LABELS[0]), *map(str, IMAGES[0])]
    seen: dict[str, int] = {}
    names = []
    for value in first:
        names.append(f"{value}.{seen[value]}" if value in seen else value)
        seen[value] = seen.get(value, 0) + 1
    for header in (numbered, ",".join(names).encode() + b"\n", b"," + numbered[:-5] + b"\n"):
        assert len(csv_files.read(header + rows, "mine.csv")) == len(ROWS)


def test_a_first_line_of_excel_is_no_header() -> None:
    content = b"sep=;\r\n" + Layout(separator=";", end="\r\n").write(IMAGES, LABELS)
    assert len(csv_files.read(content, "mine.csv")) == len(ROWS)


def test_what_numpy_writes_by_default_is_read() -> None:
    file = io.BytesIO()
    np.savetxt(file, np.column_stack((LABELS, IMAGES)))
    np.testing.assert_array_equal(csv_files.read(file.getvalue(), "mine.txt").images, IMAGES)


def test_arff_is_read() -> None:
    attributes = [f"@ATTRIBUTE pixel{i} real" for i in range(1, 785)]
    rows = Layout(header=False, label_last=True).write(IMAGES, LABELS).decode()
    content = "\n".join(["% MNIST", "@RELATION mnist", *attributes, "@ATTRIBUTE 'class' {0,1}", "@DATA", rows])
    dataset = csv_files.read(content.encode(), "mnist_784.arff")
    np.testing.assert_array_equal(dataset.images, IMAGES)
    np.testing.assert_array_equal(dataset.labels, LABELS)
    assert dataset.notes == ()


@pytest.mark.parametrize(
    "layout", [Layout(label=None), Layout(label=None, header=False), Layout(None, row_number="id")]
)
def test_images_without_labels_come_with_the_sentence(layout: Layout) -> None:
    with pytest.raises(UnlabelledError, match=r"^test\.csv holds 31 images but no labels: a network can read") as found:
        csv_files.read(layout.write(np.invert(IMAGES), LABELS), "test.csv")
    np.testing.assert_array_equal(found.value.images, IMAGES)


def test_digits_of_one_class_in_order_are_not_taken_for_row_numbers() -> None:
    first_of_each = np.arange(0, 5_000, 500)
    images, labels = EMBEDDED.images[first_of_each], EMBEDDED.labels[first_of_each]
    for label_last in (False, True):
        dataset = csv_files.read(Layout(header=False, label_last=label_last).write(images, labels), "mine.csv")
        assert dataset.labels.tolist() == list(range(10))
    alike = csv_files.read(Layout(header=False).write(EMBEDDED.images[500:510], EMBEDDED.labels[500:510]), "ones.csv")
    assert alike.labels.tolist() == [1] * 10


def test_a_table_whose_labels_cannot_be_told_is_refused() -> None:
    images = np.full((4, 784), 200, np.uint8)
    content = Layout(header=False).write(images, np.array([11, 12, 12, 13], np.uint8))
    with pytest.raises(DataError, match="neither its first nor its last column holds labels from 0 to 9"):
        csv_files.read(content, "mine.csv")


def test_a_few_wrong_labels_without_a_name_are_named_by_row() -> None:
    labels = LABELS.copy()
    labels[20] = 99
    with pytest.raises(DataError, match=r"^Row 21 of mine\.csv has “99” in column 1, but a label is a whole number"):
        csv_files.read(Layout(header=False).write(IMAGES, labels), "mine.csv")


class TestOrientation:
    """Digits stored column by column are recognized by looking."""

    def test_mnist_is_upright_and_its_transpose_is_turned(self, mnist: Dataset) -> None:
        images, labels = mnist.images[:600], mnist.labels[:600]
        for start in range(0, 600, 20):
            part = slice(start, start + 20)
            assert csv_files.read(csv_files.write(images[part], labels[part]), "m").adjustments == ()
            turned = csv_files.read(csv_files.write(transposed(images[part]), labels[part]), "m")
            assert turned.adjustments == (TRANSPOSED,)

    def test_digits_without_labels_are_turned_too_if_there_are_enough(self, mnist: Dataset) -> None:
        for start in range(0, 1000, 50):
            images = mnist.images[start : start + 50]
            for stored, adjusted in ((images, ()), (transposed(images), (TRANSPOSED,))):
                with pytest.raises(UnlabelledError) as found:
                    csv_files.read(Layout(None).write(stored, LABELS[[0] * 50]), "test.csv")
                assert found.value.adjustments == adjusted
                np.testing.assert_array_equal(found.value.images, images)

    def test_few_images_or_others_without_labels_are_left_alone(self) -> None:
        for images in (
            transposed(EMBEDDED.images[::400]),
            np.random.default_rng(0).integers(0, 256, (300, 784), dtype=np.uint8),
        ):
            with pytest.raises(UnlabelledError) as found:
                csv_files.read(Layout(None).write(images, LABELS[[0] * len(images)]), "test.csv")
            assert found.value.adjustments == ()

    def test_digits_of_emnist_that_are_upright_stay_so(self) -> None:
        scheme = next(scheme for scheme in LABEL_SCHEMES if scheme.name == "EMNIST digits")
        upright = csv_files.read(csv_files.write(IMAGES, LABELS), "emnist.csv", scheme)
        np.testing.assert_array_equal(upright.images, IMAGES)
        assert upright.notes == ("Its images are upright already, so they were not turned.",)

    def test_letters_are_turned_as_their_scheme_says(self) -> None:
        letters = csv_files.read(csv_files.write(IMAGES, LABELS + 1), "l.csv", LETTERS)
        assert letters.adjustments == (TRANSPOSED,)

    def test_other_pictures_with_ten_labels_are_left_alone(self) -> None:
        rng = np.random.default_rng(0)
        images = rng.integers(0, 256, (300, 784), dtype=np.uint8)
        dataset = csv_files.read(csv_files.write(images, np.arange(300).astype(np.uint8) % 10), "noise.csv")
        assert dataset.adjustments == ()
        np.testing.assert_array_equal(dataset.images, images)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"5 153:3 154:18 155:18\n0 128:51\n", "is a LIBSVM file: load it with"),
        (b"@relation mnist\n@attribute a real\n@data\n{0 1}\n", "is a sparse ARFF file"),
        (b"MATLAB 5.0 MAT-file" + b"\0" * 100, "is a MATLAB file: run from scipy.io import loadmat;"),
        (b"MATLAB 7.3 MAT-file" + b"\0" * 100, "is a MATLAB file: run import h5py;"),
        (zlib.compress(b"joblib"), "compressed by joblib: run import joblib;"),
        (b"\x89HDF\r\n\x1a\n", "is an HDF5 file: save its arrays with numpy.savez"),
        (b"\x93NUMPY\1\0", "is a single NumPy array: save its arrays"),
        (b"ARROW1\0\0", "is an Arrow file: save the table as CSV"),
        (b"BZh91AY", "is a bzip2 file: unpack it"),
        (b"\0" * 257 + b"ustar\0" + b"\0" * 300, "is a tar archive: unpack it"),
        (b"\0\0\x08\x03\0\0\0\x01", "is an IDX file of images: choose it together with its labels"),
        (b'[{"label": 1}]', "is a JSON file: save the table as CSV"),
        (b"RIFF\0\0\0\0WEBP", "is a picture: upload it on the Draw page"),
    ],
)
def test_another_format_is_named_with_a_way_out(content: bytes, sentence: str) -> None:
    with pytest.raises(DataError) as refused:
        csv_files.read(content, "theirs")
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["train.csv", "test.csv"], "holds 2 files (train.csv, test.csv), but one is needed: unzip it and choose one"),
        ([], "holds 0 files (none)"),
        ([f"{i}.png" for i in range(300)], "holds more than 256 files"),
        (["xl/workbook.xml", "[Content_Types].xml"], "is an Excel workbook: save the table as CSV"),
        (["digits/data.pkl", "digits/version"], "is a PyTorch file"),
    ],
)
def test_an_archive_without_its_one_file_is_refused(names: list[str], sentence: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    with pytest.raises(DataError) as refused:
        csv_files.read(file.getvalue(), "archive.zip")
    assert sentence in str(refused.value)


class TestBounds:
    """What would cost time or memory is refused before it does."""

    @pytest.mark.parametrize("content", [b"\n" * csv_table.LIMIT_BYTES, b"\r\n" * (csv_table.LIMIT_BYTES // 2)])
    def test_blank_lines_are_counted(self, content: bytes) -> None:
        with pytest.raises(DataError, match="more than 70,000 rows"):
            csv_files.read(gzip.compress(content, 1), "blank.csv.gz")

    def test_members_of_a_gzip_file_are_counted(self) -> None:
        with pytest.raises(DataError, match="a gzip file of more than 4,096 parts"):
            csv_files.read(gzip.compress(b"") * 1_500_000, "empty.csv.gz")

    @pytest.mark.parametrize(
        "nothing", [b"n" * 2**22 + b"\0", b"\0" + b"\0\0\0\xff\xff" * 2**20], ids=["a long name", "empty blocks"]
    )
    def test_what_holds_nothing_in_a_gzip_file_is_bounded(self, nothing: bytes) -> None:
        header, deflated = gzip.compress(csv_files.write(IMAGES, LABELS))[:10], gzip.compress(b"1")[10:]
        with pytest.raises(DataError, match="damaged or incomplete gzip file"):
            csv_files.read(header[:3] + b"\x08" + header[4:] + nothing + deflated, "named.csv.gz")

    def test_a_gzip_file_of_several_members_is_read(self) -> None:
        content = csv_files.write(IMAGES, LABELS)
        parts = [gzip.compress(content[i : i + 5_000]) for i in range(0, len(content), 5_000)]
        assert len(csv_files.read(b"".join(parts) + b"\0" * 512, "parts.csv.gz")) == len(ROWS)

    def test_a_zip_bomb_is_refused(self) -> None:
        with pytest.raises(DataError, match="larger than 128 MB"):
            csv_files.read(zipped(bytes(csv_table.LIMIT_BYTES + 2)), "bomb.zip")

    def test_long_cells_are_refused(self) -> None:
        line = b"a" * (csv_table.LIMIT_LINE - 800) + b"," * 784 + b"\n"
        with pytest.raises(DataError, match="neither its first nor its last column"):
            csv_files.read(b"0," * 784 + b"0\n" + line * 500, "long.csv")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("no_header.csv", ()),
        ("label_last_class.csv", ()),
        ("semicolons.csv", ()),
        ("train.csv.zip", ()),
        ("zero_one.csv", (SCALED,)),
        ("inverted.csv", (INVERTED,)),
    ],
)
def test_files_of_public_reports_are_read(reports: Path, name: str, expected: tuple[object, ...]) -> None:
    dataset = csv_files.read(reports / name, name)
    assert dataset.labels.tolist() == list(range(10))
    assert dataset.adjustments == expected
    assert not adjustments._has_light_paper(dataset.images)


def test_a_reported_file_without_labels_is_named_so(reports: Path) -> None:
    with pytest.raises(UnlabelledError, match=r"no_labels\.csv holds 10 images but no labels"):
        csv_files.read(reports / "no_labels.csv", "no_labels.csv")
