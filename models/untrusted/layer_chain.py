"""Put the matrices of a network in order and the right way round, so that their sizes chain.

A matrix is (fan_in, fan_out) or, in the convention of many textbooks and of PyTorch, (fan_out, fan_in). The fan-in of
each is the fan-out of the one before it, which leaves at most two ways for the whole network; square matrices, which
fit both ways, follow the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data.dataset import PIXELS

MAX_CLASSES = 62
"""The ten digits and both alphabets, as in EMNIST (Cohen et al., 2017)."""

_MOST_STEPS = 5_000
"""The maximum number of steps in the search for an order."""

Shape = tuple[int, int]


@dataclass(frozen=True)
class Chain:
    """One way to join matrices.

    Attributes:
        order: The indices of the matrices, first layer first.
        turned: For each in this order, whether it is (fan_out, fan_in).
        sizes: Units of each layer, inputs first.
        has_bias_inside: Whether each matrix has one more row than inputs: the bias.
    """

    order: tuple[int, ...]
    turned: tuple[bool, ...]
    sizes: tuple[int, ...]
    has_bias_inside: bool = False


def chains(
    shapes: Sequence[Shape],
    orders: Sequence[Sequence[int]],
    hints: Sequence[bool | None],
    *,
    may_have_bias_inside: bool,
) -> Iterator[Chain]:
    """Return every way in which matrices chain, the likeliest first.

    Args:
        shapes: The shape of each matrix.
        orders: The orders to try, the likeliest first.
        hints: For each matrix, whether it is (fan_out, fan_in), where the sizes leave it open; None if unknown.
        may_have_bias_inside: Whether to also try matrices with one more row than inputs.
    """
    found: list[Chain] = []
    for order in orders:
        for inside in (False, True) if may_have_bias_inside else (False,):
            for first_turned in (False, True):
                chain = _chain(shapes, order, hints, first_turned=first_turned, inside=inside)
                if chain is not None and chain not in found:
                    found.append(chain)

    def unlikeliness(chain: Chain) -> tuple[bool, bool, bool]:
        return chain.sizes[0] != PIXELS, chain.sizes[-1] > MAX_CLASSES, chain.has_bias_inside

    return iter(sorted(found, key=unlikeliness))


def orders_that_chain(shapes: Sequence[Shape]) -> list[tuple[int, ...]]:
    """Return the orders, at most two, in which all matrices chain from the pixels; none if the search is too long."""
    found: list[tuple[int, ...]] = []
    steps = 0

    def extend(order: tuple[int, ...], units: int) -> None:
        nonlocal steps
        steps += 1
        if len(order) == len(shapes):
            found.append(order)
        for index, (rows, columns) in enumerate(shapes):
            if len(found) < 2 and steps < _MOST_STEPS and index not in order and units in (rows, columns):
                extend((*order, index), columns if units == rows else rows)

    extend((), PIXELS)
    return found if steps < _MOST_STEPS else []


def _chain(
    shapes: Sequence[Shape], order: Sequence[int], hints: Sequence[bool | None], *, first_turned: bool, inside: bool
) -> Chain | None:
    """Return the only way in which these matrices can chain, given whether the first is turned."""
    turned: list[bool | None] = []
    sizes: list[int] = []
    for index in order:
        rows, columns = shapes[index]
        if not sizes:
            fits = [first_turned]
            sizes.append((columns if first_turned else rows) - inside)
        else:
            fits = [way for way in (False, True) if (columns if way else rows) == sizes[-1] + inside]
        if not fits or sizes[-1] < 1:
            return None
        turned.append(None if rows == columns else fits[0])
        sizes.append(rows if fits[0] else columns)
    decided = [way for way in turned if way is not None] or [
        hint for index in order if (hint := hints[index]) is not None
    ]
    rest = sum(decided) * 2 > len(decided)
    return Chain(tuple(order), tuple(rest if way is None else way for way in turned), tuple(sizes), inside)
