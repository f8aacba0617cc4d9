"""The visitor's work, on every page: save it as one file, or open one after seeing what it holds and replaces."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from data.work_archive import MAX_BYTES
from language.translation import _, ngettext
from training.run import Run
from training.run_record import run_name, shown_name
from ui import routes
from ui.state import opened_work, saved_work, uploaded_files
from ui.state.opened_work import Work
from ui.state.saved_work import Paper
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import canvas
from ui.widgets.html_templates import Templates
from ui.widgets.uploads import upload_problem, uploader
from ui.workarounds.persistent_download import download_button

TEMPLATES = Templates("widgets/work_menu.html.j2")

_MOST_NAMED = 5
"""How many names are listed of what a file holds that this version does not know."""


@dataclass
class Opening:
    """The file that is about to be opened.

    Attributes:
        waiting: The work in the file, if there is one.
        read: How many files have been read; each gets a new uploader, which closes the menu.
    """

    waiting: Work | None = None
    read: int = 0


def work_menu(session: Session) -> None:
    """Show the button that opens the menu: at the top of a wide page, or at the foot of a narrow one."""
    opening = page_state(Opening)
    with st.container(key="work"), st.popover(_("Your work"), key=f"work_menu_{opening.read}", type="tertiary"):
        is_empty = saved_work.is_empty(session)
        st.html(TEMPLATES.saving(left_out=saved_work.left_out(session)))
        name = session.runs.name.lower().replace(" ", "-") if session.runs.current is not None else "work"
        download_button(
            _("Save work"),
            lambda: saved_work.saved(session, _drawing(session)),
            file_name=f"digit-lab-{name}.zip",
            mime="application/zip",
            key="save_work",
            disabled=is_empty,
            help=_("There is nothing to save yet: train a step, or draw something.") if is_empty else None,
        )
        key = f"open_work_{opening.read}"
        uploader(
            _("Open saved work"),
            key,
            partial(_read, session),
            limit=MAX_BYTES,
            kinds=_("files of work saved here"),
            help=_("Shows what the file holds before anything is replaced."),
        )
        upload_problem(key)
    if opening.waiting is not None:
        dialog = st.dialog(_("Open saved work?"), on_dismiss=partial(_put_away, opening))
        dialog(_found)(session, opening, opening.waiting)


def _drawing(session: Session) -> Paper:
    return Paper(canvas.strokes_of(session.canvas.drawing.objects), session.canvas.edited_digit)


def _read(session: Session, file: UploadedFile) -> None:
    opening = page_state(Opening)
    opening.waiting = opened_work.checked(
        uploaded_files.work(file.getvalue(), file.name), file.name, session, canvas.CANVAS
    )
    opening.read += 1


def _found(session: Session, opening: Opening, found: Work) -> None:
    """Say what a file holds and what it replaces, and ask whether to open it."""
    runs, current = session.runs, session.runs.current
    kept = current is not None and (current.begun or current.initial is not None)
    others = [each for each in runs.all_records() if not kept or each.number != runs.number]
    replaced = _holdings(
        (runs.number, current) if kept and current is not None else None,
        len(others),
        list(session.networks.saved),
        list(session.datasets.uploads),
        len(session.corrections.digits),
        len(session.collection.drawings),
        len(session.canvas.drawing.objects),
    )
    holds = _holdings(
        None if found.run is None else (found.number, found.run),
        len(found.records),
        list(found.networks),
        list(found.datasets),
        len(found.digits),
        len(found.collection.drawings),
        len(found.paper.strokes),
    )
    html = TEMPLATES.found(
        name=found.name,
        items=holds or [_("Settings alone")],
        replaced=replaced,
        left_out=found.left_out,
        unknown=found.unknown[:_MOST_NAMED],
    )
    st.html(html)
    with st.container(horizontal=True, gap="small"):
        opens = st.button(_("Open it"), key="take_up_work", type="primary")
        if st.button(_("Cancel"), key="leave_work"):
            _put_away(opening)
            st.rerun()
    if opens:
        _put_away(opening)
        _take_up(session, found)
        if found.run is None:
            st.rerun()
        routes.go_to(routes.TRAIN)


def _take_up(session: Session, found: Work) -> None:
    opened_work.take_up(session, found)
    content = session.canvas
    content.uploaded.remove()
    content.clear()
    content.drawing.show(canvas.objects_of(found.paper.strokes))
    content.edited_digit = found.paper.digit


def _put_away(opening: Opening) -> None:
    opening.waiting = None


def _holdings(
    run: tuple[int, Run] | None,
    others: int,
    networks: Sequence[str],
    datasets: Sequence[str],
    digits: int,
    drawings: int,
    strokes: int,
) -> list[str]:
    """Return what a session or a file holds, one line per item."""
    lines = []
    if run is not None:
        number, current = run
        snapshot = current.snapshot()
        sizes = "-".join(map(str, snapshot.network.sizes))
        step = f"{snapshot.position.step:,}"
        lines.append(_("{run}: {sizes}, step {step}", run=shown_name(run_name(number)), sizes=sizes, step=step))
    if others:
        lines.append(ngettext("{count} other run to compare", "{count} other runs to compare", others, count=others))
    if networks:
        lines.append(_("Networks: {names}", names=", ".join(networks)))
    if datasets:
        lines.append(_("Datasets: {names}", names=", ".join(datasets)))
    if digits:
        lines.append(ngettext("{count} corrected digit", "{count} corrected digits", digits, count=digits))
    if drawings:
        lines.append(ngettext("{count} collected drawing", "{count} collected drawings", drawings, count=drawings))
    if strokes:
        lines.append(ngettext("{count} stroke on the paper", "{count} strokes on the paper", strokes, count=strokes))
    return lines
