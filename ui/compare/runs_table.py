"""A table of the settings in which runs differ, and their results: one column per run."""

from collections.abc import Callable, Mapping

from markupsafe import Markup

from training.curve_measurement import measured_examples
from training.percentages import accuracy, mean_and_spread, percent
from training.run_record import Record, differing
from training.settings import SETTINGS
from ui.widgets.html_templates import Templates
from ui.widgets.number_format import count, loss

TEMPLATES = Templates("compare/runs_table.html.j2")


def runs_table(runs: Mapping[int, Record], names: Mapping[int, str], paired: str) -> Markup:
    """Return the table as HTML.

    Args:
        runs: Keyed by the index of their colour.
        names: Keyed by run number.
        paired: How two of them compare digit by digit, in a sentence to stand below; empty for one run.
    """
    records = list(runs.values())
    return TEMPLATES.runs_table(
        runs=[(colour, names[run.number]) for colour, run in runs.items()],
        settings={SETTINGS[name].label: [_setting(each, name) for each in records] for name in differing(records)},
        paired=paired,
        results={
            label: [result(each) for each in records]
            for label, result in _RESULTS.items()
            if label != _OVER_SEEDS or any(each.seeds > 1 for each in records)
        },
    )


def _setting(record: Record, name: str) -> str:
    """Return a setting's values and the steps at which it changed."""
    setting, changes = SETTINGS[name], [each for each in record.changes if each.name == name]
    first = setting.format(record.values(name)[0])
    return first + "".join(f" → {setting.format(each.after)} at step {count(each.step)}" for each in changes)


def _best(record: Record) -> str:
    best = max(record.measurements, key=lambda each: each.dev_accuracy)
    return f"{_dev_accuracy(record, best.dev_accuracy)} at step {count(best.step)}"


def _dev_accuracy(record: Record, share: float) -> str:
    return accuracy(share, measured_examples(record.settings.dev_size))


def _speed(record: Record) -> str:
    return f"{record.position.step / record.seconds:,.0f} steps/s" if record.seconds else "–"


def _over_seeds(record: Record) -> str:
    """Return the mean of the last accuracies on dev and their standard deviation, such as 94.1% ± 0.4 (5 seeds)."""
    if record.seeds == 1:
        return "one seed"
    return f"{mean_and_spread(record.measurements[-1].dev_accuracy, record.spread)}, {record.seeds} seeds"


_OVER_SEEDS = "Mean ± deviation"

_RESULTS: dict[str, Callable[[Record], str]] = {
    "State": lambda record: record.state.value,
    "Steps": lambda record: count(record.position.step),
    "Epochs": lambda record: f"{record.measurements[-1].epoch:,.1f}",
    "Dev accuracy": lambda record: _dev_accuracy(record, record.measurements[-1].dev_accuracy),
    _OVER_SEEDS: _over_seeds,
    "Best on dev": _best,
    "Train accuracy": lambda record: percent(record.measurements[-1].train_accuracy),
    "Dev loss": lambda record: loss(record.measurements[-1].dev_loss),
    "Train loss": lambda record: loss(record.measurements[-1].train_loss),
    "Trained for": lambda record: f"{record.seconds:,.1f} s",
    "Speed": _speed,
}
