"""The settings of a run as widgets, generated from the table in training/settings.py and stored in the address."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext, suppress
from typing import Any

import streamlit as st
from markupsafe import Markup

from data.dataset import DataError
from language.translation import _, ngettext
from training.setting_description import GROUPS
from training.settings import SETTINGS, Settings, defaults
from ui import routes
from ui.state import streamlit_state
from ui.state.address import write_to_address
from ui.state.session import Session
from ui.widgets.number_format import count
from ui.widgets.number_slider import number_slider
from ui.widgets.task_bar import fixed

_BUTTONS = ("hidden_layers", "distortion")
"""Settings shown as a row of buttons; others are number sliders if they have a range, otherwise select boxes."""


def address_of(name: str) -> str:
    """Return the query parameter of a setting, which is also its widget's key."""
    return SETTINGS[name].address or name


def settings_panel(session: Session, below: Callable[[str, Any], None]) -> None:
    """Show all settings in their groups, apply their values, and write them to the address.

    `below` may add something below each setting; it receives the name and the chosen value.
    """
    chosen: dict[str, Any] = {}
    task = session.task_on(routes.TRAIN)
    for key, group in GROUPS.items():
        names = [name for name, setting in SETTINGS.items() if setting.group == key and task.shows(address_of(name))]
        if not names:
            continue
        is_folded = group.folded and not task
        with st.container(key=f"group_{key}", gap="small"):
            if not is_folded:
                st.html(Markup("<h2 class='group'>{}</h2>").format(_(group.label)))
            with st.expander(_(group.label), key=f"fold_{key}") if is_folded else nullcontext():
                for name in names:
                    if SETTINGS[name].layers > chosen.get("hidden_layers", session.settings.hidden_layers):
                        continue
                    if not task.is_free(address_of(name)):
                        setting = SETTINGS[name]
                        fixed(_(setting.label), setting.format(getattr(session.settings, name)), width="stretch")
                        continue
                    if name == "dataset":
                        chosen[name] = _dataset(session)
                    elif SETTINGS[name].of_class:
                        dataset = chosen.get("dataset", session.settings.dataset)
                        chosen[name] = _class(name, session.datasets.classes(dataset))
                    else:
                        chosen[name] = choice(name, address_of(name), defaults()[name])
                    below(name, chosen[name])
            if is_folded:
                st.html(_changed({name: chosen[name] for name in names if name in chosen}))
    session.change_settings(chosen)
    write_to_address(session.settings, session.speed, task)


def _changed(values: Mapping[str, Any]) -> Markup:
    """Say beside the heading of collapsed settings which one differs from its default, or how many do."""
    changed = [name for name, value in values.items() if value != defaults()[name]]
    if len(changed) > 1:
        words = ngettext("{count} changed", "{count} changed", len(changed), count=len(changed))
    else:
        words = "".join(in_words(name, values[name]) for name in changed)
    return Markup("<span class='changed'>{}</span>").format(words)


def in_words(name: str, value: Any) -> str:  # noqa: ANN401 - the setting's own type
    """Return a setting with its value, as in "α 0.3" or "3 hidden layers"."""
    return SETTINGS[name].in_words(value)


def take_up_widgets(session: Session) -> None:
    """Apply what the widgets of `settings_panel` show, unless code has just changed the settings; for callbacks.

    The widgets may have changed with the very click that is being handled.
    """
    if not session.settings_replaced:
        keys = {name: address_of(name) for name in SETTINGS if streamlit_state.has_widget(address_of(name))}
        session.change_settings({name: streamlit_state.widget_value(key) for name, key in keys.items()})


def set_widgets(settings: Settings) -> None:
    """Set every widget to its setting before it is drawn."""
    for name in SETTINGS:
        streamlit_state.set_widget(address_of(name), getattr(settings, name))


def need_of_a_new_run(waiting: Iterable[str]) -> str:
    """Say that changes to these settings (at least one name) take effect only in a new run."""
    labels = [_(SETTINGS[name].label) for name in waiting]
    return ngettext(
        "{settings}: the new value needs a new run.",
        "{settings}: the new values need a new run.",
        len(labels),
        settings=", ".join(labels),
    )


def _dataset(session: Session) -> str:
    """Show the available datasets, and return the key of the one chosen."""
    names, setting = session.datasets.names(), SETTINGS["dataset"]
    key = st.selectbox(
        _(setting.label),
        list(names),
        format_func=lambda key: names.get(key, key),
        key=address_of("dataset"),
        help=setting.description,
        persist_state="session",
        on_change=_take_default_sizes,
        args=(session,),
    )
    room = session.room_visit
    if room.digits is not None and key == room.dataset_name:
        drawings = len(room.digits)
        st.button(
            ngettext("{count} drawing · Refresh", "{count} drawings · Refresh", drawings, count=count(drawings)),
            key="refresh_room",
            type="tertiary",
            on_click=_refresh_room,
            args=(session,),
            help=_("Take what the room has drawn since. A new run does so, too."),
        )
    return key


def _refresh_room(session: Session) -> None:
    """Fetch what has been drawn in the room since; a run that has begun stays as it is."""
    session.room_visit.refresh()
    if session.runs.current is not None and not session.runs.current.begun:
        with suppress(DataError):  # the page reports why
            session.runs.begin(session.settings)


def _take_default_sizes(session: Session) -> None:
    """Set the dev and test sizes to the defaults of the newly chosen dataset."""
    try:
        sizes = session.datasets.get(streamlit_state.widget_value(address_of("dataset"))).default_sizes
    except DataError:
        return  # the page reports why the dataset is unavailable
    for name, size in zip(("dev_size", "test_size"), sizes, strict=True):
        streamlit_state.set_widget(address_of(name), max(size, SETTINGS[name].minimum or 0))


def _class(name: str, classes: Sequence[str]) -> str:
    """Show a setting that may be a class of the dataset; another dataset may lack that class."""
    setting, key, default = SETTINGS[name], address_of(name), defaults()[name]
    options = list(dict.fromkeys([default, *classes]))
    if streamlit_state.has_widget(key) and streamlit_state.widget_value(key) not in options:
        streamlit_state.set_widget(key, default)
    return st.selectbox(
        _(setting.label),
        options,
        format_func=setting.format,
        key=key,
        help=setting.description,
        persist_state="session",
    )


def choice(
    name: str,
    key: str,
    value: Any,  # noqa: ANN401 - the setting's own type
) -> Any:  # noqa: ANN401 - the setting's own type
    """Show a setting in a suitable widget, and return the chosen value, which survives a visit to another page."""
    setting = SETTINGS[name]
    if setting.suggestions:
        return number_slider(setting, key, default=value)
    label, options = _(setting.label), list(setting.options)
    shared: dict[str, Any] = {
        "format_func": setting.format,
        "key": key,
        "help": setting.description,
        "persist_state": "session",
    }
    if name in _BUTTONS:
        return st.segmented_control(label, options, default=value, required=True, **shared)
    return st.selectbox(label, options, index=options.index(value), **shared)
