"""A table of the settings in which runs differ, and their results: one column per run."""

from collections.abc import Callable, Mapping

from markupsafe import Markup

from language.numbers import fixed
from language.translation import N_, _
from training.curve_measurement import measured_examples
from training.percentages import accuracy, mean_and_spread, percent
from training.run_record import Record, differing
from training.settings import SETTINGS
from ui.widgets.html_templates import Templates
from ui.widgets.number_format import count, loss

TEMPLATES = Templates("compare/runs_table.html.j2")


def runs_table(runs: Mapping[int, Record], names: Mapping[int, str], paired: str) -> Markup:
    """Return the table as HTML; below it, a sentence compares two of its runs digit by digit."""
    records = list(runs.values())
    return TEMPLATES.runs_table(
        runs=[(colour, names[run.number]) for colour, run in runs.items()],
        settings={_(SETTINGS[name].label): [_setting(each, name) for each in records] for name in differing(records)},
        paired=paired,
        results={
            _(label): [result(each) for each in records]
            for label, result in _RESULTS.items()
            if label != _OVER_SEEDS or any(each.seeds > 1 for each in records)
        },
    )


def _setting(record: Record, name: str) -> str:
    """Return a setting's values and the steps at which it changed."""
    setting = SETTINGS[name]
    text = setting.format(record.values(name)[0])
    for change in record.changes:
        if change.name == name:
            after = setting.format(change.after)
            text = _("{before} → {after} at step {step}", before=text, after=after, step=count(change.step))
    return text


def _best(record: Record) -> str:
    best = max(record.measurements, key=lambda each: each.dev_accuracy)
    accuracy_then = _dev_accuracy(record, best.dev_accuracy)
    return _("{accuracy} at step {step}", accuracy=accuracy_then, step=count(best.step))


def _dev_accuracy(record: Record, share: float) -> str:
    return accuracy(share, measured_examples(record.settings.dev_size))


def _speed(record: Record) -> str:
    if not record.seconds:
        return "–"
    return _("{count} steps/s", count=fixed(record.position.step / record.seconds, 0))


def _over_seeds(record: Record) -> str:
    """Return the mean and standard deviation of the last dev accuracies, such as 94.1% ± 0.4 (5 seeds)."""
    if record.seeds == 1:
        return _("one seed")
    mean = mean_and_spread(record.measurements[-1].dev_accuracy, record.spread)
    return _("{mean}, {count} seeds", mean=mean, count=record.seeds)


_OVER_SEEDS = N_("Mean ± deviation")

_RESULTS: dict[str, Callable[[Record], str]] = {
    N_("State"): lambda record: _(record.state.value),
    N_("Steps"): lambda record: count(record.position.step),
    N_("Epochs"): lambda record: fixed(record.measurements[-1].epoch, 1),
    N_("Dev accuracy"): lambda record: _dev_accuracy(record, record.measurements[-1].dev_accuracy),
    _OVER_SEEDS: _over_seeds,
    N_("Best on dev"): _best,
    N_("Train accuracy"): lambda record: percent(record.measurements[-1].train_accuracy),
    N_("Dev loss"): lambda record: loss(record.measurements[-1].dev_loss),
    N_("Train loss"): lambda record: loss(record.measurements[-1].train_loss),
    N_("Trained for"): lambda record: _("{seconds} s", seconds=fixed(record.seconds, 1)),
    N_("Speed"): _speed,
}
