"""Draw: a canvas, the answer after each stroke, what the network saw, and why."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from markupsafe import Markup
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ink import picture_files
from language.translation import _
from models.reader import Reader, Reading, Rejection
from ui import routes
from ui.draw import explanation
from ui.draw.correction_panel import NETWORK_KEY, correction_panel, last_correction
from ui.draw.examples import examples, ghost_of
from ui.draw.reading_steps import reading_steps
from ui.state import shared_resources, streamlit_state, uploaded_files
from ui.state.canvas_content import CanvasContent
from ui.state.digit_sources import DigitSource, EditedImageSource, StrokeSource
from ui.state.inspection import Inspection
from ui.state.session import Session
from ui.widgets import canvas, messages
from ui.widgets.array_images import data_uri, ink_picture, photograph
from ui.widgets.ghost_digit import ghost_digit
from ui.widgets.html_templates import Templates
from ui.widgets.live_reading import follow_pen, live_reading
from ui.widgets.network_choice import choose_network
from ui.widgets.network_picture import network_picture
from ui.widgets.next_step import next_step
from ui.widgets.palette import Palette, palette
from ui.widgets.uploads import upload_problem, uploader

TEMPLATES = Templates("draw/page.html.j2")


def page() -> None:
    """Show the page."""
    session = Session.attach()
    with st.container(key="draw_head", horizontal=True, vertical_alignment="bottom"):
        lead = _("A neural network reads it as you draw.")
        st.html(Markup("<h1>{}</h1><p class='lead'>{}</p>").format(_("Draw a digit"), lead), width="stretch")
        session.networks.chosen = choose_network(session.networks.names(), session.networks.chosen, NETWORK_KEY)
    session.networks.reader(session.networks.chosen)  # outside the fragment, so that the shell reports an error
    _canvas_and_answer(len(session.corrections.made))
    next_step(routes.DRAW)


@st.fragment
def _canvas_and_answer(correction_count: int) -> None:
    """Show the canvas, the answer and its explanation; a stroke reruns only this fragment, a correction the page."""
    shared_resources.scheduler().pause_briefly()
    session = Session.current()
    if len(session.corrections.made) != correction_count:
        st.rerun(scope="app")
    content, reader = session.canvas, session.networks.reader(session.networks.chosen)
    canvas.take_up_report(content)
    ghost = ghost_of(content, reader)
    source = canvas.digit_source(content) or StrokeSource([], canvas.CANVAS)
    reading = source.read(reader)
    with st.container(key="draw_desk"):
        paper, tools = st.container(key="drawing"), st.container(key="paper_tools", gap="small")
        with st.container(key="reading_panel"):
            _reading(content, reader, ghost)
        with paper:
            _canvas(content, ghost)
        with tools:
            examples(session, reader)
            _canvas_buttons(content)
            if content.drawing.over:
                messages.hint(str(content.drawing.over))
        if reading.rejection is not Rejection.BLANK:
            with st.container(key="reading_actions", horizontal=True, vertical_alignment="center", gap="small"):
                correction_panel(session, source, reader)
                st.button(
                    _("Follow it through the network, number by number"),
                    key="inspect_drawing",
                    on_click=_inspect,
                    args=(session,),
                    type="tertiary",
                )
    if session.corrections.made:
        last_correction(session)
    if reading.rejection is not Rejection.BLANK:
        st.html(reading_steps(source, reading, reader, palette()))
        _explanation(source, reading, reader, palette())


def _canvas(content: CanvasContent, ghost: Sequence[canvas.Stroke]) -> None:
    """Show the canvas, with the images beneath it and on it."""
    if content.edited_digit is not None:
        st.html(TEMPLATES.edited_digit(image=data_uri(ink_picture(content.edited_digit / 255, palette()))))
    canvas.canvas(
        content.drawing,
        erasing=content.edited_digit is not None and content.erasing,
        hint=_("Draw with a mouse, pen or finger, or use the Try buttons below."),
    )
    if ghost:
        ghost_digit(ghost)
    if content.uploaded.picture is not None:
        photo = content.uploaded.picture
        st.html(TEMPLATES.photo(name=photo.name, image=photograph(photo.view, canvas.CANVAS_SIDE)))


def _inspect(session: Session) -> None:
    session.inspection = Inspection(None, session.networks.chosen, routes.DRAW)
    routes.go_to(routes.LOOK, came_from=routes.DRAW)


def _reading(content: CanvasContent, reader: Reader, ghost: Sequence[canvas.Stroke]) -> None:
    """Show the answer and the network at work on it, both of which follow the pen."""
    with st.container(key="answer_panel"):
        live = live_reading(content, reader, ghost=ghost)
    inspection = Inspection(None, Session.current().networks.chosen, routes.DRAW)
    follow_pen(network_picture(reader, live.reading, inspection=inspection, flow=live.flow))


def _canvas_buttons(content: CanvasContent) -> None:
    """Show the buttons to upload a photo or remove it, to choose a tool, to undo and to clear."""
    drawing, uploaded = content.drawing, content.uploaded
    with st.container(key="paper_buttons", horizontal=True, gap="small"):
        if content.edited_digit is None:
            _photo_upload(content)
        else:
            _pen_or_eraser(content)
        if uploaded.picture is not None:
            st.button(
                _("Remove photo"),
                key="take_away",
                on_click=uploaded.remove,
                help=_("Go back to your drawing. Drawing a stroke does the same."),
            )
            return
        st.button(
            _("Undo"),
            key="undo",
            disabled=not drawing.objects,
            on_click=lambda: drawing.show(canvas.reported_objects()[:-1]),
            help=_("Remove the last stroke."),
        )
        st.button(
            _("Clear"),
            key="clear",
            disabled=not drawing.objects and content.edited_digit is None,
            on_click=content.clear,
            help=_("Start over."),
        )


def _photo_upload(content: CanvasContent) -> None:
    """Show the popover to upload a photo."""
    uploads = content.uploaded.uploads
    kinds = _("PNG, JPEG, WebP, GIF, BMP or TIFF")
    with st.popover(_("Upload a photo"), key=f"bring_picture_{uploads}", help=_("Have a photo or scan read.")):
        key = f"picture_{uploads}"
        uploader(
            _("A photo or scan of one digit"),
            key,
            partial(_read_photo, content),
            limit=picture_files.LIMIT_BYTES,
            kinds=kinds,
            help=_("{kinds}; dark on light or light on dark. Shadows and ruled paper are fine.", kinds=kinds),
        )
        upload_problem(key)


def _pen_or_eraser(content: CanvasContent) -> None:
    """Choose between pen and eraser for editing a dataset digit."""
    tool = st.segmented_control(
        _("Draw with"),
        [False, True],
        default=content.erasing,
        required=True,
        key="tool",
        label_visibility="collapsed",
        format_func=lambda erasing: _("Eraser") if erasing else _("Pen"),
    )
    if content.erasing != tool:
        content.erasing = tool
        st.rerun(scope="fragment")


def _read_photo(content: CanvasContent, file: UploadedFile) -> None:
    """Show an uploaded photo on the canvas."""
    networks = Session.current().networks
    picture = networks.reader(networks.chosen).least_doubtful(uploaded_files.picture(file.getvalue(), file.name))
    objects = canvas.reported_objects() if streamlit_state.has_widget(canvas.KEY) else content.drawing.objects
    content.uploaded.show(picture, len(objects))


def _explanation(source: DigitSource, reading: Reading, reader: Reader, colours: Palette) -> None:
    """Explain the answer; computed only while the expander is open."""
    expander = st.expander(_("Why this answer?"), key="why", on_change="rerun")
    if not expander.open:
        return
    with expander:
        if not isinstance(source, EditedImageSource):  # nothing was normalized
            st.html(explanation.skipped_steps(reader, source, colours))
        with st.container(key="why_evidence"):
            with st.container(key="evidence_panel"):
                best = int(reading.probabilities.argmax())
                st.html(Markup("<h3>{}</h3>").format(_("Which pixels mattered")))
                name = st.segmented_control(
                    _("Evidence for"),
                    reader.classes,
                    default=reader.classes[best],
                    required=True,
                    key=f"evidence_for_{best}",
                    format_func=messages.plain,
                )
                st.html(explanation.pixel_evidence(reader, reading, reader.classes.index(name), colours))
            if problem := shared_resources.embedded_problem():
                messages.problem(problem)
            else:
                st.html(explanation.nearest_digits(reader, reading, shared_resources.embedded_inputs(), colours))
