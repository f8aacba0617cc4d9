"""Shared helpers for the tests of the Look page: networks to inspect, and parsing of displayed numbers."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from data.dataset import IMAGE_SIDE
from models.weights import SavedNetwork
from nn.network import Network
from ui.look.starting_point import LookState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from models.reader import Reader
    from tests.unit.ui.visit import Visit

every_depth = pytest.mark.parametrize("depth", [0, 1, 2, 3])

_POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def value(shown: str) -> float:
    """Parse a number as displayed: 1,024, −0.03125, 3.100·10⁻⁷, 1 − 2.3·10⁻⁵."""
    if shown.startswith("1 − "):
        return 1 - value(shown[4:])
    mantissa, _, power = shown.replace("−", "-").replace(",", "").partition("·10")
    return float(mantissa) * 10.0 ** int((power or "0").translate(_POWERS))


def close(shown: str, expected: float, digits_shown: int = 4) -> bool:
    return value(shown) == pytest.approx(expected, rel=0.51 * 10.0 ** (1 - digits_shown), abs=1e-300)


def component_data(visit: Visit, key: str) -> dict[str, Any]:
    """Return the data given to a component."""
    (found,) = [each.proto for each in visit.app.get("bidi_component") if each.proto.id.endswith(f"-{key}")]
    return json.loads(found.json)


def picked(visit: Visit, key: str) -> str:
    """Return the HTML of a group of buttons."""
    return str(component_data(visit, key)["html"])


def by_id(html: str, name: str) -> str:
    """Return the text of the element with this id, which must have no children."""
    found = re.search(rf"id='{name}'[^>]*>([^<]*)<", html)
    assert found, f"there is no {name}"
    return found[1]


def keep(visit: Visit, name: str, network: Network, **about: object) -> None:
    """Save a network in the session and select it."""
    visit.session.networks.saved[name] = SavedNetwork(network, about)
    visit.app.run()
    visit.app.selectbox(key="look_network").set_value(name).run()
    assert not visit.app.exception


def made(depth: int, activation: str | tuple[str, ...] = "relu", classes: int = 10, units: int = 6) -> Network:
    network = Network.initialize(
        (784, *[units] * depth, classes), rng=np.random.default_rng(depth), activation=activation
    )
    for b in network.biases:
        b[:] = np.random.default_rng(7).normal(scale=0.3, size=b.shape)
    return network


def in_float64(network: Network) -> Network:
    return Network([array.astype(np.float64) for array in network.parameters], network.activations)


def seen_by(visit: Visit) -> tuple[Reader, NDArray[np.float64], int]:
    """Return the reader, its input for the dev digit shown, and the output for the true (or else predicted) class."""
    networks = visit.session.networks
    reader = networks.reader(visit.page_state(LookState).network)
    place = int(by_id(visit.html, "origin").removeprefix("Dev digit ").replace(",", "")) - 1
    dev = networks.dev_examples(visit.page_state(LookState).network, reader)
    images, labels = dev.take(dev.rows[[place]])
    reading = reader.read_image(images[0].reshape(IMAGE_SIDE, IMAGE_SIDE).astype(np.float32) / np.float32(255))
    name = str(labels[0])
    label = reader.classes.index(name) if name in reader.classes else int(reading.probabilities.argmax())
    return reader, reading.image.reshape(-1).astype(np.float64), int(reader.outputs[label])


def cards(html: str) -> dict[str, str]:
    """Return the HTML of each matrix on the page by its anchor."""
    return dict(re.findall(r"<figure class='matrix' id='of-([^']+)'>(.*?)</figure>", html, re.DOTALL))


def entries(card: str) -> list[tuple[int, int, str]]:
    """Return the row, column and number of each entry of a card."""
    found = re.findall(r"data-row='(\d+)' data-column='(\d+)'><dt>.*?</dt><dd>(.*?)</dd>", card)
    return [(int(row), int(column), shown) for row, column, shown in found]
