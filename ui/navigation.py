"""The pages of the app, in the order of the menu."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage


def draw() -> StreamlitPage:
    """Return the page on which a person draws."""
    from ui.pages import draw

    return st.Page(draw.page, title="Draw", url_path="draw", default=True)


def train() -> StreamlitPage:
    """Return the page on which a network is trained."""
    from ui.pages import train

    return st.Page(train.page, title="Train", url_path="train")


def compare() -> StreamlitPage:
    """Return the page on which runs are compared."""
    from ui.pages import compare

    return st.Page(compare.page, title="Compare", url_path="compare")


def learn() -> StreamlitPage:
    """Return the page on which one digit is followed through a network, and one step of learning."""
    from ui.pages import learn

    return st.Page(learn.page, title="Learn", url_path="learn")


def dataset() -> StreamlitPage:
    """Return the page that shows the digits."""
    from ui.pages import dataset

    return st.Page(dataset.page, title="Dataset", url_path="dataset")
