"""A task, and the link that sets it."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from training.prediction import Prediction
from training.settings import Settings
from ui.state.address import as_parameters
from ui.state.task import Task

TASK = Task(
    "train",
    "Which λ?\n<b>Try</b> three.",
    frozenset({"alpha", "l2"}),
    frozenset({"epochs"}),
    Prediction("Will dev reach 85%?", "dev_accuracy", (85.0,)),
    as_parameters(Settings(learning_rate=0.3, epochs=5, seed=3)),
)


def opened(link: str) -> dict[str, str]:
    """Return the parameters of a link as a browser hands them to the page."""
    return dict(parse_qsl(urlsplit(link).query, keep_blank_values=True))
