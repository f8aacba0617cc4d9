"""Learn: one digit, all the way through a network."""

from html import escape

import streamlit as st

from data.dataset import SIDE
from ui import canvas, session
from ui.handwriting import Drawn, Scanned, Specimen
from ui.palette import palette
from ui.pictures import data_uri, ink_picture
from ui.session import Session


def page() -> None:
    """Show the page."""
    mine = session.attach()
    st.html("<h1>One digit, all the way through</h1><p class='lead'>What a network makes of it, number by number.</p>")
    specimen = mine.specimen or _at_hand(mine)
    reader = mine.reader(mine.chosen_network)
    reading = specimen.hand.read(reader)
    name = "no digit" if reading.digit is None else reader.classes[reading.digit]
    picture = data_uri(ink_picture(reading.image, palette()))
    st.html(
        f"<img class='square pixels' id='specimen' alt='The digit as the network gets it' src='{picture}'>"
        f"<p class='note'>{escape(specimen.origin)}; read as {escape(name)}</p>"
    )


def _at_hand(mine: Session) -> Specimen:
    """The drawing where there is one, else a dev digit."""
    strokes = [stroke for each in mine.drawing.objects if len(stroke := canvas.points(each))]
    if strokes:
        return Specimen(Drawn(strokes, canvas.PAPER), None, "your drawing")
    images, labels = mine.dev_of(mine.chosen_network, mine.reader(mine.chosen_network)).take(limit=1)
    return Specimen(Scanned(images[0].reshape(SIDE, SIDE)), int(labels[0]), "dev digit 1")
