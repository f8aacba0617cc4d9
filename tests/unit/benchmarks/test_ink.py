"""The ink benchmark: its table has every promised figure, each for the network it names."""

import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks import ink as benchmark
from benchmarks import photographs
from data import csv_files
from data.dataset import Dataset
from models import weights
from models.weights import SavedNetwork
from nn.network import Network
from recipe import cross_validation, reading_accuracy
from recipe.hyperparameters import Recipe
from recipe.recorded_drawings import RecordedDigit
from recipe.sources import Sources
from recipe.training_set import DataMixture

pytestmark = pytest.mark.slow

TINY = Recipe(
    hidden_sizes=(8,),
    epochs=1,
    fold_epochs=1,
    mixture=DataMixture(hands=2, canvases=0, thick=0, copies=1, not_digits=20),
)
LINE = (np.array([[0.0, 0], [1, 9]]),)


@pytest.fixture(autouse=True)
def few_of_each_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_accuracy, "PER_KIND", 2)
    monkeypatch.setattr(photographs, "EACH", 1)


@pytest.fixture
def no_photographs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the slowest rows of the table."""
    monkeypatch.setattr(photographs, "table", lambda *_: [])


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> Sources:
    """Provide 600 scanned digits, and ten writers who draw every digit as the same line."""
    embedded = csv_files.embedded()
    few = Dataset("few", embedded.images[::8].copy(), embedded.labels[::8].copy())
    recorded = [RecordedDigit(label, str(writer), LINE, "here") for writer in range(10) for label in range(10)]
    found = Sources(few, recorded, [], {}, ["lines.tra"])
    monkeypatch.setattr(Sources, "found", lambda: found)
    return found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Save a network that confidently reads everything as a 7 and never rejects; return its path."""
    network = Network.initialize((784, 11), rng=np.random.default_rng(0))
    network.vector[:] = 0
    network.biases[-1][7] = 20
    about = {"classes": [*"0123456789", "none"], "refusal": {"class": "none", "threshold": 0.5}}
    weights.write(SavedNetwork(network, about), tmp_path / "seven.npz")
    return tmp_path / "seven.npz"


def figures(line: str) -> list[str]:
    return re.findall(r"[\d.]+%", line)


def lines_of(path: Path, capsys: pytest.CaptureFixture[str], *, cross_validate: bool = False) -> dict[str, list[str]]:
    """Return the figures of each line by its name; the last line wins if a name is repeated."""
    benchmark.report(TINY, path, cross_validate=cross_validate, quiet=True)
    printed = capsys.readouterr().out.splitlines()
    return {re.split(r"  +", line.strip())[0]: figures(line) for line in printed}


def test_the_table_has_scanned_digits_strokes_five_pens_and_non_digits(
    sources: Sources, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = lines_of(file, capsys)
    share = float((sources.split(TINY.seed, TINY.dev_examples).test.take()[1] == 7).mean())
    assert lines["few, test"] == [f"{share:.2%}", "0.00%", f"{1 - share:.2%}"]
    assert lines["strokes"] == ["10.00%", "0.00%", "90.00%"], "it is sure, and right in one of ten"
    assert {f"pixels, pen of {pen} px" for pen in (8, 12, 18, 23, 28)} <= set(lines)
    assert lines["of kinds in training"] == lines["of kinds never seen"] == ["0.00%"]
    assert {"face", "house", "two digits"} <= set(lines)
    assert {"tight, dark on light", "tight, light on dark", "cut off, light on dark"} <= set(lines)
    assert not any(name.startswith("Writers never seen") for name in lines), "there was no cross-validation"


def test_a_cross_validation_retrains_and_leaves_no_files(
    sources: Sources, file: Path, capsys: pytest.CaptureFixture[str], no_photographs: None
) -> None:
    before = file.read_bytes()
    lines = lines_of(file, capsys, cross_validate=True)
    assert any(name.startswith("Writers never seen") for name in lines)
    assert list(file.parent.iterdir()) == [file]
    assert file.read_bytes() == before


def test_the_figures_in_the_file_are_printed(sources: Sources, file: Path, no_photographs: None) -> None:
    saved = weights.load(file)
    scores = {"right": 0.5, "refused": 0.125, "calibration_error": 0.0625}
    unseen = {
        "strokes": scores, "pixels": {"8": scores}, "by_writer": {"1": 0.25, "2": 0.75}, "spread": 0.1,
        "by_site": {"here": scores}, "recorded_others": {"there": 0.875},
    }  # fmt: skip
    printed = benchmark.table(saved, sources, TINY, {"writers": unseen})
    start = next(row for row, line in enumerate(printed) if line.startswith("Writers never seen"))
    assert figures(printed[start + 1]) == ["50.00%", "12.50%", "6.25%"]
    assert "25.00% (writer 1) to 75.00% (writer 2), ± 10.00 points" in printed[start + 3]
    assert figures(printed[start + 5]) == ["87.50%"]


def test_without_recorded_digits_it_cannot_cross_validate_and_says_so(
    sources: Sources, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = Sources(sources.scanned, [], [], {}, [])
    monkeypatch.setattr(Sources, "found", lambda: bare)
    assert benchmark.main(["--weights", str(file), "--folds", str(cross_validation.FOLDS)]) == 1
    assert capsys.readouterr().err == "There are no recorded digits to cross-validate with.\n"


def test_a_file_that_is_not_a_network_is_named(
    sources: Sources, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark.main(["--weights", str(tmp_path / "none.npz")]) == 1
    assert "none.npz cannot be used" in capsys.readouterr().err
