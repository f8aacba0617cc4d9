"""The routes of the pages in menu order, used for links between pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from language.translation import N_, _


@dataclass(frozen=True)
class Route:
    """A page.

    Attributes:
        path: Its name in links and tests, and its URL path unless it is the default page.
        title: Its title in the menu.
        icon: Its icon in the menu: SVG path data, stroked on a 24-unit square.
    """

    path: str
    title: str
    icon: str

    @property
    def url_path(self) -> str:
        """The URL path, without slashes; empty for the default page, Draw."""
        return "" if self is DRAW else self.path

    @property
    def tab_title(self) -> str:
        """The title of the browser's tab."""
        return _("{page} · Digit Lab", page=_(self.title))


DRAW = Route("draw", N_("Draw"), "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3")
TRAIN = Route("train", N_("Train"), "M4 4v16h16M7 9c1 6 4 8 12 8")
LOOK = Route("look", N_("Look"), "M5 6h.01M5 12h.01M5 18h.01M19 9h.01M19 15h.01M6 6l12 3M6 12l12-3M6 12l12 3M6 18l12-3")
BREAK_IT = Route("break", N_("Break it"), "M5 5h14v14H5zM13 5l-3 5 4 4-3 5")
COMPARE = Route("compare", N_("Compare"), "M4 4v16h16M7 7c1 6 4 9 12 9M7 14c2-4 5-6 12-6")
DATASET = Route("dataset", N_("Dataset"), "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z")
COLLECT = Route("collect", N_("Collect"), "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM17 14v6M14 17h6")

ROUTES = (DRAW, TRAIN, LOOK, BREAK_IT, COMPARE, DATASET, COLLECT)
"""All pages, in menu order."""

FORMER_PATHS = {"learn": LOOK}
"""Former paths of pages, so that old links and bookmarks still work."""

CAME_FROM = "from"
"""The query parameter that names the page to return to."""

_contents: dict[Route, Callable[[], None]] = {}


def set_contents(contents: Mapping[Route, Callable[[], None]]) -> None:
    """Set the function that shows each page. Called once by the shell, so that pages need not import one another."""
    _contents.update(contents)


def page(route: Route) -> StreamlitPage:
    """Return the page at a route, for the menu, a link or `st.switch_page`. Draw is the default page."""
    return st.Page(_contents[route], title=_(route.title), url_path=route.path, default=route is DRAW)


def go_to(route: Route, came_from: Route | None = None) -> None:
    """Switch to another page, dropping query parameters; `came_from` names the page that its way back leads to."""
    st.switch_page(page(route), query_params={} if came_from is None else {CAME_FROM: came_from.path})
