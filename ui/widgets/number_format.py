"""Number formatting for all pages; percentages and accuracies are in training/percentages.py."""

from math import ceil, inf, isfinite, log10

from language.numbers import localized, whole

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

_NEARLY_ONE = 0.999


def superscript(power: int) -> str:
    """Return a whole number in superscript digits."""
    return str(power).translate(_SUPERSCRIPTS)


def count(number: int) -> str:
    """Return a whole number with thousands separators: 12,345."""
    return whole(number)


def loss(value: float) -> str:
    """Return a loss in nats: 0.123, or in scientific notation if it has exploded: 1.23e+06."""
    return localized(f"{value:.3f}" if value < 1000 else f"{value:.2e}")


def p_value(p: float) -> str:
    """Return the p-value of a test: p = 0.40, p = 0.012, p < 0.001."""
    if p < 0.001:
        return localized("p < 0.001")
    return localized(f"p = {p:.2f}" if p >= 0.1 else f"p = {p:.3f}")


def number(value: float, digits: int = 4) -> str:
    """Return a number to `digits` significant digits, with a true minus sign: 0.03125, −1.250, 3.100·10⁻⁷."""
    mantissa, power = _mantissa_and_power(value, digits)
    mantissa = localized(mantissa)
    text = f"{mantissa}·10{superscript(power)}" if power else mantissa
    return text.replace("-", "−")


def signed(value: float) -> str:
    """Return a number as `number` does, with a plus sign if positive."""
    return f"+{number(value)}" if value > 0 else number(value)


def distinguishable(before: float, after: float) -> tuple[str, str]:
    """Return two numbers with enough digits, from four to twelve, to show that they differ."""
    change = abs(after - before)
    if change == 0 or not isfinite(change):
        return number(before), number(after)
    digits = min(max(3 + ceil(log10(max(abs(before), change) / change)), 4), 12)
    return number(before, digits), number(after, digits)


def probability(share: float) -> str:
    """Return a probability; close to 1, as 1 − its complement, because rounding it to 1 would claim certainty."""
    return f"1 − {number(1 - share)}" if _NEARLY_ONE < share < 1 else number(share)


def distinguishable_probabilities(before: float, after: float) -> tuple[str, str]:
    """Return two probabilities with enough digits to show that they differ; close to 1, as 1 − their complements."""
    if not _NEARLY_ONE < min(before, after) <= max(before, after) < 1:
        return probability(before), probability(after)
    complements = distinguishable(1 - before, 1 - after)
    return f"1 − {complements[0]}", f"1 − {complements[1]}"


def tex(value: float) -> str:
    """Return a number to four significant digits for KaTeX."""
    mantissa, power = _mantissa_and_power(value, 4)
    plain = localized(mantissa).replace(",", "{,}").replace("\N{NARROW NO-BREAK SPACE}", r"\,").replace("∞", r"\infty")
    return rf"{plain}\cdot10^{{{power}}}" if power else plain


def tex_probability(share: float) -> str:
    """Return a probability as `probability` does, for KaTeX."""
    return f"1-{tex(1 - share)}" if _NEARLY_ONE < share < 1 else tex(share)


def _mantissa_and_power(value: float, digits: int) -> tuple[str, int]:
    """Return the mantissa as text and the power of ten, which is 0 if the number is written out."""
    if not isfinite(value):
        return {inf: "∞", -inf: "-∞"}.get(value, "NaN"), 0
    if value == 0:
        return "0", 0
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    if not -4 <= int(power) <= 4:
        return mantissa, int(power)
    return f"{float(f'{mantissa}e{power}'):,.{max(digits - 1 - int(power), 0)}f}", 0
