"""Runs of every kind, as short as possible, and their archives unpacked."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from data.dataset import Dataset
from models import weights
from models.weights import SavedNetwork
from tests.unit.training.runs import SETTINGS_HERE
from training.checkpoints import Checkpoint
from training.initial_trainer import Start
from training.run import Run
from training.run_archive import bundle
from training.settings import FULL_BATCH, Settings

SMALL = replace(SETTINGS_HERE, learning_rate=0.05)
ADAM = replace(SMALL, optimizer="adam", learning_rate=0.001)
RUNS: dict[str, Sequence[Settings]] = {
    "plain": [SMALL],
    "λ and all at once": [replace(SMALL, l2=10.0, batch_size=FULL_BATCH)],
    "tanh, Glorot, two layers, Adam": [replace(ADAM, activation="tanh", initializer="glorot", hidden_layers=2)],
    "sigmoid, uniform, RMSProp": [replace(ADAM, activation="sigmoid", initializer="uniform", optimizer="rmsprop")],
    "λ in AdamW, LeCun": [replace(ADAM, optimizer="adamw", l2=500.0, initializer="lecun")],
    "Nesterov, Xavier normal, leaky ReLU": [
        replace(SMALL, activation="leaky_relu", optimizer="nesterov", initializer="glorot_normal", l2=10.0)
    ],
    "an activation for each layer": [replace(SMALL, hidden_layers=3, activation="gelu", activation_3="elu")],
    "no hidden layer, momentum": [replace(SMALL, hidden_layers=0, optimizer="momentum")],
    "distorted": [replace(SMALL, distortion="on")],
    "distorted, all at once": [replace(SMALL, distortion="on", batch_size=FULL_BATCH)],
    "spoiled": [replace(SMALL, wrong_labels=30, per_class=300, imbalance=3, left_out="$b")],
    "dropout in pieces, smoothing": [
        replace(SMALL, dropout=0.4, label_smoothing=0.1, batch_size=FULL_BATCH, hidden_layers=2)
    ],
    "clipped, a cosine that restarts": [replace(SMALL, clip_norm=0.2, schedule="cosine", epochs=1)],
    "steps with warm-up": [replace(ADAM, schedule="step", warm_up=15, epochs=2)],
    "epochs changed under a schedule": [
        replace(SMALL, schedule="step", epochs=50),
        replace(SMALL, schedule="step", epochs=1),
        replace(SMALL, epochs=7),
        replace(SMALL, epochs=9),
        replace(SMALL, schedule="cosine", epochs=9),
    ],
    "changed during training": [
        SMALL,
        replace(SMALL, learning_rate=0.1, l2=1.0),
        ADAM,
        replace(ADAM, optimizer="rmsprop", batch_size=64),
        replace(ADAM, optimizer="adamw", l2=100.0),
        replace(ADAM, optimizer="momentum", distortion="on"),
        replace(SMALL, distortion="off"),
        ADAM,
    ],
    "AdamW, dropout, distortion and the rest": [
        replace(
            ADAM,
            optimizer="adamw",
            hidden_layers=2,
            activation="gelu",
            l2=50.0,
            dropout=0.2,
            distortion="on",
            label_smoothing=0.1,
            clip_norm=1.0,
            schedule="cosine",
            warm_up=10,
        )
    ],
    "regularized more and less": [
        replace(SMALL, dropout=0.5, label_smoothing=0.2),
        replace(ADAM, clip_norm=1.0, schedule="cosine", warm_up=80),
        replace(ADAM, dropout=0.2, schedule="cosine", epochs=2),
        ADAM,
    ],
}
STOPPED_EARLY = replace(ADAM, learning_rate=0.02, patience=2, wrong_labels=40, epochs=40)


@cache
def made_up() -> Dataset:
    """Return 1,500 images of four classes, more than a network processes at once."""
    rng = np.random.default_rng(8)
    labels = np.tile(np.arange(4, dtype=np.uint8), 375)
    patterns = rng.uniform(0, 200, (4, 784))
    images = (patterns[labels] + rng.uniform(0, 55, (len(labels), 784))).astype(np.uint8)
    return Dataset("Made up", images, labels, classes=("ä", "$b", "c<b>", "d"))


def trained(settings_in_turn: Sequence[Settings], dataset: Dataset) -> Run:
    """Run ten steps with each of the settings, then two epochs with the last."""
    run = Run(settings_in_turn[0], settings_in_turn[0].split(dataset), len(dataset.classes))
    for settings in settings_in_turn:
        run.change(settings)
        for _ in range(10):
            run.step()
            run.advance(60.0)
    for _ in range(2):
        run.epoch()
        run.advance(60.0)
    return run


def unpacked(run: Run, folder: Path, checkpoint: Checkpoint | None = None) -> Path:
    """Unpack the archive of a run, as it is now or as it was at a checkpoint."""
    snapshot, start = run.snapshot(), run.initial
    if checkpoint is not None:
        snapshot = snapshot.at(checkpoint, run.measure(checkpoint))
    saved = weights.save(SavedNetwork(snapshot.network, {"name": "Run 7"}), "npz")
    first = None if start is None else weights.save(SavedNetwork(start.network, {"name": start.name}), "npz")
    with zipfile.ZipFile(io.BytesIO(bundle("Run 7", snapshot, run.split, saved, first))) as archive:
        archive.extractall(folder)
    return folder / "run-7"


def stopped_early(dataset: Dataset) -> Run:
    """Train until early stopping goes back to the best weights, twice."""
    run = Run(STOPPED_EARLY, STOPPED_EARLY.split(dataset), len(dataset.classes))
    for _ in range(2):
        run.start()
        while run.advance(60.0) is not None:
            pass
    assert len(run.snapshot().returns) == 2
    return run


def continued(dataset: Dataset) -> Run:
    """Train on from the weights of another run, for one epoch."""
    network = trained([SMALL], dataset).snapshot().network
    run = Run(ADAM, ADAM.split(dataset), len(dataset.classes), Start("Run 1", network))
    run.epoch()
    run.advance(60.0)
    return run
