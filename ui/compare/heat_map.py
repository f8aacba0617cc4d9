"""Search results as a heat map: one row per hidden size, one column per λ."""

from math import log

from markupsafe import Markup

from training.percentages import interval
from training.search.search_run import SearchSnapshot
from training.search.trial import DIVERGED, Outcome
from training.settings import SETTINGS, Settings
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("compare/heat_map.html.j2")

_PALEST, _STRONGEST = 6, 58
"""Percentage of accent colour behind the worst and best results; text stays legible on both in either theme."""

_LEAST_ERROR = 1e-4
"""Lower bound on the error, because the logarithm of 0 is infinite."""


def heat_map(search: SearchSnapshot) -> Markup:
    """Return the table as HTML; each cell shows the accuracy or why it is missing."""
    l2s = sorted({each.l2 for each in search.trials})
    trials = {(each.hidden_size, each.l2): each for each in search.trials}
    return TEMPLATES.heat_map(
        epochs=search.trials[0].epochs,
        l2s=[SETTINGS["l2"].format(l2) for l2 in l2s],
        rows={
            hidden_size: [_cell(search, trials.get((hidden_size, l2))) for l2 in l2s]
            for hidden_size in sorted({each.hidden_size for each in search.trials})
        },
        notes=_notes(search),
    )


def _cell(search: SearchSnapshot, trial: Settings | None) -> Markup:
    if trial is None:
        return TEMPLATES.cell("none", "–")
    if trial in search.running:
        return TEMPLATES.cell("none now", "training")
    outcome = search.outcomes.get(trial)
    if outcome is None:
        return TEMPLATES.cell("none", "pending" if search.active else "not tried")
    if outcome.failure:
        return TEMPLATES.cell("failed", outcome.failure.partition(":")[0])
    is_best = search.best is not None and search.best.settings == trial
    return TEMPLATES.accuracy(
        share=outcome.dev.accuracy,
        interval=interval(outcome.dev.accuracy, search.dev_examples),
        shade=_shade(search, outcome),
        is_best=is_best,
    )


def _shade(search: SearchSnapshot, outcome: Outcome) -> float:
    """Return the percentage of accent colour, linear in the logarithm of the error.

    Most accuracies are close to the best, so on a linear scale one poor pair would make all the others look alike.
    """
    errors = [_log_error(each) for each in search.outcomes.values() if not each.failure]
    worst, least = max(errors), min(errors)
    if worst == least:
        return _STRONGEST
    return _PALEST + (_STRONGEST - _PALEST) * (worst - _log_error(outcome)) / (worst - least)


def _log_error(outcome: Outcome) -> float:
    return log(max(1 - outcome.dev.accuracy, _LEAST_ERROR))


def _notes(search: SearchSnapshot) -> list[str]:
    """Explain the words in cells without an accuracy."""
    grid = len({each.hidden_size for each in search.trials}) * len({each.l2 for each in search.trials})
    reasons = {each.failure for each in search.outcomes.values() if ":" in each.failure}
    notes = [f"{reason[0].upper() + reason[1:]}; Search tries it again." for reason in sorted(reasons)]
    if any(each.failure == DIVERGED for each in search.outcomes.values()):
        notes.append("Diverged: α is too large, so the weights grew without bound.")
    if len(search.trials) < grid:
        notes.append("– was not sampled.")
    return notes
