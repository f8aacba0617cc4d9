"""The outcomes of a search as CSV, a row for each trial: what a person keeps, and with which it goes on later."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from nn.evaluation import Evaluation
from training.search.trial import Outcome
from training.settings import Settings, defaults

MEASURED = ("train_accuracy", "train_loss", "dev_accuracy", "dev_loss")
COLUMNS = (*defaults(), *MEASURED, "test_accuracy", "trouble")


class SearchFileError(ValueError):
    """A file that holds no outcomes of a search. The message is one plain sentence for a person."""


class SearchFile:
    """Outcomes that are on disk as soon as they are told. The file is whole at any moment, written anew each time.

    Attributes:
        outcomes: By the settings tried, in the order in which they came.
        tested: Accuracy on test of the settings that were chosen, each looked at once.
    """

    def __init__(self, path: Path) -> None:
        """Take up what the file holds, where there is one.

        Raises:
            SearchFileError: When it holds something else.
        """
        self._path = path
        self.outcomes: dict[Settings, Outcome] = {}
        self.tested: dict[Settings, float] = {}
        if path.exists():
            self._read()

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome; one of the same settings gives way."""
        self.outcomes[outcome.settings] = outcome
        self._write()

    def add_test(self, settings: Settings, accuracy: float) -> None:
        """Keep what test said of the settings that were chosen."""
        self.tested[settings] = accuracy
        self._write()

    def _read(self) -> None:
        try:
            frame = pd.read_csv(self._path, dtype=str, keep_default_na=False)
            for row in frame[list(COLUMNS)].to_dict("records"):
                self._take_up({str(name): str(value) for name, value in row.items()})
        except (
            ValueError,
            KeyError,
        ):  # pandas' own errors are of the first kind, a column that is not there the second
            raise SearchFileError(
                f"{self._path.name} holds something else than outcomes of a search: give another name for them."
            ) from None

    def _take_up(self, row: Mapping[str, str]) -> None:
        settings = Settings(**{name: type(default)(row[name]) for name, default in defaults().items()})
        train_accuracy, train_loss, dev_accuracy, dev_loss = (float(row[name] or "nan") for name in MEASURED)
        self.outcomes[settings] = Outcome(
            settings, Evaluation(train_accuracy, train_loss), Evaluation(dev_accuracy, dev_loss), row["trouble"]
        )
        if row["test_accuracy"]:
            self.tested[settings] = float(row["test_accuracy"])

    def _write(self) -> None:
        rows = [
            asdict(settings)
            | dict(
                zip(
                    MEASURED,
                    (outcome.train.accuracy, outcome.train.loss, outcome.dev.accuracy, outcome.dev.loss),
                    strict=True,
                )
            )
            | {"test_accuracy": self.tested.get(settings), "trouble": outcome.trouble}
            for settings, outcome in self.outcomes.items()
        ]
        part = self._path.with_name(f"{self._path.name}.part")
        pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(part, index=False)
        part.replace(self._path)
