"""Runs on the same dev digits: which of two runs reads more of them, in words, and the digits that all runs misread."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from markupsafe import Markup
from numpy.typing import NDArray

from data.dataset import DIGITS, IMAGE_SIDE, DataError, Examples
from language.translation import _, ngettext
from training.run_record import PairedTest, Record, fingerprint, misread_by_all, paired_test, run_name, shown_name
from ui import routes
from ui.state import streamlit_state
from ui.state.digit_sources import ImageSource, InspectedDigit
from ui.state.session import Session
from ui.widgets.digit_actions import digit_actions
from ui.widgets.digit_grid import GridDigit, chosen_digit, digit_grid
from ui.widgets.number_format import count, p_value
from ui.widgets.palette import palette

GRID_KEY = "misread_by_all"

MOST_SHOWN = 60
"""Maximum number of digits shown."""

_CHANCE = 0.05
"""The p-value from which a difference is called within chance."""


@dataclass
class MisreadState:
    """The digits that all runs misread.

    Attributes:
        chosen: The index in dev of the selected digit; None if none is selected.
        mislabelled: Each digit that the visitor considers mislabelled, by its 784 bytes, with its label.
    """

    chosen: int | None = None
    mislabelled: dict[bytes, int] = field(default_factory=dict)


def paired_sentence(records: Sequence[Record]) -> str:
    """Compare two runs digit by digit in a sentence; of more than two, the two best on dev."""
    if len(records) < 2:
        return ""
    best = sorted(records, key=lambda each: -each.measurements[-1].dev_accuracy)[:2]
    second, first = sorted(best, key=lambda each: each.number)[::-1]
    names = shown_name(run_name(second.number)), shown_name(run_name(first.number))
    if first.dev is None or second.dev is None:
        return _(
            "{first} and {second} are compared digit by digit once they have stopped.", first=names[0], second=names[1]
        )
    test = paired_test(second, first)
    if test is None:
        return _(
            "{first} and {second} have other dev digits, so they can't be compared digit by digit.",
            first=names[0],
            second=names[1],
        )
    sentence = _comparison(test, *names, count(first.dev.count))
    if first.seeds > 1 or second.seeds > 1:
        return _("With seed {seed}: {sentence}", seed=second.settings.seed, sentence=sentence)
    return sentence


def _comparison(test: PairedTest, first: str, second: str, digits: str) -> str:
    if not test.only_first and not test.only_second:
        return _("{first} and {second} misread the same dev digits.", first=first, second=second)
    found = {
        "first": first,
        "second": second,
        "only_first": count(test.only_first),
        "only_second": count(test.only_second),
        "digits": digits,
        "p": p_value(test.p),
    }
    if test.p >= _CHANCE:
        return _(
            "{first} read {only_first} of {digits} dev digits that {second} misread, and misread {only_second} that it"
            " read: within chance ({p}).",
            **found,
        )
    return _(
        "{first} read {only_first} of {digits} dev digits that {second} misread, and misread {only_second} that it"
        " read: more than chance ({p}).",
        **found,
    )


def digits_misread_by_all(session: Session, records: Sequence[Record]) -> None:
    """Show the dev digits that every run misreads, for the visitor to say which of them are mislabelled."""
    if len(records) < 2:
        return
    runs, places = misread_by_all(records)
    state = streamlit_state.page_state(MisreadState)
    with st.container(key="misread_by_all_runs"):
        dev = _dev(session, runs[-1]) if runs else None
        if len(runs) < 2 or dev is None:
            st.html(_head(_("They appear here once two runs on the same dev digits have stopped.")))
            return
        if not len(places):
            none = _("There are none: each dev digit is read by one of these {count} runs at least.", count=len(runs))
            st.html(_head(none))
            return
        if state.chosen not in places:
            state.chosen = None
        notes = [_how_many(len(places), dev, len(runs))]
        if state.mislabelled:
            notes.append(_("You marked {count} as mislabelled.", count=count(len(state.mislabelled))))
        st.html(_head(" ".join(notes)))
        shown = places[:MOST_SHOWN]
        with st.container(key="misread_desk"):
            with st.container(key="misread_room"):
                images = dev.images[dev.rows[shown]]
                digits = [_grid_digit(int(place), dev, state) for place in shown]
                digit_grid(digits, images, state.chosen, palette(), _choose, GRID_KEY)
            _actions(session, state, dev, run_name(runs[-1].number))


def _head(note: str) -> Markup:
    question = _("Hard digits, or wrong labels? You decide.")
    return Markup("<h2 class='section' id='misread_by_all'>{}</h2><p class='note' id='misread_note'>{} {}</p>").format(
        _("Misread by every run"), question, note
    )


def _how_many(misread: int, dev: Examples, runs: int) -> str:
    """Say how many dev examples all runs misread and, if not all of them are shown, how many are."""
    of_digits, found = dev.classes == DIGITS, {"count": count(misread), "runs": runs}
    if misread > MOST_SHOWN:
        if of_digits:
            return _("{shown} of {count} dev digits, by all {runs} runs.", shown=MOST_SHOWN, **found)
        return _("{shown} of {count} dev images, by all {runs} runs.", shown=MOST_SHOWN, **found)
    if of_digits:
        return ngettext(
            "{count} dev digit, by all {runs} runs.", "{count} dev digits, by all {runs} runs.", misread, **found
        )
    return ngettext(
        "{count} dev image, by all {runs} runs.", "{count} dev images, by all {runs} runs.", misread, **found
    )


def _dev(session: Session, record: Record) -> Examples | None:
    """Return the dev examples of a run; None if its dataset is gone, or if another dataset now has its name."""
    try:
        dev = session.datasets.split(record.settings).dev
    except DataError:
        return None
    return dev if record.dev is not None and fingerprint(dev) == record.dev.examples else None


def _grid_digit(place: int, dev: Examples, state: MisreadState) -> GridDigit:
    row = dev.rows[place]
    label = dev.classes[dev.labels[row]]
    marked = dev.images[row].tobytes() in state.mislabelled
    number = count(place + 1)
    if dev.classes == DIGITS:
        name = _("Dev digit {number}, labelled {label}", number=number, label=label)
    else:
        name = _("Dev image {number}, labelled {label}", number=number, label=label)
    if marked:
        name = _("{digit}, marked as mislabelled", digit=name)
    return GridDigit(place, name, label, "wrong" if marked else "", "")


def _choose() -> None:
    state = streamlit_state.page_state(MisreadState)
    state.chosen = chosen_digit(streamlit_state.widget_value(GRID_KEY), 1 << 31)


def _actions(session: Session, state: MisreadState, dev: Examples, network: str) -> None:
    """Offer to inspect the selected digit, to draw on it, and to mark its label as wrong."""
    place = state.chosen
    row = None if place is None else dev.rows[place]
    image = np.zeros(IMAGE_SIDE**2, np.uint8) if row is None else dev.images[row]
    label = 0 if row is None else int(dev.labels[row])
    marked = row is not None and image.tobytes() in state.mislabelled
    digit = None
    if place is not None:
        source = ImageSource(image.reshape(IMAGE_SIDE, IMAGE_SIDE))
        number = count(place + 1)
        if dev.classes == DIGITS:
            origin = _("dev digit {number}", number=number)
        else:
            origin = _("dev image {number}", number=number)
        digit = InspectedDigit(source, label, origin)
    with st.container(key="misread_actions", horizontal=True, gap="small"):
        digit_actions(session, digit, network, routes.COMPARE)
        st.button(
            _("Label is right") if marked else _("Mislabelled"),
            key="mislabelled",
            disabled=place is None,
            on_click=_mark,
            args=(state, image, label),
            help=_("Is the label wrong, or the digit merely hard? Your marks are counted and kept for this visit."),
        )


def _mark(state: MisreadState, image: NDArray[np.uint8], label: int) -> None:
    """Mark the label of a digit as wrong, or remove the mark."""
    key = image.tobytes()
    if state.mislabelled.pop(key, None) is None:
        state.mislabelled[key] = label
