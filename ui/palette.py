"""The colours of the page, light and dark, for what is not coloured by Streamlit's theme itself."""

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Palette:
    """Colours as #rrggbb, and what follows from them.

    Attributes:
        paper: The ground of the page.
        ink: Text, and what a pen leaves.
        faint: Lines and grounds that should hardly be seen.
        muted: Text that stands back.
        accent: What a person can act on, and the dev curve.
        negative: The far end of signed quantities below zero.
        positive: The far end of signed quantities above zero.
        wrong: A digit misread.
        canvas: A CSS filter for the canvas, whose ink is black: strokes once drawn cannot change their colour.
    """

    paper: str
    ink: str
    faint: str
    muted: str
    accent: str
    negative: str
    positive: str
    wrong: str
    canvas: str


LIGHT = Palette(
    paper="#fbfaf6",
    ink="#1c1b1a",
    faint="#e6e2d8",
    muted="#6b675f",
    accent="#2f3fbf",
    negative="#1d4fb8",
    positive="#b4560e",
    wrong="#b5500a",
    canvas="none",
)
DARK = Palette(
    paper="#171614",
    ink="#ece8e1",
    faint="#35322e",
    muted="#a49e94",
    accent="#8593ff",
    negative="#7aa2ff",
    positive="#f09a4a",
    wrong="#f2a056",
    canvas="invert(1)",
)


def palette() -> Palette:
    """Return the colours of the theme that the person sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def variables(colours: Palette) -> str:
    """Return the colours as CSS custom properties, for style.css."""
    names = "; ".join(f"--{name}: {value}" for name, value in vars(colours).items())
    return f":root {{ {names}; }}"
