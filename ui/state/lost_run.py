"""A run that is no longer on the server: what its tab remembers of it, and offers to train again."""

from dataclasses import dataclass
from typing import Any

from data.built_in import DATASETS
from training.run_record import run_name
from training.run_snapshot import State
from training.settings import SETTINGS, Settings, defaults
from ui.state.runs import Runs


@dataclass(frozen=True)
class LostRun:
    """A run that is gone.

    Attributes:
        name: Its name, such as "Run 2".
        settings: Its settings, with defaults for those that cannot be restored.
    """

    name: str
    settings: Settings


def memory_of(runs: Runs) -> dict[str, Any] | None:
    """Return what a tab should remember of the current run, as JSON; None before it has begun."""
    run = runs.current
    if run is None or run.state is State.READY:
        return None
    default = defaults()
    changed = {name: value for name, value in vars(run.settings).items() if value != default[name]}
    return {"number": runs.number, "settings": changed}


def remembered(memory: object) -> LostRun | None:
    """Return the run that a tab remembers; None if it remembers none. The memory may be forged."""
    match memory:
        case {"number": int(number), "settings": dict(found)}:
            return LostRun(run_name(int(number)), Settings(**(defaults() | _possible(found))))
    return None


def _possible(found: dict[Any, Any]) -> dict[str, Any]:
    """Return the entries that are settings with an allowed value; uploaded datasets are gone with the run."""
    possible = {}
    for name, setting in SETTINGS.items():
        if name not in found or isinstance(found[name], bool):
            continue
        try:
            setting.check(name, found[name])
            if name != "dataset" or found[name] in DATASETS:
                possible[name] = found[name]
        except (ValueError, TypeError):
            continue
    return possible
