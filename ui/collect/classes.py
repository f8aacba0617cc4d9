"""The classes to collect: digits, or classes that the visitor names."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from data.dataset import DIGITS, DataError
from data.label_schemes import class_names
from language.numbers import whole
from language.translation import N_, _, ngettext
from ui.serving.budgets import CLASS_LETTERS, COLLECTED_CLASSES
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets import messages

EXAMPLES = {
    N_("Digits"): ", ".join(DIGITS),
    "A, B, C": "A, B, C",
    # Translators: names of things to draw, separated by commas.
    N_("cat, house"): N_("cat, house"),
}
"""Suggested classes, separated by commas, by the label of their button."""

SHOWN_LETTERS = 18


@dataclass
class Suggestion:
    """The suggestion in the field for names.

    Attributes:
        names: The suggested names.
        number: Counts the suggestions: each needs a new field, because a closed popover ignores a new value.
        collected: The classes being collected when the suggestion was made.
    """

    names: str = ""
    number: int = 0
    collected: tuple[str, ...] = ()

    def make(self, names: str) -> None:
        """Suggest classes, separated by commas."""
        self.names, self.number = names, self.number + 1


def choose_classes(session: Session, on_change: Callable[[], None]) -> None:
    """Show the classes on a button that opens a choice of others."""
    collection, suggestion = session.collection, page_state(Suggestion)
    names = ", ".join(collection.classes)
    if suggestion.collected != collection.classes:
        suggestion.collected = collection.classes
        suggestion.make(names)
    shown = _("Digits") if collection.classes == DIGITS else names
    shown = shown if len(shown) <= SHOWN_LETTERS else f"{shown[: SHOWN_LETTERS - 1]}…"
    # A new key after each change closes the popover.
    with st.popover(
        _("Classes: {names}", names=messages.plain(shown)),
        key=f"classes_{hash(collection.classes) % 10**9}",
        help=_("Draw letters, pictures, or anything else that you name."),
    ):
        with st.container(horizontal=True, gap="small"):
            for number, (label, example) in enumerate(EXAMPLES.items()):
                st.button(_(label), key=f"example_classes_{number}", on_click=suggestion.make, args=(_(example),))
        typed = st.text_input(
            _("What to draw"),
            value=suggestion.names,
            key=f"collected_classes_{suggestion.number}",
            max_chars=COLLECTED_CLASSES.limit * (CLASS_LETTERS.limit + 2),
            help=_("Two or more names, separated by commas."),
        )
        try:
            classes = checked(typed or "")
        except DataError as problem:
            messages.problem(str(problem))
            return
        lost = sum(collection.classes[each.label] not in classes for each in collection.drawings)
        st.button(
            ngettext(
                "Draw these and discard {count} drawing",
                "Draw these and discard {count} drawings",
                lost,
                count=whole(lost),
            )
            if lost
            else _("Draw these"),
            key="take_classes",
            type="primary",
            disabled=classes == collection.classes,
            on_click=_change,
            args=(session, classes, on_change),
        )


def checked(typed: str) -> tuple[str, ...]:
    """Return the classes named in text separated by commas.

    Raises:
        OverBudgetError: There are too many names, or one has too many letters.
        DataError: See data.label_schemes.class_names.
    """
    names = [each.strip() for each in typed.split(",")]
    COLLECTED_CLASSES.check(len(names))
    CLASS_LETTERS.check(max(map(len, names)))
    return class_names(names, most=COLLECTED_CLASSES.limit, longest=CLASS_LETTERS.limit)


def _change(session: Session, classes: tuple[str, ...], on_change: Callable[[], None]) -> None:
    session.collection = session.collection.of_classes(classes)
    on_change()
