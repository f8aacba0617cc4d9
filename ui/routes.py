"""The addresses of the pages, in the order of the menu. The shell says what stands at each; pages link by address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import StreamlitPage


@dataclass(frozen=True)
class Route:
    """The address of a page, and its title in the menu."""

    path: str
    title: str


DRAW = Route("draw", "Draw")
TRAIN = Route("train", "Train")
COMPARE = Route("compare", "Compare")
LEARN = Route("learn", "Learn")
DATASET = Route("dataset", "Dataset")

_contents: dict[Route, Callable[[], None]] = {}


def set_contents(contents: Mapping[Route, Callable[[], None]]) -> None:
    """Say what shows each page; the shell does so once, which keeps pages from importing one another."""
    _contents.update(contents)


def page(route: Route) -> StreamlitPage:
    """Return the page at a route, for the menu, a link or a switch; the first of the menu is the default."""
    return st.Page(_contents[route], title=route.title, url_path=route.path, default=route is DRAW)


def go_to(route: Route) -> None:
    """Leave this page for another; the settings in the address stay behind."""
    st.switch_page(page(route), query_params={})
