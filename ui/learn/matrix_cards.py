"""The matrices of one step as cards: name, shape, picture, and a few numbers of each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import IMAGE_SIDE, PIXELS
from nn.walkthrough import Step
from ui.learn.number_format import apart, number, probabilities_apart
from ui.widgets.array_images import data_uri, ink_picture, signed_picture, tiles
from ui.widgets.palette import Palette

Values = NDArray[np.floating[Any]]
Rows = NDArray[np.int64]

UNITS_SHOWN = 24
"""Units of a hidden layer that pictures show."""

ALL_SHOWN = 12
"""A vector of so many numbers is written out; of others and of matrices, the largest are."""

LARGEST_OF_VECTOR, LARGEST_OF_MATRIX = 4, 3

_SHORT_NAME = 3
"""Letters in a name that leaves room for another beside it."""

TILES = 8
"""Pictures of pixels side by side."""


_ASIDES = {"Update": " <small>pictures show the change</small>"}


@dataclass(frozen=True, eq=False)
class Space:
    """What the rows or columns of a matrix stand for.

    Attributes:
        name: Names one of them, from 0, as HTML.
        shown: Those that pictures show.
        pixels: Whether they are the pixels of an image.
    """

    name: Callable[[int], str]
    shown: Rows
    pixels: bool = False


def board(step: Step, outputs: Sequence[str], colours: Palette) -> str:
    """Return all matrices of a step as HTML, in the order in which they come about.

    Args:
        step: The step.
        outputs: What each output of the network is called.
        colours: Of the pictures.
    """
    spaces = _spaces(step, outputs)
    last = len(step.layers)
    given = [_card("X", "", step.X, (spaces[0], None), colours)]
    forward, backward, update = [], [], []
    for index, (layer, slope, new) in enumerate(zip(step.layers, step.slopes, step.after, strict=True)):
        into, of, number_of = spaces[index], spaces[index + 1], str(index + 1)
        given += [
            _card("W", number_of, layer.W, (of, into), colours),
            _card("b", number_of, layer.b, (of, None), colours),
        ]
        forward += [
            _card("Z", number_of, layer.Z, (of, None), colours),
            _card("A", number_of, layer.A, (of, None), colours),
        ]
        backward.append(
            _card("dZ", number_of, slope.dZ, (of, None), colours)
            + _card("dW", number_of, slope.dW, (of, into), colours)
            + _card("db", number_of, slope.db, (of, None), colours)
        )
        update += [
            _card("W", number_of, new.W, (of, into), colours, before=layer.W),
            _card("b", number_of, new.b, (of, None), colours, before=layer.b),
        ]
    loss, loss_after = _losses(step)
    groups: dict[str, list[str]] = {
        "Given": given,
        "Forward": forward,
        "Loss": [_card("Y", "", step.Y, (spaces[-1], None), colours), loss],
        "Backward": backward[::-1],
        "Update": update,
        "Loss after it": [loss_after],
    }
    return _which_units(step, last) + "".join(
        f"<h3>{title}{_ASIDES.get(title, '')}</h3><div class='board {title.lower().split()[0]}'>{''.join(cards)}</div>"
        for title, cards in groups.items()
    )


def _spaces(step: Step, outputs: Sequence[str]) -> list[Space]:
    """The pixels, the units of each hidden layer, the outputs."""
    spaces = [
        Space(lambda pixel: f"pixel {pixel // IMAGE_SIDE + 1},{pixel % IMAGE_SIDE + 1}", np.arange(PIXELS), pixels=True)
    ]
    for slope in step.slopes[:-1]:
        moved = np.argsort(-np.abs(slope.dZ[:, 0]), kind="stable")[:UNITS_SHOWN]
        spaces.append(Space(lambda unit: f"unit {unit + 1}", np.sort(moved)))
    spaces.append(Space(lambda output: escape(outputs[output]), np.arange(len(outputs))))
    return spaces


def _which_units(step: Step, last: int) -> str:
    if last == 1 or max(len(layer.b) for layer in step.layers[:-1]) <= UNITS_SHOWN:
        return ""
    return (
        f"<p class='note'>Pictures show the {UNITS_SHOWN} units of a hidden layer that this step moves most; numbers"
        " are the largest of all.</p>"
    )


def _card(
    letter: str,
    layer: str,
    values: Values,
    spaces: tuple[Space, Space | None],
    colours: Palette,
    *,
    before: Values | None = None,
) -> str:
    """One matrix. Where it is what another one has become, its picture is the change."""
    new = "new-" if before is not None else ""
    anchor = f"of-{new}{letter}{layer}"
    drawn = values if before is None else values - before
    called = f"{letter}{layer}"
    alt = f"{'Change of ' if new else ''}{called}, {values.shape[0]:,} by {values.shape[1]:,}"
    picture = _picture(drawn, spaces, colours, ink=letter in {"X", "Y"} or (letter == "A" and bool(values.min() >= 0)))
    above = f"<sup>{layer}</sup>" if layer else ""
    after = " <small>new</small>" if new else ""
    return (
        f"<figure class='matrix' id='{anchor}'><figcaption><span><var>{letter}</var>{above}{after}</span>"
        f"<small class='shape'>{values.shape[0]:,} × {values.shape[1]:,}</small></figcaption>"
        f"<img class='pixels {_form(values, spaces)}' alt='{alt}' src='{data_uri(picture)}'>"
        f"{_numbers(values, drawn, spaces, before)}</figure>"
    )


def _form(values: Values, spaces: tuple[Space, Space | None]) -> str:
    """How a picture lies on its card."""
    if spaces[0].pixels:
        return "image"
    if values.shape[1] == 1:
        return "strip_of_cells"
    return "tiles" if spaces[1] is not None and spaces[1].pixels else "cells"


def _picture(values: Values, spaces: tuple[Space, Space | None], colours: Palette, *, ink: bool) -> bytes:
    rows, columns = spaces
    if rows.pixels:
        return ink_picture(values.reshape(IMAGE_SIDE, IMAGE_SIDE), colours)
    shown = values[rows.shown]
    if columns is None:
        shown = shown.T
    elif columns.pixels:
        shown = tiles(shown.reshape(-1, IMAGE_SIDE, IMAGE_SIDE), min(TILES, len(shown)))
    else:
        shown = shown[:, columns.shown]
    if ink:
        return ink_picture(shown / (float(shown.max()) or 1.0), colours)
    return signed_picture(shown, colours, float(np.quantile(np.abs(shown), 0.995)) or float(np.abs(shown).max()))


def _numbers(values: Values, by: Values, spaces: tuple[Space, Space | None], before: Values | None) -> str:
    """A few of the numbers: all of a short vector, else those with the largest in `by`."""
    rows, columns = spaces
    size = values.size
    if columns is None and size <= ALL_SHOWN and before is None:
        places = list(range(size))
    else:
        most = LARGEST_OF_VECTOR if columns is None else LARGEST_OF_MATRIX
        magnitudes = np.abs(by).ravel()
        largest = np.argpartition(-magnitudes, min(most, size - 1))[:most]
        places = [int(place) for place in largest[np.argsort(-magnitudes[largest], kind="stable")]]
    entries = []
    for place in places:
        row, column = divmod(int(place), values.shape[1])
        name = rows.name(row) if columns is None else f"{rows.name(row)} · {columns.name(column)}"
        value = float(values[row, column])
        told = number(value)
        if before is not None:
            was, told = apart(float(before[row, column]), value)
            told = f"{was} → <b>{told}</b>"
        long = " class='long'" if len(name) > _SHORT_NAME else ""
        entries.append(f"<div{long} data-row='{row}' data-column='{column}'><dt>{name}</dt><dd>{told}</dd></div>")
    short = " class='short'" if columns is None and size <= ALL_SHOWN and before is None else ""
    return f"<dl{short}>{''.join(entries)}</dl>"


def _losses(step: Step) -> tuple[str, str]:
    """The loss before the step and after it: what each is the sum of."""
    cards = []
    parts = [
        apart(getattr(step.loss, name), getattr(step.loss_after, name))
        for name in ("cross_entropy", "penalty", "total")
    ]
    shares = probabilities_apart(*(float(layers[-1].A[step.label, 0]) for layers in (step.layers, step.after)))
    for at, anchor in enumerate(("of-J", "of-new-J")):
        cross_entropy, penalty, total = (part[at] for part in parts)
        added = f"<div><dt>penalty</dt><dd>{penalty}</dd></div>" if step.l2 else ""
        cards.append(
            f"<figure class='matrix' id='{anchor}'><figcaption><span><var>J</var></span><small class='shape'>1 × 1"
            f"</small></figcaption><dl><div><dt>−log({shares[at]})</dt><dd>{cross_entropy}</dd></div>"
            f"{added}<div><dt><var>J</var></dt><dd><b>{total}</b></dd></div></dl></figure>"
        )
    return cards[0], cards[1]
