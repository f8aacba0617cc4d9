"""Numbers are readable and accurate where one format changes to another."""

import math

import pytest

from language.translation import speaking
from ui.widgets.number_format import (
    distinguishable,
    distinguishable_probabilities,
    loss,
    number,
    p_value,
    probability,
    signed,
    tex,
    tex_probability,
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1.000"),
        (-1.25, "−1.250"),
        (0.031254, "0.03125"),
        (1234.5, "1,234"),  # rounds half to even, like Python
        (99999.9, "1.000·10⁵"),
        (0.0001, "0.0001000"),
        (0.00009999, "9.999·10⁻⁵"),
        (-3.1e-17, "−3.100·10⁻¹⁷"),
        (6.02214e23, "6.022·10²³"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "NaN"),
    ],
)
def test_a_number_has_four_digits_and_powers_of_ten_where_it_needs_them(value: float, shown: str) -> None:
    assert number(value) == shown


def test_a_p_value_is_never_zero() -> None:
    assert [p_value(p) for p in (1.0, 0.4049, 0.0453, 0.0004)] == ["p = 1.00", "p = 0.40", "p = 0.045", "p < 0.001"]


def test_more_digits_can_be_asked_for() -> None:
    assert number(math.pi, 9) == "3.14159265"
    assert number(math.pi * 1e-7, 2) == "3.1·10⁻⁷"


def test_only_numbers_above_zero_have_a_plus() -> None:
    assert [signed(value) for value in (2.0, 0.0, -2.0)] == ["+2.000", "0", "−2.000"]


def test_a_probability_next_to_one_is_written_as_one_minus_its_complement() -> None:
    """Rounding to 1 would claim a certainty that softmax never gives."""
    assert probability(1 - 2.5e-6) == "1 − 2.500·10⁻⁶"
    assert probability(0.99) == "0.9900"
    assert probability(1.0) == "1.000"
    assert tex_probability(1 - 2.5e-6) == r"1-2.500\cdot10^{-6}"


def test_two_numbers_are_written_with_enough_digits_to_differ() -> None:
    assert distinguishable(0.5, 0.25) == ("0.5000", "0.2500")
    assert distinguishable(1.25, 1.25001) == ("1.25000000", "1.25001000")
    assert distinguishable(3.0, 3.0) == ("3.000", "3.000")
    assert distinguishable(0.0, 1e-9) == ("0", "1.000·10⁻⁹")
    assert distinguishable(1.0, math.inf) == ("1.000", "∞")


def test_two_probabilities_next_to_one_are_told_apart_by_their_complements() -> None:
    assert distinguishable_probabilities(0.5, 0.75) == ("0.5000", "0.7500")
    assert distinguishable_probabilities(0.5, 1 - 1e-6) == ("0.5000", "1 − 1.000·10⁻⁶")
    before, after = distinguishable_probabilities(1 - 1e-6, 1 - 0.99999e-6)
    assert before != after
    assert before.startswith("1 − 1.0000")


def test_katex_gets_only_signs_that_it_knows() -> None:
    assert tex(-1234.0) == "-1{,}234"
    assert tex(-1e-9) == r"-1.000\cdot10^{-9}"
    assert tex(math.inf) == r"\infty"


def test_numbers_are_written_as_in_the_readers_language() -> None:
    with speaking("fr"):
        assert [number(-1234.5), tex(1234.5)] == ["−1\N{NARROW NO-BREAK SPACE}234", r"1\,234"]
        assert [p_value(0.012), loss(0.5), tex(3.0)] == ["p = 0,012", "0,500", "3{,}000"]
