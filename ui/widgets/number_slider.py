"""A number that can be typed exactly or chosen with a slider over suggested values, and reset.

The field is Streamlit's own, which keeps the value. Streamlit's slider has neither ticks nor a logarithmic scale, and
reports several values during one drag if the pointer rests.
"""

from math import log10
from pathlib import Path
from typing import Literal

import streamlit as st

from language.translation import _
from training.setting_description import Setting
from ui.workarounds.component_file import component_from_file

_slider = component_from_file(Path(__file__).parent / "number_slider.js")


def number_slider(
    setting: Setting,
    key: str,
    *,
    default: float,
    help: str = "",  # noqa: A002 - Streamlit's name
    width: int | Literal["stretch"] = "stretch",
) -> float:
    """Show a number with its slider, and return its value, which has the type of the default.

    The value survives visits to other pages.

    Args:
        setting: Its label, range and suggestions.
        key: The key of the field; the slider's key appends `_slider`.
        default: The value before it is changed, and after a reset.
        help: Replaces the setting's tooltip.
        width: The width in pixels; by default that of the column.
    """
    kind, label = type(default), _(setting.label)
    with st.container(key=f"{key}_with_slider", gap=None, width=width):
        value = st.number_input(
            label,
            min_value=setting.minimum,
            max_value=setting.maximum,
            value=default,
            step=1 if kind is int else None,
            format="%d" if kind is int else "%g",
            key=key,
            help=help or setting.description,
            persist_state="session",
        )
        _slider()(
            key=f"{key}_slider",
            data={
                "label": label,
                "value": value,
                "values": list(setting.suggestions),
                "texts": [setting.format(each) for each in setting.suggestions],
                "ticks": [each for each in setting.suggestions if _is_tick(each)],
                "default": default,
            },
        )
    return kind(value)


def _is_tick(value: float) -> bool:
    """Return whether a suggestion gets a tick: every whole number, and otherwise 0 and the powers of ten."""
    return isinstance(value, int) or value == 0 or log10(value).is_integer()
