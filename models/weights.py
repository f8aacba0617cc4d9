"""Save a network and its metadata as .npz, .safetensors or .pkl; load these, and other programs' files.

All three formats hold the arrays W1, b1, W2, b2, … in float32, or in float16 for half the size, the name of the
activation ("relu") or those of all hidden layers if they differ ("relu, tanh"), and the metadata, `about`.

    .npz           `activation` and `about` (JSON) are arrays of one string each; no pickled objects
    .safetensors   both are metadata strings
    .pkl           a dict; `about` is a nested dict

Files are untrusted. Loading one executes nothing in it and never allocates memory based on a header alone; see
data/untrusted and models/untrusted. The result is either a SavedNetwork whose probabilities are finite for every image
with pixels in [0, 1], or a WeightsError. docs/formats.md lists what is read.
"""

import io
import json
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from safetensors.numpy import save as safetensors_bytes

from data.file_io import write_atomically
from data.label_schemes import LONGEST_CLASS_NAME
from data.untrusted import restricted_pickle
from data.untrusted.raw_arrays import MAX_FILE_BYTES, RawArray, UnusableFileError, check_finite
from language.translation import _, ngettext
from models.untrusted import conversions, file_formats
from models.untrusted.layer_chain import MAX_CLASSES
from models.untrusted.network_arrays import build_network, by_name, check_range, with_prepared_inputs
from models.untrusted.onnx_layers import DenseChain
from nn.network import Network

__all__ = ["FORMATS", "Format", "Precision", "SavedNetwork", "WeightsError", "load", "rounded", "save", "write"]

Format = Literal["npz", "safetensors", "pkl"]
FORMATS: tuple[Format, ...] = get_args(Format)
Precision = Literal["float16", "float32"]
"""The type of the weights in a file. A float16 has 11 significant bits and takes half the space."""

Unstated = Literal["activation", "scale", "bias"]
"""What a file may leave open; see models/unstated_conventions.py."""

MAX_ABOUT = 256 * 1024
"""The maximum number of characters of `about` as JSON."""


class WeightsError(UnusableFileError):
    """Weights that cannot be saved or loaded; the message can be shown to the user."""


@dataclass(frozen=True, eq=False)
class SavedNetwork:
    """A network and its metadata.

    Attributes:
        network: The network; always loaded in float32.
        about: JSON-compatible metadata: name, classes, seed, hyperparameters, accuracy, temperature, threshold. It is
            copied through JSON, so a tuple becomes a list.
        unstated: What the file leaves open: the `activation`, ReLU until chosen; the `scale` of its inputs, [0, 1]
            until chosen; which row of a matrix is its `bias`, the first until chosen. See
            models/unstated_conventions.py.

    Raises:
        WeightsError: `about` is not a JSON object or is larger than MAX_ABOUT, or its "classes" are not distinct short
            strings, one for each output.
    """

    network: Network
    about: Mapping[str, Any] = field(default_factory=dict)
    unstated: tuple[Unstated, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "about", json.loads(_json(self.about)))
        _check_classes(self.about.get("classes"), self.network.sizes[-1])

    @property
    def classes(self) -> tuple[str, ...]:
        """The name of each output; by default "0", "1", "2", …."""
        return tuple(self.about.get("classes", map(str, range(self.network.sizes[-1]))))


def rounded(network: Network, precision: Precision) -> Network:
    """Return the network as loaded from a file of this precision: float32, with each weight rounded.

    Raises:
        WeightsError: The result could not be loaded: it holds NaN, or a weight or logit is out of range.
    """
    parameters = by_name(network.parameters)
    with np.errstate(over="ignore"):  # to infinity, which is rejected
        arrays = {name: array.astype(precision).astype(np.float32) for name, array in parameters.items()}
    try:
        for name, array in arrays.items():
            check_finite(array, name)
        result = Network(list(arrays.values()), network.activations)
        check_range(result)
    except UnusableFileError as error:
        raise WeightsError(_("This network cannot be saved: {problem}.", problem=error)) from None
    return result


def save(saved: SavedNetwork, file_format: Format = "npz", precision: Precision = "float32") -> bytes:
    """Return the bytes of the file, reproducible except for the order of the metadata in .safetensors.

    Raises:
        WeightsError: See `rounded`.
    """
    arrays = by_name([array.astype(precision) for array in rounded(saved.network, precision).parameters])
    texts = {"activation": _in_one_text(saved.network.activations), "about": _json(saved.about)}
    match file_format:
        case "npz":
            file = io.BytesIO()
            members: dict[str, Any] = {**arrays, **{name: np.array(text) for name, text in texts.items()}}
            np.savez(file, **members)
            return file.getvalue()
        case "safetensors":
            return safetensors_bytes(arrays, metadata=texts)
        case "pkl":
            return pickle.dumps({**arrays, "activation": texts["activation"], "about": dict(saved.about)}, protocol=4)
    raise ValueError(f"file_format must be one of {', '.join(FORMATS)}; got {file_format!r}")


def _in_one_text(activations: Sequence[str]) -> str:
    """Return the name that all hidden layers share or, if they differ, the name of each."""
    return ", ".join(activations if len(set(activations)) > 1 else activations[:1])


def write(saved: SavedNetwork, path: Path | str, precision: Precision = "float32") -> None:
    """Save to a file atomically, in the format of its suffix.

    Raises:
        WeightsError: The suffix is not a known format, the network cannot be saved, or the file cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise WeightsError(
            _(
                "{name} must end in {endings} to be saved.",
                name=path.name,
                endings=", ".join(f".{each}" for each in FORMATS),
            )
        )
    data = save(saved, suffix, precision)
    try:
        write_atomically(path, data)
    except OSError as error:
        raise WeightsError(
            _("{name} could not be written: {problem}.", name=path.name, problem=error.strerror)
        ) from None


def load(source: Path | str | bytes, name: str | None = None) -> SavedNetwork:
    """Load a file of weights; the format is detected from its content, not its name.

    Arrays may have any common names, and matrices may be (fan_in, fan_out) or (fan_out, fan_in); see
    models/untrusted/array_names.py and layer_chain.py. Only the matrices are required: by default, the activation is
    ReLU, the biases are 0, the inputs are pixels in [0, 1], and the classes are numbered; `unstated` says what is open.
    Arrays of float16 and float64 are converted to float32; integers are rejected.

    Args:
        source: The path, or the bytes of the file.
        name: The name of the file in error messages; by default that of the path.

    Raises:
        WeightsError: The file cannot be read, is damaged, or does not hold exactly one network.
    """
    path = None if isinstance(source, bytes) else Path(source)
    # Translators: The subject of a sentence, in place of the file's name.
    label = " ".join((name or (path.name if path else _("The file"))).split())[:80]
    try:
        return _saved_network(source if isinstance(source, bytes) else _content(Path(source)))
    except restricted_pickle.UnknownNameError as error:
        way_out = conversions.BY_PACKAGE.get(error.package)
        raise _unusable(label, _(way_out) if way_out else str(error)) from None
    except UnusableFileError as error:
        raise _unusable(label, str(error)) from None


def _unusable(name: str, problem: str) -> WeightsError:
    return WeightsError(_("{name} cannot be used: {problem}.", name=name, problem=problem))


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise WeightsError(_("there is no such file"))
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise WeightsError(_("it could not be read ({problem})", problem=error.strerror)) from None


def _saved_network(data: bytes) -> SavedNetwork:
    """Return the network of a file of any format."""
    if not data:
        raise WeightsError(_("it is empty"))
    if len(data) > MAX_FILE_BYTES:
        raise WeightsError(_("it is larger than {megabytes} MB", megabytes=MAX_FILE_BYTES >> 20))
    content = file_formats.read(data)
    chain = content if isinstance(content, DenseChain) else None
    if chain:
        content = chain.content
    about: object = None
    if isinstance(content, dict) and "about" in content:
        about = content["about"]
        content = {name: value for name, value in content.items() if name != "about"}
    built = build_network(content)
    network = with_prepared_inputs(built.network, chain.factor, chain.summand) if chain else built.network
    open_questions: dict[Unstated, bool] = {
        "activation": not built.states_activation,
        "scale": about is None,
        "bias": not built.states_bias,
    }
    unstated = tuple(question for question, is_open in open_questions.items() if is_open)
    return SavedNetwork(network, {} if about is None else _about(about), unstated)


def _check_classes(classes: object, outputs: int) -> None:
    if outputs > MAX_CLASSES:
        raise WeightsError(
            ngettext(
                "it has {count} output; at most {most} are supported",
                "it has {count} outputs; at most {most} are supported",
                outputs,
                count=outputs,
                most=MAX_CLASSES,
            )
        )
    if classes is None:
        return
    if (
        not isinstance(classes, list)
        or not all(
            isinstance(each, str) and each.isprintable() and 0 < len(each) <= LONGEST_CLASS_NAME for each in classes
        )
        or len(set(classes)) < len(classes)
    ):
        raise WeightsError(
            _("its classes are not a list of different names of 1 to {longest} letters", longest=LONGEST_CLASS_NAME)
        )
    if len(classes) != outputs:
        raise WeightsError(
            _(
                "it names {classes} classes, but the network has {outputs} outputs",
                classes=len(classes),
                outputs=outputs,
            )
        )


def _json(about: Mapping[str, Any]) -> str:
    """Return `about` as JSON."""
    _check_size(about)
    try:
        text = json.dumps(dict(about), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise WeightsError(_("its about is not JSON-compatible")) from None
    if len(text) > MAX_ABOUT:
        raise _about_too_long()
    return text


def _about_too_long() -> WeightsError:
    return WeightsError(_("its about is longer than {kilobytes} KB as JSON", kilobytes=MAX_ABOUT >> 10))


def _check_size(about: object) -> None:
    """Raise WeightsError if `about` is too large: a pickle may refer to one value a billion times, or to itself."""
    size, remaining = 0, [about]
    while remaining:
        value = remaining.pop()
        size += 1 + (len(value) if isinstance(value, str | Mapping | list | tuple) else 0)
        if size > MAX_ABOUT:
            raise _about_too_long()
        if isinstance(value, Mapping):
            remaining.extend(value)
            remaining.extend(value.values())
        elif isinstance(value, list | tuple):
            remaining.extend(value)


def _about(about: object) -> Mapping[str, Any]:
    """Return the metadata of a file, stored as a dict or as JSON."""
    if isinstance(about, RawArray):
        about = about.text("about")
    if isinstance(about, str):
        if len(about) > MAX_ABOUT:
            raise _about_too_long()
        try:
            about = json.loads(about)
        except (ValueError, RecursionError):
            raise WeightsError(_("its about is not JSON")) from None
    if not isinstance(about, dict):
        raise WeightsError(_("its about is not a dictionary"))
    return about
