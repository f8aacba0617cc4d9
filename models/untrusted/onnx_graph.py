"""Decode the graph of an untrusted ONNX model: its operators, its constants and its metadata.

The model is a protocol buffer: fields, each a number, a type and a value, nested. Only those of a chain of fully
connected layers are decoded. The fields are numbered as in onnx.proto; the encoding is described in the documentation
of Protocol Buffers, "Encoding".
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from data.untrusted.raw_arrays import RawArray, UnusableFileError
from language.numbers import whole
from language.translation import N_, _

MAX_FIELDS = 20_000
"""A chain of 32 layers has about a thousand."""

_TYPES = {1: "<f4", 7: "<i8", 10: "<f2", 11: "<f8"}
"""NumPy's abbreviation for the types of a tensor."""

_DAMAGED = N_("it is damaged, or not a whole ONNX model")


@dataclass(eq=False)
class Node:
    """An operator, the names of its inputs and outputs, and its attributes."""

    operator: str = ""
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    attributes: dict[str, float | int | str | RawArray] = field(default_factory=dict)


@dataclass(eq=False)
class Graph:
    """Operators in the order in which they are applied, constants by name, and the names of inputs and outputs."""

    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, RawArray] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)


def decode(data: bytes) -> tuple[Graph, dict[str, str]]:
    """Return the graph of a model, and its metadata.

    Raises:
        UnusableFileError: It is damaged, or holds something that is not decoded.
    """
    try:
        return _Decoder().model(memoryview(data))
    except (ValueError, struct.error) as error:
        if isinstance(error, UnusableFileError):
            raise
        raise UnusableFileError(_(_DAMAGED)) from None


class _Decoder:
    """Decodes messages, and counts the fields of all of them."""

    def __init__(self) -> None:
        self._count = 0

    def model(self, message: memoryview) -> tuple[Graph, dict[str, str]]:
        """Return the graph of a ModelProto, and its metadata."""
        graph, metadata = None, {}
        for number, value in self._fields(message):
            if number == 7 and isinstance(value, memoryview):
                graph = self._graph(value)
            elif number == 14 and isinstance(value, memoryview):
                entry = {field: _text(text) for field, text in self._fields(value)}
                metadata[entry.get(1, "")] = entry.get(2, "")
        if graph is None:
            raise UnusableFileError(_(_DAMAGED))
        return graph, metadata

    def _graph(self, message: memoryview) -> Graph:
        graph = Graph()
        for number, value in self._fields(message):
            match number:
                case 1:
                    graph.nodes.append(self._node(_message(value)))
                case 5:
                    name, tensor = self._tensor(_message(value))
                    graph.constants[name] = tensor
                case 11 | 12:
                    names = [_text(text) for field, text in self._fields(_message(value)) if field == 1]
                    (graph.inputs if number == 11 else graph.outputs).extend(names[:1])
                case 15:
                    raise UnusableFileError(_("it holds sparse weights, which are not read"))
        return graph

    def _node(self, message: memoryview) -> Node:
        node = Node()
        for number, value in self._fields(message):
            match number:
                case 1:
                    node.inputs.append(_text(value))
                case 2:
                    node.outputs.append(_text(value))
                case 4:
                    node.operator = _text(value)
                case 5:
                    name, attribute = self._attribute(_message(value))
                    if attribute is not None:
                        node.attributes[name] = attribute
        return node

    def _attribute(self, message: memoryview) -> tuple[str, float | int | str | RawArray | None]:
        name, result = "", None
        for number, value in self._fields(message):
            match number:
                case 1:
                    name = _text(value)
                case 2:
                    (result,) = struct.unpack("<f", _message(value))
                case 3 if isinstance(value, int):
                    result = value
                case 4:
                    result = _text(value)
                case 5:
                    _, result = self._tensor(_message(value))
        return name, result

    def _tensor(self, message: memoryview) -> tuple[str, RawArray]:
        """Return the name of a TensorProto, and the tensor: in raw bytes, or in a list of its type."""
        name, dims, kind = "", list[int](), 0
        elements: list[memoryview] = []
        for number, value in self._fields(message):
            match number:
                case 1:
                    dims += [value] if isinstance(value, int) else self._varints(value)
                case 2 if isinstance(value, int):
                    kind = value
                case 4 | 9 | 10:
                    elements.append(_message(value))
                case 8:
                    name = _text(value)
                case 13:
                    raise UnusableFileError(_("its weights are in another file: export the model as a single file"))
        data = elements[0] if len(elements) == 1 else b"".join(elements)
        return name, RawArray(data, _TYPES.get(kind, f"number {kind}"), tuple(dims))

    def _varints(self, message: memoryview) -> list[int]:
        at, values = 0, list[int]()
        while at < len(message):
            self._add_one()
            value, at = _varint(message, at)
            values.append(value)
        return values

    def _fields(self, message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
        """Return the fields of a message, in its order: their numbers, and integers or bytes."""
        at = 0
        while at < len(message):
            self._add_one()
            tag, at = _varint(message, at)
            number, kind = tag >> 3, tag & 7
            if kind == 0:
                value, at = _varint(message, at)
                yield number, value
                continue
            if kind == 2:
                length, at = _varint(message, at)
            elif kind in {1, 5}:
                length = 8 if kind == 1 else 4
            else:
                raise UnusableFileError(_(_DAMAGED))
            if length > len(message) - at:
                raise UnusableFileError(_(_DAMAGED))
            yield number, message[at : at + length]
            at += length

    def _add_one(self) -> None:
        self._count += 1
        if self._count > MAX_FIELDS:
            raise UnusableFileError(_("it has more than {most} fields", most=whole(MAX_FIELDS)))


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    """Return an integer encoded in groups of seven bits, the lowest first, and the position after it."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise UnusableFileError(_(_DAMAGED))


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise UnusableFileError(_(_DAMAGED))
    return value


def _text(value: int | memoryview) -> str:
    return bytes(_message(value)).decode()
