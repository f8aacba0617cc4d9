"""Every page opens, shows correct information, handles user actions, and is safe from hostile tabs and addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from testing import sample_digits
from tests.unit.ui.visit import Elements, Visit, as_fabric, assert_nothing_foreign
from training.settings import SETTINGS, Settings

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit

PAGES = ["", "train", "compare", "look", "break", "dataset", "collect"]


MISSING_MNIST = (
    "Full MNIST is not on this machine yet: download it on the Dataset page or with python -m data.download."
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens(new_visit: NewVisit, page: str, theme: str) -> None:
    visit = new_visit(page, theme=theme)
    assert not visit.app.exception
    assert not visit.app.error
    assert visit.html.count("<h1>") == 1
    assert not re.search(r"&amp;#?\w+;|&lt;/?(b|i|p|var|span)\b", visit.html), "HTML was escaped twice"
    assert_nothing_foreign(visit.html)


def test_pages_may_be_walked_in_any_order(visit: Visit) -> None:
    for page in [*PAGES, *reversed(PAGES), "train", ""]:
        visit.go(page)
        assert not visit.app.exception


def test_blank_paper_says_so(visit: Visit) -> None:
    assert visit.answer["strokes"] == 0
    assert visit.answer["sentence"] == "Draw a digit, 0 to 9."
    assert visit.app.button(key="undo").disabled
    assert visit.app.button(key="clear").disabled


def test_each_drawn_digit_is_read_right(visit: Visit) -> None:
    for name in map(str, range(10)):
        strokes = sample_digits.digit(name)
        visit.draw(as_fabric(strokes))
        assert visit.answer["strokes"] == len(strokes)
        assert re.fullmatch(rf"That's an? {name}\. (Over )?[\d.]+% sure\.", visit.answer["sentence"])


@pytest.mark.parametrize("page", PAGES)
def test_a_drawing_outlasts_the_next_redraw_and_a_look_at_another_page(visit: Visit, page: str) -> None:
    visit.draw(as_fabric(sample_digits.digit("3")))
    visit.go(page)
    visit.go("")
    assert "That's a 3" in visit.answer["sentence"]


def test_undo_takes_the_last_stroke_and_clear_all(visit: Visit) -> None:
    visit.draw(as_fabric(sample_digits.digit("4")))
    before = visit.session.canvas.drawing.revision
    visit.click("undo")
    assert len(visit.session.canvas.drawing.initial) == len(sample_digits.digit("4")) - 1
    visit.click("clear")
    assert visit.session.canvas.drawing.initial == []
    assert visit.session.canvas.drawing.revision == before + 2


@pytest.mark.parametrize(
    "sent",
    [None, "", 5, {}, [None], [5, "Path"], [{"type": "Rect"}], [{"type": "Path", "path": [["M", None, "x"]]}]],
    ids=repr,
)
def test_a_tab_that_sends_nonsense_is_shown_blank_paper(visit: Visit, sent: object) -> None:
    visit.draw(sent)
    assert not visit.app.exception
    assert visit.answer["sentence"] == "Draw a digit, 0 to 9."


def test_what_lies_beyond_the_canvas_is_not_seen_and_not_read(visit: Visit) -> None:
    visit.draw([{"type": "Path", "path": [["M", -5000, 9000], ["L", 1e5, -1e5]], "scaleX": 1e5}])
    assert not visit.app.exception
    assert visit.answer["sentence"] == "Draw a digit, 0 to 9."


def test_one_step_is_one_step(visit: Visit) -> None:
    visit.go("train")
    assert "Ready" in Elements(visit.html).text
    visit.click("step")
    visit.wait_until_idle()
    visit.app.run()
    seen = Elements(visit.html).text
    assert visit.run.snapshot().position.step == 1
    assert "Paused" in seen
    assert "step 1" in seen


def test_training_can_be_paused_and_reset(visit: Visit) -> None:
    visit.go("train")
    first = visit.run.snapshot().network.parameters
    visit.click("train")
    assert visit.state == "Training"
    assert visit.app.button(key="train").label == "Pause"
    visit.click("train")
    assert visit.state == "Paused"
    visit.click("reset")
    assert visit.state == "Ready"
    for before, after in zip(first, visit.run.snapshot().network.parameters, strict=True):
        np.testing.assert_array_equal(before, after)


def test_pause_never_sets_off_a_run_that_ended_meanwhile(new_visit: NewVisit) -> None:
    """The button is updated up to one redraw after a run ends; until then, Pause must not act as Train."""
    visit = new_visit("train", {"epochs": "1"})
    visit.app.session_state["speed"] = "100/s"
    visit.app.run()
    visit.click("train")
    assert visit.app.button(key="train").label == "Pause"
    visit.wait_until_idle()
    assert visit.state == "Finished"
    visit.click("train")
    assert visit.run.snapshot().last_epoch == 1


def test_the_address_sets_every_setting(new_visit: NewVisit) -> None:
    """Opening the address elsewhere gives the same controls, and therefore the same run."""
    wanted = Settings(
        dev_size=300,
        test_size=200,
        hidden_layers=2,
        hidden_size=16,
        activation="tanh",
        initializer="glorot",
        seed=7,
        learning_rate=0.01,
        l2=0.1,
        batch_size=1024,
        optimizer="adam",
        epochs=3,
    )
    # Streamlit puts plain numbers in the address, and for options the displayed text.
    address = {
        setting.address or name: setting.format(getattr(wanted, name))
        if setting.options
        else str(getattr(wanted, name))
        for name, setting in SETTINGS.items()
        if name != "dataset"
    }
    assert new_visit("train", address).run.settings == wanted


@pytest.mark.parametrize(
    ("address", "taken"),
    [
        (
            {"alpha": "nonsense", "hidden_size": "-5", "seed": "1e99", "batch_size": "x", "optimizer": "<b>"},
            Settings(hidden_size=1, seed=int(SETTINGS["seed"].maximum or 0)),
        ),
        ({"dataset": "../../etc/passwd", "epochs": "0"}, Settings(epochs=1)),
        ({"alpha": "0.1" * 1000}, Settings()),
    ],
    ids=["of other kinds", "out of bounds", "very long"],
)
def test_an_address_of_nonsense_leaves_the_nearest_settings(
    new_visit: NewVisit, address: dict[str, str], taken: Settings
) -> None:
    visit = new_visit("train", address)
    assert not visit.app.exception
    assert visit.run.settings == taken


def test_a_live_setting_takes_effect_and_a_fixed_one_offers_a_new_run(visit: Visit) -> None:
    visit.go("train")
    run = visit.run
    visit.click("step")
    visit.wait_until_idle()
    visit.app.session_state["alpha"] = 0.01
    visit.app.run()
    assert run.settings.learning_rate == 0.01
    assert [change.name for change in run.snapshot().changes] == ["learning_rate"]
    visit.app.session_state["hidden_size"] = 16
    visit.app.run()
    assert visit.run is run
    assert "Hidden size: the new value needs a new run." in visit.html
    visit.click("new_run")
    assert visit.run is not run
    assert visit.run.settings.hidden_size == 16
    assert "needs a new run" not in visit.html


def test_a_dataset_that_is_not_there_gives_the_sentence_and_the_run_stays(visit: Visit) -> None:
    visit.go("train")
    visit.click("step")
    visit.wait_until_idle()
    run = visit.run
    visit.app.session_state["dataset"] = "mnist"
    visit.app.run()
    if not visit.alerts:
        visit.click("new_run")
    assert visit.alerts == [
        "Full MNIST is not on this machine yet: download it on the Dataset page or with python -m data.download."
    ]
    assert visit.run is run
    assert run.snapshot().position.step == 1


def test_an_address_with_a_dataset_that_is_not_there_still_opens(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"dataset": "Full MNIST", "seed": "7"})
    assert not visit.app.exception
    assert visit.alerts == [
        "Full MNIST is not on this machine yet: download it on the Dataset page or with python -m data.download."
    ]
    assert visit.run.settings.dataset == "embedded"


def test_the_dataset_page_says_how_to_get_what_is_not_there(visit: Visit) -> None:
    visit.go("dataset")
    visit.app.selectbox(key="shown_dataset").set_value("mnist").run()
    assert visit.alerts == [
        "Full MNIST is not on this machine yet: download it on the Dataset page or with python -m data.download."
    ]
    assert visit.app.button(key="fetch_mnist")


def test_the_settings_are_kept_over_another_page(visit: Visit) -> None:
    visit.go("train")
    visit.app.session_state["alpha"] = 0.01
    visit.app.run()
    visit.go("dataset")
    visit.go("train")
    assert visit.run.settings.learning_rate == 0.01
    assert visit.app.number_input(key="alpha").value == 0.01


def test_a_finished_run_offers_next_steps_and_its_network_to_draw_for(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"epochs": "1"})
    visit.click("train")
    visit.wait_until_idle()
    visit.app.run()
    assert visit.state == "Finished"
    assert visit.app.button(key="train").label == "Train on, 1 epoch"
    assert "See the mistakes" in visit.html
    visit.click("try_drawing")
    assert visit.app.selectbox(key="network").value == "Run 1"


def test_a_problem_is_named_and_its_button_starts_again_without_it(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"epochs": "10", "alpha": "2"})
    assert "Problems and fixes will appear here." in visit.html
    visit.click("train")
    visit.wait_until_idle()
    visit.app.run()
    assert re.search(r"Dead units\. .* hidden units output 0 for every digit", Elements(visit.html).text)
    assert any("Such a unit passes no gradient back" in each.value for each in visit.app.markdown)
    assert visit.app.button(key="remedy").label == "Set α to 0.2 and restart"
    visit.click("remedy")
    visit.wait_until_idle()
    visit.app.run()
    assert visit.run.settings.learning_rate == 0.2
    assert visit.state == "Finished"
    assert "No problems so far" in visit.html


def test_a_diverged_run_says_what_to_try_and_has_no_notebook(new_visit: NewVisit) -> None:
    visit = new_visit("train", {"alpha": "10", "l2": "1000"})
    visit.click("train")
    visit.wait_until_idle()
    visit.app.run()
    assert visit.state == "Diverged"
    assert re.search(r"Diverged\. The loss blew up .* Try α = ", Elements(visit.html).text)
    (notebook,) = [each for each in visit.app.get("download_button") if each.proto.label == "Run as notebook"]
    assert notebook.proto.disabled
