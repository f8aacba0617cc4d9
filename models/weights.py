"""Save and load a network and what is to be known about it: .npz, .safetensors and .pkl.

All three hold the same: the arrays W1, b1, W2, b2, … in float32, or in float16 where the file is to be half as large,
the name of the activation, and `about`.

    .npz           `activation` and `about` (JSON) are arrays of one string each; no pickled objects
    .safetensors   they are metadata strings
    .pkl           a dict; `about` is a dict in it

Files come from strangers. Reading one runs nothing that it says and reserves no memory that it only claims to need:
see npz_archive.py and restricted_pickle.py. Whatever it holds, the outcome is a SavedNetwork whose probabilities are
finite for every image with pixels in [0, 1], or a WeightsError.
"""

import io
import json
import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import safetensors
from numpy.typing import NDArray
from safetensors.numpy import save as safetensors_bytes

from data.file_io import write_atomically
from models.untrusted import npz_archive, restricted_pickle
from models.untrusted.raw_arrays import MAX_FILE_BYTES, RawArray, WeightsError, printable
from nn.activations import ACTIVATIONS
from nn.network import Network

__all__ = ["FORMATS", "Format", "Precision", "SavedNetwork", "WeightsError", "load", "rounded", "save", "write"]

Format = Literal["npz", "safetensors", "pkl"]
FORMATS: tuple[Format, ...] = get_args(Format)
Precision = Literal["float16", "float32"]
"""What a file holds its weights in. A float16 has 11 significant bits, and takes half the room."""

MAX_LAYERS = 32
MAX_PARAMETERS = 16_000_000
MAX_CLASSES = 62
"""The ten digits and both alphabets, as in EMNIST (Cohen et al., 2017)."""
MAX_ABOUT = 256 * 1024
"""Characters of `about` as JSON."""
MAX_CLASS_NAME = 40

_LARGEST_LOGIT = 1e38
_TOO_LONG = f"its about is longer than {MAX_ABOUT >> 10} KB as JSON"
_SAFETENSORS_FLOATS = {"F16": "<f2", "F32": "<f4", "F64": "<f8"}


@dataclass(frozen=True, eq=False)
class SavedNetwork:
    """A network and what is to be known about it.

    Attributes:
        network: The network; loaded in float32 whatever it was trained and saved in.
        about: What JSON can hold: name, classes, seed, hyperparameters, accuracy, temperature, threshold. It is
            copied, and comes out as it would from a file (a tuple as a list).

    Raises:
        WeightsError: When `about` is no JSON object or larger than MAX_ABOUT, or its "classes" are not as many
            different short texts as the network has outputs.
    """

    network: Network
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "about", json.loads(_json(self.about)))
        _check_classes(self.about.get("classes"), self.network.sizes[-1])

    @property
    def classes(self) -> tuple[str, ...]:
        """What each output stands for; "0", "1", "2", … where nothing was said."""
        return tuple(self.about.get("classes", map(str, range(self.network.sizes[-1]))))


def rounded(network: Network, precision: Precision) -> Network:
    """Return the network that a file in this precision gives back: in float32, each weight the nearest that it holds.

    Raises:
        WeightsError: When it could not be loaded again: it holds NaN, or a weight or logit is out of range.
    """
    with np.errstate(over="ignore"):  # to infinity, which is refused
        arrays = [array.astype(precision) for array in network.parameters]
    raw = [RawArray(array.tobytes(), array.dtype.str, array.shape) for array in arrays]
    try:
        return _network(_named(raw), network.activation)
    except WeightsError as error:
        raise WeightsError(f"This network cannot be saved: {error}.") from None


def save(saved: SavedNetwork, file_format: Format = "npz", precision: Precision = "float32") -> bytes:
    """Return the file. The same network gives the same bytes; in .safetensors, but for the order of the metadata.

    Raises:
        WeightsError: See `rounded`.
    """
    arrays = _named([array.astype(precision) for array in rounded(saved.network, precision).parameters])
    texts = {"activation": saved.network.activation, "about": _json(saved.about)}
    match file_format:
        case "npz":
            file = io.BytesIO()
            members: dict[str, Any] = {**arrays, **{name: np.array(text) for name, text in texts.items()}}
            np.savez(file, **members)
            return file.getvalue()
        case "safetensors":
            return safetensors_bytes(arrays, metadata=texts)
        case "pkl":
            return pickle.dumps(
                {**arrays, "activation": saved.network.activation, "about": dict(saved.about)}, protocol=4
            )
    raise ValueError(f"file_format must be one of {', '.join(FORMATS)}; got {file_format!r}")


def write(saved: SavedNetwork, path: Path | str, precision: Precision = "float32") -> None:
    """Save to a file, in the format that its suffix names; the file is there whole or as it was before.

    Raises:
        WeightsError: When the suffix names no format, the network cannot be saved, or the file not written.
    """
    path = Path(path)
    suffix = path.suffix.lower().removeprefix(".")
    if suffix not in FORMATS:
        raise WeightsError(f"{path.name} must end in .{', .'.join(FORMATS)} to be saved.")
    data = save(saved, suffix, precision)
    try:
        write_atomically(path, data)
    except OSError as error:
        raise WeightsError(f"{path.name} could not be written: {error.strerror}.") from None


def load(source: Path | str | bytes, name: str | None = None) -> SavedNetwork:
    """Read a file of weights, in whichever of the formats its content is.

    A file of arrays alone will do: the activation is then ReLU, and the classes are numbered. So will weights as the
    textbook writes them, examples in columns: W1 (hidden, inputs) and b1 (hidden, 1). They are transposed, and only
    when the shapes chain in no other way. A pickle may also hold [W1, b1, W2, b2, …] without names. Arrays of
    float16 and float64 are converted to float32; whole numbers are refused.

    Args:
        source: A path, or the bytes of the file.
        name: What the person calls the file, for the error; the path's own name when left out.

    Raises:
        WeightsError: When it is no such file, or damaged, or holds anything that does not make one network.
    """
    path = None if isinstance(source, bytes) else Path(source)
    label = " ".join((name or (path.name if path else "The file")).split())[:80]
    try:
        return _saved_network(source if isinstance(source, bytes) else _content(Path(source)))
    except WeightsError as error:
        raise WeightsError(f"{label} cannot be used: {error}.") from None


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise WeightsError("there is no such file")
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise WeightsError(f"it could not be read ({error.strerror})") from None


def _saved_network(data: bytes) -> SavedNetwork:
    """Return the network of a file, told by its first bytes and not by its name, which anyone may change."""
    if not data:
        raise WeightsError("it is empty")
    if len(data) > MAX_FILE_BYTES:
        raise WeightsError(f"it is larger than {MAX_FILE_BYTES >> 20} MB")
    if data.startswith(b"PK"):
        return _from_npz(npz_archive.read(data))
    if data[8:9] == b"{" and int.from_bytes(data[:8], "little") <= len(data) - 8:
        return _from_safetensors(data)
    # Protocols 2 to 5 begin with 0x80; 0 and 1 with no mark of their own, but every pickle ends in STOP, a full stop.
    if data.startswith(b"\x80") or data.endswith(b"."):
        return _from_pickle(restricted_pickle.loads(data))
    raise WeightsError("it is not a file of weights; .npz, .safetensors and .pkl are read")


def _from_npz(arrays: dict[str, RawArray]) -> SavedNetwork:
    activation, about = arrays.pop("activation", None), arrays.pop("about", None)
    return SavedNetwork(
        _network(arrays, activation.text("activation") if activation else "relu"),
        _parsed(about.text("about")) if about else {},
    )


def _from_safetensors(data: bytes) -> SavedNetwork:
    try:
        tensors = safetensors.deserialize(data)  # type: ignore[no-untyped-call]
    except safetensors.SafetensorError:
        raise WeightsError("it is damaged, or not a whole .safetensors file") from None
    arrays = {
        name: RawArray(
            bytes(tensor["data"]),
            _SAFETENSORS_FLOATS.get(tensor["dtype"], str(tensor["dtype"])),
            tuple(tensor["shape"]),
        )
        for name, tensor in tensors
    }
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")].decode())
    metadata = header.get("__metadata__") or {}
    return SavedNetwork(_network(arrays, metadata.get("activation", "relu")), _parsed(metadata.get("about", "{}")))


def _from_pickle(content: object) -> SavedNetwork:
    if isinstance(content, list | tuple):
        content = _named(content)
    if not isinstance(content, dict):
        raise WeightsError("it holds no dictionary of arrays W1, b1, W2, b2, …")
    arrays = dict(content)
    activation, about = arrays.pop("activation", "relu"), arrays.pop("about", {})
    if not isinstance(about, dict):
        raise WeightsError("its about is not a dictionary")
    return SavedNetwork(_network(arrays, activation), about)


def _named(arrays: Sequence[Any]) -> dict[str, Any]:
    """Return arrays in the order of Network.parameters under their names W1, b1, W2, b2, …."""
    return {f"{'Wb'[index % 2]}{index // 2 + 1}": array for index, array in enumerate(arrays)}


def _network(arrays: Mapping[str, object], activation: object) -> Network:
    """Return the network of the arrays W1, b1, W2, b2, …, in either convention."""
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise WeightsError(f"its activation is {printable(str(activation))}; this app has {', '.join(ACTIVATIONS)}")
    raw = _in_order(arrays)
    if sum(array.size(name) for name, array in raw.items()) > MAX_PARAMETERS:
        raise WeightsError(f"it has more than {MAX_PARAMETERS:,} parameters")
    parameters = _as_rows({name: array.floats(name) for name, array in raw.items()})
    _check_range(parameters, activation)
    return Network(parameters, activation)


def _in_order(arrays: Mapping[str, object]) -> dict[str, RawArray]:
    """Return W1, b1, W2, b2, …, all there and nothing else."""
    layers = max((int(name[1:]) for name in arrays if re.fullmatch(r"[Wb][1-9]\d?", name, re.ASCII)), default=0)
    if not layers:
        raise WeightsError("it holds no arrays W1, b1, W2, b2, …")
    if layers > MAX_LAYERS:
        raise WeightsError(f"it has more than {MAX_LAYERS} layers")
    names = [f"{letter}{layer}" for layer in range(1, layers + 1) for letter in "Wb"]
    ordered: dict[str, RawArray] = {}
    for name in names:
        array = arrays.get(name)
        if array is None:
            raise WeightsError(f"{name} is missing")
        if not isinstance(array, RawArray):
            raise WeightsError(f"{name} is not a NumPy array")
        ordered[name] = array
    for name in arrays:
        if name not in ordered:
            raise WeightsError(f"it holds {printable(name)}, which is no part of a network here")
    return ordered


def _as_rows(arrays: Mapping[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    """Return W (fan_in, fan_out) and b (fan_out,) of each layer, from rows or, when only they chain, columns."""
    for name, array in arrays.items():
        if name.startswith("W") and array.ndim != 2:
            raise WeightsError(f"{name} is not a matrix")
    wrong = _first_unchained(arrays)
    if wrong is None:
        return [array.reshape(-1) if name.startswith("b") else array for name, array in arrays.items()]
    turned = {name: array.T for name, array in arrays.items()}
    if _first_unchained(turned) is not None:
        shapes = " × ".join(map(str, arrays[wrong].shape))
        raise WeightsError(f"{wrong} is {shapes}, which does not fit the layer before it")
    return [
        array.reshape(-1) if name.startswith("b") else np.ascontiguousarray(array) for name, array in turned.items()
    ]


def _first_unchained(arrays: Mapping[str, NDArray[np.float32]]) -> str | None:
    """Return the first array that does not fit the one before it, W (fan_in, fan_out) and b (fan_out,) or a row."""
    units = arrays["W1"].shape[0]
    for name, array in arrays.items():
        if name.startswith("W"):
            if array.shape[0] != units:
                return name
            units = array.shape[1]
        elif array.shape not in {(units,), (1, units)}:
            return name
    return None


def _check_range(parameters: Sequence[NDArray[np.float32]], activation: str) -> None:
    """Raise WeightsError if some image in [0, 1] could make a logit beyond float32, and so NaN of every probability.

    No pre-activation exceeds max over units of Σ|W|·|largest input| + |b|; tanh and sigmoid bring it back to 1.
    """
    largest = 1.0
    for W, b in zip(parameters[0::2], parameters[1::2], strict=True):
        largest = float((np.abs(W).sum(axis=0, dtype=np.float64) * largest + np.abs(b)).max())
        if largest > _LARGEST_LOGIT:
            raise WeightsError("its weights are so large that the network would overflow")
        if activation != "relu":
            largest = 1.0


def _check_classes(classes: object, outputs: int) -> None:
    if outputs > MAX_CLASSES:
        raise WeightsError(f"it has {outputs} outputs; at most {MAX_CLASSES} classes can be told apart here")
    if classes is None:
        return
    if (
        not isinstance(classes, list)
        or not all(isinstance(name, str) and 0 < len(name) <= MAX_CLASS_NAME for name in classes)
        or len(set(classes)) < len(classes)
    ):
        raise WeightsError(f"its classes are not a list of different names of 1 to {MAX_CLASS_NAME} letters")
    if len(classes) != outputs:
        raise WeightsError(f"it names {len(classes)} classes, but the network has {outputs} outputs")


def _json(about: Mapping[str, Any]) -> str:
    """Return `about` as JSON."""
    _weigh(about)
    try:
        text = json.dumps(dict(about), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise WeightsError("its about holds something that JSON cannot") from None
    if len(text) > MAX_ABOUT:
        raise WeightsError(_TOO_LONG)
    return text


def _weigh(about: object) -> None:
    """Raise WeightsError if `about` is large, or would be: a pickle may hold one value a billion times, or itself."""
    weight, unseen = 0, [about]
    while unseen:
        value = unseen.pop()
        weight += 1 + (len(value) if isinstance(value, str | Mapping | list | tuple) else 0)
        if weight > MAX_ABOUT:
            raise WeightsError(_TOO_LONG)
        if isinstance(value, Mapping):
            unseen.extend(value)
            unseen.extend(value.values())
        elif isinstance(value, list | tuple):
            unseen.extend(value)


def _parsed(text: str) -> dict[str, Any]:
    """Return `about` from its JSON."""
    if len(text) > MAX_ABOUT:
        raise WeightsError(_TOO_LONG)
    try:
        about = json.loads(text)
    except (ValueError, RecursionError):
        raise WeightsError("its about is not JSON") from None
    if not isinstance(about, dict):
        raise WeightsError("its about is not a dictionary")
    return about
