"""Read an untrusted pickle without executing any of it.

A pickle is a program that can call any function of any module. Python's unpickler can be restricted to certain names,
but would still call NumPy's functions with arguments from the file (a shape of 10¹², a dtype of Python objects),
allocate memory for lengths that the file merely declares, and set attributes on permitted objects. Instead, this module
decodes the operations (`pickletools.genops`) and interprets them itself: it performs the few that build plain values,
*recognizes* the few names under which NumPy stores arrays, which become a RawArray, and rejects everything else by
name. It never looks up or calls an object named in a file. Other formats with a pickle inside add names of their own.

The operations are defined in `pickletools` in Python's standard library and in PEP 307, 3154 and 574.
"""

import pickletools
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from data.untrusted.raw_arrays import MAX_FILE_BYTES, RawArray, UnusableFileError, printable
from language.numbers import whole
from language.translation import N_, _

Recognized = Callable[..., object]
"""What a recognized name stands for: a function that takes the arguments of the call in the file, unchecked."""

MAX_OPERATIONS = 200_000
"""The maximum number of operations: ten arrays take about two hundred, and the rest is for metadata."""

_ARRAY = "numpy.ndarray"
_DTYPE = "numpy.dtype"
_EMPTY_ARRAY = "numpy.core.multiarray._reconstruct"
_ARRAY_FROM_BYTES = "numpy.core.numeric._frombuffer"
_SCALAR = "numpy.core.multiarray.scalar"
_BYTES_FROM_TEXT = "_codecs.encode"
_ORDERED_DICT = "collections.OrderedDict"
_KNOWN = {_ARRAY, _DTYPE, _EMPTY_ARRAY, _ARRAY_FROM_BYTES, _SCALAR, _BYTES_FROM_TEXT, _ORDERED_DICT}

_SCALARS = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"}

_LONGEST_NAME = 64
_LONGEST_GLOBAL = 256
"""How many characters of a module or a name in it are looked at: more than any recognized name has."""

_DAMAGED = N_("it is damaged, or not a complete pickle")


@dataclass(frozen=True)
class Name:
    """A recognized name, as requested by the file: a string, not the named object."""

    word: str


@dataclass(eq=False)
class _DType:
    """A dtype being built: "f4", then its byte order."""

    code: str
    order: str = "="

    @property
    def spelling(self) -> str:
        return self.order + self.code


class UnknownNameError(UnusableFileError):
    """A pickle asks for something that is not recognized.

    Attributes:
        package: The package that it belongs to.
    """

    def __init__(self, module: str, word: str) -> None:
        super().__init__(_("it asks to run {name}, and only arrays and plain values are read", name=printable(word)))
        self.package = module.partition(".")[0]


class Attributes(dict[object, object]):
    """Stands for a recognized object: its attributes, as its file sets them."""


class _OrderedDict(dict[object, object]):
    """A dict on which PyTorch sets an attribute, the versions of its entries, which is ignored."""


def loads(data: bytes, names: Mapping[str, Recognized] | None = None, stored: Recognized | None = None) -> object:
    """Return the value of a pickle: strings, bytes, numbers, None, tuples, lists, dicts, RawArrays.

    The keys of a dict are strings or integers. An array of Python objects becomes a list. A container may contain
    itself or repeat a value many times, so limit any traversal.

    Args:
        data: The pickle; anything after its end is ignored.
        names: Further names to recognize, and what to do in place of calling the named object.
        stored: What to do for a persistent id, which refers to an object outside the pickle.

    Raises:
        UnusableFileError: It is not a complete pickle, has more than MAX_OPERATIONS, or contains anything else.
    """
    machine = _Machine(names or {}, stored)
    try:
        for operation, argument, _place in pickletools.genops(data):
            machine.execute(operation.name, argument)
        return machine.pop()
    except UnusableFileError:
        raise
    # genops warns about invalid escapes in strings; the warning is an exception where warnings are errors.
    except (ValueError, TypeError, IndexError, KeyError, OverflowError, struct.error, Warning):
        raise UnusableFileError(_(_DAMAGED)) from None


class _Machine:
    """The stack and the memo of a pickle being interpreted."""

    def __init__(self, names: Mapping[str, Recognized], stored: Recognized | None) -> None:
        self._names = names
        self._stored = stored
        self._stack: list[object] = []
        self._below: list[list[object]] = []
        self._memo: dict[object, object] = {}
        self._operations = 0
        self._encoded_bytes = 0
        self._attributes = 0

    def pop(self) -> object:
        return self._stack.pop()

    def execute(self, operation: str, argument: object) -> None:
        """Perform one operation; `argument` is its decoded argument."""
        self._operations += 1
        if self._operations > MAX_OPERATIONS:
            raise UnusableFileError(_("it has more than {most} operations", most=whole(MAX_OPERATIONS)))
        match operation:
            case "PROTO" | "FRAME" | "STOP":
                pass
            case "NONE":
                self._stack.append(None)
            case "NEWTRUE" | "NEWFALSE":
                self._stack.append(operation == "NEWTRUE")
            case (
                "INT" | "BININT" | "BININT1" | "BININT2" | "LONG" | "LONG1" | "LONG4" | "FLOAT" | "BINFLOAT"
                | "UNICODE" | "SHORT_BINUNICODE" | "BINUNICODE" | "BINUNICODE8"
                | "SHORT_BINBYTES" | "BINBYTES" | "BINBYTES8" | "BYTEARRAY8"
            ):  # fmt: skip
                self._stack.append(argument)
            case "STRING" | "BINSTRING" | "SHORT_BINSTRING":
                # Python 2's strings are bytes: names or, if they are long, the elements of arrays.
                text = str(argument)
                self._stack.append(text.encode("latin-1") if len(text) > _LONGEST_NAME else text)
            case "EMPTY_LIST":
                self._stack.append([])
            case "EMPTY_DICT":
                self._stack.append({})
            case "EMPTY_TUPLE":
                self._stack.append(())
            case "MARK":
                self._below.append(self._stack)
                self._stack = []
            case "POP":
                self._stack.pop()
            case "POP_MARK":
                self._above_mark()
            case "LIST":
                items = self._above_mark()
                self._stack.append(items)
            case "TUPLE":
                items = self._above_mark()
                self._stack.append(tuple(items))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                self._stack.append(tuple(self._last(int(operation[-1]))))
            case "DICT":
                items = self._above_mark()
                self._stack.append({})
                self._set(items)
            case "APPEND":
                self._extend(self._last(1))
            case "APPENDS":
                self._extend(self._above_mark())
            case "SETITEM":
                self._set(self._last(2))
            case "SETITEMS":
                self._set(self._above_mark())
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                self._memo[argument] = self._stack[-1]
            case "MEMOIZE":
                self._memo[len(self._memo)] = self._stack[-1]
            case "GET" | "BINGET" | "LONG_BINGET":
                self._stack.append(self._memo[argument])
            case "GLOBAL" | "INST":
                module, name = [*str(argument).split(" ", 1), ""][:2]
                self._stack.append(self._recognized(module, name))
                if operation == "INST":
                    raise UnusableFileError(
                        _("it asks to run {name} in a way that NumPy does not", name=printable(name))
                    )
            case "STACK_GLOBAL":
                self._stack.append(self._recognized(*self._last(2)))
            case "REDUCE":
                self._stack.append(self._reduced(*self._last(2)))
            case "NEWOBJ":
                self._stack.append(self._new_object(*self._last(2)))
            case "BUILD":
                (state,) = self._last(1)
                self._attributes += len(state) if isinstance(state, dict) else 0
                if self._attributes > MAX_OPERATIONS:
                    raise UnusableFileError(_("it sets more than {most} attributes", most=whole(MAX_OPERATIONS)))
                _build(self._stack[-1], state)
            case "BINPERSID" if self._stored is not None:
                self._stack.append(self._stored(*self._last(1)))
            case "PERSID" | "BINPERSID" | "NEXT_BUFFER" | "EXT1" | "EXT2" | "EXT4":
                raise UnusableFileError(_("it asks for objects that are not in the file"))
            case _:
                raise UnusableFileError(
                    _("it uses the pickle operation {operation}, which plain values do not need", operation=operation)
                )

    def _above_mark(self) -> list[object]:
        """Pop everything pushed since the last mark."""
        items = self._stack
        self._stack = self._below.pop()
        return items

    def _last(self, count: int) -> list[object]:
        """Pop the last `count` values, oldest first."""
        if len(self._stack) < count:
            raise IndexError
        items = self._stack[-count:]
        del self._stack[-count:]
        return items

    def _extend(self, items: list[object]) -> None:
        target = self._stack[-1]
        if not isinstance(target, list):
            raise UnusableFileError(_(_DAMAGED))
        target.extend(items)

    def _set(self, items: list[object]) -> None:
        target = self._stack[-1]
        if not isinstance(target, dict) or len(items) % 2:
            raise UnusableFileError(_(_DAMAGED))
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, str | int):
                raise UnusableFileError(_("it holds a dictionary whose keys are neither text nor whole numbers"))
            target[key] = value

    def _recognized(self, module: object, name: object) -> Name:
        """Return a name under which NumPy 1 or 2 stores arrays, or one of the further names.

        Raises:
            UnusableFileError: It is any other name; nothing is imported or called.
        """
        if not (isinstance(module, str) and isinstance(name, str)):
            raise UnusableFileError(_(_DAMAGED))
        word = f"{module[:_LONGEST_GLOBAL]}.{name[:_LONGEST_GLOBAL]}"
        known = word.replace("numpy._core.", "numpy.core.", 1)
        if known not in _KNOWN and known not in self._names:
            raise UnknownNameError(module, word)
        return Name(known)

    def _reduced(self, function: object, arguments: object) -> object:
        """Return what NumPy's function would have returned."""
        match function, arguments:
            case Name(word=word), (Name(word=kind), tuple(), bytes() | str()) if (word, kind) == (
                _EMPTY_ARRAY,
                _ARRAY,
            ):
                return RawArray()
            case Name(word=word), (str(code), *_) if word == _DTYPE:
                return _DType(code)
            case Name(word=word), (
                bytes() | bytearray() as data,
                _DType() as dtype,
                shape,
                ("C" | "F") as order,
            ) if word == _ARRAY_FROM_BYTES:
                return RawArray(data, dtype.spelling, shape, fortran=order == "F")
            case Name(word=word), (_DType() as dtype, bytes(data)) if word == _SCALAR:
                return _scalar(dtype, data)
            case Name(word=word), (str(text), "latin1") if word == _BYTES_FROM_TEXT:
                return self._encoded(text)
            case Name(word=word), () if word == _ORDERED_DICT:
                return _OrderedDict()
            case Name(word=word), tuple() if word in self._names:
                return self._names[word](*arguments)
            case Name(word=word), _:
                raise UnusableFileError(_("it asks to run {word} in a way that NumPy does not", word=word))
        raise UnusableFileError(_(_DAMAGED))

    def _new_object(self, kind: object, arguments: object) -> object:
        """Return what stands for a new object of a recognized class."""
        if not isinstance(kind, Name) or kind.word not in self._names or arguments != ():
            raise UnusableFileError(_("it uses the pickle operation NEWOBJ, which plain values do not need"))
        return self._names[kind.word]()

    def _encoded(self, text: str) -> bytes:
        """Return bytes that protocols 0 to 2 store as a string. A file may refer to one string many times."""
        self._encoded_bytes += len(text)
        if self._encoded_bytes > MAX_FILE_BYTES:
            raise UnusableFileError(
                _("it would decompress to more than {megabytes} MB", megabytes=MAX_FILE_BYTES >> 20)
            )
        return text.encode("latin-1")


def _build(target: object, state: object) -> None:
    """Fill in an empty array or the byte order of a dtype, as NumPy's __setstate__ does."""
    match target, state:
        case RawArray(dtype=""), (
            1,
            shape,
            _DType() as dtype,
            bool(fortran),
            (bytes() | bytearray() | str()) as data,
        ):
            if isinstance(data, str):
                data = data.encode("latin-1")
            target.data, target.dtype, target.shape, target.fortran = data, dtype.spelling, shape, fortran
        case RawArray(dtype=""), (1, tuple(), _DType(code="O8" | "O"), bool(), list(objects)):
            target.dtype, target.objects = "O", objects
        case Attributes(), dict():
            target.update(state)
        case Attributes() | _OrderedDict(), _:
            pass
        case RawArray(), _:
            raise UnusableFileError(_("it holds an array of something other than plain numbers"))
        case _DType(), (3, ("<" | ">" | "=" | "|") as order, None, None, None, int(), int(), int()):
            target.order = order
        case _DType(), _:
            raise UnusableFileError(_("it holds an array of something other than plain numbers"))
        case _:
            raise UnusableFileError(_(_DAMAGED))


def _scalar(dtype: _DType, data: bytes) -> bool | int | float:
    """Convert a NumPy scalar to a Python number."""
    if dtype.code not in _SCALARS or len(data) != int(dtype.code[1]):
        raise UnusableFileError(_("it holds a NumPy value that is not a plain number"))
    number: bool | int | float = np.frombuffer(data, dtype.spelling)[0].item()
    return number
