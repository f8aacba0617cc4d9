"""The outcomes of presets, beside the predictions, and the preset shown on a page other than Train."""

from dataclasses import dataclass, field

import streamlit as st

from training.prediction import Outcome, in_percent
from training.presets import Preset
from ui.routes import CAME_FROM, TRAIN, Route
from ui.state.streamlit_state import page_state, query_parameter
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("widgets/preset_results.html.j2")


@dataclass
class PresetResults:
    """The outcomes of this session's presets.

    Attributes:
        results: The outcome of each preset with a prediction, by preset name.
        elsewhere: The preset that was last sent to another page.
        predicted: The prediction made for it, the index of a choice.
        is_sent: Whether that page has yet to be set up for it.
    """

    results: dict[str, Outcome] = field(default_factory=dict)
    elsewhere: Preset | None = None
    predicted: int | None = None
    is_sent: bool = False

    def send(self, preset: Preset, predicted: int | None) -> None:
        """Have another page show a preset."""
        self.elsewhere, self.predicted, self.is_sent = preset, predicted, True
        self.results.pop(preset.name, None)

    def arrival(self, route: Route) -> Preset | None:
        """Return the preset that this page must be set up for; only once."""
        if not self.is_sent or (preset := self.shown_on(route)) is None:
            return None
        self.is_sent = False
        return preset

    def shown_on(self, route: Route) -> Preset | None:
        """Return the preset that a page shows, if the page was opened from Train and is still open."""
        is_here = self.elsewhere is not None and self.elsewhere.page == route.path
        return self.elsewhere if is_here and query_parameter(CAME_FROM) == TRAIN.path else None

    def measure(self, preset: Preset, share: float, examples: int) -> None:
        """Keep a preset's outcome on another page: a share in [0, 1]; for an accuracy, also its number of examples."""
        if preset.prediction is not None and preset.name not in self.results:
            self.results[preset.name] = Outcome(preset.prediction, self.predicted, in_percent(share), examples)


def what_to_watch(preset: Preset, came: Outcome | None) -> None:
    """Show a line about a preset: what to watch or, if known, the outcome."""
    st.html(TEMPLATES.what_to_watch(preset=preset, came=came))


def preset_from_train(route: Route, share: float | None, examples: int = 0) -> None:
    """Show that line on another page, if Train sent a preset to it.

    The share is None until it has been measured; `examples` is the number of examples if it is an accuracy.
    """
    state = page_state(PresetResults)
    if (preset := state.shown_on(route)) is not None:
        if share is not None:
            state.measure(preset, share, examples)
        what_to_watch(preset, state.results.get(preset.name))
