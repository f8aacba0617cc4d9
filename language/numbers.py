"""Write numbers as the reader's language does, with its separators and its space before a percent sign."""

import re
from functools import cache

from babel import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

from language.translation import ENGLISH, current

_NUMBER = re.compile(r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?P<fraction>\.[0-9]+)?(?P<percent>%?)")


def localized(text: str) -> str:
    """Rewrite the numbers in a text, such as >99.9% or 12,345 as Python formats them, for the reader's language.

    Only separators and percent signs change: >99,9 % in German, 12 345 in French, each with a no-break space.
    """
    language = current()
    return text if language == ENGLISH else _NUMBER.sub(lambda number: _written(number, language), text)


def whole(number: int) -> str:
    """Return a whole number with thousands separators: 12,345."""
    return localized(f"{number:,}")


def fixed(number: float, decimals: int) -> str:
    """Return a number with this many decimals: 0.123."""
    return localized(f"{number:,.{decimals}f}")


def general(number: float, digits: int = 6) -> str:
    """Return a number to at most this many significant digits, without trailing zeros: 0.05, 1e-07."""
    return localized(f"{number:.{digits}g}")


def separators() -> tuple[str, str]:
    """Return the thousands separator and the decimal separator."""
    group, point, _sign = _symbols(current())
    return group, point


def _written(number: re.Match[str], language: str) -> str:
    group, point, sign = _symbols(language)
    percent = sign if number["percent"] else ""
    fraction = (number["fraction"] or "").replace(".", point)
    return f"{number['whole'].replace(',', group)}{fraction}{percent}"


@cache
def _symbols(language: str) -> tuple[str, str, str]:
    """Return the thousands and decimal separators, and the percent sign with any space before it."""
    locale = Locale.parse(language)
    return get_group_symbol(locale), get_decimal_symbol(locale), locale.percent_formats[None].suffix[0]
