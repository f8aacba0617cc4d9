"""Train: a network of one's own, live, with its settings turned while it runs."""

from dataclasses import replace
from html import escape

import numpy as np
import streamlit as st

from data.dataset import SIDE, DataError
from models import weights
from models.raw_arrays import MAX_FILE_BYTES
from models.reader import Reader
from nn.augmentation import distort
from nn.batches import as_inputs
from nn.evaluation import evaluate
from nn.network import Network
from training.diagnosis import Finding, diagnose
from training.history import to_csv
from training.presets import PRESETS, Preset
from training.run import FULL_SPEED, Run, Snapshot, State
from training.settings import DISTORTION, Settings
from ui import charts, controls, navigation, notices, session
from ui.palette import Palette, palette
from ui.pictures import data_uri, ink_picture, signed_picture, tiles
from ui.session import Refused, Session, TestResult

REDRAW_SECONDS = 0.24
"""Between two looks at the curves."""

PICTURES_SECONDS = 2.0
"""Between two looks at the weights, the test digits and what goes wrong, which cost more and change less."""

SPEEDS = {"1/s": 1.0, "10/s": 10.0, "100/s": 100.0, "Full": FULL_SPEED}

PLOTS: dict[charts.Quantity, int] = {"loss": 170, "accuracy": 190}
"""The plots from top to bottom, and their heights in pixels."""

DIAGNOSED = 500
"""Training digits on which hidden units are looked at for dead ones."""

UNITS_SHOWN = 64
SAMPLES_SHOWN = 24
DISTORTED_DIGITS, DISTORTED_TURNS = 4, 7


def page() -> None:
    """Show the page."""
    mine = session.attach()
    if mine.turned:
        controls.turn_to(mine.wanted)
        mine.turned = False
    with st.container(key="train_head"):
        st.html(_head(mine))
        _presets(mine)
    with st.container(key="train_desk"):
        with st.container(key="settings"):
            _settings()
        if mine.run is None:
            return
        running = mine.run.state is State.RUNNING
        with st.container(key="progress"):
            _drive(mine, mine.run)
            st.fragment(_live, run_every=REDRAW_SECONDS if running else None)(running)
            st.fragment(_trouble, run_every=PICTURES_SECONDS if running else None)()
        with st.container(key="inside"):
            st.fragment(_inside, run_every=PICTURES_SECONDS if running else None)()
            _take_away(mine, mine.run)


def _head(mine: Session) -> str:
    lead = mine.preset.watch if mine.preset else "Turn α, λ and the rest while it learns."
    if mine.waiting:
        lead = f"<span class='waiting' role='status'>{controls.need_of_a_new_run(mine.waiting)}</span>"
    return f"<h1>Train a network</h1><p class='lead'>{lead}</p>"


def _presets(mine: Session) -> None:
    """Offer settings worth trying; one that is chosen begins a run, and says what to watch."""
    with st.popover("Presets", key=f"presets_{mine.run_number}", help="Settings worth trying, and what to watch."):
        for number, preset in enumerate(PRESETS):
            st.button(
                preset.name,
                key=f"preset_{number}",
                on_click=_take,
                args=(mine, preset),
                type="tertiary",
            )


def _take(mine: Session, preset: Preset) -> None:
    mine.turn_to(preset.settings(mine.wanted))
    _begin(mine)


@st.fragment
def _settings() -> None:
    """Show the settings; what a running network can take up takes hold at its next step."""
    mine = session.current()
    mine.wanted = controls.settings_panel(mine)
    if mine.run is None:
        _begin(mine)
        st.rerun(scope="app")
    waiting = mine.run.change(mine.wanted)
    if waiting != mine.waiting:
        mine.waiting = waiting
        if waiting:
            st.toast(controls.need_of_a_new_run(waiting))
        st.rerun(scope="app")
    if mine.refused is not None and mine.refused.settings == mine.wanted:
        notices.problem(mine.refused.reason)


def _begin(mine: Session) -> None:
    """Begin a run with the settings wanted; where their data cannot be had, say why and keep the run there is."""
    mine.refused = None
    try:
        mine.new_run(mine.wanted)
    except DataError as error:
        mine.refused = Refused(mine.wanted, str(error))
        if mine.run is None:
            own = Settings()
            mine.new_run(replace(mine.wanted, dataset=own.dataset, dev_size=own.dev_size, test_size=own.test_size))


def _drive(mine: Session, run: Run) -> None:
    """The buttons that drive a run, and its speed."""
    running = run.state is State.RUNNING

    def train() -> None:
        run.start()
        mine.train()

    def step() -> None:
        run.step()
        mine.train()

    def epoch() -> None:
        run.epoch()
        mine.train()

    def reset() -> None:
        run.reset()
        mine.test_result = None

    with st.container(key="drive", horizontal=True, gap="small", vertical_alignment="bottom"):
        label, pressed = ("Pause", run.pause) if running else ("Train", train)
        st.button(label, key="train", type="primary", on_click=pressed, width=96)
        st.button("Step", key="step", on_click=step, disabled=running, help="One mini-batch, then pause.")
        st.button("Epoch", key="epoch", on_click=epoch, disabled=running, help="To the end of the epoch, then pause.")
        st.button("Reset", key="reset", on_click=reset, help="Back to the very same initial weights.")
        st.button(
            "New run",
            key="new_run",
            type="primary" if mine.waiting else "secondary",
            on_click=_begin,
            args=(mine,),
            help="A new network with the settings as they are. The network of this run is kept for drawing.",
        )
        speed = st.segmented_control(
            "Speed",
            list(SPEEDS),
            default="Full",
            required=True,
            key="speed",
            persist_state="session",
            help="Steps a second, from slow motion to as fast as the machine goes.",
        )
        run.set_speed(SPEEDS[speed or "Full"])
        if run.state is State.RUNNING:
            mine.train()  # a new speed takes hold now, not when the run would have gone on at the old one


def _live(running: bool) -> None:  # noqa: FBT001 - whether it was training when the page was drawn
    """Show where the run stands; while it trains this part runs again four times a second."""
    mine = session.current()
    run = mine.run
    if run is None:
        return
    snapshot, colours = run.snapshot(), palette()
    st.html(_status(snapshot))
    for quantity, height in PLOTS.items():
        st.html(_curve_title(quantity, snapshot))
        st.vega_lite_chart(
            charts.curve_points(snapshot.measurements, snapshot.changes, quantity),
            charts.curves(
                quantity,
                colours,
                height=height,
                steps_shown=quantity == "accuracy",
                changed=bool(snapshot.changes),
            ),
            key=f"{quantity}_curves",
            alt=f"{quantity.capitalize()} of train and dev along the steps",
        )
    if running and snapshot.state is not State.RUNNING:
        st.rerun(scope="app")


def _inside() -> None:
    """Show what the network looks for, and what it reads in a few test digits."""
    run = session.current().run
    if run is None:
        return
    network, colours = run.network(), palette()
    if run.settings.distortion == "on":
        st.html(_distorted(run, colours))
    st.html(_hidden_units(network, colours))
    st.html(_samples(run, network, colours))


def _trouble() -> None:
    """Say what goes wrong, if anything does, beside a button that mends it where one can."""
    mine = session.current()
    run = mine.run
    if run is None:
        return
    if mine.turned:
        st.rerun(scope="app")
    images, _ = run.split.train.take(limit=DIAGNOSED)
    snapshot = run.snapshot()
    finding = diagnose(snapshot, run.network(), as_inputs(images))
    if finding is None:
        if snapshot.message:
            st.warning(snapshot.message)
    else:
        st.warning(f"**{finding.trouble.value}.** {finding.evidence}")
        st.button(finding.remedy, key="remedy", on_click=_mend, args=(finding,))


def _mend(finding: Finding) -> None:
    mine = session.current()
    run = mine.run
    if run is None:
        return
    mine.turn_to(finding.settings)
    run.change(finding.settings)
    if finding.anew:
        run.reset()
        mine.test_result = None
    run.start()
    mine.train()


def _status(snapshot: Snapshot) -> str:
    """One line: where it stands, how far it has come, how fast it goes, how long it will take."""
    position = snapshot.position
    words = [
        f"<span><strong>{snapshot.state.value}</strong></span>",
        f"<span>step {position.step:,}</span>",
        f"<span>epoch {position.epoch:,} of {snapshot.last_epoch:,}</span>",
    ]
    if snapshot.state is State.READY:
        words.append("<span class='hint'>press Train, and watch it learn</span>")
    if snapshot.examples_per_second:
        words.append(f"<span>{snapshot.examples_per_second:,.0f} digits/s</span>")
    if snapshot.seconds_left is not None:
        words.append(f"<span>{_duration(snapshot.seconds_left)} left</span>")
    return (
        f"<p class='status' id='status'>{''.join(words)}</p>"
        f"<div class='progress'><span style='width:{100 * snapshot.progress:.2f}%'></span></div>"
    )


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s"
    return f"{seconds // 3600:.0f} h {seconds % 3600 // 60:02.0f} min"


def _curve_title(quantity: charts.Quantity, snapshot: Snapshot) -> str:
    """The name of a plot, with the latest values of its two curves, which are its legend too."""
    last = snapshot.measurements[-1]
    if quantity == "accuracy":
        train, dev = f"{last.train_accuracy:.1%}", f"{last.dev_accuracy:.1%}"
    else:
        train, dev = _loss(last.train_loss), _loss(last.dev_loss)
    return (
        f"<div class='curve_title'><h2>{quantity.capitalize()}</h2>"
        f"<span class='train'>train <b>{train}</b></span>"
        f"<span class='dev'>dev <b id='dev_{quantity}'>{dev}</b></span></div>"
    )


def _loss(loss: float) -> str:
    return f"{loss:.3f}" if loss < 1000 else f"{loss:.2e}"


def _hidden_units(network: Network, colours: Palette) -> str:
    """The weights from the pixels to each hidden unit as pictures."""
    W = network.weights[0]  # (784, units)
    shown = min(UNITS_SHOWN, W.shape[1])
    images = W[:, :shown].T.reshape(shown, SIDE, SIDE)
    columns = 16 if shown > 10 else shown
    picture = signed_picture(tiles(images, columns), colours, limit=float(np.quantile(np.abs(images), 0.995)))
    of_all = f"{shown} of {W.shape[1]:,}" if shown < W.shape[1] else f"{shown:,}"
    what = "hidden units" if len(network.weights) > 1 else "digits"
    return (
        f"<h2 class='section'>What each unit looks for</h2>"
        f"<p class='note'>Weights from the pixels to {of_all} {what}: "
        f"<span class='negative'>blue</span> speaks against, <span class='positive'>orange</span> for.</p>"
        f"<img class='pixels wide' id='hidden_units' alt='Weights of {of_all} {what}' src='{data_uri(picture)}'>"
    )


def _distorted(run: Run, colours: Palette) -> str:
    """A few training digits, each beside what distortion makes of it."""
    images, _ = run.split.train.take(limit=DISTORTED_DIGITS)
    seen = [
        distort(images, DISTORTION, rng=np.random.default_rng(turn)).reshape(-1, SIDE, SIDE)
        for turn in range(DISTORTED_TURNS)
    ]
    rows = np.concatenate([images.reshape(1, -1, SIDE, SIDE) / 255, np.stack(seen)]).swapaxes(0, 1)
    sheet = tiles(rows.reshape(-1, SIDE, SIDE), (DISTORTED_TURNS + 1) * 2)
    return (
        "<h2 class='section'>What distortion does</h2>"
        f"<p class='note'>A training digit, then {DISTORTED_TURNS} of the ways in which the network sees it.</p>"
        f"<img class='pixels wide' id='distorted' alt='Training digits and their distortions' "
        f"src='{data_uri(ink_picture(sheet, colours))}'>"
    )


def _samples(run: Run, network: Network, colours: Palette) -> str:
    """Test digits with what the network reads and what they are."""
    images, labels = run.split.test.take(limit=SAMPLES_SHOWN)
    classes = run.split.test.classes
    read = Reader(network).probabilities(images).argmax(axis=1)
    # One picture for all: it is sent at each redraw, and each cell shows its part of it.
    sheet = ink_picture(np.hstack(list(images.reshape(-1, SIDE, SIDE))) / 255, colours)
    cells = []
    for index, (label, guess) in enumerate(zip(labels, read, strict=True)):
        right = guess == label
        name, truth = escape(classes[guess]), escape(classes[label])
        caption = name if right else f"{name} <small>is {truth}</small>"
        cells.append(
            f"<li class='{'right' if right else 'wrong'}'><i role='img' aria-label='{truth}' "
            f"style='--place:{index / max(len(labels) - 1, 1):.2%}'></i><span>{caption}</span></li>"
        )
    return (
        "<h2 class='section'>Test digits</h2>"
        f"<p class='note'>What it reads now in {len(cells)} digits that it never learns from.</p>"
        f"<ul class='samples' style='--sheet:url({data_uri(sheet)});--digits:{len(cells)}'>{''.join(cells)}</ul>"
    )


def _take_away(mine: Session, run: Run) -> None:
    """Test accuracy when asked for, drawing for this network, downloads, upload."""
    with st.container(key="after", horizontal=True, gap="small", vertical_alignment="center"):
        if st.button("Measure on test", key="test", help="Look at the test set once, when you have chosen."):
            test = run.split.test
            step = run.snapshot().position.step
            mine.test_result = TestResult(step, evaluate(run.network(), test.images, test.labels, test.rows))
        if st.button("Draw for this network", key="draw_for_run"):
            mine.chosen_network = mine.run_name
            session.forget_widget("network")
            st.switch_page(navigation.draw(), query_params={})
    if mine.test_result is not None:
        result = mine.test_result
        st.html(
            f"<p class='status' id='test_result'><span><strong>Test accuracy {result.evaluation.accuracy:.2%}</strong>"
            f"</span><span>{len(run.split.test):,} digits</span><span>at step {result.step:,}</span></p>"
        )
    st.html("<h2 class='section'>Take it away</h2>")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        chosen: weights.Format = st.selectbox(
            "Weights as", weights.FORMATS, key="format", width=150, persist_state="session"
        )
        stem = mine.run_name.lower().replace(" ", "-")
        st.download_button(
            "Weights",
            lambda: weights.save(mine.saved_run(), chosen),
            file_name=f"{stem}.{chosen}",
            key="download_weights",
            on_click="ignore",
        )
        st.download_button(
            "History",
            lambda: _history(run),
            file_name=f"{stem}.csv",
            mime="text/csv",
            key="download_history",
            on_click="ignore",
            help="Every measurement as CSV.",
        )
        st.download_button(
            "Figure",
            lambda: _figure(run, mine.run_name),
            file_name=f"{stem}.png",
            mime="image/png",
            key="download_figure",
            on_click="ignore",
            help="Loss and accuracy as PNG.",
        )
    _upload(mine)


def _history(run: Run) -> str:
    snapshot = run.snapshot()
    return to_csv(snapshot.measurements, snapshot.changes)


def _figure(run: Run, name: str) -> bytes:
    from training import figures

    snapshot = run.snapshot()
    return figures.png(figures.training_metrics(snapshot.measurements, snapshot.changes, title=name))


def _upload(mine: Session) -> None:
    """Weights from a file, for reading drawings."""
    st.file_uploader(
        "Upload weights",
        type=list(weights.FORMATS),
        key="upload_weights",
        max_upload_size=MAX_FILE_BYTES >> 20,
        help="A network saved here or elsewhere as .npz, .safetensors or .pkl, to draw for.",
        on_change=_read_weights,
        args=(mine,),
    )
    file = session.widget("upload_weights")
    if file is not None and mine.weights_problem:
        notices.problem(mine.weights_problem)
    elif file is not None and file.name in mine.kept:
        notices.done(f"{file.name} can be chosen as the network on the Draw page.")


def _read_weights(mine: Session) -> None:
    """Read the file just uploaded, once."""
    mine.weights_problem = ""
    file = session.widget("upload_weights")
    if file is None:
        return
    try:
        saved = weights.load(file.getvalue(), file.name)
        Reader(saved)
    except ValueError as error:
        mine.weights_problem = str(error)
    else:
        mine.keep(file.name, saved)
