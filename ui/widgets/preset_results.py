"""What came of the presets, beside what was predicted, and the preset that another page than Train shows."""

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
    """What has come of the presets of this session.

    Attributes:
        results: What came of each preset with a prediction, by its name.
        elsewhere: The preset that was last sent to another page.
        predicted: What was predicted of it, the index of a choice.
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
        """Return the preset that this page is to be set up for, once."""
        if not self.is_sent or (preset := self.shown_on(route)) is None:
            return None
        self.is_sent = False
        return preset

    def shown_on(self, route: Route) -> Preset | None:
        """Return the preset that a page shows, for as long as it is the one that was opened from Train."""
        is_here = self.elsewhere is not None and self.elsewhere.page == route.path
        return self.elsewhere if is_here and query_parameter(CAME_FROM) == TRAIN.path else None

    def measure(self, preset: Preset, share: float, examples: int) -> None:
        """Keep what came of a preset on another page, a share in [0, 1], of so many examples if it is an accuracy."""
        if preset.prediction is not None and preset.name not in self.results:
            self.results[preset.name] = Outcome(preset.prediction, self.predicted, in_percent(share), examples)


def what_to_watch(preset: Preset, came: Outcome | None) -> None:
    """Show a line on a preset: what to watch or, if that is known, what came of it."""
    st.html(TEMPLATES.what_to_watch(preset=preset, came=came))


def preset_from_train(route: Route, share: float | None, examples: int = 0) -> None:
    """Show that line on another page, if Train sent a preset to it.

    The share is None until it has been measured, and an accuracy if it is one on so many examples.
    """
    state = page_state(PresetResults)
    if (preset := state.shown_on(route)) is not None:
        if share is not None:
            state.measure(preset, share, examples)
        what_to_watch(preset, state.results.get(preset.name))
