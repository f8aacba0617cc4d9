"""Which columns of a CSV file hold labels and pixels is guessed, reported, and open to change."""

from __future__ import annotations

import numpy as np
import pytest

from data import csv_files
from data.dataset import ColumnRoles, DataError, UnlabelledError
from tests.unit.data.csv_layouts import EMBEDDED, IMAGES, LABELS, ROWS, Layout


def test_a_row_number_after_a_shuffle_is_left_out() -> None:
    rng = np.random.default_rng(0)
    lines = Layout(row_number="").write(IMAGES, LABELS).splitlines(keepends=True)
    shuffled = [lines[0], *(lines[1 + i] for i in rng.permutation(len(ROWS)))]
    dataset = csv_files.read(b"".join(shuffled), "mine.csv")
    assert sorted(dataset.labels) == sorted(LABELS)
    assert dataset.notes == ("The first column numbers the rows and was left out.",)


def test_the_label_found_without_a_name_is_said() -> None:
    for layout, note in (
        (Layout(header=False), "No column is named label. The first one holds the labels."),
        (Layout(header=False, label_last=True), "No column is named label. The last one holds the labels."),
        (Layout(label="digit", label_last=True), "No column is named label. The last one, digit, holds the labels."),
    ):
        assert csv_files.read(layout.write(IMAGES, LABELS), "mine.csv").notes == (note,)


class TestColumns:
    """Guesses about what the columns hold can be overridden."""

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

    def test_what_cannot_be_otherwise_is_not_a_choice(self) -> None:
        assert csv_files.read(csv_files.write(IMAGES, LABELS), "named.csv").columns == (ColumnRoles(0),)
        many = np.repeat(IMAGES, 10, axis=0)
        content = Layout(row_number="id").write(many, np.repeat(LABELS, 10))
        assert csv_files.read(content, "numbered.csv").columns == (ColumnRoles(1, (0,)),)


def test_the_names_that_pandas_makes_up_are_not_a_digit() -> None:
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
