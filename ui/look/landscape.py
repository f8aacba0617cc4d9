"""The landscape: the loss on a plane through a run's path, as contours with the path on them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from time import monotonic
from weakref import ref

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from models.reader import Reader
from nn.batches import as_inputs
from nn.evaluation import evaluate
from nn.landscape import Landscape, nearest_plane, ticks_around
from nn.network import Floats, Labels, Network
from training.checkpoint_signs import sample_size
from training.checkpoints import Checkpoint
from training.percentages import percent
from training.run import Run
from training.run_snapshot import Snapshot, State
from ui.look.replay import WITHIN, choose_step, replay_of, replay_or_notice, replay_status
from ui.look.starting_point import LookState
from ui.serving.budgets import OverBudgetError
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import messages
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.html_templates import Templates, clickable_html
from ui.widgets.live_fragment import live_fragment
from ui.widgets.number_format import loss
from ui.widgets.palette import Palette, palette
from ui.widgets.replay_slider import Replay

TEMPLATES = Templates("look/landscape.html.j2")

SIDE, SIDE_WHILE_TRAINING = 21, 11
"""Points computed along each side."""

SECONDS_BETWEEN, LARGEST_SHARE = 4.0, 0.05
"""The shortest time between landscapes while the run trains, and the share of time that computing one may take."""

BYTES_PER_PARAMETER = 20
"""The memory of a landscape being computed: a plane of three vectors, and the last networks of two paths."""

REDRAW_SECONDS, COMPUTING_SECONDS, SLICE_SECONDS = 0.5, 0.15, 0.06
"""Seconds between redraws in general and while there is something to compute, and seconds of computing per redraw."""

LEAST_STEPS = 3
"""The fewest checkpoints that determine a plane."""

BANDS, PIXELS, DARKEST = 14, 480, 0.62
"""Bands between contours, pixels of the picture along each side, and how much ink the highest band has."""


@dataclass(eq=False)
class Terrain:
    """The landscape of some checkpoints.

    Attributes:
        way: Weak references to the checkpoints, oldest first; only the run keeps them.
        last: The last checkpoint, which the run may not keep.
        steps: (k,) the steps of the checkpoints.
        parameters: The number of parameters of their networks.
        path: (k, 2) the projections of the checkpoints onto the plane nearest to them.
        held: (2,) the share of the path's variance that each direction of the plane holds.
        xs, ys: (side,) the coordinates where the loss is computed.
        losses: (side, side) nats, at (ys, xs); NaN where not yet computed.
        own: (k,) the losses of the checkpoints themselves, on the same digits; NaN as above.
        shadows: (k,) the losses at their projections.
        examples: The number of digits.
        spent: The seconds of computing so far.
    """

    way: tuple[ref[Checkpoint], ...]
    last: Checkpoint
    steps: Sequence[int]
    parameters: int
    path: NDArray[np.float64]
    held: NDArray[np.float64]
    xs: NDArray[np.float64]
    ys: NDArray[np.float64]
    losses: NDArray[np.float64]
    own: NDArray[np.float64]
    shadows: NDArray[np.float64]
    examples: int
    spent: float = 0.0
    _work: Iterator[None] = field(default_factory=lambda: iter(()))

    @classmethod
    def of(cls, way: Sequence[Checkpoint], run: Run, side: int) -> "Terrain":
        """Return a landscape of which nothing is computed yet."""
        pixels, labels = run.split.train.take(limit=sample_size(way[0].network))
        terrain = cls(
            way=tuple(map(ref, way)),
            last=way[-1],
            steps=[each.step for each in way],
            parameters=way[0].network.vector.size,
            path=np.zeros((len(way), 2)),
            held=np.zeros(2),
            xs=np.zeros(side),
            ys=np.zeros(side),
            losses=np.full((side, side), np.nan),
            own=np.full(len(way), np.nan),
            shadows=np.full(len(way), np.nan),
            examples=len(labels),
        )
        terrain._work = terrain._computed([each.network for each in way], as_inputs(pixels), labels)
        return terrain

    def _computed(self, networks: Sequence[Network], images: Floats, labels: Labels) -> Iterator[None]:
        """Compute the landscape piece by piece. Data needed only here, above all the plane, are freed afterwards."""
        found = yield from nearest_plane([each.vector for each in networks])
        self.path, self.held = found.path, found.held
        self.xs, self.ys = (ticks_around(each, len(self.losses)) for each in found.path.T)
        landscape = Landscape(networks[0], found.plane, images, labels)
        yield
        for place, ((x, y), network) in enumerate(zip(found.path.tolist(), networks, strict=True)):
            with np.errstate(over="ignore", invalid="ignore"):  # the weights may be about to diverge
                self.own[place] = evaluate(network, images, labels).loss
            self.shadows[place] = landscape.loss(x, y)
            yield
        for row, column in np.ndindex(self.losses.shape):
            self.losses[row, column] = landscape.loss(float(self.xs[column]), float(self.ys[row]))
            yield

    @property
    def seconds_between(self) -> float:
        """The seconds between the start of this landscape and the start of the next while the run trains."""
        return max(SECONDS_BETWEEN, self.spent / LARGEST_SHARE)

    @property
    def done(self) -> float:
        """The share of the points computed, in [0, 1]."""
        return float(np.mean(~np.isnan(self.losses)))

    def advance(self, seconds: float) -> None:
        """Compute for about this long."""
        began = monotonic()
        for _piece in self._work:
            if monotonic() > began + seconds:
                break
        self.spent += monotonic() - began


@dataclass
class Landscapes:
    """The landscape shown, and the next one until it is complete.

    Attributes:
        shown: The last complete landscape.
        next: The landscape being computed.
        begun_at: When the latter was begun, in seconds on the monotonic clock.
        run: The run that they belong to.
        clicked: Whether a step was clicked, which the whole page then replays.
    """

    shown: Terrain | None = None
    next: Terrain | None = None
    begun_at: float = field(default=-np.inf)
    run: Run | None = None
    clicked: bool = False

    def take_up(self, run: Run) -> None:
        """Start over if this is another run."""
        if self.run is not run:
            self.run, self.shown, self.next = run, None, None

    def advance(self, run: Run, snapshot: Snapshot) -> None:
        """Begin the landscape of the latest checkpoints if it is due, and compute a part of it."""
        running, latest = snapshot.state is State.RUNNING, self.next or self.shown
        way = snapshot.checkpoints if running else (*snapshot.checkpoints, *_end(snapshot, latest))
        side = SIDE_WHILE_TRAINING if running else SIDE
        due = not running or latest is None or monotonic() - self.begun_at > latest.seconds_between
        is_other = latest is None or latest.way != tuple(map(ref, way)) or len(latest.xs) != side
        if len(way) >= LEAST_STEPS and due and is_other:
            self.next, self.begun_at = Terrain.of(way, run, side), monotonic()
        elif self.next is not None:
            self.next.advance(SLICE_SECONDS)
            if self.next.done == 1:
                self.shown, self.next = self.next, None


def _end(snapshot: Snapshot, latest: Terrain | None) -> list[Checkpoint]:
    """Return the last step if it is not a checkpoint, as in the latest landscape if the network is the same."""
    if snapshot.position.step <= snapshot.checkpoints[-1].step:
        return []
    before = snapshot.checkpoint if latest is None else latest.last
    same = before.step == snapshot.position.step and np.array_equal(before.network.vector, snapshot.network.vector)
    return [before if same else snapshot.checkpoint]


def heading(reader: Reader) -> Markup:  # noqa: ARG001 - same signature as other views
    """Return the heading of the view."""
    return TEMPLATES.heading()


def show(session: Session, network: str, reader: Reader) -> None:
    """Show the landscape of a run."""
    replay = replay_or_notice(session, network)
    if replay is None:
        return
    snapshot, state = replay.run.snapshot(), page_state(Landscapes)
    state.take_up(replay.run)
    if state.next is None and state.shown is None:
        try:
            session.check_room(BYTES_PER_PARAMETER * reader.network.vector.size)
        except OverBudgetError as refused:
            messages.problem(str(refused))
            return
    running = snapshot.state is State.RUNNING
    state.advance(replay.run, snapshot)
    computing = state.next is not None
    with st.container(key=WITHIN):
        every = COMPUTING_SECONDS if computing else REDRAW_SECONDS if running else None
        live_fragment(_terrain, every)(network, running, computing)
        choose_step()
    st.html(TEMPLATES.how())


def _terrain(network: str, running: bool, computing: bool) -> None:  # noqa: FBT001 - as they were when the page was drawn
    """Compute a part of the next landscape, and show the last complete one."""
    replay = replay_of(Session.current().runs, network)
    if replay is None:
        return
    snapshot, state = replay.run.snapshot(), page_state(Landscapes)
    if computing or running:
        state.take_up(replay.run)
        state.advance(replay.run, snapshot)
    if replay.replayed is not None and replay.replayed.step > snapshot.position.step:
        replay.replay(None)  # the run was reset
    replay_status(replay, snapshot)
    kept = len(snapshot.checkpoints)
    st.html(TEMPLATES.progress(done=state.next.done if state.next else 1.0, kept=kept, least=LEAST_STEPS))
    if state.shown is not None:
        clickable_html(_drawn(state.shown, replay, palette()), "terrain", _replay)
    clicked, state.clicked = state.clicked, False
    stopped = running and snapshot.state is not State.RUNNING
    if clicked or stopped or (not running and computing != (state.next is not None)):
        st.rerun(scope="app")


def _replay(step: str) -> None:
    session, state = Session.current(), page_state(Landscapes)
    replay = replay_of(session.runs, page_state(LookState).network)
    if replay is not None:
        is_kept = any(each.step == int(step) for each in replay.run.snapshot().checkpoints)
        replay.replay(int(step) if is_kept else None)
        state.clicked = True


def _drawn(terrain: Terrain, replay: Replay, colours: Palette) -> Markup:
    """Return the contours with the path on them, and the values to read off."""
    places = np.stack(
        [
            (terrain.path[:, 0] - terrain.xs[0]) / (terrain.xs[-1] - terrain.xs[0]),
            (terrain.ys[-1] - terrain.path[:, 1]) / (terrain.ys[-1] - terrain.ys[0]),  # upwards on the screen
        ],
        axis=1,
    )
    shown = len(terrain.steps) - 1
    if replay.replayed is not None:
        shown = int(np.argmin([abs(each - replay.replayed.step) for each in terrain.steps]))
    finite = terrain.losses[np.isfinite(terrain.losses)]
    return TEMPLATES.terrain(
        image=data_uri(ink_picture(banded(terrain.losses), colours)),
        dots=[
            {"x": 100 * x, "y": 100 * y, "step": step, "loss": loss(own)}
            for (x, y), step, own in zip(places.tolist(), terrain.steps, terrain.own.tolist(), strict=True)
        ],
        shown=shown,
        held=percent(float(terrain.held.sum())),
        each_held=[percent(float(each)) for each in terrain.held],
        steps=len(terrain.steps),
        dimensions=terrain.parameters,
        low=loss(float(finite.min(initial=np.inf))),
        high=loss(float(finite.max(initial=0))),
        own=loss(float(terrain.own[shown])),
        shadow=loss(float(terrain.shadows[shown])),
        examples=terrain.examples,
        darkest=DARKEST,
    )


def banded(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return losses (side, side) as a picture (PIXELS, PIXELS) of bands in [0, DARKEST], equally spaced in log loss.

    The first row of losses is at the bottom of the picture; losses are interpolated between the points.
    """
    finite = losses[np.isfinite(losses) & (losses > 0)]
    if not len(finite):
        return np.full((PIXELS, PIXELS), DARKEST)
    heights = np.log(np.clip(np.nan_to_num(losses, posinf=float(finite.max())), finite.min(), finite.max()))
    places, fine = np.arange(len(losses)), np.linspace(0, len(losses) - 1, PIXELS)
    rows = np.stack([np.interp(fine, places, row) for row in heights])  # (side, PIXELS)
    smooth = np.stack([np.interp(fine, places, column) for column in rows.T], axis=1)[::-1]  # (PIXELS, PIXELS)
    span = float(np.ptp(heights)) or 1.0
    bands = np.minimum(np.floor(BANDS * (smooth - heights.min()) / span), BANDS - 1)
    picture: NDArray[np.float64] = DARKEST * bands / (BANDS - 1)
    return picture
