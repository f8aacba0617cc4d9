"""A recipe small enough for tests, and a simulated Ctrl+C in a chosen epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nn.augmentation import Distortion, distort
from recipe import train_networks
from recipe.hyperparameters import Recipe
from recipe.training_set import DataMixture

if TYPE_CHECKING:
    import numpy as np
    import pytest
    from numpy.typing import NDArray

TINY = Recipe(
    dev_examples=100,
    hidden_sizes=(8,),
    batch_size=64,
    epochs=4,
    fold_epochs=2,
    distortion=Distortion(rotation=5, shift=1, elastic=0.5),
    mixture=DataMixture(hands=3, canvases=1, thick=0, copies=2, not_digits=60, not_digits_at_once=40),
)


def interrupt_in_epoch(number: int, patch: pytest.MonkeyPatch) -> None:
    """Simulate Ctrl+C as the given epoch begins, counted from this call."""
    calls = iter(range(1, 100))

    def interrupted(
        images: NDArray[np.uint8], distortion: Distortion, *, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        if next(calls) == number:
            raise KeyboardInterrupt
        return distort(images, distortion, rng=rng)

    patch.setattr(train_networks, "distort", interrupted)
