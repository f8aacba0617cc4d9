"""Collected drawings in rows, one per class: each drawing is a button that strikes it out or restores it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from data.dataset import IMAGE_SIDE
from ink.stroke_files import DrawnDigit
from language.translation import _
from ui.state import streamlit_state
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.palette import Palette, palette
from ui.workarounds.component_file import component_from_file

_component = component_from_file(Path(__file__).with_suffix(".js"))

_SHADES = 15
"""Shades of a drawing: at this size, more would look the same and double the bytes."""


@dataclass(frozen=True)
class Row:
    """The drawings of one class.

    Attributes:
        name: The name of the class.
        said: A text that says how many drawings there are.
        drawings: The drawings, including those struck out, each with the place to report when it is pressed.
        missing: How many more are wanted.
        is_asked: Whether this class is now asked for.
        stays: Whether it is asked for repeatedly.
    """

    name: str
    said: str
    drawings: Sequence[tuple[int, DrawnDigit]]
    missing: int = 0
    is_asked: bool = False
    stays: bool = False


def collected_drawings(
    rows: Sequence[Row],
    *,
    on_struck: Callable[[int, bool], None],
    on_asked: Callable[[int | None], None] | None = None,
) -> None:
    """Show the drawings.

    Args:
        rows: One per class.
        on_struck: Called with the place of a drawing, and whether it is struck out or restored.
        on_asked: Called with the index of the row to ask for from now on; with None to ask for each in turn. By
            default, nothing is asked for.
    """
    key = "collected_drawings"
    shown = {place for row in rows for place, _ in row.drawings}

    def struck() -> None:
        match streamlit_state.widget_value(key):
            case {"struck": [int(place), bool(is_struck)]} if place in shown:
                on_struck(place, is_struck)

    def asked() -> None:
        if on_asked is not None:
            take_asked(streamlit_state.widget_value(key), len(rows), on_asked)

    st.html(f"<style>.st-key-{key} {{ --rows: {len(rows)}; }}</style>")
    _component()(
        key=key,
        data={"rows": [_row(row, palette()) for row in rows], "asks": on_asked is not None},
        on_struck_change=struck,
        on_asked_change=asked,
    )


def take_asked(report: object, rows: int, on_asked: Callable[[int | None], None]) -> None:
    """Apply an unchecked report from the browser: the row to ask for, or a negative number for each in turn."""
    match report:
        case {"asked": int(index)} if not isinstance(index, bool) and index < rows:
            on_asked(index if index >= 0 else None)


def _row(row: Row, colours: Palette) -> dict[str, Any]:
    images = [each.image for _, each in row.drawings] or [np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)]
    sheet = np.rint(np.hstack(images) * (_SHADES / 255)) / _SHADES
    return {
        "name": row.name,
        "said": row.said,
        "ask": _("Keep asking for {name}", name=row.name),
        "strike": _("Strike out drawing {number} of {name}", number="{}", name=row.name),
        "sheet": data_uri(ink_picture(sheet, colours)),
        "places": [place for place, _ in row.drawings],
        "struck": [place for place, each in row.drawings if each.struck],
        "missing": row.missing,
        "is_asked": row.is_asked,
        "stays": row.stays,
    }
