"""The complete state of a run between two steps, from which it continues to bit-identical weights; as plain values.

A run is kept as JSON and arrays. What is read back is untrusted: every field is checked, settings against their table,
and an array is accepted only if its length is that of the settings' network.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.untrusted.json_fields import Fields
from data.untrusted.raw_arrays import UnusableFileError
from language.numbers import whole
from language.translation import _
from nn.network import Network
from nn.optimizers import OPTIMIZERS
from nn.trainer import Position, TrainerState
from training.checkpoints import Checkpoint, most_kept
from training.early_stopping import EarlyStopping, Return
from training.history import LIMIT, Change, Measurement
from training.initial_trainer import Start, network_bytes
from training.run_snapshot import State
from training.settings import LIVE, SETTINGS, Settings, defaults

Arrays = Mapping[str, NDArray[Any]]

MOST_CHANGES = 10_000
"""The maximum for one run: a setting changed every second for three hours."""

LONGEST_NAME = 1000
"""The maximum number of characters in the name of a file or a network."""

_MOST_STEPS = 10**12
_COLUMNS = tuple(each.name for each in fields(Measurement))


@dataclass(frozen=True, eq=False)
class RunState:
    """A run between two steps.

    Attributes:
        settings: The settings of the next step.
        state: What it is doing.
        optimizer: The optimizer whose state the trainer holds: that of the last step.
        trainer: The weights, the state of the optimizer, the position in the epoch and the random generators.
        last_epoch: The epoch after which it finishes.
        seconds: See `Snapshot`; so are reproducible, changes, measurements and returns.
        measurements_added: How many measurements were made in all.
        measurement_stride: See `History`.
        early_stopping: The best epoch so far.
        checkpoints: Weights at earlier steps, oldest first, including the initial ones.
        checkpoint_stride: See `Checkpoints`.
        start: The weights that it began with, unless they were drawn from the seed.
    """

    settings: Settings
    state: State
    optimizer: str
    trainer: TrainerState
    last_epoch: int
    seconds: float
    reproducible: bool
    changes: tuple[Change, ...]
    measurements: tuple[Measurement, ...]
    measurements_added: int
    measurement_stride: int
    returns: tuple[Return, ...]
    early_stopping: EarlyStopping
    checkpoints: tuple[Checkpoint, ...]
    checkpoint_stride: int
    start: Start | None = None


def packed(run: RunState, most_checkpoints: int) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Return a run as JSON and arrays.

    Args:
        run: The run.
        most_checkpoints: How many checkpoints may be kept, at least 1; every second one is dropped until they fit.
    """
    trainer, early = run.trainer, run.early_stopping
    best = early.best
    checkpoints, stride = run.checkpoints, run.checkpoint_stride
    while len(checkpoints) > most_checkpoints:
        checkpoints, stride = checkpoints[::2], 2 * stride
    value = {
        "settings": vars(run.settings),
        "state": run.state.name,
        "optimizer": run.optimizer,
        "position": vars(trainer.position),
        "optimizer_steps": trainer.optimizer_steps,
        "rng_states": [dict(each) for each in trainer.rng_states],
        "last_epoch": run.last_epoch,
        "seconds": run.seconds,
        "reproducible": run.reproducible,
        "changes": changes_packed(run.changes),
        "measurements_added": run.measurements_added,
        "measurement_stride": run.measurement_stride,
        "returns": [vars(each) for each in run.returns],
        "checkpoint_stride": stride,
        "start": None if run.start is None else run.start.name,
        "early_stopping": {
            "best": None
            if best is None
            else {"step": best.step, "epoch": best.epoch, "loss": run.early_stopping.least},
            "judged": run.early_stopping.judged,
            "epochs": run.early_stopping.epochs,
        },
    }
    arrays = {
        "vector": trainer.vector,
        "last_good": trainer.last_good,
        **{f"optimizer_{name}": array for name, array in trainer.optimizer_state.items()},
        "measurements": measurements_packed(run.measurements),
        "checkpoints": np.stack([each.network.vector for each in checkpoints]),
        "checkpoint_epochs": np.array([each.epoch for each in checkpoints], np.float64),
    }
    if trainer.position.seen:
        arrays["order"] = trainer.order.astype(np.int64)
    if best is not None:
        arrays["best"] = best.network.vector
    return value, arrays


def unpacked(value: Fields, arrays: Arrays, inputs: int, classes: int) -> RunState:
    """Return the run that `packed` was given.

    Args:
        value: The JSON.
        arrays: The arrays, of any kind and shape.
        inputs: The pixels of an image of its dataset.
        classes: Its classes.

    Raises:
        UnusableFileError: A field or an array is missing or invalid.
    """
    settings = settings_unpacked(value.inner("settings"))
    count = network_bytes(settings, inputs, classes) // np.dtype(np.float32).itemsize
    network = Network(
        [np.zeros(shape, np.float32) for shape in _shapes((inputs, *settings.hidden_sizes, classes))],
        settings.activations,
    )

    def vector(name: str) -> NDArray[Any]:
        return _array(arrays, name, np.float32, (count,), finite=True)

    def with_weights(weights: NDArray[Any]) -> Network:
        return Network(network.views(weights), settings.activations).freeze()

    optimizer = value.choice("optimizer", OPTIMIZERS)
    steps = value.whole("optimizer_steps", 0, _MOST_STEPS)
    position = position_unpacked(value)
    state = value.choice("state", State.__members__)
    early, best = value.inner("early_stopping"), None
    least = math.inf
    if (found := early.optional("best")) is not None:
        best = Checkpoint(
            found.whole("step", 0, position.step), found.number("epoch", 0, _MOST_STEPS), with_weights(vector("best"))
        )
        least = found.number("loss", -math.inf, math.inf)
    stride = value.whole("checkpoint_stride", 1, _MOST_STEPS)
    epochs = _array(arrays, "checkpoint_epochs", np.float64, (None,), finite=True)
    most = most_kept(network.vector.nbytes)
    if not 1 <= len(epochs) <= most:
        value.refuse("checkpoints", _("from 1 to {most}", most=most))
    kept = _array(arrays, "checkpoints", np.float32, (len(epochs), count), finite=True)
    checkpoints = tuple(
        Checkpoint((number * stride) ** 2, float(epoch), with_weights(weights))
        for number, (epoch, weights) in enumerate(zip(epochs, kept, strict=True))
    )
    if not checkpoints[-1].step <= position.step < (len(checkpoints) * stride) ** 2:
        value.refuse("checkpoint_stride", _("that of checkpoints up to its position"))
    start = value.optional_text("start", LONGEST_NAME)
    measurements = measurements_unpacked(arrays, "measurements", LIMIT)
    return RunState(
        settings=settings,
        state=State[state],
        optimizer=optimizer,
        trainer=TrainerState(
            position,
            vector("vector"),
            vector("last_good"),
            steps,
            {
                name: _array(arrays, f"optimizer_{name}", np.float32, (count,))
                for name in (OPTIMIZERS[optimizer].state if steps else ())
            },
            _array(arrays, "order", np.int64, (None,)) if position.seen else np.empty(0, np.int64),
            tuple(map(_rng_state, value.each("rng_states", 3))),
        ),
        last_epoch=value.whole("last_epoch", 1, _MOST_STEPS),
        seconds=value.number("seconds", 0, _MOST_STEPS),
        reproducible=value.truth("reproducible"),
        changes=changes_unpacked(value, position.step),
        measurements=measurements,
        measurements_added=value.whole("measurements_added", len(measurements), _MOST_STEPS),
        measurement_stride=value.whole("measurement_stride", 1, _MOST_STEPS),
        returns=tuple(
            Return(each.whole("step", 0, position.step), each.whole("to_step", 0, position.step))
            for each in value.each("returns", MOST_CHANGES)
        ),
        early_stopping=EarlyStopping(
            best, least, early.whole("judged", 0, position.step), early.whole("epochs", 0, _MOST_STEPS)
        ),
        checkpoints=checkpoints,
        checkpoint_stride=stride,
        start=None if start is None else Start(start, checkpoints[0].network),
    )


def settings_unpacked(value: Fields) -> Settings:
    """Return settings; missing ones have their defaults, and unknown ones are ignored.

    Raises:
        UnusableFileError: A value is not allowed.
    """
    known = {name: value.plain(name) for name in SETTINGS if value.has(name)}
    if "dataset" in known:
        value.text("dataset", LONGEST_NAME)
    for name, each in known.items():
        if not _allows(name, each):
            value.refuse(name, _("a value that is known"))
    return Settings(**(defaults() | known))


def _allows(name: str, value: object) -> bool:
    try:
        SETTINGS[name].check(name, value)
    except (ValueError, TypeError):
        return False
    return True


def changes_packed(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Return the latest changes of a run as JSON."""
    return [vars(each) for each in changes[-MOST_CHANGES:]]


def changes_unpacked(value: Fields, last_step: int) -> tuple[Change, ...]:
    """Return the changes of a run with this last step; changes of unknown settings are ignored."""
    changes: list[Change] = []
    for each in value.each("changes", MOST_CHANGES):
        step, name = each.whole("step", changes[-1].step if changes else 0, last_step), each.text("name", LONGEST_NAME)
        before, after = each.plain("before"), each.plain("after")
        if name not in LIVE:
            each.leave_out(name)
            continue
        if not (_allows(name, before) and _allows(name, after)):
            each.refuse("after", _("a change between values that are known"))
        changes.append(Change(step, name, before, after))
    return tuple(changes)


def measurements_packed(measurements: Sequence[Measurement]) -> NDArray[np.float64]:
    """Return measurements as an array (n, 8): the attributes of Measurement, NaN for None."""
    rows = [[math.nan if (v := getattr(each, name)) is None else v for name in _COLUMNS] for each in measurements]
    return np.array(rows, np.float64).reshape(-1, len(_COLUMNS))


def measurements_unpacked(arrays: Arrays, name: str, most: int) -> tuple[Measurement, ...]:
    """Return the measurements of a run, at least one, in the order of their steps; further columns are ignored."""
    found = _array(arrays, name, np.float64, (None, None))[:, : len(_COLUMNS)]
    if found.shape[1] < len(_COLUMNS) or not 1 <= len(found) <= most:
        raise UnusableFileError(_("{name} does not hold from 1 to {most} measurements", name=name, most=whole(most)))
    steps = found[:, 0]
    if not (np.isfinite(found[:, :2]).all() and (np.diff(steps, prepend=-1) > 0).all() and steps[-1] <= _MOST_STEPS):
        raise UnusableFileError(_("{name} holds measurements out of order", name=name))
    accuracies = found[:, [_COLUMNS.index(each) for each in ("train_accuracy", "dev_accuracy", "true_accuracy")]]
    if ((accuracies < 0) | (accuracies > 1)).any():
        raise UnusableFileError(_("{name} holds an accuracy that is not from 0 to 1", name=name))
    rows = [Measurement(*row) for row in found.tolist()]
    return tuple(
        replace(
            row, step=int(row.step), true_accuracy=None if math.isnan(row.true_accuracy or 0) else row.true_accuracy
        )
        for row in rows
    )


_POSITION = tuple(each.name for each in fields(Position))


def position_unpacked(value: Fields) -> Position:
    """Return how far a run has come."""
    found = value.inner("position")
    return Position(**{each: found.whole(each, 0, _MOST_STEPS) for each in _POSITION})


def _rng_state(value: Fields) -> dict[str, Any]:
    inner = value.inner("state")
    return {
        "bit_generator": value.choice("bit_generator", ("PCG64", "PCG64DXSM")),
        "state": {each: inner.whole(each, 0, 2**128 - 1) for each in ("state", "inc")},
        "has_uint32": value.whole("has_uint32", 0, 1),
        "uinteger": value.whole("uinteger", 0, 2**32 - 1),
    }


def _shapes(sizes: Sequence[int]) -> list[tuple[int, ...]]:
    return [shape for before, after in pairwise(sizes) for shape in ((before, after), (after,))]


def _array(
    arrays: Arrays, name: str, dtype: type, shape: tuple[int | None, ...], *, finite: bool = False
) -> NDArray[Any]:
    """Return the array if it has this type and shape, in which None stands for any length."""
    array = arrays.get(name)
    if array is None:
        raise UnusableFileError(_("it holds no {name}", name=name))
    sides = zip(array.shape, shape, strict=False)
    if array.dtype != dtype or array.ndim != len(shape) or any(b not in {a, None} for a, b in sides):
        raise UnusableFileError(_("{name} has another type or shape than its run needs", name=name))
    if finite and not np.isfinite(array).all():
        raise UnusableFileError(_("{name} holds NaN or infinity", name=name))
    return array
