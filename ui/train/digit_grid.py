"""Digits as buttons: each with what it is, what was read in it, and how sure."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data.dataset import IMAGE_SIDE
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.palette import Palette

KEY = "gallery"

_gallery = st.components.v2.component(
    "digit_lab.gallery", js=(Path(__file__).parent / "digit_grid.js").read_text(), isolate_styles=False
)


@dataclass(frozen=True)
class Shown:
    """One digit of the gallery: its place among those of its part, and what stands below it.

    Attributes:
        place: Its place.
        name: What a screen reader says.
        read: What was read in it.
        note: What it is, where that is something else.
        sure: How sure the network is.
    """

    place: int
    name: str
    read: str
    note: str
    sure: str


def gallery(
    digits: Sequence[Shown],
    images: NDArray[np.uint8],
    chosen: int | None,
    colours: Palette,
    on_choose: Callable[[], None],
) -> None:
    """Show digits.

    Args:
        digits: What is said of each.
        images: (k, 784) pixels, 0 to 255, in the same order.
        chosen: The place of the one that is marked.
        colours: Of ink and paper.
        on_choose: Called when a person chooses one or lets go of the one chosen, which is `told` then.
    """
    _gallery(key=KEY, data=sheet(digits, images, chosen, colours), on_digit_change=on_choose)


def sheet(digits: Sequence[Shown], images: NDArray[np.uint8], chosen: int | None, colours: Palette) -> dict[str, Any]:
    """Return what gallery.js draws: all digits are one picture, of which each button shows its part."""
    row = (
        np.hstack(list(images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE))) / 255
        if len(images)
        else np.zeros((IMAGE_SIDE, IMAGE_SIDE))
    )
    return {
        "digits": [asdict(digit) for digit in digits],
        "sheet": data_uri(ink_picture(row, colours)),
        "chosen": chosen,
    }


def told(state: object, count: int) -> int | None:
    """Return the place that a browser says was chosen; None where it is none, or not one of so many."""
    match state:
        case {"digit": int(place)} if 0 <= place < count:
            return place
    return None
