"""A run to take away: all that trains its network again to the same weights, and one NumPy script that does it.

The script holds only what the run needed: its own activation, optimizers, and distortion where it was on. What nn does
to be fast without changing a bit is left out of it.
"""

import io
import json
import zipfile
from collections.abc import Sequence
from math import ceil
from typing import Any

import numpy as np

from data.dataset import Split
from training.history import Change, to_csv
from training.run_snapshot import Snapshot
from training.settings import DISTORTION, LIVE, Settings
from training.standalone_parts import ACTIVATIONS, DISTORTING, INITIALIZERS, OPTIMIZERS, SCRIPT

_TOLD = tuple(name for name in LIVE if name != "epochs")
"""The settings that change a step."""


def bundle(name: str, snapshot: Snapshot, split: Split, weights: bytes) -> bytes:
    """Return a ZIP of all that reproduces a run.

    Args:
        name: What the run is called; its script is called so too.
        snapshot: The run, which must be reproducible.
        split: What it learns from, and the rest of its dataset.
        weights: The snapshot's network as the .npz file that the app saves.

    Returns:
        run.json (settings, seed, what was turned and when, classes), weights.npz, history.csv, digits.npz and the
        script.
    """
    stem = name.lower().replace(" ", "-")
    digits = io.BytesIO()
    np.savez_compressed(digits, images=split.train.images, labels=split.train.labels)
    files: dict[str, str | bytes] = {
        f"{stem}.py": script(snapshot, name),
        "run.json": _description(snapshot, split),
        "weights.npz": weights,
        "digits.npz": digits.getvalue(),
        "history.csv": to_csv(snapshot.measurements, snapshot.changes),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(f"{stem}/{file}", content)
    return packed.getvalue()


def script(snapshot: Snapshot, name: str) -> str:
    """Return the script that trains a run again, from the files that `bundle` lays beside it."""
    settings, told = snapshot.settings, _told(snapshot.settings, snapshot.changes)
    optimizers = dict.fromkeys(each["optimizer"] for each in told.values() if "optimizer" in each)
    distorted = any(each.get("distortion") == "on" for each in told.values())
    function, derivative = ACTIVATIONS[settings.activation]
    weights, biases = INITIALIZERS[settings.initializer]
    return SCRIPT.substitute(
        name=name,
        stem=name.lower().replace(" ", "-"),
        weights=weights,
        biases=biases,
        function=function,
        derivative=derivative,
        optimizers="".join(OPTIMIZERS[optimizer] for optimizer in optimizers),
        distortion=_distortion() if distorted else "",
        drawing="    distorting = rng.spawn(1)[0]  # draws of its own\n" if distorted else "",
        distorted='            X = distort(X, distorting) if told["distortion"] == "on" else X\n' if distorted else "",
    )


def _description(snapshot: Snapshot, split: Split) -> str:
    described = {
        "settings": vars(snapshot.settings),
        "sizes": snapshot.network.sizes,
        "classes": split.train.classes,
        "steps": snapshot.position.step,
        "told": _told(snapshot.settings, snapshot.changes),
        "test_drawn": len(split.test) if split.test.images is split.train.images else 0,
    }
    return json.dumps(described, indent=1, ensure_ascii=False)


def _distortion() -> str:
    return DISTORTING.substitute(vars(DISTORTION), margin=ceil(3 * DISTORTION.smoothness))


def _told(settings: Settings, changes: Sequence[Change]) -> dict[int, dict[str, Any]]:
    """Return what a run was told, by the step from which on it held."""
    told: dict[int, dict[str, Any]] = {0: {name: getattr(settings, name) for name in _TOLD}}
    for change in reversed(changes):
        told[0][change.name] = change.before
    for change in changes:
        told.setdefault(change.step, {})[change.name] = change.after
    return told
