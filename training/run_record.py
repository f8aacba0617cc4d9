"""Records of past runs: settings, history and result, but no network; and short names that distinguish runs."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.dataset import Examples
from language.translation import N_, _
from nn.evaluation import outcomes
from nn.network import Network
from nn.trainer import Position
from nn.uncertainty import disagreements, mcnemar
from training.curve_measurement import measured_examples
from training.history import Change, Measurement
from training.run_snapshot import Snapshot, State
from training.settings import SETTINGS, Settings

MEASUREMENTS = 500
"""The maximum number of measurements kept per run, over all its seeds: as many as a plot can show."""


_TOLD_FIRST = (State.RUNNING, State.DIVERGED, State.PAUSED, State.READY, State.FINISHED)
"""The states of a run in order of precedence: that of several seeds is the first of theirs."""


_RUN = N_("Run {number}")


def run_name(number: int) -> str:
    """Return the name of a run, given its number (from 1): in English, as in its network and files."""
    return _RUN.format(number=number)


def shown_name(name: str) -> str:
    """Return the name of a network for display: a run's in the reader's language, any other unchanged."""
    run = re.fullmatch(_RUN.format(number=r"(\d+)"), name)
    return _(_RUN, number=run[1]) if run else name


@dataclass(frozen=True)
class DevReadings:
    """Which dev examples a network reads correctly, of those that the curves are measured on: one bit per example.

    Attributes:
        examples: A fingerprint of these examples, equal for networks that have read the same ones.
        count: Their number.
        bits: Whether each is read correctly, packed into bytes.
    """

    examples: bytes
    count: int
    bits: bytes

    @classmethod
    def of(cls, network: Network, dev: Examples) -> Self:
        """Let a network, which may have diverged, read the examples."""
        count = measured_examples(len(dev))
        rows = dev.rows[:count]
        with np.errstate(over="ignore", invalid="ignore"):
            made = outcomes(network, dev.images, dev.labels, rows)
        return cls(fingerprint(dev), count, np.packbits(made.read == made.labels).tobytes())

    @property
    def right(self) -> NDArray[np.bool_]:
        """Whether each example is read correctly, (count,) bool."""
        return np.unpackbits(np.frombuffer(self.bits, np.uint8), count=self.count).astype(bool)


def fingerprint(dev: Examples) -> bytes:
    """Return a digest that identifies the dev examples on which the curves are measured."""
    rows = dev.rows[: measured_examples(len(dev))]
    content = hashlib.blake2b(dev.images[rows].tobytes(), digest_size=16)
    content.update(dev.labels[rows].tobytes())
    return content.digest()


@dataclass(frozen=True)
class Record:
    """The course of a run, without its network.

    Attributes:
        number: The run's number within the session, from 1.
        state: Its state when it was recorded.
        settings: The settings of its last step.
        position: Steps and epochs completed.
        seconds: Time spent in steps and measurements, on one thread.
        measurements: Accuracy and loss by step, oldest first: at least one, with the first and the last of the run;
            with several seeds, their means.
        changes: The settings changed during training, oldest first.
        dev: What its network, that of the first seed, reads correctly; None while it is training.
        by_seed: With several seeds, the measurements of each, at the same steps, whose means are `measurements`.
    """

    number: int
    state: State
    settings: Settings
    position: Position
    seconds: float
    measurements: tuple[Measurement, ...]
    changes: tuple[Change, ...]
    dev: DevReadings | None = None
    by_seed: tuple[tuple[Measurement, ...], ...] = ()

    @classmethod
    def of(
        cls, number: int, snapshot: Snapshot, others: Sequence[Snapshot] = (), dev: DevReadings | None = None
    ) -> Self:
        """Return the record of the run in a snapshot.

        A setting changed after the last step, say to prepare the next run, had no effect on this one and is omitted.

        Args:
            number: The run's number.
            snapshot: The run.
            others: The same run with other seeds, if it was repeated.
            dev: What its network reads correctly, if that is known.
        """
        step = snapshot.position.step
        runs = (snapshot, *others)
        measured = _at_the_same_steps(runs)
        unused = {each.name: each.before for each in snapshot.changes if each.step >= step}
        return cls(
            number,
            min((each.state for each in runs), key=_TOLD_FIRST.index),
            replace(snapshot.settings, **unused),
            min((each.position for each in runs), key=lambda each: each.step),
            sum(each.seconds for each in runs) / len(runs),
            measured[0] if len(measured) == 1 else tuple(map(_mean, zip(*measured, strict=True))),
            tuple(each for each in snapshot.changes if each.step < step),
            dev,
            measured if len(measured) > 1 else (),
        )

    @property
    def seeds(self) -> int:
        """The number of seeds with which it was trained."""
        return len(self.by_seed) or 1

    @property
    def spread(self) -> float:
        """The standard deviation of the last accuracy on dev over the seeds, of which there are several."""
        return float(np.std([each[-1].dev_accuracy for each in self.by_seed], ddof=1))

    def values(self, name: str) -> tuple[Any, ...]:
        """Return the values that a setting had during the run, oldest first."""
        changes = [each for each in self.changes if each.name == name]
        return (*(each.before for each in changes), changes[-1].after if changes else getattr(self.settings, name))


def differing(records: Sequence[Record]) -> tuple[str, ...]:
    """Return the names of the settings in which runs differ, in the order of SETTINGS."""
    return tuple(name for name in SETTINGS if len({each.values(name) for each in records}) > 1)


def names(records: Sequence[Record]) -> dict[int, str]:
    """Return a display name for each run, by number, with its distinguishing settings, such as "Run 2 · α 0.3".

    Values shared by most runs are omitted.
    """
    parts: dict[int, list[str]] = {each.number: [shown_name(run_name(each.number))] for each in records}
    for name in differing(records):
        words = [SETTINGS[name].in_words(*each.values(name)) for each in records]
        for record, told in zip(records, words, strict=True):
            if 2 * words.count(told) <= len(words):
                parts[record.number].append(told)
    return {number: " · ".join(each) for number, each in parts.items()}


@dataclass(frozen=True)
class PairedTest:
    """Two runs compared digit by digit.

    Attributes:
        first: One run.
        second: The other.
        only_first: How many dev examples only the first reads correctly.
        only_second: How many only the second.
        p: The p-value of McNemar's exact test.
    """

    first: Record
    second: Record
    only_first: int
    only_second: int
    p: float


def paired_test(first: Record, second: Record) -> PairedTest | None:
    """Compare two runs digit by digit; None unless both have stopped and read the same dev examples."""
    if first.dev is None or second.dev is None or first.dev.examples != second.dev.examples:
        return None
    only = disagreements(first.dev.right, second.dev.right)
    return PairedTest(first, second, *only, mcnemar(*only))


def misread_by_all(records: Sequence[Record]) -> tuple[Sequence[Record], NDArray[np.intp]]:
    """Return the runs measured on the same dev examples as the latest that has stopped, and what all of them misread.

    Returns:
        The runs, oldest first; and the indices (k,) in dev, empty if there are fewer than two such runs.
    """
    known = [each for each in records if each.dev is not None]
    same = [each for each in known if each.dev and known[-1].dev and each.dev.examples == known[-1].dev.examples]
    if len(same) < 2:
        return same, np.empty(0, np.intp)
    return same, np.flatnonzero(~np.any([each.dev.right for each in same if each.dev], axis=0))


def _at_the_same_steps(runs: Sequence[Snapshot]) -> tuple[tuple[Measurement, ...], ...]:
    """Return the measurements of each run at the steps at which all were measured, at most MEASUREMENTS in total.

    A run that has ended, say by early stopping, keeps its last measurement while others continue.
    """
    known = [{each.step: each for each in run.measurements} for run in runs]
    anywhere = {step: each.epoch for own in known for step, each in own.items()}
    for run, own in zip(runs, known, strict=True):
        if run.state in {State.FINISHED, State.DIVERGED}:
            last = run.measurements[-1]
            own |= {step: replace(last, step=step, epoch=epoch) for step, epoch in anywhere.items() if step > last.step}
    shared = sorted(set.intersection(*map(set, known)))
    most = MEASUREMENTS // len(runs)
    return tuple(_evenly_spaced(tuple(own[step] for step in shared), most) for own in known)


def _mean(measurements: Sequence[Measurement]) -> Measurement:
    """Return the mean of the measurements of several runs at one step."""
    first = measurements[0]
    means = {
        each.name: sum(getattr(one, each.name) for one in measurements) / len(measurements)
        for each in fields(Measurement)
        if each.name not in {"step", "epoch"} and getattr(first, each.name) is not None
    }
    return replace(first, **means)


def _evenly_spaced(measurements: tuple[Measurement, ...], most: int) -> tuple[Measurement, ...]:
    """Return at most `most` of the measurements, evenly spaced, including the first and the last."""
    stride = -(-(len(measurements) - 1) // (most - 1)) or 1
    return (*measurements[:-1:stride], measurements[-1])
