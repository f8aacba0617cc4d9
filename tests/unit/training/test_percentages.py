"""Percentages are rounded honestly: never to 0 or 100, and whole ones add up."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from language.translation import speaking
from training.percentages import accuracy, bare_percent, chance, mean_and_spread, percent, plain_chance, whole_percents


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


def test_an_accuracy_has_its_interval_which_is_never_all_though_every_example_was_read() -> None:
    """462 of 500 by Wilson's formula on paper: (0.924 + 0.00384 ± 0.0235) / 1.00768."""
    assert accuracy(0.924, 500) == "92.4% (89.7 to 94.4)"
    assert accuracy(1.0, 1_000) == "100% (99.6 to 100)"
    assert accuracy(0.0, 1_000) == "0% (0 to 0.4)"
    assert accuracy(0.9999, 10_000, 2) == "99.99% (99.94 to >99.99)"
    assert accuracy(math.nan, 500) == "–"


@given(st.lists(st.floats(0, 1), min_size=2, max_size=11).filter(lambda parts: sum(parts) > 0.01))
def test_the_numbers_at_bars_add_up_to_a_hundred(parts: list[float]) -> None:
    """Except for bars below 1%, and ">99" where one has nearly all."""
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


def test_percentages_are_written_as_in_the_readers_language() -> None:
    with speaking("de"):
        assert [percent(0.9997), chance(0.5), bare_percent(0.5)] == [
            ">99,9\N{NO-BREAK SPACE}%",
            "50,0\N{NO-BREAK SPACE}%",
            "50,0",
        ]
        assert mean_and_spread(0.941, 0.004) == "94,1\N{NO-BREAK SPACE}% ±\N{NO-BREAK SPACE}0,4"
        assert plain_chance(0.5) == "50.0%", "A script speaks English."
