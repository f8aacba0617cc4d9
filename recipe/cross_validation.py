"""Cross-validation over writers and sites: accuracy on people never seen, and the calibration of the shipped network.

The shipped network is trained on every writer, leaving none to test it on. Instead, networks of the same recipe are
each trained without a fifth of the writers, or of the sites, and tested on those. The answers on writers also calibrate
the temperature and the rejection threshold; see `calibrate`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.decision import DecisionRule
from nn.calibration import fit_temperature
from nn.network import Network
from recipe import reading_accuracy
from recipe.negatives import catalogue
from recipe.reading_accuracy import Answers
from recipe.recorded_drawings import RecordedDigit, RecordedOther
from recipe.training_set import NOT_A_DIGIT

Logits = NDArray[np.floating[Any]]
Group = tuple[Logits, NDArray[np.int64]]
"""Logits (m, 11) of digits, and their labels (m,)."""

FOLDS = 5
UNFITTED = DecisionRule(reject_index=NOT_A_DIGIT)
"""The decision rule before calibration: temperature 1, rejecting nothing."""
MAX_REJECTED = 0.015
"""The largest share of held-out digits that may be rejected. At half as much, 2.5 times as many letters pass."""
# Pixels are measured on every third digit; see reading_accuracy.EVERY.
EVERY = 3


@dataclass(frozen=True, eq=False)
class Fold:
    """A network's answers on the writers held out from its training.

    Attributes:
        digits: The digits of those writers.
        strokes: logits (k, 11) of the digits, from strokes.
        pixels: logits of every third digit, from canvas pixels, by pen width.
        negatives: logits (j, 11) of generated drawings that are not digits, by kind.
        others: logits (i, 11) of recorded drawings that are not digits, by site.
    """

    digits: list[RecordedDigit]
    strokes: Logits
    pixels: dict[int, Logits]
    negatives: dict[str, Logits]
    others: dict[str, Logits]

    @classmethod
    def of(cls, network: Network, digits: list[RecordedDigit], others: Sequence[RecordedOther] = ()) -> Self:
        """Read the digits and the other drawings of held-out writers with a network."""
        negatives = reading_accuracy.negative_images(digits)
        return cls(
            digits,
            reading_accuracy.logits_of(network, reading_accuracy.images_from_strokes(digits)),
            {
                pen: reading_accuracy.logits_of(network, reading_accuracy.images_from_pixels(digits[::EVERY], pen))
                for pen in reading_accuracy.PENS
            },
            {kind: reading_accuracy.logits_of(network, images) for kind, images in negatives.items()},
            {
                site: reading_accuracy.logits_of(network, reading_accuracy.images_from_strokes(drawings))
                for site, drawings in _by_site(others).items()
            },
        )

    @property
    def groups(self) -> list[Group]:
        """Logits and labels (m,): one group from strokes, one from pixels of all pens."""
        labels = reading_accuracy.labels_of(self.digits)
        pixels = np.concatenate(list(self.pixels.values()))
        return [(self.strokes, labels), (pixels, np.tile(labels[::EVERY], len(self.pixels)))]

    def answers(self, rule: DecisionRule) -> tuple[Answers, dict[int, Answers]]:
        """Apply a decision rule to the logits: answers from strokes, and from pixels by pen width."""
        labels = reading_accuracy.labels_of(self.digits)
        return Answers.of(rule, self.strokes, labels), {
            pen: Answers.of(rule, logits, labels[::EVERY]) for pen, logits in self.pixels.items()
        }


def _by_site(others: Sequence[RecordedOther]) -> dict[str, list[RecordedOther]]:
    sites = sorted({other.site for other in others})
    return {site: [other for other in others if other.site == site] for site in sites}


class Over(Enum):
    """What a cross-validation holds out in turn."""

    WRITERS = "writers"
    SITES = "sites"

    def left_out(
        self, digits: Sequence[RecordedDigit], others: Sequence[RecordedOther], fold: int
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Return masks of the digits (k,) and of other drawings (i,) held out in a fold: those of every fifth group.

        Both kinds of drawings of a writer or a site are held out together.
        """
        if self is Over.SITES:
            groups = [*(digit.site for digit in digits), *(other.site for other in others)]
        else:
            groups = [*(digit.writer for digit in digits), *(other.group for other in others)]
        _, rank = np.unique(np.array(groups, np.str_), return_inverse=True)
        held_out = rank % FOLDS == fold
        return held_out[: len(digits)], held_out[len(digits) :]


def pooled(folds: Sequence[Fold]) -> list[Group]:
    """Pool the digits of all folds, from strokes and from pixels; a single fold has too few uncertain digits."""
    by_source = zip(*(fold.groups for fold in folds), strict=True)
    return [
        (np.concatenate([logits for logits, _ in groups]), np.concatenate([labels for _, labels in groups]))
        for groups in by_source
    ]


def calibrate(groups: Sequence[Group]) -> DecisionRule:
    """Fit the temperature to groups of held-out digits, and the threshold to reject at most MAX_REJECTED of each."""
    temperature = fit_temperature(
        np.concatenate([UNFITTED.class_logits(logits) for logits, _ in groups]),
        np.concatenate([labels for _, labels in groups]),
    )
    fitted = DecisionRule(temperature, NOT_A_DIGIT)
    thresholds = [
        float(np.quantile(fitted.reject_probability(logits), 1 - MAX_REJECTED, method="inverted_cdf"))
        for logits, _ in groups
    ]
    return DecisionRule(temperature, NOT_A_DIGIT, max(thresholds))


def figures(folds: Sequence[Fold], scanned: Group) -> dict[str, Any]:
    """Summarize the answers of all folds, each calibrated on the others: see reading_accuracy.summary.

    Args:
        folds: at least one; a single one is calibrated on itself.
        scanned: logits and labels of held-out scanned digits, also used to fit every rule.

    Returns:
        The summary; "others" and "unseen_others": the share of non-digits rejected, of the kinds in training and of the
        kinds kept out of it; "recorded_others": the share of recorded non-digits rejected, by site; "folds": the number
        of folds.
    """
    strokes, pixels, rejected = [], [], []
    recorded: dict[str, list[NDArray[np.bool_]]] = {}
    for fold in folds:
        rule = calibrate([scanned, *pooled([other for other in folds if other is not fold] or [fold])])
        of_strokes, of_pixels = fold.answers(rule)
        strokes.append(of_strokes)
        pixels.append(of_pixels)
        rejected.append({kind: float(rule.rejects(logits).mean()) for kind, logits in fold.negatives.items()})
        for site, logits in fold.others.items():
            recorded.setdefault(site, []).append(rule.rejects(logits))
    digits = [digit for fold in folds for digit in fold.digits]
    joined = {pen: Answers.joined([answers[pen] for answers in pixels]) for pen in reading_accuracy.PENS}
    kinds = {kind: float(np.mean([shares[kind] for shares in rejected])) for kind in rejected[0]}
    return {
        **reading_accuracy.summary(digits, Answers.joined(strokes), joined),
        "others": float(np.mean([share for kind, share in kinds.items() if kind in catalogue.TRAINED])),
        "unseen_others": float(np.mean([share for kind, share in kinds.items() if kind in catalogue.UNSEEN])),
        "recorded_others": {site: float(np.concatenate(each).mean()) for site, each in recorded.items()},
        "folds": len(folds),
    }
