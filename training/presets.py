"""Settings worth trying, each with what to watch: the lessons that a network teaches quickest."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from training.settings import FULL_BATCH, Settings

KEPT = ("dataset", "dev_size", "test_size", "seed")
"""What a preset leaves as the person has it: where the digits come from."""


@dataclass(frozen=True)
class Preset:
    """Settings that show something.

    Attributes:
        name: What it is called on a button.
        watch: One or two sentences: what will be seen, and what to try then.
        turned: The settings in which it differs from the defaults, by name.
    """

    name: str
    watch: str
    turned: Mapping[str, Any]

    def settings(self, present: Settings) -> Settings:
        """Return the preset's settings on the digits of the present ones."""
        return replace(Settings(), **{name: getattr(present, name) for name in KEPT}, **self.turned)

    def describes(self, settings: Settings) -> bool:
        """Whether these are the preset's settings, whatever the digits."""
        return settings == self.settings(settings)


PRESETS = (
    Preset(
        "The published 784-10-10",
        "Ten hidden units, and every step looks at all digits: watch it climb for 500 steps to about 85%, and how the"
        " ten pictures of weights take shape. Then try 64 units.",
        {"hidden_size": 10, "initializer": "uniform", "batch_size": FULL_BATCH, "epochs": 500},
    ),
    Preset(
        "No hidden layer",
        "The pixels speak for the digits directly: watch each digit's weights become its picture, and dev stay"
        " behind, near 90%. One hidden layer gets past it.",
        {"hidden_layers": 0, "epochs": 60},
    ),
    Preset(
        "Too large an α",
        "Each step overshoots: watch the loss leap to a hundred and more, then come to rest at 2.3, which is guessing"
        " among ten. No step leads back from there. Turn α to 0.1, and Reset.",
        {"learning_rate": 5.0, "epochs": 20},
    ),
    Preset(
        "Dead ReLUs",
        "First steps so large that they push units below zero for every digit, from where no gradient leads back:"
        " watch the pictures of about half of them stand still, while the rest do the work.",
        {"learning_rate": 1.0, "epochs": 40},
    ),
    Preset(
        "Heavy λ",
        "The penalty costs more than mistakes do: watch the weights fade, and train and dev settle together far below"
        " what the network could do. Turn λ down while it runs.",
        {"l2": 1000.0, "epochs": 60},
    ),
    Preset(
        "Adam against plain descent",
        "At α = 0.001 plain descent creeps. Choose Adam as the optimizer while it runs, and watch the curves turn at"
        " the dashed line: it gives each weight a step of its own.",
        {"learning_rate": 0.001, "epochs": 200},
    ),
)
