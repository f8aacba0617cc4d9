"""A visitor's place in a room: entered within the budgets, kept by the tab, lost when the room closes."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import streamlit as st
from sqlalchemy import select, update

from classroom import database
from classroom.room_digits import NoRoomError
from data.dataset import DIGITS, DataError
from training.settings import Settings
from ui.serving import budgets
from ui.serving.budgets import Allowance
from ui.state import room_visit, shared_resources
from ui.state.available_datasets import Datasets
from ui.state.bounded_dict import BoundedDict
from ui.state.room_visit import ROOM, RoomVisit, link_to
from ui.state.runs import Runs

if TYPE_CHECKING:
    from pathlib import Path

LINE = [np.array([[100.0, 50.0], [100.0, 350.0]])]


@pytest.fixture(autouse=True)
def _fresh_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_visit, "_all_codes", Allowance(300, 5))
    monkeypatch.setattr(room_visit, "_openings", {})


@pytest.fixture
def teacher() -> RoomVisit:
    visit = RoomVisit()
    visit.open("7B", DIGITS)
    visit.look()
    return visit


def code(visit: RoomVisit) -> str:
    assert visit.seat is not None
    return visit.seat.room.code


def pupil(teacher: RoomVisit, nickname: str = "") -> RoomVisit:
    visit = RoomVisit()
    visit.join(code(teacher), nickname)
    return visit


def test_pupils_and_teacher_see_the_same_drawings(teacher: RoomVisit) -> None:
    ada = pupil(teacher, "Ada")
    ada.add(3, LINE)
    assert len(teacher.look()) == len(ada.look()) == 1
    (drawing,) = teacher.look().ids
    teacher.strike(drawing, is_struck=True)
    assert len(ada.look()) == 0
    teacher.strike(drawing, is_struck=False)
    ada.take_back(drawing)
    assert teacher.look().ids == ()


def test_a_tab_that_comes_back_is_the_same_pupil(teacher: RoomVisit) -> None:
    ada = pupil(teacher, "Ada")
    again = RoomVisit()
    again.take_up(ada.token)
    again.add(3, LINE)
    again.look()
    assert again.seat is not None
    assert again.seat.nickname == "Ada"


@pytest.mark.parametrize("memory", [None, 7, "", ["x"], "x" * 65])
def test_what_cannot_be_a_token_is_ignored(memory: object) -> None:
    visit = RoomVisit()
    visit.take_up(memory)
    assert visit.token == ""


def test_a_forged_token_leads_nowhere(teacher: RoomVisit) -> None:
    visit = RoomVisit()
    visit.take_up("x" * 43)
    with pytest.raises(NoRoomError):
        visit.look()
    assert visit.token == ""
    assert visit.problem == "This room is closed, and its drawings are deleted."


def test_a_closed_room_releases_everybody_and_what_was_seen_stays_to_train_on(teacher: RoomVisit) -> None:
    ada = pupil(teacher)
    ada.add(3, LINE)
    ada.look()
    teacher.close()
    assert (teacher.token, teacher.seat, teacher.problem) == ("", None, "")
    with pytest.raises(NoRoomError):
        ada.add(4, LINE)
    assert (ada.token, ada.seat) == ("", None)
    assert "closed" in ada.problem
    assert len(ada.dataset()) == 1


def test_an_attempt_that_fails_says_why_until_the_next(teacher: RoomVisit) -> None:
    visit = RoomVisit()
    assert not visit.attempt(lambda: visit.join("WRONG", ""))
    assert visit.problem == "No open room has this code. Check each letter, or ask your teacher."
    assert visit.attempt(lambda: visit.join(code(teacher), ""))
    assert visit.problem == ""


def test_a_session_tries_few_codes_a_minute(teacher: RoomVisit) -> None:
    visit = RoomVisit()
    for _ in range(budgets.CODES_A_MINUTE.limit):
        with pytest.raises(NoRoomError):
            visit.join("23456789ABCDE", "")
    with pytest.raises(DataError, match="You have tried 10 codes within a minute"):
        visit.join(code(teacher), "")
    pupil(teacher)


def test_all_sessions_together_try_few_codes_a_minute(teacher: RoomVisit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_visit, "_all_codes", Allowance(3, 0.05))
    for _ in range(3):
        with pytest.raises(NoRoomError):
            RoomVisit().join("23456789ABCDE", "")
    with pytest.raises(DataError, match="Many people are trying codes"):
        pupil(teacher)


def test_an_address_opens_few_rooms_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_visit, "ROOMS_AN_HOUR", replace(budgets.ROOMS_AN_HOUR, limit=2))
    for address, opens in (("192.0.2.1", 2), ("192.0.2.2", 2), (None, 4)):
        monkeypatch.setattr(st, "context", SimpleNamespace(ip_address=address))
        for _ in range(opens):
            RoomVisit().open("", DIGITS)
    monkeypatch.setattr(st, "context", SimpleNamespace(ip_address="192.0.2.1"))
    with pytest.raises(DataError, match="Your network has opened 2 rooms within an hour"):
        RoomVisit().open("", DIGITS)
    assert set(room_visit._openings) == {"192.0.2.1", "192.0.2.2"}


def test_a_pupil_adds_few_drawings_a_minute(teacher: RoomVisit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_visit, "DRAWINGS_A_MINUTE", replace(budgets.DRAWINGS_A_MINUTE, limit=2))
    ada = pupil(teacher)
    ada.add(1, LINE)
    ada.add(1, LINE)
    with pytest.raises(DataError, match="You can add up to 2 drawings a minute"):
        ada.add(1, LINE)
    assert len(teacher.look()) == 2


LIMITS = {
    "rooms": budgets.ROOMS,
    "pupils": budgets.ROOM_PUPILS,
    "digits": budgets.ROOM_DRAWINGS,
    "digits_of_one": budgets.PUPIL_DRAWINGS,
    "points": budgets.POINTS,
    "room_name": budgets.ROOM_NAME,
    "nickname": budgets.NICKNAME,
}


def test_the_rooms_of_the_server_have_the_limits_of_the_budgets() -> None:
    assert vars(shared_resources.rooms()._limits) == LIMITS


def test_a_run_begins_with_the_drawings_that_there_are_by_then(teacher: RoomVisit) -> None:
    for number in range(22):
        teacher.add(number % 2, LINE)
    teacher.look()
    datasets = Datasets(teacher)
    assert list(datasets.names())[-1] == "Room 7B"
    teacher.add(1, LINE)
    assert len(datasets.get("Room 7B")) == 22, "Only a new run, or a visitor who asks, sees more."
    settings = Settings(dataset="Room 7B", dev_size=10, test_size=10)
    assert len(datasets.split(settings).train) == 2
    runs = Runs(datasets, BoundedDict(1), lambda _: None)
    assert len(runs.begin(settings).split.train) == 3
    assert len(datasets.get("Room 7B")) == 23
    teacher.add(1, LINE)
    teacher.refresh()
    assert len(datasets.uploads["Room 7B"]) == 23, "What saved work has is what the run was trained on."


def test_a_link_is_that_of_the_network_where_the_teacher_opened_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "context", SimpleNamespace(url="http://localhost:8501/lab/collect"))
    assert link_to(ROOM, "23456789ABCDE") == "http://localhost:8501/lab/collect?room=23456789ABCDE"
    monkeypatch.setenv("DIGIT_LAB_ANNOUNCED", "http://192.168.1.5:8501 http://10.0.0.5:8501")
    assert link_to(ROOM, "23456789ABCDE") == "http://192.168.1.5:8501/lab/collect?room=23456789ABCDE"
    monkeypatch.setattr(st, "context", SimpleNamespace(url="https://lab.example.org/collect"))
    assert link_to(ROOM, "A") == "https://lab.example.org/collect?room=A"


def test_rooms_that_have_ended_are_deleted_when_the_server_starts(teacher: RoomVisit) -> None:
    teacher.add(1, LINE)
    rooms = shared_resources.rooms()
    stopped = threading.Event()
    stopped.set()
    shared_resources.sweep_rooms_regularly(stopped)
    with rooms.database.writing() as connection:
        assert len(connection.execute(select(database.DIGITS.c.id)).all()) == 1
        connection.execute(update(database.ROOMS).values(ends=0))
    shared_resources.sweep_rooms_regularly(stopped)
    with rooms.database.reading() as connection:
        assert connection.execute(select(database.DIGITS.c.id)).all() == []


def test_a_server_without_rooms_makes_no_database(tmp_path: Path) -> None:
    stopped = threading.Event()
    stopped.set()
    shared_resources.sweep_rooms_regularly(stopped)
    assert not (tmp_path / "rooms").exists()


def test_a_database_that_cannot_be_used_is_said_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DIGIT_LAB_DATABASE", "mysql://host/rooms")
    with pytest.raises(DataError, match="The rooms cannot be reached at the moment"):
        RoomVisit().open("", DIGITS)
    assert "DIGIT_LAB_DATABASE: the address of the database must begin with postgresql://" in caplog.text


def test_the_folder_of_the_database_is_the_operators_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DIGIT_LAB_DATABASE_FOLDER", str(tmp_path / "chosen"))
    RoomVisit().open("", DIGITS)
    assert (tmp_path / "chosen" / "rooms.sqlite3").exists()
