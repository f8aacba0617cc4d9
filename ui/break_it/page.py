"""Break it: damage a network or its digit, and see what the answer depends on."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import streamlit as st
from markupsafe import Markup

from data.dataset import PIXELS
from language.translation import N_, _, current
from models.reader import Reader, Reading
from training.prediction import Outcome, in_percent
from training.run_snapshot import State
from ui import routes
from ui.break_it import digit_choice
from ui.break_it.ablation_map import ablation_map
from ui.break_it.before_and_after import Broken, before_and_after, panel
from ui.break_it.break_state import NO_NETWORK, BreakState, Setup
from ui.break_it.breakable_network import MEASURED, BreakableNetwork
from ui.break_it.damage import Damage, everything
from ui.break_it.damage_sliders import GROUPS, damage_sliders
from ui.break_it.morph import morph
from ui.state import shared_resources, streamlit_state
from ui.state.digit_sources import DigitSource
from ui.state.network_names import SHIPPED, SMALL, network_title
from ui.state.session import Session
from ui.state.session_memory import share
from ui.state.streamlit_state import page_state
from ui.widgets import linked_drawing, predictions
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment
from ui.widgets.live_reading import Follower, LiveReading, Picture, follow_pen, live_reading
from ui.widgets.network_choice import LINKED, choose_network
from ui.widgets.network_picture import network_picture
from ui.widgets.next_step import next_step
from ui.widgets.palette import Palette, palette
from ui.widgets.preset_results import PresetResults, preset_from_train
from ui.widgets.task_bar import fixed
from ui.widgets.task_panel import TaskPage, follow, left_out, set_a_task
from ui.workarounds.persistent_download import download_button

TEMPLATES = Templates("break_it/page.html.j2")

NETWORK_KEY, BESIDE_KEY, MORPH_KEY = "break_network", "break_beside", "break_morph"
SHARED = (SHIPPED, SMALL)

TASKS = TaskPage(
    routes.BREAK_IT,
    controls={name: entry.label for name, entry in everything().items()}
    | {
        "network": N_("Network"),
        "beside": N_("Beside it"),
        "digit": N_("Digit"),
        "target": N_("Attacks aim at"),
        "off": N_("Units one by one"),
        "morph": N_("From one digit to another"),
    },
    cannot_be_fixed=("off", "morph"),
    usual=("most", "least"),
    measured=("dev_accuracy",),
)

REDRAW_SECONDS = 0.25
WORK_SECONDS = 0.06
"""Seconds for which each redraw measures what is still missing."""

MOST_UNITS = 9


def page() -> None:
    """Show the page."""
    session, state = Session.attach(), page_state(BreakState)
    if (preset := page_state(PresetResults).arrival(routes.BREAK_IT)) is not None:
        state.show(preset.values)
        digit_choice.aim_at_any()
    task = session.task_on(routes.BREAK_IT)
    if state.take_up(task):
        digit_choice.open_with(session, state)
        streamlit_state.forget_widget(NETWORK_KEY)
        streamlit_state.forget_widget(BESIDE_KEY)
    state.hold()
    with st.container(key="break_head", horizontal=True, vertical_alignment="bottom"):
        st.html(TEMPLATES.heading(), width="stretch")
        names = [*session.networks.names(), SMALL]
        if task.is_free("network"):
            state.network = choose_network(names, state.network or _first_choice(session), NETWORK_KEY)
        elif task.shows("network"):
            fixed(_("Network"), network_title(state.network))
        if task.is_free("beside"):
            state.beside = _choose_beside(state, [each for each in names if each != state.network])
        elif task.shows("beside"):
            fixed(_("Beside it"), _beside_title(state.beside))
    predictions.ask(state.awaited_prediction, "break_prediction", state.predict)
    _put_on_the_bench(session, state)
    state.is_measuring = not state.work(0)
    _tools_and_desk(REDRAW_SECONDS if state.is_measuring else None)
    _downloads(state)
    st.html(TEMPLATES.sources(groups=GROUPS))
    set_a_task(TASKS, _parameters, _left_out)
    next_step(routes.BREAK_IT)


def _choose_beside(state: BreakState, names: Sequence[str]) -> str:
    """Choose a second network, or none."""
    others = [NO_NETWORK, *names]
    if streamlit_state.has_widget(BESIDE_KEY):
        state.beside = streamlit_state.widget_value(BESIDE_KEY)
    streamlit_state.set_widget(BESIDE_KEY, state.beside if state.beside in others else NO_NETWORK)
    return st.selectbox(
        _("Beside it"),
        others,
        format_func=_beside_title,
        key=BESIDE_KEY,
        width=230,
        help=_("A second network, broken in the same way."),
    )


def _beside_title(name: str) -> str:
    return _(NO_NETWORK) if name == NO_NETWORK else network_title(name)


def _parameters() -> dict[str, str]:
    """Return the state of the page as parameters of a link, without the units of a network that a link cannot hold."""
    state, breakable = page_state(BreakState), page_state(BreakState).shown[0]
    drawing = linked_drawing.parameters(Session.current().canvas) if digit_choice.shows_drawing() else {}
    target = "" if state.target is None else breakable.reader.classes[state.target]
    off = state.off.get(breakable.name, frozenset()) if breakable.name in LINKED.values() else frozenset()
    number = None if drawing else digit_choice.chosen_number()
    setup = Setup(dict(state.amounts), state.network, state.beside, off, state.place, target, number)
    return setup.parameters() | drawing


def _left_out() -> list[str]:
    """Return sentences about what a link to the page cannot hold."""
    state = page_state(BreakState)
    found = [left_out(state.network)]
    if state.beside != NO_NETWORK and state.beside not in LINKED.values():
        found.append(_("{network} is not in the link, so nothing is beside it.", network=network_title(state.beside)))
    if digit_choice.shows_drawing():
        found.append(linked_drawing.left_out(Session.current().canvas))
    return found


def _first_choice(session: Session) -> str:
    """Return the run that has just been trained, or else the network that reads drawings on Draw."""
    run = session.runs.current
    return session.runs.name if run is not None and run.snapshot().position.step else session.networks.chosen


def _put_on_the_bench(session: Session, state: BreakState) -> None:
    """Take the chosen networks as they are now; one in training stays as it was when it was taken."""
    kept = state.breakables
    state.breakables = {}
    for name in dict.fromkeys((state.network, state.beside)):
        if name == NO_NETWORK:
            continue
        breakable = kept.get(name)
        if breakable is None or not (name == session.runs.name and _is_training(session)):
            breakable = _breakable(session, name, breakable)
        state.breakables[name] = breakable


def _breakable(session: Session, name: str, before: BreakableNetwork | None) -> BreakableNetwork:
    """Return a network as it is now, with the measurements if it is the same as before."""
    if name in SHARED:
        shared_resources.embedded()  # raises an error if they are missing
        return shared_breakable(name)
    reader = session.networks.reader(name)
    if before is not None and before.mark == BreakableNetwork.fingerprint(reader.network):
        return before
    session.check_room(reader.network.vector.nbytes + MEASURED * PIXELS * 4)
    return BreakableNetwork(name, reader, session.networks.dev_examples(name, reader))


@st.cache_resource(show_spinner=False)
def shared_breakable(name: str) -> BreakableNetwork:
    """Return a network that all sessions share, with the measurements of all of them."""
    networks = Session.current().networks
    reader = networks.reader(name)
    breakable = BreakableNetwork(name, reader, networks.embedded_dev(name, reader))
    share(breakable)
    return breakable


def _take_latest_weights(name: str) -> None:
    """Take the latest weights of a run in training."""
    state = page_state(BreakState)
    state.breakables.pop(name, None)
    state.is_stale = True


def _is_training(session: Session) -> bool:
    run = session.runs.current
    return run is not None and run.state is State.RUNNING


@st.fragment
def _tools_and_desk(redraw_seconds: float | None) -> None:
    """Show the digit to break, and the desk; a stroke redraws only this."""
    session, state = Session.current(), page_state(BreakState)
    if state.is_stale:
        state.is_stale = False
        st.rerun(scope="app")
    state.hold()
    with st.container(key="break_tools", horizontal=True, vertical_alignment="bottom", gap="small"):
        given = digit_choice.choose_digit(session, state)
        digit_choice.choose_target(state)
        st.button(_("Undo all"), key="undo_all", on_click=state.undo)
        if session.runs.name in state.breakables and _is_training(session):
            st.button(
                _("Latest weights"), key="latest_weights", on_click=_take_latest_weights, args=(session.runs.name,)
            )
    live_fragment(_desk, redraw_seconds)(given)


def _desk(given: tuple[DigitSource, str | None] | None) -> None:
    """Show what is left of the answer; a slider redraws only this.

    Args:
        given: A digit and its class, if known; None for your drawing, which is broken while the pen moves.
    """
    session, state = Session.current(), page_state(BreakState)
    state.hold()
    _what_came(state)
    is_drawn_on = given is None and bool(session.canvas.drawing.unreported())
    damage, colours = state.damage(state.shown[0]), palette()
    with np.errstate(over="ignore", invalid="ignore"):  # a run may have diverged
        is_measured = state.work(0 if is_drawn_on else WORK_SECONDS)  # the pen comes first
    if given is None:
        with st.container(key="break_reading"):
            live = live_reading(session.canvas, state.shown[0].reader)
        shown = _broken(state, live.by, None)
    else:
        source, label = given
        shown = _broken(state, source.read, label)
    with st.container(key="break_desk"):
        with st.container(key="break_before_and_after"):
            before_and_after(shown, colours, state.answered.get("placed", 0), state.put)
        with st.container(key="break_sliders"):
            moved = state.answered.get("moved", 0)
            damage_sliders(state.shown, damage, moved, state.move, state.task.shows, state.may_change)
        with st.container(key="break_network_picture", gap=None):
            picture = network_picture(
                shown[0].reader,
                shown[0].after,
                input_name=_("broken digit"),
                key="network_picture_broken",
                most=MOST_UNITS,
                on_unit=lambda layer, unit: state.toggle(shown[0].breakable.name, (layer, unit)),
            )
            if given is None:
                follow_pen(*_following(state, picture, colours))
            if shown[0].breakable.units and state.may_change("off"):
                st.html(Markup("<p class='note'>{}</p>").format(_("Choose a unit to switch it off.")))
    if state.task.shows("off"):
        st.html(_heading(_("Which units matter")))
        for place, each in enumerate(shown):
            if len(shown) > 1:
                st.html(TEMPLATES.units_of(name=network_title(each.breakable.name), place=place))
            ablation_map(each.breakable, each.damage, partial(state.toggle, each.breakable.name), place)
    if state.task.shows("morph"):
        _morph(state, shown[0], damage)
    follow(TASKS, _parameters)
    if is_measured == state.is_measuring:
        st.rerun(scope="app")  # redraws stop or resume


def _what_came(state: BreakState) -> None:
    """Show the dev accuracy that is left, as the outcome of a prediction in a task or in a preset sent by Train."""
    preset, breakable = page_state(PresetResults).shown_on(routes.BREAK_IT), state.shown[0]
    if (prediction := state.task.prediction) is not None:
        damage = state.damage(breakable)
        right, digits = (None, 0) if damage.essence == Damage() else breakable.total(damage)
        value = None if right is None else in_percent(right / digits)
        predictions.what_came(Outcome(prediction, state.predicted, value, digits))
    elif preset is not None and breakable.name == SMALL:
        right, digits = breakable.total(Damage(tuple(preset.values.items())))
        preset_from_train(routes.BREAK_IT, None if right is None else right / digits, digits)


def _broken(state: BreakState, read: Callable[[Reader], Reading], label: str | None) -> list[Broken]:
    """Return the digit before and after, for each network: `read` reads it with a reader, `label` is its true class."""
    shown = []
    for breakable in state.shown:
        before, damage, classes = read(breakable.reader), state.damage(breakable), breakable.reader.classes
        truth = classes.index(label) if label in classes else int(before.probabilities.argmax())
        with np.errstate(over="ignore", invalid="ignore"):  # a run may have diverged
            image, reader, after = breakable.read(before.image.reshape(PIXELS), truth, damage)
        shown.append(Broken(breakable, damage, before, image, reader, after))
    return shown


def _following(state: BreakState, picture: Callable[..., bytes], colours: Palette) -> tuple[Picture, Follower]:
    """Return the functions that make the picture of the broken network and the panels beside it follow the pen."""
    latest: list[Broken] = []

    def panels(live: LiveReading) -> object:
        latest[:] = _broken(state, live.by, None)
        return [panel(each, colours) for each in latest]

    def picture_of(_reader: Reader, _reading: Reading, known: object, flow: int) -> bytes:
        return picture(latest[0].reader, latest[0].after, known, flow)

    return picture_of, panels


def _morph(state: BreakState, shown: Broken, damage: Damage) -> None:
    """Show the morph from the digit to another."""
    breakable = state.shown[0]
    st.html(_heading(_("From one digit to another")))
    classes = breakable.reader.classes
    if not len(breakable.truths):
        return
    if streamlit_state.has_widget(MORPH_KEY) and streamlit_state.widget_value(MORPH_KEY) not in classes:
        streamlit_state.forget_widget(MORPH_KEY)
    answer = shown.before.digit
    default = classes[0 if answer is None else (answer + 1) % len(classes)]
    target = st.selectbox(
        # Translators: the label of a class: the digit is mixed, step by step, with one of that class.
        _("Towards"), classes, index=classes.index(default), key=MORPH_KEY, width=130, persist_state="session",
        help=_("The class to end with. The network reads as it is broken above."),
    )  # fmt: skip
    image = shown.before.image.reshape(PIXELS).astype(breakable.images.dtype, copy=False)
    colours = palette()
    key = breakable.mark, breakable.breakage(damage), image.tobytes(), target, colours, current()
    if state.morph[0] != key:  # otherwise, it would be recomputed at each redraw while curves are measured
        state.morph = key, morph(breakable, damage, image, classes.index(target), colours)
    st.html(state.morph[1])


def _heading(text: str) -> Markup:
    return Markup("<h2 class='section'>{}</h2>").format(text)


def _downloads(state: BreakState) -> None:
    """Offer the measurements as downloads."""
    st.html(_heading(_("Take away")))
    with st.container(horizontal=True, gap="small"):
        for label, key, file_name, mime in (
            (_("Curves as PNG"), "break_png", "break-it.png", "image/png"),
            (_("Numbers as CSV"), "break_csv", "break-it.csv", "text/csv"),
        ):
            download_button(
                label,
                partial(_file, key, state),
                file_name=file_name,
                key=key,
                mime=mime,
                disabled=state.is_measuring,
                help=_("Once all curves are there.") if state.is_measuring else None,
            )


def _file(key: str, state: BreakState) -> bytes:
    from ui.break_it import summary

    return (summary.as_png if key == "break_png" else summary.as_csv)(state.shown, state.damage(state.shown[0]))
