"""Numbers are readable and accurate where one format changes to another."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.widgets.number_format import (
    chance,
    distinguishable,
    distinguishable_probabilities,
    number,
    percent,
    probability,
    signed,
    tex,
    tex_probability,
    whole_percents,
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


@pytest.mark.parametrize(
    ("share", "measured", "believed"),
    [
        (0.9857, "98.6%", "98.6%"),
        (0.9997, ">99.9%", ">99.9%"),
        (1.0, "100%", ">99.9%"),
        (0.0003, "<0.1%", "<0.1%"),
        (0.0, "0%", "<0.1%"),
    ],
)
def test_only_what_was_counted_is_all_or_none(share: float, measured: str, believed: str) -> None:
    """The accuracy on 60 digits can be 100%; a probability cannot, even where float32 rounds it to 1."""
    assert (percent(share), chance(share)) == (measured, believed)


def test_rounding_in_other_decimals_is_never_to_all_or_none() -> None:
    assert [percent(0.99996, 2), percent(0.996, 0), chance(0.004, 0)] == [">99.99%", ">99%", "<1%"]
    assert chance(math.nan) == "–"


@given(st.lists(st.floats(0, 1), min_size=2, max_size=11).filter(lambda parts: sum(parts) > 0.01))
def test_the_numbers_at_bars_add_up_to_a_hundred(parts: list[float]) -> None:
    """Up to the bars below 1%, and to ">99" where one has nearly all."""
    shares = [part / sum(parts) for part in parts]
    labels = whole_percents(shares)
    assert all(label in {"", "<1"} for label, share in zip(labels, shares, strict=True) if share < 0.01)
    if ">99" in labels:
        assert max(shares) >= 0.995
    else:
        whole = sum(int(label) for label in labels if label.isdigit())
        small = sum(share for share in shares if share < 0.01)
        assert whole == pytest.approx(100 * (1 - small), abs=0.51)
        assert all(
            abs(int(label) - 100 * share) < 1 for label, share in zip(labels, shares, strict=True) if label.isdigit()
        )


def test_three_thirds_are_a_hundred() -> None:
    assert whole_percents([1 / 3, 1 / 3, 1 / 3]) == ["34", "33", "33"]
    assert whole_percents([0.9999, 0.0001]) == [">99", ""]
