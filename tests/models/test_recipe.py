"""The recipe: the same weights again, whether it was interrupted or not, and a card beside them."""

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data import csv_files
from data.dataset import DataError
from models import measurements, recipe, sources, training_set, weights
from models.reader import Reader
from models.recipe import Recipe
from models.training_set import Mixture, TrainingSet
from nn.augmentation import Distortion, distort

TINY = Recipe(
    dev_examples=100,
    hidden_sizes=(8,),
    batch_size=64,
    epochs=4,
    fold_epochs=2,
    distortion=Distortion(rotation=5, shift=1, elastic=0.5),
    mixture=Mixture(hands=3, canvases=1, thick=0, copies=2, not_digits=60, not_digits_at_once=40),
)

Dev = tuple[NDArray[np.uint8], NDArray[np.uint8]]


@pytest.fixture(autouse=True)
def few_of_each_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawings that are no digit take longest to make and are measured elsewhere."""
    monkeypatch.setattr(measurements, "OF_EACH_KIND", 2)


def scanned(seed: int) -> TrainingSet:
    """600 scanned digits, no ink, and 60 drawings that are no digit."""
    images, labels = csv_files.embedded().split(seed=seed, dev=100, test=4_300).train.take()
    others = training_set.others([], TINY.mixture, seed=0, quiet=True)
    none = np.empty((TINY.mixture.hands, 0, 784), np.uint8)
    return TrainingSet(images, labels, none, np.empty(0, np.uint8), others, TINY.mixture)


@pytest.fixture(scope="module")
def material() -> TrainingSet:
    return scanned(seed=1)


@pytest.fixture(scope="module")
def dev() -> Dev:
    return csv_files.embedded().split(seed=1, dev=100, test=4_300).dev.take()


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


def train(settings: Recipe, material: TrainingSet, dev: Dev, checkpoint: Path) -> NDArray[np.floating[Any]]:
    return recipe.train(settings, material, dev, checkpoint, epochs=settings.epochs, quiet=True).vector


@pytest.mark.parametrize("optimizer", ["adam", "momentum", "rmsprop", "descent"])
def test_an_interrupted_run_goes_on_to_the_very_same_weights(
    optimizer: str, material: TrainingSet, dev: Dev, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(TINY, optimizer=optimizer)
    whole = train(settings, material, dev, tmp_path / "whole.npz")
    checkpoint = tmp_path / "interrupted.npz"
    for epoch in (2, 2):  # twice: after the first epoch, and one epoch further
        with monkeypatch.context() as patch:
            interrupt_in_epoch(epoch, patch)
            with pytest.raises(KeyboardInterrupt):
                train(settings, material, dev, checkpoint)
    with monkeypatch.context() as patch:
        interrupt_in_epoch(3, patch)  # two epochs are left: a run that began anew would be interrupted
        np.testing.assert_array_equal(train(settings, material, dev, checkpoint), whole)


def test_another_seed_gives_other_weights(material: TrainingSet, dev: Dev, tmp_path: Path) -> None:
    first, other = (
        train(replace(TINY, seed=seed, epochs=1), material, dev, tmp_path / f"{seed}.npz") for seed in (1, 2)
    )
    assert np.abs(first - other).max() > 0.01


def test_a_checkpoint_of_another_recipe_or_other_data_is_left_aside(
    material: TrainingSet, dev: Dev, checkpoint: Path
) -> None:
    train(replace(TINY, learning_rate=0.01), material, dev, checkpoint)
    ours = train(TINY, material, dev, checkpoint)
    checkpoint.unlink()
    np.testing.assert_array_equal(train(TINY, material, dev, checkpoint), ours)
    other = scanned(seed=2)
    theirs = train(TINY, other, dev, checkpoint)
    checkpoint.unlink()
    np.testing.assert_array_equal(train(TINY, other, dev, checkpoint), theirs)


def test_a_damaged_checkpoint_is_left_aside(material: TrainingSet, dev: Dev, checkpoint: Path) -> None:
    settings = replace(TINY, epochs=1)
    whole = train(settings, material, dev, checkpoint)
    for damaged in (b"", b"PK", checkpoint.read_bytes()[:2_000]):
        checkpoint.write_bytes(damaged)
        np.testing.assert_array_equal(train(settings, material, dev, checkpoint), whole)


def test_an_interrupted_run_with_other_epochs_is_another_run(material: TrainingSet, dev: Dev, checkpoint: Path) -> None:
    train(replace(TINY, epochs=2), material, dev, checkpoint)
    ours = train(TINY, material, dev, checkpoint)
    checkpoint.unlink()
    np.testing.assert_array_equal(train(TINY, material, dev, checkpoint), ours)


def test_it_learns(material: TrainingSet, dev: Dev, checkpoint: Path) -> None:
    settings = replace(TINY, hidden_sizes=(32,), learning_rate=0.005)
    network = recipe.train(settings, material, dev, checkpoint, epochs=30, quiet=True)
    images, labels = dev
    read = network.probabilities((images / 255).astype(np.float32)).argmax(axis=1)
    assert (read == labels).mean() > 0.7, "600 digits are enough for seven in ten"


def test_what_is_kept_is_the_average_of_the_last_weights(material: TrainingSet, dev: Dev, checkpoint: Path) -> None:
    """With an average that forgets at once, the weights of the step that it last took in."""
    settings = replace(TINY, epochs=1, batch_size=10_000)
    first = train(replace(settings, averaging=0.0), material, dev, checkpoint)
    untrained = train(replace(settings, averaging=1.0), material, dev, checkpoint)
    between = train(replace(settings, averaging=0.75), material, dev, checkpoint)
    np.testing.assert_allclose(between, 0.75 * untrained + 0.25 * first, atol=1e-7)
    assert np.abs(first - untrained).max() > 1e-4


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


@pytest.fixture
def small_ink(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of recorded digits: a 1 and a 7 by each of ten writers."""
    strokes = tmp_path / "few.tra"
    one = '.SEGMENT DIGIT 0 ? "1"\n.COMMENT 1 {writer} 9\n.PEN_DOWN\n 5 {writer}9\n 5 0\n.PEN_UP\n'
    seven = '.SEGMENT DIGIT 0 ? "7"\n.COMMENT 7 {writer} 9\n.PEN_DOWN\n 0 90\n 5{writer} 90\n 20 0\n.PEN_UP\n'
    strokes.write_text("".join((one + seven).format(writer=writer) for writer in range(1, 11)))
    monkeypatch.setenv("DIGIT_LAB_INK", str(strokes))
    return strokes


def test_it_leaves_a_file_and_its_card_and_no_checkpoint(
    small_mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out" / "digits.npz"
    target.parent.mkdir()
    recipe.make(TINY, target, quiet=True)
    assert {path.name for path in target.parent.iterdir()} == {"digits.npz", "README.md"}
    assert "DIGIT_LAB_INK" in capsys.readouterr().out, "says which source is not there, and goes on"
    about = weights.load(target).about
    assert about["examples"] == {"train": 644, "dev": 71, "test": 294, "embedded": 5000}
    assert np.sum(about["confusion"]) == 294
    assert about["data"]["train-images-idx3-ubyte"] == sources.sha256(small_mnist / "train-images-idx3-ubyte")
    assert "was not measured" in (target.parent / "README.md").read_text()


def test_the_saved_file_says_all_that_a_reader_needs(small_mnist: Path, tmp_path: Path) -> None:
    recipe.make(TINY, tmp_path / "digits.npz", quiet=True)
    saved = weights.load(tmp_path / "digits.npz")
    reader = Reader(saved)
    assert reader.classes == tuple("0123456789")
    assert reader.normalization.upright
    assert (reader.judgement.refusing, reader.judgement.threshold) == (10, saved.about["refusal"]["threshold"])
    assert reader.judgement.temperature == saved.about["temperature"] != 1


def test_measuring_again_changes_nothing(small_mnist: Path, small_ink: Path, tmp_path: Path) -> None:
    target = tmp_path / "digits.npz"
    recipe.make(TINY, target, quiet=True)
    before = target.read_bytes(), (tmp_path / "README.md").read_bytes()
    recipe.make(TINY, target, measure_only=True, quiet=True)
    assert (target.read_bytes(), (tmp_path / "README.md").read_bytes()) == before


def test_weights_of_another_recipe_or_other_data_are_not_measured_as_this_one(
    small_mnist: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "digits.npz"
    recipe.make(TINY, target, quiet=True)
    with pytest.raises(DataError, match=r"digits\.npz was made by another recipe"):
        recipe.make(replace(TINY, batch_size=32), target, measure_only=True, quiet=True)
    monkeypatch.setattr(sources, "mnist_folder", lambda: None)
    with pytest.raises(DataError, match=r"digits\.npz was made from other data"):
        recipe.make(TINY, target, measure_only=True, quiet=True)


def test_each_writer_is_measured_by_a_network_that_never_saw_them(
    small_mnist: Path, small_ink: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the shipped network is the only one that sees all."""
    learned: list[int] = []
    original = recipe.Ingredients.material

    def watched(self: recipe.Ingredients, chosen: NDArray[np.bool_], *, quiet: bool = False) -> TrainingSet:
        learned.append(sum(1 << digit.writer for digit, taken in zip(self.recorded, chosen, strict=True) if taken) // 2)
        return original(self, chosen, quiet=quiet)

    monkeypatch.setattr(recipe.Ingredients, "material", watched)
    recipe.make(TINY, tmp_path / "digits.npz", folds=5, quiet=True)
    everyone = sum(1 << writer for writer in range(1, 11))
    *folds, last = learned
    assert last == everyone
    assert sum(everyone - seen for seen in folds) == everyone, "each is left out once"
    assert {(everyone - seen).bit_count() for seen in folds} == {2}
    figures = weights.load(tmp_path / "digits.npz").about["cross_validation"]
    assert (figures["digits"], figures["writers"], figures["folds"]) == (20, 10, 5)
    assert set(figures["pixels"]) == {"8", "12", "18", "23", "28"}


def test_an_interrupted_recipe_goes_on_to_the_very_same_file(
    small_mnist: Path, small_ink: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "whole").mkdir()
    recipe.make(TINY, tmp_path / "whole" / "digits.npz", quiet=True)
    with monkeypatch.context() as patch:
        interrupt_in_epoch(4, patch)  # two of the network without some writers, and one of the shipped one, are done
        with pytest.raises(KeyboardInterrupt):
            recipe.make(TINY, tmp_path / "digits.npz", quiet=True)
    with monkeypatch.context() as patch:
        interrupt_in_epoch(4, patch)  # three epochs are left
        recipe.make(TINY, tmp_path / "digits.npz", quiet=True)
    assert (tmp_path / "digits.npz").read_bytes() == (tmp_path / "whole" / "digits.npz").read_bytes()


def test_without_mnist_it_says_how_to_get_it_and_goes_on_with_the_digits_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sources, "mnist_folder", lambda: None)
    monkeypatch.delenv("DIGIT_LAB_INK", raising=False)
    recipe.make(TINY, tmp_path / "digits.npz", quiet=True)
    assert "python -m data.download" in capsys.readouterr().out
    about = weights.load(tmp_path / "digits.npz").about
    assert about["examples"]["train"] == 4_800
    assert set(about["data"]) == {"mnist_5k.csv.gz"}


def test_a_folder_without_mnist_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGIT_LAB_MNIST", str(tmp_path))
    with pytest.raises(SystemExit, match=tmp_path.name) as stop:
        recipe.main([])
    assert "\n" not in str(stop.value)
