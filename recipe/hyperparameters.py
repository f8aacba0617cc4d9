"""The hyperparameters of the shipped network, for the recipe, the saved file and the model card."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from models.weights import Precision
from nn.augmentation import Distortion
from recipe.training_set import DataMixture


@dataclass(frozen=True)
class Recipe:
    """Everything other than the data that determines the weights.

    Attributes:
        seed: of the split, the initial weights, the order, the distortions and the generated drawings; at least 0.
        dev_examples: scanned digits held out to choose these settings; never trained on.
        hidden_sizes: units of each hidden layer of each network.
        activation: of the hidden layers, a name in nn.activations.ACTIVATIONS.
        initializer: a name in nn.initializers.INITIALIZERS.
        optimizer: a name in nn.optimizers.OPTIMIZERS.
        learning_rate: α of the first step; it decays to 0 along half a cosine.
        l2: λ, divided by the number of training examples.
        batch_size: examples per step.
        epochs: passes over the training examples.
        fold_epochs: the same for the networks of the cross-validation.
        networks: size of the ensemble: networks trained one by one with the same settings and different random numbers,
            and joined into one whose logits are their mean; at least 1.
        stored_as: the type that the joined weights are rounded to and saved in.
        averaging: the decay, per ten steps, of the running average of the weights, which is what gets saved.
        distortion: how far each training image is distorted, differently in each epoch.
        mixture: the composition of an epoch.
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
    fold_epochs: int = 20
    networks: int = 2
    stored_as: Precision = "float16"
    averaging: float = 0.98
    distortion: Distortion = field(
        default_factory=lambda: Distortion(rotation=10, shear=0.1, scale=0.1, shift=0.8, elastic=0.8, smoothness=4)
    )
    mixture: DataMixture = field(default_factory=DataMixture)


def hyperparameters(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as in the saved file and the model card: a flat dict of numbers and strings."""
    settings = asdict(recipe)
    mixture = settings.pop("mixture")
    grouped = {"distortion": settings.pop("distortion"), "variation": mixture.pop("variation"), "mixture": mixture}
    settings["hidden_sizes"] = list(recipe.hidden_sizes)  # as JSON returns it
    flat = {f"{group}_{name}": value for group, values in grouped.items() for name, value in values.items()}
    return {**settings, **flat}
