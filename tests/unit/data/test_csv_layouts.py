"""All layouts in which people have CSV files of digits give the same digits, and adjustments are reported."""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import csv_files, image_adjustments
from data.dataset import Dataset, UnlabelledError
from data.image_adjustments import INVERTED, SCALED, SHIFTED, TRANSPOSED
from data.label_schemes import LABEL_SCHEMES, transposed
from tests.unit.data.csv_layouts import EMBEDDED, IMAGES, LABELS, ROWS, Layout, zipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow


LETTERS = next(scheme for scheme in LABEL_SCHEMES if scheme.name == "EMNIST letters")


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
    assert as_in_file.adjustments == dataset.adjustments, "what was undone can be redone"


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


def test_a_trailing_separator_is_harmless() -> None:
    content = csv_files.write(IMAGES, LABELS).replace(b"\n", b",\n")
    np.testing.assert_array_equal(csv_files.read(content, "mine.csv").images, IMAGES)


def test_a_first_line_of_excel_is_not_a_header() -> None:
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


class TestOrientation:
    """Digits stored column by column are recognized by their looks."""

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
    assert not image_adjustments._has_light_paper(dataset.images)


def test_a_reported_file_without_labels_is_named_so(reports: Path) -> None:
    with pytest.raises(UnlabelledError, match=r"no_labels\.csv holds 10 images but no labels"):
        csv_files.read(reports / "no_labels.csv", "no_labels.csv")
