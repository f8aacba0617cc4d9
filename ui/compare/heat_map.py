"""What a search has found as a table of colours: a row for each hidden size, a column for each λ."""

from html import escape
from math import log

from training.search.search_run import SearchSnapshot
from training.search.trial import Outcome
from training.settings import SETTINGS, Settings

_PALEST, _STRONGEST = 6, 58
"""Percent of the accent colour in the ground of the worst and of the best. Ink is read on both, in both themes."""

_LEAST_ERROR = 1e-4
"""What a pair that misreads nothing is taken for: its logarithm would be without end."""


def heat_map(told: SearchSnapshot) -> str:
    """Return the table as HTML, with the value in each cell, or why there is none."""
    hidden_sizes = sorted({each.hidden_size for each in told.trials})
    l2s = sorted({each.l2 for each in told.trials})
    trials = {(each.hidden_size, each.l2): each for each in told.trials}
    heads = "".join(f"<th scope='col'>{SETTINGS['l2'].format(l2)}</th>" for l2 in l2s)
    rows = "".join(
        f"<tr><th scope='row'>{hidden_size}</th>"
        + "".join(_cell(told, trials.get((hidden_size, l2))) for l2 in l2s)
        + "</tr>"
        for hidden_size in hidden_sizes
    )
    return (
        "<div class='heat_room' tabindex='0' role='region' aria-label='Dev accuracy by hidden size and λ'>"
        f"<table class='heat' id='heat_map'><caption>{_caption(told)}</caption>"
        f"<thead><tr><td></td><th scope='colgroup' colspan='{len(l2s)}' class='axis'>λ</th></tr>"
        f"<tr><th scope='col' class='axis'>Hidden size</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        f"{_missing(told)}"
    )


def _caption(told: SearchSnapshot) -> str:
    epochs = told.trials[0].epochs
    return f"Accuracy on dev after {epochs:,} epoch{'' if epochs == 1 else 's'}; a stronger colour is better"


def _cell(told: SearchSnapshot, trial: Settings | None) -> str:
    if trial is None:
        return "<td class='none'>–</td>"
    if trial in told.in_hand:
        return "<td class='none now'>training</td>"
    outcome = told.outcomes.get(trial)
    if outcome is None:
        return f"<td class='none'>{'pending' if told.going else 'not tried'}</td>"
    if outcome.trouble:
        return f"<td class='trouble'>{escape(outcome.trouble.partition(':')[0])}</td>"
    best = told.best is not None and told.best.settings == trial
    mark = "<small>best</small>" if best else ""
    return (
        f"<td class='done{' best' if best else ''}' style='--shade:{_shade(told, outcome):.0f}%'>"
        f"<span>{outcome.dev.accuracy:.2%}</span>{mark}</td>"
    )


def _shade(told: SearchSnapshot, outcome: Outcome) -> float:
    """Return percent of the accent colour, even in how many times fewer are misread.

    Of accuracies most lie close to the best: even in these, one poor pair would leave all others alike.
    """
    errors = [_log_error(each) for each in told.outcomes.values() if not each.trouble]
    worst, least = max(errors), min(errors)
    if worst == least:
        return _STRONGEST
    return _PALEST + (_STRONGEST - _PALEST) * (worst - _log_error(outcome)) / (worst - least)


def _log_error(outcome: Outcome) -> float:
    return log(max(1 - outcome.dev.accuracy, _LEAST_ERROR))


def _missing(told: SearchSnapshot) -> str:
    """What the words in cells without a value mean, where there are any."""
    grid = len({each.hidden_size for each in told.trials}) * len({each.l2 for each in told.trials})
    reasons = {each.trouble for each in told.outcomes.values() if ":" in each.trouble}
    notes = [f"{escape(reason[0].upper() + reason[1:])}; Search tries it again." for reason in sorted(reasons)]
    if any(each.trouble == "diverged" for each in told.outcomes.values()):
        notes.append("Diverged: α is too large, so the weights grew without bound.")
    if len(told.trials) < grid:
        notes.append("– was not sampled.")
    return f"<p class='note' id='heat_notes'>{' '.join(notes)}</p>" if notes else ""
