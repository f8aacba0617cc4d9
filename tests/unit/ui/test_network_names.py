"""A network has one name in all languages, and is shown under one in the reader's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from language import translation
from language.translation import speaking
from training.run_record import run_name
from ui.state.network_names import CORRECTED, SHIPPED, network_title

GERMAN = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8"

msgid "Built-in network"
msgstr "Eingebautes Netz"

msgid "Run {number}"
msgstr "Lauf {number}"

msgid "{network}, corrected"
msgstr "{network}, korrigiert"

msgid "Clear"
msgstr "Leeren"
"""


@pytest.fixture
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "de.po").write_text(GERMAN, encoding="utf-8")
    monkeypatch.setattr(translation, "CATALOGUES", tmp_path)
    translation._catalogue.cache_clear()
    with speaking("de"):
        yield
    translation._catalogue.cache_clear()


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("name", "title"),
    [
        (SHIPPED, "Eingebautes Netz"),
        (run_name(12), "Lauf 12"),
        (f"{run_name(2)}{CORRECTED}", "Lauf 2, korrigiert"),
        (f"{SHIPPED}{CORRECTED}", "Eingebautes Netz, korrigiert"),
        ("Clear", "Clear"),
        ("Run 2.npz", "Run 2.npz"),
    ],
)
def test_only_names_of_ours_are_translated(name: str, title: str) -> None:
    assert network_title(name) == title


def test_in_english_the_title_is_the_name() -> None:
    for name in (SHIPPED, run_name(1), f"{run_name(1)}{CORRECTED}", "my weights.npz"):
        assert network_title(name) == name
