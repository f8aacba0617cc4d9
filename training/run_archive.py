"""The archive of a run: everything needed to retrain its network to the same weights, including the script."""

import inspect
import io
import json
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from data.dataset import Split
from nn import augmentation
from nn.augmentation import DISTORTIONS
from training.history import Change, to_csv
from training.run_snapshot import Snapshot
from training.settings import LIVE, Settings
from training.standalone_script import script

_STEP_SETTINGS = tuple(name for name in LIVE if name != "epochs")
"""The settings that affect a step."""


def bundle(name: str, snapshot: Snapshot, split: Split, weights: bytes) -> bytes:
    """Return a ZIP of everything needed to reproduce a run.

    Args:
        name: The name of the run, and of its script.
        snapshot: The run, which must be reproducible.
        split: Its training examples, and the rest of its dataset.
        weights: The snapshot's network as the .npz file that the app saves.

    Returns:
        run.json (settings, seed, changes by step, classes), weights.npz, history.csv, digits.npz, the script, and
        nn/augmentation.py if the run distorted its images.
    """
    changes = _changes_by_step(snapshot.settings, snapshot.changes)
    used = {name: dict.fromkeys(each[name] for each in changes.values() if name in each) for name in _STEP_SETTINGS}
    stem = name.lower().replace(" ", "-")
    digits = io.BytesIO()
    np.savez_compressed(digits, images=split.train.images, labels=split.train.labels)
    files: dict[str, str | bytes] = {
        f"{stem}.py": script(name, snapshot.settings, used["optimizer"], used["distortion"]),
        "run.json": _description(snapshot, changes, split),
        "weights.npz": weights,
        "digits.npz": digits.getvalue(),
        "history.csv": to_csv(snapshot.measurements, snapshot.changes),
    }
    if any(DISTORTIONS[each].distortion for each in used["distortion"]):
        files["augmentation.py"] = inspect.getsource(augmentation)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            archive.writestr(f"{stem}/{file}", content)
    return packed.getvalue()


def _description(snapshot: Snapshot, changes: dict[int, dict[str, Any]], split: Split) -> str:
    described = {
        "settings": vars(snapshot.settings),
        "sizes": snapshot.network.sizes,
        "classes": split.train.classes,
        "steps": snapshot.position.step,
        "changes": changes,
        "test_drawn": len(split.test) if split.test.images is split.train.images else 0,
    }
    return json.dumps(described, indent=1, ensure_ascii=False)


def _changes_by_step(settings: Settings, changes: Sequence[Change]) -> dict[int, dict[str, Any]]:
    """Return the settings of a run by the step after which they applied: all of them at 0, then the changed ones."""
    by_step: dict[int, dict[str, Any]] = {0: {name: getattr(settings, name) for name in _STEP_SETTINGS}}
    for change in reversed(changes):
        by_step[0][change.name] = change.before
    for change in changes:
        by_step.setdefault(change.step, {})[change.name] = change.after
    return by_step
