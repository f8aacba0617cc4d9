"""The trainer of a run: its initial weights, drawn from the seed or given, and the settings that a step depends on."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from data.dataset import Split
from language.numbers import whole
from language.translation import _
from nn.augmentation import DISTORTIONS
from nn.network import Network
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.schedules import SCHEDULES
from nn.trainer import Trainer
from training.settings import SAME, Settings

_COPIES = 6
"""Arrays the size of the parameters: themselves, two gradients, the last good ones, at most two of an optimizer."""


@dataclass(frozen=True, eq=False)
class Start:
    """Weights that a run begins with, instead of those that its seed would give.

    Attributes:
        name: The name of their network.
        network: The network, read-only.
    """

    name: str
    network: Network


def settings_for(network: Network, settings: Settings, inputs: int, classes: int) -> Settings:
    """Return the settings with the hidden layers of a network, so that a run can begin from its weights.

    Args:
        network: The network.
        settings: The other settings.
        inputs: The pixels of an image of the dataset.
        classes: Its classes.

    Raises:
        ValueError: No run can have such a network; the message is a sentence in the reader's language.
    """
    first, *hidden, last = network.sizes
    if (first, last) != (inputs, classes):
        raise ValueError(
            _(
                "It has {first} inputs and {last} outputs; the dataset has {inputs} pixels and {classes} classes.",
                first=whole(first),
                last=whole(last),
                inputs=whole(inputs),
                classes=classes,
            )
        )
    if len(set(hidden)) > 1:
        raise ValueError(_("Its hidden layers differ in size; here, all have the same."))
    try:
        chosen = replace(settings, hidden_layers=len(hidden), hidden_size=hidden[0] if hidden else settings.hidden_size)
    except ValueError:
        raise ValueError(_("It has more hidden layers or units than a run may have.")) from None
    activation, *later = (*network.activations, *[SAME] * 3)[:3]
    second, third = (SAME if each == activation else each for each in later)
    activation = activation if hidden else settings.activation
    return replace(chosen, activation=activation, activation_2=second, activation_3=third)


def network_bytes(settings: Settings, inputs: int, classes: int) -> int:
    """Return the memory that a network of these settings takes."""
    sizes = (inputs, *settings.hidden_sizes, classes)
    return np.dtype(np.float32).itemsize * sum((before + 1) * after for before, after in pairwise(sizes))


def trainer_bytes(settings: Settings, inputs: int, classes: int) -> int:
    """Return the memory that a trainer of these settings takes, without its examples."""
    return _COPIES * network_bytes(settings, inputs, classes)


def initial_trainer(settings: Settings, split: Split, classes: int, start: Start | None = None) -> Trainer:
    """Return a trainer before its first step, with the initial weights drawn from the seed, or with given ones.

    Args:
        settings: The settings of the run.
        split: The examples to train on; never written to.
        classes: The number of classes.
        start: Given initial weights, of a network with these settings.

    Raises:
        ValueError: See `Trainer`.
    """
    network = (
        start.network.copy()
        if start is not None
        else Network.initialize(
            (split.train.images.shape[1], *settings.hidden_sizes, classes),
            rng=np.random.default_rng((settings.seed, 1)),
            activation=settings.activations,
            initializer=settings.initializer,
        )
    )
    return trainer_of(network, settings, split, np.random.default_rng((settings.seed, 2)))


def trainer_of(network: Network, settings: Settings, split: Split, rng: np.random.Generator) -> Trainer:
    """Return a trainer that trains a network in place with these settings; rng draws the order of examples."""
    train = split.train
    trainer = Trainer(
        network,
        Optimizer(OPTIMIZERS[settings.optimizer]),
        train.images,
        train.labels,
        train.rows,
        learning_rate=settings.learning_rate,
        batch_size=1,
        rng=rng,
    )
    configure(trainer, settings)
    return trainer


def configure(trainer: Trainer, settings: Settings) -> None:
    """Pass the live settings, except the optimizer, to a trainer; they apply from the next step."""
    trainer.learning_rate = settings.learning_rate
    trainer.l2 = settings.l2
    trainer.distortion = DISTORTIONS[settings.distortion].distortion
    trainer.batch_size = min(settings.batch_size, trainer.examples)
    trainer.schedule, trainer.warm_up = SCHEDULES[settings.schedule], settings.warm_up
    trainer.epochs = settings.epochs
    trainer.dropout, trainer.label_smoothing = settings.dropout, settings.label_smoothing
    trainer.clip_norm = settings.clip_norm
