"""A learning curve reads every drawing with networks that have not seen it, and says how many each was trained on."""

import numpy as np
import pytest

from data.dataset import Dataset
from training import learning_curve
from training.learning_curve import FOLDS, LearningCurve


def shapes(each: int, classes: int = 3, noise: float = 30.0, seed: int = 0) -> Dataset:
    """Return `each` noisy images of each class, which is a bar in its own place."""
    rng = np.random.default_rng(seed)
    images = np.zeros((each * classes, 28, 28))
    labels = np.tile(np.arange(classes, dtype=np.uint8), each)
    for image, label in zip(images, labels, strict=True):
        image[:, 4 + 6 * label : 8 + 6 * label] = 200
    noisy = np.clip(images + rng.normal(0, noise, images.shape), 0, 255).astype(np.uint8)
    return Dataset("shapes", noisy.reshape(-1, 784), labels, classes=tuple("abcdefg"[:classes]))


def finished(curve: LearningCurve) -> learning_curve.Learned:
    while curve.advance(1.0) is not None:
        pass
    return curve.snapshot()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning_curve, "STEPS", 20)


def test_a_curve_has_a_point_for_each_number_up_to_what_is_left_beside_a_fold() -> None:
    found = finished(LearningCurve(shapes(8)))
    assert found.sizes == (1, 2, 3, 5, 6)
    assert len(found.accuracies) == 5
    assert found.drawings == 24
    assert found.share == 1
    assert found.accuracies[-1] > 0.9


def test_drawings_that_say_nothing_are_read_as_by_chance() -> None:
    """A network that had seen the drawings would read them all."""
    images = np.random.default_rng(1).integers(0, 256, (160, 784), dtype=np.uint8)
    labels = np.tile(np.arange(2, dtype=np.uint8), 80)
    found = finished(LearningCurve(Dataset("noise", images, labels, classes=("a", "b"))))
    assert found.accuracies[-1] == pytest.approx(0.5, abs=0.12)


def test_every_drawing_is_held_out_once_and_never_trained_on_then() -> None:
    curve = LearningCurve(shapes(9))
    assert sorted(np.concatenate(curve._held)) == list(range(27))
    for held, pools in zip(curve._held, curve._pools, strict=True):
        assert not np.intersect1d(held, np.concatenate(pools)).size
    assert len(curve._held) == FOLDS


def test_the_same_seed_gives_the_same_curve_however_it_is_sliced() -> None:
    drawings = shapes(6, noise=300.0)
    whole, sliced = finished(LearningCurve(drawings, seed=3)), LearningCurve(drawings, seed=3)
    while sliced.advance(0.0) is not None:
        pass
    assert sliced.snapshot() == whole
    assert finished(LearningCurve(drawings, seed=4)).accuracies != whole.accuracies


def test_other_examples_are_a_start_without_any_drawing() -> None:
    found = finished(LearningCurve(shapes(4), shapes(40, seed=1)))
    assert found.sizes == (0, 1, 2, 3)
    assert found.accuracies[0] > 0.9


def test_too_few_drawings_and_other_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 4 of each class; got 3"):
        LearningCurve(shapes(3))
    with pytest.raises(ValueError, match="the classes of drawings"):
        LearningCurve(shapes(4), shapes(4, classes=4))
