"""The panel where a teacher sets a task on a page, as a link, a QR code or a frame for a course page."""

import os
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from language.numbers import separators
from language.translation import N_, _
from training.prediction import QUANTITIES, Prediction
from ui.routes import Route
from ui.serving.budgets import LINK
from ui.serving.security import EMBEDDED_IN
from ui.state import streamlit_state
from ui.state.network_names import network_title
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.state.task import (
    DRAWING,
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    LONGEST_TEXT,
    MOST_ANSWERS,
    Task,
    answers_of,
    bounds_of,
    plain_text,
)
from ui.widgets import linked_drawing, messages
from ui.widgets.html_templates import Templates
from ui.widgets.network_choice import LINKED
from ui.widgets.qr_code import qr_code_source

TEMPLATES = Templates("widgets/task_panel.html.j2")

NOTHING, NUMBER, YES_OR_NO = N_("Nothing"), N_("A number"), N_("Yes or no")
RANGE, ANSWER = N_("A range"), N_("An answer of yours")
KINDS = (NOTHING, NUMBER, YES_OR_NO, RANGE, ANSWER)
"""What a task can ask to predict."""

NOT_MEASURED = ""

MOST_IN_QR_CODE = 2_331
"""Bytes in the largest QR code that can be read with 15% of it covered (ISO/IEC 18004, version 40-M)."""

ONLY_HERE = ("localhost", "127.0.0.1", "::1")
FRAME_HEIGHT = 800

_copy_field = st.components.v2.component(
    "digit_lab.copy_field",
    js=Path(__file__).with_name("copy_field.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


@dataclass(frozen=True)
class TaskPage:
    """A page that tasks can be set on.

    Attributes:
        route: The page.
        controls: The labels of its controls, by their names in links.
        usual: The names of the controls selected at first.
        measured: What can be predicted on it: names in QUANTITIES.
        cannot_be_fixed: The names of controls that can only be shown or hidden.
    """

    route: Route
    controls: Mapping[str, str]
    usual: Collection[str]
    measured: Sequence[str] = ()
    cannot_be_fixed: Collection[str] = ()


@dataclass
class Draft:
    """What a teacher has filled in on one page."""

    text: str = ""
    free: list[str] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)
    kind: str = NOTHING
    question: str = ""
    measured: str = NOT_MEASURED
    bound: float = 90.0
    bounds: str = "70, 80, 90"
    answers: str = ""
    is_open: bool = False
    state: Mapping[str, str] = field(default_factory=dict)

    def task(self, page: TaskPage) -> Task:
        """Return the task.

        Raises:
            ValueError: Something that was filled in is invalid; the message says what.
        """
        fixed = frozenset(self.fixed) - frozenset(self.free)
        text = plain_text(self.text, LONGEST_TEXT)
        state = dict(self.state)
        drawing = state.pop(DRAWING, "")
        return Task(page.route.path, text, frozenset(self.free), fixed, self._prediction(), state, drawing)

    def _prediction(self) -> Prediction | None:
        question = plain_text(self.question, LONGEST_QUESTION).replace("\n", " ")
        if self.kind == NOTHING:
            return None
        if not question:
            raise ValueError(_("Write what to predict."))
        bounds: tuple[float, ...] = ()
        if self.kind == YES_OR_NO:
            bounds = (self.bound,)
        elif self.kind == RANGE:
            bounds = bounds_of(_as_in_english(self.bounds))
            if len(bounds) < 2:
                raise ValueError(_("Write two limits or more, such as 70, 80, 90."))
        answers = answers_of(self.answers.splitlines()) if self.kind == ANSWER else ()
        if self.kind == ANSWER and not answers:
            raise ValueError(_("Write two answers or more, each on a line of its own."))
        return Prediction(question, self.measured, bounds, answers)


@dataclass
class Drafts:
    """What a teacher has filled in, by the path of the page."""

    by_page: dict[str, Draft] = field(default_factory=dict)


def set_a_task(page: TaskPage, state: Callable[[], Mapping[str, str]], left_out: Callable[[], Sequence[str]]) -> None:
    """Offer to set a task on this page, unless one is set or the page is in a frame.

    Args:
        page: The page.
        state: Returns the page's current state as query parameters, with the drawing if it shows one.
        left_out: Returns sentences about parts of the state that a link cannot hold; empty ones are ignored.
    """
    if Session.current().task or streamlit_state.is_embedded():
        return
    drafts = page_state(Drafts).by_page
    draft = drafts.setdefault(page.route.path, Draft(free=[*page.usual], measured=(*page.measured, NOT_MEASURED)[0]))
    key = f"set_task_{page.route.path}"
    if not streamlit_state.has_widget(key):
        streamlit_state.set_widget(key, draft.is_open)
    panel = st.expander(_("Set a task"), key=key, on_change="rerun")
    draft.is_open = bool(panel.open)
    if not draft.is_open:
        return
    draft.state = state()
    with panel, st.container(key="task_panel"):
        st.html(TEMPLATES.introduction())
        with st.container(key="task_form", gap="small"):
            _fill_in(page, draft)
        with st.container(key="task_link", gap="small"):
            _offer(page, draft, left_out())


def left_out(network: str) -> str:
    """Say that a link cannot hold the network with this name, if so."""
    if network in LINKED.values():
        return ""
    name = network_title(network)
    return _("{network} is not in the link: it opens with the small network and its dev digits.", network=name)


def follow(page: TaskPage, state: Callable[[], Mapping[str, str]]) -> None:
    """Redraw the page if the panel is open and the state in its link is outdated; for fragments that change it."""
    draft = page_state(Drafts).by_page.get(page.route.path)
    if draft is None or not draft.is_open or Session.current().task:
        return
    if draft.state != (now := state()):
        draft.state = now
        st.rerun(scope="app")


def _fill_in(page: TaskPage, draft: Draft) -> None:
    """Show the fields, and store what is in them."""

    def shown(name: str) -> str:
        """Return the key of a field, and have it show what was filled in before."""
        key = f"task_{page.route.path}_{name}"
        if not streamlit_state.has_widget(key):
            streamlit_state.set_widget(key, getattr(draft, name))
        return key

    draft.text = st.text_area(
        _("Task"),
        key=shown("text"),
        max_chars=LONGEST_TEXT,
        height=110,
        placeholder=_("Predict first: which λ brings train and dev together? Then try three."),
        help=_("Plain text, shown above the page."),
    )[:LONGEST_TEXT]

    def label(name: str) -> str:
        return _(page.controls[name])

    draft.free = st.multiselect(
        _("Can be changed"),
        list(page.controls),
        format_func=label,
        key=shown("free"),
        placeholder=_("No controls"),
        help=_("All other controls are hidden, and are as you have set them now."),
    )
    fixable = [name for name in page.controls if name not in draft.free and name not in page.cannot_be_fixed]
    fixed_key = shown("fixed")
    streamlit_state.set_widget(fixed_key, [name for name in streamlit_state.widget_value(fixed_key) if name in fixable])
    draft.fixed = st.multiselect(
        _("Shown, but fixed"),
        fixable,
        format_func=label,
        key=fixed_key,
        placeholder=_("No controls"),
        help=_("They are seen as they are, and cannot be changed."),
    )
    if page.measured:
        draft.kind = st.selectbox(
            _("To be predicted first"),
            KINDS,
            format_func=_,
            key=shown("kind"),
            help=_("Nothing can be trained or broken before the prediction is made; it is shown beside the result."),
        )
        if draft.kind != NOTHING:
            _fill_in_prediction(page, draft, shown)


def _as_in_english(bounds: str) -> str:
    """Return bounds separated by commas, with decimal points; a comma without a space may be a decimal comma."""
    if separators()[1] != ",":
        return bounds.replace(";", ",")
    return ",".join(
        each.replace(",", ".") if each.count(",") == 1 else each for each in re.split(r"\s*;\s*|,?\s+", bounds.strip())
    )


def _fill_in_prediction(page: TaskPage, draft: Draft, shown: Any) -> None:  # noqa: ANN401 - a function of names
    draft.question = st.text_input(
        _("Question"), key=shown("question"), max_chars=LONGEST_QUESTION, placeholder=_("Where will dev end?")
    )[:LONGEST_QUESTION]
    options = [*page.measured, *([NOT_MEASURED] if draft.kind in {NUMBER, ANSWER} else [])]
    measured_key = shown("measured")
    if streamlit_state.widget_value(measured_key) not in options:
        streamlit_state.set_widget(measured_key, options[0])
    draft.measured = st.selectbox(
        _("Compared with"),
        options,
        format_func=lambda name: _(QUANTITIES[name].label if name in QUANTITIES else NOTHING),
        key=measured_key,
        help=_("What is measured at the end."),
    )
    unit = _(QUANTITIES[draft.measured].unit) if draft.measured in QUANTITIES else ""
    if draft.kind == YES_OR_NO:
        draft.bound = st.number_input(
            _("Yes, from ({unit})", unit=unit) if unit else _("Yes, from"), key=shown("bound"), format="%g"
        )
    elif draft.kind == RANGE:
        draft.bounds = st.text_input(
            _("Limits of the ranges ({unit})", unit=unit) if unit else _("Limits of the ranges"),
            key=shown("bounds"),
            max_chars=LONGEST_ANSWER,
        )[:LONGEST_ANSWER]
    elif draft.kind == ANSWER:
        draft.answers = st.text_area(
            _("Answers to choose from"),
            key=shown("answers"),
            height=100,
            placeholder="λ 0\nλ 1\nλ 100",
            help=_("One a line, up to {most}.", most=MOST_ANSWERS),
        )[: MOST_ANSWERS * (LONGEST_ANSWER + 1)]


def _offer(page: TaskPage, draft: Draft, left_out: Sequence[str]) -> None:
    """Show the link, or say why there is none."""
    try:
        task = draft.task(page)
    except ValueError as error:
        messages.hint(_sentence(error))
        return
    notes = [*left_out]
    link = _link(task)
    if len(link) > LINK.limit and task.drawing:
        link = _link(replace(task, drawing=""))
        notes.append(linked_drawing.does_not_fit())
    if len(link) > LINK.limit:
        messages.problem(str(LINK))
        st.html(TEMPLATES.notes(length=len(link), longest=LINK.limit, notes=[]))
        return
    _copy(_("Copy link"), link, key="copy_link", label=_("Link to the task"))
    with st.container(key="task_actions", horizontal=True, gap="small"):
        st.html(TEMPLATES.preview(link=link), width="content")
        if len(link) <= MOST_IN_QR_CODE:
            with st.popover(_("QR code"), key="task_qr"):
                st.html(TEMPLATES.qr_code(image=qr_code_source(link)))
        with st.popover(_("Embed"), key="task_embed"):
            _embed(link)
    if urlsplit(link).hostname in ONLY_HERE:
        notes.append(_("This address works on this computer only."))
    st.html(TEMPLATES.notes(length=len(link), longest=LINK.limit, notes=list(filter(None, notes))))


def _link(task: Task) -> str:
    """Return the address of a task, on the host name by which the visitor reaches this server."""
    address = urlsplit(st.context.url or "")
    return urlunsplit((address.scheme, address.netloc, address.path or f"/{task.page}", task.query()[1:], ""))


def _embed(link: str) -> None:
    """Show the HTML to paste into a course page."""
    source = escape(f"{link}&embed=true")
    _copy(
        _("Copy HTML"),
        f'<iframe src="{source}" title="Digit Lab" width="100%" height="{FRAME_HEIGHT}" style="border: 0"></iframe>',
        key="copy_frame",
        label=_("HTML for a course page"),
    )
    st.html(TEMPLATES.embed(origins=os.environ.get(EMBEDDED_IN, ""), variable=EMBEDDED_IN))


def _copy(button: str, text: str, key: str, label: str) -> None:
    _copy_field(key=key, data={"label": label, "text": text, "button": button, "copied": _("Copied.")})


def _sentence(error: ValueError) -> str:
    """Return an error message as a sentence."""
    text = str(error)
    return text if text.endswith(".") else f"{text[0].upper()}{text[1:]}."
