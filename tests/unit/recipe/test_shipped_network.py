"""The recipe reproduces the same weights, interrupted or not, and writes their model card."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data import csv_files, idx_files
from data.dataset import DataError
from models import weights
from models.reader import Reader
from recipe import __main__, reading_accuracy, shipped_network, sources
from recipe.prepared_sources import PreparedSources
from recipe.training_set import TrainingSet
from tests.unit.recipe.tiny_recipe import TINY, interrupt_in_epoch

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def few_of_each_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Non-digits take longest to draw and are measured elsewhere."""
    monkeypatch.setattr(reading_accuracy, "PER_KIND", 2)


@pytest.fixture
def small_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of MNIST's four files, with 700 digits for training and 300 for testing."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    embedded = csv_files.embedded()
    for name, rows in (("train", slice(0, 5000, 7)), ("t10k", slice(3, 5000, 17))):
        images, labels = embedded.images[rows], embedded.labels[rows]
        header = struct.pack(">HBBIII", 0, 8, 3, len(images), 28, 28)
        (folder / f"{name}-images-idx3-ubyte").write_bytes(header + images.tobytes())
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(
            struct.pack(">HBBI", 0, 8, 1, len(labels)) + labels.tobytes()
        )
    monkeypatch.setenv("DIGIT_LAB_MNIST", str(folder))
    monkeypatch.delenv("DIGIT_LAB_INK", raising=False)
    return folder


@pytest.fixture
def small_ink(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of recorded digits: a 1 and a 7 by each of ten writers."""
    strokes = tmp_path / "few.tra"
    one = '.SEGMENT DIGIT 0 ? "1"\n.COMMENT 1 {writer} 9\n.PEN_DOWN\n 5 {writer}9\n 5 0\n.PEN_UP\n'
    seven = '.SEGMENT DIGIT 0 ? "7"\n.COMMENT 7 {writer} 9\n.PEN_DOWN\n 0 90\n 5{writer} 90\n 20 0\n.PEN_UP\n'
    strokes.write_text("".join((one + seven).format(writer=writer) for writer in range(1, 11)))
    monkeypatch.setenv("DIGIT_LAB_INK", str(strokes))
    return strokes


def test_it_writes_a_file_with_all_a_reader_needs_and_its_card_and_leaves_no_checkpoint(
    small_mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out" / "digits.npz"
    target.parent.mkdir()
    shipped_network.make(TINY, target, quiet=True)
    assert {path.name for path in target.parent.iterdir()} == {"digits.npz", "README.md"}
    assert "DIGIT_LAB_INK" in capsys.readouterr().out, "says which source is missing, and goes on"
    saved = weights.load(target)
    reader, about = Reader(saved), saved.about
    assert reader.classes == tuple("0123456789")
    assert reader.normalization.upright
    rule = reader.decision_rule
    assert (rule.reject_index, rule.threshold) == (10, about["refusal"]["threshold"])
    assert rule.temperature == about["temperature"] != 1
    assert about["examples"] == {"train": 644, "dev": 71, "test": 294, "embedded": 5000}
    assert np.sum(about["confusion"]) == 294
    assert_held_out(about["embedded_held_out"], small_mnist, learned=644)
    assert about["data"]["train-images-idx3-ubyte"] == sources.sha256(small_mnist / "train-images-idx3-ubyte")
    assert "was not measured" in (target.parent / "README.md").read_text()


def assert_held_out(rows: list[int], folder: Path, *, learned: int) -> None:
    """Assert that `rows` are the embedded digits in this MNIST that were not used for training."""
    images = csv_files.embedded().images
    scanned = {image.tobytes() for image in idx_files.read_folder(folder).images}
    there = [row for row, image in enumerate(images) if image.tobytes() in scanned]
    assert rows == sorted(set(rows))
    assert set(rows) <= set(there)
    assert len(there) - len(rows) == learned


def test_weights_of_another_recipe_or_other_data_are_not_measured(
    small_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "digits.npz"
    shipped_network.make(TINY, target, quiet=True)
    with pytest.raises(DataError, match=r"digits\.npz was made with another recipe"):
        shipped_network.make(replace(TINY, batch_size=32), target, measure_only=True, quiet=True)
    monkeypatch.setattr(sources, "mnist_folder", lambda: None)
    with pytest.raises(DataError, match=r"digits\.npz was made from other data"):
        shipped_network.make(TINY, target, measure_only=True, quiet=True)


def test_each_writer_is_measured_by_a_network_that_never_saw_them(
    small_mnist: Path, small_ink: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the shipped network sees all writers."""
    learned: list[int] = []
    original = PreparedSources.training_set

    def watched(
        self: PreparedSources, chosen: NDArray[np.bool_], others: NDArray[np.bool_], *, quiet: bool = False
    ) -> TrainingSet:
        writers = [int(digit.writer.split()[-1]) for digit, taken in zip(self.recorded, chosen, strict=True) if taken]
        learned.append(sum(1 << writer for writer in writers) // 2)
        return original(self, chosen, others, quiet=quiet)

    monkeypatch.setattr(PreparedSources, "training_set", watched)
    shipped_network.make(TINY, tmp_path / "digits.npz", folds=5, quiet=True)
    everyone = sum(1 << writer for writer in range(1, 11))
    *folds, last = learned
    assert last == everyone
    assert sum(everyone - seen for seen in folds) == everyone, "each is left out once"
    assert {(everyone - seen).bit_count() for seen in folds} == {2}
    figures = weights.load(tmp_path / "digits.npz").about["cross_validation"]["writers"]
    assert (figures["digits"], figures["writers"], figures["folds"]) == (20, 10, 5)
    assert set(figures["pixels"]) == {"8", "12", "18", "23", "28"}


def test_a_resumed_recipe_gives_the_same_file_and_measuring_it_again_changes_nothing(
    small_mnist: Path, small_ink: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, card = tmp_path / "whole" / "digits.npz", tmp_path / "whole" / "README.md"
    whole.parent.mkdir()
    shipped_network.make(TINY, whole, quiet=True)
    before = whole.read_bytes(), card.read_bytes()
    shipped_network.make(TINY, whole, measure_only=True, quiet=True)
    assert (whole.read_bytes(), card.read_bytes()) == before
    with monkeypatch.context() as patch:
        interrupt_in_epoch(10, patch)  # after two fold networks, one full network and one epoch of the next
        with pytest.raises(KeyboardInterrupt):
            shipped_network.make(TINY, tmp_path / "digits.npz", quiet=True)
    with monkeypatch.context() as patch:
        interrupt_in_epoch(4, patch)  # only three epochs remain
        shipped_network.make(TINY, tmp_path / "digits.npz", quiet=True)
    assert (tmp_path / "digits.npz").read_bytes() == before[0]


def test_without_mnist_it_says_how_to_get_it_and_uses_the_embedded_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sources, "mnist_folder", lambda: None)
    monkeypatch.delenv("DIGIT_LAB_INK", raising=False)
    shipped_network.make(TINY, tmp_path / "digits.npz", quiet=True)
    assert "python -m data.download" in capsys.readouterr().out
    about = weights.load(tmp_path / "digits.npz").about
    assert about["examples"]["train"] == 4_800
    split = csv_files.embedded().split(TINY.seed, 100, 100)
    assert about["embedded_held_out"] == sorted(split.dev.rows.tolist())
    assert f"{len(split.dev)} of them are in dev" in (tmp_path / "README.md").read_text()
    assert set(about["data"]) == {"mnist_5k.csv.gz"}


def test_a_folder_without_mnist_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGIT_LAB_MNIST", str(tmp_path))
    with pytest.raises(SystemExit, match=tmp_path.name) as stop:
        __main__.main([])
    assert "\n" not in str(stop.value)
