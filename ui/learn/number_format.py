"""Numbers as they stand beside an equation: four digits, a true minus sign, powers of ten where they need them."""

from math import ceil, inf, isfinite, log10

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

_NEARLY_ONE = 0.999


def superscript(power: int) -> str:
    """Return a whole number as it stands above the line."""
    return str(power).translate(_SUPERSCRIPTS)


def number(value: float, digits: int = 4) -> str:
    """Return a number to so many significant digits, for HTML or plain text: 0.03125, −1.250, 3.100·10⁻⁷."""
    mantissa, power = _parts(value, digits)
    text = f"{mantissa}·10{superscript(power)}" if power else mantissa
    return text.replace("-", "−")


def apart(before: float, after: float) -> tuple[str, str]:
    """Return two numbers with as many digits, from four to twelve, as it takes to tell them apart."""
    change = abs(after - before)
    if change == 0 or not isfinite(change):
        return number(before), number(after)
    digits = min(max(3 + ceil(log10(max(abs(before), change) / change)), 4), 12)
    return number(before, digits), number(after, digits)


def probabilities_apart(before: float, after: float) -> tuple[str, str]:
    """Return the same of two probabilities; where both are next to 1, by what they lack."""
    if not _NEARLY_ONE < min(before, after) <= max(before, after) < 1:
        return probability(before), probability(after)
    lacking, still = apart(1 - before, 1 - after)
    return f"1 − {lacking}", f"1 − {still}"


def signed(value: float) -> str:
    """Return the same with a + before what is above 0."""
    return f"+{number(value)}" if value > 0 else number(value)


def probability(share: float) -> str:
    """Return a probability; one next to 1 by what it lacks, as no network is certain."""
    return f"1 − {number(1 - share)}" if _NEARLY_ONE < share < 1 else number(share)


def tex(value: float) -> str:
    """Return a number to four significant digits for KaTeX."""
    mantissa, power = _parts(value, 4)
    plain = mantissa.replace(",", "{,}").replace("∞", r"\infty")
    return rf"{plain}\cdot10^{{{power}}}" if power else plain


def tex_probability(share: float) -> str:
    """Return the same as `probability` for KaTeX."""
    return f"1-{tex(1 - share)}" if _NEARLY_ONE < share < 1 else tex(share)


def _parts(value: float, digits: int) -> tuple[str, int]:
    """A mantissa as text and a power of ten, which is 0 where the number is written out."""
    if not isfinite(value):
        return {inf: "∞", -inf: "-∞"}.get(value, "no number"), 0
    if value == 0:
        return "0", 0
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    if not -4 <= int(power) <= 4:
        return mantissa, int(power)
    return f"{float(f'{mantissa}e{power}'):,.{max(digits - 1 - int(power), 0)}f}", 0
