"""A grid of digits as buttons, each with a caption below."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import IMAGE_SIDE
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.palette import Palette
from ui.workarounds.component_file import component_from_file

_component = component_from_file(Path(__file__).with_suffix(".js"))


@dataclass(frozen=True)
class GridDigit:
    """One digit of the grid.

    Attributes:
        place: Its index in dev or test.
        name: The accessible name.
        read: The caption: its reading or, where that is not the point, its label.
        note: The true label, if the reading is wrong.
        sure: A line below, such as the probability of the reading.
    """

    place: int
    name: str
    read: str
    note: str
    sure: str


def digit_grid(
    digits: Sequence[GridDigit],
    images: NDArray[np.uint8],
    chosen: int | None,
    colours: Palette,
    on_choose: Callable[[], None],
    key: str,
) -> None:
    """Show a grid of digits.

    Args:
        digits: The text for each digit.
        images: (k, 784) uint8, 0 to 255, in the same order.
        chosen: The index of the selected digit.
        colours: The palette for ink and paper.
        on_choose: Called when a digit is selected or deselected; see `chosen_digit`.
        key: The key of the widget.
    """
    _component()(key=key, data=grid_data(digits, images, chosen, colours), on_digit_change=on_choose)


def grid_data(
    digits: Sequence[GridDigit], images: NDArray[np.uint8], chosen: int | None, colours: Palette
) -> dict[str, Any]:
    """Return the data for digit_grid.js; all digits share one image, and each button shows its part of it."""
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


def chosen_digit(state: object, count: int) -> int | None:
    """Return the index sent by the browser; None unless it is valid and below the count."""
    match state:
        case {"digit": int(place)} if not isinstance(place, bool) and 0 <= place < count:
            return place
    return None
