"""The engine: gradients, updates, weights, dead units and activations of each layer along a run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from language.numbers import fixed, general
from language.translation import _
from models.reader import Reader
from nn.vital_signs import LayerSigns
from training.checkpoint_signs import checkpoint_signs, sample_size
from training.checkpoints import Checkpoint
from training.percentages import percent
from training.run_snapshot import Snapshot, State
from ui.look.replay import WITHIN, choose_step, replay_of, replay_or_notice, replay_status
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import curves
from ui.widgets.curves import Curve, Plot
from ui.widgets.html_templates import Templates
from ui.widgets.live_fragment import live_fragment
from ui.widgets.replay_slider import Replay

TEMPLATES = Templates("look/engine.html.j2")

REDRAW_SECONDS, MEASURING_SECONDS = 0.5, 0.15
"""Seconds between redraws while the run trains, and while checkpoints remain to be measured."""

SLICE_SECONDS = 0.06
"""The seconds of measuring after which a redraw comes before the next checkpoint."""

HEIGHT = 86
"""The height of a plot, in pixels."""

BARS = 30
"""Bars shown in a histogram."""

HEALTHY_RATIO = 1e-3

_GRADIENT, _UPDATE, _DEAD, _WEIGHTS = "log_gradient", "log_update", "share_dead", "size_weights"


@dataclass
class Engine:
    """The measurements.

    Attributes:
        signs: The vital signs of each layer, by checkpoint.
    """

    signs: dict[Checkpoint, tuple[LayerSigns, ...]] = field(default_factory=dict)

    def measure(self, replay: Replay, snapshot: Snapshot) -> list[Checkpoint]:
        """Measure checkpoints for a while, the newest first, and return those measured, oldest first."""
        wanted = list(snapshot.checkpoints)
        if snapshot.state is not State.RUNNING and snapshot.position.step > wanted[-1].step:
            wanted.append(self._last(snapshot))
        self.signs = {each: self.signs[each] for each in wanted if each in self.signs}
        until = monotonic() + SLICE_SECONDS
        for each in reversed(wanted):
            if each not in self.signs:
                if monotonic() > until:
                    break
                self.signs[each] = checkpoint_signs(each, snapshot.settings, snapshot.changes, replay.run.split)
        return wanted

    def _last(self, snapshot: Snapshot) -> Checkpoint:
        """Return the latest network as a checkpoint: the one already measured, if it is still the same."""
        for each in self.signs:
            if each.step == snapshot.position.step and np.array_equal(each.network.vector, snapshot.network.vector):
                return each
        return snapshot.checkpoint


def heading(reader: Reader) -> Markup:  # noqa: ARG001 - same signature as other views
    """Return the heading of the view."""
    return TEMPLATES.heading()


def show(session: Session, network: str, reader: Reader) -> None:
    """Show the engine of a run."""
    replay = replay_or_notice(session, network)
    if replay is None:
        return
    running, engine = replay.run.state is State.RUNNING, page_state(Engine)
    snapshot = replay.run.snapshot()
    complete = len(engine.measure(replay, snapshot)) == len(engine.signs)
    every = REDRAW_SECONDS if running else None if complete else MEASURING_SECONDS
    with st.container(key=WITHIN):
        live_fragment(_engine, every)(network, running, complete)
        choose_step()
    st.html(TEMPLATES.healthy(sample=min(sample_size(reader.network), len(replay.run.split.train))))


def _engine(network: str, running: bool, complete: bool) -> None:  # noqa: FBT001 - as they were when the page was drawn
    """Show the curves along the run and the activations at the step shown."""
    replay = replay_of(Session.current().runs, network)
    if replay is None:
        return
    snapshot, engine = replay.run.snapshot(), page_state(Engine)
    wanted = engine.measure(replay, snapshot)
    measured = [each for each in wanted if each in engine.signs]
    if replay.replayed is not None and replay.replayed not in wanted:
        replay.replay(None if replay.replayed.step > snapshot.position.step else replay.replayed.step)
    replay_status(replay, snapshot)
    left = len(wanted) - len(measured)
    st.html(TEMPLATES.progress(measured=len(measured), total=len(wanted)))
    if measured:
        shown = replay.replayed if replay.replayed in engine.signs else measured[-1]
        assert shown is not None
        names = layer_names(len(engine.signs[shown]))
        with st.container(key="engine_desk"):
            curves.curves("engine", _packed(measured, engine, shown, names, replay.replayed_step))
            st.html(_activations(measured, engine, shown, names))
    if (running and snapshot.state is not State.RUNNING) or (not running and not complete and not left):
        st.rerun(scope="app")


def layer_names(count: int) -> list[str]:
    """Return the names of the layers with weights."""
    # Translators: the hidden layers, and the output layer.
    hidden = [_("hidden")] if count == 2 else [_("hidden {number}", number=place) for place in range(1, count)]
    return [*hidden, _("output")]


def _colour(layer: int) -> str:
    return f"var(--run{layer % 6})"


def _packed(
    measured: Sequence[Checkpoint], engine: Engine, shown: Checkpoint, names: Sequence[str], replayed: int | None
) -> bytes:
    at = np.array([each.step for each in measured], np.float64)
    quantities: dict[str, tuple[str, str, str]] = {
        _UPDATE: (_("Update / weights"), "update_ratio", _("healthy about {ratio}", ratio=fixed(HEALTHY_RATIO, 3))),
        _GRADIENT: (_("Gradient"), "gradient_norm", "‖∂J/∂W‖"),
        _WEIGHTS: (_("Weights"), "weight_norm", "‖W‖"),
        _DEAD: (_("Dead units"), "dead", ""),
    }
    lines = [Curve(_UPDATE, "", "var(--muted)", at, np.full(len(at), HEALTHY_RATIO), width=1, dash="2 4")]
    plots = []
    for quantity, (title, name, note) in quantities.items():
        legend = []
        for layer, layer_name in enumerate(names):
            values = [getattr(engine.signs[each][layer], name) for each in measured]
            if any(value is None for value in values):
                continue
            scale = 100 if quantity == _DEAD else 1
            lines.append(Curve(quantity, layer_name, _colour(layer), at, scale * np.array(values, np.float64)))
            legend.append((layer_name, _text(quantity, getattr(engine.signs[shown][layer], name)), _colour(layer)))
        if legend:
            plots.append(Plot(quantity, title, HEIGHT, note, legend))
    return curves.packed(plots, lines, replayed=replayed)


def _text(quantity: str, value: float) -> str:
    return percent(value) if quantity == _DEAD else "–" if np.isnan(value) else general(value, 2)


def _activations(measured: Sequence[Checkpoint], engine: Engine, shown: Checkpoint, names: Sequence[str]) -> Markup:
    """Return a histogram of each layer at the step shown, on axes that fit all steps measured."""
    layers: list[dict[str, Any]] = []
    for layer, name in enumerate(names):
        along = [engine.signs[each][layer].activations for each in measured]
        low, high = min(each.low for each in along), max(each.high for each in along)
        edges = np.linspace(low, high if high > low else low + 1, BARS + 1)
        shares: NDArray[np.float64] = engine.signs[shown][layer].activations.rebinned(edges)
        layers.append(
            {
                "name": name,
                "colour": _colour(layer),
                "bars": list(np.sqrt(shares / (shares.max() or 1.0))),
                "low": general(low, 2).replace("-", "−"),
                "high": general(high, 2).replace("-", "−"),
                "tallest": percent(float(shares.max())),
            }
        )
    return TEMPLATES.activations(layers=layers, step=shown.step)
