"""The names that programs give to the arrays of a network: which are weights, which biases, and of which layer.

    W1 b1, w_1 B_1, weights1 biases1, Theta1, wih who, Wh bh    by hand, with numbers or letters for the layers
    fc1.weight fc1.bias, layers.0.weight                        PyTorch
    dense/kernel:0 dense/bias:0                                 Keras
    coefs_.0 intercepts_.0                                      scikit-learn
    arr_0 arr_1, 0 1, 0.0 0.1                                   np.savez(*arrays) and lists: the shapes decide

PyTorch's weights are (fan_out, fan_in); those of Keras and scikit-learn (fan_in, fan_out).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from data.untrusted.raw_arrays import printable

_BIAS_WORD = {
    "w": "b", "weight": "bias", "weights": "biases", "kernel": "bias", "kernels": "biases",
    "coef": "intercept", "coefs": "intercepts", "theta": "bias", "thetas": "biases", "θ": "b",
}  # fmt: skip
"""For each word that names weights, the one that names their bias."""

_TURNED = {"weight": True, "kernel": False, "coef": False, "coefs": False}
"""Whether the weights so named are (fan_out, fan_in), where the sizes leave it open."""

_LETTERS = re.compile(r"(?P<role>[wb])(?!n$)(?:[a-z]{1,2}|hid|out)")
"""wih, who, Wh, bo, Wout; but not bn, a batch normalization."""

_NOT_PARAMETERS = re.compile(
    r"(?:^|\.)_?(?:optim|best_|sched|grad|adam|moment|velocit|ema\b|cache|d[wb]|[mvs]d?[wb]_?\d)", re.IGNORECASE
)
"""What training leaves in a file besides the parameters: gradients and optimizer state."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[θΘ]|\d+")


@dataclass(frozen=True)
class ArrayName:
    """The name of an array, as far as it could be parsed.

    Attributes:
        text: The name, printable.
        role: "W" for weights, "b" for a bias; None if the name says neither.
        layer: The rest of the name, words and numbers, the same for the weights and the bias of a layer.
        is_numbered: Whether the rest is only a number after the role, as in W1, so that numbers follow one another.
        turned: Whether weights so named are (fan_out, fan_in); None if they may be either.
        bias: The name that a bias of these weights would have, printable.
    """

    text: str
    role: str | None = None
    layer: tuple[str | int, ...] = ()
    is_numbered: bool = False
    turned: bool | None = None
    bias: str = ""

    @property
    def sort_key(self) -> list[list[tuple[int, str]]]:
        """Sort names as people do: fc2 before fc10, dense before dense_1."""
        parts = [map(_number_or_word, _WORD.findall(part)) for part in self.text.split(".")]
        return [[(word, "") if isinstance(word, int) else (-1, word) for word in part] for part in parts]

    @property
    def layer_text(self) -> str:
        """The layer as text."""
        return ".".join(map(str, self.layer))

    def with_number(self, number: int) -> str:
        """Return a numbered name with another number."""
        return re.sub(r"\d+", str(number), self.text, count=1)


def parse(path: Sequence[str]) -> ArrayName | None:
    """Return the name of an array, given the keys that lead to it; None if it is not a parameter of a network."""
    name = ".".join(path).replace("/", ".").removesuffix(":0")[:200]
    if _NOT_PARAMETERS.search(name):
        return None
    words = list(_WORD.finditer(name))
    last = max((word.start() for word in words if not word[0].isdigit()), default=0)
    component = name.rfind(".", 0, last) + 1
    for at in reversed(range(len(words))):
        word = words[at][0].lower()
        letters = _LETTERS.fullmatch(word) if words[at].start() == component else None
        if word in _BIAS_WORD or word in _BIAS_WORD.values():
            role, rest = "W" if word in _BIAS_WORD else "b", []
        elif letters:
            role, rest = "W" if letters["role"] == "w" else "b", [word[1:]]
        else:
            continue
        layer = tuple(
            part for n, match in enumerate(words) for part in (rest if n == at else [_number_or_word(match[0])])
        )
        return ArrayName(
            printable(name),
            role,
            layer,
            is_numbered=len(layer) == 1 and isinstance(layer[0], int) and at + 1 < len(words),
            turned=_TURNED.get(word) if len(layer) > 0 else None,
            bias=printable(name[: words[at].start()] + _BIAS_WORD.get(word, "b" + word[1:]) + name[words[at].end() :]),
        )
    return ArrayName(printable(name), layer=tuple(_number_or_word(match[0]) for match in words))


def _number_or_word(word: str) -> str | int:
    return int(word) if word.isdecimal() and len(word) < 10 else word.lower()
