"""Presets: settings worth trying, with a note on what to watch for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from training.settings import FULL_BATCH, Settings

DATA_SETTINGS = ("dataset", "dev_size", "test_size", "seed")
"""Settings that a preset does not change: the data and the seed."""


@dataclass(frozen=True)
class Preset:
    """Settings that demonstrate something.

    Attributes:
        name: The label of its button.
        watch: What to watch for, and what to try next.
        values: The settings that differ from the defaults, by name.
    """

    name: str
    watch: str
    values: Mapping[str, Any]

    def settings(self, current: Settings) -> Settings:
        """Return the preset's settings with the data and the seed of the current ones."""
        return replace(Settings(), **{name: getattr(current, name) for name in DATA_SETTINGS}, **self.values)

    def matches(self, settings: Settings) -> bool:
        """Return whether these are the preset's settings, ignoring the data and the seed."""
        return settings == self.settings(settings)


PRESETS = (
    Preset(
        "The blog post's network (784-10-10)",
        "Ten hidden units, trained on all digits at every step. Watch accuracy climb to about 85% in 500 steps as the"
        " ten weight pictures take shape. Then try 64 units.",
        {"hidden_size": 10, "initializer": "uniform", "batch_size": FULL_BATCH, "epochs": 500},
    ),
    Preset(
        "No hidden layer",
        "The pixels are evidence for the digits directly. Watch each digit's weights turn into its picture, and dev"
        " level off near 90%. One hidden layer does better.",
        {"hidden_layers": 0, "epochs": 60},
    ),
    Preset(
        "Too large an α",
        "Each step overshoots. Watch the loss jump past 100 and then settle at 2.3, the loss of guessing among ten"
        " digits. More steps won't help: set α to 0.1 and press Reset.",
        {"learning_rate": 5.0, "epochs": 20},
    ),
    Preset(
        "Dead ReLUs",
        "The first steps are so large that some units end up at 0 for every digit, where no gradient reaches them."
        " Watch about half of the weight pictures stop changing while the others do the work.",
        {"learning_rate": 1.0, "epochs": 40},
    ),
    Preset(
        "Heavy λ",
        "The penalty outweighs the mistakes. Watch the weights fade, and train and dev level off together, far below"
        " what this network can do. Lower λ while it runs.",
        {"l2": 1000.0, "epochs": 60},
    ),
    Preset(
        "Adam vs gradient descent",
        "At α = 0.001, gradient descent is slow. Switch the optimizer to Adam while it runs and watch the curves bend"
        " at the dashed line: Adam scales the step of each weight separately.",
        {"learning_rate": 0.001, "epochs": 200},
    ),
)
