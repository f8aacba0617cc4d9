"""The datasets a session can train on: built-in and uploaded."""

from collections.abc import Mapping
from dataclasses import dataclass

from data.built_in import DATASETS, MissingDatasetError
from data.dataset import DIGITS, Adjustment, DataError, Dataset, Split
from data.dataset_names import dataset_title
from language.translation import _
from training.settings import SETTINGS, Settings
from ui.state import shared_resources
from ui.state.bounded_dict import BoundedDict
from ui.state.room_visit import RoomVisit

KEPT_DATASETS = 3
"""Maximum number of uploaded datasets per session."""


@dataclass(frozen=True, eq=False)
class _Changed:
    """An uploaded dataset without some of its adjustments."""

    upload: Dataset
    undone: frozenset[Adjustment]
    dataset: Dataset


class Datasets:
    """The datasets of one session.

    Attributes:
        uploads: Uploaded datasets by name, as first read, oldest first.
    """

    def __init__(self, room: RoomVisit) -> None:
        """Start with the datasets that all sessions share, and the room's dataset if the visitor is in a room."""
        self._room = room
        self.uploads: BoundedDict[str, Dataset] = BoundedDict(KEPT_DATASETS)
        self._changed: BoundedDict[str, _Changed] = BoundedDict(KEPT_DATASETS)

    def names(self) -> dict[str, str]:
        """Return the names of all datasets, by key."""
        room = [] if self._room.digits is None else [self._room.dataset_name]
        return {key: SETTINGS["dataset"].format(key) for key in (*DATASETS, *self.uploads, *room)}

    def get(self, key: str) -> Dataset:
        """Return a dataset.

        Raises:
            DataError: If it is missing; the message says what to do.
        """
        if key in DATASETS:
            return shared_resources.built_in(key)
        if key == self._room.dataset_name:
            return self._room.dataset()
        if key not in self.uploads:
            sentence = _(
                "{name} is not loaded in this session: upload it on the Dataset page.", name=dataset_title(key)
            )
            raise MissingDatasetError(sentence)
        upload = self.uploads[key]
        changed = self._changed.get(key)
        return upload if changed is None or changed.upload is not upload else changed.dataset

    def classes(self, key: str) -> tuple[str, ...]:
        """Return the classes of a dataset; the ten digits if it cannot be read."""
        try:
            return self.get(key).classes
        except DataError:
            return DIGITS

    def undone(self, name: str) -> frozenset[Adjustment]:
        """Return the adjustments of an uploaded dataset that are undone."""
        changed = self._changed.get(name)
        return frozenset() if changed is None or changed.upload is not self.uploads.get(name) else changed.undone

    def toggle(self, name: str, adjustment: Adjustment) -> None:
        """Undo an adjustment of an uploaded dataset, or redo it."""
        undone = self.undone(name) ^ {adjustment}
        self._changed.pop(name, None)
        if undone:
            upload = self.uploads[name]
            self._changed[name] = _Changed(upload, undone, upload.without(undone))

    def split_for_run(self, settings: Settings) -> Split:
        """Return the split for a new run: like `split`, but with the drawings that a room has by now.

        The room's drawings then count as an upload, so that saved work includes them.
        """
        if settings.dataset == self._room.dataset_name:
            self._room.refresh()
            self.uploads[settings.dataset] = self._room.dataset()
        return self.split(settings)

    def replace(self, uploads: Mapping[str, tuple[Dataset, frozenset[Adjustment]]]) -> None:
        """Replace the uploaded datasets with others, each given with its undone adjustments."""
        self.uploads.clear()
        self._changed.clear()
        for name, (upload, undone) in uploads.items():
            self.uploads[name] = upload
            for adjustment in undone:
                self.toggle(name, adjustment)

    def split(self, settings: Settings) -> Split:
        """Return the train, dev and test split for these settings.

        Raises:
            DataError: If the dataset is missing, or too small for the sizes or the classes that the settings ask for.
        """
        return settings.split(self.get(settings.dataset))
