"""Fractions as percentages, in the one format that pages, figures, commands and scripts share.

They are written as in the reader's language; commands and scripts use English, as do the examples here.
"""

from collections.abc import Sequence

from language.numbers import fixed, localized
from language.translation import _
from nn.uncertainty import wilson


def percent(share: float, decimals: int = 1) -> str:
    """Return a measured fraction in [0, 1] as a percentage: 98.6%.

    100% and 0% mean exactly all and none: what lies between them and 99.9% or 0.1% is >99.9% or <0.1%. NaN is a dash.
    """
    return localized(_percent(share, decimals))


def bare_percent(share: float, decimals: int = 1) -> str:
    """Return a measured fraction as `percent` does, without the sign: 98.6."""
    return localized(_percent(share, decimals).removesuffix("%"))


def chance(p: float, decimals: int = 1) -> str:
    """Return a probability as a percentage: never 100% or 0%, however close its float32 comes; a dash for NaN."""
    return localized(plain_chance(p, decimals))


def plain_chance(p: float, decimals: int = 1) -> str:
    """Return a probability as a percentage in English, which a script shares: never 100% or 0%; a dash for NaN."""
    least = 10.0 ** -(2 + decimals)
    bound = "<" if p < least else ">" if p > 1 - least else ""
    return f"{bound}{min(max(p, least), 1 - least):.{decimals}%}" if p == p else "–"


def accuracy(share: float, count: int, decimals: int = 1) -> str:
    """Return an accuracy on dev or test with its 95% interval: 92.4% (89.8 to 94.5).

    Near 100%, where accuracies are, Wilson's interval is too lopsided for ±.

    Args:
        share: The fraction read correctly, in [0, 1], or NaN, which is written as a dash.
        count: The number of examples that it was measured on.
        decimals: The number of decimals in each of the three numbers.
    """
    return f"{percent(share, decimals)} ({interval(share, count, decimals)})" if share == share else "–"


def interval(share: float, count: int, decimals: int = 1) -> str:
    """Return the 95% interval of an accuracy as `accuracy` does, without the accuracy: 89.8 to 94.5."""
    low, high = (bare_percent(float(limit), decimals) for limit in wilson(share, count))
    return _("{low} to {high}", low=low, high=high)


def mean_and_spread(mean: float, deviation: float | None) -> str:
    """Return a mean accuracy over several seeds with its standard deviation, if there is one: 94.1% ± 0.4."""
    spread = "" if deviation is None else f" ±\N{NO-BREAK SPACE}{fixed(100 * deviation, 1)}"
    return percent(mean) + spread


def whole_percents(shares: Sequence[float]) -> list[str]:
    """Return labels in whole percent, without the sign, for bars whose shares are in [0, 1] and sum to 1.

    From 1% on, the numbers are rounded so that they sum to the percentage of these bars together (the largest
    remainder method), and at most to ">99". Smaller shares are "<1", and nothing below a twentieth of a percent.
    """
    large = [100 * share if share >= 0.01 else 0.0 for share in shares]
    whole = [int(each) for each in large]
    missing = round(sum(large)) - sum(whole)
    for index in sorted(range(len(large)), key=lambda index: whole[index] - large[index])[:missing]:
        whole[index] += 1
    return [
        (">99" if number > 99 else str(number)) if number else "<1" if share >= 0.0005 else ""
        for number, share in zip(whole, shares, strict=True)
    ]


def _percent(share: float, decimals: int) -> str:
    return f"{share:.0%}" if share in (0, 1) else plain_chance(share, decimals)
