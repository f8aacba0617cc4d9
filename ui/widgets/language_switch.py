"""The switch between languages: beside the menu on a wide screen, at the foot of the page on a phone."""

from pathlib import Path

import streamlit as st

from language.translation import _, current, languages
from ui.state.language import COOKIE
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("widgets/language_switch.html.j2")

_component = st.components.v2.component(
    "digit_lab.language_switch", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8"), isolate_styles=False
)


def language_switch() -> None:
    """Show the available languages, if there are several."""
    if len(languages()) > 1:
        html = TEMPLATES.switch(languages=languages(), current=current(), label=_("Language"))
        _component(key="language", data={"html": html, "cookie": COOKIE})
