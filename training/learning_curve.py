"""A learning curve: how well networks read unseen drawings, by the number of drawings per class they trained on.

With few drawings, each has to serve twice. They are split into FOLDS parts; each part in turn is read by networks
trained on the others (cross-validation; Stone 1974), so that every drawing is read once at each point of the curve, and
never by a network that has seen it. The networks of one point differ in their seeds as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from data.dataset import Dataset, Examples, Split
from nn.evaluation import evaluate
from training.initial_trainer import initial_trainer
from training.scheduler import InPieces
from training.settings import Settings

FOLDS = 4

SIZES = (1, 2, 3, 5, 10, 20, 50, 100, 200)
"""The numbers of drawings of each class to train on, up to as many as there are."""

STEPS = 400
"""The steps after which a network is measured: the loss on a few drawings is then near 0."""

SETTINGS_ALONE = Settings(batch_size=16)
SETTINGS_WITH_OTHERS = Settings(batch_size=64)


@dataclass(frozen=True)
class Learned:
    """What is known of a learning curve.

    Attributes:
        sizes: The numbers of drawings of each class that networks train on, ascending.
        accuracies: The fraction of all drawings read correctly for each size, in [0, 1]; only those measured so far.
        drawings: The number of drawings that are read at each point.
        share: The share of the work that is done, in [0, 1].
    """

    sizes: tuple[int, ...]
    accuracies: tuple[float, ...]
    drawings: int
    share: float


class LearningCurve(InPieces):
    """Measures one learning curve."""

    def __init__(self, drawings: Dataset, others: Dataset | None = None, seed: int = 0) -> None:
        """Prepare to measure.

        Args:
            drawings: The drawings to read, at least FOLDS of each class.
            others: Further examples of the same classes that all networks train on; none by default.
            seed: Determines which drawings are in which part, and the initial weights.

        Raises:
            ValueError: A class has too few drawings, or the others have other classes.
        """
        if others is not None and others.classes != drawings.classes:
            raise ValueError("others must have the classes of drawings")
        rng, examples = np.random.default_rng((seed, 0)), drawings.examples
        rows = [rng.permutation(examples.rows_of(label)) for label in range(len(drawings.classes))]
        if (fewest := min(map(len, rows))) < FOLDS:
            raise ValueError(f"drawings must hold at least {FOLDS} of each class; got {fewest} of one")
        self._held = [np.concatenate([each[fold::FOLDS] for each in rows]) for fold in range(FOLDS)]
        self._pools = [[np.delete(each, np.s_[fold::FOLDS]) for each in rows] for fold in range(FOLDS)]
        most = min(len(pool) for pools in self._pools for pool in pools)
        sizes = sorted({most, *(size for size in SIZES if size < most)})
        self._sizes = tuple(sizes if others is None else [0, *sizes])
        self._drawings, self._others, self._seed = drawings, others, seed
        self._right: list[int] = []
        self._done = 0
        super().__init__(self._measure())

    def snapshot(self) -> Learned:
        """Return what has been measured so far."""
        count, right = len(self._drawings), tuple(self._right)
        share = self._done / ((STEPS * FOLDS + 1) * len(self._sizes))
        return Learned(self._sizes, tuple(each / count for each in right), count, share)

    def _measure(self) -> Iterator[None]:
        drawings, others = self._drawings, self._others
        images, labels = drawings.images, drawings.labels
        if others is not None:
            images, labels = np.concatenate([images, others.images]), np.concatenate([labels, others.labels])
        always = np.arange(len(drawings), len(images))
        for size in self._sizes:
            right = 0
            for fold, (held, pools) in enumerate(zip(self._held, self._pools, strict=True)):
                rows = np.concatenate([always, *(pool[:size] for pool in pools)])
                parts = [Examples(images, labels, each, drawings.classes) for each in (rows, held)]
                settings = replace(
                    SETTINGS_ALONE if others is None else SETTINGS_WITH_OTHERS, seed=FOLDS * self._seed + fold
                )
                trainer = initial_trainer(settings, Split(parts[0], parts[1], parts[1]), len(drawings.classes))
                for _ in range(STEPS):
                    trainer.step()
                    self._done += 1
                    yield
                right += round(evaluate(trainer.network, images, labels, held).accuracy * len(held))
                yield
            self._right.append(right)
            self._done += 1
