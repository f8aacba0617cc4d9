"""A morph from one digit to another: what is read on the way, and where the answer changes."""

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from data.dataset import IMAGE_SIDE
from language.numbers import localized
from language.translation import _
from nn.morph import hidden_path, pixel_path, turning_point
from nn.network import Floats
from training.percentages import chance
from ui.break_it.before_and_after import NOT_A_DIGIT
from ui.break_it.breakable_network import BreakableNetwork
from ui.break_it.damage import Damage
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.html_templates import Templates
from ui.widgets.palette import Palette

TEMPLATES = Templates("break_it/page.html.j2")

FRAMES = 11


def morph(breakable: BreakableNetwork, damage: Damage, first: Floats, target: int, colours: Palette) -> Markup:
    """Return the frames of a morph from a digit (784,), and the points where the answer changes.

    The morph ends with a dev digit of the target class, one that the broken network reads correctly if there is one.
    """
    network, rule = breakable.network(damage), breakable.reader.decision_rule
    second = breakable.images[_example(breakable, damage, target)]
    shares = np.linspace(0, 1, FRAMES)
    logits = pixel_path(network, first, second, shares)
    read = rule.decisions(logits)
    sure = rule.probabilities(logits) * (1 - rule.reject_probability(logits))[:, None]
    names = [NOT_A_DIGIT if each < 0 else breakable.reader.classes[each] for each in read]
    frames = [
        {
            "src": data_uri(ink_picture(((1 - t) * first + t * second).reshape(IMAGE_SIDE, IMAGE_SIDE), colours)),
            "digit": name,
            "sure": "" if digit < 0 else chance(float(sure[place, digit]), 0),
            "turned": digit != read[0],
        }
        for place, (t, digit, name) in enumerate(zip(shares, read, names, strict=True))
    ]

    def by_pixels(at: Floats) -> NDArray[np.int64]:
        return rule.decisions(pixel_path(network, first, second, at))

    def by_activations(at: Floats) -> NDArray[np.int64]:
        return rule.decisions(hidden_path(network, first, second, at))

    pixels = turning_point(by_pixels)
    if pixels is None:
        return TEMPLATES.morph(frames=frames, sentences=[_("The answer stays the same all the way.")])
    after = by_pixels(np.array([pixels]))[0]
    share = localized(f"{pixels:.1%}")
    if after < 0:
        sentences = [_("Mixing the pixels, the answer turns to no digit at {share} of the way.", share=share)]
    else:
        name = breakable.reader.classes[after]
        sentences = [_("Mixing the pixels, the answer turns to {name} at {share} of the way.", name=name, share=share)]
    if breakable.units and (hidden := turning_point(by_activations)) is not None:
        sentences.append(
            _(
                "Mixing the activations of the last hidden layer, it turns at {share}. No picture need exist for those"
                " mixtures, so none is shown.",
                share=localized(f"{hidden:.1%}"),
            )
        )
    return TEMPLATES.morph(frames=frames, sentences=sentences)


def _example(breakable: BreakableNetwork, damage: Damage, target: int) -> int:
    """Return the index of the first dev digit of a class that is read correctly, or else of its first, or else 0."""
    (of_class,) = np.nonzero(breakable.truths == target)
    of_class = of_class[:50]
    if not len(of_class):
        return 0
    read = breakable.reader.decision_rule.decisions(breakable.network(damage).logits(breakable.images[of_class]))
    return int(of_class[np.argmax(read == target)])
