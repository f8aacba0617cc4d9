"""Break it: damage a network or its digit, and see what the answer depends on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import streamlit as st

from data.dataset import IMAGE_SIDE, PIXELS
from nn.perturbations import Place
from training.percentages import accuracy
from training.run_snapshot import State
from ui import routes
from ui.break_it.ablation_map import ablation_map
from ui.break_it.before_and_after import Broken, before_and_after
from ui.break_it.bench import MEASURED, Bench, Damage, everything
from ui.break_it.damage_sliders import GROUPS, damage_sliders
from ui.break_it.morph import morph
from ui.state import shared_resources, streamlit_state
from ui.state.digit_sources import DigitSource, ImageSource
from ui.state.networks import SHIPPED, SMALL
from ui.state.session import Session
from ui.state.session_memory import share
from ui.state.streamlit_state import page_state
from ui.widgets import canvas, messages
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment
from ui.widgets.network_choice import choose_network
from ui.widgets.network_picture import network_picture
from ui.widgets.next_step import next_step
from ui.widgets.palette import palette
from ui.widgets.preset_results import PresetResults, preset_from_train
from ui.workarounds.persistent_download import download_button

TEMPLATES = Templates("break_it/page.html.j2")

NETWORK_KEY, BESIDE_KEY, SOURCE_KEY, NUMBER_KEY, TARGET_KEY, MORPH_KEY = (
    "break_network",
    "break_beside",
    "break_source",
    "break_number",
    "break_target",
    "break_morph",
)
DRAWING, DEV = "Your drawing", "Dev digit"
NO_NETWORK = "None"
SHARED = (SHIPPED, SMALL)
NO_TARGET = "Any other"

REDRAW_SECONDS = 0.25
WORK_SECONDS = 0.06
"""How long each redraw measures what is still missing."""

MOST_UNITS = 9


@dataclass
class BreakState:
    """What is broken on the page, between visits to it.

    Attributes:
        network: The name of the network; empty before the first visit.
        beside: That of the one beside it, or NO_NETWORK.
        benches: The networks on the page, by name.
        amounts: The amount of each perturbation that changes something.
        off: The units switched off one by one, by the network.
        place: Where the patch lies.
        target: The class that attacks aim at; None for any but the true one.
        answered: The number of the last report of each component.
        drawing: What was on the canvas when the digit was last chosen.
        morph: The way from one digit to another last shown, and what it is of.
        is_measuring: Whether the page was drawn with measurements still to be made.
        is_stale: Whether a network is to be taken up again.
    """

    network: str = ""
    beside: str = NO_NETWORK
    benches: dict[str, Bench] = field(default_factory=dict)
    amounts: dict[str, float] = field(default_factory=dict)
    off: dict[str, frozenset[tuple[int, int]]] = field(default_factory=dict)
    place: Place = field(default_factory=Place)
    target: int | None = None
    answered: dict[str, int] = field(default_factory=dict)
    drawing: tuple[int, ...] = ()
    morph: tuple[object, str] = (None, "")
    is_measuring: bool = True
    is_stale: bool = False

    def damage(self, bench: Bench) -> Damage:
        """Return all that is broken of a network, and of what it reads."""
        off = self.off.get(bench.name, frozenset())
        return Damage(tuple(sorted(self.amounts.items())), off, self.place, self.target)

    @property
    def shown(self) -> list[Bench]:
        """The networks on the page, one or two."""
        return [self.benches[name] for name in dict.fromkeys((self.network, self.beside)) if name in self.benches]

    def work(self, seconds: float) -> bool:
        """Measure what is still missing, for about this long in all; return whether nothing is."""
        missing = [bench for bench in self.shown if not bench.work(self.damage(bench), seconds / len(self.shown))]
        return not missing

    def move(self, name: str, amount: float, number: int) -> None:
        """Move a slider."""
        self.amounts.pop(name, None)
        if amount != everything()[name].none:
            self.amounts[name] = amount
        self.answered["moved"] = number

    def put(self, place: Place, number: int) -> None:
        """Put the patch somewhere else."""
        self.place, self.answered["placed"] = place, number

    def toggle(self, unit: tuple[int, int]) -> None:
        """Switch a hidden unit of the first network, its layer from 1 and its number from 0, off or on again."""
        name = self.shown[0].name
        self.off[name] = self.off.get(name, frozenset()) ^ {unit}

    def show(self, amounts: Mapping[str, float]) -> None:
        """Show the small network with nothing but this damage."""
        self.undo()
        self.network, self.beside, self.target, self.amounts = SMALL, NO_NETWORK, None, dict(amounts)

    def undo(self) -> None:
        """Undo all damage."""
        self.amounts, self.off, self.place = {}, {}, Place()


def page() -> None:
    """Show the page."""
    session, state = Session.attach(), page_state(BreakState)
    if (preset := page_state(PresetResults).arrival(routes.BREAK_IT)) is not None:
        state.show(preset.values)
        streamlit_state.set_widget(TARGET_KEY, NO_TARGET)
    with st.container(key="break_head", horizontal=True, vertical_alignment="bottom"):
        st.html(TEMPLATES.heading(), width="stretch")
        names = [*session.networks.names(), SMALL]
        state.network = choose_network(names, state.network or _first_choice(session), NETWORK_KEY)
        others = [NO_NETWORK, *(each for each in names if each != state.network)]
        if streamlit_state.has_widget(BESIDE_KEY):
            state.beside = streamlit_state.widget_value(BESIDE_KEY)
        streamlit_state.set_widget(BESIDE_KEY, state.beside if state.beside in others else NO_NETWORK)
        state.beside = st.selectbox(
            "Beside it", others, key=BESIDE_KEY, width=230, help="A second network, broken in the same way."
        )
    _put_on_the_bench(session, state)
    state.is_measuring = not state.work(0)
    live_fragment(_desk, REDRAW_SECONDS if state.is_measuring else None)()
    _downloads(state)
    st.html(TEMPLATES.sources(groups=GROUPS))
    next_step(routes.BREAK_IT)


def _first_choice(session: Session) -> str:
    """Return the run that has just been trained, else the network that reads on Draw."""
    run = session.runs.current
    return session.runs.name if run is not None and run.snapshot().position.step else session.networks.chosen


def _put_on_the_bench(session: Session, state: BreakState) -> None:
    """Take up the networks chosen, as they are now; one that trains stays as it was when it was put here."""
    kept = state.benches
    state.benches = {}
    for name in dict.fromkeys((state.network, state.beside)):
        if name == NO_NETWORK:
            continue
        bench = kept.get(name)
        if bench is None or not (name == session.runs.name and _is_training(session)):
            bench = _bench(session, name, bench)
        state.benches[name] = bench


def _bench(session: Session, name: str, before: Bench | None) -> Bench:
    """Return the bench of a network as it is now, with all that has been measured if it is the same as before."""
    if name in SHARED:
        shared_resources.embedded()  # says so if they are missing
        return shared_bench(name)
    reader = session.networks.reader(name)
    if before is not None and before.mark == Bench.fingerprint(reader.network):
        return before
    session.check_room(reader.network.vector.nbytes + MEASURED * PIXELS * 4)
    return Bench(name, reader, session.networks.dev_examples(name, reader))


@st.cache_resource(show_spinner=False)
def shared_bench(name: str) -> Bench:
    """Return the bench of a network that all sessions share, and with it what any of them has measured."""
    networks = Session.current().networks
    reader = networks.reader(name)
    bench = Bench(name, reader, networks.embedded_dev(name, reader))
    share(bench)
    return bench


def _take_latest_weights(name: str) -> None:
    """Put a run that trains on the bench again."""
    state = page_state(BreakState)
    state.benches.pop(name, None)
    state.is_stale = True


def _is_training(session: Session) -> bool:
    run = session.runs.current
    return run is not None and run.state is State.RUNNING


def _desk() -> None:
    """Show what is broken and what is left of the answer; a slider redraws only this."""
    session, state = Session.current(), page_state(BreakState)
    if state.is_stale:
        state.is_stale = False
        st.rerun(scope="app")
    with st.container(key="break_tools", horizontal=True, vertical_alignment="bottom", gap="small"):
        source, label = _choose_digit(session, state)
        _choose_target(state)
        st.button(
            "Undo all", key="undo_all", on_click=state.undo, disabled=not (state.amounts or any(state.off.values()))
        )
        if session.runs.name in state.benches and _is_training(session):
            st.button("Latest weights", key="latest_weights", on_click=_take_latest_weights, args=(session.runs.name,))
    _what_came(state)
    damage, colours = state.damage(state.shown[0]), palette()
    with np.errstate(over="ignore", invalid="ignore"):  # a run may have diverged
        is_measured = state.work(WORK_SECONDS)
        shown = [_broken(bench, source, label, state.damage(bench)) for bench in state.shown]
    with st.container(key="break_desk"):
        with st.container(key="break_before_and_after"):
            before_and_after(shown, colours, state.answered.get("placed", 0), state.put)
        with st.container(key="break_sliders"):
            damage_sliders(state.shown, damage, state.answered.get("moved", 0), state.move)
        with st.container(key="break_network_picture", gap=None):
            network_picture(
                shown[0].reader,
                shown[0].after,
                input_name="broken digit",
                key="network_picture_broken",
                most=MOST_UNITS,
                on_unit=lambda layer, unit: state.toggle((layer, unit)),
            )
            if shown[0].bench.units:
                st.html("<p class='note'>Choose a unit to switch it off.</p>")
    st.html("<h2 class='section'>Which units matter</h2>")
    ablation_map(state.shown[0], damage, state.toggle)
    _morph(state, shown[0], damage)
    if is_measured == state.is_measuring:
        st.rerun(scope="app")  # the redraws end, or begin again


def _what_came(state: BreakState) -> None:
    """Say of a preset that Train sent here what dev accuracy it leaves."""
    preset, bench = page_state(PresetResults).shown_on(routes.BREAK_IT), state.shown[0]
    if preset is not None and bench.name == SMALL:
        right, digits = bench.total(Damage(tuple(preset.values.items())))
        share = None if right is None else right / digits
        preset_from_train(routes.BREAK_IT, share, "" if share is None else accuracy(share, digits))


def _broken(bench: Bench, source: DigitSource, label: str | None, damage: Damage) -> Broken:
    before = source.read(bench.reader)
    truth = bench.reader.classes.index(label) if label in bench.reader.classes else int(before.probabilities.argmax())
    image, reader, after = bench.read(before.image.reshape(PIXELS), truth, damage)
    return Broken(bench, damage, before, image, reader, after)


def _choose_digit(session: Session, state: BreakState) -> tuple[DigitSource, str | None]:
    """Choose your drawing or a dev digit; return it and its true class, if that is known."""
    dev = state.shown[0].dev
    drawing = canvas.digit_source(session.canvas)
    options = [DRAWING, DEV] if drawing is not None else [DEV]
    content = session.canvas
    drawn = content.drawing.revision, len(content.drawing.objects), content.uploaded.uploads
    if drawn != state.drawing:  # what has just been drawn is what is to be broken
        state.drawing = drawn
        streamlit_state.set_widget(SOURCE_KEY, options[0])
    if streamlit_state.has_widget(SOURCE_KEY) and streamlit_state.widget_value(SOURCE_KEY) not in options:
        streamlit_state.set_widget(SOURCE_KEY, DEV)
    source = st.segmented_control(
        "Digit", options, default=options[0], required=True, key=SOURCE_KEY, persist_state="session",
        help="Your drawing is the one on Draw.",
    )  # fmt: skip
    if source == DRAWING and drawing is not None:
        return drawing, None
    if drawing is None:
        st.page_link(routes.page(routes.DRAW), label="Draw your own")
    if not len(dev):
        return ImageSource(np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)), None
    if streamlit_state.has_widget(NUMBER_KEY) and streamlit_state.widget_value(NUMBER_KEY) > len(dev):
        streamlit_state.set_widget(NUMBER_KEY, 1)
    number = st.number_input(
        "Number", min_value=1, max_value=len(dev), step=1, key=NUMBER_KEY, width=128, persist_state="session",
        help=f"Which of the {len(dev):,} dev digits.",
    )  # fmt: skip
    images, labels = dev.take(dev.rows[[int(number) - 1]])
    return ImageSource(images[0].reshape(IMAGE_SIDE, IMAGE_SIDE)), dev.classes[labels[0]]


def _choose_target(state: BreakState) -> None:
    classes = state.shown[0].reader.classes
    options = [NO_TARGET, *classes]
    if streamlit_state.has_widget(TARGET_KEY) and streamlit_state.widget_value(TARGET_KEY) not in options:
        streamlit_state.set_widget(TARGET_KEY, NO_TARGET)
    chosen = st.selectbox(
        "Attacks aim at", options, key=TARGET_KEY, width=130, persist_state="session", format_func=messages.plain,
        help="Any other: away from the true class. Otherwise towards this one, whatever the digit.",
    )  # fmt: skip
    state.target = None if chosen == NO_TARGET else classes.index(chosen)


def _morph(state: BreakState, shown: Broken, damage: Damage) -> None:
    """Show the way from the digit to another."""
    bench = state.shown[0]
    st.html("<h2 class='section'>From one digit to another</h2>")
    classes = bench.reader.classes
    if not len(bench.truths):
        return
    if streamlit_state.has_widget(MORPH_KEY) and streamlit_state.widget_value(MORPH_KEY) not in classes:
        streamlit_state.forget_widget(MORPH_KEY)
    answer = shown.before.digit
    default = classes[0 if answer is None else (answer + 1) % len(classes)]
    target = st.selectbox(
        "Towards", classes, index=classes.index(default), key=MORPH_KEY, width=130, persist_state="session",
        format_func=messages.plain, help="The class to end with. The network reads as it is broken above.",
    )  # fmt: skip
    image = shown.before.image.reshape(PIXELS).astype(bench.images.dtype, copy=False)
    colours = palette()
    key = bench.mark, bench.breakage(damage), image.tobytes(), target, colours
    if state.morph[0] != key:  # while curves are measured, it would be made anew at each redraw
        state.morph = key, morph(bench, damage, image, classes.index(target), colours)
    st.html(state.morph[1])


def _downloads(state: BreakState) -> None:
    """Offer what was measured."""
    st.html("<h2 class='section'>Take away</h2>")
    with st.container(horizontal=True, gap="small"):
        for label, key, file_name, mime in (
            ("Curves as PNG", "break_png", "break-it.png", "image/png"),
            ("Numbers as CSV", "break_csv", "break-it.csv", "text/csv"),
        ):
            download_button(
                label,
                partial(_file, key, state),
                file_name=file_name,
                key=key,
                mime=mime,
                disabled=state.is_measuring,
                help="Once all curves are there." if state.is_measuring else None,
            )


def _file(key: str, state: BreakState) -> bytes:
    from ui.break_it import summary

    return (summary.as_png if key == "break_png" else summary.as_csv)(state.shown, state.damage(state.shown[0]))
