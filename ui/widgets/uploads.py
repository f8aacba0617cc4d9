"""Uploaded files: each is read once, when it arrives, and any problem is shown below its uploader.

Files of any type may be uploaded, and are rejected by their content. A file that is too large is not even sent: the
browser refuses it in Streamlit's words, which the style sheet replaces with the sentence given here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from language.translation import _
from ui.state import streamlit_state, uploaded_files
from ui.state.file_turns import READING
from ui.state.streamlit_state import page_state
from ui.widgets import messages


@dataclass
class _Rejected:
    """Why the files in uploaders were rejected, by the uploader's key."""

    problems: dict[str, str] = field(default_factory=dict)


def uploader(
    label: str,
    key: str,
    read: Callable[[Any], None],
    *,
    limit: int,
    kinds: str,
    help: str,  # noqa: A002 - as Streamlit calls it
    several: bool = False,
    disabled: bool = False,
) -> None:
    """Show a file uploader.

    Args:
        label: What to upload.
        key: The key of the widget.
        read: See `reads_upload`.
        limit: The largest size of a file, in bytes.
        kinds: The supported formats, in words.
        help: The tooltip.
        several: Whether several files are read together.
        disabled: Whether the uploader is disabled.
    """
    st.file_uploader(
        label,
        key=key,
        accept_multiple_files=several,
        max_upload_size=limit >> 20,
        on_change=reads_upload(key, read),
        disabled=disabled,
        help=help,
    )
    if several:
        sentence = _(
            "Not uploaded: choose files of at most {limit} MB. Accepted: {kinds}.", limit=limit >> 20, kinds=kinds
        )
    else:
        sentence = _(
            "Not uploaded: choose one file of at most {limit} MB. Accepted: {kinds}.", limit=limit >> 20, kinds=kinds
        )
    st.html(f'<style>.st-key-{key} {{ --not-uploaded: "{sentence}"; }}</style>')


def reads_upload(key: str, read: Callable[[Any], None]) -> Callable[[], None]:
    """Return the `on_change` of a file uploader.

    Args:
        key: The key of the uploader.
        read: Takes its file, or its files if it accepts several; if they cannot be used, changes nothing and raises
            ValueError with a sentence to show.
    """
    uploaded_files.prepare()

    def on_change() -> None:
        problems = page_state(_Rejected).problems
        problems.clear()
        if files := streamlit_state.widget_value(key):
            try:
                with READING.turn(streamlit_state.visitor()):
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
