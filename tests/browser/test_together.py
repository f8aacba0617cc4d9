"""A class in one room: a teacher and two pupils, each in their own browser, and a server that is killed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from testing.browser_driver import OFFLINE_ERRORS, App
from testing.postgresql import NoPostgreSQLError, PostgreSQL
from tests.browser.test_collect import asked, draw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.conftest import NewApp, NewServer, Screen

DIES = f"{OFFLINE_ERRORS}|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|WebSocket connection to"


def open_room(app: App, name: str, classes: str) -> str:
    """Open a room as its teacher; return the path of the link for pupils."""
    app.page.get_by_role("radio", name="Together").click()
    app.page.get_by_role("textbox", name="Name of the room", exact=True).fill(name)
    app.page.get_by_role("textbox", name="What to draw").fill(classes)
    app.page.get_by_role("button", name="Open a room").click()
    link = app.page.locator("#room_link").get_attribute("href")
    assert link is not None
    assert link.startswith(app.url)
    return link.removeprefix(app.url).removeprefix("/")


def join(app: App, nickname: str) -> None:
    app.page.get_by_role("textbox", name="Nickname").fill(nickname)
    app.page.get_by_role("button", name="Join", exact=True).click()
    expect(app.page.locator("#asked")).to_be_visible()
    app.settle()


def add(app: App, count: int, *, finger: bool = False) -> None:
    """Draw what is asked for, waiting each time until the page says that the drawing was accepted."""
    tiles = app.page.locator(".collected .tiles button")
    for _ in range(count):
        drawn = tiles.count()
        expect(app.page.locator(".turned")).to_have_count(0)
        draw(app, asked(app), drawn, finger=finger)
        if not finger:
            app.page.keyboard.press("Space")
        expect(tiles).to_have_count(drawn + 1)


def total(app: App, said: str) -> None:
    expect(app.page.locator("#room_total")).to_have_text(said)


def test_a_class_draws_together_through_the_death_of_its_server(new_server: NewServer, new_app: NewApp) -> None:
    server = new_server({})
    teacher = new_app(url=server.url, path="collect")
    link = open_room(teacher, "7B", "cat, house")
    screens: dict[str, Screen] = {"Ada": "phone", "<i>Grace</i>": "desktop"}
    ada, grace = (new_app(screen, url=server.url, path=link) for screen in screens.values())
    for app, nickname in zip((ada, grace), screens, strict=True):
        expect(app.page).to_have_url(f"{server.url}/collect")
        join(app, nickname)
        add(app, 4, finger=nickname == "Ada")
    total(teacher, "8 drawings")
    expect(teacher.page.get_by_role("row", name="<i>Grace</i> 2 2 4", exact=True)).to_be_visible()
    teacher.screenshot("together-teacher")
    ada.screenshot("together-pupil-phone")

    tiles = teacher.page.locator(".collected .tiles button")
    tiles.first.click()
    total(teacher, "7 drawings")
    expect(tiles.first).to_have_attribute("aria-pressed", "true")
    tiles.first.click()
    total(teacher, "8 drawings")

    visitors = (teacher, ada, grace)
    for app in visitors:
        app.watch.expect(DIES)
    server.kill()
    for app in visitors:
        expect(app.page.get_by_test_id("stApp")).not_to_have_attribute("data-test-connection-state", "CONNECTED")
    server.start()
    for app in visitors:
        expect(app.page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-connection-state", "CONNECTED", timeout=60_000
        )
    total(teacher, "8 drawings")
    expect(ada.page.locator("#room_status")).to_contain_text("Ada: 4 of the 8 drawings are yours")
    add(ada, 1, finger=True)
    total(teacher, "9 drawings")
    grace.reload()
    expect(grace.page.locator("#room_status")).to_contain_text("4 of the 9 drawings are yours")

    grace.page.get_by_role("button", name="Train on them").click()
    expect(grace.page.get_by_role("heading", level=1)).to_have_text("Train a network")
    expect(grace.widget("dataset").get_by_role("combobox")).to_have_value("Room 7B")
    expect(grace.page.get_by_role("button", name="9 drawings · Refresh")).to_be_visible()

    teacher.widget("room_close").get_by_role("button").click()
    teacher.page.get_by_role("button", name="Close and delete").click()
    expect(teacher.alert).to_have_text("The room is closed, and its drawings are deleted.")
    draw(ada, asked(ada), 0, finger=True)
    expect(ada.alert).to_have_text("This room is closed, and its drawings are deleted.")


@pytest.fixture
def database() -> Iterator[str]:
    """The address of a PostgreSQL database."""
    try:
        server = PostgreSQL()
    except NoPostgreSQLError as error:
        pytest.skip(str(error))
    with server:
        yield server.new_database()


def test_two_replicas_share_their_rooms_in_postgresql(database: str, new_server: NewServer, new_app: NewApp) -> None:
    here, there = (new_server({"DIGIT_LAB_DATABASE": database}) for _ in range(2))
    teacher = new_app(url=here.url, path="collect")
    pupil = new_app(url=there.url, path=open_room(teacher, "", "cat, house"))
    join(pupil, "")
    add(pupil, 2)
    total(teacher, "2 drawings")
    teacher.page.locator(".collected .tiles button").first.click()
    total(teacher, "1 drawing")
    add(pupil, 1)
    total(teacher, "2 drawings")
