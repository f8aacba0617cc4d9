"""Show our paper, wordmark and the outline of the page at once, instead of a white page.

Streamlit 1.67.0 sends every visitor the same index.html. Its body is empty until megabytes of JavaScript have run, and
its front end learns the theme only from the first message of the script. `first_paint` adds to a copy of it: a title,
the style sheet, the colours of both themes, an outline that stays until the page is there, and the script that keeps
a tab's token (tab_token.js). It also says where the server is, which the front end would otherwise seek below the path
of each page, logging an error.

Delete this once Streamlit lets an app provide its own index.html (streamlit/streamlit#9382).
"""

import json
from functools import cache
from pathlib import Path

import streamlit as st
from markupsafe import Markup
from streamlit.file_util import get_static_dir

from ui.routes import ROUTES, Route
from ui.widgets.html_templates import Templates
from ui.widgets.palette import DARK, LIGHT, properties, variables

TEMPLATES = Templates("workarounds/first_paint.html.j2")

MENU = Templates("widgets/menu.html.j2")

_COLOURS = ("primaryColor", "backgroundColor", "secondaryBackgroundColor", "textColor", "borderColor", "linkColor")
_STREAMLITS = Path(get_static_dir())
_SOON = (
    "Html",
    "purify",
    "BidiComponent",
    "serialization",
    "recordbatch",
    "Button",
    "Selectbox",
    "SourceSerifVariable-Roman",
)
"""Files of the front end that every page needs, although its index.html does not name them."""

_HERE = Path(__file__).parent
_STATIC = _HERE.parent / "static"


@cache
def first_paint(route: Route) -> bytes:
    """Return the HTML with which the page at a route begins."""
    head = TEMPLATES.head(
        soon=[
            path.relative_to(_STREAMLITS).as_posix()
            for name in _SOON
            for path in sorted((_STREAMLITS / "static").glob(f"*/{name}.*"))
        ],
        themes=json.dumps({f"{name.upper()}_THEME": _theme(name) for name in ("light", "dark")}),
        scripts=[(_HERE / name).read_text(encoding="utf-8") for name in ("tab_token.js", "first_paint.js")],
    )
    wordmark = (_STATIC / "wordmark.svg").read_text(encoding="utf-8")
    outline = TEMPLATES.outline(
        page=route.path,
        links=MENU.links(pages=ROUTES, current=route.path, wordmark=Markup(wordmark)),  # noqa: S704
        style=variables(LIGHT) + (_STATIC / "style.css").read_text(encoding="utf-8"),
        dark=properties(DARK),
    )
    page = (_STREAMLITS / "index.html").read_text(encoding="utf-8")
    for before, mark in (
        (f"<title>{route.tab_title}</title>", "<title>Streamlit</title>"),
        (f"{head}<script>", "<script>"),
        (f'{outline}<div id="root">', '<div id="root">'),
    ):
        page = page.replace(mark, before, 1)
    return page.encode()


def _theme(name: str) -> dict[str, str]:
    """Return the colours of a theme in config.toml, "light" or "dark", as the front end takes them."""
    return {colour: st.get_option(f"theme.{name}.{colour}") for colour in _COLOURS}
