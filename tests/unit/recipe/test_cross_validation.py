"""Which writers each fold leaves out, and calibration on held-out digits."""

from dataclasses import replace
from itertools import compress

import numpy as np
import pytest

from models.decision import DecisionRule
from nn.losses import softmax
from nn.network import Network
from recipe import cross_validation, reading_accuracy
from recipe.cross_validation import FOLDS, MAX_REJECTED, Fold, Group, Over, calibrate, figures
from recipe.recorded_drawings import RecordedDigit, RecordedOther

pytestmark = pytest.mark.slow

LINE = (np.array([[0.0, 0], [1, 9]]), np.array([[-3.0, 5], [4, 4]]))


def digits(writers: int, each: int = 3) -> list[RecordedDigit]:
    return [
        RecordedDigit(row % 10, str(writer), LINE, "here") for writer in range(1, writers + 1) for row in range(each)
    ]


def group(rng: np.random.Generator, count: int, *, sharpness: float = 1.0) -> Group:
    """Logits overconfident by a factor of `sharpness`, and labels drawn from the ten digits' true probabilities."""
    logits = 3 * rng.standard_normal((count, 11))
    cumulative = softmax(logits[:, :10]).cumsum(axis=1)
    labels = np.minimum((rng.uniform(size=(count, 1)) > cumulative).sum(axis=1), 9)
    return sharpness * logits, labels


@pytest.mark.parametrize("over", Over)
@pytest.mark.parametrize("writers", [5, 13, 30])
def test_every_writer_and_site_is_left_out_of_exactly_one_fold_with_all_their_drawings(
    over: Over, writers: int
) -> None:
    """Writers of letters alone shift the ranks, but each writer's letters must stay in the fold of their digits."""
    recorded = [replace(digit, site=digit.writer) for digit in digits(writers)]
    others = [RecordedOther("a", writer, LINE, writer) for writer in ("0", *(digit.writer for digit in recorded), "x")]
    masks = [over.left_out(recorded, others, fold) for fold in range(FOLDS)]
    np.testing.assert_array_equal(np.sum([of_digits for of_digits, _ in masks], axis=0), 1)
    np.testing.assert_array_equal(np.sum([of_others for _, of_others in masks], axis=0), 1)
    for of_digits, of_others in masks:
        out = {digit.writer for digit in compress(recorded, of_digits)}
        assert not out & {digit.writer for digit in compress(recorded, ~of_digits)}
        assert not out & {other.group for other in compress(others, ~of_others)}


def test_the_temperature_corrects_overconfident_logits() -> None:
    rng = np.random.default_rng(0)
    rule = calibrate([group(rng, 20_000, sharpness=2.5), group(rng, 20_000, sharpness=2.5)])
    assert rule.temperature == pytest.approx(2.5, rel=0.05)


def test_the_threshold_is_the_lowest_that_keeps_every_group_s_promise() -> None:
    rng = np.random.default_rng(1)
    groups = [group(rng, 4_000), group(rng, 1_000)]
    groups[1][0][:, 10] += 2
    rule = calibrate(groups)
    shares = [float(rule.rejects(logits).mean()) for logits, _ in groups]
    assert max(shares) <= MAX_REJECTED
    assert max(shares) == pytest.approx(MAX_REJECTED, abs=0.0011)


def test_the_threshold_is_fitted_to_all_folds_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fold with more doubtful digits than another must not set it alone."""
    rng = np.random.default_rng(3)
    labels = np.zeros(1_000, np.int64)
    folds = []
    for doubted in (0, 8):
        logits = rng.normal(0, 0.1, (1_000, 11))
        logits[:, 0] += 9
        logits[:doubted, 10] += 18
        folds.append(Fold(digits(1, each=1_000), logits, {}, {}, {}))
    monkeypatch.setattr(Fold, "groups", property(lambda fold: [(fold.strokes, labels)]))
    (together,) = cross_validation.pooled(folds)
    assert (len(together[0]), len(together[1])) == (2_000, 2_000)
    rule = calibrate([together])
    shares = [float(rule.rejects(fold.strokes).mean()) for fold in folds]
    assert np.mean(shares) == pytest.approx(MAX_REJECTED, abs=0.0006)
    alone = calibrate([group for fold in folds for group in fold.groups])
    assert alone.threshold > rule.threshold


def test_the_figures_count_each_digit_once_and_judge_a_fold_by_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_accuracy, "PER_KIND", 2)
    network = Network.initialize((784, 11), rng=np.random.default_rng(0))
    recorded = digits(4, each=10)
    others = [RecordedOther("e", "1", LINE, "there")]
    folds = [
        Fold.of(network, [digit for digit in recorded if int(digit.writer) % 2 == rest], others) for rest in (0, 1)
    ]
    scanned = group(np.random.default_rng(2), 500)
    judged: list[int] = []

    def watched(groups: list[Group]) -> DecisionRule:
        judged.append(sum(len(labels) for _, labels in groups))
        return calibrate(groups)

    monkeypatch.setattr(cross_validation, "calibrate", watched)
    found = figures(folds, scanned)
    of_one_fold = 20 + 7 * len(reading_accuracy.PENS)
    assert judged == [500 + of_one_fold] * 2, "the scanned digits and those of the other fold"
    assert (found["digits"], found["writers"], found["folds"]) == (40, 4, 2)
    assert found["strokes"]["right"] == 0.1, "one drawing ten times, with each label once"
    assert found["by_writer"] == {"1": 0.1, "2": 0.1, "3": 0.1, "4": 0.1}
    assert found["spread"] == 0
    assert found["by_site"].keys() == {"here"}
    assert found["recorded_others"] in ({"there": 0.0}, {"there": 1.0}), "one drawing, read by both"
    assert 0 <= found["unseen_others"] <= 1
