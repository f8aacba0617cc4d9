"""The settings of a run as widgets, read off the one table in training/settings.py. The address carries them."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from data.dataset import DataError
from training.settings import SETTINGS, Setting, Settings, defaults
from ui import session
from ui.session import Session


def address_of(name: str) -> str:
    """Return what a setting is called in the address, which is also its widget's key."""
    return SETTINGS[name].address or name


def settings_panel(mine: Session) -> Settings:
    """Show all settings in three groups and return them as the person has them now."""
    chosen: dict[str, Any] = {}
    with st.container(key="group_data", gap="small"):
        st.subheader("Data", anchor=False)
        names = mine.datasets()
        chosen["dataset"] = st.selectbox(
            SETTINGS["dataset"].label,
            list(names),
            format_func=lambda key: names.get(key, key),
            key=address_of("dataset"),
            help=SETTINGS["dataset"].help,
            bind="query-params",
            on_change=_take_default_sizes,
            args=(mine,),
        )
        with st.expander("Split and seed", key="split"):
            for name in ("dev_size", "test_size", "seed"):
                chosen[name] = _number(name, SETTINGS[name])
    with st.container(key="group_network", gap="small"):
        st.subheader("Network", anchor=False)
        chosen["hidden_size"] = _slider("hidden_size", SETTINGS["hidden_size"])
        chosen["hidden_layers"] = _buttons("hidden_layers", SETTINGS["hidden_layers"])
        with st.container(horizontal=True, gap="small"):
            for name in ("activation", "initializer"):
                chosen[name] = _select(name, SETTINGS[name])
    with st.container(key="group_descent", gap="small"):
        st.subheader("Descent", anchor=False)
        for name in ("learning_rate", "l2", "batch_size"):
            chosen[name] = _slider(name, SETTINGS[name])
        chosen["distortion"] = _buttons("distortion", SETTINGS["distortion"])
        chosen["optimizer"] = _select("optimizer", SETTINGS["optimizer"])
        chosen["epochs"] = _number("epochs", SETTINGS["epochs"])
    return Settings(**chosen)


def turn_to(settings: Settings) -> None:
    """Set every widget to its setting, before the widgets are drawn."""
    for name in SETTINGS:
        session.set_widget(address_of(name), getattr(settings, name))


def need_of_a_new_run(waiting: Sequence[str]) -> str:
    """Say that settings, by name and at least one, cannot change in a network that has begun."""
    labels = [SETTINGS[name].label for name in waiting]
    names = labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
    return f"{names} cannot change in a network that has begun: press New run."


def _take_default_sizes(mine: Session) -> None:
    """Set the sizes of dev and test to what suits the dataset just chosen."""
    try:
        sizes = mine.dataset(session.widget(address_of("dataset"))).default_sizes
    except DataError:
        return  # the page says why it cannot be used
    for name, size in zip(("dev_size", "test_size"), sizes, strict=True):
        session.set_widget(address_of(name), max(size, SETTINGS[name].minimum or 0))


def _slider(name: str, setting: Setting) -> Any:  # noqa: ANN401 - the setting's own type
    return st.select_slider(
        setting.label,
        setting.options,
        value=defaults()[name],
        format_func=setting.read,
        key=address_of(name),
        help=setting.help,
        bind="query-params",
    )


def _select(name: str, setting: Setting) -> Any:  # noqa: ANN401 - the setting's own type
    options = list(setting.options)
    return st.selectbox(
        setting.label,
        options,
        index=options.index(defaults()[name]),
        format_func=setting.read,
        key=address_of(name),
        help=setting.help,
        bind="query-params",
    )


def _buttons(name: str, setting: Setting) -> Any:  # noqa: ANN401 - the setting's own type
    return st.segmented_control(
        setting.label,
        setting.options,
        default=defaults()[name],
        required=True,
        format_func=setting.read,
        key=address_of(name),
        help=setting.help,
        bind="query-params",
    )


def _number(name: str, setting: Setting) -> int:
    value = st.number_input(
        setting.label,
        min_value=setting.minimum,
        max_value=setting.maximum,
        value=defaults()[name],
        step=1,
        key=address_of(name),
        help=setting.help,
        bind="query-params",
    )
    return int(value)
