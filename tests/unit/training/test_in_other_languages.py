"""Messages from training are in the reader's language; files and addresses are in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from language import translation
from language.translation import speaking
from tests.unit.training.runs import OVERSHOOTING, finish, take_step
from training import figures
from training.diagnosis import Problem, diagnose
from training.history import Change, Measurement, to_csv
from training.pace import SPEEDS
from training.prediction import Outcome, Prediction
from training.presets import PRESETS
from training.run_record import Record, names, run_name, shown_name
from training.run_snapshot import State
from training.search.search_run import SearchState
from training.settings import FULL_BATCH, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from training.run import Run

GERMAN = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "Learning rate α"
msgstr "Lernrate α"

msgid "Full"
msgstr "Alle"

msgid "Constant"
msgstr "Gleich"

msgid "Cosine"
msgstr "Kosinus"

msgid "{value} schedule"
msgstr "Verlauf {value}"

msgid "{value} epoch"
msgid_plural "{value} epochs"
msgstr[0] "{value} Epoche"
msgstr[1] "{value} Epochen"

msgid "For {activations}: {initializers}."
msgstr "Zu {activations}: {initializers}."

msgid "How the initial weights are drawn. {suited}"
msgstr "Wie die ersten Gewichte gezogen werden. {suited}"

msgid "tanh and sigmoid"
msgstr "tanh und Sigmoid"

msgid "Run {number}"
msgstr "Lauf {number}"

msgid "The loss blew up at step {step}: with α = {alpha}, every step overshoots. "
"The last good weights are kept. Try α = {smaller}, then Reset."
msgstr "Bei Schritt {step} lief α = {alpha} davon. Nimm α = {smaller}."

msgid "Set α to {alpha} and restart"
msgstr "Mit α = {alpha} von vorn"

msgid "below {amount}"
msgstr "unter {amount}"

msgid "{low} to {high}"
msgstr "{low} bis {high}"

msgid "above {amount}"
msgstr "über {amount}"

msgid "yes"
msgstr "ja"
"""


@pytest.fixture(autouse=True)
def german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "de.po").write_text(GERMAN, encoding="utf-8")
    monkeypatch.setattr(translation, "CATALOGUES", tmp_path)
    translation._catalogue.cache_clear()
    yield
    translation._catalogue.cache_clear()


def test_a_setting_is_shown_in_the_readers_language_and_written_in_english() -> None:
    alpha, batch, schedule, epochs = (SETTINGS[each] for each in ("learning_rate", "batch_size", "schedule", "epochs"))
    with speaking("de"):
        assert [alpha.format(0.05), alpha.format(1e-06)] == ["0,05", "1e-06"]
        assert [batch.format(FULL_BATCH), schedule.format("cosine")] == ["Alle", "Kosinus"]
        assert SETTINGS["wrong_labels"].format(20) == "20\N{NO-BREAK SPACE}%"
        assert SETTINGS["dataset"].format("1.5 Full.csv") == "1.5 Full.csv", "a visitor's own file"
        assert alpha.in_words(0.05, 0.3) == "α 0,05 → 0,3"
        assert schedule.in_words("constant", "cosine") == "Verlauf Gleich → Kosinus"
        assert [epochs.in_words(1), epochs.in_words(1, 2)] == ["1 Epoche", "1 → 2 Epochen"]
        assert SETTINGS["initializer"].description.endswith(
            "Zu tanh und Sigmoid: Xavier uniform, Xavier normal, LeCun normal."
        )
        assert [alpha.plain(0.05), batch.plain(FULL_BATCH), schedule.plain("cosine")] == ["0.05", "Full", "Cosine"]
    assert schedule.in_words("constant", "cosine") == "Constant → Cosine schedule"


def test_a_run_tells_why_it_stopped_in_the_language_of_whoever_looks(run: Run) -> None:
    """It is trained by another thread, whose language says nothing about its readers."""
    run.change(OVERSHOOTING)
    snapshot = finish(run)
    assert snapshot.state is State.DIVERGED
    assert snapshot.message.startswith("The loss blew up at step")
    with speaking("de"):
        assert snapshot.message.endswith("lief α = 10 davon. Nimm α = 1.")
        images, labels = run.split.train.take(limit=20)
        finding = diagnose(snapshot, images / 255, labels)
    assert finding is not None
    assert (finding.problem, finding.remedy) == (Problem.DIVERGED, "Mit α = 1 von vorn")
    assert finding.evidence.endswith("Nimm α = 1.")


def test_files_are_in_english_whoever_asks_for_them() -> None:
    measured = [Measurement(step, step / 2, 0.5, 0.6, 0.9, 0.81) for step in (0, 1000)]
    changes = [Change(500, "learning_rate", 0.1, 0.05), Change(500, "schedule", "constant", "cosine")]
    with speaking("de"):
        table = to_csv(measured, changes, 100, [0.1, 0.05])
        plots = figures.training_metrics(measured, changes, 100).axes
    assert "Learning rate α 0.1 to 0.05 at step 500; α schedule Constant to Cosine at step 500" in table
    words = [each.get_text() for axes in plots for each in axes.texts]
    assert "Learning rate α 0.1 → 0.05\nα schedule Constant → Cosine" in words
    assert "dev  81.0% (72.2 to 87.5)" in words


def test_a_run_keeps_its_name_and_is_shown_under_another(run: Run) -> None:
    take_step(run)
    first, second = (Record.of(number, run.snapshot()) for number in (1, 2))
    with speaking("de"):
        assert (run_name(2), shown_name("Run 2"), shown_name("Run 2 of mine")) == ("Run 2", "Lauf 2", "Run 2 of mine")
        assert names([first, second]) == {1: "Lauf 1", 2: "Lauf 2"}


def test_a_prediction_is_chosen_in_the_readers_language() -> None:
    with speaking("de"):
        ranges = Prediction("Where will dev end?", "dev_accuracy", (60, 80.5))
        space = "\N{NO-BREAK SPACE}"
        assert ranges.choices == (f"unter 60{space}%", f"60 bis 80,5{space}%", f"über 80,5{space}%")
        assert ranges.came(70) == 1
        assert Prediction("Will it?", "dev_loss", (1,)).choices == ("no", "ja")


def test_what_was_predicted_is_said_in_the_language_of_whoever_reads_it() -> None:
    """The prediction may have been made in another: the language can be changed in the middle of a run."""
    space = "\N{NO-BREAK SPACE}"
    chosen = Outcome(Prediction("Where will dev end?", "dev_accuracy", (60, 80.5)), 1, 70.0, 500)
    typed = Outcome(Prediction("Where will dev end?", "dev_accuracy"), 62.5)
    assert (chosen.said, chosen.measured, typed.said) == ("60 to 80.5%", "70.0% (65.8 to 73.9)", "62.5%")
    with speaking("de"):
        assert chosen.said == f"60 bis 80,5{space}%"
        assert chosen.measured == f"70,0{space}% (65,8 bis 73,9)"
        assert chosen.is_as_predicted
        assert (typed.said, typed.measured, typed.is_as_predicted) == (f"62,5{space}%", "", False)


def test_what_training_shows_of_its_tables_can_be_translated() -> None:
    from language.__main__ import extracted

    known = {text for each in extracted() for text in (each.id if isinstance(each.id, tuple) else (each.id,))}
    shown = [each.label for each in SETTINGS.values()]
    shown += [each.help for each in SETTINGS.values() if isinstance(each.help, str)]
    shown += [text for preset in PRESETS for text in (preset.name, preset.question, preset.expect, preset.watch)]
    shown += [each.value for kind in (State, SearchState, Problem) for each in kind]
    shown += [each for each in SPEEDS if each.isalpha()]
    assert [text for text in shown if text not in known] == []
