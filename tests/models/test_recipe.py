"""The recipe: the same weights again, whether it was interrupted or not, and a card beside them."""

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data import csv_files
from data.dataset import DataError, Split
from models import recipe, weights
from models.recipe import Recipe
from nn.augmentation import Distortion, distort

TINY = Recipe(
    dev_examples=100,
    hidden_sizes=(8,),
    batch_size=64,
    epochs=4,
    distortion=Distortion(rotation=5, shift=1, elastic=0.5),
)


@pytest.fixture(scope="module")
def split() -> Split:
    return csv_files.embedded().split(seed=1, dev=100, test=4_300)


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return tmp_path / "checkpoint.npz"


def interrupt_in_epoch(number: int, patch: pytest.MonkeyPatch) -> None:
    """Have the person press Ctrl+C as the given epoch, of this call of train, begins."""
    calls = iter(range(1, 100))

    def interrupted(
        images: NDArray[np.uint8], distortion: Distortion, *, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        if next(calls) == number:
            raise KeyboardInterrupt
        return distort(images, distortion, rng=rng)

    patch.setattr(recipe, "distort", interrupted)


def train(settings: Recipe, split: Split, checkpoint: Path) -> NDArray[np.floating[Any]]:
    return recipe.train(settings, split, checkpoint, quiet=True).vector


@pytest.mark.parametrize("optimizer", ["adam", "momentum", "rmsprop", "descent"])
def test_an_interrupted_run_goes_on_to_the_very_same_weights(
    optimizer: str, split: Split, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(TINY, optimizer=optimizer)
    whole = train(settings, split, tmp_path / "whole.npz")
    checkpoint = tmp_path / "interrupted.npz"
    for epoch in (2, 2):  # twice: after the first epoch, and one epoch further
        with monkeypatch.context() as patch:
            interrupt_in_epoch(epoch, patch)
            with pytest.raises(KeyboardInterrupt):
                train(settings, split, checkpoint)
    with monkeypatch.context() as patch:
        interrupt_in_epoch(3, patch)  # two epochs are left: a run that began anew would be interrupted
        np.testing.assert_array_equal(train(settings, split, checkpoint), whole)


def test_another_seed_gives_other_weights(split: Split, tmp_path: Path) -> None:
    first, other = (train(replace(TINY, seed=seed, epochs=1), split, tmp_path / f"{seed}.npz") for seed in (1, 2))
    assert np.abs(first - other).max() > 0.01


def test_a_checkpoint_of_another_recipe_or_other_data_is_left_aside(split: Split, checkpoint: Path) -> None:
    train(replace(TINY, learning_rate=0.01), split, checkpoint)
    ours = train(TINY, split, checkpoint)
    checkpoint.unlink()
    np.testing.assert_array_equal(train(TINY, split, checkpoint), ours)
    other = csv_files.embedded().split(seed=2, dev=100, test=4_300)
    theirs = train(TINY, other, checkpoint)
    checkpoint.unlink()
    np.testing.assert_array_equal(train(TINY, other, checkpoint), theirs)


def test_a_damaged_checkpoint_is_left_aside(split: Split, checkpoint: Path) -> None:
    settings = replace(TINY, epochs=1)
    whole = train(settings, split, checkpoint)
    for damaged in (b"", b"PK", checkpoint.read_bytes()[:2_000]):
        checkpoint.write_bytes(damaged)
        np.testing.assert_array_equal(train(settings, split, checkpoint), whole)


def test_it_learns(split: Split, checkpoint: Path) -> None:
    network = recipe.train(
        replace(TINY, hidden_sizes=(32,), learning_rate=0.005, epochs=30), split, checkpoint, quiet=True
    )
    images, labels = split.dev.take()
    read = network.probabilities((images / 255).astype(np.float32)).argmax(axis=1)
    assert (read == labels).mean() > 0.7, "600 digits are enough for seven in ten"


@pytest.fixture
def small_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the four files of MNIST, with 700 digits to train on and 300 to test."""
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


def test_it_leaves_a_file_and_its_card_and_no_checkpoint(
    small_mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out" / "digits.npz"
    target.parent.mkdir()
    recipe.make(TINY, target)
    assert {path.name for path in target.parent.iterdir()} == {"digits.npz", "README.md"}
    assert "DIGIT_LAB_INK" in capsys.readouterr().out, "says which source is not there, and goes on"
    about = weights.load(target).about
    assert about["examples"] == {"train": 615, "dev": 100, "test": 294, "embedded": 5000}
    assert np.sum(about["confusion"]) == 294
    assert about["data"]["train-images-idx3-ubyte"] == recipe.sha256(small_mnist / "train-images-idx3-ubyte")
    assert "Not measured" in (target.parent / "README.md").read_text()


def test_measuring_again_changes_nothing(small_mnist: Path, tmp_path: Path) -> None:
    target = tmp_path / "digits.npz"
    recipe.make(TINY, target)
    before = target.read_bytes(), (tmp_path / "README.md").read_bytes()
    recipe.make(TINY, target, measure_only=True)
    assert (target.read_bytes(), (tmp_path / "README.md").read_bytes()) == before


def test_weights_of_another_recipe_are_not_measured_as_this_one(small_mnist: Path, tmp_path: Path) -> None:
    target = tmp_path / "digits.npz"
    recipe.make(TINY, target)
    with pytest.raises(DataError, match=r"digits\.npz was made by another recipe"):
        recipe.make(replace(TINY, batch_size=32), target, measure_only=True)


def test_recorded_digits_are_measured_where_they_are_named(
    small_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strokes = tmp_path / "two.tra"
    digit = '.SEGMENT DIGIT 0 ? "1"\n.COMMENT 1 {writer} 9\n.PEN_DOWN\n 5 9\n 5 0\n.PEN_UP\n'
    strokes.write_text(digit.format(writer=3) + digit.format(writer=4))
    monkeypatch.setenv("DIGIT_LAB_INK", str(strokes))
    recipe.make(TINY, tmp_path / "digits.npz")
    drawn = weights.load(tmp_path / "digits.npz").about["drawn"]
    assert (drawn["digits"], drawn["writers"], drawn["sha256"]) == (2, 2, recipe.sha256(strokes))
    assert drawn["strokes"] in {0.0, 1.0}, "the same drawing twice"
    assert set(drawn["pixels"]) == {"8", "12", "18", "28"}


def test_without_mnist_it_says_in_a_sentence_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recipe, "mnist_folder", lambda: None)
    with pytest.raises(SystemExit, match=r"python -m data\.download") as stop:
        recipe.main([])
    assert "\n" not in str(stop.value)


def test_a_folder_without_mnist_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGIT_LAB_MNIST", str(tmp_path))
    with pytest.raises(SystemExit, match=tmp_path.name):
        recipe.main([])
