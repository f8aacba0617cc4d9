"""The matrices of one step as cards, each with a name, shape, picture and a few numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from data.dataset import IMAGE_SIDE, PIXELS
from language.translation import N_, _
from nn.walkthrough import Step
from ui.widgets.array_images import data_uri, ink_picture, signed_picture, tiles
from ui.widgets.html_templates import Templates
from ui.widgets.number_format import distinguishable, distinguishable_probabilities, number
from ui.widgets.palette import Palette, palette

TEMPLATES = Templates("look/matrix_cards.html.j2")

Values = NDArray[np.floating[Any]]
Rows = NDArray[np.int64]

UNITS_SHOWN = 24
"""Maximum number of a hidden layer's units in pictures."""

ALL_SHOWN = 12
"""Maximum length of a vector shown in full; longer vectors and matrices show only their largest entries."""

LARGEST_OF_VECTOR, LARGEST_OF_MATRIX = 4, 3

_SHORT_NAME = 3
"""Maximum length of a name that leaves room for a second entry beside it."""

TILES = 8
"""Number of pixel pictures in a row."""


@dataclass(frozen=True, eq=False)
class Axis:
    """The meaning of a matrix's rows or columns.

    Attributes:
        name: Returns the name of a row or column, given its index.
        shown: The indices shown in pictures.
        pixels: Whether the indices are the pixels of an image.
    """

    name: Callable[[int], str]
    shown: Rows
    pixels: bool = False


Axes = tuple[Axis, Axis | None]
"""The rows and columns of a matrix; a vector has only rows."""


def board(step: Step, outputs: Sequence[str]) -> Markup:
    """Return all matrices of a step as HTML in order of computation."""
    axes = _axes(step, outputs)
    given = [_card("X", 0, step.X, (axes[0], None))]
    forward, backward, update = [], [], []
    for index, (layer, slope, new) in enumerate(zip(step.layers, step.slopes, step.after, strict=True)):
        number_of, inputs, units = index + 1, axes[index], axes[index + 1]
        matrix, vector = (units, inputs), (units, None)
        given += [_card("W", number_of, layer.W, matrix), _card("b", number_of, layer.b, vector)]
        forward += [_card("Z", number_of, layer.Z, vector), _card("A", number_of, layer.A, vector)]
        backward.append(
            _card("dZ", number_of, slope.dZ, vector)
            + _card("dW", number_of, slope.dW, matrix)
            + _card("db", number_of, slope.db, vector)
        )
        update += [
            _card("W", number_of, new.W, matrix, before=layer.W),
            _card("b", number_of, new.b, vector, before=layer.b),
        ]
    loss, loss_after = _losses(step)
    groups = {
        N_("Given"): given,
        N_("Forward"): forward,
        N_("Loss"): [_card("Y", 0, step.Y, (axes[-1], None)), loss],
        N_("Backward"): backward[::-1],
        N_("Update"): update,
        N_("Loss after the step"): [loss_after],
    }
    not_all = any(len(layer.b) > UNITS_SHOWN for layer in step.layers[:-1])
    return TEMPLATES.board(groups=groups, units_shown=UNITS_SHOWN if not_all else None)


def _axes(step: Step, outputs: Sequence[str]) -> list[Axis]:
    """Return one axis for the pixels, one for each hidden layer's units, and one for the outputs."""
    axes = [
        Axis(
            lambda pixel: _("pixel {row},{column}", row=pixel // IMAGE_SIDE + 1, column=pixel % IMAGE_SIDE + 1),
            np.arange(PIXELS),
            pixels=True,
        )
    ]
    for slope in step.slopes[:-1]:
        changed_most = np.argsort(-np.abs(slope.dZ[:, 0]), kind="stable")[:UNITS_SHOWN]
        axes.append(Axis(lambda unit: _("unit {number}", number=unit + 1), np.sort(changed_most)))
    axes.append(Axis(lambda output: outputs[output], np.arange(len(outputs))))
    return axes


def _card(letter: str, layer: int, values: Values, axes: Axes, *, before: Values | None = None) -> Markup:
    """Return a matrix's card; layer 0 means none. The picture of an updated matrix shows its change from `before`."""
    drawn = values if before is None else values - before
    ink = letter in {"X", "Y"} or (letter == "A" and bool(values.min() >= 0))
    written_out = axes[1] is None and values.size <= ALL_SHOWN and before is None
    return TEMPLATES.card(
        letter=letter,
        layer=layer,
        is_new=before is not None,
        anchor=f"of-{'' if before is None else 'new-'}{letter}{layer or ''}",
        shape=values.shape,
        form=_form(values, axes),
        picture=data_uri(_picture(drawn, axes, palette(), ink=ink)),
        entries=[
            _entry(place, values, axes, before)
            for place in (range(values.size) if written_out else _largest(drawn, axes))
        ],
        columns=2 if written_out else 1,
    )


def _form(values: Values, axes: Axes) -> str:
    """Return the CSS class that sizes a picture."""
    if axes[0].pixels:
        return "image"
    if values.shape[1] == 1:
        return "vector"
    return "tiles" if axes[1] is not None and axes[1].pixels else "cells"


def _picture(values: Values, axes: Axes, colours: Palette, *, ink: bool) -> bytes:
    rows, columns = axes
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


def _largest(values: Values, axes: Axes) -> list[int]:
    """Return the flat indices of the few largest magnitudes, largest first."""
    few = LARGEST_OF_VECTOR if axes[1] is None else LARGEST_OF_MATRIX
    magnitudes = np.abs(values).ravel()
    largest = np.argpartition(-magnitudes, min(few, values.size - 1))[:few]
    return [int(place) for place in largest[np.argsort(-magnitudes[largest], kind="stable")]]


def _entry(place: int, values: Values, axes: Axes, before: Values | None) -> dict[str, Any]:
    """Return one number of a matrix with the name of its position."""
    rows, columns = axes
    row, column = divmod(place, values.shape[1])
    name = rows.name(row) if columns is None else f"{rows.name(row)} · {columns.name(column)}"
    value = float(values[row, column])
    old, new = (None, number(value)) if before is None else distinguishable(float(before[row, column]), value)
    return {
        "row": row,
        "column": column,
        "name": name,
        "is_long": len(name) > _SHORT_NAME,
        "before": old,
        "value": new,
    }


def _losses(step: Step) -> tuple[Markup, Markup]:
    """Return the loss before and after the step, each with its terms."""
    cross_entropy, penalty, total = (
        distinguishable(getattr(step.loss, term), getattr(step.loss_after, term))
        for term in ("cross_entropy", "penalty", "total")
    )
    probabilities = distinguishable_probabilities(
        *(float(layers[-1].A[step.label, 0]) for layers in (step.layers, step.after))
    )
    before, after = (
        TEMPLATES.loss(
            anchor=anchor,
            probability=probabilities[at],
            cross_entropy=cross_entropy[at],
            penalty=penalty[at] if step.l2 else None,
            total=total[at],
        )
        for at, anchor in enumerate(("of-J", "of-new-J"))
    )
    return before, after
