"""HTML templates escape their values, reject missing ones, and ignore the layout of the file."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from language.translation import speaking
from ui.look.glossary import TEMPLATES, explained, term
from ui.widgets.html_templates import UI, Templates

FILES = [str(file.relative_to(UI)) for file in sorted(UI.rglob("*.html.j2"))]


def test_names_and_files_of_strangers_are_escaped_also_between_quotes() -> None:
    html = TEMPLATES.term(key="'><script>", text="<b>", meaning='"&')
    assert "meaning_&#39;&gt;&lt;script&gt;'" in html
    assert "&lt;b&gt;" in html
    assert "&#34;&amp;" in html


def test_html_of_another_template_is_not_escaped_again() -> None:
    assert "<var>z</var>" in term("logit", Markup("<var>z</var>"))


def test_a_value_left_out_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        TEMPLATES.term(key="logit", text="logit")


def test_line_breaks_between_tags_are_layout_and_spaces_are_not() -> None:
    html = Templates("look/gradient_step.html.j2", explained=explained).heading(is_of_digits=True)
    assert "</h2><p class='note'>Gradient" in html
    assert "one: this digit. As in textbooks" in html


def test_numbers_that_a_template_has_in_it_are_written_in_the_language_spoken() -> None:
    templates = Templates("look/engine.html.j2")
    with speaking("de"):
        assert "0,00001" in templates.healthy(sample=500)


@pytest.mark.parametrize("file", FILES)
def test_every_template_file_compiles(file: str) -> None:
    Templates(file, explained=explained)
