"""HTML from Jinja2 templates, which escape every value.

The templates are macros in `*.html.j2` files next to the modules that use them. A line or two of HTML needs no file:
`Markup("<b>{}</b>").format(name)` escapes too. In a template, `_` and `ngettext` translate a text into the visitor's
language; the text itself may contain tags, and the values are escaped.
"""

import re
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from markupsafe import Markup

from language import numbers, translation
from training import percentages
from ui.state import streamlit_state
from ui.widgets import number_format
from ui.workarounds.component_file import component_from_file

UI = Path(__file__).parents[1]

_clickable_html = component_from_file(Path(__file__).with_name("clickable_html.js"))
_VALUES = re.compile(r"""data-value=["']([^"']*)""")


class _LineBreaksAreLayout(Extension):
    """Removes line breaks and indentation between tags, which a browser would render as a space."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 - Jinja's
        return re.sub(r"(?<=[>}])\s*\n\s*(?=[<{])", "", source)


_environment = Environment(
    loader=FileSystemLoader(UI),
    extensions=[_LineBreaksAreLayout],
    autoescape=True,
    undefined=StrictUndefined,
    auto_reload=False,
    optimized=False,  # which would format constant numbers only once, in the language of the first visitor
)
_environment.filters |= {
    "accuracy": percentages.accuracy,
    "count": number_format.count,
    "fixed": numbers.fixed,
    "general": numbers.general,
    "mean_and_spread": percentages.mean_and_spread,
    "number": number_format.number,
    "chance": percentages.chance,
    "css_percent": "{:.2%}".format,
    "percent": percentages.percent,
    "probability": number_format.probability,
    "signed": number_format.signed,
}


def _html(text: str, /, **values: object) -> Markup:
    return Markup(translation._(text)).format(**values)  # noqa: S704 - the texts are ours


def _plural_html(one: str, several: str, count: int, /, **values: object) -> Markup:
    return Markup(translation.ngettext(one, several, count)).format(**values)  # noqa: S704 - as above


_environment.globals |= {"_": _html, "ngettext": _plural_html}


class Templates:
    """The macros of one template file, as functions that return HTML."""

    def __init__(self, file: str, **functions: Callable[..., str]) -> None:
        """Load a file by its path relative to `ui`; its macros may call the given functions."""
        self._file = _environment.get_template(file, globals=functions).module

    def __getattr__(self, macro: str) -> Callable[..., Markup]:
        """Return a macro; it raises `UndefinedError` if called with a value missing."""
        return getattr(self._file, macro)


def clickable_html(html: str, key: str, on_click: Callable[[str], None]) -> None:
    """Show HTML and react to clicks on the buttons in it.

    Args:
        html: A button with `data-value` reports its click; one that also has `data-show` scrolls to that element id.
        key: The key of the widget.
        on_click: Called with the button's `data-value`, which is one of those in the HTML, before the rerun.
    """

    def clicked() -> None:
        value = streamlit_state.widget_value(key).clicked
        if value in _VALUES.findall(html):
            on_click(value)

    _clickable_html()(key=key, data={"html": html}, on_clicked_change=clicked)
