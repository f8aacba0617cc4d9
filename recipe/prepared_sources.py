"""Prepare the data sources for training, once for all networks of a recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nn.batches import as_inputs
from recipe import reading_accuracy, training_set
from recipe.training_set import TrainingSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nn.network import Network
    from recipe.hyperparameters import Recipe
    from recipe.recorded_drawings import RecordedDigit, RecordedOther
    from recipe.sources import Sources


@dataclass(frozen=True, eq=False)
class PreparedSources:
    """Data prepared for every network of a recipe.

    Attributes:
        recipe: The recipe they were prepared for.
        images: (n, 784) uint8, the scanned training digits, deslanted; their labels are `labels` (n,).
        dev: the held-out scanned digits, (m, 784) uint8, deslanted, and their labels (m,).
        recorded: the recorded digits.
        drawn: (hands, k, 784) uint8, the recorded digits in several handwriting variants.
        negatives: (j, 784) uint8, drawings that are not digits and not made of digits.
        others: the recorded drawings that are not digits.
        drawn_others: (others_hands, i, 784) uint8, those drawings in several variants.
    """

    recipe: Recipe
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    dev: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    recorded: list[RecordedDigit]
    drawn: NDArray[np.uint8]
    negatives: NDArray[np.uint8]
    others: list[RecordedOther]
    drawn_others: NDArray[np.uint8]

    @classmethod
    def prepared(cls, recipe: Recipe, sources: Sources, *, quiet: bool = False) -> PreparedSources:
        """Prepare the sources."""
        split = sources.split(recipe.seed, recipe.dev_examples)
        images, labels = split.train.take()
        dev_images, dev_labels = split.dev.take()
        return cls(
            recipe,
            training_set.upright_bytes(images),
            labels,
            (training_set.upright_bytes(dev_images), dev_labels),
            sources.recorded,
            training_set.draw_handwritings(sources.recorded, recipe.mixture, recipe.seed, quiet=quiet),
            training_set.draw_negatives(recipe.mixture, recipe.seed, quiet=quiet),
            sources.others,
            training_set.draw_others(sources.others, recipe.mixture, recipe.seed, quiet=quiet),
        )

    def training_set(self, chosen: NDArray[np.bool_], others: NDArray[np.bool_], *, quiet: bool = False) -> TrainingSet:
        """Return the training set of a network: all scanned digits, and the chosen recorded drawings."""
        digits = [digit for digit, included in zip(self.recorded, chosen, strict=True) if included]
        mixture = self.recipe.mixture
        return TrainingSet(
            self.images,
            self.labels,
            self.drawn[:, chosen],
            reading_accuracy.labels_of(digits).astype(np.uint8),
            np.concatenate(
                [self.negatives, training_set.draw_negatives_of_digits(digits, mixture, self.recipe.seed, quiet=quiet)]
            ),
            self.drawn_others[:, others],
            mixture,
        )

    def scanned(self, network: Network) -> tuple[NDArray[np.floating[Any]], NDArray[np.int64]]:
        """Return a network's logits (m, 11) on dev, and the labels (m,)."""
        images, labels = self.dev
        return network.logits(as_inputs(images, network.dtype)), labels.astype(np.int64)
