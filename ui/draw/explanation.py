"""Why a drawing gets its answer: skipped steps, pixel evidence and the nearest training digits."""

from dataclasses import replace

import numpy as np
from markupsafe import Markup

from data.dataset import IMAGE_SIDE
from ink.mnist_format import Normalization
from language.translation import N_, _
from models.reader import Reader, Reading
from nn.attribution import evidence
from nn.nearest_images import nearest_images
from ui.state.digit_sources import DigitSource
from ui.state.shared_resources import EmbeddedInputs
from ui.widgets.array_images import data_uri, ink_picture, signed_picture
from ui.widgets.html_templates import Templates
from ui.widgets.palette import Palette

TEMPLATES = Templates("draw/explanation.html.j2")

STEPS = {
    "scaled": (N_("Not scaled"), N_("at its original size")),
    "upright": (N_("Not upright"), N_("with its slant")),
    "centred": (N_("Not centred"), N_("where it was drawn")),
    "one_pen": (N_("Original stroke width"), N_("as thick as it was drawn")),
}
"""The title and note for each normalization step that can be skipped."""

NEAREST = 8


def skipped_steps(reader: Reader, source: DigitSource, colours: Palette) -> Markup:
    """Return the reading with each normalization step skipped in turn."""
    cards = [_card(_("All steps"), _("what the network saw"), source.read(reader), reader, colours)]
    for name, (title, note) in STEPS.items():
        if getattr(reader.normalization, name):
            left_out: Normalization = replace(reader.normalization, **{name: False})
            cards.append(_card(_(title), _(note), source.read(reader, left_out), reader, colours))
    return TEMPLATES.steps_left_out(cards=cards)


def _card(
    title: str, note: str, reading: Reading, reader: Reader, colours: Palette
) -> tuple[str, str, str | None, float, str]:
    best = int(reading.probabilities.argmax())
    name = None if reading.digit is None else reader.classes[best]
    return title, note, name, float(reading.shares[best]), data_uri(ink_picture(reading.image, colours))


def pixel_evidence(reader: Reader, reading: Reading, chosen: int, colours: Palette) -> Markup:
    """Return the pixels that are evidence for and against a class."""
    contributions = evidence(reader.network, reading.image.reshape(-1))[:, reader.outputs[chosen]]
    limit = float(np.abs(contributions).max()) or 1.0
    return TEMPLATES.evidence(
        name=reader.classes[chosen],
        image=data_uri(signed_picture(contributions.reshape(IMAGE_SIDE, IMAGE_SIDE), colours, limit)),
        evidence_for=contributions[contributions > 0].sum(),
        evidence_against=-contributions[contributions < 0].sum(),
    )


def nearest_digits(reader: Reader, reading: Reading, known: EmbeddedInputs, colours: Palette) -> Markup:
    """Return the training digits nearest to the network's input."""
    images = known.for_reader(reader)
    (rows,), _distances = nearest_images(reading.image.reshape(1, -1), images, NEAREST)
    return TEMPLATES.nearest(
        digits=[
            (
                known.classes[known.labels[row]],
                data_uri(ink_picture(images[row].reshape(IMAGE_SIDE, IMAGE_SIDE), colours)),
            )
            for row in rows
        ]
    )
