"""Ink to the 28x28 image that a network trained on MNIST expects.

MNIST was made by scaling each digit, aspect kept, into a box of 20x20 pixels and translating it so that its centre
of mass is the centre of a field of 28x28 (LeCun, Bottou, Bengio and Haffner, 1998, "Gradient-based learning applied
to document recognition", section III.A). Both functions here do the same to a drawing, and, as the authors did for
their deslanted set, take its slant away. An image is float32 of shape (28, 28): 0 is paper, 1 is ink, row 0 is the
top.

In this file a pixel is the unit square that begins at its index, so the centre of pixel (row 14, column 14) is the
point x = 14.5, y = 14.5. That is where the mean centre of mass of MNIST's training images lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from data.dataset import IMAGE_SIDE
from ink import pixel_ink, rasterization
from ink.resampling import averaging
from ink.skeleton import pen_path
from ink.slant import MAX_SLANT, slants, upright

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from ink.rasterization import Segments

__all__ = [
    "DRAWING", "Canvas", "Normalization", "canvas_from_strokes", "extent", "image_from_pixels", "image_from_strokes",
    "upright",
]  # fmt: skip

BOX: Final = 20.0
CENTRE: Final = 14.5

# The pen that draws strokes: every point within PEN_WIDTH/2 is ink, and over PEN_EDGE pixels across that border ink
# fades to paper. Chosen so that rendered pen strokes have the stroke width (2 x area / outline), the mean ink and
# the share of full-ink pixels of MNIST's training digits; the test of this file holds them together.
PEN_WIDTH: Final = 2.5
PEN_EDGE: Final = 1.2
# A pen thinner than this, of an edge of PEN_EDGE, could pass between the centres of pixels and leave nothing.
_THINNEST_PEN: Final = 0.25
# The slant is measured on a drawing, whose pen does not lean with it: taken away, a little of it is left. After so many
# rounds a digit that leaned otherwise ends within a hundredth of ink of the same image.
_SLANT_ROUNDS: Final = 6

# Pixels fainter than this share of the darkest are paper: grain, shadow, and the far edge of antialiasing.
FLOOR: Final = 0.1
# An image whose darkest ink differs from its paper by less than this, of 1, holds no drawing.
LEAST_CONTRAST: Final = 0.1


@dataclass(frozen=True)
class Normalization:
    """The steps that a drawing goes through. What is left out stays as it was on the canvas.

    Attributes:
        scaled: the longer side fills the box of 20 pixels; else the canvas's longer side is 28 pixels.
        upright: slant is taken away.
        centred: the centre of mass is the centre of the field; else the middle of the drawing is where it was on
            the canvas, the canvas shrunk to 28 pixels.
        one_pen: it is drawn with the pen that MNIST's strokes have; else its own pen is scaled with it.
    """

    scaled: bool = True
    upright: bool = True
    centred: bool = True
    one_pen: bool = True


DRAWING: Final = Normalization()
"""All steps."""


@dataclass(frozen=True)
class Canvas:
    """What strokes were drawn on, in the unit of their points; the corner at the top left is (0, 0).

    Attributes:
        width, height: above 0 and finite.
        pen_width: of the round pen, above 0 and finite.
    """

    width: float
    height: float
    pen_width: float

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (np.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be finite and above 0; got {value}.")

    @property
    def shrink(self) -> float:
        """Pixels of an image for a unit of the canvas, when the whole canvas is the image."""
        return IMAGE_SIDE / max(self.width, self.height)


def image_from_strokes(
    strokes: Sequence[ArrayLike], normalization: Normalization = DRAWING, *, canvas: Canvas | None = None
) -> NDArray[np.float32]:
    """Draw strokes as MNIST would have scanned them.

    The points are set upright and scaled so that the longer side of the inked extent fills the box of 20 pixels,
    drawn with one pen, then shifted by the centre of mass of that drawing and drawn again: moving points blurs
    nothing, moving an image by parts of a pixel would. So neither the brush, nor the place, nor the size on the canvas
    matters.

    Args:
        strokes: each (n, 2), any real dtype: x and y of the points in any unit, y growing downward. A stroke of one
            point, or whose points coincide, is a dot; an empty stroke is nothing.
        normalization: the steps to take.
        canvas: what they were drawn on, where that is known. A stroke that leaves it ends at its border. Needed for
            every step left out but `upright`.

    Returns:
        (28, 28) float32 in [0, 1]; zeros when there is no point.

    Raises:
        ValueError: a stroke is not (n, 2), not real numbers, or holds NaN or infinity, or a canvas is needed.

    Source: LeCun et al. (1998), section III.A, for the box, the centre of mass and the slant.
    """
    if canvas is None and not (normalization.scaled and normalization.centred and normalization.one_pen):
        raise ValueError("canvas must be given to draw strokes in their own size, place or pen width.")
    return _drawn(_visible(strokes, canvas), normalization, canvas)


def canvas_from_strokes(strokes: Sequence[ArrayLike], *, side: int, size: float, pen_width: float) -> NDArray[np.uint8]:
    """Draw strokes in the middle of a transparent canvas, as a browser does with a round black pen.

    Args:
        strokes: see image_from_strokes.
        side: pixels along each side of the canvas, at least 1.
        size: pixels along the longer side of the points' extent, the pen not counted.
        pen_width: pixels.

    Returns:
        (side, side, 4) uint8 RGBA.

    Raises:
        ValueError: see image_from_strokes.
    """
    canvas = np.zeros((side, side, 4), np.uint8)
    line = rasterization.segments(strokes)
    if len(line):
        placed = line.scaled(size).moved((side / 2, side / 2))
        canvas[:, :, 3] = np.rint(255 * rasterization.draw(placed, side, pen_width, 1.0))
    return canvas


def extent(strokes: Sequence[ArrayLike], *, canvas: Canvas | None = None) -> float:
    """Return the longer side of what the points of strokes span, the pen not counted, in the unit of the points.

    A tap, whose points are a few pixels apart, is no larger than the pen; whether it is read is for others to say.

    Args:
        strokes: see image_from_strokes.
        canvas: what they were drawn on; what is beyond it does not count.

    Returns:
        0 for a dot, and without points. Infinity where the span is beyond what a float holds.

    Raises:
        ValueError: see image_from_strokes.
    """
    line = _visible(strokes, canvas)
    return line.extent if len(line) else 0.0


def image_from_pixels(pixels: NDArray[np.uint8], normalization: Normalization = DRAWING) -> NDArray[np.float32]:
    """Bring an image of a drawing into the form of MNIST.

    Where an RGBA image is transparent anywhere, its alpha is the ink, whatever the colour. Otherwise ink is what
    differs from the paper around it, darker or lighter (ink/pixel_ink.py). The path of the pen is found in it
    (ink/skeleton.py) and drawn as strokes are. With its own pen, the ink is averaged over areas, in one resampling,
    so that its longer side fills 20 pixels and its centre of mass is the centre of the field, then set upright.

    Args:
        pixels: (height, width, 4) uint8 RGBA, as a canvas gives it, or (height, width) uint8 grey.
        normalization: the steps to take.

    Returns:
        (28, 28) float32 in [0, 1]; zeros when nothing is drawn.

    Raises:
        ValueError: pixels has another shape or dtype.

    Source: LeCun et al. (1998), section III.A, for the box, the centre of mass and the slant.
    """
    strength = pixel_ink.strength(pixels)
    peak = strength.max(initial=0.0)
    if peak < LEAST_CONTRAST:
        return np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.float32)
    ink = strength / peak
    if not normalization.one_pen:
        return _averaged(np.where(ink < FLOOR, 0, ink), normalization)
    # Faint ink is the pen's edge or no ink at all: rulings, shadows.
    points = pen_path(np.clip(2 * ink - 0.5, 0, 1))
    return _drawn(rasterization.Segments(points, points), normalization, Canvas(ink.shape[1], ink.shape[0], PEN_WIDTH))


def _visible(strokes: Sequence[ArrayLike], canvas: Canvas | None) -> Segments:
    line = rasterization.segments(strokes)
    return line if canvas is None else line.clipped(canvas.width, canvas.height)


def _drawn(line: Segments, normalization: Normalization, canvas: Canvas | None) -> NDArray[np.float32]:
    """Draw segments; canvas is needed for what is not normalized."""
    if len(line) == 0:
        return np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.float32)
    unit = line.scaled(1.0)
    if normalization.upright:
        unit = unit.sheared(_slant(unit))
    size, pen_width = BOX - PEN_WIDTH, PEN_WIDTH
    middle = np.full(2, IMAGE_SIDE / 2)
    if canvas is not None:
        length = line.extent * unit.extent
        scale = BOX / (length + canvas.pen_width) if normalization.scaled else canvas.shrink
        if not normalization.one_pen:
            pen_width = max(canvas.pen_width * scale, _THINNEST_PEN)
        if not (normalization.scaled and normalization.one_pen):
            size = length * scale
        if not normalization.centred:
            middle += (line.middle - (canvas.width / 2, canvas.height / 2)) * canvas.shrink
    placed = unit.scaled(size).moved(middle)
    if normalization.centred:
        placed = placed.moved(CENTRE - _centre_of_mass(rasterization.draw(placed, IMAGE_SIDE, pen_width, PEN_EDGE)))
    return rasterization.draw(placed, IMAGE_SIDE, pen_width, PEN_EDGE).astype(np.float32)


def _averaged(ink: NDArray[np.float64], normalization: Normalization) -> NDArray[np.float32]:
    """Bring ink (height, width) that is not all paper to the field, its strokes as wide as they are."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    low, high = np.array([columns[0], rows[0]]), np.array([columns[-1], rows[-1]]) + 1
    height, width = ink.shape
    shrink = IMAGE_SIDE / max(ink.shape)
    scale = BOX / (high - low).max() if normalization.scaled else shrink
    if normalization.centred:
        held, place = _centre_of_mass(ink), np.full(2, CENTRE)
    else:
        held = (low + high) / 2
        place = IMAGE_SIDE / 2 + (held - (width / 2, height / 2)) * shrink
    # (28, height) @ (height, width) @ (width, 28) -> (28, 28)
    averaged: NDArray[np.float64] = (
        averaging(height, IMAGE_SIDE, scale, held[1], place[1])
        @ ink
        @ averaging(width, IMAGE_SIDE, scale, held[0], place[0]).T
    )
    image: NDArray[np.float32] = np.clip(averaged, 0.0, 1.0).astype(np.float32)
    return upright(image[None])[0] if normalization.upright else image


def _slant(line: Segments) -> float:
    """Return the slant of a drawing of segments with the one pen."""
    slant = 0.0
    for _ in range(_SLANT_ROUNDS):
        placed = line.sheared(slant).scaled(BOX - PEN_WIDTH).moved((IMAGE_SIDE / 2, IMAGE_SIDE / 2))
        left = float(slants(rasterization.draw(placed, IMAGE_SIDE, PEN_WIDTH, PEN_EDGE)[None])[0])
        slant = min(max(slant + left, -MAX_SLANT), MAX_SLANT)
    return slant


def _centre_of_mass(ink: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean position (x, y) of the ink of an image that is not empty, in its own pixels."""
    height, width = ink.shape
    mass = ink.sum()
    x = ink.sum(axis=0) @ (np.arange(width) + 0.5) / mass
    y = ink.sum(axis=1) @ (np.arange(height) + 0.5) / mass
    return np.array([x, y])
