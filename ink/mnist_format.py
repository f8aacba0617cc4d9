"""Turn ink into the 28×28 image that a network trained on MNIST expects.

MNIST was made by scaling each digit, keeping its aspect ratio, to fit a box of 20×20 pixels, and translating it so that
its centre of mass is the centre of a 28×28 field (LeCun, Bottou, Bengio and Haffner, 1998, "Gradient-based learning
applied to document recognition", section III.A). This module normalizes drawings in the same way and deslants them, as
the authors did for their deslanted set. An image is float32 of shape (28, 28): 0 is paper, 1 is ink, row 0 is the top.

In this file a pixel is the unit square that begins at its index, so the centre of pixel (row 14, column 14) is the
point x = 14.5, y = 14.5: the mean centre of mass of MNIST's training images.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from data.dataset import IMAGE_SIDE
from ink import pixel_ink, rasterization
from ink.rasterization import Segments
from ink.skeleton import pen_path
from ink.slant import MAX_SLANT, slants, upright

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

BOX_SIDE: Final = 20.0
CENTRE: Final = 14.5

# The pen that draws strokes: every point within PEN_WIDTH/2 is ink, fading to paper over PEN_EDGE pixels across that
# border. Chosen so that rendered strokes match MNIST's training digits in stroke width (2 × area / outline), mean ink
# and share of full-ink pixels; this file's tests check all three.
PEN_WIDTH: Final = 2.5
PEN_EDGE: Final = 1.2
# A thinner pen with an edge of PEN_EDGE could pass between the centres of pixels and leave nothing.
_THINNEST_PEN: Final = 0.25
# The slant is measured on the rendered drawing, but the round pen itself does not slant, so one round of deslanting
# removes too little. After this many, the image of a slanted digit is within 0.01 of that of the same digit unslanted.
_SLANT_ROUNDS: Final = 6

# Pixels fainter than this share of the darkest are paper: grain, shadow, and the far edge of antialiasing.
INK_FLOOR: Final = 0.1
# An image in [0, 1] whose darkest ink differs from its paper by less than this holds no drawing.
LEAST_CONTRAST: Final = 0.1


@dataclass(frozen=True)
class Normalization:
    """The normalization steps to apply. A property whose step is skipped keeps its value from the canvas.

    Attributes:
        scaled: Scale the longer side to 20 pixels; otherwise the longer side of the canvas is 28 pixels.
        upright: Remove the slant.
        centred: Move the centre of mass to the centre of the field; otherwise the middle of the drawing keeps its
            place on the canvas, which is shrunk to 28 pixels.
        one_pen: Draw with a pen as wide as MNIST's strokes; otherwise the original stroke width is scaled with the
            drawing.
    """

    scaled: bool = True
    upright: bool = True
    centred: bool = True
    one_pen: bool = True


ALL_STEPS: Final = Normalization()


@dataclass(frozen=True)
class Canvas:
    """The canvas that strokes were drawn on, in the unit of their points; the top left corner is (0, 0).

    Attributes:
        width, height: Above 0 and finite.
        pen_width: Diameter of the round pen, above 0 and finite.
    """

    width: float
    height: float
    pen_width: float

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (np.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be finite and above 0; got {value}.")

    @property
    def pixels_per_unit(self) -> float:
        """Image pixels per canvas unit when the whole canvas is shrunk to the image."""
        return IMAGE_SIDE / max(self.width, self.height)


def image_from_strokes(
    strokes: Sequence[ArrayLike], normalization: Normalization = ALL_STEPS, *, canvas: Canvas | None = None
) -> NDArray[np.float32]:
    """Draw strokes as MNIST would have scanned them; see image_from_segments.

    Args:
        strokes: Each (n, 2), any real dtype: x and y of its points in any unit, y growing downward. A stroke of one
            point, or of coincident points, is a dot; empty strokes are skipped.
        normalization: The steps to take.
        canvas: The canvas they were drawn on. Required to skip any step except `upright`.

    Raises:
        ValueError: A stroke is not (n, 2), not real numbers, or holds NaN or infinity, or a canvas is required.
    """
    return image_from_segments(visible_segments(strokes, canvas), normalization, canvas=canvas)


def visible_segments(strokes: Sequence[ArrayLike], canvas: Canvas | None = None) -> Segments:
    """Split strokes into segments, clipped to the canvas if it is given; see Segments.from_strokes."""
    segments = Segments.from_strokes(strokes)
    return segments if canvas is None else segments.clipped(canvas.width, canvas.height)


def image_from_segments(
    segments: Segments, normalization: Normalization = ALL_STEPS, *, canvas: Canvas | None = None
) -> NDArray[np.float32]:
    """Draw segments as MNIST would have scanned them.

    The segments are deslanted, scaled so that the longer side of the inked extent is 20 pixels, drawn with one pen,
    then centred by the mass of that drawing and drawn again: moving points avoids the blur of moving an image by
    fractions of a pixel. The result is independent of the brush and of the position and size on the canvas.

    Returns:
        (28, 28) float32 in [0, 1]; zeros without segments.

    Raises:
        ValueError: A step other than `upright` is skipped without a canvas.

    Source: LeCun et al. (1998), section III.A, for the box, the centre of mass and the slant.
    """
    if canvas is None and not (normalization.scaled and normalization.centred and normalization.one_pen):
        raise ValueError("canvas must be given to draw strokes in their own size, place or pen width.")
    if len(segments) == 0:
        return np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.float32)
    unit = segments.scaled(1.0)
    if normalization.upright:
        unit = unit.sheared(_slant(unit))
    size, pen_width = BOX_SIDE - PEN_WIDTH, PEN_WIDTH
    middle = np.full(2, IMAGE_SIDE / 2)
    if canvas is not None:
        length = segments.extent * unit.extent
        scale = BOX_SIDE / (length + canvas.pen_width) if normalization.scaled else canvas.pixels_per_unit
        if not normalization.one_pen:
            pen_width = max(canvas.pen_width * scale, _THINNEST_PEN)
        if not (normalization.scaled and normalization.one_pen):
            size = length * scale
        if not normalization.centred:
            middle += (segments.middle - (canvas.width / 2, canvas.height / 2)) * canvas.pixels_per_unit
    placed = unit.scaled(size).moved(middle)
    if normalization.centred:
        placed = placed.moved(CENTRE - _centre_of_mass(rasterization.draw(placed, IMAGE_SIDE, pen_width, PEN_EDGE)))
    return rasterization.draw(placed, IMAGE_SIDE, pen_width, PEN_EDGE).astype(np.float32)


def canvas_from_strokes(strokes: Sequence[ArrayLike], *, side: int, size: float, pen_width: float) -> NDArray[np.uint8]:
    """Draw strokes in the middle of a transparent canvas, as a browser does with a round black pen.

    Args:
        strokes: See image_from_strokes.
        side: Pixels along each side of the canvas, at least 1.
        size: Pixels along the longer side of the extent of the points, without the width of the pen.
        pen_width: Pixels.

    Returns:
        (side, side, 4) uint8 RGBA.

    Raises:
        ValueError: See image_from_strokes.
    """
    canvas = np.zeros((side, side, 4), np.uint8)
    segments = Segments.from_strokes(strokes)
    if len(segments):
        placed = segments.scaled(size).moved((side / 2, side / 2))
        canvas[:, :, 3] = np.rint(255 * rasterization.draw(placed, side, pen_width, 1.0))
    return canvas


def image_from_pixels(pixels: NDArray[np.uint8], normalization: Normalization = ALL_STEPS) -> NDArray[np.float32]:
    """Turn an image of a drawing, RGBA (height, width, 4) or grey (height, width), uint8, into the format of MNIST.

    See pixel_ink.strength and image_from_ink. Pixels of another shape or dtype raise ValueError.
    """
    return image_from_ink(pixel_ink.strength(pixels), normalization)


def image_from_ink(ink: NDArray[np.floating[Any]], normalization: Normalization = ALL_STEPS) -> NDArray[np.float32]:
    """Turn the ink of a drawing into the format of MNIST.

    The path of the pen is recovered (ink/skeleton.py) and drawn like strokes. To keep the original stroke width, the
    ink is instead resampled once by area averaging, so that its longer side is 20 pixels and its centre of mass is the
    centre of the field, then deslanted.

    Args:
        ink: (height, width) in [0, 1], as pixel_ink.strength returns it.
        normalization: The steps to take.

    Returns:
        (28, 28) float32 in [0, 1]; zeros when nothing is drawn.

    Source: LeCun et al. (1998), section III.A, for the box, the centre of mass and the slant.
    """
    peak = ink.max(initial=0.0)
    if peak < LEAST_CONTRAST:
        return np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.float32)
    ink = ink / peak
    if not normalization.one_pen:
        return _resampled(np.where(ink < INK_FLOOR, 0, ink), normalization)
    # Faint ink is the edge of the pen, a ruling or a shadow.
    dots = Segments.dots(pen_path(np.clip(2 * ink - 0.5, 0, 1)))
    return image_from_segments(dots, normalization, canvas=Canvas(ink.shape[1], ink.shape[0], PEN_WIDTH))


def _resampled(ink: NDArray[np.floating[Any]], normalization: Normalization) -> NDArray[np.float32]:
    """Resample nonzero ink (height, width) to an image, keeping its stroke width."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    low, high = np.array([columns[0], rows[0]]), np.array([columns[-1], rows[-1]]) + 1
    height, width = ink.shape
    pixels_per_unit = IMAGE_SIDE / max(ink.shape)
    scale = BOX_SIDE / (high - low).max() if normalization.scaled else pixels_per_unit
    if normalization.centred:
        fixed, target = _centre_of_mass(ink), np.full(2, CENTRE)
    else:
        fixed = (low + high) / 2
        target = IMAGE_SIDE / 2 + (fixed - (width / 2, height / 2)) * pixels_per_unit
    down = _area_weights(height, scale, fixed[1], target[1])
    across = _area_weights(width, scale, fixed[0], target[0])
    averaged = down @ ink @ across.T  # (28, height) @ (height, width) @ (width, 28)
    image: NDArray[np.float32] = np.clip(averaged, 0.0, 1.0).astype(np.float32)
    return upright(image[None])[0] if normalization.upright else image


def _area_weights(length: int, scale: float, fixed: float, target: float) -> NDArray[np.float64]:
    """Return weights (28, length) that scale a line of pixels, mapping the point `fixed` to `target`.

    The weight of a source pixel is the exact area of the target pixel that it covers; Pillow's BOX filter uses whole
    source pixels only.
    """
    edges = (np.arange(IMAGE_SIDE + 1) - target) / scale + fixed  # of the target's pixels, in the source
    source = np.arange(length)
    overlap = np.minimum(edges[1:, None], source + 1) - np.maximum(edges[:-1, None], source)
    weights: NDArray[np.float64] = np.maximum(overlap, 0) * scale
    return weights


def _slant(segments: Segments) -> float:
    """Return the slant of the segments, drawn with one pen."""
    slant = 0.0
    for _ in range(_SLANT_ROUNDS):
        placed = segments.sheared(slant).scaled(BOX_SIDE - PEN_WIDTH).moved((IMAGE_SIDE / 2, IMAGE_SIDE / 2))
        remaining = float(slants(rasterization.draw(placed, IMAGE_SIDE, PEN_WIDTH, PEN_EDGE)[None])[0])
        slant = min(max(slant + remaining, -MAX_SLANT), MAX_SLANT)
    return slant


def _centre_of_mass(ink: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the centre of mass (x, y) of an image, in its pixels; its middle if it is empty."""
    height, width = ink.shape
    mass = ink.sum()
    if mass == 0:
        return np.array([width / 2, height / 2])
    x = ink.sum(axis=0) @ (np.arange(width) + 0.5) / mass
    y = ink.sum(axis=1) @ (np.arange(height) + 0.5) / mass
    return np.array([x, y])
