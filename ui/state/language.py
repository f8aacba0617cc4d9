"""The language of a visitor: the first that their browser wants and that there is, until they choose another."""

from dataclasses import dataclass

import streamlit as st

from language import translation
from ui.state.streamlit_state import in_session, page_state


@dataclass
class ChosenLanguage:
    """The code of the language that a visitor chose; None before."""

    code: str | None = None


def of_visitor() -> str:
    """Return the code of the language to speak: that of the session whose script this is, elsewhere English."""
    if not in_session():
        return translation.ENGLISH
    return page_state(ChosenLanguage).code or translation.best(wanted(st.context.headers.get("Accept-Language", "")))


def wanted(header: str) -> list[str]:
    """Return the languages of an Accept-Language header; browsers state them in order."""
    return [each.partition(";")[0].strip() for each in header[:200].split(",")]
