"""Mistakes: the confusion matrix, the digits in each cell, and actions on a selected digit."""

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from data.dataset import DIGITS, IMAGE_SIDE, Examples
from language.numbers import whole
from language.translation import N_, _, ngettext
from nn.evaluation import Outcomes, confusions
from training.percentages import chance
from training.run_snapshot import State
from ui import routes
from ui.state import streamlit_state
from ui.state.digit_sources import ImageSource, InspectedDigit
from ui.state.session import Session
from ui.train import confusion_table
from ui.train.mistake_selection import MeasuredOutcomes, MeasuredSplit, MistakeSelection, measure, worst_first
from ui.train.run_view import RunView, run_view
from ui.widgets import digit_grid
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.digit_actions import digit_actions
from ui.widgets.digit_grid import GridDigit
from ui.widgets.html_templates import Templates
from ui.widgets.palette import Palette, palette

TEMPLATES = Templates("train/mistakes.html.j2")

SPLITS: dict[MeasuredSplit, str] = {"dev": N_("Dev"), "test": N_("Test")}
"""The sets that mistakes are measured on, with their labels."""

ORIGINS: dict[tuple[MeasuredSplit, bool], str] = {
    ("dev", True): N_("dev digit {number}"),
    ("dev", False): N_("dev image {number}"),
    ("test", True): N_("test digit {number}"),
    ("test", False): N_("test image {number}"),
}
"""The name for an example, by the set that it is from and whether it is a digit."""

GALLERY_KEY = "gallery"

MAX_SHOWN = 60
"""Maximum number of digits shown per cell, highest loss first."""


def mistakes() -> None:
    """Show the network's mistakes on dev or test."""
    session = Session.current()
    view = run_view(session.runs)
    if view is None:
        return
    selection = view.mistakes
    with st.container(key="mistakes_head", horizontal=True, vertical_alignment="bottom"):
        st.html(Markup("<h2 class='section' id='mistakes'>{}</h2>").format(_("Mistakes")), width="content")
        chosen: MeasuredSplit = st.segmented_control(
            _("Measured on"),
            list(SPLITS),
            format_func=lambda split: _(SPLITS[split]),
            default=selection.split,
            required=True,
            key="mistakes_on",
            label_visibility="collapsed",
            help=_("Compare on dev; use test once, at the end."),
        )
        selection.choose_split(chosen)
    measured = _measured(view)
    if measured is None:
        _offer_test(view)
        return
    digits = _examples(view)
    st.html(_summary(measured, selection, digits.classes))
    with st.container(key="mistakes_desk"):
        with st.container(key="mistakes_matrix"):
            counts = confusions(measured.outcomes.labels, measured.outcomes.read, len(digits.classes))
            confusion_table.confusion_table(counts, digits.classes, selection.cell, _choose_cell)
        with st.container(key="mistakes_digits"):
            _cell_digits(selection, measured.outcomes, digits, palette())
            _selected_digit(session, selection, measured.outcomes, digits, palette())


def _measure_on_test(view: RunView) -> None:
    """Measure the displayed network on test and store the result."""
    shown = view.shown()
    view.test_result = measure(shown.network, shown.step, view.run.split.test)


def _examples(view: RunView) -> Examples:
    return view.run.split.dev if view.mistakes.split == "dev" else view.run.split.test


def _measured(view: RunView) -> MeasuredOutcomes | None:
    """Return the displayed network's outcomes on dev or, for test, the outcomes last measured."""
    if view.mistakes.split == "test":
        return view.test_result
    shown, run = view.shown(), view.run
    return view.mistakes.dev.of(shown.network, shown.step, run.split.dev, training=run.state is State.RUNNING)


def _offer_test(view: RunView) -> None:
    """Explain the purpose of the test set, and offer to measure on it."""
    test = view.run.split.test
    with st.container(key="mistakes_test"):
        st.html(TEMPLATES.before_test(size=len(test), is_of_digits=test.classes == DIGITS))
        st.button(_("Measure on test"), key="mistakes_measure", on_click=_measure_on_test, args=(view,))


def _summary(measured: MeasuredOutcomes, selection: MistakeSelection, classes: tuple[str, ...]) -> Markup:
    made = measured.outcomes
    return TEMPLATES.summary(
        accuracy=made.evaluation.accuracy,
        wrong=int(np.count_nonzero(made.read != made.labels)),
        total=len(made.labels),
        split=selection.split,
        is_of_digits=classes == DIGITS,
        step=measured.step,
    )


def _choose_cell() -> None:
    view = run_view(Session.current().runs)
    if view is not None:
        chosen = streamlit_state.widget_value(confusion_table.KEY)
        view.mistakes.choose_cell(confusion_table.chosen_cell(chosen, len(view.run.split.train.classes)))


def _choose_digit() -> None:
    view = run_view(Session.current().runs)
    if view is not None:
        view.mistakes.digit = digit_grid.chosen_digit(streamlit_state.widget_value(GALLERY_KEY), len(_examples(view)))


def _cell_digits(selection: MistakeSelection, made: Outcomes, digits: Examples, colours: Palette) -> None:
    """Show the digits of the selected cell, or the worst of all mistakes."""
    order = worst_first(made, selection.cell)
    shown = order[:MAX_SHOWN]
    with st.container(key="gallery_head", horizontal=True, vertical_alignment="center"):
        st.html(_grid_title(selection, len(order), digits.classes), width="stretch")
        st.button(
            _("All mistakes"),
            key="all_mistakes",
            disabled=selection.cell is None,
            on_click=selection.choose_cell,
            args=(None,),
            help=_("Show the worst mistakes of all."),
        )
    with st.container(key="gallery_room"):
        digit_grid.digit_grid(
            [_grid_digit(int(place), made, digits.classes, selection) for place in shown],
            digits.images[digits.rows[shown]],
            selection.digit,
            colours,
            _choose_digit,
            GALLERY_KEY,
        )


def _grid_title(selection: MistakeSelection, count: int, classes: tuple[str, ...]) -> Markup:
    """Return the title of the grid and the line below it."""
    if selection.cell is None:
        title, none = _("Worst mistakes"), _("No mistakes.")
    else:
        truth, read = (classes[each] for each in selection.cell)
        title, none = _("{label} read as {reading}", label=truth, reading=read), _("None right now.")
    some = whole(count)
    if not count:
        note = none
    elif count > MAX_SHOWN and classes == DIGITS:
        note = _("{shown} of {count} digits, highest loss first", shown=MAX_SHOWN, count=some)
    elif count > MAX_SHOWN:
        note = _("{shown} of {count} images, highest loss first", shown=MAX_SHOWN, count=some)
    elif classes == DIGITS:
        note = ngettext("{count} digit, highest loss first", "{count} digits, highest loss first", count, count=some)
    else:
        note = ngettext("{count} image, highest loss first", "{count} images, highest loss first", count, count=some)
    return TEMPLATES.gallery_title(title=title, note=note)


def _grid_digit(place: int, made: Outcomes, classes: tuple[str, ...], selection: MistakeSelection) -> GridDigit:
    truth, read, sure = classes[made.labels[place]], classes[made.read[place]], chance(float(made.sure[place]))
    right = made.read[place] == made.labels[place]
    origin = _origin(place, selection, classes)
    digit = origin[0].upper() + origin[1:]
    name = _("{digit}: read {reading}, really {label}, {sure} sure", digit=digit, reading=read, label=truth, sure=sure)
    return GridDigit(place, name, read, "" if right else _("really {label}", label=truth), sure)


def _selected_digit(
    session: Session, selection: MistakeSelection, made: Outcomes, digits: Examples, colours: Palette
) -> None:
    """Show the selected digit enlarged, with its actions; the space is reserved while none is selected."""
    chosen = selection.digit
    with st.container(key="one_digit"):
        image = None if chosen is None else digits.images[digits.rows[chosen]].reshape(IMAGE_SIDE, IMAGE_SIDE)
        st.html(
            TEMPLATES.no_digit()
            if chosen is None or image is None
            else _large(chosen, image, made, digits, selection, colours)
        )
        with st.container(key="digit_actions", horizontal=True, gap="small"):
            digit = None
            if chosen is not None and image is not None:
                origin = _origin(chosen, selection, digits.classes)
                digit = InspectedDigit(ImageSource(image), int(made.labels[chosen]), origin)
            digit_actions(session, digit, session.runs.name, routes.TRAIN)


def _origin(place: int, selection: MistakeSelection, classes: tuple[str, ...]) -> str:
    return _(ORIGINS[selection.split, classes == DIGITS], number=whole(place + 1))


def _large(
    place: int,
    image: NDArray[np.uint8],
    made: Outcomes,
    digits: Examples,
    selection: MistakeSelection,
    colours: Palette,
) -> Markup:
    return TEMPLATES.digit(
        truth=digits.classes[made.labels[place]],
        read=digits.classes[made.read[place]],
        is_digit=digits.classes == DIGITS,
        image=data_uri(ink_picture(image / 255, colours)),
        sure=chance(float(made.sure[place])),
        loss=made.losses[place],
        origin=_origin(place, selection, digits.classes),
    )
