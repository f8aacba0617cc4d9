"""The digit before and after, what was added to it, and a patch that can be dragged over it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.dataset import IMAGE_SIDE
from language.numbers import general
from language.translation import _, pgettext
from models.reader import Reader, Reading, Rejection
from nn.network import Floats
from nn.perturbations import Place
from training.percentages import chance, interval, percent
from ui.break_it.breakable_network import BreakableNetwork
from ui.break_it.damage import Damage
from ui.state import streamlit_state
from ui.state.network_names import network_title
from ui.widgets.array_images import data_uri, ink_picture, signed_picture
from ui.widgets.palette import Palette
from ui.workarounds.component_file import component_from_file

KEY = "before_and_after"

NOT_A_DIGIT = "–"

_component = component_from_file(Path(__file__).with_suffix(".js"))


@dataclass(frozen=True, eq=False)
class Broken:
    """One digit and one network.

    Attributes:
        breakable: The network.
        damage: What is broken.
        before: The intact network's reading of the intact digit.
        image: (784,) what is left of the digit.
        reader: The broken network.
        after: The broken network's reading of what is left.
    """

    breakable: BreakableNetwork
    damage: Damage
    before: Reading
    image: Floats
    reader: Reader
    after: Reading


def before_and_after(
    shown: Sequence[Broken], colours: Palette, answered: int, put: Callable[[Place, int], None]
) -> None:
    """Show the digit for each network; `put` receives the new place of the patch and the number of the report."""
    damage = shown[0].damage
    side = int(damage.amount("patch"))
    _component()(
        key=KEY,
        data={
            "panels": [panel(each, colours) for each in shown],
            "patch": {"x": damage.place.x, "y": damage.place.y, "side": side} if side else None,
            "pixels": IMAGE_SIDE,
            "answered": answered,
        },
        on_placed_change=lambda: take_place(streamlit_state.widget_value(KEY).placed, put),
    )


def take_place(report: object, put: Callable[[Place, int], None]) -> None:
    """Apply an unchecked report from the browser."""
    match report:
        case {"x": int() | float() as x, "y": int() | float() as y, "number": int(number)} if (
            0 <= x <= IMAGE_SIDE and 0 <= y <= IMAGE_SIDE
        ):
            put(Place(round(2 * x) / 2, round(2 * y) / 2), number)


def panel(shown: Broken, colours: Palette) -> dict[str, Any]:
    """Return the data about one network for before_and_after.js."""
    before, after = shown.before.image, shown.image.reshape(IMAGE_SIDE, IMAGE_SIDE)
    added = after - before
    largest = float(np.abs(added).max())
    right, digits = shown.breakable.total(shown.damage)
    intact = shown.breakable.intact(digits)
    return {
        "name": network_title(shown.breakable.name),
        "before": {"src": data_uri(ink_picture(before, colours)), **_answer(shown.before, shown.breakable.reader)},
        "added": {
            "src": data_uri(signed_picture(added, colours)),
            "text": _("up to {most}, shown ×{factor}", most=general(largest, 2), factor=general(1 / largest, 3))
            if largest
            else pgettext("added", "nothing"),
        },
        "after": {
            "src": data_uri(ink_picture(after, colours)),
            **_answer(shown.after, shown.reader),
            "turned": shown.after.digit != shown.before.digit,
        },
        "dev": {
            "left": [_left(intact, digits), _left(right, digits)],
            "digits": digits,
        },
    }


def _left(right: int | None, digits: int) -> list[str]:
    """Return a dev accuracy and its 95% interval; an empty list until it is measured."""
    return ["", ""] if right is None or not digits else [percent(right / digits), interval(right / digits, digits)]


def _answer(reading: Reading, reader: Reader) -> dict[str, str]:
    """Return what was read, and how sure the network is of it."""
    if reading.digit is None:
        reason = reading.rejection or Rejection.NOT_A_DIGIT
        return {"digit": NOT_A_DIGIT, "sure": _(reason.value)}
    share = chance(float(reading.shares[reading.digit]))
    return {"digit": reader.classes[reading.digit], "sure": _("{share} sure", share=share)}
