"""A network that is broken together with its input, and the dev accuracy that is left.

Measurements run in slices short enough for a redraw: each is a generator that pauses after a few digits.
"""

import time
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from data.dataset import IMAGE_SIDE, PIXELS, Examples
from ink.slant import upright
from models.reader import Reader, Reading
from models.weights import SavedNetwork
from nn.ablation import logits_without_each, mean_losses
from nn.adversary import ATTACKS
from nn.batches import as_inputs, slices
from nn.network import Floats, Network
from nn.perturbations import IMAGE_PERTURBATIONS, NETWORK_PERTURBATIONS, Place, without_units
from nn.uncertainty import wilson
from ui.break_it.damage import Damage, everything
from ui.state.bounded_dict import BoundedDict

Singles = NDArray[np.float32]
Step = Generator[None, None, int]
"""A measurement that pauses now and then, and returns how many digits are read correctly."""

MEASURED = 500
"""Dev digits on which accuracy is measured."""

LARGE, MEASURED_IF_LARGE = 1_000_000, 200
"""A network with more than LARGE parameters is measured on only MEASURED_IF_LARGE digits."""

ATTACKED_IF_LARGE = 40
"""How many dev digits of a large network are attacked; each takes up to thirty passes."""

WORK = 2**27
"""Multiplications between two pauses: about 10 ms of one core."""

PATIENCE = 2
"""On a busy machine, a slice may take this many times its working time."""

PASSES = {"iterated": 33, "fgsm": 3}
"""The work of some attacks, as a multiple of a plain pass."""

SEED = 15


@dataclass(eq=False)
class Curve:
    """The digits read correctly at each stop of a perturbation's slider, as far as measured, and the total."""

    right: list[int | None]
    digits: int

    @property
    def accuracies(self) -> list[float | None]:
        """The dev accuracy at each stop, in [0, 1]; None where not yet measured."""
        return [None if each is None else each / self.digits for each in self.right]

    @property
    def bands(self) -> list[list[float] | None]:
        """The 95% interval of each accuracy."""
        limits = [None if each is None else wilson(each, self.digits) for each in self.accuracies]
        return [None if each is None else [round(float(limit), 4) for limit in each] for each in limits]

    @property
    def is_whole(self) -> bool:
        """Whether every stop has been measured."""
        return None not in self.right


class BreakableNetwork:
    """One network, its dev digits in the form that it takes, and the measurements so far.

    Attributes:
        name: The name of the network.
        mark: The fingerprint of its weights.
        reader: The reader with the network, as it was when it was taken.
        dev: Its dev digits.
        images: (m, 784) float32, the dev digits that it is measured on, in the form that the network takes.
        truths: (m,) their classes, as indices into the reader's classes.
        units: The number of hidden units.
        importance: (units,) by how much the mean loss rises without each; None until it has been measured.
        right_without: (units,) how many digits are read correctly without each.
        curves: The curve of each perturbation, for a patch in the middle and untargeted attacks.
        totals: How many digits are read correctly, by damage.
    """

    def __init__(self, name: str, reader: Reader, dev: Examples) -> None:
        """Take a network as it is now."""
        self.dev = dev
        self.name, self.reader, self.mark = name, reader, self.fingerprint(reader.network)
        is_large = len(reader.network.vector) > LARGE
        images, labels = dev.take(limit=MEASURED_IF_LARGE if is_large else MEASURED)
        classes = [reader.classes.index(each) if each in reader.classes else -1 for each in dev.classes]
        truths = np.array(classes, np.int64)[labels]
        images, self.truths = images[truths >= 0], truths[truths >= 0]
        self.images = as_inputs(upright(images) if reader.normalization.upright else images, reader.network.dtype)
        self.attacked = min(len(images), ATTACKED_IF_LARGE if is_large else MEASURED)
        self.units = sum(reader.network.sizes[1:-1])
        self.importance: Floats | None = None if self.units else np.zeros(0)
        self.right_without = np.zeros(self.units, np.int64)
        self.curves: dict[str, Curve] = {}
        self._special_curves: BoundedDict[object, Curve] = BoundedDict(30)
        self.totals: BoundedDict[Damage, int] = BoundedDict(200)
        self._started: BoundedDict[object, Iterator[None]] = BoundedDict(4)
        self._working, self._adding = Lock(), Lock()
        self._broken: tuple[object, Network] = (None, reader.network)

    @staticmethod
    def fingerprint(network: Network) -> int:
        """Return a number that differs for different weights."""
        return zlib.crc32(network.vector.data)

    # What is broken

    def network(self, damage: Damage) -> Network:
        """Return the broken network."""
        key = self.breakage(damage)
        made, broken = self._broken  # another session may be using it, if it is shared
        if made != key:
            network = self.reader.network
            importance = np.zeros(self.units) if self.importance is None else self.importance
            for name, entry in NETWORK_PERTURBATIONS.items():
                if (amount := damage.amount(name)) != entry.none:
                    network = entry.function(network, amount, importance)
            if damage.off:
                network = without_units(network, self.mask(damage.off))
            broken = network
            self._broken = key, broken
        return broken

    def breakage(self, damage: Damage) -> object:
        """Return what the broken network depends on, for comparison."""
        amounts = tuple(damage.amount(name) for name in NETWORK_PERTURBATIONS)
        return amounts, damage.off, self.importance is None

    def mask(self, off: frozenset[tuple[int, int]]) -> NDArray[np.bool_]:
        """Return a mask (units,) of hidden units, each given by its layer, from 1, and its number, from 0."""
        sizes, mask = self.reader.network.sizes[1:-1], np.zeros(self.units, bool)
        for layer, unit in off:
            if layer <= len(sizes) and unit < sizes[layer - 1]:
                mask[sum(sizes[: layer - 1]) + unit] = True
        return mask

    def unit(self, place: int) -> tuple[int, int]:
        """Return the layer, from 1, and the number, from 0, of the hidden unit at this index among all."""
        for layer, size in enumerate(self.reader.network.sizes[1:-1], start=1):
            if place < size:
                return layer, place
            place -= size
        raise ValueError(f"place must be one of {self.units} hidden units; got {place} more")

    @staticmethod
    def distorted(images: Floats, damage: Damage) -> Floats:
        """Return images (n, 784) after the damage that does not depend on the network."""
        for index, (name, entry) in enumerate(IMAGE_PERTURBATIONS.items()):
            if (amount := damage.amount(name)) != entry.none:
                squares = images.reshape(-1, IMAGE_SIDE, IMAGE_SIDE).astype(np.float32, copy=False)
                rng = np.random.default_rng([SEED, index])  # the same noise at every redraw
                images = entry.function(squares, amount, rng, damage.place).reshape(-1, PIXELS)
        return images

    def attacked_images(self, images: Floats, truths: NDArray[np.int64], damage: Damage) -> Floats:
        """Return images (n, 784) of classes (n,) after the attacks on the broken network."""
        target = None if damage.target is None else int(self.reader.outputs[damage.target % len(self.reader.outputs)])
        for index, (name, entry) in enumerate(ATTACKS.items()):
            if (amount := damage.amount(name)) != entry.none:
                network, rng = self.network(damage), np.random.default_rng([SEED, index])
                inputs = images.astype(network.dtype, copy=False)
                found = entry.function(network, inputs, self.reader.outputs[truths], amount, target, rng)
                images = np.where(np.isfinite(found), found, images)  # a run may have diverged
        return images

    def read(self, image: Floats, truth: int, damage: Damage) -> tuple[Floats, Reader, Reading]:
        """Break one image and the network that reads it.

        Args:
            image: (784,), in the form that the network takes.
            truth: Its class, or the class it is read as.
            damage: What is broken.

        Returns:
            The broken image (784,), a reader with the broken network, and its reading.
        """
        broken = self.attacked_images(self.distorted(image[None], damage), np.array([truth]), damage)[0]
        about = {key: value for key, value in self.reader.about.items() if key != "normalization"}  # already applied
        reader = Reader(SavedNetwork(self.network(damage), about))
        return broken, reader, reader.read_image(broken.reshape(IMAGE_SIDE, IMAGE_SIDE).astype(np.float32, copy=False))

    # What is measured

    def total(self, damage: Damage) -> tuple[int | None, int]:
        """Return how many dev digits are read correctly with this damage, None until measured, and their total."""
        return self.totals.get(damage.essence), self._digits(damage)

    def intact(self, digits: int) -> int | None:
        """Return how many of the first digits are read correctly with nothing broken; None until measured."""
        if digits == len(self.truths):
            return self.totals.get(Damage())
        name, entry = next(iter(ATTACKS.items()))
        return self.curve(name, Damage()).right[entry.amounts.index(entry.none)]

    def curve(self, name: str, damage: Damage) -> Curve:
        """Return the curve of a single perturbation, as far as it has been measured."""
        entry = everything()[name]
        place = damage.place if entry.uses_place else Place()
        target = damage.target if entry.uses_target else None
        is_usual = (place, target) == (Place(), None)
        key = name, place, target
        curve = self.curves.get(name) if is_usual else self._special_curves.get(key)
        if curve is None:
            curve = Curve([None] * len(entry.amounts), self._digits(damage.only(name, entry.amounts[-1])))
            with self._adding:
                if is_usual:
                    curve = self.curves.setdefault(name, curve)
                else:
                    self._special_curves[key] = curve
        return curve

    def work(self, damage: Damage, seconds: float) -> bool:
        """Measure what is still missing, for about this long on one core; return whether everything is measured."""
        if next(self._missing(damage), None) is None:
            return True
        if not self._working.acquire(blocking=False):  # an overtaken redraw is still measuring
            return False
        try:
            spent, end = time.thread_time() + seconds, time.monotonic() + PATIENCE * seconds
            for key, start in self._missing(damage):
                job = self._started.get(key)
                if job is None:
                    job = self._started[key] = start()
                for _ in job:
                    if time.thread_time() >= spent or time.monotonic() >= end:
                        return False
                self._started.pop(key, None)
            return True
        finally:
            self._working.release()

    def _missing(self, damage: Damage) -> Iterator[tuple[object, Callable[[], Iterator[None]]]]:
        if not len(self.truths):
            return
        if self.importance is None:
            yield "importance", self._measure_importance
        for each in (Damage(), damage.essence):
            if each not in self.totals:
                yield each, lambda each=each: self._measure_total(each)  # type: ignore[misc]
        attacks_first = () if self.intact(self._digits(damage)) is not None else ATTACKS
        for name in (*attacks_first, *everything()):
            if not (curve := self.curve(name, damage)).is_whole:
                yield curve, lambda name=name, curve=curve: self._measure_curve(name, curve, damage)  # type: ignore[misc]

    def _measure_importance(self) -> Iterator[None]:
        network, rule = self.reader.network, self.reader.decision_rule
        A, Z = network.forward(self.images)
        outputs = self.reader.outputs[self.truths]
        before, losses = float(mean_losses(Z[-1][None], outputs)[0]), []
        start = 0
        for layer, size in enumerate(network.sizes[1:-1], start=1):
            for units in slices(size, max(1, WORK // (len(outputs) * max(network.sizes[layer + 1 :]) * 128))):
                logits = logits_without_each(network, A, layer, np.arange(size)[units])  # (k, m, outputs)
                losses.append(mean_losses(logits, outputs))
                read = rule.decisions(logits.reshape(-1, logits.shape[2])).reshape(logits.shape[:2])
                right = np.count_nonzero(read == self.truths, axis=1)
                self.right_without[start + units.start : start + units.stop] = right
                yield
            start += size
        self.importance = np.concatenate(losses) - before

    def _measure_total(self, damage: Damage) -> Iterator[None]:
        self.totals[damage] = yield from self._right(damage)

    def _measure_curve(self, name: str, curve: Curve, damage: Damage) -> Iterator[None]:
        for stop, amount in enumerate(everything()[name].amounts):
            curve.right[stop] = yield from self._right(damage.only(name, amount), curve.digits)

    def _digits(self, damage: Damage) -> int:
        is_attacked = any(damage.amount(name) != entry.none for name, entry in ATTACKS.items())
        return self.attacked if is_attacked else len(self.truths)

    def _right(self, damage: Damage, digits: int | None = None) -> Step:
        """Count the digits that are read correctly; a digit that is rejected or has vanished is not."""
        count = self._digits(damage) if digits is None else digits
        passes = max([1, *(PASSES.get(name, 1) for name in ATTACKS if damage.amount(name) != ATTACKS[name].none)])
        rows = max(8, WORK // (len(self.reader.network.vector) * passes))
        images = self.distorted(self.images[:count], damage)
        yield
        right = 0
        for piece in slices(count, rows):
            truths = self.truths[piece]
            broken = self.attacked_images(images[piece], truths, damage)
            read = self.reader.decision_rule.decisions(self.network(damage).logits(broken))
            right += int(np.count_nonzero((read == truths) & broken.any(axis=1)))
            yield
        return right
