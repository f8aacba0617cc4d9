"""Accuracy on simulated photographs of digits by crop, polarity and light, for `python -m benchmarks.ink`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from benchmarks import photograph_simulation as photographs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from data.dataset import Examples
    from models.reader import Reader

EACH: Final = 100
"""The number of photographs for each light, crop and polarity."""
_SEED: Final = 20_013
# An answer surer than this should not be wrong, even about a part of a digit.
_SURE: Final = 0.95
_NAMES: Final = {True: "dark on light", False: "light on dark"}


class Scores(NamedTuple):
    """The answers to photographs: the shares read right and refused, and how many were wrong although sure."""

    right: float
    refused: float
    surely_wrong: int


def table(reader: Reader, examples: Examples, width: int) -> list[str]:
    """Photograph and read digits, and return the lines of a table whose first column has this width."""
    images, labels = examples.take()
    lines = [f"{'Photographs':{width}}{'read right':>12}{'refused':>10}{'wrong, >95%':>13}"]
    for crop in photographs.CROPS:
        for dark, polarity in _NAMES.items():
            of_lights = {light: scores(reader, images, labels, light, crop, dark=dark) for light in photographs.LIGHTS}
            lines.append(_line(f"{crop}, {polarity}", _mean(of_lights.values()), width))
            lines += [_line(f"  {light}", found, width) for light, found in of_lights.items()]
    for name, (digit, rewrite) in photographs.HANDS.items():
        rng = np.random.default_rng(_SEED)
        written = np.stack([rewrite(image.reshape(28, 28), rng) for image in images[labels == digit]])
        of_lights = {
            light: scores(reader, written, np.full(len(written), digit), light, "normal", dark=True)
            for light in photographs.LIGHTS
        }
        lines.append(_line(name, _mean(of_lights.values()), width))
    return lines


def _mean(found: Iterable[Scores]) -> Scores:
    right, refused, surely_wrong = np.array(list(found)).T
    return Scores(right.mean(), refused.mean(), int(surely_wrong.sum()))


def scores(
    reader: Reader, images: NDArray[np.uint8], labels: NDArray[np.integer[Any]], light: str, crop: str, *, dark: bool
) -> Scores:
    """Photograph and read EACH random digits, from images (m, 784) in the format of MNIST with labels (m,)."""
    right = refused = surely_wrong = 0
    kind = photographs.LIGHTS.index(light), photographs.CROPS.index(crop), int(dark)
    for number in range(EACH):
        rng = np.random.default_rng([_SEED, *kind, number])
        row = int(rng.integers(len(images)))
        taken = photographs.snapshot(images[row].reshape(28, 28), light, crop, rng, dark=dark)
        reading = reader.read_pixels(np.dstack([taken, np.full(taken.shape[:2], 255, np.uint8)]))
        right += reading.digit == labels[row]
        refused += reading.digit is None
        surely_wrong += reading.digit not in {None, labels[row]} and reading.probabilities.max() > _SURE
    return Scores(right / EACH, refused / EACH, int(surely_wrong))


def _line(name: str, found: Scores, width: int) -> str:
    return f"{name:{width}}{found.right:>12.1%}{found.refused:>10.1%}{found.surely_wrong:>13}"
