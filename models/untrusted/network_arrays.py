"""Build a network from the content of an untrusted file: nested dicts and lists of arrays, under any common names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.untrusted.raw_arrays import UnusableFileError
from language.numbers import whole
from language.translation import _, ngettext
from models.untrusted.array_names import ArrayName
from models.untrusted.layer_chain import Chain, chains, orders_that_chain
from models.untrusted.named_arrays import NamedArray, contents_of
from nn.activations import ACTIVATIONS
from nn.network import Network

MAX_LAYERS = 32
MAX_PARAMETERS = 16_000_000

_LARGEST_LOGIT = 1e38
_LISTED = 8
"""The maximum number of arrays listed in a message."""

_ALIASES = {"logistic": "sigmoid", "rectifier": "relu", "hyperbolictangent": "tanh"}
_OF_OUTPUTS = {"softmax", "logsoftmax"}


def _plain(name: str) -> str:
    """Return the name of an activation in lower case, with only letters and digits."""
    return re.sub(r"[^a-z0-9]", "", name[:40].lower())


@dataclass(frozen=True, eq=False)
class BuiltNetwork:
    """A network, and what its file leaves unsaid about it.

    Attributes:
        network: The network in float32; its logits are finite for every image with pixels in [0, 1].
        states_activation: Whether the file names the activation, or needs none because there are no hidden layers.
        states_bias: Whether the biases are separate arrays; otherwise they are the first row of each matrix.
    """

    network: Network
    states_activation: bool
    states_bias: bool = True


def by_name(arrays: Sequence[Any]) -> dict[str, Any]:
    """Return arrays in the order of Network.parameters, keyed by name: W1, b1, W2, b2, …."""
    return {f"{('W', 'b')[index % 2]}{index // 2 + 1}": array for index, array in enumerate(arrays)}


def build_network(content: object) -> BuiltNetwork:
    """Return the network of a file.

    Args:
        content: Dicts, lists and tuples, nested, of RawArrays and plain values; lists of numbers count as arrays.

    Raises:
        UnusableFileError: The activation is unknown, an array is missing, superfluous or malformed, the sizes do not
            chain, or the network is too large or could overflow.
    """
    contents = contents_of(content)
    matrices, biases = _parts(contents.arrays)
    if sum(array.raw.size(array.name.text) for array in (*matrices, *biases)) > MAX_PARAMETERS:
        raise UnusableFileError(_("it has more than {most} parameters", most=whole(MAX_PARAMETERS)))
    chain, biases_in_order = _joined(matrices, biases)
    parameters: list[NDArray[np.float32]] = []
    for index, is_turned, bias in zip(chain.order, chain.turned, biases_in_order, strict=True):
        W = matrices[index].raw.floats(matrices[index].name.text)
        W = W.T if is_turned else W
        if chain.has_bias_inside:
            b, W = W[0], W[1:]
        else:
            b = np.zeros(W.shape[1], np.float32) if bias is None else bias.raw.floats(bias.name.text).reshape(-1)
        parameters += [np.ascontiguousarray(W), np.ascontiguousarray(b)]
    activations = _activations(list(contents.activations.values()), len(matrices) - 1)
    network = Network(parameters, "relu" if activations is None else activations)
    check_range(network)
    return BuiltNetwork(network, activations is not None, not chain.has_bias_inside)


def with_prepared_inputs(network: Network, factor: float, summand: float) -> Network:
    """Return a network whose output for x is that of the given one for factor · x + summand.

    Z¹ = (factor · x + summand) W¹ + b¹ = x (factor · W¹) + b¹ + summand · Σ rows of W¹.

    Raises:
        UnusableFileError: It could overflow.
    """
    parameters = list(network.parameters)
    with np.errstate(over="ignore", invalid="ignore"):  # to infinity or NaN, which are rejected
        parameters[1] = parameters[1] + np.float32(summand) * parameters[0].sum(axis=0)
        parameters[0] = parameters[0] * np.float32(factor)
    result = Network(parameters, network.activations)
    check_range(result)
    return result


def check_range(network: Network) -> None:
    """Raise UnusableFileError if an image in [0, 1] could overflow a logit, making every probability NaN.

    The magnitude of a pre-activation is at most the maximum over units of Σ|W|·(largest input) + |b|; that of an
    activation is largest at one of the two extremes (see nn.activations).
    """
    largest = 1.0
    for layer, (W, b) in enumerate(zip(network.weights, network.biases, strict=True)):
        if layer:
            f = ACTIVATIONS[network.activations[layer - 1]].function
            largest = float(np.abs(f(np.array([-largest, largest]))).max())
        largest = float((np.abs(W).sum(axis=0, dtype=np.float64) * largest + np.abs(b)).max())
        if not largest <= _LARGEST_LOGIT:
            raise UnusableFileError(_("its weights are so large that the network would overflow"))


def _parts(arrays: Sequence[NamedArray]) -> tuple[list[NamedArray], list[NamedArray]]:
    """Return the matrices and the biases, told apart by their names or, if those do not tell, by their shapes."""
    for array in arrays:
        if array.name.role and array.raw.sides > 2:
            name = array.name.text
            raise UnusableFileError(
                _("{name} is not a vector or a matrix, and only fully connected layers are read", name=name)
            )
        if array.name.role:
            array.raw.size(array.name.text)
    has_weights, has_biases = ({array.name.role for array in arrays} >= {role} for role in ("W", "b"))
    if has_weights and not has_biases and not all(array.is_matrix for array in arrays if array.name.role):
        has_weights = False  # a list of all arrays that is called weights
    matrices, biases, others = [], [], []
    for array in arrays:
        if array.name.role == "b" or (not has_weights and array.is_vector):
            biases.append(array)
        elif array.name.role == "W" or (not has_weights and array.raw.sides == 2):
            matrices.append(array)
        else:
            others.append(array)
    if not matrices:
        if arrays:
            raise UnusableFileError(
                _("it holds no arrays W1, b1, W2, b2, … or fc1.weight, fc1.bias, …; {found}", found=_listed(arrays))
            )
        raise UnusableFileError(_("it holds no arrays W1, b1, W2, b2, … or fc1.weight, fc1.bias, …"))
    if others:
        raise UnusableFileError(_("it holds {name}, which is not part of a network", name=others[0].name.text))
    if len(matrices) > MAX_LAYERS:
        raise UnusableFileError(_("it has more than {most} layers", most=MAX_LAYERS))
    for array in matrices:
        array.raw.size(array.name.text)
        if array.raw.sides != 2:
            raise UnusableFileError(_("{name} is not a matrix", name=array.name.text))
    return matrices, biases


def _joined(matrices: Sequence[NamedArray], biases: Sequence[NamedArray]) -> tuple[Chain, Sequence[NamedArray | None]]:
    """Return how the matrices chain, and the bias of each in this order."""
    shapes = [(array.shape[0], array.shape[1]) for array in matrices]
    paired = _paired_by_name(matrices, biases)
    if _are_numbered(biases):
        biases = sorted(biases, key=lambda bias: bias.name.sort_key)
    hints = [_is_turned(array, paired[index] if paired else None) for index, array in enumerate(matrices)]
    for chain in chains(shapes, _orders(matrices, biases, shapes), hints, may_have_bias_inside=not biases):
        if not biases:
            return chain, [None] * len(matrices)
        outputs = chain.sizes[1:]
        fitting = _if_fitting([paired[n] for n in chain.order], outputs) if paired else _fitting(biases, outputs)
        if fitting is not None:
            return chain, fitting
    raise UnusableFileError(_("its sizes do not chain: {found}", found=_listed([*matrices, *biases])))


def _orders(
    matrices: Sequence[NamedArray], biases: Sequence[NamedArray], shapes: Sequence[tuple[int, int]]
) -> list[Sequence[int]]:
    """Return the orders in which the layers may follow one another: by number or, without numbers, as in the file."""
    by_name = sorted(range(len(matrices)), key=lambda index: matrices[index].name.sort_key)
    if _are_numbered(matrices):
        _check_numbers([array.name for array in (*matrices, *biases)])
        return [by_name]
    found = orders_that_chain(shapes)
    return [range(len(matrices)), by_name, *(found if len(found) == 1 else [])]


def _are_numbered(arrays: Sequence[NamedArray]) -> bool:
    """Return whether the names of arrays differ only in numbers: W1, W2; dense, dense_1."""
    layers = [array.name.layer for array in arrays]
    return len({tuple(word for word in layer if isinstance(word, str)) for layer in layers}) == 1 < len(set(layers))


def _check_numbers(names: Sequence[ArrayName]) -> None:
    """Raise UnusableFileError if a number is missing from W1, W2, …; modules, 0.weight, 2.weight, may skip numbers."""
    numbers = {name.layer[0] for name in names if name.is_numbered and isinstance(name.layer[0], int)}
    if all(name.is_numbered for name in names):
        for number in range(min(numbers), max(numbers)):
            if number not in numbers:
                raise UnusableFileError(_("{where} is missing", where=names[0].with_number(number)))


def _paired_by_name(matrices: Sequence[NamedArray], biases: Sequence[NamedArray]) -> list[NamedArray] | None:
    """Return the bias of each matrix; None if their names do not pair them.

    W1 and b1 belong to the same layer; so do input_hidden_weights and hidden_bias, Wih and bh.
    """
    layers = [array.name.layer_text for array in matrices]
    pairs: dict[int, NamedArray] = {}
    for bias in biases:
        layer = bias.name.layer_text
        same = [index for index, other in enumerate(layers) if other == layer]
        if not same and layer and not layer[0].isdigit():
            same = [index for index, other in enumerate(layers) if other.endswith(layer)]
        if len(same) != 1 or same[0] in pairs:
            return None
        pairs[same[0]] = bias
    for index, array in enumerate(matrices):
        if pairs and index not in pairs:
            raise UnusableFileError(_("{where} is missing", where=array.name.bias))
    return [pairs[index] for index in range(len(matrices))] if pairs else None


def _is_turned(array: NamedArray, bias: NamedArray | None) -> bool | None:
    """Return whether a matrix is (fan_out, fan_in), as its bias or its name suggests; None if they do not."""
    match bias.shape if bias else ():
        case (int(rows), 1) if rows > 1:
            return True
        case (1, int(columns)) if columns > 1:
            return False
    return array.name.turned


def _fitting(biases: Sequence[NamedArray], sizes: Sequence[int]) -> list[NamedArray] | None:
    """Return the bias of each layer: in the given order or, if that does not fit, the only one of each size."""
    by_size = {bias.length: bias for bias in biases}
    fitting = _if_fitting(biases, sizes)
    if fitting is None and len(by_size) == len(biases) and set(by_size) == set(sizes):
        return _if_fitting([by_size[size] for size in sizes], sizes)
    return fitting


def _if_fitting(biases: Sequence[NamedArray], sizes: Sequence[int]) -> list[NamedArray] | None:
    """Return the biases if each is a vector of the size of its layer."""
    fits = [bias.length for bias in biases] == list(sizes) and all(bias.is_vector for bias in biases)
    return list(biases) if fits else None


def _listed(arrays: Sequence[NamedArray]) -> str:
    """Return the names and shapes of arrays as a message lists them."""
    more = len(arrays) - _LISTED
    # Translators: At the end of a list of arrays.
    rest = [ngettext("{count} more", "{count} more", more, count=more)] if more > 0 else []
    return ", ".join([array.described for array in arrays[:_LISTED]] + rest)


def _activations(statements: Sequence[Sequence[str]], hidden: int) -> tuple[str, ...] | None:
    """Return the activation of each hidden layer, given the names stated in each place of a file; None if unstated."""
    names = [_plain(name) for statement in statements for name in statement]
    if len(names) == hidden + 1 > 1:
        names.pop()  # that of the outputs
    names = [_ALIASES.get(name, name) for name in names if name and name not in _OF_OUTPUTS]
    if not hidden:
        return ()
    known = {_plain(name): name for name in ACTIVATIONS}
    for name in names:
        if name not in known:
            raise UnusableFileError(
                _("its activation is {name}; this app has {names}", name=name, names=", ".join(ACTIVATIONS))
            )
    if len(set(names)) > 1 and (len(statements) > 1 or len(names) != hidden):
        raise UnusableFileError(
            _("its layers have different activations: {names}", names=", ".join(dict.fromkeys(names)))
        )
    return tuple(known[name] for name in (names if len(names) == hidden else names[:1] * hidden)) or None
