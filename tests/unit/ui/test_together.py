"""Together: a teacher opens a room, pupils join it with a code or a link, and all of them train on its drawings."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from testing import sample_digits
from tests.unit.ui.test_names_as_text import HOSTILE, SHOWN_AS_TEXT, shown
from tests.unit.ui.visit import Elements, as_fabric
from ui.collect.room_pupil import PupilDesk
from ui.collect.room_teacher import MOST_SHOWN
from ui.serving import budgets
from ui.state import shared_resources

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from tests.unit.ui.visit import Visit

pytestmark = pytest.mark.slow

LINE = [np.array([[100.0, 50.0], [100.0, 350.0]])]
KEY = "canvas_room"


@pytest.fixture
def teacher(new_visit: NewVisit) -> Visit:
    """Return the page of a teacher who has opened a room."""
    return opened(new_visit, "7B", "A, B")


def opened(new_visit: NewVisit, name: str, classes: str) -> Visit:
    visit = new_visit("collect")
    visit.app.session_state["collect_view"] = "Together"
    visit.app.run()
    visit.app.text_input(key="open_name").set_value(name)
    visit.app.text_input(key="open_classes").set_value(classes)
    visit.click("open")
    return visit


def code(visit: Visit) -> str:
    seat = visit.session.room_visit.seat
    assert seat is not None
    return seat.room.code


def joined(new_visit: NewVisit, teacher: Visit, nickname: str = "") -> Visit:
    visit = new_visit("collect", {"room": code(teacher)})
    visit.app.text_input(key="join_nickname").set_value(nickname)
    visit.click("join")
    return visit


def draw(visit: Visit, name: str) -> None:
    """Draw a digit and submit it."""
    for objects in ([], as_fabric(sample_digits.digit(name))):
        visit.app.session_state[KEY] = {"drawing": {"raw": {"objects": objects}, "data": None}}
        if not objects:
            visit.app.run()
    visit.click("next_drawing")


def fill(visit: Visit, each: int) -> None:
    """Add drawings of each class to a visitor's room, as somebody else in it."""
    token = visit.session.room_visit.token
    for number in range(2 * each):
        shared_resources.rooms().add(token, number % 2, [stroke + number for stroke in LINE])


def text(visit: Visit) -> str:
    return re.sub(r"\s+", " ", Elements(visit.html).text)


def test_the_limits_of_a_room_are_said_before_it_is_entered(new_visit: NewVisit) -> None:
    visit = new_visit("collect")
    visit.app.session_state["collect_view"] = "Together"
    visit.app.run()
    assert "60 pupils and 5,000 drawings, up to 400 from each" in text(visit)
    assert "deleted when the teacher closes the room, or after a day" in text(visit)


def test_a_teacher_sees_how_to_join_and_what_there_is(teacher: Visit, new_visit: NewVisit) -> None:
    page = Elements(teacher.html)
    assert "".join(re.findall(r"<span>(\w+)</span>", teacher.html)) == code(teacher)
    link = page.by_id("room_link")["href"]
    assert link is not None
    assert link.endswith(f"?room={code(teacher)}")
    (picture,) = [attributes for name, attributes in page.found if name == "img" and attributes.get("alt")]
    assert str(picture["src"]).startswith("data:image/svg+xml")
    joined(new_visit, teacher, "Ada")
    joined(new_visit, teacher)
    fill(teacher, 2)
    teacher.app.run()
    assert "4 drawings" in text(teacher)
    assert re.search(r"Ada.*Pupil 2.*All *2 *2 *4", text(teacher))


def test_a_pupil_joins_by_a_link_draws_and_takes_back(teacher: Visit, new_visit: NewVisit) -> None:
    pupil = joined(new_visit, teacher, "Ada")
    assert dict(pupil.app.query_params) == {}, "The address need not show the code on a projector."
    assert "Draw A" in text(pupil)
    draw(pupil, "1")
    assert "Draw B" in text(pupil)
    assert "Ada: 1 of the 1 drawings are yours" in text(pupil)
    assert pupil.page_state(PupilDesk).pad.is_blank
    draw(pupil, "3")
    fill(teacher, 1)
    draw(pupil, "1")
    assert "Ada: 3 of the 5 drawings are yours" in text(pupil)
    pupil.click("undo")
    assert "Ada: 2 of the 4 drawings are yours" in text(pupil)
    assert not pupil.page_state(PupilDesk).pad.is_blank
    assert "Draw A" in text(pupil)


def test_a_code_is_typed_in_any_form(teacher: Visit, new_visit: NewVisit) -> None:
    visit = new_visit("collect")
    visit.app.session_state["collect_view"] = "Together"
    visit.app.run()
    visit.app.text_input(key="join_code").set_value(f" {code(teacher)[:4].lower()} {code(teacher)[4:]} ")
    visit.click("join")
    assert "Draw A" in text(visit)


@pytest.mark.parametrize("wrong", ["23456789ABCDE", "nonsense", "' OR 1=1; --", "<b>x</b>", "A" * 5_000])
def test_a_wrong_code_is_a_sentence(new_visit: NewVisit, wrong: str) -> None:
    visit = new_visit("collect", {"room": wrong})
    visit.click("join")
    assert visit.alerts == ["No open room has this code. Check each letter, or ask your teacher."]
    assert not visit.app.exception


def test_a_full_room_is_a_sentence(teacher: Visit, new_visit: NewVisit, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(budgets.ROOM_PUPILS.limit):
        shared_resources.rooms().join(code(teacher))
    assert joined(new_visit, teacher).alerts == [str(budgets.ROOM_PUPILS)]


@pytest.mark.parametrize(
    ("classes", "sentence"),
    [("A", "enter 2 to 26"), ("A, A", "appears twice"), (f"{'A' * 21}, B", "up to 20 letters"), ("", "enter 2 to 26")],
)
def test_classes_that_cannot_be_used_are_a_sentence(new_visit: NewVisit, classes: str, sentence: str) -> None:
    visit = opened(new_visit, "", classes)
    assert any(sentence in alert for alert in visit.alerts)
    assert visit.session.room_visit.token == ""


def test_a_teacher_comes_back_with_the_link_which_does_not_stay_in_the_address(
    teacher: Visit, new_visit: NewVisit
) -> None:
    (link,) = [each.value for each in teacher.app.code]
    token = link.partition("teacher=")[2]
    assert token == teacher.session.room_visit.token
    again = new_visit("collect", {"teacher": token})
    assert dict(again.app.query_params) == {}
    assert "There is no setting" not in again.html
    assert code(again) == code(teacher)
    again.click("close_room")
    assert again.alerts == ["The room is closed, and its drawings are deleted."]
    teacher.app.run()
    assert teacher.alerts == ["This room is closed, and its drawings are deleted."]


def test_a_pupil_whose_room_is_closed_reads_so_and_loses_nothing_else(teacher: Visit, new_visit: NewVisit) -> None:
    pupil = joined(new_visit, teacher)
    pupil.session.collection = pupil.session.collection.with_drawing(0, LINE)
    pupil.app.session_state[KEY] = {"drawing": {"raw": {"objects": as_fabric(LINE)}, "data": None}}
    teacher.click("close_room")
    pupil.click("next_drawing")
    assert pupil.alerts == ["This room is closed, and its drawings are deleted."]
    assert len(pupil.session.collection.drawings) == 1


def test_everybody_trains_on_what_all_have_drawn_in_one_click(teacher: Visit, new_visit: NewVisit) -> None:
    pupil = joined(new_visit, teacher)
    fill(teacher, 2)
    pupil.app.run()
    assert pupil.app.button(key="train_alone").disabled
    fill(teacher, 8)
    pupil.app.run()
    pupil.click("train_alone")
    pupil.go("train")
    assert "Room 7B" in pupil.app.selectbox(key="dataset").options
    assert pupil.app.selectbox(key="dataset").value == "Room 7B"
    split = pupil.run.split
    assert len(split.train) + len(split.dev) + len(split.test) == 20
    assert split.train.classes == ("A", "B")
    pupil.run.pause()
    fill(teacher, 1)
    assert pupil.app.button(key="refresh_room").label == "20 drawings · Refresh"
    pupil.click("refresh_room")
    assert pupil.app.button(key="refresh_room").label == "22 drawings · Refresh"
    assert pupil.run.split is split


def test_a_teacher_sees_the_newest_drawings_of_each_class_and_of_one_pupil(teacher: Visit, new_visit: NewVisit) -> None:
    draw(joined(new_visit, teacher, "Ada"), "1")
    fill(teacher, MOST_SHOWN + 1)
    teacher.app.run()

    def places() -> list[list[int]]:
        sent = json.loads(teacher._component("collected_drawings").json)
        assert not sent["asks"]
        return [row["places"] for row in sent["rows"]]

    digits = shared_resources.rooms().digits(teacher.session.room_visit.token)
    ids = digits.ids
    assert places() == [list(ids[1::2])[-MOST_SHOWN:], list(ids[2::2])[-MOST_SHOWN:]]
    teacher.app.selectbox(key="room_drawings_by").set_value(digits.members[1].id).run()
    assert places() == [[ids[0]], []]


def test_a_database_that_fails_is_a_sentence_on_this_view_only(
    new_visit: NewVisit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DIGIT_LAB_DATABASE_FOLDER", str(tmp_path / "file" / "folder"))
    visit = opened(new_visit, "7B", "A, B")
    sentence = "The rooms cannot be reached at the moment. What was saved is kept: try again in a minute."
    assert visit.alerts == [sentence]
    visit.session.room_visit.take_up("x" * 43)
    visit.app.run()
    assert visit.alerts == [sentence]
    assert visit.session.room_visit.token, "The place in the room is not given up."
    visit.go("train")
    assert not visit.alerts


def test_names_are_text_to_everybody(new_visit: NewVisit) -> None:
    for name in HOSTILE:
        teacher = opened(new_visit, name, f"{name[:20].replace(',', '')}, B")
        pupil = joined(new_visit, teacher, name[:20])
        fill(teacher, 3)
        teacher.app.run()
        pupil.app.run()
        for visit in (teacher, pupil):
            for kind, each in shown(visit):
                if kind not in SHOWN_AS_TEXT and (kind != "html" or set(name[:20]) & set("<>\"'")):
                    assert name[:20] not in each, kind


def test_a_tab_remembers_its_place_in_a_room(teacher: Visit) -> None:
    assert teacher.session.memory() == {"room": teacher.session.room_visit.token}
