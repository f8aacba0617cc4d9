"""The settings in the page's address: checked, corrected, and each problem described in a sentence."""

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from data.dataset import DIGITS
from language.translation import _
from training.pace import EASE_IN, SPEEDS, speed_title
from training.setting_description import Setting
from training.settings import SETTINGS, Settings, defaults
from ui.state.available_datasets import Datasets
from ui.state.streamlit_state import page_state
from ui.state.task import NO_TASK, PAGE, Task

_LONGEST_QUOTE = 24
_MOST_SENTENCES = 3

SPEED, _CAME_FROM = "speed", "from"
"""The query parameters that are not settings: how fast a run trains, and the page from which Look was opened."""


@dataclass
class Written:
    """What was last written to the address of the Train page."""

    parameters: Mapping[str, str] = field(default_factory=dict)


def take_task() -> tuple[Task, str]:
    """Return the task that the address sets, and a sentence if the task did not arrive whole.

    Such an address is not used at all: its parameters are removed.
    """
    parameters = st.query_params.to_dict()
    if PAGE not in parameters:
        return NO_TASK, ""
    try:
        return Task.read(parameters), ""
    except ValueError:
        st.query_params.clear()
        return NO_TASK, _("This link sets a task, but was cut off or changed, so the page opened as usual.")


def take_from_address(others: Settings, datasets: Datasets, besides: Container[str] = ()) -> tuple[Settings, str]:
    """Return the settings in the address, and a sentence for everything in it that had to be corrected.

    A number out of range becomes the nearest possible one, an invalid value becomes the default, and parameters that do
    not exist are removed.

    Args:
        others: Supplies the settings that the address does not name.
        datasets: The available datasets.
        besides: Other parameters that are allowed in the address.
    """
    chosen, sentences = {}, []
    names, keys = {setting.address or name: name for name, setting in SETTINGS.items()}, list(datasets.names())
    parameters = st.query_params.to_dict()
    dataset = value_of("dataset", parameters["dataset"], keys)[0] if "dataset" in parameters else others.dataset
    for parameter, text in parameters.items():
        if parameter in names:
            name, setting = names[parameter], SETTINGS[names[parameter]]
            chosen[name], possible = value_of(name, text, keys, datasets.classes(dataset) if setting.of_class else ())
            if not possible:
                sentences.append(instead(_(setting.label), text, setting.format(chosen[name])))
            if not possible or text in (setting.labels or {}).values():
                st.query_params[parameter] = _written(chosen[name], setting)
        elif parameter == SPEED and text not in SPEEDS:
            del st.query_params[parameter]
            sentences.append(instead(_("Speed"), text, speed_title(EASE_IN)))
        elif parameter not in {SPEED, _CAME_FROM} and parameter not in besides:
            del st.query_params[parameter]
            sentences.append(_("There is no setting “{name}”.", name=_quote(parameter)))
    return replace(others, **chosen), " ".join(sentences[:_MOST_SENTENCES])


def instead(setting: str, text: str, value: str) -> str:
    """Say which value a setting has instead of the text that an address gives it."""
    return _("{setting} can't be “{text}”, so it is {value}.", setting=setting, text=_quote(text), value=value)


def write_to_address(settings: Settings, speed: str, task: Task) -> None:
    """Write the settings, the speed and the task into the address of the Train page.

    The address is always written as a whole, and only here. A widget bound to the address by Streamlit would write its
    own part in the browser, and an earlier update still on its way from here would undo it. For the same reason, a
    script may begin with an outdated address, so this compares with what was last written, too.
    """
    parameters = as_parameters(settings, speed)
    parameters = task.parameters(parameters) if task else parameters
    written = page_state(Written)
    if not parameters == written.parameters == st.query_params.to_dict():
        written.parameters = parameters
        st.query_params.from_dict(parameters)


def write_task(task: Task) -> None:
    """Write a task into the address; call this on arrival at its page, except Train, which writes its whole address."""
    st.query_params.update(task.parameters())


def as_parameters(settings: Settings, speed: str = EASE_IN) -> dict[str, str]:
    """Return the settings and the speed as query parameters, without those that have their defaults."""
    written = {
        setting.address or name: _written(value, setting)
        for name, setting in SETTINGS.items()
        if (value := getattr(settings, name)) != defaults()[name]
    }
    return written | ({SPEED: speed} if speed != EASE_IN else {})


def value_of(name: str, text: str, datasets: Sequence[str], classes: Sequence[str] = DIGITS) -> tuple[Any, bool]:
    """Return the value that a text represents, or the one to use instead; and whether the text was valid.

    Args:
        name: The setting.
        text: Any text.
        datasets: The keys of the available datasets.
        classes: The classes of the dataset.
    """
    setting, default = SETTINGS[name], defaults()[name]
    allowed = datasets if name == "dataset" else setting.options
    for option in (*allowed, *(setting.labels or ()), *(classes if setting.of_class else ())):
        if text in {setting.plain(option), str(option)}:
            return option, True
    try:
        value = float(text)
    except ValueError:
        return default, False
    if isinstance(default, str) or not math.isfinite(value):
        return default, False
    if allowed:
        nearest = min(allowed, key=lambda option: abs(option - value))
    else:
        low, high = setting.minimum or 0, setting.maximum or value
        nearest = type(default)(min(max(value, low), high))
    return nearest, nearest == value


def _written(value: Any, setting: Setting) -> str:  # noqa: ANN401 - the setting's own type
    """Return a value as it is written in an address: a choice by its English label, a number in digits."""
    return setting.plain(value) if isinstance(value, str) else str(value).removesuffix(".0")


def _quote(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[: _LONGEST_QUOTE - 1]}…"
