"""Wilson's interval and McNemar's test give the values in the literature."""

import math
from fractions import Fraction

import numpy as np
import pytest

from nn.uncertainty import Z, disagreements, mcnemar, overlap, wilson


@pytest.mark.parametrize(
    ("right", "count", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0000, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(right: int, count: int, low: float, high: float) -> None:
    """Newcombe 1998, "Two-sided confidence intervals for the single proportion", Stat. Med. 17, table I, method 3."""
    np.testing.assert_allclose(wilson(right / count, count), (low, high), atol=5e-5)


def test_the_limits_solve_the_equation_that_defines_them() -> None:
    """|share - p| = z √(p(1 - p) / n), worked with plain numbers."""
    for p in map(float, wilson(0.924, 500)):
        assert abs(0.924 - p) == pytest.approx(Z * math.sqrt(p * (1 - p) / 500))


def test_all_or_none_correct_are_not_certain_and_never_outside_0_to_1() -> None:
    """By hand at 0 of n: z² / (n + z²)."""
    low, high = wilson([0.0, 1.0, 0.5, math.nan], 10)
    assert (low[0], high[1]) == (0.0, 1.0)
    assert high[0] == pytest.approx(Z**2 / (10 + Z**2))
    assert low[1] == pytest.approx(1 - high[0])
    assert low[2] + high[2] == pytest.approx(1)
    assert np.isnan(low[3])
    assert np.isnan(high[3])


def test_no_examples_are_rejected() -> None:
    with pytest.raises(ValueError, match="at least 1; got 0"):
        wilson(0.5, 0)


def test_accuracies_overlap_where_chance_may_explain_their_difference() -> None:
    """Of 1,000: 950 has 93.5% to 96.2%, 930 has 91.2% to 94.4%, 900 has 88.0% to 91.7% (by the formula on paper)."""
    assert overlap(0.95, 0.93, 1000)
    assert overlap(0.93, 0.95, 1000)
    assert not overlap(0.95, 0.90, 1000)


def test_mcnemar_gives_the_published_p_value() -> None:
    """Airway hyper-responsiveness before and after transplantation: 1 against 7, exact conditional test, p = 0.0703.

    Fagerland, Lydersen and Laake 2013, "The McNemar test for binary matched-pairs data", BMC Med. Res. Methodol. 13:91,
    tables 1 and 3. By hand: 2 (1 + 8) / 2⁸.
    """
    assert mcnemar(1, 7) == mcnemar(7, 1) == 18 / 256


def test_mcnemar_sums_the_smaller_tail_twice() -> None:
    expected = 2 * sum(Fraction(math.comb(23, k), 2**23) for k in range(10))
    assert mcnemar(14, 9) == pytest.approx(float(expected), rel=1e-15)
    assert mcnemar(14, 9) == pytest.approx(0.405, abs=0.0005)


def test_no_difference_is_entirely_chance_and_many_examples_do_not_overflow() -> None:
    assert mcnemar(0, 0) == mcnemar(5, 5) == 1.0
    # Edwards 1948: z = (|b - c| - 1) / √(b + c) = 1.99, whose two-sided p is 0.0466 in any table of the normal.
    assert mcnemar(5_100, 4_900) == pytest.approx(0.0466, abs=0.0005)


def test_examples_that_one_reads_and_the_other_does_not_are_counted() -> None:
    first, second = np.array([True, True, False, False, True]), np.array([True, False, True, False, False])
    assert disagreements(first, second) == (2, 1)
