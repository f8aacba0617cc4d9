"""Numbers are written as in the reader's language, and keep their value."""

import pytest

from language.numbers import fixed, general, localized, whole
from language.translation import speaking
from tests.unit.language.written_numbers import WRITTEN


@pytest.mark.parametrize("code", WRITTEN)
def test_a_number_has_the_separators_of_its_language(code: str) -> None:
    with speaking(code):
        assert {
            "count": whole(12_345_678),
            "few": whole(1234),
            "share": localized(">98.6%"),
            "loss": fixed(1234.5, 2),
            "power": localized("1.2e-7 of 7"),
        } == WRITTEN[code]


def test_what_is_between_numbers_stays() -> None:
    with speaking("de"):
        assert localized("1.23e+06, 3.100·10⁻⁷ ± 0.4, 7, 8") == "1,23e+06, 3,100·10⁻⁷ ± 0,4, 7, 8"
        assert [general(0.05), general(1234567.0, 2), general(3.0)] == ["0,05", "1,2e+06", "3"]
    assert general(0.00001) == "1e-05"
