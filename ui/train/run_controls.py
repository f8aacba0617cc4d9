"""The controls of the run: train, step, reset, speed; a new run if settings need one; next steps at the end."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import streamlit as st

from data.dataset import DataError
from language.numbers import whole
from language.translation import _, ngettext, pgettext
from training.initial_trainer import Start, settings_for
from training.pace import EASE_IN, SPEEDS, speed_title
from training.prediction import Prediction
from training.run import Run
from training.run_record import shown_name
from training.run_snapshot import State
from training.settings import FIXED, SPOILING, Settings
from training.side_by_side import MOST_SEEDS, can_be_repeated
from ui import routes
from ui.state import streamlit_state
from ui.state.address import SPEED
from ui.state.network_names import network_title
from ui.state.runs import RefusedSettings
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.train.run_view import RunView, TrainState
from ui.widgets import run_settings
from ui.widgets.html_templates import Templates
from ui.workarounds.click_once import once
from ui.workarounds.component_file import component_from_file

TEMPLATES = Templates("train/page.html.j2")

INSIDE = "inside"
"""The name in tasks of the part of the page below the curves: digits, mistakes, downloads."""

OF_THE_WEIGHTS = {"hidden_size", "hidden_layers", "activation", "activation_2", "activation_3", "initializer"}
"""Settings that determine the initial weights of a run; changing one discards initial weights that were given."""

OF_THE_DATA = ("dataset", "dev_size", "test_size", *SPOILING)
"""Settings that determine the data of a run; a value that is valid for one dataset may not be for another."""

MORE_SEEDS = 3
"""How many seeds are added each time a run is repeated."""

_offers = component_from_file(Path(__file__).parent / "new_run_offers.js")


def start_run(session: Session, start: Start | None = None) -> bool:
    """Start a run with the chosen settings, and return whether that succeeded.

    If their data are unavailable, keep the current run and say why. `start` replaces the weights drawn from the seed.
    """
    state = page_state(TrainState)
    state.refused = None
    runs, networks = session.runs, session.networks
    reads_with_current = networks.chosen == runs.name
    try:
        runs.begin(session.settings, start)
    except DataError as error:
        state.refused = RefusedSettings(session.settings, str(error))
        if runs.current is None:
            default = Settings()
            with suppress(DataError):  # the default data may be damaged
                runs.begin(replace(session.settings, **{name: getattr(default, name) for name in OF_THE_DATA}))
        return False
    if reads_with_current:
        networks.choose_run()
    return True


def follow_settings(session: Session, view: RunView | None) -> dict[str, Any]:
    """Give the run the chosen settings, rebuilding it if it has not begun.

    Returns:
        The settings that need a new run, because the run has begun or their data are unavailable, with their values.
    """
    if view is None:
        start_run(session)
        return {}
    need_new_run = view.run.change(session.settings)
    if need_new_run and not view.run.begun:
        start = None if set(need_new_run) & OF_THE_WEIGHTS else view.run.initial
        if start_run(session, start):
            return {}
    return {name: getattr(session.settings, name) for name in need_new_run}


def offer_new_run(name: str, value: Any) -> None:  # noqa: ANN401 - the setting's own type
    """Offer a new run below the control of a setting, if the run has begun with another value."""
    session = Session.current()
    run = session.runs.current
    if run is not None and run.begun and name in FIXED and value != getattr(run.settings, name):
        st.button(
            _("New run with {settings}", settings=run_settings.in_words(name, value)),
            key=f"new_run_{name}",
            on_click=_start_from_widgets,
            type="primary",
        )


def show_offers(names: Iterable[str]) -> None:
    """Scroll the settings so that a new run newly offered at one of these is in view; call this below all of them."""
    _offers()(key="new_run_offers", data={"offered": list(names)})


def _with_all(changed: Mapping[str, Any]) -> str:
    """Return changed settings as text: "3 hidden layers and tanh"; if more than two, how many there are."""
    if len(changed) > 2:
        return ngettext("{count} new setting", "{count} new settings", len(changed), count=len(changed))
    words = [run_settings.in_words(name, value) for name, value in changed.items()]
    return words[0] if len(words) == 1 else _("{first} and {second}", first=words[0], second=words[1])


def _start_from_widgets() -> None:
    session = Session.current()
    run_settings.take_up_widgets(session)
    start_run(session)


def run_controls(session: Session, view: RunView) -> None:
    """Show the buttons to train, step and reset, and the speed; once finished, what to do next."""
    run = view.run
    with st.container(key="drive", horizontal=True, vertical_alignment="center"):
        with st.container(key="run_buttons", horizontal=True, gap="small", width="content"):
            if view.need_new_run:
                st.button(
                    _("New run with {settings}", settings=_with_all(view.need_new_run)),
                    key="new_run",
                    type="primary",
                    on_click=once(_start_from_widgets),
                    help=_("This run's network is kept for drawing and comparing."),
                )
            if run.state is State.FINISHED and not view.need_new_run:
                _next_steps(session, view)
            else:
                _train_and_step(session, view)
            st.button(
                _("Reset"), key="reset", on_click=once(view.reset), help=_("Go back to the same initial weights.")
            )
            _more(session, view)
        if session.task_on(routes.TRAIN).is_free(SPEED):
            session.speed = _choose_speed(session)
        run.set_speed(SPEEDS[session.speed])
        if run.state is State.RUNNING:
            session.runs.train()  # apply a new speed immediately, not after the next step at the old speed


def _choose_speed(session: Session) -> str:
    if not streamlit_state.has_widget(SPEED):
        streamlit_state.set_widget(SPEED, session.speed)
    return st.segmented_control(
        _("Speed"),
        list(SPEEDS),
        default=EASE_IN,
        required=True,
        key=SPEED,
        label_visibility="collapsed",
        help=_("Steps per second. Ease in slows the first steps, in which most is learned, and then lets go."),
        format_func=speed_title,
    )


def awaited_prediction(session: Session, view: RunView) -> Prediction | None:
    """Return the prediction that a task asks for before a run begins, until it is made."""
    is_due = view.predicted is None and not view.run.begun
    return session.task_on(routes.TRAIN).prediction if is_due else None


def _train(session: Session, view: RunView, begin: Callable[[Run], None]) -> None:
    """Train the network that the controls describe."""
    if awaited_prediction(session, view) is not None:
        return
    run_settings.take_up_widgets(session)
    need_new_run = follow_settings(session, view)
    if need_new_run != view.need_new_run:
        view.need_new_run = need_new_run
        return  # the button did not yet say that it would continue an old run
    if session.runs.current is not None:
        begin(session.runs.current)
        session.runs.train()


def _train_and_step(session: Session, view: RunView) -> None:
    run = view.run
    running, awaits = run.state is State.RUNNING, awaited_prediction(session, view) is not None
    old = _("Continue {run}", run=shown_name(session.runs.name)) if view.need_new_run else _("Train")
    st.button(
        _("Pause") if running else old,
        key="train",
        type="secondary" if view.need_new_run else "primary",
        on_click=once(run.pause) if running else once(_train),
        args=() if running else (session, view, Run.start),
        disabled=awaits,
    )
    st.button(
        pgettext("button", "Step"),
        key="step",
        on_click=once(_train),
        args=(session, view, Run.step),
        disabled=running or awaits,
        help=_("One mini-batch, then pause."),
    )


def _next_steps(session: Session, view: RunView) -> None:
    """Offer what to do with a finished network."""
    st.button(
        ngettext(
            "Train on, {count} epoch",
            "Train on, {count} epochs",
            view.run.epochs_to_train,
            count=whole(view.run.epochs_to_train),
        ),
        key="train",
        on_click=once(_train),
        args=(session, view, Run.start),
    )
    if not streamlit_state.is_embedded():
        st.button(
            _("Try your drawing"), key="try_drawing", type="primary", on_click=once(draw_with_run), args=(session,)
        )
    if session.task_on(routes.TRAIN).shows(INSIDE):
        st.html(TEMPLATES.mistakes_link(), width="content")
    if not streamlit_state.is_embedded():
        st.button(_("Add a rival"), key="add_rival", on_click=once(routes.go_to), args=(routes.COMPARE,))
    _repeat_button(session, view)


def _repeat_button(session: Session, view: RunView) -> None:
    """Offer to repeat the run with other seeds, or to stop repeating it."""
    runs = session.runs
    if runs.repeats is not None and runs.is_repeating:
        st.button(_("Stop repeating"), key="repeat", on_click=once(runs.repeats.stop))
        return
    known = 1 + (len(runs.repeats.runs) if runs.repeats is not None and runs.repeats.are_of_its_end else 0)
    more = min(MORE_SEEDS, MOST_SEEDS - known)
    seeds, is_possible = more or MORE_SEEDS, more > 0 and can_be_repeated(view.run.snapshot())
    st.button(
        ngettext("Repeat with {count} more seed", "Repeat with {count} more seeds", seeds, count=seeds),
        key="repeat",
        on_click=once(_repeat),
        args=(session, more),
        disabled=not is_possible,
        help=_(
            "Trains it again from other initial weights, the digits in another order. The band shows how far"
            " chance moves the curves; Compare has the mean and the deviation."
        )
        if is_possible or not more
        else _("Its settings changed on the way or it was trained on, so other seeds would not repeat it."),
    )


def _repeat(session: Session, seeds: int) -> None:
    state = page_state(TrainState)
    state.refused = None
    try:
        session.runs.repeat(seeds)
    except DataError as error:
        state.refused = RefusedSettings(session.settings, str(error))


def _more(session: Session, view: RunView) -> None:
    """Offer less frequently needed actions in a popover."""
    with st.popover(_("More"), key="more"):
        st.button(
            _("Train one epoch"),
            key="epoch",
            type="tertiary",
            on_click=once(_train),
            args=(session, view, Run.epoch),
            disabled=view.run.state is State.RUNNING or awaited_prediction(session, view) is not None,
            help=_("To the end of the epoch, then pause."),
        )
        if not view.need_new_run:
            st.button(
                _("New run"),
                key="new_run",
                type="tertiary",
                on_click=once(_start_from_widgets),
                help=_("Start a new network with the current settings. This run's network is kept for drawing."),
            )
        if not session.task_on(routes.TRAIN):
            _other_weights(session, view)


def _other_weights(session: Session, view: RunView) -> None:
    """Offer a new run that begins with the weights of a network."""
    names, networks = list(session.networks.names()), session.networks
    name = st.selectbox(
        _("Begin with the weights of"),
        names,
        format_func=network_title,
        index=names.index(session.runs.name),
        key="begin_with",
        help=_("Training can continue from any network whose layers a run supports, on the dataset chosen here."),
    )
    train, problem = view.run.split.train, ""
    try:
        settings_for(networks.reader(name).network, session.settings, train.images.shape[1], len(train.classes))
    except ValueError as error:
        problem = str(error)
    st.button(
        _("New run from these"),
        key="begin_from",
        on_click=once(_begin_from),
        args=(session, name),
        disabled=bool(problem),
        help=problem or _("The seed gives the order of the digits. This run's network is kept for drawing."),
    )


def _begin_from(session: Session, name: str) -> None:
    run_settings.take_up_widgets(session)
    if start_run(session, Start(name, session.networks.reader(name).network)) and session.runs.current is not None:
        session.replace_settings(session.runs.current.settings)


def draw_with_run(session: Session) -> None:
    """Open the Draw page with this run's network."""
    session.networks.choose_run()
    routes.go_to(routes.DRAW)
