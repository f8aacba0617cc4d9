"""Generators of doodles: scribbles, letters, faces, stars and other signs, as strokes.

Each generator draws from a seeded random generator, in any unit, with x growing to the right and y downward.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from recipe.negatives import letters, scribbled_words
from recipe.negatives.curves import arc, curve, line, rotated
from recipe.negatives.everyday_objects import everyday_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe.negatives.curves import Drawing


def _tangle(rng: np.random.Generator) -> Drawing:
    """A random smooth line."""
    return [curve(rng.uniform(0, 1, (rng.integers(8, 22), 2)))]


def _doodle(rng: np.random.Generator) -> Drawing:
    """A few short random curves."""
    return [curve(rng.uniform(0, 1, (rng.integers(3, 7), 2))) for _ in range(rng.integers(2, 5))]


def _zigzag(rng: np.random.Generator) -> Drawing:
    """A line back and forth, as if filling an area."""
    turns = int(rng.integers(6, 16))
    y = np.linspace(0, rng.uniform(0.5, 1.5), turns) + rng.normal(0, 0.03, turns)
    x = np.arange(turns) % 2 + rng.normal(0, 0.12, turns)
    points = np.stack([x, y], axis=1)
    return [curve(points[:, ::-1] if rng.uniform() < 0.5 else points, rng.uniform(0, 1))]


def _loops(rng: np.random.Generator) -> Drawing:
    """Loops along a line, as if trying a pen."""
    turns = rng.integers(3, 8)
    t = np.linspace(0, 2 * np.pi * turns, 24 * turns)
    step = rng.uniform(0.08, 0.35)
    return [np.stack([np.cos(t) * rng.uniform(0.5, 1.2) + step * t, np.sin(t)], axis=1)]


def _hatching(rng: np.random.Generator) -> Drawing:
    """Parallel lines."""
    strokes = [line((x, 0), (x + 0.4, 1.2)) for x in np.linspace(0, rng.uniform(0.8, 1.6), rng.integers(4, 9))]
    return strokes if rng.uniform() < 0.5 else [stroke[:, ::-1] for stroke in strokes]


def _face(rng: np.random.Generator) -> Drawing:
    eye, high = rng.uniform(0.25, 0.45), rng.uniform(0.15, 0.45)
    bend = rng.uniform(-0.4, 0.4)
    mouth = curve(line((-0.5, 0.4), (0, 0.4 + bend), (0.5, 0.4)))
    eyes = [arc(radius=rng.uniform(0.02, 0.16), centre=(side * eye, -high)) for side in (-1, 1)]
    nose = [line((0, -0.1), (0, 0.2))] if rng.uniform() < 0.4 else []
    return [arc(rng.uniform(), rng.uniform(0.95, 1.05)), *eyes, *nose, mouth]


def _star(rng: np.random.Generator) -> Drawing:
    """A five-pointed star in one line, its outline, or rays."""
    way = rng.integers(3)
    if way == 2:
        rays = int(rng.integers(3, 6))
        ends = [np.array([np.cos(a), np.sin(a)]) for a in np.pi * (np.arange(rays) / rays + rng.uniform())]
        return [np.stack([-end, end]) for end in ends]
    angle = 2 * np.pi * (np.arange(6) * 0.4 - 0.25) if way == 0 else 2 * np.pi * (np.arange(11) / 10 - 0.25)
    radius = np.ones(6) if way == 0 else np.where(np.arange(11) % 2, rng.uniform(0.35, 0.55), 1)
    return [np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)]


def _arrow(rng: np.random.Generator) -> Drawing:
    head = rng.uniform(0.2, 0.5)
    strokes = [line((-1, 0), (1, 0)), line((1 - head, -head), (1, 0), (1 - head, head))]
    return rotated(strokes, rng.integers(8) / 8)


def _tick(rng: np.random.Generator) -> Drawing:
    return [
        line((0, rng.uniform(-0.5, 0)), (rng.uniform(0.2, 0.5), 0.3), (rng.uniform(1.0, 1.6), rng.uniform(-1.2, -0.6)))
    ]


def _cross(rng: np.random.Generator) -> Drawing:
    """A cross, upright or diagonal: also a plus sign and a letter x."""
    return rotated([line((-1, 0), (1, 0)), line((0, -1), (0, rng.uniform(0.8, 1.6)))], rng.choice([0, 0.125]))


def _minus(rng: np.random.Generator) -> Drawing:
    """One or two horizontal lines: minus, equals."""
    lines = [line((-1, 0), (1, 0)), line((-1, rng.uniform(0.3, 0.9)), (1, rng.uniform(0.3, 0.9)))]
    return lines[: rng.integers(1, 3)]


def _question_mark(rng: np.random.Generator) -> Drawing:
    dot = arc(radius=rng.uniform(0.02, 0.08), centre=(0.5, 1.5))
    return [curve(line((0, 0.3), (0.2, 0), (0.7, 0), (0.9, 0.35), (0.6, 0.65), (0.5, 0.85), (0.5, 1.15))), dot]


def _house(rng: np.random.Generator) -> Drawing:
    top, wide = rng.uniform(0.5, 0.9), rng.uniform(0.8, 1.3)
    door = [line((0.4, 1), (0.4, 0.6), (0.6, 0.6), (0.6, 1))] if rng.uniform() < 0.6 else []
    box = line((0, 0), (wide, 0), (wide, 1), (0, 1), (0, 0))
    return [box, line((0, 0), (wide / 2, -top), (wide, 0)), *door]


def _heart(rng: np.random.Generator) -> Drawing:
    t = np.linspace(0, 2 * np.pi, 60)
    x, y = 16 * np.sin(t) ** 3, -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t))
    return [np.stack([x * rng.uniform(0.8, 1.1), y], axis=1)]


def _spiral(rng: np.random.Generator) -> Drawing:
    turns = rng.uniform(2, 4.5)
    t = np.linspace(0.05, 1, 90)
    angle = 2 * np.pi * (turns * t * rng.choice([-1, 1]) + rng.uniform())
    return [np.stack([t * np.cos(angle), t * np.sin(angle)], axis=1)]


def _wave(rng: np.random.Generator) -> Drawing:
    x = np.linspace(0, rng.uniform(2, 5), 80)
    one = np.stack([x, rng.uniform(0.3, 0.8) * np.sin(2 * np.pi * x / rng.uniform(0.9, 1.3))], axis=1)
    return [one + np.array([0, 0.9 * row]) for row in range(rng.integers(1, 4))]


def _grid(rng: np.random.Generator) -> Drawing:
    """Lines along both axes: a grid or, with a border, a window."""
    bordered = rng.uniform() < 0.5
    places, edge = np.linspace(0, 1, rng.integers(3 if bordered else 2, 5)), 0 if bordered else 0.35
    across = [line((-edge, y), (1 + edge, y)) for y in places]
    return across + [line((x, -edge), (x, 1 + edge)) for x in places]


def _shape(rng: np.random.Generator) -> Drawing:
    """A triangle, or a square or circle with lines in it."""
    way = rng.integers(4)
    if way == 0:
        return [line((0, 1), (rng.uniform(0.2, 0.8), 0), (1, 1), (0, 1))]
    if way == 1:
        return [line((0, 0), (1, 0), (1, 1), (0, 1), (0, 0)), line((0, 0), (1, 1))]
    inside = [line((-0.9, 0), (0.9, 0)), line((0, -0.9), (0, 0.9)), line((-0.7, -0.7), (0.7, 0.7))]
    return [arc(), *(inside[:2] if way == 2 else inside[2:]), *([line((-0.7, 0.7), (0.7, -0.7))] if way == 3 else [])]


def _flower(rng: np.random.Generator) -> Drawing:
    petals = int(rng.integers(4, 8))
    t = np.linspace(0, 2 * np.pi, 120)
    r = 0.65 + 0.35 * np.cos(petals * t)
    stem = [line((0, 1), (rng.uniform(-0.2, 0.2), 2.2))] if rng.uniform() < 0.6 else []
    return [np.stack([r * np.cos(t), r * np.sin(t)], axis=1), *stem]


def _sun(rng: np.random.Generator) -> Drawing:
    rays = int(rng.integers(6, 11))
    ends = [np.array([np.cos(a), np.sin(a)]) for a in 2 * np.pi * np.arange(rays) / rays]
    return [arc(), *(np.stack([1.2 * end, rng.uniform(1.5, 2) * end]) for end in ends)]


def _stick_figure(rng: np.random.Generator) -> Drawing:
    arms = rng.uniform(-0.4, 0.4)
    body = [line((0, 0.4), (0, 1.6)), line((-0.7, 0.9 + arms), (0, 0.8), (0.7, 0.9 + arms))]
    return [arc(radius=0.4), *body, line((-0.5, 2.4), (0, 1.6), (0.5, 2.4))]


def _outline(rng: np.random.Generator) -> Drawing:
    """A closed curve with three to five bulges."""
    t = np.linspace(0, 2 * np.pi, 80)
    bulges, phase = rng.integers(3, 6), rng.uniform(0, 2 * np.pi, 2)
    r = 1 + rng.uniform(0.25, 0.5) * np.cos(bulges * t + phase[0]) + 0.2 * np.cos(2 * t + phase[1])
    return [np.stack([r * np.cos(t), r * np.sin(t)], axis=1)]


def _glyph(rng: np.random.Generator) -> Drawing:
    """A random sign of four to six lines, arcs and rings. With only three, many would be digits."""
    strokes = []
    for _ in range(rng.integers(4, 7)):
        place, size = rng.uniform(0, 1, 2), rng.uniform(0.15, 0.6)
        way = rng.integers(4)
        if way == 0:
            stroke = size * arc(rng.uniform(), rng.uniform(0.3, 0.7))
        elif way == 1:
            stroke = rng.uniform(0.02, 0.35) * arc()
        else:
            angle = np.pi * rng.integers(8) / 8
            stroke = np.outer([-size, size], [np.cos(angle), np.sin(angle)])
        strokes.append(stroke + place)
    return strokes


def _rune(rng: np.random.Generator) -> Drawing:
    """A vertical stem with two to four branches, as in runic script."""
    strokes = [line((0, 0), (0, 1))]
    for _ in range(rng.integers(2, 5)):
        y, side = rng.uniform(0, 1), rng.choice([-1, 1])
        strokes.append(line((0, y), (side * rng.uniform(0.3, 0.7), y + rng.uniform(-0.5, 0.5))))
    return strokes


def _dots(rng: np.random.Generator) -> Drawing:
    """Three to nine dots."""
    places = rng.uniform(0, 1, (rng.integers(3, 10), 2))
    return [arc(radius=rng.uniform(0.005, 0.06), centre=(x, y)) for x, y in places]


def _rings(rng: np.random.Generator) -> Drawing:
    """Three to five rings, apart or overlapping. Two could be an 8."""
    return [
        arc(rng.uniform(), 1.0, rng.uniform(0.15, 0.4), (x, y)) for x, y in rng.uniform(0, 1, (rng.integers(3, 6), 2))
    ]


def _box(rng: np.random.Generator) -> Drawing:
    """A rectangle, a trapezoid or a rhombus."""
    wide, high = np.exp(rng.uniform(-0.25, 0.25, 2))
    top = wide * rng.choice([1.0, rng.uniform(0.5, 1.0)])
    box = line((-top, -high), (top, -high), (wide, high), (-wide, high), (-top, -high))
    if rng.uniform() < 0.3:
        box = line((0, -high), (wide, 0), (0, high), (-wide, 0), (0, -high))
    return [box * rng.choice([-1, 1])]


def _object(rng: np.random.Generator) -> Drawing:
    """A polygon or round shape, with two to four lines, arcs and rings on its border or inside."""
    corners = (3, 4, 4, 5, 6, 24)[rng.integers(6)]
    angle = 2 * np.pi * (np.arange(corners) / corners + rng.uniform()) + rng.normal(0, 0.8 / corners, corners)
    angle.sort()
    border = np.stack([np.cos(angle) * rng.uniform(0.6, 1.2), np.sin(angle)], axis=1)
    strokes = [np.concatenate([border, border[:1]])]
    for _ in range(rng.integers(2, 5)):
        first, second = border[rng.integers(corners, size=2)]
        place = first + rng.uniform(0, 1) * (second - first)
        way = rng.integers(3)
        if way == 0:
            strokes.append(place + rng.uniform(0.2, 0.6) * arc(rng.uniform(), rng.uniform(0.3, 0.7)))
        elif way == 1:
            strokes.append(place * rng.uniform(0, 0.6) + rng.uniform(0.05, 0.3) * arc())
        else:
            strokes.append(np.stack([place, rng.uniform(-1.3, 1.3, 2)]))
    return strokes


def _fish(rng: np.random.Generator) -> Drawing:
    t = np.linspace(0.1, 2 * np.pi - 0.1, 60)
    body = np.stack([np.cos(t) - np.sin(t) ** 2 / np.sqrt(2), rng.uniform(0.6, 1.1) * np.cos(t) * np.sin(t)], axis=1)
    eye = [arc(radius=rng.uniform(0.02, 0.06), centre=(0.6, -0.1))] if rng.uniform() < 0.6 else []
    return [stroke * np.array([side, 1]) for side in [rng.choice([-1, 1])] for stroke in [body, *eye]]


def _cube(rng: np.random.Generator) -> Drawing:
    back = rng.uniform(0.25, 0.5, 2) * [1, -1]
    front = line((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))
    return [front, front + back, *(np.stack([corner, corner + back]) for corner in front[:4])]


def _note(rng: np.random.Generator) -> Drawing:
    """A musical note, or two under a beam."""
    head = arc(radius=rng.uniform(0.12, 0.22)) * [1.3, 1]
    stem = line((0.2, 0), (0.2, -1.1))
    if rng.uniform() < 0.5:
        return [head, stem, curve(line((0.2, -1.1), (0.5, -0.9), (0.55, -0.6)))]
    second = [stroke + np.array([0.8, 0]) for stroke in (head, stem)]
    return [head, stem, *second, line((0.2, -1.1), (1.0, -1.1))]


def _tree(rng: np.random.Generator) -> Drawing:
    crowns = [
        line((0, 0), (-0.7, 0.9), (0.7, 0.9), (0, 0)) + np.array([0, 0.6 * row]) for row in range(rng.integers(1, 4))
    ]
    foot = crowns[-1][:, 1].max()
    return [*crowns, line((0, foot), (0, foot + rng.uniform(0.3, 0.7)))]


def _envelope(rng: np.random.Generator) -> Drawing:
    wide = rng.uniform(1.2, 1.8)
    box = line((0, 0), (wide, 0), (wide, 1), (0, 1), (0, 0))
    return [box, line((0, 0), (wide / 2, rng.uniform(0.4, 0.7)), (wide, 0))]


def _cup(rng: np.random.Generator) -> Drawing:
    deep = rng.uniform(0.9, 1.4)
    body = line((0, 0), (0.1, deep), (0.9, deep), (1, 0), (0, 0))
    return [body, np.array([0.95, deep / 2]) + arc(-0.25, 0.5, rng.uniform(0.2, 0.35))]


DOODLES: Final[dict[str, Callable[[np.random.Generator], Drawing]]] = {
    "tangle": _tangle,
    "doodle": _doodle,
    "zigzag": _zigzag,
    "loops": _loops,
    "capital": partial(letters.letter, letters.CAPITALS),
    "small letter": partial(letters.letter, letters.SMALL_LETTERS),
    "Chinese sign": partial(letters.letter, letters.CHINESE),
    "Japanese sign": partial(letters.letter, letters.JAPANESE),
    "Korean letter": partial(letters.letter, letters.KOREAN),
    "letter of another script": partial(letters.letter, letters.OTHER_SCRIPTS),
    "mathematical sign": partial(letters.letter, letters.MATHEMATICAL),
    "punctuation": partial(letters.letter, letters.PUNCTUATION),
    "letters": letters.letters,
    "word": scribbled_words.word,
    "signature": scribbled_words.signature,
    "face": _face,
    "star": _star,
    "arrow": _arrow,
    "tick": _tick,
    "cross": _cross,
    "minus": _minus,
    "spiral": _spiral,
    "wave": _wave,
    "grid": _grid,
    "shape": _shape,
    "flower": _flower,
    "sun": _sun,
    "question mark": _question_mark,
    "outline": _outline,
    "glyph": _glyph,
    "rune": _rune,
    "dots": _dots,
    "rings": _rings,
    "box": _box,
    "object": _object,
    "everyday thing": everyday_object,
    "house": _house,
    "heart": _heart,
    "stick figure": _stick_figure,
    "hatching": _hatching,
    "Greek or Russian letter": partial(letters.letter, letters.GREEK_AND_RUSSIAN),
    "fish": _fish,
    "cube": _cube,
    "note": _note,
    "tree": _tree,
    "envelope": _envelope,
    "cup": _cup,
}
