"""All that decides the shipped weights, besides the data: in one place, and as the saved file and the card tell it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from models.weights import Precision
from nn.augmentation import Distortion
from recipe.training_set import Mixture


@dataclass(frozen=True)
class Recipe:
    """All that decides the weights, besides the data.

    Attributes:
        seed: of the split, the first weights, the order, the distortions and what is made up; at least 0.
        dev_examples: held out of the scanned digits to choose these settings by; never trained on.
        hidden_sizes: units of each hidden layer of each network.
        activation: of the hidden layers, a name in nn.activations.ACTIVATIONS.
        initializer: a name in nn.initializers.INITIALIZERS.
        optimizer: a name in nn.optimizers.OPTIMIZERS.
        learning_rate: α of the first step; it falls to 0 at the last along half a cosine.
        l2: λ, shared among the training examples.
        batch_size: examples a step.
        epochs: passes over the training examples.
        fold_epochs: the same for the networks that leave out some writers.
        networks: trained one by one, by the same settings and by chances of their own, and joined into one network
            whose logits are the mean of theirs; at least 1.
        stored_as: what the joined weights are rounded to, and the file holds them in.
        averaging: the weights kept are a running average of those trained; what is left of it after ten steps.
        distortion: how far each training image is distorted, anew in each epoch.
        mixture: what an epoch holds.
    """

    seed: int = 1
    dev_examples: int = 5_000
    hidden_sizes: tuple[int, ...] = (1_500,)
    activation: str = "relu"
    initializer: str = "he"
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    l2: float = 0.0
    batch_size: int = 128
    epochs: int = 60
    fold_epochs: int = 28
    networks: int = 2
    stored_as: Precision = "float16"
    averaging: float = 0.98
    distortion: Distortion = field(
        default_factory=lambda: Distortion(rotation=10, shear=0.1, scale=0.1, shift=0.8, elastic=0.8, smoothness=4)
    )
    mixture: Mixture = field(default_factory=Mixture)


def hyperparameters(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as the saved file and the model card hold it: flat, names to numbers and words."""
    settings = asdict(recipe)
    mixture = settings.pop("mixture")
    grouped = {"distortion": settings.pop("distortion"), "variation": mixture.pop("variation"), "mixture": mixture}
    settings["hidden_sizes"] = list(recipe.hidden_sizes)  # as JSON gives it back
    flat = {f"{group}_{name}": value for group, values in grouped.items() for name, value in values.items()}
    return {**settings, **flat}
