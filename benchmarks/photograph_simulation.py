"""Synthetic photographs of digits on paper: the light, the paper and the camera."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from data import csv_files
from ink.mnist_format import canvas_from_strokes
from testing import sample_digits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

KINDS = (
    "even light",
    "slanting light",
    "shadow",
    "ruled",
    "squared",
    "on a table",
    "on a board",
    "small",
    "faint",
    "boldly ruled",
    "boldly squared",
)
HEIGHT, WIDTH = 320, 416

LIGHTS = ("even", "lit from one side", "ruled", "coloured", "blurred", "compressed")
CROPS = ("normal", "tight", "cut off")
"""With paper around the digit; cropped to the ink, give or take 5%; with 10% to 50% of the digit beyond one side."""


class Photograph(NamedTuple):
    """A photograph (height, width, 3) uint8, its digit, and the strength of its ink (height, width) in [0, 1]."""

    pixels: NDArray[np.uint8]
    label: int
    ink: Floats


def photograph(kind: str, seed: int) -> Photograph:
    """Generate a photograph of a digit, either from MNIST or from our samples."""
    rng = np.random.default_rng([KINDS.index(kind), seed])
    label, ink = written(rng, size=rng.uniform(0.14, 0.25) if kind == "small" else rng.uniform(0.3, 0.6))
    colour = rng.uniform(0, [0.25, 0.25, 0.5])
    paper = np.full((HEIGHT, WIDTH, 3), rng.uniform(0.7, 0.95)) * rng.uniform(0.95, 1.05, 3)
    contrast = rng.uniform(0.2, 0.3) if kind == "faint" else rng.uniform(0.4, 0.85)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float64)
    if kind.endswith(("ruled", "squared")):
        paper = ruled(paper, y, x, rng, both_ways=kind.endswith("squared"), bold=kind.startswith("boldly"))
    if kind == "on a board":
        shown = np.full((HEIGHT, WIDTH, 3), 0.18)
        shown += (rng.uniform(0.7, 0.95) - shown) * ink[:, :, None]
    else:
        shown = paper * (1 - contrast * ink[:, :, None] * (1 - colour))
    if kind == "on a table":
        across, down = (x / WIDTH - 0.5), (y / HEIGHT - 0.5)
        turn = rng.uniform(-0.1, 0.1)
        sheet = np.maximum(np.abs(across + turn * down), np.abs(down - turn * across)) < 0.4
        wood = np.array([0.3, 0.2, 0.13]) * (1 + 0.2 * clouds(rng, 16))[:, :, None]
        shown = np.where(sheet[:, :, None], shown, wood)
    taken = np.clip(shown * light(kind, y, x, rng)[:, :, None], 0, 1)
    return Photograph(camera(taken, rng), label, ink)


def written(rng: np.random.Generator, size: float) -> tuple[int, Floats]:
    """A digit and its ink, with a margin of paper; `size` is a share of the height."""
    side = round(size * HEIGHT)
    if rng.random() < 0.5:
        name = str(rng.integers(10))
        label = int(name)
        pen = max(side * rng.uniform(0.04, 0.1), 2.5)
        drawn = (
            canvas_from_strokes(sample_digits.digit(name), side=round(side * 1.3), size=side, pen_width=pen)[:, :, 3]
            / 255
        )
    else:
        embedded = csv_files.embedded()
        row = int(rng.integers(len(embedded)))
        label = int(embedded.labels[row])
        scan = Image.fromarray(embedded.images[row].reshape(28, 28))
        large = scan.resize((round(side * 1.4),) * 2, Image.Resampling.BICUBIC)
        drawn = np.clip(np.asarray(large) / 255 * 3 - 1, 0, 1)
    top = int(rng.integers(8, HEIGHT - len(drawn) - 8))
    left = int(rng.integers(8, WIDTH - len(drawn) - 8))
    if size > 0.28:  # keeps it on the sheet in "on a table"
        top, left = (HEIGHT - len(drawn)) // 2, (WIDTH - len(drawn)) // 2
    ink = np.zeros((HEIGHT, WIDTH))
    ink[top : top + len(drawn), left : left + len(drawn)] = drawn
    return label, ink


def snapshot(
    digit: NDArray[np.uint8], light: str, crop: str, rng: np.random.Generator, *, dark: bool
) -> NDArray[np.uint8]:
    """Photograph a digit of MNIST the way people crop, light and compress their pictures.

    Args:
        digit: (28, 28) uint8, 255 is ink.
        light: One of LIGHTS.
        crop: One of CROPS.
        rng: Draws everything else.
        dark: Whether the pen is darker than its paper; otherwise it is chalk on a board or a negative.

    Returns:
        (height, width, 3) uint8.
    """
    side = int(rng.integers(60, 220))
    scan = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    margins = np.rint(side * rng.uniform(0.05, 0.6, (2, 2))).astype(int)
    thick = ImageFilter.MaxFilter(2 * round(side * rng.uniform(0, 0.025)) + 1)
    scan = scan.filter(thick) if light == "coloured" else scan
    ink = np.pad(np.clip(np.asarray(scan) / 255 * 3 - 1, 0, 1), margins)
    height, width = ink.shape
    y, x = np.mgrid[:height, :width].astype(np.float64)
    paper = np.full((height, width, 3), rng.uniform(0.7, 0.95)) * rng.uniform(0.95, 1.05, 3)
    pen = rng.uniform(0, [0.3, 0.3, 0.5])
    if light == "coloured":
        paper = np.full((height, width, 3), rng.uniform([0.6, 0.55, 0.35], [0.95, 0.9, 0.9]))
    if light == "ruled":
        paper = ruled(paper, y, x, rng, both_ways=bool(rng.random() < 0.5))
    board = not dark and rng.random() < 0.5
    if board:
        paper, pen = 0.25 * paper, rng.uniform(0.65, 0.95, 3)
    seen = paper + (pen - paper) * ink[:, :, None]
    if light == "lit from one side":
        angle = rng.uniform(0, 2 * np.pi)
        along = np.cos(angle) * (x / width - 0.5) + np.sin(angle) * (y / height - 0.5)
        seen = seen * (0.75 + along * rng.uniform(0.2, 0.6))[:, :, None]
    if not dark and not board:
        seen = 1 - seen
    blur = side * rng.uniform(0.02, 0.04) if light == "blurred" else rng.uniform(0.3, 1.2)
    quality = int(rng.integers(8, 25)) if light == "compressed" else int(rng.integers(60, 93))
    if crop == "normal":
        return developed(np.clip(seen, 0, 1), rng, blur, quality)
    top, bottom, left, right = _extent(ink > 0.5)
    edges = np.array([[top, bottom], [left, right]], np.float64)
    length = np.diff(edges, axis=1)
    cut = rng.uniform(-0.01, 0.05, (2, 2)) if crop == "tight" or rng.random() < 0.5 else rng.uniform(0, 0.5, (2, 2))
    if crop == "cut off":
        cut[tuple(rng.integers(0, 2, 2))] = -rng.uniform(0.1, 0.5)
    edges = np.rint(edges + [-1, 1] * cut * length).astype(int)
    (top, bottom), (left, right) = np.clip(edges, 0, [[height], [width]])
    return developed(np.clip(seen, 0, 1), rng, blur, quality, (slice(top, bottom), slice(left, right)))


def tall(digit: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a digit, (28, 28) uint8 with 255 as ink, made 1.4 to 2 times as tall as it was wide."""
    width = round(28 / rng.uniform(1.4, 2))
    narrow = np.asarray(Image.fromarray(digit).resize((width, 28), Image.Resampling.BICUBIC))
    before = (28 - width) // 2
    return np.pad(narrow, ((0, 0), (before, 28 - width - before)))


def barred_and_hooked(digit: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return a seven, (28, 28) uint8 with 255 as ink, with a bar through its stem and a hook at its left end."""
    top, bottom, _, _ = _extent(digit > 127)
    height = bottom - top
    row = round(top + height * rng.uniform(0.45, 0.6))
    stem = np.flatnonzero(digit[row] > 127)
    above = np.argwhere(digit[: top + height // 3] > 127)
    y, x = above[above[:, 1].argmin()]
    lines = [[(x, y), (x - 0.5, y + height * rng.uniform(0.12, 0.25))]]
    if len(stem):
        reach, rise = height * rng.uniform(0.2, 0.35, 2), rng.uniform(-1, 1)
        lines.append([(stem[0] - reach[0], row + rise), (stem[-1] + reach[1], row - rise)])
    drawn = Image.fromarray(digit).resize((280, 280), Image.Resampling.BICUBIC)
    width = round(rng.uniform(14, 26))
    for line in lines:
        ImageDraw.Draw(drawn).line([(10 * u + 5, 10 * v + 5) for u, v in line], 255, width)
    return np.asarray(drawn.resize((28, 28), Image.Resampling.BOX))


HANDS = {"tall sixes": (6, tall), "sevens with bar and hook": (7, barred_and_hooked)}
"""Ways of writing a digit that are rare in MNIST: the digit, and a function that makes it from one of MNIST's."""


def _extent(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def ruled(
    paper: Floats, y: Floats, x: Floats, rng: np.random.Generator, *, both_ways: bool, bold: bool = False
) -> Floats:
    """Paper with light or dark blue, slightly slanting lines."""
    step, aslant = rng.integers(18, 150 if bold else 40), rng.uniform(-0.03, 0.03)
    width, blue = (2, [0.3, 0.4, 0.8]) if bold else (1.5, [0.6, 0.8, 0.92])
    line = (y + aslant * x) % step < width
    if both_ways:
        line |= (x - aslant * y) % step < width
    return np.where(line[:, :, None], paper * blue, paper)


def light(kind: str, y: Floats, x: Floats, rng: np.random.Generator) -> Floats:
    """The light that falls on each pixel (height, width)."""
    angle = rng.uniform(0, 2 * np.pi)
    along = np.cos(angle) * (x / WIDTH - 0.5) + np.sin(angle) * (y / HEIGHT - 0.5)
    falling: Floats = 0.8 + along * rng.uniform(0.2, 0.8)
    if kind == "even light":
        falling = np.full_like(along, 0.9)
    if kind == "shadow":
        edge = along + rng.uniform(-0.15, 0.15) + 0.02 * clouds(rng, 5)
        falling = 0.95 - rng.uniform(0.3, 0.55) / (1 + np.exp(edge / rng.uniform(0.01, 0.1)))
    return falling


def clouds(rng: np.random.Generator, cells: int) -> Floats:
    """Smooth noise (height, width)."""
    coarse = Image.fromarray(rng.standard_normal((cells, cells)).astype(np.float32))
    return np.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), np.float64)


def camera(seen: Floats, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A slightly blurred, grainy JPEG."""
    return developed(seen, rng, rng.uniform(0.5, 1.5))


def developed(
    seen: Floats,
    rng: np.random.Generator,
    blur: float,
    quality: int | None = None,
    kept: tuple[slice, slice] = (slice(None), slice(None)),
) -> NDArray[np.uint8]:
    """A blurred and grainy picture, cropped to the rows and columns kept and compressed as a JPEG."""
    image = Image.fromarray(np.rint(255 * seen).astype(np.uint8)).filter(ImageFilter.GaussianBlur(blur))
    grain = rng.normal(0, rng.uniform(1, 6), (*seen.shape[:2], 1)) + rng.normal(0, 1.5, seen.shape)
    noisy = np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)[kept]
    file = io.BytesIO()
    Image.fromarray(noisy).save(file, "JPEG", quality=quality or int(rng.integers(60, 93)))
    return np.array(Image.open(file))
