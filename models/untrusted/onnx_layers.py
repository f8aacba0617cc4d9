"""Read the layers of an untrusted ONNX model without running it: follow the images from operator to operator."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.untrusted.raw_arrays import RawArray, UnusableFileError, printable
from language.numbers import general, localized
from language.translation import _, ngettext
from models.untrusted.onnx_graph import Graph, Node, decode
from nn.activations import ACTIVATIONS

_UNCHANGED = {"Identity", "Flatten", "Reshape", "Dropout", "Cast", "Squeeze"}
"""Operators that leave the numbers of an image and their order unchanged."""
_LAST = {"Softmax", "LogSoftmax", "ArgMax"}
_DEFAULT_ALPHAS = {"LeakyRelu": 0.01, "Elu": 1.0}
_POINTWISE: dict[str, tuple[Callable[..., NDArray[np.float64]], int]] = {
    "Add": (np.add, 2),
    "Sub": (np.subtract, 2),
    "Mul": (np.multiply, 2),
    "Div": (np.divide, 2),
    "Pow": (np.power, 2),
    "Neg": (np.negative, 1),
    "Tanh": (np.tanh, 1),
    "Erf": (np.vectorize(math.erf, otypes=[np.float64]), 1),
}
"""Operators that an activation can be composed of; their values at `_POINTS` tell which activation it is."""
_POINTS = np.linspace(-8, 8, 161)
_NEARNESS = 0.0006
"""How far these values may differ from an activation's: the two forms of GELU differ by up to 0.0005."""


@dataclass(frozen=True, eq=False)
class DenseChain:
    """The layers of a model.

    Attributes:
        content: W1, b1, W2, b2, …, the activation after each layer, and the metadata `about` of our own exports.
        factor: The model first multiplies its inputs by this, …
        summand: … then adds this.
    """

    content: dict[str, object]
    factor: float = 1.0
    summand: float = 0.0


@dataclass(eq=False)
class _Layer:
    """A fully connected layer: W (fan_in, fan_out), its bias, and the activation after it."""

    W: RawArray
    b: RawArray | None = None
    activation: str = "identity"


def is_onnx(data: bytes) -> bool:
    """Return whether a file begins like one of this format: with the version, field 1."""
    return data.startswith(b"\x08")


def read(data: bytes) -> DenseChain:
    """Return the layers of an ONNX model.

    Raises:
        UnusableFileError: It is damaged, or anything other than a chain of fully connected layers.
    """
    graph, metadata = decode(data)
    chain = _Chain(graph)
    content: dict[str, object] = {"activation": chain.activations()}
    for number, layer in enumerate(chain.layers, start=1):
        outputs = layer.W.size(f"W{number}") // layer.W.shape[0]  # type: ignore[index]
        content[f"W{number}"] = layer.W
        content[f"b{number}"] = layer.b or RawArray(bytes(4 * outputs), "<f4", (outputs,))
    if "about" in metadata:
        content["about"] = metadata["about"]
    return DenseChain(content, chain.factor, chain.summand)


class _Chain:
    """Follows the images from the input of a graph, operator by operator."""

    def __init__(self, graph: Graph) -> None:
        self.layers: list[_Layer] = []
        self.factor, self.summand = 1.0, 0.0
        self._constants = graph.constants
        self._composed: dict[str, NDArray[np.float64]] = {}  # values of tensors at _POINTS, since the last layer
        inputs = [name for name in graph.inputs if name not in graph.constants]
        if len(inputs) != 1:
            raise UnusableFileError(
                ngettext(
                    "it has {count} input, and only models with one are read",
                    "it has {count} inputs, and only models with one are read",
                    len(inputs),
                    count=len(inputs),
                )
            )
        self._at = inputs[0]
        for node in graph.nodes:
            if self._compose(node):
                continue
            self._finish_activation([*node.inputs])
            if node.operator in _LAST and self._at in node.inputs:
                break
            self._follow(node)
        else:
            self._finish_activation(graph.outputs)
            if self._at not in graph.outputs:
                raise UnusableFileError(_("its layers do not lead to its output"))
        if not self.layers:
            raise UnusableFileError(_("it holds no fully connected layers"))

    def activations(self) -> list[str]:
        """Return the activation after each layer; the last is included only if it has one."""
        names = [layer.activation for layer in self.layers]
        return names[:-1] if names[-1] == "identity" else names

    def _compose(self, node: Node) -> bool:
        """Process an operator that may be part of an activation; return whether it was one."""
        last = self.layers[-1] if self.layers else None
        if node.operator not in _POINTWISE or last is None or last.activation != "identity" or not node.outputs:
            return False
        is_bias = node.operator == "Add" and last.b is None and not self._constants.keys().isdisjoint(node.inputs)
        if self._at in node.inputs and (is_bias or _activation(node)):
            return False
        known = {self._at: _POINTS} | self._composed
        values = [known[name] if name in known else _number(self._constants.get(name)) for name in node.inputs]
        operation, operands = _POINTWISE[node.operator]
        if not known.keys() & set(node.inputs) or len(values) != operands or any(each is None for each in values):
            return False
        with np.errstate(all="ignore"):
            self._composed[node.outputs[0]] = operation(*values)
        return True

    def _finish_activation(self, names: list[str]) -> None:
        """If one of these tensors is composed of operators, find the activation that they amount to."""
        found = next((name for name in names if name in self._composed), "")
        if not found:
            return
        values = self._composed[found]
        for name, activation in ACTIVATIONS.items():
            if np.abs(activation.function(_POINTS) - values).max() < _NEARNESS:
                self.layers[-1].activation, self._at, self._composed = name, found, {}
                return
        raise UnusableFileError(
            _(
                "the operators after its layer {number} form no activation that can be read",
                number=len(self.layers),
            )
        )

    def _follow(self, node: Node) -> None:
        """Apply an operator to what is known of the images."""
        constants = [self._constants.get(name) for name in node.inputs]
        if node.operator == "Constant" and isinstance(node.attributes.get("value"), RawArray) and node.outputs:
            self._constants[node.outputs[0]] = node.attributes["value"]  # type: ignore[assignment]
        elif node.operator in {"Transpose", "Identity", "Cast"} and constants and constants[0] is not None:
            self._constants[node.outputs[0]] = (
                _transposed(constants[0]) if node.operator == "Transpose" else constants[0]
            )
        elif self._at in node.inputs and node.operator != "Shape":
            known = constants[1] if len(constants) > 1 and node.inputs[0] == self._at else None
            if node.operator in {"Add", "Mul"} and len(constants) > 1 and node.inputs[1] == self._at:
                known = constants[0]
            self._apply(node, known, constants)
            self._at, self._composed = node.outputs[0] if node.outputs else "", {}

    def _apply(self, node: Node, known: RawArray | None, constants: list[RawArray | None]) -> None:
        last = self.layers[-1] if self.layers else None
        match node.operator:
            case operator if operator in _UNCHANGED:
                return
            case operator if (name := _activation(node)) and last is not None and last.activation == "identity":
                last.activation = name
                return
            case "MatMul" if known is not None:
                self.layers.append(_Layer(known))
                return
            case "Gemm" if known is not None and _is_plain(node):
                bias = constants[2] if len(constants) > 2 else None
                if len(constants) < 3 or bias is not None:
                    self.layers.append(_Layer(_transposed(known) if node.attributes.get("transB") else known, bias))
                    return
            case "Add" if known is not None and last and last.b is None and last.activation == "identity":
                last.b = known
                return
            case "Add" | "Sub" | "Mul" | "Div" if known is not None and last is None:
                self._scale(node.operator, _single(known))
                return
        raise UnusableFileError(
            _(
                "it uses {operator} in a way that a chain of fully connected layers does not",
                operator=printable(node.operator),
            )
        )

    def _scale(self, operator: str, number: float) -> None:
        """Include a step that prepares the inputs."""
        match operator:
            case "Add":
                self.summand += number
            case "Sub":
                self.summand -= number
            case "Mul" | "Div":
                if not number:
                    raise UnusableFileError(_("it multiplies or divides its inputs by 0"))
                factor = number if operator == "Mul" else 1 / number
                self.factor, self.summand = self.factor * factor, self.summand * factor


def _is_plain(node: Node) -> bool:
    """Return whether a Gemm computes A W + b or A Wᵀ + b."""
    given = node.attributes
    return given.get("alpha", 1.0) == given.get("beta", 1.0) == 1 and not given.get("transA", 0)


def _activation(node: Node) -> str | None:
    """Return the name of an activation in ACTIVATIONS; None for any other operator.

    Both forms of Gelu are read as the approximation in ACTIVATIONS: they differ by at most 0.0005.

    Raises:
        UnusableFileError: It has another slope or scale than the app's.
    """
    for name, activation in ACTIVATIONS.items():
        if activation.onnx == node.operator:
            ours = activation.onnx_attributes.get("alpha")
            theirs = node.attributes.get("alpha", _DEFAULT_ALPHAS.get(node.operator))
            if isinstance(ours, float) and not (isinstance(theirs, float) and abs(theirs - ours) < 1e-6):
                raise UnusableFileError(
                    _(
                        "its {operator} has the alpha {theirs}; that of this app is {ours}",
                        operator=node.operator,
                        theirs=localized(f"{theirs!s:.9}"),
                        ours=general(ours),
                    )
                )
            return name
    return None


def _transposed(array: RawArray) -> RawArray:
    """Return the transpose."""
    shape = array.shape if isinstance(array.shape, tuple) else ()
    return RawArray(array.data, array.dtype, shape[::-1], fortran=not array.fortran)


def _number(array: RawArray | None) -> np.float64 | None:
    """Return the only element of a constant; None for any other."""
    if array is None or not (array.holds_floats or array.dtype == "<i8"):
        return None
    is_single = len(array.data) == np.dtype(array.dtype).itemsize
    return np.float64(np.frombuffer(array.data, array.dtype)[0]) if is_single else None


def _single(array: RawArray) -> float:
    """Return the only element of an array."""
    if not array.holds_floats or len(array.data) != np.dtype(array.dtype).itemsize:
        raise UnusableFileError(_("it prepares each pixel in its own way, and only one way for all is read"))
    number: float = np.frombuffer(array.data, array.dtype)[0].item()
    return number
