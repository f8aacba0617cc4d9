"""Uploaded files: each is read once, when it arrives, and what is wrong with it is said below its uploader."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ui.state import streamlit_state
from ui.state.streamlit_state import page_state
from ui.widgets import messages


@dataclass
class _Rejected:
    """Why the files in uploaders were rejected, by the uploader's key."""

    problems: dict[str, str] = field(default_factory=dict)


def reads_upload(key: str, read: Callable[[Any], None]) -> Callable[[], None]:
    """Return the `on_change` of a file uploader.

    Args:
        key: The key of the uploader.
        read: Takes its file, or its files if it accepts several; raises ValueError with a sentence to show, having
            changed nothing, if they cannot be used.
    """

    def on_change() -> None:
        problems = page_state(_Rejected).problems
        problems.clear()
        if files := streamlit_state.widget_value(key):
            try:
                read(files)
            except ValueError as error:
                problems[key] = str(error)

    return on_change


def upload_problem(*keys: str) -> bool:
    """Say what is wrong with the file in one of these uploaders; return whether anything is."""
    problems = page_state(_Rejected).problems
    found = [problems[key] for key in keys if key in problems and streamlit_state.widget_value(key)]
    for problem in found:
        messages.problem(problem)
    return bool(found)
