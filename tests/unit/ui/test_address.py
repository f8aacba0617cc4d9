"""A bad value in the address is named and corrected, and nothing else in the address is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from streamlit.runtime.state.query_params_proxy import QueryParamsProxy

from data.built_in import DATASETS
from language import translation
from training.settings import FULL_BATCH, SETTINGS, Settings, defaults
from ui import shell  # noqa: F401 - asks for the language of the visitor, before a test sets another
from ui.state.address import value_of
from ui.widgets.run_settings import address_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.ui.conftest import NewVisit

NUMBERS = ["0", "-0", "-1", "1.5", "1e308", "-1e308", "1e-400", "1_000", "+5", " 7 ", "٣", "007", "1e0", "1000001"]
NO_VALUES = ["inf", "-inf", "Infinity", "nan", "NaN", "-nan", "1e400", "-1e400", "9" * 400]
NO_VALUES += ["", " ", "0x10", "1,5", "½", "²", "--1", "1e", "true", "None", "null", "[]", "{}", "abc", "a" * 10_000]
NO_VALUES += ["<b>", "'; --", "%00", "\x00"]


@pytest.mark.parametrize(
    ("address", "name", "value", "sentence"),
    [
        ({"alpha": "abc"}, "learning_rate", 0.1, "Learning rate α can&#39;t be “abc”, so it is 0.1."),
        ({"seed": "1e999"}, "seed", 0, "Seed can&#39;t be “1e999”, so it is 0."),
        ({"epochs": "0"}, "epochs", 1, "Epochs can&#39;t be “0”, so it is 1."),
        ({"dataset": "gone.csv"}, "dataset", "embedded", "Dataset can&#39;t be “gone.csv”, so it is Embedded 5,000."),
        ({"l2": "<b>"}, "l2", 0.0, "L2 penalty λ can&#39;t be “&lt;b&gt;”, so it is 0."),
    ],
)
def test_a_bad_value_is_named_and_put_right(
    new_visit: NewVisit, address: dict[str, str], name: str, value: object, sentence: str
) -> None:
    visit = new_visit("train", {"batch_size": "128", **address})
    assert not visit.app.exception
    assert sentence in visit.html
    assert getattr(visit.session.settings, name) == value
    assert visit.session.settings.batch_size == 128


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_has_an_answer_to_every_odd_value(name: str) -> None:
    answers = {text: value_of(name, text, list(DATASETS)) for text in [*NUMBERS, *NO_VALUES]}
    for text, (value, _) in answers.items():
        assert getattr(Settings(**{name: value}), name) == value, text
    assert {answers[text] for text in NO_VALUES} == {(defaults()[name], False)}


@pytest.mark.parametrize("text", ["", "inf", "1e400", "-0", "٣", "\x00"])
def test_a_page_whose_every_setting_is_odd_is_shown(new_visit: NewVisit, text: str) -> None:
    visit = new_visit("train", {address_of(name): text for name in SETTINGS})
    assert not visit.app.exception
    assert "address_notice" in visit.html
    assert visit.run.settings == visit.session.settings


def test_a_bad_speed_is_named_and_a_good_one_is_not(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"speed": "Quick"})
    assert "Speed can&#39;t be “Quick”, so it is Ease in." in visit.html
    assert visit.app.query_params["speed"] == "Full", "what the visit chose"
    assert "address_notice" not in new_visit("train", {"speed": "10/s"}).html


def test_the_name_of_a_number_is_understood_and_written_as_the_number(new_visit: NewVisit) -> None:
    """A number field cannot read the name that the app shows for a value."""
    visit = new_visit("train", {"batch_size": "Full"})
    assert "address_notice" not in visit.html
    assert visit.session.settings.batch_size == FULL_BATCH
    assert visit.app.query_params["batch_size"] == str(FULL_BATCH)


def test_what_the_browser_did_not_know_yet_is_not_lost(new_visit: NewVisit) -> None:
    """A change sent before the answer to the previous one has arrived comes with the old address."""
    visit = new_visit("train")
    visit.app.selectbox(key="optimizer").set_value("adam").run()
    visit.app.query_params = {}
    visit.app.number_input(key="alpha").set_value(0.3).run()
    written = {name: "".join(text) for name, text in visit.app.query_params.items()}
    assert written == {"speed": "Full", "optimizer": "Adam", "alpha": "0.3"}


def test_what_is_still_on_its_way_to_the_browser_is_taken_back(
    new_visit: NewVisit, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = new_visit("train")
    before = {name: "".join(text) for name, text in visit.app.query_params.items()}
    visit.app.selectbox(key="optimizer").set_value("adam").run()
    sent: list[dict[str, str]] = []
    monkeypatch.setattr(QueryParamsProxy, "from_dict", lambda _proxy, parameters: sent.append(parameters))
    visit.app.run()
    assert sent == [], "nothing has changed"
    visit.app.query_params = dict(before)  # the browser has not received Adam
    visit.app.selectbox(key="optimizer").set_value("descent").run()
    assert sent == [before]


def test_a_size_out_of_range_becomes_the_nearest(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"hidden_size": "99999999"})
    assert "Hidden size can&#39;t be “99999999”" in visit.html
    assert visit.session.settings.hidden_size == 1024
    assert visit.run.settings.hidden_size == 1024


def test_an_unknown_parameter_is_named_and_a_good_address_says_nothing(new_visit: NewVisit) -> None:
    assert "There is no setting “momentum”." in new_visit("train", {"momentum": "0.9", "alpha": "0.3"}).html
    visit = new_visit("train", {"alpha": "0.30", "activation": "tanh"})
    assert "address_notice" not in visit.html
    assert (visit.session.settings.learning_rate, visit.session.settings.activation) == (0.3, "tanh")


def test_the_sentence_goes_with_its_page(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"alpha": "abc"})
    visit.go("look")
    assert "address_notice" not in visit.html


def test_an_exact_value_survives_a_visit_to_another_page(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"alpha": "0.123456789", "epochs": "100000", "seed": "999999"})
    visit.go("draw")
    visit.go("train")
    settings = visit.session.settings
    assert (settings.learning_rate, settings.epochs, settings.seed) == (0.123456789, 100_000, 999_999)
    assert visit.app.query_params["alpha"] == "0.123456789"


GERMAN = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8"

msgid "Gradient descent"
msgstr "Gradientenabstieg"

msgid "Cosine"
msgstr "Kosinus"

msgid "On"
msgstr "An"

msgid "Ease in"
msgstr "Sanft"

msgid "Embedded 5,000"
msgstr "Die 5.000"
"""


@pytest.fixture
def in_german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "de.po").write_text(GERMAN, encoding="utf-8")
    monkeypatch.setattr(translation, "CATALOGUES", tmp_path)
    monkeypatch.setattr(translation, "_asked", [lambda: "de"])
    translation._catalogue.cache_clear()
    yield
    translation._catalogue.cache_clear()


@pytest.mark.usefixtures("in_german")
def test_an_address_is_the_same_in_every_language(new_visit: NewVisit) -> None:
    address = {
        "optimizer": "Adam",
        "distortion": "On",
        "schedule": "Cosine",
        "alpha": "0.05",
        "dataset": "Embedded 5,000",
    }
    visit = new_visit("train", address)
    assert "address_notice" not in visit.html
    settings = visit.session.settings
    assert (settings.optimizer, settings.distortion, settings.schedule) == ("adam", "on", "cosine")
    schedule = visit.app.selectbox(key="schedule")
    assert (schedule.value, "Kosinus" in schedule.options) == ("cosine", True)
    visit.app.selectbox(key="optimizer").set_value("descent").run()
    assert "optimizer" not in visit.app.query_params, "the default"
    visit.app.selectbox(key="activation").set_value("tanh").run()
    visit.app.button_group(key="speed").set_value("Ease in").run()
    written = {name: "".join(text) for name, text in visit.app.query_params.items()}
    assert written == {"activation": "tanh", "distortion": "On", "schedule": "Cosine", "alpha": "0.05"}


@pytest.mark.usefixtures("in_german")
def test_what_was_chosen_survives_a_visit_to_another_page(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"schedule": "Cosine"})
    visit.app.selectbox(key="activation").set_value("tanh").run()
    visit.go("draw")
    visit.go("train")
    assert (visit.session.settings.schedule, visit.session.settings.activation) == ("cosine", "tanh")
    assert [visit.app.selectbox(key=key).value for key in ("schedule", "activation")] == ["cosine", "tanh"]
    written = {name: "".join(visit.app.query_params[name]) for name in ("schedule", "activation")}
    assert written == {"schedule": "Cosine", "activation": "tanh"}
