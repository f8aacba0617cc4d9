"""Store the outcomes of a search in a CSV file, one row per trial, so that an interrupted search can resume."""

from dataclasses import asdict
from pathlib import Path

import pandas as pd

from data.file_io import write_atomically
from nn.evaluation import Evaluation
from training.search.trial import Outcome
from training.settings import Settings, defaults

SPLIT_SEED = "split_seed"
"""The seed of the split, shared by all seeds of a pair; a file without this column uses each trial's own seed."""

MEASURED = ("train_accuracy", "train_loss", "dev_accuracy", "dev_loss")
COLUMNS = (*defaults(), *MEASURED, "test_accuracy", "failure", SPLIT_SEED)


class ResultsFileError(ValueError):
    """A file does not hold the outcomes of a search, or cannot store them. The message is one plain sentence."""


class ResultsFile:
    """Outcomes that are saved as soon as they are added. The file is replaced each time, so it is always complete.

    Attributes:
        outcomes: By the settings tried, in the order added.
        tested: Accuracy on test, 0 to 1, by the settings chosen.
    """

    def __init__(self, path: Path, split_seed: int) -> None:
        """Read the outcomes on the split with this seed, if the file exists; those on other splits stay in it.

        Raises:
            ResultsFileError: It holds something else.
        """
        self._path = path
        self._split_seed = split_seed
        self._others: list[tuple[str, ...]] = []  # rows of the outcomes on other splits
        self.outcomes: dict[Settings, Outcome] = {}
        self.tested: dict[Settings, float] = {}
        if path.exists():
            try:
                self._read()
            except (ValueError, KeyError):  # KeyError: a column is missing
                raise ResultsFileError(
                    f"{path.name} does not hold the outcomes of a search: give another file for them."
                ) from None

    def add(self, outcome: Outcome) -> None:
        """Save an outcome, replacing an earlier one with the same settings.

        Raises:
            ResultsFileError: It cannot be saved, as on a full disk.
        """
        self.outcomes[outcome.settings] = outcome
        self._write()

    def add_test(self, settings: Settings, accuracy: float) -> None:
        """Save the accuracy on test of the settings chosen."""
        self.tested[settings] = accuracy
        self._write()

    def _read(self) -> None:
        frame = pd.read_csv(self._path, dtype=str, keep_default_na=False)
        if SPLIT_SEED not in frame:
            frame[SPLIT_SEED] = frame["seed"]
        for row in frame[list(COLUMNS)].to_dict("records"):
            if int(row[SPLIT_SEED]) != self._split_seed:
                self._others.append(tuple(row.values()))
                continue
            settings = Settings(**{name: type(default)(row[name]) for name, default in defaults().items()})
            train_accuracy, train_loss, dev_accuracy, dev_loss = (float(row[name] or "nan") for name in MEASURED)
            self.outcomes[settings] = Outcome(
                settings, Evaluation(train_accuracy, train_loss), Evaluation(dev_accuracy, dev_loss), row["failure"]
            )
            if row["test_accuracy"]:
                self.tested[settings] = float(row["test_accuracy"])

    def _write(self) -> None:
        rows = [
            (
                *asdict(settings).values(),
                *(each.train.accuracy, each.train.loss, each.dev.accuracy, each.dev.loss),
                *(self.tested.get(settings), each.failure, self._split_seed),
            )
            for settings, each in self.outcomes.items()
        ]
        content = pd.DataFrame([*self._others, *rows], columns=list(COLUMNS)).to_csv(index=False).encode()
        try:
            write_atomically(self._path, content)
        except OSError as error:
            raise ResultsFileError(
                f"{self._path.name} cannot be saved ({error.strerror or error}): make room for it and run the same "
                "command again, which continues, or give another file."
            ) from None
