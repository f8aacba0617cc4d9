"""Draw: a digit on the canvas, and at each finished stroke what a network reads in it, and how."""

import base64
from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st

from models.reader import Reader, Reading
from ui import canvas, session
from ui.canvas import Stroke
from ui.palette import Palette, palette
from ui.pictures import data_uri, ink_picture, tiles

NETWORK_KEY = "network"


def page() -> None:
    """Show the page."""
    mine = session.attach()
    with st.container(key="draw_head", horizontal=True, vertical_alignment="bottom"):
        st.html(
            "<h1>Draw a digit</h1><p class='lead'>A neural network reads it, stroke by stroke.</p>", width="stretch"
        )
        names = mine.network_names()
        if not session.has_widget(NETWORK_KEY) and mine.chosen_network in names:
            session.set_widget(NETWORK_KEY, mine.chosen_network)
        mine.chosen_network = st.selectbox(
            "Network",
            names,
            key=NETWORK_KEY,
            help="Who reads: the saved weights, or a network trained or uploaded in this session.",
            width=230,
        )
    _read()


@st.fragment
def _read() -> None:
    """Show the canvas and the reading; only this part runs again after a stroke."""
    mine = session.current()
    drawing = mine.drawing
    reader = mine.reader(mine.chosen_network)
    with st.container(key="draw_desk", horizontal=True, gap="large"):
        with st.container(key="drawing", width=canvas.SIDE):
            strokes = canvas.canvas(drawing)
            with st.container(horizontal=True, gap="small"):
                st.button(
                    "Undo",
                    key="undo",
                    disabled=not drawing.objects,
                    on_click=lambda: drawing.show(canvas.drawn()[:-1]),
                    help="Take the last stroke back.",
                )
                st.button(
                    "Clear",
                    key="clear",
                    disabled=not drawing.objects,
                    on_click=lambda: drawing.show([]),
                    help="Start again on blank paper.",
                )
        reading = reader.read_strokes(strokes)
        with st.container(key="answer_panel"):
            st.html(_answer(reading, reader.classes, len(strokes)))
    st.html(_strip(strokes, reading, reader, palette()))


def _answer(reading: Reading, classes: Sequence[str], strokes: int) -> str:
    """The digit, large, and the ten probabilities as bars."""
    if reading.digit is None:
        numeral, sentence = "–", "The paper is blank. Draw a digit from 0 to 9."
    else:
        share = float(reading.probabilities[reading.digit])
        numeral, sentence = (
            escape(classes[reading.digit]),
            f"It reads {_article(classes[reading.digit])}, {_sure(share)} sure.",
        )
    blank = " blank" if reading.digit is None else ""
    return (
        f"<div class='answer{blank}'><div class='numeral' id='answer' data-strokes='{strokes}'>{numeral}</div>"
        f"<p class='sentence' role='status' aria-live='polite'>{sentence}</p></div>"
        f"{_bars(reading, classes)}"
    )


def _sure(share: float) -> str:
    """A probability in percent that does not claim to be certain."""
    return "more than 99.9%" if share >= 0.9995 else f"{share:.1%}"


def _article(name: str) -> str:
    return f"an {name}" if name in {"8", "11", "18"} else f"a {escape(name)}"


def _bars(reading: Reading, classes: Sequence[str]) -> str:
    """A column for each class; its height is the probability."""
    drawn = reading.digit is not None
    columns = []
    for index, (name, probability) in enumerate(zip(classes, reading.probabilities, strict=True)):
        share = float(probability) if drawn else 0.0
        first = " first" if index == reading.digit else ""
        columns.append(
            f"<li class='bar{first}'><span class='share'>{_percent(share) if drawn else ''}</span>"
            f"<span class='column'><span style='height:{100 * share:.1f}%'></span></span>"
            f"<span class='name'>{escape(name)}</span></li>"
        )
    return f"<ul class='bars' id='probabilities' aria-label='Probability of each digit'>{''.join(columns)}</ul>"


def _percent(share: float) -> str:
    return "<1" if 0.0005 <= share < 0.01 else f"{100 * share:.0f}"


def _strip(strokes: Sequence[Stroke], reading: Reading, reader: Reader, colours: Palette) -> str:
    """The way of the drawing through the network, from left to right."""
    seen = data_uri(ink_picture(reading.image, colours))
    stations = [
        (
            "Your drawing",
            f"{len(strokes)} stroke{'' if len(strokes) == 1 else 's'}",
            f"<img class='square' alt='Your strokes' src='{_drawn(strokes, colours)}'>",
        ),
        (
            "What the network gets",
            "28 × 28 pixels, centred by mass",
            f"<img class='square pixels' id='input_image' alt='The drawing as 28 by 28 pixels' src='{seen}'>",
        ),
    ]
    for number, activations in enumerate(reading.hidden, start=1):
        active = int(np.count_nonzero(activations))
        which = f"Hidden layer {number}" if len(reading.hidden) > 1 else "Hidden layer"
        stations.append(
            (
                which,
                f"{len(activations)} units, {active} active",
                f"<img class='pixels units' alt='Activations of {which.lower()}' src='{_units(activations, colours)}'>",
            )
        )
    stations.append(("Softmax", "probabilities that sum to 1", _table(reading, reader.classes)))
    parts = [
        f"<li><h3>{title}</h3><p class='note'>{note}</p><div class='station'>{body}</div></li>"
        for title, note, body in stations
    ]
    return f"<h2 class='section'>How it was read</h2><ol class='strip'>{''.join(parts)}</ol>"


def _drawn(strokes: Sequence[Stroke], colours: Palette) -> str:
    """The strokes as they stand on the canvas, as an SVG picture."""
    lines = []
    for stroke in strokes:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (stroke if len(stroke) > 1 else np.repeat(stroke, 2, axis=0)))
        lines.append(f"<polyline points='{path}'/>")
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {canvas.SIDE} {canvas.SIDE}'><g fill='none'"
        f" stroke='{colours.ink}' stroke-width='{canvas.PEN_WIDTH}' stroke-linecap='round'"
        f" stroke-linejoin='round'>{''.join(lines)}</g></svg>"
    )
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _units(activations: np.ndarray[tuple[int, ...], np.dtype[np.floating]], colours: Palette) -> str:
    """The activations of a layer as a square of cells, the strongest in full ink."""
    strongest = float(np.abs(activations).max(initial=0)) or 1.0
    cells = (np.abs(activations) / strongest).reshape(-1, 1, 1)
    side = int(np.ceil(np.sqrt(len(cells))))
    return data_uri(ink_picture(tiles(cells, side, gap=0), colours))


def _table(reading: Reading, classes: Sequence[str]) -> str:
    """The probabilities as numbers, the largest first in weight."""
    rows = []
    for index, (name, probability) in enumerate(zip(classes, reading.probabilities, strict=True)):
        first = " class='first'" if index == reading.digit else ""
        rows.append(f"<div{first}><dt>{escape(name)}</dt><dd>{probability:.4f}</dd></div>")
    return f"<dl class='probabilities'>{''.join(rows)}</dl>"
