"""Show our background, wordmark and the outline of the page at once, instead of a white page.

Streamlit 1.67.0 sends every visitor the same index.html. Its body is empty until megabytes of JavaScript have run, and
its front end learns the theme only from the first message of the script. `first_paint` adds to a copy of it: a title,
the style sheet, the one for presenting (which shortcuts.js switches on), the colours of both themes, an outline that
stays until the page is drawn, translations for scripts (words.js), and the scripts that keep a tab's token
(tab_token.js) and its browser history (back_button.js). It also says where the server is, which the front end would
otherwise look for below the path of each page, logging an error.

Delete this once Streamlit lets an app provide its own index.html (streamlit/streamlit#9382).
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import streamlit as st
from markupsafe import Markup
from streamlit.file_util import get_static_dir

from language.translation import _, current, speaking, words_of_scripts
from ui.routes import BREAK_IT, COLLECT, COMPARE, DATASET, DRAW, LOOK, ROUTES, TRAIN, Route
from ui.widgets.html_templates import Templates
from ui.widgets.palette import DARK, LIGHT, properties, variables
from ui.workarounds.component_file import SERVED_AT, address_of, with_imports

TEMPLATES = Templates("workarounds/first_paint.html.j2")

MENU = Templates("widgets/menu.html.j2")

_COLOURS = ("primaryColor", "backgroundColor", "secondaryBackgroundColor", "textColor", "borderColor", "linkColor")
_STREAMLITS = Path(get_static_dir())
_HEADINGS = next(path.relative_to(_STREAMLITS).as_posix() for path in _STREAMLITS.rglob("SourceSerifVariable-Roman.*"))
"""The heading font."""

_EVERYWHERE = (
    *("Html", "BidiComponent", "PageLink", "Selectbox", "Button", "Spinner"),
    *("workarounds/number_fields", "workarounds/theme_change"),
)
_SHOWN: Mapping[Route, Sequence[str]] = {
    DRAW: ("widgets/ghost_digit", "widgets/example_pen", "widgets/live_reading", "widgets/network_picture"),
    TRAIN: (
        "NumberInput",
        "ButtonGroup",
        "widgets/number_slider",
        "widgets/replay_slider",
        "widgets/curves",
        "widgets/network_picture",
    ),
    LOOK: ("NumberInput", "ButtonGroup", "look/tour", "look/step_player", "widgets/network_picture"),
    BREAK_IT: (
        "NumberInput",
        "ButtonGroup",
        "break_it/damage_sliders",
        "break_it/before_and_after",
        "widgets/network_picture",
    ),
    COMPARE: ("NumberInput", "Multiselect", "widgets/number_slider"),
    DATASET: ("NumberInput", "ButtonGroup"),
    COLLECT: ("ButtonGroup", "Checkbox", "widgets/drawing_pad", "widgets/collected_drawings"),
}
"""The parts of each page visible at first, whose scripts the front end would fetch only when it first shows them:
Streamlit's elements, and our own components by file."""

_WITH_PAPER = (DRAW, TRAIN, COLLECT)
_PAPER = f"{SERVED_AT}streamlit-drawable-canvas.streamlit_drawable_canvas/"
"""Where Streamlit serves the scripts of the canvas."""

_HERE = Path(__file__).parent
_UI = _HERE.parent
_STATIC = _UI / "static"


_WITHOUT_SCRIPTS = re.compile(r"<noscript>.*?</noscript>", re.DOTALL)
"""Streamlit's notice for visitors who have switched JavaScript off."""


@cache
def first_paint(route: Route, language: str) -> bytes:
    """Return the HTML that the server first sends for the page at a route, in the language with this code."""
    with speaking(language):
        return _first_paint(route, language.replace("_", "-"))


def _first_paint(route: Route, tag: str) -> bytes:
    head = TEMPLATES.head(
        words=words_of_scripts(current()),
        themes=json.dumps({f"{name.upper()}_THEME": _theme(name) for name in ("light", "dark")}),
        scripts=[
            (_HERE / name).read_text(encoding="utf-8") for name in ("tab_token.js", "back_button.js", "first_paint.js")
        ],
    )
    wordmark = (_STATIC / "wordmark.svg").read_text(encoding="utf-8")
    outline = TEMPLATES.outline(
        page=route.path,
        links=MENU.links(pages=ROUTES, current=route.path, wordmark=Markup(wordmark)),  # noqa: S704
        style=variables(LIGHT) + (_STATIC / "style.css").read_text(encoding="utf-8"),
        dark=properties(DARK),
        presenting=(_STATIC / "presenting.css").read_text(encoding="utf-8"),
    )
    unseen = _("Digit Lab needs JavaScript. Switch it on, and load this page again.")
    page = _WITHOUT_SCRIPTS.sub(
        f"<noscript><p>{unseen}</p></noscript>", (_STREAMLITS / "index.html").read_text(encoding="utf-8")
    )
    soon = TEMPLATES.soon(scripts=[file for file in _scripts(route) if file not in page], font=_HEADINGS)
    for before, mark in (
        (f'<html lang="{tag}"', '<html lang="en"'),
        (f"<title>{route.tab_title}</title>", "<title>Streamlit</title>"),
        (f"{head}<script>", "<script>"),
        (f"{soon}</head>", "</head>"),
        (f'{outline}<div id="root">', '<div id="root">'),
    ):
        page = page.replace(mark, before, 1)
    return page.encode()


def _scripts(route: Route) -> list[str]:
    """Return the addresses of the scripts that the page at a route fetches late, and of those that they import."""
    chunks = _STREAMLITS / "static/js"
    served = []
    for name in (*_EVERYWHERE, *_SHOWN[route]):
        if "/" in name:
            served.append((address_of(_UI / f"{name}.js"), _UI / f"{name}.js"))
        else:
            served += [(f"static/js/{path.name}", path) for path in chunks.glob(f"{name}.*.js")]
    package = find_spec("streamlit_drawable_canvas") if route in _WITH_PAPER else None  # importable only later
    if package is not None and package.origin is not None:
        served += [(_PAPER + path.name, path) for path in Path(package.origin).parent.glob("frontend/build/*.js")]
    return list(dict.fromkeys(each for address, script in served for each in with_imports(address, script)))


def _theme(name: str) -> dict[str, str]:
    """Return the colours of a theme in config.toml, "light" or "dark", as the front end expects them."""
    return {colour: st.get_option(f"theme.{name}.{colour}") for colour in _COLOURS}
