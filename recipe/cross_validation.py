"""How writers are read whom a network has never seen: networks that leave some writers out, measured on those.

The shipped network learns from every writer, so that no writer is left to measure it on. What can be said of it is
said of networks made by the same recipe, each without a fifth of the writers. Their answers to those writers also tell
how sure a network may be and when it should refuse: see `calibrated`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.decision import DecisionRule
from nn.calibration import fit_temperature
from nn.network import Network
from recipe import reading_accuracy
from recipe.negatives import catalogue
from recipe.reading_accuracy import Answers
from recipe.training_set import NOT_A_DIGIT
from recipe.unipen import RecordedDigit

Logits = NDArray[np.floating[Any]]
Group = tuple[Logits, NDArray[np.int64]]
"""Logits (m, 11) of digits, and their labels (m,)."""

FOLDS = 5
UNFITTED = DecisionRule(reject_index=NOT_A_DIGIT)
"""How a network of the recipe is judged before anything is fitted: at temperature 1, rejecting nothing."""
REFUSED = 0.005
"""The greatest share of real digits held out that may be refused."""
# Pixels are measured on every third digit; see measurements.EVERY.
EVERY = 3


@dataclass(frozen=True, eq=False)
class Fold:
    """What a network said of the writers that it did not learn from.

    Attributes:
        digits: theirs.
        strokes: logits (k, 11) of the digits, drawn from strokes.
        pixels: logits of every third digit, from the pixels of a canvas, by pen width.
        others: logits (j, 11) of drawings that are no digit, by kind.
    """

    digits: list[RecordedDigit]
    strokes: Logits
    pixels: dict[int, Logits]
    others: dict[str, Logits]

    @classmethod
    def of(cls, network: Network, digits: list[RecordedDigit]) -> Self:
        """Let a network read the digits of writers that it did not learn from."""
        others = reading_accuracy.other_images(digits)
        return cls(
            digits,
            reading_accuracy.logits_of(network, reading_accuracy.images_from_strokes(digits)),
            {
                pen: reading_accuracy.logits_of(network, reading_accuracy.images_from_pixels(digits[::EVERY], pen))
                for pen in reading_accuracy.PENS
            },
            {kind: reading_accuracy.logits_of(network, images) for kind, images in others.items()},
        )

    @property
    def groups(self) -> list[Group]:
        """Logits and labels (m,): from strokes, and from pixels with all pens together."""
        labels = reading_accuracy.labels_of(self.digits)
        pixels = np.concatenate(list(self.pixels.values()))
        return [(self.strokes, labels), (pixels, np.tile(labels[::EVERY], len(self.pixels)))]

    def answers(self, rule: DecisionRule) -> tuple[Answers, dict[int, Answers]]:
        """The answers that these logits are under a rule: from strokes, and from pixels by pen width."""
        labels = reading_accuracy.labels_of(self.digits)
        return Answers.of(rule, self.strokes, labels), {
            pen: Answers.of(rule, logits, labels[::EVERY]) for pen, logits in self.pixels.items()
        }


def left_out(digits: Sequence[RecordedDigit], fold: int) -> NDArray[np.bool_]:
    """Which digits (k,) are by the writers that a fold, 0 to FOLDS - 1, leaves out: every fifth writer."""
    writers = np.array([digit.writer for digit in digits], np.int64)
    rank = np.searchsorted(np.unique(writers), writers)
    chosen: NDArray[np.bool_] = rank % FOLDS == fold
    return chosen


def pooled(folds: Sequence[Fold]) -> list[Group]:
    """The digits of all folds, from strokes and from pixels: a fold has too few that are doubted to go by one alone."""
    alike = zip(*(fold.groups for fold in folds), strict=True)
    return [
        (np.concatenate([logits for logits, _ in groups]), np.concatenate([labels for _, labels in groups]))
        for groups in alike
    ]


def calibrated(groups: Sequence[Group]) -> DecisionRule:
    """Return the rule that fits answers to digits held out.

    The temperature fits all of them together. The threshold refuses at most REFUSED of each group.

    Args:
        groups: logits (m, 11) and labels (m,) of digits that were not learned from.
    """
    temperature = fit_temperature(
        np.concatenate([UNFITTED.class_logits(logits) for logits, _ in groups]),
        np.concatenate([labels for _, labels in groups]),
    )
    fitted = DecisionRule(temperature, NOT_A_DIGIT)
    thresholds = [
        float(np.quantile(fitted.reject_probability(logits), 1 - REFUSED, method="inverted_cdf"))
        for logits, _ in groups
    ]
    return DecisionRule(temperature, NOT_A_DIGIT, max(thresholds))


def figures(folds: Sequence[Fold], scanned: Group) -> dict[str, Any]:
    """Sum up the answers of all folds, each judged by what fits the others: see measurements.summary.

    Args:
        folds: at least two.
        scanned: logits and labels of scanned digits held out, which every rule is fitted to as well.

    Returns:
        Besides those figures "others" and "unseen_others": the share refused of what is no digit, over the kinds that
        were learned from and over those that never were; "folds": how many.
    """
    strokes, pixels, refused = [], [], []
    for fold in folds:
        rule = calibrated([scanned, *pooled([other for other in folds if other is not fold])])
        of_strokes, of_pixels = fold.answers(rule)
        strokes.append(of_strokes)
        pixels.append(of_pixels)
        refused.append({kind: float(rule.rejects(logits).mean()) for kind, logits in fold.others.items()})
    digits = [digit for fold in folds for digit in fold.digits]
    joined = {pen: Answers.joined([answers[pen] for answers in pixels]) for pen in reading_accuracy.PENS}
    kinds = {kind: float(np.mean([shares[kind] for shares in refused])) for kind in refused[0]}
    return {
        **reading_accuracy.summary(digits, Answers.joined(strokes), joined),
        "others": float(np.mean([share for kind, share in kinds.items() if kind in catalogue.TRAINED])),
        "unseen_others": float(np.mean([share for kind, share in kinds.items() if kind in catalogue.UNSEEN])),
        "folds": len(folds),
    }
