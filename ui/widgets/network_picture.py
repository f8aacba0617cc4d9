"""A picture of the network at work: the input, the most important hidden units, the outputs, and the flow between them.

The numbers come from nn/contributions.py; network_picture.js draws them.
"""

import json
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from data.dataset import IMAGE_SIDE, PIXELS
from language.numbers import localized
from language.translation import _, ngettext
from models.reader import Reader, Reading, Rejection
from nn.activations import ACTIVATIONS
from nn.contributions import ShownLayer, error_signals, shown_layers
from nn.network import Floats, Network
from training.percentages import whole_percents
from ui import routes
from ui.state import streamlit_state
from ui.state.inspection import Inspection, inspect_output, inspect_unit
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.widgets.answer import EMPTY, likeliest
from ui.workarounds.component_file import component_from_file

MOST_UNITS = 12
"""Maximum number of units shown per hidden layer, unless a page has a reason to show fewer."""

PAPER = 127
"""The byte for a weight of 0 in a tile; bytes of negative weights go down to 0, those of positive ones up to 254."""

_picture = component_from_file(Path(__file__).with_suffix(".js"))


@dataclass(frozen=True, eq=False)
class Training:
    """What a picture of a network in training shows in addition to its reading.

    Attributes:
        step: The number of steps taken.
        before: The network at the previous update; the greatest changes since then flash. None if there was none.
        label: The output from which to follow a backward pass; None follows none. Set only in slow motion, because it
            takes longer than the reading.
        after: A reader with the network after the next step, and its reading, if the page plays that step; `before` is
            then the same network. The picture then moves only as the page says (network_scenes.js).
    """

    step: int
    before: Network | None = None
    label: int | None = None
    after: tuple[Reader, Reading] | None = None


@dataclass
class _ShownUnits:
    """The units last shown by each picture, by its key, so that few change at a time."""

    by_key: dict[str, tuple[NDArray[np.integer[Any]], ...]] = field(default_factory=dict)


def network_picture(
    reader: Reader,
    reading: Reading,
    *,
    inspection: Inspection | None = None,
    input_name: str = "",
    key: str = "network_picture",
    flow: int = 0,
    training: Training | None = None,
    most: int = MOST_UNITS,
    on_unit: Callable[[int, int], None] | None = None,
) -> Callable[..., bytes]:
    """Show the network at work on one image; choosing a unit shows it on the Look page.

    Args:
        reader: The network.
        reading: Its reading of the image.
        inspection: What to send to the Look page when a unit is chosen; None on the Look page itself.
        input_name: The caption below the input; by default, its size.
        key: The key of the widget; the style sheet reserves a place for keys that start like the default.
        flow: A number, such as the count of strokes; ink flows through the picture when it changes.
        training: What to show of a network in training.
        most: The maximum number of units shown per hidden layer.
        on_unit: Called instead when a hidden unit is chosen, with its layer, from 1, and its number, from 0.

    Returns:
        A function that returns the message for another reading, given the network that read, the reading, the result of
        `window.digitLabNetwork.known()` in the browser (those tiles are not sent again, so that an update during a
        stroke takes about 2 kB), and optionally another flow and input_name.
    """
    shown, input_name = page_state(_ShownUnits).by_key, input_name or _("28 × 28 input")

    def message_of(
        reader: Reader,
        reading: Reading,
        known: object,
        flow: int = flow,
        *,
        training: Training | None = training and Training(training.step),
        input_name: str = input_name,
    ) -> bytes:
        message, shown[key] = picture_message(
            reader, reading, known, shown.get(key, ()), input_name=input_name, flow=flow, training=training, most=most
        )
        return message

    message = message_of(reader, reading, None, training=training)
    if training is not None and training.after is not None:
        message += picture_message(
            *training.after, None, shown[key], input_name=input_name, flow=flow, training=None, most=most
        )[0]

    def choose() -> None:
        match streamlit_state.widget_value(key).chosen:
            case {"layer": int(layer), "unit": int(unit)} if on_unit is not None:
                if 1 <= layer < len(reader.network.weights) and 0 <= unit < reader.network.sizes[layer]:
                    on_unit(layer, unit)
            case {"layer": int(layer), "unit": int(unit)}:
                if layer < len(reader.network.weights):
                    inspect_unit(unit, layer)
                else:
                    predicted = int(reader.outputs[reading.probabilities.argmax()])
                    inspect_output(unit, predicted, reader.network.sizes[-1])
                if inspection is not None:
                    Session.current().inspection = inspection
                    routes.go_to(routes.LOOK, came_from=inspection.origin)

    chosen = _picture()(key=key, data=message, on_chosen_change=choose).chosen
    if chosen is not None and inspection is None and on_unit is None:
        st.rerun()  # the unit is shown outside the fragment that may contain the picture
    return message_of


def picture_message(
    reader: Reader,
    reading: Reading,
    known: object,
    shown: Sequence[NDArray[np.integer[Any]]],
    *,
    input_name: str,
    flow: int,
    training: Training | None,
    most: int = MOST_UNITS,
) -> tuple[bytes, tuple[NDArray[np.integer[Any]], ...]]:
    """Return the message that network_picture.js draws, and the hidden units in it.

    The message is the length of a JSON header (uint32, little-endian), the header, then float32 and uint8 arrays in the
    order in which the script reads them.
    """
    network, rule = reader.network, reader.decision_rule
    is_blank = reading.rejection is Rejection.BLANK
    classes = list(likeliest(reading.probabilities))
    if training is not None:
        true = [int(index) for index in np.flatnonzero(reader.outputs == training.label) if index not in classes]
        classes = sorted(classes[: len(classes) - len(true)] + true)
    else:
        classes.sort()
    outputs = [int(reader.outputs[index]) for index in classes]
    names = [reader.classes[index] for index in classes]
    p = [float(reading.shares[index]) for index in classes]
    answer = int(np.argmax(p))
    if rule.reject_index is not None:
        outputs.append(rule.reject_index)
        names.append(_("none"))
        p.append(reading.reject_probability)
        if reading.rejection is Rejection.NOT_A_DIGIT:
            answer = len(p) - 1
    shares = whole_percents([*p, max(0.0, 1 - sum(p))])
    activations = [reading.image.reshape(PIXELS), *reading.hidden]
    layers = shown_layers(network, activations, None if is_blank else outputs[answer], outputs, most=most, shown=shown)
    token = _token(network)
    with_tiles = layers if len(layers) == 1 else layers[:-1]
    sent = [_not_known(layer.units, known, token, place) for place, layer in enumerate(with_tiles)]
    if reading.rejection in EMPTY:
        p, shares = [0.0] * len(p), [""] * len(shares)
    header: dict[str, Any] = {
        "network": token,
        "flow": flow,
        "blank": is_blank,
        "answer": answer,
        "names": names,
        "shares": [each and localized(f"{each}%") for each in shares[:-1]],
        "others": _others(len(reader.classes) - len(classes), shares[-1]),
        "input": input_name,
        "functions": [_(ACTIVATIONS[name].label) for name in network.activations],
        "layers": [{"units": layer.units.tolist(), "total": layer.total} for layer in layers],
        "sides": [_side(W.shape[0]) for W in network.weights[: len(with_tiles)]],
        "tiles": [np.flatnonzero(each).tolist() for each in sent],
    }
    floats: list[Floats] = [np.array(p)]
    for layer in layers:
        floats += [layer.activations, layer.sums, layer.biases, layer.evidence, layer.contributions]
    if training is not None:
        header["step"] = training.step
        if training.before is not None:
            header["changed"] = True
            floats += [_changes(network, training.before, layer, place) for place, layer in enumerate(layers)]
        if training.label in outputs:
            header["label"] = outputs.index(training.label)
            signals = error_signals(network, activations[0].astype(network.dtype), training.label)
            floats += [dZ[layer.units] for dZ, layer in zip(signals, layers, strict=True)]
    pixels = [np.rint(255 * activations[0]).astype(np.uint8)]
    for layer, W, is_sent in zip(with_tiles, network.weights, sent, strict=False):
        pixels.append(tiles(W[:, layer.units[is_sent]]))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    body = b"".join(
        [np.concatenate([each.ravel() for each in floats]).astype("<f4").tobytes(), *(t.tobytes() for t in pixels)]
    )
    return struct.pack("<I", len(text)) + text + body, tuple(layer.units for layer in layers[:-1])


def tiles(W: Floats) -> NDArray[np.uint8]:
    """Return the incoming weights of k units, (fan_in, k), as bytes, (k, side²).

    Each tile has its own scale: full colour is 3.5 times the root mean square of the unit's weights.
    """
    limits = 3.5 * np.sqrt(np.einsum("uv,uv->v", W, W) / len(W))
    levels = np.clip(W.T / np.where(limits > 0, limits, 1)[:, None], -1, 1) * PAPER + PAPER
    square = np.full((W.shape[1], _side(len(W)) ** 2), PAPER, np.uint8)
    square[:, : len(W)] = np.rint(levels)
    return square


def _others(count: int, share: str) -> str:
    """Return the total probability of the classes not shown; empty if all are shown."""
    if not count:
        return ""
    if not share:
        return ngettext("{count} other", "{count} others", count, count=count)
    share = localized(f"{share}%")
    return ngettext("{count} other: {share}", "{count} others: {share}", count, count=count, share=share)


def _side(fan_in: int) -> int:
    """Return the side of the smallest square that holds this many weights."""
    return IMAGE_SIDE if fan_in == PIXELS else isqrt(fan_in - 1) + 1


def _not_known(units: NDArray[np.integer[Any]], known: object, token: str, layer: int) -> NDArray[np.bool_]:
    """Return which of the units' tiles the browser lacks; `known` comes from the browser and may be anything."""
    match known:
        case {"network": str(network), "units": list(layers)} if network == token and layer < len(layers):
            has = (
                {unit for unit in layers[layer] if isinstance(unit, int)} if isinstance(layers[layer], list) else set()
            )
            return np.array([int(unit) not in has for unit in units])
    return np.ones(len(units), bool)


def _token(network: Network) -> str:
    """Return a fingerprint of the weights, which tells the browser whether a tile still belongs to the network."""
    return f"{zlib.crc32(network.vector[:: max(1, len(network.vector) // 4096)].tobytes()):x}"


def _changes(network: Network, before: Network, layer: ShownLayer, place: int) -> Floats:
    """Return how far the incoming weights of each shown unit have moved, ‖ΔW_·u‖, (k,)."""
    moved = network.weights[place][:, layer.units] - before.weights[place][:, layer.units]
    return np.sqrt(np.einsum("uv,uv->v", moved, moved))
