"""Find the ink of one digit in a photograph, despite uneven light, ruled paper, and the table around the sheet.

The brightness of a photograph is the light that falls on the paper times the share that paper or ink reflects. Ink is
therefore measured as darkness relative to the paper around it, so that one threshold also works in shadow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from PIL import Image

from ink import connected_components, two_tones

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Grey = NDArray[np.float64]

_Value = TypeVar("_Value", np.float64, np.bool_)

# Photographs are reduced to at most this many pixels per side; those above the second size are also blurred to reduce
# grain.
_MAX_SIDE: Final = 480
_GRAINY_SIDE: Final = 160
# The broadest line counted as ink, as a share of the longer side; anything broader is a shadow or a table.
_BROADEST_PEN: Final = 0.17
# Added to the paper's brightness before dividing by it, as a share of the brightest, because dark areas are grainy.
_DIM: Final = 0.2
# The sheet is on a dark table when this much of the border, and at most this much of the whole, is darker than _TABLE
# times the paper.
_TABLE: Final = 0.6
_TABLE_BORDER: Final = 0.6
_LARGEST_TABLE: Final = 0.75
# A ruling crosses each of this many parts of the width, with at most this slope; a digit leaves a margin.
_RULING_PARTS: Final = 8
_STEEPEST_RULING: Final = 0.06
_RULING_SLOPES: Final = 25
_FAINTEST_RULING: Final = 0.02
# A tone with more rulings than a digit can have bars is that of ruled paper. So is one with fewer if the digit that
# they leave keeps this share of the picture's sides as a margin, and spans this share of the longer one.
_MOST_BARS: Final = 2
_MARGIN: Final = 0.1
_SPAN: Final = 0.2
# Ink is darker than this share of the darkest pixels, and darker than grain.
_INK_SHARE: Final = 0.4
_GRAIN: Final = 0.03
# A picture has no digit if its ink is no darker than this, relative to the paper, or spans less than this share of it,
_LEAST_DARKNESS: Final = 0.05
_LEAST_SPAN: Final = 0.04
# or is less than this many times as dark as typical grain.
_ABOVE_GRAIN: Final = 3.0
# Components at the border or on the table are weighted by the first. One at the border is part of the digit only if it
# is as dark and thick, up to these factors. A component on paper less than the last times as bright as the digit's is
# not part of the digit.
_AT_THE_BORDER: Final = 0.1
_AS_DARK: Final = 0.7
_AS_THICK: Final = 3.0
_SAME_GROUND: Final = 0.5
# A component other than a speck is part of the digit if it is near, relative to the size of the digit, or large
# enough to be a second digit; at the border, where it may be a part of one, it must be larger.
_SPECK: Final = 0.02
_NEAR: Final = 0.2
_ANOTHER: Final = 0.3
_ANOTHER_AT_THE_BORDER: Final = 0.5


def strengths(grey: NDArray[np.floating]) -> Iterator[Grey]:
    """Yield the strength of ink, in [0, 1], in a photograph of a digit, dark on light or light on dark.

    If a digit fills the picture, either of two tones may be ink: the likelier is followed by the other.

    Args:
        grey: (height, width) in [0, 1], at least one pixel.

    Yields:
        (height, width), reduced to at most 480 pixels per side; zeros when there is no ink.
    """
    small = _blurred(_reduced(np.asarray(grey, np.float64)))
    tones = [tone for tone in two_tones.candidates(small) if not _is_ruled(tone)]
    for tone in tones:
        yield _of_the_digit(tone, np.ones_like(tone), np.zeros(tone.shape, np.bool_), grain=0)
    if not tones:
        yield _on_uneven_paper(small)


def _on_uneven_paper(grey: Grey) -> Grey:
    """Return the strength of ink (height, width) that is surrounded by paper, whatever the light."""
    beyond = _beyond_the_sheet(grey)
    light = grey if _is_ink_dark(np.where(beyond, np.median(grey[~beyond]), grey)) else 1 - grey
    paper = _closed(light)
    darkness = (paper - light) / np.maximum(paper + _DIM * paper.max(), np.finfo(np.float64).tiny)
    darkness = _without_rulings(_without_rulings(darkness).T).T
    darkness = np.maximum(darkness - np.median(darkness), 0)
    grain = float(np.quantile(darkness, 0.6)) / 0.2533  # that quantile of a normal distribution, in standard deviations
    return _of_the_digit(darkness, paper, beyond | _outermost(grey), grain)


def _outermost(grey: Grey) -> NDArray[np.bool_]:
    """Return a mask of the pixels within two of the border."""
    mask = np.ones(grey.shape, np.bool_)
    mask[2:-2, 2:-2] = False
    return mask


def _reduced(grey: Grey) -> Grey:
    scale = max(grey.shape) / _MAX_SIDE
    if scale <= 1:
        return grey
    height, width = (max(round(length / scale), 1) for length in grey.shape)
    return _resized(grey, height, width)


def _resized(grey: Grey, height: int, width: int) -> Grey:
    """Resample linearly; when shrinking, the filter is widened to cover all pixels."""
    image = Image.fromarray(grey.astype(np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR), np.float64)


def _blurred(grey: Grey) -> Grey:
    """Blur with the kernel 1, 2, 1 along both axes."""
    if max(grey.shape) <= _GRAINY_SIDE:
        return grey
    padded = np.pad(grey, 1, mode="edge")
    along = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    soft: Grey = (along[:, :-2] + 2 * along[:, 1:-1] + along[:, 2:]) / 4
    return soft


def _is_ink_dark(grey: Grey) -> bool:
    """Return whether ink is darker than paper, which skews the difference from the surroundings towards dark."""
    height, width = grey.shape
    around = _resized(_resized(grey, min(height, 8), min(width, 8)), height, width)
    return float(((grey - around) ** 3).sum()) <= 0


def _closed(light: Grey) -> Grey:
    """Estimate the brightness of the paper at each pixel by filling dark lines with their surroundings.

    This is a morphological closing, a maximum filter followed by a minimum filter. It changes only what is dark and
    narrow, the black top-hat (Meyer, 1979); the edge of a shadow, broad on both sides, is unchanged.
    """
    reach = int(_BROADEST_PEN * max(light.shape) / 2)
    padded = np.pad(light, 2 * reach, mode="edge")
    closed = _extreme(_extreme(padded, reach, np.maximum), reach, np.minimum)
    return closed[2 * reach : closed.shape[0] - 2 * reach, 2 * reach : closed.shape[1] - 2 * reach]


def _extreme(
    image: NDArray[_Value], reach: int, of_two: Callable[[NDArray[_Value], NDArray[_Value]], NDArray[_Value]]
) -> NDArray[_Value]:
    """Return the minimum or maximum within `reach` pixels along both axes; border pixels are repeated outwards.

    Each window combines two of half its length, so a large window costs little more than a small one.
    """
    window = 2 * reach + 1
    for axis in (0, 1):
        lines = np.pad(np.moveaxis(image, axis, 0), ((reach, reach), (0, 0)), mode="edge")
        length = 1
        while 2 * length <= window:
            lines = of_two(lines[:-length], lines[length:])
            length *= 2
        rest = window - length
        image = np.moveaxis(of_two(lines[: len(lines) - rest], lines[rest:]), 0, axis)
    return image


def _beyond_the_sheet(grey: Grey) -> NDArray[np.bool_]:
    """Return a mask of the table around the sheet: dark, and along most of the border. Empty without a table.

    A shadow is dark too, but comes from one side.
    """
    paper = _closed(grey)
    dark = paper < _TABLE * np.quantile(paper, 0.95)
    border = np.concatenate([dark[0], dark[-1], dark[:, 0], dark[:, -1]])
    if border.mean() < _TABLE_BORDER or dark.mean() > _LARGEST_TABLE:
        return np.zeros_like(dark)
    edge = _extreme(dark, int(0.006 * max(grey.shape)) + 1, np.maximum)
    return dark if edge.all() else edge


def _without_rulings(darkness: Grey) -> Grey:
    """Remove the lines that cross the whole width, at their most common slope."""
    ruled, slope = _rulings(darkness)
    if ruled.max() < _FAINTEST_RULING:
        return darkness
    width = darkness.shape[1]
    padded = np.pad(ruled, 1)
    broad = np.maximum(ruled, 0.9 * np.maximum(padded[:-2], padded[2:]))  # a line may fall between rows
    lines = _sheared(np.repeat(broad[:, None], width, axis=1), -slope)
    return np.maximum(darkness - 1.15 * lines, 0)


def _is_ruled(tone: Grey) -> bool:
    """Return whether a tone (height, width) in [0, 1] is that of ruled paper, rather than a digit that fills it."""
    lines = max(_count_runs(_rulings(each)[0] > 0.5) for each in (tone, tone.T))
    if not lines or lines > _MOST_BARS:
        return lines > _MOST_BARS
    ink = _without_rulings(_without_rulings(tone).T).T > 0.5
    left = connected_components.label(ink)
    if not len(left):
        return False
    largest, sides = left.total(ink).argmax(), np.array(ink.shape)
    low, high = left.low[largest], left.high[largest]
    return bool((np.minimum(low, sides - high) >= _MARGIN * sides).all() and (high - low).max() >= _SPAN * sides.max())


def _count_runs(mask: NDArray[np.bool_]) -> int:
    padded = np.pad(mask, 1)
    return int((padded[1:] & ~padded[:-1]).sum())


def _rulings(darkness: Grey) -> tuple[Grey, float]:
    """Return the darkness (height,) of the line that crosses the whole width at each row, and the lines' slope."""
    if darkness.shape[1] < 4 * _RULING_PARTS:
        return np.zeros(len(darkness)), 0.0
    slopes = np.linspace(-_STEEPEST_RULING, _STEEPEST_RULING, _RULING_SLOPES)
    slope = max(slopes, key=lambda slope: float((_ruling_profile(_sheared(darkness[:, ::4], 4 * slope)) ** 2).sum()))
    return _ruling_profile(_sheared(darkness, slope)), float(slope)


def _sheared(image: Grey, slope: float) -> Grey:
    """Move each column of (height, width) down by its distance from the middle times `slope`, in whole pixels."""
    height, width = image.shape
    shift = np.rint(slope * (np.arange(width) - width / 2)).astype(np.intp)
    return np.take_along_axis(image, np.clip(np.arange(height)[:, None] + shift, 0, height - 1), axis=0)


def _ruling_profile(darkness: Grey) -> Grey:
    """Return the darkness (height,) of each row in the lightest part of its width, tolerating small gaps."""
    height, width = darkness.shape
    of_each = -(-width // _RULING_PARTS)
    columns = np.linspace(0, width - 1, _RULING_PARTS * of_each).astype(np.intp)  # a few of them twice
    parts = darkness[:, columns].reshape(height, _RULING_PARTS, of_each)
    return np.quantile(parts, 0.4, axis=2).min(axis=1).clip(0)


def _of_the_digit(darkness: Grey, paper: Grey, beyond: NDArray[np.bool_], grain: float) -> Grey:
    """Return the strength of ink (height, width) of the main component and others of the same digit.

    Args:
        darkness: (height, width), relative to the paper.
        paper: (height, width), its brightness.
        beyond: (height, width), where nothing is part of the digit, such as the table around the paper.
        grain: The standard deviation of the darkness of blank paper.
    """
    marked = darkness > max(_INK_SHARE * float(np.quantile(darkness, 0.995)), _GRAIN)
    found = connected_components.label(marked)
    if not len(found):
        return np.zeros_like(darkness)
    mass = found.total(darkness)
    ground = found.total(paper) / np.maximum(found.total(marked), 1)
    is_beyond = found.touching(beyond)
    at_the_border = found.touching(_outermost(darkness))
    weight = mass * ground * np.where(is_beyond | at_the_border, _AT_THE_BORDER, 1)
    main = int(weight.argmax())
    area = found.total(marked)
    thickness = area / np.maximum(found.total(marked & ~_extreme(marked, 1, np.minimum)), 1)
    tone = mass / np.maximum(area, 1)
    alike = (tone > _AS_DARK * tone[main]) & (
        np.abs(np.log(np.maximum(thickness, 1e-9) / thickness[main])) < np.log(_AS_THICK)
    )
    away = is_beyond | (at_the_border & ~alike)
    fit = (mass >= _SPECK * mass[main]) & ~away & (ground >= _SAME_GROUND * ground[main])
    fit[0] = False
    another = mass * ground > np.where(at_the_border, _ANOTHER_AT_THE_BORDER, _ANOTHER) * (mass * ground)[main]
    chosen = np.arange(len(mass)) == main
    while True:
        low, high = found.low[chosen].min(axis=0), found.high[chosen].max(axis=0)
        gap = np.maximum(found.low - high, low - found.high).max(axis=1)
        more = chosen | (fit & ((gap < _NEAR * (high - low).max()) | another))
        if np.array_equal(more, chosen):
            break
        chosen = more
    ink = chosen[found.labels]
    full = float(np.quantile(darkness[ink], 0.6))
    span = (found.high - found.low)[main].max()
    if full < max(_LEAST_DARKNESS, _ABOVE_GRAIN * grain) or span < _LEAST_SPAN * max(marked.shape):
        return np.zeros_like(darkness)
    with_edge = _extreme(ink, 2, np.maximum) & ~(marked & ~ink)
    return np.where(with_edge, np.minimum(darkness / full, 1), 0)
