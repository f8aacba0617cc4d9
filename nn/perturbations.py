"""Ways to break a network or its input, and by how much: one table for each, from which the Break it page is built.

An entry holds everything the app needs of a perturbation, so adding one means adding an entry. Attacks that use their
target network's gradients are in nn/adversary.py.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from nn.augmentation import sample, thicken
from nn.network import Floats, Network

Singles = NDArray[np.float32]
EXACT = 32.0
"""The number of bits in a float32."""

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Perturbation(Generic[Function]):
    """One way to break something, by an amount.

    Attributes:
        label: What the app calls it.
        text: An amount with its unit, as a format string: "{:g} px".
        amounts: The stops of its slider, in order; they are also the points of its curve.
        none: The amount that changes nothing, one of `amounts`.
        function: What it does; its arguments are those of its table.
        formula: What it computes, as plain text.
        meaning: A sentence about it.
        source: Where it comes from.
        uses_place: Whether it depends on the place that the visitor chose.
        uses_target: Whether it depends on the class that the visitor aimed at.
    """

    label: str
    text: str
    amounts: tuple[float, ...]
    none: float
    function: Function
    formula: str
    meaning: str
    source: str
    uses_place: bool = False
    uses_target: bool = False

    def write(self, amount: float) -> str:
        """Return an amount with its unit."""
        sign = "−" if amount < 0 else ""
        return "off" if amount == self.none else sign + self.text.format(amount).removeprefix("-")


def without_units(network: Network, off: NDArray[np.bool_]) -> Network:
    """Return a copy in which the hidden units that are `off`, layer after layer, pass nothing on: weights of 0."""
    copy, start = network.copy(), 0
    for W in copy.weights[1:]:  # (units, units of the layer after)
        W[off[start : start + len(W)]] = 0
        start += len(W)
    return copy


def most_important_off(network: Network, share: float, importance: Floats) -> Network:
    """Silence the share of the hidden units that matters most; importance is (hidden units,), see nn.ablation."""
    return without_units(network, _first(np.argsort(-importance, kind="stable"), share))


def least_important_off(network: Network, share: float, importance: Floats) -> Network:
    """Silence the share of the hidden units that matters least; see `most_important_off`."""
    return without_units(network, _first(np.argsort(importance, kind="stable"), share))


def _first(order: NDArray[np.int64], share: float) -> NDArray[np.bool_]:
    """Return a mask of the first share of the units in an order, rounded to a whole number."""
    off = np.zeros(len(order), bool)
    off[order[: round(share * len(order))]] = True
    return off


def prune(network: Network, share: float, importance: Floats) -> Network:  # noqa: ARG001 - a shared signature
    """Set the smallest weights, a share of all of them, to 0; biases stay."""
    copy = network.copy()
    sizes = np.concatenate([np.abs(W).ravel() for W in copy.weights])
    count = round(share * len(sizes))
    if count:
        largest_pruned = np.partition(sizes, count - 1)[count - 1]
        for W in copy.weights:
            W[np.abs(W) <= largest_pruned] = 0
    return copy


def quantize(network: Network, bits: float, importance: Floats) -> Network:  # noqa: ARG001 - a shared signature
    """Round the weights of each matrix to 2ᵇ - 1 evenly spaced values about 0; biases stay.

    Δ = max|W| / (2ᵇ⁻¹ - 1) and W' = Δ round(W / Δ). One bit holds only the sign: W' = mean|W| sign(W), the closest such
    matrix (Rastegari, Ordonez, Redmon and Farhadi, 2016, “XNOR-Net”, section 3.1).
    """
    copy = network.copy()
    for W in copy.weights if bits < EXACT else ():
        if bits == 1:
            W[:] = np.abs(W).mean() * np.where(W < 0, -1, 1)
        elif step := float(np.abs(W).max()) / (2 ** (bits - 1) - 1):
            W[:] = np.rint(W / step) * step
    return copy


_SHARES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)

NetworkFunction = Callable[[Network, float, Floats], Network]

NETWORK_PERTURBATIONS: dict[str, Perturbation[NetworkFunction]] = {
    "most": Perturbation(
        "Best units off",
        "{:.0%}",
        _SHARES,
        0.0,
        most_important_off,
        formula="Wₗ₊₁[u, :] = 0 for the units u with the greatest increase in loss",
        meaning="Silences the hidden units that dev digits need most, measured one by one.",
        source="Morcos, Barrett, Rabinowitz and Botvinick, 2018, “On the importance of single directions for "
        "generalization”",
    ),
    "least": Perturbation(
        "Idle units off",
        "{:.0%}",
        _SHARES,
        0.0,
        least_important_off,
        formula="Wₗ₊₁[u, :] = 0 for the units u with the smallest increase in loss",
        meaning="Silences the hidden units that can best be spared.",
        source="Mozer and Smolensky, 1989, “Skeletonization”",
    ),
    "pruned": Perturbation(
        "Weights pruned",
        "{:.0%}",
        (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99),
        0.0,
        prune,
        formula="w = 0 for the smallest |w|",
        meaning="Sets the smallest weights of the whole network to 0.",
        source="Han, Pool, Tran and Dally, 2015, “Learning both weights and connections”",
    ),
    "bits": Perturbation(
        "Weights rounded",
        "{:g}-bit",
        (EXACT, 8, 7, 6, 5, 4, 3, 2, 1),
        EXACT,
        quantize,
        formula="w = Δ round(w/Δ), Δ = max|W| / (2ᵇ⁻¹ − 1); 1 bit: ±mean|W|",
        meaning="Stores each weight in this many bits instead of 32.",
        source="Krishnamoorthi, 2018, “Quantizing deep convolutional networks”, section 2; Rastegari et al., 2016",
    ),
}
"""Ways to break a network: function(network, amount, importance (hidden units,)) -> a broken copy."""


@dataclass(frozen=True)
class Place:
    """The centre of a patch, in pixels from the top left corner of the image."""

    x: float = 13.5
    y: float = 13.5


def noise(images: Singles, sigma: float, rng: np.random.Generator, place: Place) -> Singles:  # noqa: ARG001
    """Add Gaussian noise of this standard deviation to each pixel, and clip to [0, 1]."""
    return np.clip(images + np.float32(sigma) * rng.standard_normal(images.shape, np.float32), 0, 1)


def blur(images: Singles, sigma: float, rng: np.random.Generator, place: Place) -> Singles:  # noqa: ARG001
    """Blur by a Gaussian of this standard deviation in pixels; beyond the border there is blank paper."""
    if not sigma:
        return images
    reach = np.arange(-images.shape[1], images.shape[1] + 1)
    total = np.exp(-(reach**2) / (2 * sigma**2)).sum()
    at = np.arange(images.shape[1])
    rows = (np.exp(-((at[:, None] - at) ** 2) / (2 * sigma**2)) / total).astype(np.float32)  # (side, side), symmetric
    return rows @ images @ rows


def shift_right(images: Singles, pixels: float, rng: np.random.Generator, place: Place) -> Singles:  # noqa: ARG001
    """Move the ink a whole number of pixels to the right, or to the left if negative."""
    return _shifted(images, int(pixels), axis=2)


def shift_down(images: Singles, pixels: float, rng: np.random.Generator, place: Place) -> Singles:  # noqa: ARG001
    """Move the ink a whole number of pixels down, or up if negative."""
    return _shifted(images, int(pixels), axis=1)


def _shifted(images: Singles, pixels: int, axis: int) -> Singles:
    moved = np.roll(images, pixels, axis)
    come_round = slice(0, pixels) if pixels > 0 else slice(images.shape[axis] + pixels, None)
    moved[(slice(None),) * axis + (come_round,)] = 0
    return moved


def rotate(images: Singles, degrees: float, rng: np.random.Generator, place: Place) -> Singles:  # noqa: ARG001
    """Turn clockwise about the centre, bilinearly."""
    if not degrees:
        return images
    side = images.shape[1]
    y, x = np.indices((side, side), np.float32).reshape(2, 1, -1) - (side - 1) / 2
    angle = math.radians(degrees)
    cos, sin = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    shape = (len(images), side * side)
    # A pixel of the result shows the image where it was before the turn; y grows downward.
    return sample(images, np.broadcast_to(cos * x + sin * y, shape), np.broadcast_to(cos * y - sin * x, shape))


def thickness(images: Singles, pixels: float, rng: np.random.Generator, place: Place) -> Singles:  # noqa: ARG001
    """Make strokes wider by up to 4 pixels, or narrower if negative, in two passes of nn.augmentation.thicken."""
    return thicken(thicken(images, _as_width(pixels)), _as_width(pixels)) if pixels else images


def _as_width(pixels: float) -> Singles:
    return np.full((1, 1, 1), pixels / 2, np.float32)


def occlude(images: Singles, side: float, rng: np.random.Generator, place: Place) -> Singles:  # noqa: ARG001
    """Cover a square of this many pixels a side, centred on the place, with blank paper."""
    covered = images.copy()
    left, top = (round(each - (side - 1) / 2) for each in (place.x, place.y))
    covered[:, max(top, 0) : max(top + int(side), 0), max(left, 0) : max(left + int(side), 0)] = 0
    return covered


_BOTH_WAYS = (-8.0, -6.0, -5.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)

ImageFunction = Callable[[Singles, float, np.random.Generator, Place], Singles]

IMAGE_PERTURBATIONS: dict[str, Perturbation[ImageFunction]] = {
    "noise": Perturbation(
        "Noise",
        "σ {:g}",
        (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0),
        0.0,
        noise,
        formula="x + σn, n from N(0, 1), clipped to [0, 1]",
        meaning="Adds grain to every pixel. White paper is 0, black ink is 1.",
        source="Hendrycks and Dietterich, 2019, “Benchmarking neural network robustness to common corruptions”",
    ),
    "blur": Perturbation(
        "Blur",
        "{:g} px",
        (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0),
        0.0,
        blur,
        formula="x ∗ Gaussian of standard deviation σ",
        meaning="Takes the digit out of focus.",
        source="Hendrycks and Dietterich, 2019",
    ),
    "right": Perturbation(
        "Shift right",
        "{:g} px",
        _BOTH_WAYS,
        0.0,
        shift_right,
        formula="x[row, column − d]",
        meaning="Moves the ink off its usual place. Each pixel has its own weights, so a shift confuses this network.",
        source="Engstrom et al., 2019, “Exploring the landscape of spatial robustness”",
    ),
    "down": Perturbation(
        "Shift down",
        "{:g} px",
        _BOTH_WAYS,
        0.0,
        shift_down,
        formula="x[row − d, column]",
        meaning="Moves the ink up or down.",
        source="Engstrom et al., 2019",
    ),
    "rotation": Perturbation(
        "Rotation",
        "{:g}°",
        (-90.0, -60.0, -45.0, -30.0, -20.0, -10.0, 0.0, 10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 180.0),
        0.0,
        rotate,
        formula="x at R(−θ)p about the centre",
        meaning="Turns the digit clockwise. At 180° a 6 becomes a 9.",
        source="Engstrom et al., 2019",
    ),
    "thickness": Perturbation(
        "Thickness",
        "{:+g} px",
        (-4.0, -3.0, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0),
        0.0,
        thickness,
        formula="grey-level dilation or erosion by a cross, in two passes",
        meaning="Makes the strokes wider or narrower.",
        source="Serra, 1982, “Image analysis and mathematical morphology”, chapter 12",
    ),
    "patch": Perturbation(
        "Covered patch",
        "{:g} px",
        (0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 20.0),
        0.0,
        occlude,
        formula="x = 0 within a square",
        meaning="Covers a square with blank paper. Drag it over the digit.",
        source="Zeiler and Fergus, 2014, “Visualizing and understanding convolutional networks”, section 4.2",
        uses_place=True,
    ),
}
"""Ways to break images: function(images (n, side, side) float32 in [0, 1], amount, rng, place) -> changed images."""
