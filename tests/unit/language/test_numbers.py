"""Numbers are written as the reader's language does, and stay what they are."""

import pytest

from language.numbers import fixed, general, localized, whole
from language.translation import speaking

SPACE, NARROW_SPACE = "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("code", "count", "percentage", "loss"),
    [
        ("en", "12,345,678", ">98.6%", "1,234.50"),
        ("de", "12.345.678", f">98,6{SPACE}%", "1.234,50"),
        ("fr", f"12{NARROW_SPACE}345{NARROW_SPACE}678", f">98,6{SPACE}%", f"1{NARROW_SPACE}234,50"),
        ("es", "12.345.678", f">98,6{SPACE}%", "1.234,50"),
        ("zh_Hans", "12,345,678", ">98.6%", "1,234.50"),
    ],
)
def test_a_number_has_the_separators_of_its_language(code: str, count: str, percentage: str, loss: str) -> None:
    with speaking(code):
        assert whole(12_345_678) == count
        assert localized(">98.6%") == percentage
        assert fixed(1234.5, 2) == loss


def test_what_is_between_numbers_stays() -> None:
    with speaking("de"):
        assert localized("1.23e+06, 3.100·10⁻⁷ ± 0.4, 7, 8") == "1,23e+06, 3,100·10⁻⁷ ± 0,4, 7, 8"
        assert [general(0.05), general(1234567.0, 2), general(3.0)] == ["0,05", "1,2e+06", "3"]
    assert general(0.00001) == "1e-05"
