"""Frames of the map: where a network places digits along fixed axes, so that steps can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from ink.slant import upright
from models.reader import Reader
from nn.batches import as_inputs
from nn.principal_components import Axes, layers, principal_axes

Activations = Sequence[NDArray[np.float64]]
"""Pixels, hidden activations and logits of n images, (n, units) each."""


@dataclass(frozen=True, eq=False)
class HeldAxes:
    """The two directions of each layer, pixels first and logits last, in which activations varied most at one step.

    Attributes:
        step: The step of the run at which they were fitted; 0 for a network that is not in training.
        axes: The axes of each layer.
        extents: The distance of the outermost digit from the origin in each layer.
    """

    step: int
    axes: tuple[Axes, ...]
    extents: tuple[float, ...]

    def is_due(self, step: int, *, running: bool) -> bool:
        """Return whether to fit new axes now that the run has reached this step.

        At rest, the axes are those of the last step, which hold much of the variance of nearly all earlier steps; the
        axes of the initial weights hold only a twentieth after an epoch. During training, they are fitted whenever the
        number of steps has doubled, and so ever more rarely.
        """
        return step < self.step or step >= 2 * self.step + 1 or (step != self.step and not running)


@dataclass(frozen=True, eq=False)
class Frame:
    """Digits as one network sees them.

    Attributes:
        points: For each layer, (n, 2) in [-1, 1] along the held axes.
        shares: For each layer, the share of these digits' variance that the axes hold; NaN where nothing varies.
        units: The dimensions of each layer.
        read: (n,) int64, the likeliest class of each digit.
        sure: (n,) the probability of that class.
        scales: For each layer, the divisor that brought the points into [-1, 1].
    """

    points: tuple[NDArray[np.float64], ...]
    shares: tuple[float, ...]
    units: tuple[int, ...]
    read: NDArray[np.int64]
    sure: NDArray[np.float64]
    scales: tuple[float, ...]


def seen_by(reader: Reader, images: NDArray[np.uint8]) -> Activations:
    """Return the result of `layers` for images (n, 784), prepared as for a reader's network."""
    return layers(reader.network, reader.inputs(images))


@st.cache_resource(max_entries=20, show_spinner=False)
def pixel_axes(images: NDArray[np.uint8], is_upright: bool) -> Axes:  # noqa: FBT001 - part of the key
    """Return the axes of images (n, 784), deslanted or not; cached: they take longest, and all networks share them."""
    pixels = as_inputs(images)
    return principal_axes(upright(pixels) if is_upright else pixels)


def hold_axes(seen: Activations, pixels: Axes, step: int = 0, before: HeldAxes | None = None) -> HeldAxes:
    """Fit the axes of each layer to activations, oriented like the axes held before.

    Args:
        seen: See `seen_by`.
        pixels: The axes of the first layer.
        step: The step of the run.
        before: The axes held before.
    """
    like = [None] * len(seen) if before is None else before.axes
    fitted = [principal_axes(A, min(2, *A.shape), each) for A, each in zip(seen[1:], like[1:], strict=True)]
    axes = (pixels, *fitted)
    return HeldAxes(step, axes, tuple(_extent(each.project(A)) for each, A in zip(axes, seen, strict=True)))


def frame(reader: Reader, seen: Activations, held: HeldAxes) -> Frame:
    """Return images as a reader's network sees them. Points that would leave the map shrink its scale.

    Args:
        reader: The network.
        seen: The result of `seen_by` for it.
        held: The axes.
    """
    points = [_on_plane(each.project(A)) for each, A in zip(held.axes, seen, strict=True)]
    scales = tuple(max(extent, _extent(P)) for extent, P in zip(held.extents, points, strict=True))
    probabilities = reader.decision_rule.probabilities(seen[-1])
    return Frame(
        points=tuple(P / scale for P, scale in zip(points, scales, strict=True)),
        shares=tuple(each.share_of_variance(A) for each, A in zip(held.axes, seen, strict=True)),
        units=tuple(A.shape[1] for A in seen),
        read=probabilities.argmax(axis=1),
        sure=probabilities.max(axis=1),
        scales=scales,
    )


def own_points(
    reader: Reader, image: NDArray[np.float32], held: HeldAxes, scales: Sequence[float]
) -> list[NDArray[np.float64]]:
    """Return for each layer the point, (1, 2), of a network input, (28, 28), on the map; at the edge if beyond it."""
    seen = layers(reader.network, image.reshape(1, -1).astype(reader.network.dtype))
    return [
        np.clip(_on_plane(each.project(A)) / scale, -1, 1)
        for each, A, scale in zip(held.axes, seen, scales, strict=True)
    ]


def _on_plane(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points (n, 1) or (n, 2) as (n, 2)."""
    return np.pad(points, ((0, 0), (0, 2 - points.shape[1])))


def _extent(points: NDArray[np.float64]) -> float:
    return float(np.abs(points).max()) or 1.0
