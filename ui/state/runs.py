"""A session's runs: the Train page's run, the Compare page's pair, and records of ended runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from data.dataset import DataError, Split
from language.translation import _
from models.weights import SavedNetwork
from training.history import Measurement
from training.initial_trainer import Start, settings_for
from training.run import Run, most_bytes
from training.run_record import DevReadings, Record, run_name, shown_name
from training.run_snapshot import Snapshot, State
from training.settings import Settings
from training.side_by_side import OneChange, Repeats, SideBySide, can_be_repeated
from ui.state.available_datasets import Datasets
from ui.state.bounded_dict import BoundedDict
from ui.state.connection import Connection, ScheduledRun
from ui.state.network_names import network_title

KEPT_RECORDS = 8
"""Maximum number of runs that can be compared."""


@dataclass(frozen=True)
class RefusedSettings:
    """Settings rejected for a new run, and why."""

    settings: Settings
    reason: str


class Runs:
    """The runs of one session, numbered from 1.

    Attributes:
        current: The run on the Train page; None before the first.
        number: Its number.
        repeats: The same run with other seeds, if it was repeated.
        pair: Two runs trained side by side that differ in one setting; None before the first.
        pair_numbers: Their numbers.
        records: Records of ended runs, by number, oldest first.
        connection: Trains the runs while the page is connected; None before the first connection.
    """

    def __init__(
        self,
        datasets: Datasets,
        saved_networks: BoundedDict[str, SavedNetwork],
        check_room: Callable[[int], None],
    ) -> None:
        """Start without a run.

        Args:
            datasets: The available datasets.
            saved_networks: Receives the network of each ended run, by run name.
            check_room: Raises DataError if the session cannot hold this many bytes more.
        """
        self.current: Run | None = None
        self.number = 0
        self.repeats: Repeats | None = None
        self.pair: SideBySide | None = None
        self.pair_numbers = (0, 0)
        self.records: BoundedDict[int, Record] = BoundedDict(KEPT_RECORDS)
        self.connection: Connection | None = None
        self._datasets = datasets
        self._saved_networks = saved_networks
        self._check_room = check_room
        self._count = 0
        self._dev_readings: dict[int, tuple[Measurement, DevReadings]] = {}

    def begin(self, settings: Settings, start: Start | None = None) -> Run:
        """Begin a new run on the Train page; the previous run's network and record are kept if it has trained.

        If the previous run has not begun, the new one replaces it and takes its number.

        Args:
            settings: The settings of the run.
            start: The initial weights, unless they are drawn at random; their network determines the hidden layers.

        Raises:
            DataError: See `Datasets.split`; also if there is no room for the run, or if no run on its dataset can begin
                with these weights. The previous run is kept.
        """
        split = self._datasets.split_for_run(settings)
        classes = len(split.train.classes)
        if start is not None:
            settings = _settings_for(start, settings, split)
        self._check_room(_needed([settings], split) - sum(run.most_bytes for run in self._current_seeds()))
        run = Run(settings, split, classes, start)
        if self.current is None or self.current.begun:
            if self.current is not None:
                seeds = self._current_seeds()
                self.forget_repeats()
                self._archive(self.number, seeds, self.current)
            self.number = self._count = self._count + 1
        self.current = run
        return run

    def begin_pair(self, change: OneChange, seeds: int = 1) -> None:
        """Begin two runs side by side that differ in one setting; the previous pair is kept as in `begin`.

        With several seeds, each side stands for one run per seed: they share one number and one record, and their
        network is that of the first seed.

        Raises:
            DataError: See `Datasets.split`; also if there is no room for the pair. The previous pair is kept.
        """
        split = self._datasets.split_for_run(change.base)
        replaced = 0 if self.pair is None else sum(run.most_bytes for run in self.pair.runs)
        self._check_room(seeds * _needed([change.base, change.other], split) - replaced)
        pair = SideBySide(change, split, seeds)
        if self.pair is not None:
            for number, runs, paced_runs in zip(self.pair_numbers, self.pair.sides, self.pair.paced_runs, strict=True):
                self._archive(number, runs, paced_runs)
        self.pair = pair
        self.pair_numbers = (self._count + 1, self._count + 2)
        self._count += 2
        pair.start()
        self.train_pair()

    def repeat(self, seeds: int) -> None:
        """Train the current run, which is over, with this many more seeds.

        Raises:
            DataError: There is no room for them.
        """
        if self.current is None or not can_be_repeated(self.current.snapshot()):
            return
        self._check_room(seeds * self.current.most_bytes)
        if self.repeats is None or not self.repeats.are_of_its_end:
            self.forget_repeats()
            self.repeats = Repeats(self.current)
        self.repeats.start(seeds)
        self.train_repeats()

    def train_repeats(self) -> None:
        """Schedule the repeats while the page is connected."""
        if self.repeats is not None and self.connection is not None:
            self.connection.train(self.repeats.paced_runs)

    def forget_repeats(self) -> None:
        """Stop repeating the current run, and discard the results."""
        if self.repeats is not None:
            self.repeats.stop()
        self.repeats = None

    @property
    def is_repeating(self) -> bool:
        """Whether the current run is being repeated."""
        return self.repeats is not None and self.repeats.are_of_its_end and self.repeats.training

    @property
    def count(self) -> int:
        """The number of the latest run; 0 before the first."""
        return self._count

    def replace(self, current: Run | None, number: int, count: int, records: Mapping[int, Record]) -> None:
        """End all runs and replace them with others; `count` is the number of the latest."""
        self.forget_repeats()
        scheduled: list[ScheduledRun] = [] if self.current is None else [self.current]
        for run in (*scheduled, *(() if self.pair is None else self.pair.paced_runs)):
            if self.connection is not None:
                self.connection.stop_training(run)
        for each in (*self._current_seeds(), *(() if self.pair is None else self.pair.runs)):
            each.pause()
        self.current, self.number, self._count = current, number, count
        self.pair, self.pair_numbers = None, (0, 0)
        self.records.clear()
        self.records.update(records)
        self._dev_readings.clear()

    def train(self) -> None:
        """Schedule the current run after start, step or epoch, while the page is connected."""
        if self.repeats is not None and not self.repeats.are_of_its_end:
            self.forget_repeats()
        if self.current is not None and self.connection is not None:
            self.connection.train(self.current)

    def train_pair(self) -> None:
        """Schedule the pair after start, while the page is connected."""
        if self.pair is not None and self.connection is not None:
            for paced_run in self.pair.paced_runs:
                self.connection.train(paced_run)

    def failures_of_pair(self) -> list[str]:
        """Return why runs of the pair, if there is one, stopped at a failed step."""
        sides = () if self.pair is None else zip(self.pair_numbers, self.pair.sides, strict=True)
        runs = [(number, run) for number, side in sides for run in side]
        stopped = [(number, run.snapshot()) for number, run in runs if run.state is State.PAUSED]
        return [
            _("{run} stopped. {reason}", run=shown_name(run_name(number)), reason=each.message)
            for number, each in stopped
            if each.message
        ]

    def resume(self, connection: Connection) -> None:
        """Resume, over a new connection, the training interrupted when the last one was lost."""
        self.connection = connection
        if self.current is not None and self.current.state is State.RUNNING:
            self.train()
        if self.is_repeating:
            self.train_repeats()
        if self.pair is not None and self.pair.training:
            self.train_pair()

    def _archive(self, number: int, runs: Sequence[Run], scheduled: ScheduledRun) -> None:
        """End a run, or the runs of one side; keep the first one's network and their record if they have trained."""
        for run in runs:
            run.pause()
        if self.connection is not None:
            self.connection.stop_training(scheduled)
        snapshot = runs[0].snapshot()
        if snapshot.position.step:
            self._saved_networks[run_name(number)] = saved_network(number, snapshot, runs[0].split.train.classes)
            self.records[number] = self._record(number, runs)
        self._dev_readings.pop(number, None)

    @property
    def name(self) -> str:
        """The current run's name among the networks."""
        return run_name(self.number)

    def live(self) -> dict[int, Run]:
        """Return the runs that can still train, by number: the current one and the pair's first seeds."""
        return {number: runs[0] for number, runs in self._live().items()}

    def _live(self) -> dict[int, Sequence[Run]]:
        """Return the runs that can still train, by number, with all their seeds."""
        current = {} if self.current is None else {self.number: self._current_seeds()}
        pair = {} if self.pair is None else dict(zip(self.pair_numbers, self.pair.sides, strict=True))
        return current | pair

    def _current_seeds(self) -> Sequence[Run]:
        """Return the current run, and its repeats if it has not trained further since it was repeated."""
        repeats = self.repeats.runs if self.repeats is not None and self.repeats.are_of_its_end else []
        return [] if self.current is None else [self.current, *repeats]

    def repeated(self) -> Record | None:
        """Return the record of the current run with its repeats; None if there are none."""
        runs = self._current_seeds()
        return self._record(self.number, runs) if len(runs) > 1 else None

    def named(self, name: str) -> Run | None:
        """Return the run that can still train whose network has this name, if there is one."""
        return next((run for number, run in self.live().items() if name == run_name(number)), None)

    def all_records(self) -> list[Record]:
        """Return the records of runs that can be compared, oldest first; those of live runs are current."""
        live = {number: self._record(number, runs) for number, runs in self._live().items()}
        has_begun = self.current is not None and self.current.examples_seen > 0
        begun = [each for each in live.values() if has_begun or each.number != self.number]
        ended = list(self.records.values())[len(begun) - KEPT_RECORDS :]
        return sorted([*ended, *begun], key=lambda each: each.number)

    def _record(self, number: int, runs: Sequence[Run]) -> Record:
        """Return the record of live runs; the first run's dev readings are computed once each time that all stop."""
        first, *others = (run.snapshot() for run in runs)
        if State.RUNNING in {each.state for each in (first, *others)}:
            return Record.of(number, first, others)
        last, (measured, readings) = first.measurements[-1], self._dev_readings.get(number, (None, None))
        if readings is None or measured is not last:
            readings = DevReadings.of(first.network, runs[0].split.dev)
            self._dev_readings[number] = last, readings
        return Record.of(number, first, others, readings)

    def saved_network(self, snapshot: Snapshot | None = None) -> SavedNetwork:
        """Return the current run's network, as in a snapshot of it or as it is now, with its metadata.

        Raises:
            ValueError: If there is no run.
        """
        if self.current is None:
            raise ValueError("there is no run whose network could be saved")
        return saved_network(self.number, snapshot or self.current.snapshot(), self.current.split.train.classes)


def _settings_for(start: Start, settings: Settings, split: Split) -> Settings:
    try:
        return settings_for(start.network, settings, split.train.images.shape[1], len(split.train.classes))
    except ValueError as error:
        raise DataError(
            _(
                "No run can begin with the weights of {network}. {reason}",
                network=network_title(start.name),
                reason=error,
            )
        ) from None


def _needed(settings: Sequence[Settings], split: Split) -> int:
    """Return the memory that new runs on a split will take."""
    return sum(most_bytes(each, split.train.images.shape[1], len(split.train.classes)) for each in settings)


def saved_network(number: int, snapshot: Snapshot, classes: Sequence[str]) -> SavedNetwork:
    """Return the network of a run's snapshot, with its metadata."""
    settings, last = snapshot.settings, snapshot.measurements[-1]
    about = {
        "name": run_name(number),
        "classes": list(classes),
        "seed": settings.seed,
        "settings": vars(settings),
        "step": snapshot.position.step,
        "epoch": snapshot.position.epoch,
        "accuracy": {"train": last.train_accuracy, "dev": last.dev_accuracy},
    }
    return SavedNetwork(snapshot.network, about)
