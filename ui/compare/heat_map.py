"""Search results as a heat map: one row per hidden size, one column per λ."""

from collections.abc import Sequence
from math import log

from markupsafe import Markup

from language.translation import N_, _, ngettext
from training.percentages import interval
from training.search.search_run import ATTEMPTS, GIVEN_UP, SearchSnapshot
from training.search.trial import DIVERGED, PairOutcome
from training.settings import SETTINGS, Settings
from ui.widgets.html_templates import Templates

TEMPLATES = Templates("compare/heat_map.html.j2")

_PALEST, _STRONGEST = 6.0, 58.0
"""Percentage of accent colour behind the worst and best results; text stays legible on both in either theme."""

_FAILURES = {DIVERGED: DIVERGED, GIVEN_UP: N_("given up")}
"""The text shown instead of the accuracy of a pair that failed."""

_LEAST_ERROR = 1e-4
"""Lower bound on the error, because the logarithm of 0 is infinite."""


def heat_map(search: SearchSnapshot) -> Markup:
    """Return the table as HTML; each cell shows the accuracy, or why there is none."""
    l2s = sorted({each.l2 for each in search.trials})
    trials: dict[tuple[int, float], list[Settings]] = {}
    for each in search.trials:
        trials.setdefault((each.hidden_size, each.l2), []).append(each)
    pairs = {(each.settings.hidden_size, each.settings.l2): each for each in search.pairs}
    shades = _shades(list(pairs.values()))

    def cell(hidden_size: int, l2: float) -> Markup:
        pair = pairs.get((hidden_size, l2))
        if pair is None:
            return _missing(search, trials.get((hidden_size, l2), []))
        if pair.failure:
            return TEMPLATES.cell("failed", _(_FAILURES[pair.failure]))
        return TEMPLATES.accuracy(
            share=pair.dev.accuracy,
            interval=interval(pair.dev.accuracy, search.dev_examples),
            spread=pair.spread,
            shade=shades[pair.settings],
            is_best=search.best is not None and search.best.settings == pair.settings,
        )

    return TEMPLATES.heat_map(
        epochs=search.trials[0].epochs,
        seeds=search.seeds,
        l2s=[SETTINGS["l2"].format(l2) for l2 in l2s],
        rows={
            hidden_size: [cell(hidden_size, l2) for l2 in l2s]
            for hidden_size in sorted({each.hidden_size for each in search.trials})
        },
        notes=_notes(search),
    )


def _missing(search: SearchSnapshot, seeds: Sequence[Settings]) -> Markup:
    """Return the cell of a pair that has not been tried with all its seeds."""
    if not seeds:
        return TEMPLATES.cell("none", "–")
    done = sum(each in search.outcomes for each in seeds)
    is_running = bool(search.running.intersection(seeds))
    if done:
        text = ngettext("{done} of {count} seed", "{done} of {count} seeds", len(seeds), done=done, count=len(seeds))
    elif is_running:
        text = _("training")
    else:
        text = _("pending") if search.active else _("not tried")
    return TEMPLATES.cell(f"none{' now' * is_running}", text)


def _shades(pairs: Sequence[PairOutcome]) -> dict[Settings, float]:
    """Return the percentage of accent colour of each pair, linear in the logarithm of the error.

    Most accuracies are close to the best, so on a linear scale one poor pair would make all the others look alike.
    """
    errors = {each.settings: log(max(1 - each.dev.accuracy, _LEAST_ERROR)) for each in pairs if not each.failure}
    worst, least = max(errors.values(), default=0.0), min(errors.values(), default=0.0)
    if worst == least:
        return dict.fromkeys(errors, _STRONGEST)
    return {
        settings: _PALEST + (_STRONGEST - _PALEST) * (worst - error) / (worst - least)
        for settings, error in errors.items()
    }


def _notes(search: SearchSnapshot) -> list[str]:
    """Explain the words in cells without an accuracy."""
    grid = len({each.hidden_size for each in search.trials}) * len({each.l2 for each in search.trials})
    failures, notes = {each.failure for each in search.outcomes.values()}, []
    if GIVEN_UP in failures:
        notes.append(
            _(
                "Given up: its process was ended {count} times, as happens when memory is short; Search tries it"
                " again.",
                count=ATTEMPTS,
            )
        )
    if DIVERGED in failures:
        notes.append(_("Diverged: α is too large, so the weights grew without bound."))
    if len(search.trials) < grid * search.seeds:
        notes.append(_("– was not sampled."))
    return notes
