"""Train two runs side by side that differ in one setting."""

from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from markupsafe import Markup

from data.dataset import DataError
from language.numbers import whole
from language.translation import _, ngettext
from training.setting_description import GROUPS
from training.settings import SETTINGS, Settings
from training.side_by_side import CHANGEABLE, CHANGES_INITIAL_WEIGHTS, MOST_SEEDS, OneChange
from ui.compare.run_choice import show_only
from ui.state import streamlit_state
from ui.state.runs import RefusedSettings
from ui.state.session import Session
from ui.widgets import messages, run_settings
from ui.workarounds.click_once import once

_SUGGESTED: dict[str, Any] = {
    "learning_rate": 0.3,
    "l2": 10.0,
    "batch_size": 256,
    "optimizer": "momentum",
    "distortion": "on",
    "hidden_size": 128,
    "hidden_layers": 2,
    "activation": "tanh",
    "initializer": "uniform",
    "dropout": 0.5,
    "label_smoothing": 0.1,
    "clip_norm": 0.1,
    "schedule": "cosine",
    "warm_up": 200,
}
"""Values that make a visible difference from the defaults."""


@dataclass
class ChangeState:
    """State of the panel between reruns.

    Attributes:
        base: The Train page's settings when a value was last suggested.
        refused: The last settings rejected for a new run.
    """

    base: Settings = field(default_factory=Settings)
    refused: RefusedSettings | None = None


def change_one_setting(session: Session) -> None:
    """Choose a setting and a new value for it, and train with and without the change."""
    base = session.settings
    state = streamlit_state.page_state(ChangeState)
    if base != state.base:
        state.base = base
        _suggest_another(base)
    st.html(Markup("<h2 class='group'>{}</h2>").format(_("Change one thing")))
    name = st.selectbox(
        _("What to change"),
        CHANGEABLE,
        format_func=lambda each: _(SETTINGS[each].label),
        key="change_what",
        help=_("The one setting that differs between the two runs."),
        persist_state="session",
    )
    value = run_settings.choice(name, _key(name), _suggested(base, name))
    seeds = st.number_input(
        _("Seeds"),
        1,
        MOST_SEEDS,
        1,
        1,
        key="change_seeds",
        persist_state="session",
        help=_(
            "Repeats both runs with other seeds, for the initial weights and the order of digits. The curves show the"
            " mean and a band from the lowest to the highest, the table the standard deviation: how far chance moves"
            " them."
        ),
    )
    setting, present = SETTINGS[name], getattr(base, name)
    same = value == present
    if same:
        notes = [_("Both runs would use {value}. Choose another value.", value=setting.format(value))]
    else:
        first, second = setting.format(present), setting.format(value)
        notes = [_("First run {first}, second run {second}.", first=first, second=second), _what_stays(name)]
        if seeds > 1:
            last = base.seed + seeds - 1
            notes.append(_("Each with the seeds {first} to {last}.", first=base.seed, last=last))
    st.html(Markup("<p class='note' id='change_note'>{}</p>").format(" ".join(notes)))
    with st.container(key="change_drive", horizontal=True, gap="small"):
        st.button(
            _("Train both"),
            key="train_both",
            type="primary",
            disabled=same,
            on_click=once(_train_both),
            args=(session, OneChange(base, name, value) if not same else None, seeds),
        )
        _pause_or_resume(session)
    if state.refused is not None and state.refused.settings == base:
        messages.problem(state.refused.reason)
    for failure in session.runs.failures_of_pair():
        messages.problem(failure)
    st.html(Markup("<p class='note' id='base'>{}</p>").format(others_from_train(base, name)))


def _suggest_another(base: Settings) -> None:
    """Suggest another value for each setting whose suggested value the Train page now uses."""
    for name in CHANGEABLE:
        if streamlit_state.has_widget(_key(name)) and streamlit_state.widget_value(_key(name)) == getattr(base, name):
            streamlit_state.set_widget(_key(name), _suggested(base, name))


def _key(name: str) -> str:
    return f"change_{name}"


def _suggested(base: Settings, name: str) -> Any:  # noqa: ANN401 - the setting's own type
    """Return a value that differs from the base's."""
    suggested = _SUGGESTED[name]
    return suggested if suggested != getattr(base, name) else getattr(Settings(), name)


def _what_stays(name: str) -> str:
    if name in CHANGES_INITIAL_WEIGHTS:
        if name == "initializer":
            return _("Same split, seed and order of digits; the initial weights follow another rule.")
        return _("Same split, seed and order of digits; the initial weights have another shape.")
    return _("Same split, initial weights and order of digits.")


def others_from_train(base: Settings, *changed: str) -> str:
    """Summarize the settings that runs share in one sentence; `changed` names those that differ.

    Of the collapsed groups, only settings that differ from their defaults are named.
    """
    plain = Settings()
    kept = [
        run_settings.in_words(each, getattr(base, each))
        for each in CHANGEABLE
        if each not in changed
        and not (GROUPS[SETTINGS[each].group].folded and getattr(base, each) == getattr(plain, each))
    ]
    epochs = ngettext("{count} epoch", "{count} epochs", base.epochs, count=whole(base.epochs))
    settings = "\N{NO-BREAK SPACE}· ".join([*kept, epochs, _("seed {number}", number=base.seed)])
    return _("Other settings from Train: {settings}.", settings=settings)


def _pause_or_resume(session: Session) -> None:
    """Show Pause or Resume once the two runs exist."""
    beside = session.runs.pair
    if beside is None:
        return

    @once
    def resume() -> None:
        beside.start()
        session.runs.train_pair()

    if beside.training:
        st.button(_("Pause"), key="pause_both", on_click=once(beside.pause))
    else:
        st.button(_("Resume"), key="go_on", on_click=resume, disabled=beside.over)


def _train_both(session: Session, change: OneChange | None, seeds: int) -> None:
    if change is None:  # the button is disabled
        return
    state = streamlit_state.page_state(ChangeState)
    state.refused = None
    try:
        session.runs.begin_pair(change, seeds)
        show_only(session.runs.pair_numbers)
    except DataError as error:
        state.refused = RefusedSettings(change.base, str(error))
