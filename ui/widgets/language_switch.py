"""The switch between languages: beside the menu of a wide screen, at the foot of a phone's."""

from pathlib import Path

import streamlit as st

from language.translation import _, current, languages
from ui.state import language
from ui.state.streamlit_state import widget_value
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("widgets/language_switch.html.j2")

_KEY = "language"

_component = st.components.v2.component(
    "digit_lab.language_switch", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"), isolate_styles=False
)


def language_switch() -> None:
    """Show the languages to choose from, if there are several, and tell the browser which the page is in."""
    html = TEMPLATES.switch(languages=languages(), current=current(), label=_("Language"))
    _component(
        key=_KEY,
        data={
            "html": html if len(languages()) > 1 else "",
            "language": current().replace("_", "-"),
            "cookie": language.COOKIE,
        },
        on_chosen_change=lambda: language.choose(str(widget_value(_KEY).chosen)),
    )
