"""Dreams in progress: pictures that climb from noise towards a wish, a few steps at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from data.dataset import PIXELS
from nn.dreams import RAW, SMOOTHED, climb, noise
from nn.network import Floats, Network

STEPS, STEPS_AT_ONCE = 60, 4
"""The steps of a climb, and the steps between two redraws, so that the climb can be watched."""

SLICE_SECONDS = 0.06
"""The seconds after which a redraw comes earlier, for large networks."""

FIRST_SHOWN = 3
"""The index of the picture that is initially shown large."""

KINDS = ("raw", "smoothed")

_PRIORS = {"raw": RAW, "smoothed": SMOOTHED}


@dataclass(frozen=True)
class Picture:
    """The texts about one picture, in the visitor's language.

    Attributes:
        name: Its name among the others.
        liker: What likes it, such as "the class 3".
        title: Its title, such as "Best for the class 3".
        origin: Where it comes from, such as "the dream of the class 3".
    """

    name: str
    liker: str
    title: str
    origin: str


@dataclass(frozen=True, eq=False)
class Wish:
    """What to dream of.

    Attributes:
        pictures: The texts about each picture.
        layer: The layer whose pre-activations are climbed, from 1.
        directions: (n, units), the weights of the pre-activations for each picture.
    """

    pictures: Sequence[Picture]
    layer: int
    directions: Floats


@dataclass(frozen=True, eq=False)
class Known:
    """Digits to compare dreams with.

    Attributes:
        images: (m, 784) floats, training digits as the network takes them.
        classes: The class name of each digit.
        typical: The average distance from a dev digit to the nearest of them; None if there are no dev digits.
    """

    images: Floats
    classes: Sequence[str]
    typical: float | None


@dataclass
class Dreams:
    """Pictures that climb.

    Attributes:
        asked: What they were begun for: the network, its step unless it trains, the wish, the seed,
            the language.
        wish: What to dream of.
        network: The network as it was when they were begun.
        known: Digits to compare with.
        images: (n, 784) floats in [0, 1], raw and smoothed.
        step: The steps taken.
        seed: Draws the noise.
        chosen: The picture shown large.
    """

    asked: tuple[object, ...] = ()
    wish: Wish | None = None
    network: Network | None = None
    known: Known | None = None
    images: dict[str, Floats] = field(default_factory=dict)
    step: int = 0
    seed: int = 0
    chosen: int = FIRST_SHOWN

    @property
    def climbing(self) -> bool:
        """Whether there are steps left."""
        return self.step < STEPS

    def begin(self, wish: Wish, network: Network, known: Known) -> None:
        """Begin from noise."""
        self.wish, self.network, self.known, self.step = wish, network, known, 0
        start = noise(len(wish.pictures), PIXELS, np.random.default_rng(self.seed))
        self.images = {kind: start.astype(network.dtype) for kind in KINDS}
        self.chosen = min(self.chosen, len(wish.pictures) - 1)

    def advance(self) -> None:
        """Take a few steps."""
        assert self.wish is not None
        assert self.network is not None
        until = monotonic() + SLICE_SECONDS
        for _step in range(min(STEPS_AT_ONCE, STEPS - self.step)):
            for kind in KINDS:
                with np.errstate(over="ignore", invalid="ignore"):  # the weights may be about to diverge
                    self.images[kind] = climb(
                        self.network, self.images[kind], self.wish.layer, self.wish.directions, _PRIORS[kind]
                    )
            self.step += 1
            if monotonic() > until:
                break
