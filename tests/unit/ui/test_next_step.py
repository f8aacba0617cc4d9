"""Each page ends with the next step on one path through the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ui import routes
from ui.widgets.next_step import STEPS

if TYPE_CHECKING:
    from tests.unit.ui.conftest import NewVisit
    from ui.routes import Route


def test_the_path_visits_every_page_and_returns_to_the_first() -> None:
    path = [routes.DRAW]
    while (after := STEPS[path[-1]].to) not in path:
        path.append(after)
    assert after is routes.DRAW
    assert path == list(routes.ROUTES)
    assert set(path) == set(STEPS)


@pytest.mark.parametrize("route", STEPS, ids=lambda route: route.title)
def test_a_page_ends_in_a_question_and_a_link_to_the_next(new_visit: NewVisit, route: Route) -> None:
    visit = new_visit("" if route is routes.DRAW else route.path)
    step = STEPS[route]
    assert step.question in visit.html
    link = visit.links[-1]
    assert link.label == step.link
    assert link.page == ("" if step.to is routes.DRAW else step.to.path)
