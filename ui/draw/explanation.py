"""Why a drawing was read as it was: each step left out, which pixels spoke, and the digits it looks like."""

from dataclasses import replace
from html import escape

import numpy as np

from data.dataset import IMAGE_SIDE, nearest_images
from ink.mnist_format import Normalization
from models.reader import Reader, Reading
from nn.attribution import evidence
from ui.state.digit_sources import DigitSource
from ui.state.shared_resources import KnownDigits
from ui.widgets.array_images import data_uri, ink_picture, signed_picture
from ui.widgets.palette import Palette

STEPS = {
    "scaled": ("Not scaled", "at its original size"),
    "upright": ("Not upright", "with its slant"),
    "centred": ("Not centred", "where it was drawn"),
    "one_pen": ("Original stroke width", "as thick as it was drawn"),
}
"""What a person reads of each step of the normalization that is left out."""

NEAREST = 8


def steps_left_out(reader: Reader, hand: DigitSource, colours: Palette) -> str:
    """What would have been read with one step of the normalization left out."""
    own = reader.normalization
    cards = [_card("All steps", "what the network saw", hand.read(reader), reader, colours)]
    for name, (title, note) in STEPS.items():
        if getattr(own, name):
            left_out: Normalization = replace(own, **{name: False})
            cards.append(_card(title, note, hand.read(reader, left_out), reader, colours))
    return f"<h3>What if a step is skipped?</h3><ul class='cards'>{''.join(cards)}</ul>"


def _card(title: str, note: str, reading: Reading, reader: Reader, colours: Palette) -> str:
    best = int(reading.probabilities.argmax())
    verdict = f"{escape(reader.classes[best])} <small>{reading.probabilities[best]:.0%}</small>"
    if reading.digit is None:
        verdict = "<small>not a digit</small>"
    picture = data_uri(ink_picture(reading.image, colours))
    return (
        f"<li><img class='pixels' alt='{title}: {note}' src='{picture}'><strong>{verdict}</strong>"
        f"<span>{title}</span><span class='note'>{note}</span></li>"
    )


def what_spoke(reader: Reader, reading: Reading, chosen: int, colours: Palette) -> str:
    """Which pixels speak for and against a class, over the drawing."""
    shares = evidence(reader.network, reading.image.reshape(-1))[:, reader.outputs[chosen]].reshape(
        IMAGE_SIDE, IMAGE_SIDE
    )
    limit = float(np.abs(shares).max()) or 1.0
    picture = data_uri(signed_picture(shares, colours, limit))
    name = escape(reader.classes[chosen])
    speaking_for, against = shares[shares > 0].sum(), -shares[shares < 0].sum()
    return (
        f"<figure class='evidence'><img class='pixels' id='evidence' alt='Evidence for {name}' src='{picture}'>"
        f"<figcaption><span class='positive'>orange</span> is evidence for {name}, {speaking_for:.1f} in total<br>"
        f"<span class='negative'>blue</span> is evidence against, {against:.1f}<br>"
        "<span class='note'>Weights × ink, through the active hidden units.</span></figcaption></figure>"
    )


def looks_like(reader: Reader, reading: Reading, known: KnownDigits, colours: Palette) -> str:
    """The training digits that look most like the drawing as the network got it."""
    images = known.for_reader(reader)
    cells = []
    for row in nearest_images(images, reading.image.reshape(-1), NEAREST):
        picture = data_uri(ink_picture(images[row].reshape(IMAGE_SIDE, IMAGE_SIDE), colours))
        name = escape(known.classes[known.labels[row]])
        cells.append(f"<li><img class='pixels' alt='A {name}' src='{picture}'><span>{name}</span></li>")
    return f"<h3>Nearest training digits</h3><ul class='samples nearest'>{''.join(cells)}</ul>"
