"""What differs between runs, and what they came to: a table with a column for each run."""

from collections.abc import Callable, Mapping, Sequence
from html import escape

from training.run_record import Record, differing
from training.settings import SETTINGS


def differences(runs: Mapping[int, Record], names: Mapping[int, str]) -> str:
    """Return the table as HTML.

    Args:
        runs: By the place of their colour.
        names: What they are called, by their number.
    """
    records = list(runs.values())
    heads = "".join(
        f"<th scope='col'><i class='run' style='--run:var(--run{place})'></i> {escape(names[run.number])}</th>"
        for place, run in runs.items()
    )
    settings = [_row(SETTINGS[name].label, [_setting(each, name) for each in records]) for name in differing(records)]
    if len(records) > 1 and not settings:
        settings = [f"<tr><td colspan='{len(records) + 1}' class='same'>These runs have the same settings.</td></tr>"]
    results = [_row(label, [tell(each) for each in records]) for label, tell in _RESULTS.items()]
    title = "<span class='note'>What differs</span>" if len(records) > 1 else ""
    return (
        "<div class='differences_room' tabindex='0' role='region' aria-label='What differs'>"
        f"<table class='differences' id='differences'><thead><tr><th scope='col'>{title}</th>{heads}</tr></thead>"
        f"<tbody id='differing'>{''.join(settings)}</tbody><tbody id='results'>{''.join(results)}</tbody></table></div>"
    )


def _row(label: str, cells: Sequence[str]) -> str:
    return f"<tr><th scope='row'>{label}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _setting(record: Record, name: str) -> str:
    """Return a setting's values, with the steps at which it was changed."""
    setting, changes = SETTINGS[name], [each for each in record.changes if each.name == name]
    first = setting.format(record.values(name)[0])
    return first + "".join(f" → {setting.format(each.after)} at step {each.step:,}" for each in changes)


def _best(record: Record) -> str:
    best = max(record.measurements, key=lambda each: each.dev_accuracy)
    return f"{best.dev_accuracy:.1%} at step {best.step:,}"


def _loss(loss: float) -> str:
    return f"{loss:.3f}" if loss < 1000 else f"{loss:.2e}"


def _speed(record: Record) -> str:
    return f"{record.position.step / record.seconds:,.0f} steps/s" if record.seconds else "–"


_RESULTS: dict[str, Callable[[Record], str]] = {
    "State": lambda record: record.state.value,
    "Steps": lambda record: f"{record.position.step:,}",
    "Epochs": lambda record: f"{record.measurements[-1].epoch:,.1f}",
    "Dev accuracy": lambda record: f"{record.measurements[-1].dev_accuracy:.1%}",
    "Best on dev": _best,
    "Train accuracy": lambda record: f"{record.measurements[-1].train_accuracy:.1%}",
    "Dev loss": lambda record: _loss(record.measurements[-1].dev_loss),
    "Train loss": lambda record: _loss(record.measurements[-1].train_loss),
    "Trained for": lambda record: f"{record.seconds:,.1f} s",
    "Speed": _speed,
}
