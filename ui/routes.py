"""The routes of the pages in menu order, used for links between pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import StreamlitPage


@dataclass(frozen=True)
class Route:
    """The URL path of a page, and its title in the menu."""

    path: str
    title: str


DRAW = Route("draw", "Draw")
TRAIN = Route("train", "Train")
COMPARE = Route("compare", "Compare")
LEARN = Route("learn", "Learn")
DATASET = Route("dataset", "Dataset")

CAME_FROM = "from"
"""The query parameter that names the page to return to."""

_contents: dict[Route, Callable[[], None]] = {}


def set_contents(contents: Mapping[Route, Callable[[], None]]) -> None:
    """Set the function that shows each page. The shell calls this once, so that pages need not import one another."""
    _contents.update(contents)


def page(route: Route) -> StreamlitPage:
    """Return the page at a route, for the menu, a link or `st.switch_page`. Draw is the default page."""
    return st.Page(_contents[route], title=route.title, url_path=route.path, default=route is DRAW)


def go_to(route: Route, came_from: Route | None = None) -> None:
    """Switch to another page, dropping this page's query parameters; a page may be named to return to from there."""
    st.switch_page(page(route), query_params={} if came_from is None else {CAME_FROM: came_from.path})
