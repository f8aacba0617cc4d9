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
        runs: For runs beside each other: colours that colour-blind eyes, too, tell apart.
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
    runs: tuple[str, ...]


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
    runs=("#2f3fbf", "#a0390c", "#2a9899", "#661162", "#9d891d", "#1c1b1a"),
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
    runs=("#8593ff", "#ca8a3a", "#6accfb", "#ed30a7", "#dbc261", "#ece8e1"),
)


def palette() -> Palette:
    """Return the colours of the theme that the person sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def variables(colours: Palette) -> str:
    """Return the colours as CSS custom properties, for style.css."""
    single = {name: value for name, value in vars(colours).items() if name != "runs"}
    runs = {f"run{place}": colour for place, colour in enumerate(colours.runs)}
    return f":root {{ {'; '.join(f'--{name}: {value}' for name, value in (single | runs).items())}; }}"
