"""A dataset made in the app has one name for every language, and a title in each."""

import pytest

from data.dataset_names import HANDWRITING, dataset_title, of_room, with_embedded
from language.translation import speaking
from training.settings import SETTINGS


@pytest.mark.parametrize(
    ("name", "english", "german"),
    [
        (HANDWRITING, "Your handwriting", "Deine Handschrift"),
        (of_room("7B"), "Room 7B", "Raum 7B"),
        (of_room(""), "Room", "Raum"),
        (
            with_embedded(HANDWRITING),
            "Your handwriting and the embedded digits",
            "Deine Handschrift und die eingebauten Ziffern",
        ),
        (with_embedded(of_room("{7}")), "Room {7} and the embedded digits", "Raum {7} und die eingebauten Ziffern"),
        ("mine (2).csv", "mine (2).csv", "mine (2).csv"),
    ],
)
def test_a_dataset_has_one_name_and_a_title_in_each_language(name: str, english: str, german: str) -> None:
    assert name == english
    for code, title in (("en", english), ("de", german)):
        with speaking(code):
            assert dataset_title(name) == title
            assert SETTINGS["dataset"].format(name) == title
