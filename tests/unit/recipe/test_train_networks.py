"""The recipe's networks learn, and reach the same weights whether training is interrupted or not."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from data import csv_files
from recipe import train_networks, training_set
from recipe.hyperparameters import Recipe
from recipe.training_set import TrainingSet
from tests.unit.recipe.tiny_recipe import TINY, interrupt_in_epoch

Dev = tuple[NDArray[np.uint8], NDArray[np.uint8]]


def scanned(seed: int) -> TrainingSet:
    """600 scanned digits, no recorded ink and 60 non-digits."""
    images, labels = csv_files.embedded().split(seed=seed, dev=100, test=4_300).train.take()
    others = training_set.draw_negatives(TINY.mixture, seed=0, quiet=True)
    none = np.empty((TINY.mixture.hands, 0, 784), np.uint8)
    no_others = np.empty((TINY.mixture.others_hands, 0, 784), np.uint8)
    return TrainingSet(images, labels, none, np.empty(0, np.uint8), others, no_others, TINY.mixture)


@pytest.fixture(scope="module")
def examples() -> TrainingSet:
    return scanned(seed=1)


@pytest.fixture(scope="module")
def dev() -> Dev:
    return csv_files.embedded().split(seed=1, dev=100, test=4_300).dev.take()


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return tmp_path / "checkpoint.npz"


def train(settings: Recipe, examples: TrainingSet, dev: Dev, checkpoint: Path) -> NDArray[np.floating[Any]]:
    network = train_networks.train_one(
        settings, examples, dev, checkpoint, number=0, epochs=settings.epochs, quiet=True
    )
    return network.vector


@pytest.mark.parametrize("optimizer", ["adam", "momentum", "rmsprop", "descent"])
def test_a_resumed_run_gives_the_same_weights(
    optimizer: str, examples: TrainingSet, dev: Dev, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(TINY, optimizer=optimizer)
    whole = train(settings, examples, dev, tmp_path / "whole.npz")
    checkpoint = tmp_path / "interrupted.npz"
    for epoch in (2, 2):  # twice: after the first epoch, and one epoch later
        with monkeypatch.context() as patch:
            interrupt_in_epoch(epoch, patch)
            with pytest.raises(KeyboardInterrupt):
                train(settings, examples, dev, checkpoint)
    with monkeypatch.context() as patch:
        interrupt_in_epoch(3, patch)  # two epochs remain: only a run that started over would be interrupted
        np.testing.assert_array_equal(train(settings, examples, dev, checkpoint), whole)


def test_another_seed_gives_other_weights(examples: TrainingSet, dev: Dev, tmp_path: Path) -> None:
    first, other = (
        train(replace(TINY, seed=seed, epochs=1), examples, dev, tmp_path / f"{seed}.npz") for seed in (1, 2)
    )
    assert np.abs(first - other).max() > 0.01


def test_a_checkpoint_of_another_recipe_or_other_data_is_ignored(
    examples: TrainingSet, dev: Dev, checkpoint: Path
) -> None:
    train(replace(TINY, learning_rate=0.01), examples, dev, checkpoint)
    ours = train(TINY, examples, dev, checkpoint)
    checkpoint.unlink()
    np.testing.assert_array_equal(train(TINY, examples, dev, checkpoint), ours)
    other = scanned(seed=2)
    theirs = train(TINY, other, dev, checkpoint)
    checkpoint.unlink()
    np.testing.assert_array_equal(train(TINY, other, dev, checkpoint), theirs)


def test_a_damaged_checkpoint_is_ignored(examples: TrainingSet, dev: Dev, checkpoint: Path) -> None:
    settings = replace(TINY, epochs=1)
    whole = train(settings, examples, dev, checkpoint)
    for damaged in (b"", b"PK", checkpoint.read_bytes()[:2_000]):
        checkpoint.write_bytes(damaged)
        np.testing.assert_array_equal(train(settings, examples, dev, checkpoint), whole)


def test_an_interrupted_run_with_other_epochs_is_another_run(examples: TrainingSet, dev: Dev, checkpoint: Path) -> None:
    train(replace(TINY, epochs=2), examples, dev, checkpoint)
    ours = train(TINY, examples, dev, checkpoint)
    checkpoint.unlink()
    np.testing.assert_array_equal(train(TINY, examples, dev, checkpoint), ours)


def test_it_learns(examples: TrainingSet, dev: Dev, checkpoint: Path) -> None:
    settings = replace(TINY, hidden_sizes=(32,), learning_rate=0.005)
    network = train_networks.train_one(settings, examples, dev, checkpoint, number=0, epochs=30, quiet=True)
    images, labels = dev
    read = network.probabilities((images / 255).astype(np.float32)).argmax(axis=1)
    assert (read == labels).mean() > 0.7, "600 digits are enough for seven in ten"


def test_the_result_is_the_average_of_the_last_weights(examples: TrainingSet, dev: Dev, checkpoint: Path) -> None:
    """In one step, averaging 0 gives the new weights, 1 the untrained ones, and 0.75 their weighted mean."""
    settings = replace(TINY, epochs=1, batch_size=10_000)
    first = train(replace(settings, averaging=0.0), examples, dev, checkpoint)
    untrained = train(replace(settings, averaging=1.0), examples, dev, checkpoint)
    between = train(replace(settings, averaging=0.75), examples, dev, checkpoint)
    np.testing.assert_allclose(between, 0.75 * untrained + 0.25 * first, atol=1e-7)
    assert np.abs(first - untrained).max() > 1e-4


def test_networks_are_trained_separately_and_joined_in_the_precision_of_the_file(
    examples: TrainingSet, dev: Dev, tmp_path: Path
) -> None:
    settings = replace(TINY, stored_as="float16")
    paths = [tmp_path / "0.npz", tmp_path / "1.npz"]
    both = train_networks.train(settings, examples, dev, paths, epochs=1, quiet=True)
    first, second = (
        train_networks.train_one(settings, examples, dev, tmp_path / "alone.npz", number=number, epochs=1, quiet=True)
        for number in (0, 1)
    )
    assert np.abs(first.vector - second.vector).max() > 0.01, "random numbers of its own, and no other's checkpoint"
    assert both.sizes == (784, 16, 11)
    images = (dev[0] / 255).astype(np.float32)
    mean = (first.logits(images) + second.logits(images)) / 2
    np.testing.assert_allclose(both.logits(images), mean, atol=0.02)
    np.testing.assert_array_equal(both.vector, both.vector.astype(np.float16))


def test_finished_networks_are_not_trained_again(
    examples: TrainingSet, dev: Dev, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if each was trained separately, in any order."""
    paths = [tmp_path / "0.npz", tmp_path / "1.npz"]
    for number in (1, 0):
        train_networks.train_one(TINY, examples, dev, paths[number], number=number, epochs=1, quiet=True)
    interrupt_in_epoch(1, monkeypatch)
    train_networks.train(TINY, examples, dev, paths, epochs=1, quiet=True)
