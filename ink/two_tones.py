"""Separate a picture of two tones, ink and paper, such as a digit that fills its picture, cropped to the ink.

There is too little paper around such a digit to measure the paper's brightness at each pixel (ink/photo_ink.py).
Instead each tone is a plane, because light varies slowly across so small a scene: k-planes clustering (Bradley and
Mangasarian, 2000, "k-plane clustering"), with two planes over the picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from ink import connected_components

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Grey = NDArray[np.float64]

_ROUNDS: Final = 8
# Two tones explain at least this share of the variance, and differ by at least the second everywhere.
_EXPLAINED: Final = 0.72
_LEAST_CONTRAST: Final = 0.05
# Added to the spread of the pixels when a plane is fitted, in squares of the picture's sides.
_FLATTENING: Final = 0.003
# A digit fills the picture if it covers the first share of the border, or spans the second of the height or width.
_TIGHT_BORDER: Final = 0.1
_TIGHT_SPAN: Final = 0.6
# It covers at most the first share of the border, and within the border, with its loops filled, the second of its
# bounding box, unless that is narrower than the third, as that of a 1.
_MOST_BORDER: Final = 0.8
_MOST_INK: Final = 0.8
_NARROW: Final = 0.4
# A shadow divides the border and the picture into two parts, each at least the first share; shorter runs are grain.
_SHADOW: Final = 0.25
_LEAST_RUN: Final = 0.02
# No pen fills the second share of a square whose sides are the first share of the picture's longer side.
_BROADEST_PEN: Final = 0.4
_BROAD: Final = 0.95


def candidates(grey: Grey) -> Iterator[Grey]:
    """Yield the strength of each tone, in [0, 1], that may be the ink of a digit that fills the picture.

    The tone that covers less of the border comes first: it is more often ink.
    """
    dark = _darker_tone(grey)
    if dark is None:
        return
    border = np.concatenate([dark[0], dark[1:, -1], dark[-1, -2::-1], dark[-2:0:-1, 0]]) > 0.5  # around the picture
    ends = np.flatnonzero(border != np.roll(border, 1))
    lengths = np.diff(ends, append=ends[:1] + len(border))
    parted = min(share for mask in (border, dark > 0.5) for share in (mask.mean(), 1 - mask.mean()))
    if parted > _SHADOW and (lengths > _LEAST_RUN * len(border)).sum() <= 2:
        return
    for tone, share in sorted(((dark, border.mean()), (1 - dark, 1 - border.mean())), key=lambda each: each[1]):
        if share < _MOST_BORDER and _is_shaped_like_a_digit(tone > 0.5, share):
            yield tone


def _is_shaped_like_a_digit(mask: NDArray[np.bool_], border: float) -> bool:
    """Return whether a mask fills the picture but holds nothing broader than any pen, such as a sheet or a shadow.

    Args:
        mask: (height, width), with at least one inked pixel.
        border: The share of the border that is inked.
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    height, width = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    if border < _TIGHT_BORDER and max(height / mask.shape[0], width / mask.shape[1]) < _TIGHT_SPAN:
        return False
    gaps = connected_components.label(~mask)
    outermost = np.zeros_like(mask)
    outermost[[0, -1]] = outermost[:, [0, -1]] = True
    filled = mask | ~gaps.touching(outermost)[gaps.labels]
    is_compact = filled.sum() > _MOST_INK * height * width and min(height, width) > _NARROW * max(height, width)
    if is_compact and border < _LEAST_RUN:
        return False
    side = int(_BROADEST_PEN * max(mask.shape)) + 1
    if side > min(mask.shape):
        return True
    sums = np.pad(mask.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    within = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return bool(within.max() < _BROAD * side**2)


def _darker_tone(grey: Grey) -> Grey | None:
    """Return the share of the darker tone, in [0, 1], in each pixel, or None if there are not two tones."""
    height, width = grey.shape
    y, x = np.mgrid[:height, :width]
    flat = grey.ravel()
    plane = np.stack([np.ones(grey.size), y.ravel() / height - 0.5, x.ravel() / width - 0.5], axis=1)
    best, explained = None, _EXPLAINED
    for start in (flat, flat - _fitted(plane, flat, np.ones(grey.size, np.bool_))):
        is_dark = start < _threshold(start)
        for _ in range(_ROUNDS):
            if not 0 < is_dark.sum() < grey.size:
                break
            dark, light = _fitted(plane, flat, is_dark), _fitted(plane, flat, ~is_dark)
            is_dark = flat < (dark + light) / 2
        else:
            contrast = light - dark
            within = np.mean((flat - np.where(is_dark, dark, light)) ** 2)
            between = is_dark.mean() * (1 - is_dark.mean()) * contrast.mean() ** 2
            if contrast.min() > _LEAST_CONTRAST and between > explained * (within + between):
                explained = between / (within + between)
                best = np.clip((light - flat) / contrast, 0, 1).reshape(grey.shape)
    return best


def _fitted(plane: Grey, values: Grey, chosen: NDArray[np.bool_]) -> Grey:
    """Return a plane fitted to the chosen values, slightly flattened, because a few pixels may all lie on a line."""
    A = plane[chosen]
    gram = A.T @ A + _FLATTENING * len(A) * np.diag([0, 1, 1])
    fitted: Grey = plane @ np.linalg.solve(gram, A.T @ values[chosen])
    return fitted


def _threshold(values: Grey) -> float:
    """Return the threshold that best separates two groups of values (Otsu, 1979)."""
    counts, edges = np.histogram(values, 128)
    middles = (edges[1:] + edges[:-1]) / 2
    below, total = np.cumsum(counts), np.cumsum(counts * middles)
    share = below / below[-1]
    between = (total[-1] * share - total) ** 2 / np.maximum(share * (1 - share), 1e-9)
    return float(edges[1:][between[:-1].argmax()])
