"""An epoch holds every scanned digit once, some handwritings of each recorded digit, and non-digits."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from ink import mnist_format
from recipe import training_set
from recipe.negatives import catalogue
from recipe.recorded_drawings import RecordedDigit, RecordedOther
from recipe.training_set import DataMixture, TrainingSet

pytestmark = pytest.mark.slow

MIXTURE = DataMixture(hands=4, canvases=1, thick=1, copies=3, not_digits=120, not_digits_at_once=50, others_at_once=3)
LEANING = (np.array([[30.0, 0], [10, 90]]), np.array([[0.0, 40], [40, 40]]))
RECORDED = [RecordedDigit(label, "1", LEANING, "here") for label in (4, 7)]


def slant(image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> float:
    """Covariance of x and y over the variance of y, for an image (784,)."""
    y, x = np.mgrid[:28, :28]
    mass = image.reshape(28, 28) / image.sum()
    dx, dy = x - (mass * x).sum(), y - (mass * y).sum()
    return float((mass * dx * dy).sum() / (mass * dy * dy).sum())


@pytest.fixture(scope="module")
def drawn() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return training_set.draw_handwritings(RECORDED, MIXTURE, seed=0, quiet=True)


@pytest.fixture
def examples(drawn: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> TrainingSet:
    scanned = np.arange(5, dtype=np.uint8)[:, None].repeat(784, axis=1)
    others = np.concatenate(
        [
            training_set.draw_negatives(MIXTURE, seed=0, quiet=True),
            training_set.draw_negatives_of_digits(RECORDED, MIXTURE, seed=0, quiet=True),
        ]
    )
    labels = np.array([4, 7], np.uint8)
    recorded = training_set.draw_others([RecordedOther("e", "1", LEANING, "here")] * 4, MIXTURE, seed=0, quiet=True)
    return TrainingSet(scanned, np.arange(5, dtype=np.uint8), drawn, labels, others, recorded, MIXTURE)


def test_the_first_hand_is_the_writer_s_own_and_the_others_are_not(
    drawn: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> None:
    own = mnist_format.image_from_strokes(LEANING)
    first = drawn[0, 0].reshape(28, 28) / 255
    assert np.corrcoef(first.ravel(), own.ravel())[0, 1] > 0.97
    assert np.array_equal(drawn[0, 0], drawn[0, 1])
    assert len(np.unique(drawn[1:].reshape(-1, 784), axis=0)) == 6


def test_all_images_are_upright(drawn: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    assert abs(np.mean([slant(image) for image in drawn.reshape(-1, 784)])) < 0.02
    assert max(abs(slant(image)) for image in drawn.reshape(-1, 784)) < 0.1


def test_an_epoch_holds_every_scanned_digit_once_and_the_rest_as_mixed(examples: TrainingSet) -> None:
    images, labels = examples.epoch(np.random.default_rng(0))
    assert images.shape == (5 + 3 * 2 + 50 + 3, 784)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(images[:5], examples.images)
    assert np.bincount(labels, minlength=11).tolist() == [1, 1, 1, 1, 1 + 3, 0, 0, 3, 0, 0, 50 + 3]
    of_four = {image.tobytes() for image in images[(labels == 4)][1:]}
    assert of_four <= {image.tobytes() for image in examples.drawn[:, 0]}


def test_each_epoch_samples_other_handwritings_and_negatives(examples: TrainingSet) -> None:
    first, second = (examples.epoch(np.random.default_rng(seed))[0] for seed in (1, 2))
    assert not np.array_equal(first[5:11], second[5:11])
    assert not np.array_equal(first[11:], second[11:])


def test_the_drawings_depend_only_on_the_seed() -> None:
    def draw_negatives(_: list[RecordedDigit], mixture: DataMixture, seed: int, *, quiet: bool) -> NDArray[np.uint8]:
        return training_set.draw_negatives(mixture, seed, quiet=quiet)

    for make in (training_set.draw_handwritings, training_set.draw_negatives_of_digits, draw_negatives):
        first, again, other = (make(RECORDED, MIXTURE, seed, quiet=True) for seed in (1, 1, 2))
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)


def test_every_kind_but_the_unseen_ones_is_in_training(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    original = catalogue.make

    def watched(
        kind: str, rng: np.random.Generator, digits: Sequence[RecordedDigit]
    ) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
        made.append(kind)
        return original(kind, rng, digits)

    monkeypatch.setattr(catalogue, "make", watched)
    training_set.draw_negatives(MIXTURE, seed=0, quiet=True)
    training_set.draw_negatives_of_digits(RECORDED, MIXTURE, seed=0, quiet=True)
    assert set(made) == set(catalogue.TRAINED)


def test_without_recorded_digits_an_epoch_holds_the_rest() -> None:
    few = replace(MIXTURE, not_digits=45)
    assert not len(training_set.draw_negatives_of_digits([], few, seed=0, quiet=True))
    others = training_set.draw_negatives(few, seed=0, quiet=True)
    none = training_set.draw_handwritings([], MIXTURE, seed=0, quiet=True)
    examples = TrainingSet(
        np.zeros((2, 784), np.uint8),
        np.array([3, 5], np.uint8),
        none,
        np.empty(0, np.uint8),
        others,
        training_set.draw_others([], MIXTURE, seed=0, quiet=True),
        MIXTURE,
    )
    _, labels = examples.epoch(np.random.default_rng(0))
    assert labels.tolist() == [3, 5, *[10] * len(others)]
