"""The light and dark colours of elements that Streamlit's theme does not cover."""

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Palette:
    """Colours as #rrggbb, and the matching canvas filter.

    Attributes:
        paper: The background of the page.
        ink: Text and strokes.
        faint: Lines and backgrounds that should barely show.
        muted: Secondary text.
        accent: Controls, links and the dev curve.
        negative: The most negative of signed values.
        positive: The most positive of signed values.
        wrong: A misread digit.
        canvas: A CSS filter for the canvas, whose ink is black: strokes cannot change colour once drawn.
        runs: Runs in one chart; distinguishable by colour-blind readers.
        classes: Ten classes in one chart, likewise; classes that are often confused have hues far apart.
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
    classes: tuple[str, ...]


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
    classes=(
        "#135765",
        "#a518aa",
        "#8b960e",
        "#594bf0",
        "#e547a6",
        "#594610",
        "#716f0c",
        "#560a2e",
        "#638af1",
        "#2f1674",
    ),
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
    classes=(
        "#adf7ea",
        "#bf80ed",
        "#ecee59",
        "#a023e4",
        "#eb6d9f",
        "#31c013",
        "#accc9a",
        "#c62683",
        "#f3a8f6",
        "#1e8d14",
    ),
)


def palette() -> Palette:
    """Return the colours of the visitor's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def variables(colours: Palette) -> str:
    """Return the colours of both themes as CSS custom properties; printed pages are light.

    The values of `colours` apply until theme_change.js has marked the page with its theme.
    """
    rules = [(":root", colours), (":root[data-theme=light]", LIGHT), (":root[data-theme=dark]", DARK)]
    rules.append((":root.printing", LIGHT))  # after the others
    return "\n".join(f"{selector} {{ {properties(each)}; }}" for selector, each in rules)


def properties(colours: Palette) -> str:
    """Return the colours of a theme as declarations of CSS custom properties."""
    single = {name: value for name, value in vars(colours).items() if isinstance(value, str)}
    runs = {f"run{place}": colour for place, colour in enumerate(colours.runs)}
    classes = {f"class{place}": colour for place, colour in enumerate(colours.classes)}
    return "; ".join(f"--{name}: {value}" for name, value in (single | runs | classes).items())
