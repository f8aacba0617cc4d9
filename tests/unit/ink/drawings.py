"""Drawings for the tests of ink, and measures of the images that they become."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ink.mnist_format import Canvas

Strokes = list[NDArray[np.float64]]

# A 5 drawn as usual in two strokes, in canvas pixels.
FIVE: Strokes = [
    np.array([[110, 60], [105, 85], [102, 112], [125, 104], [150, 110], [163, 135], [155, 165], [125, 180], [98, 170]]),
    np.array([[110, 60], [135, 60], [165, 57]]),
]
SEVEN: Strokes = [np.array([[60, 60], [200, 60], [110, 220]], np.float64)]
EIGHT: Strokes = [100 * np.stack([0.5 * np.sin(2 * (t := np.linspace(0, 2 * np.pi, 80))), -np.cos(t)], axis=1)]
CANVAS = Canvas(280, 280, 14)
EMPTY = np.zeros((28, 28), np.float32)


def extent(image: NDArray[np.float32]) -> tuple[int, int]:
    """Height and width of the ink at half strength or more."""
    rows, columns = np.flatnonzero((image >= 0.5).any(axis=1)), np.flatnonzero((image >= 0.5).any(axis=0))
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


def centre_of_mass(image: NDArray[np.float32]) -> tuple[float, float]:
    """Row and column; the centre of the first pixel is 0."""
    place = np.arange(28)
    ink_of = image.astype(np.float64)
    return float(place @ ink_of.sum(axis=1) / ink_of.sum()), float(ink_of.sum(axis=0) @ place / ink_of.sum())


def pillow_canvas(strokes: Strokes, pen: float, side: int = 280) -> NDArray[np.uint8]:
    """Draw strokes with Pillow as RGBA on a transparent canvas, at four times the size and then averaged down."""
    large = Image.new("L", (side * 4, side * 4))
    draw = ImageDraw.Draw(large)
    for stroke in strokes:
        places = [(float(x) * 4, float(y) * 4) for x, y in stroke]
        draw.line(places, fill=255, width=round(pen * 4))
        for x, y in places:
            draw.ellipse((x - pen * 2, y - pen * 2, x + pen * 2, y + pen * 2), fill=255)
    canvas = np.zeros((side, side, 4), np.uint8)
    canvas[:, :, 3] = np.asarray(large.resize((side, side), Image.Resampling.BOX))
    return canvas
