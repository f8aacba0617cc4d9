"""Recorded drawings are read from JSON lines; drawings shaped like a digit are not taught as non-digits."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recipe import recorded_drawings
from recipe.sources import INK_FILES, Sources

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

SEVEN = {"label": "7", "writer": "anna", "strokes": [[[0, 0], [8, 0], [3, 12]]]}


def lines(*drawings: object) -> bytes:
    return "\n".join(json.dumps(each) for each in drawings).encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.jsonl"


def test_digits_and_other_drawings_are_told_apart(path: Path) -> None:
    cat = {"label": "cat", "writer": "bo", "strokes": [[[0, 0], [1, 1]], [[2, 2], [3, 3]]], "site": "there"}
    path.write_bytes(gzip.compress(lines(SEVEN, cat)))
    (seven,), (other,) = recorded_drawings.read(path, "here")
    assert (seven.label, seven.writer, seven.site) == (7, "here anna", "here")
    np.testing.assert_array_equal(seven.strokes[0], SEVEN["strokes"][0])
    assert (other.name, other.group, other.site, len(other.strokes)) == ("cat", "here bo", "there", 2)


def test_where_everybody_drew_one_drawing_they_are_split_by_what_it_is(path: Path) -> None:
    path.write_bytes(lines({**SEVEN, "label": "windmill"}))
    _, (windmill,) = recorded_drawings.read(path, "quickdraw")
    assert windmill.group == "quickdraw windmill"


@pytest.mark.parametrize("label", ["O", "l", "Z", "circle"])
def test_the_shape_of_a_digit_is_left_out(label: str, path: Path) -> None:
    path.write_bytes(lines(SEVEN, {**SEVEN, "label": label}))
    assert recorded_drawings.read(path, "here")[1] == []


def test_digits_that_no_neighbour_agrees_with_are_left_out(path: Path) -> None:
    path.write_bytes(lines({**SEVEN, "alike": 0}, {**SEVEN, "alike": 9}))
    assert len(recorded_drawings.read(path, "here")[0]) == 1


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"7",
        b"[]",
        b"{}",
        b"[" * 100_000,
        lines({**SEVEN, "strokes": []}),
        lines({**SEVEN, "strokes": [[]]}),
        lines({**SEVEN, "strokes": 3}),
        lines({**SEVEN, "strokes": [[[0]]]}),
        lines({**SEVEN, "strokes": [[[0, 1, 2]]]}),
        lines({**SEVEN, "strokes": [[["a", "b"]]]}),
        lines({**SEVEN, "strokes": [[[0, 1e400]]]}),
    ],
    ids=lambda line: repr(line)[:40],
)
def test_a_line_that_is_not_a_drawing_is_named(line: bytes, path: Path) -> None:
    path.write_bytes(lines(SEVEN) + b"\n" + line)
    with pytest.raises(ValueError, match=r"some\.jsonl is not a file of drawings: line 2 cannot be read"):
        recorded_drawings.read(path, "here")


def test_an_empty_file_is_named(path: Path) -> None:
    path.write_bytes(b"")
    with pytest.raises(ValueError, match="holds no drawings"):
        recorded_drawings.read(path, "here")


def test_a_folder_is_read_as_far_as_it_goes_and_what_is_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DIGIT_LAB_INK", str(tmp_path))
    (tmp_path / "uji-digits.jsonl").write_bytes(lines(SEVEN))
    (tmp_path / "uji-letters.jsonl.gz").write_bytes(gzip.compress(lines({**SEVEN, "label": "e"})))
    sources = Sources.found()
    assert [(digit.label, digit.site) for digit in sources.recorded] == [(7, "uji")]
    assert [other.name for other in sources.others] == ["e"]
    assert sources.ink == ["uji-digits.jsonl", "uji-letters.jsonl"]
    assert set(sources.ink) < {name.removesuffix(".gz") for name in sources.checksums}
    printed = capsys.readouterr().out
    missing = [file.name for file in INK_FILES if file.name not in sources.ink]
    assert [name for name in missing if name in printed] == missing
    assert "DIGIT_LAB_INK" in printed


def test_all_that_stands_beside_the_project_is_read(ink_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if ink_folder.is_file():
        pytest.skip("DIGIT_LAB_INK names one file")
    monkeypatch.setenv("DIGIT_LAB_INK", str(ink_folder))
    sources = Sources.found()
    assert sources.ink == [file.name for file in INK_FILES]
    assert len(sources.recorded) == 20_690
    assert len({digit.writer for digit in sources.recorded}) == 265
    assert len({digit.site for digit in sources.recorded}) == 15
