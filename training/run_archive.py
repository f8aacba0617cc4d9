"""The archive of a run: everything needed to retrain its network to the same weights, including the code."""

import io
import json
import zipfile
from typing import Any

import numpy as np

from data.dataset import Split
from nn.augmentation import DISTORTIONS
from nn.trainer import examples_per_piece
from training.curve_measurement import measured_examples
from training.history import to_csv
from training.notebook import notebook
from training.pytorch_script import missing, pytorch_script
from training.run_snapshot import Snapshot
from training.settings import LIVE
from training.standalone_script import RunCode, script


def bundle(name: str, snapshot: Snapshot, split: Split, weights: bytes, first_weights: bytes | None = None) -> bytes:
    """Return a ZIP of everything needed to reproduce a run.

    Args:
        name: The name of the run, and of its script.
        snapshot: The run, which must be reproducible.
        split: Its training examples, and the rest of its dataset.
        weights: The snapshot's network as the .npz file that the app saves.
        first_weights: The network that the run began with, also as an .npz file, unless its seed determines it.

    Returns:
        run.json (settings, seed, changes by step, classes), weights.npz, history.csv, digits.npz, and the code: a
        script, a notebook and, if PyTorch has a counterpart for everything, a PyTorch script. The labels in digits.npz
        are those given in training; if some are wrong, `true_labels` are beside them.
    """
    changes = _changes_by_step(snapshot)
    network = snapshot.network
    run = RunCode(
        name,
        snapshot.settings,
        changes,
        network.sizes,
        examples_per_piece(len(network.vector)),
        goes_back=bool(snapshot.returns),
        continues=first_weights is not None,
    )
    digits = io.BytesIO()
    data = split.train
    arrays: dict[str, Any] = {"images": data.images, "labels": data.labels, "train": data.rows, "dev": split.dev.rows}
    if data.true_labels is not None:
        arrays["true_labels"] = data.true_labels
    np.savez_compressed(digits, **arrays)
    files: dict[str, str | bytes] = {
        f"{run.stem}.py": script(run),
        f"{run.stem}.ipynb": notebook(run),
        "run.json": _description(snapshot, changes, split),
        "weights.npz": weights,
        "digits.npz": digits.getvalue(),
        "history.csv": to_csv(
            snapshot.measurements, snapshot.changes, measured_examples(len(split.dev)), snapshot.alphas
        ),
    }
    if first_weights is not None:
        files["first_weights.npz"] = first_weights
    if not missing(run):
        files[f"{run.stem}_pytorch.py"] = pytorch_script(run)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in files.items():
            member = zipfile.ZipInfo(f"{run.stem}/{file}")  # no time: ZIP cannot store one before 1980
            member.external_attr = 0o600 << 16
            is_compressed = file == "digits.npz"
            archive.writestr(member, content, zipfile.ZIP_STORED if is_compressed else zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _description(snapshot: Snapshot, changes: dict[int, dict[str, Any]], split: Split) -> str:
    described = {
        "settings": vars(snapshot.settings),
        "classes": split.train.classes,
        "steps": snapshot.position.step,
        "changes": changes,
        "returns": {each.step: each.to_step for each in snapshot.returns},
    }
    return json.dumps(described, indent=1, ensure_ascii=False)


def _changes_by_step(snapshot: Snapshot) -> dict[int, dict[str, Any]]:
    """Return the settings of a run by the step from which they applied: all of them at 0, then the changed ones.

    A distortion is given by its parameters, or as None for no distortion.
    """
    by_step: dict[int, dict[str, Any]] = {0: {name: getattr(snapshot.settings, name) for name in LIVE}}
    for change in reversed(snapshot.changes):
        by_step[0][change.name] = change.before
    for change in snapshot.changes:
        by_step.setdefault(change.step, {})[change.name] = change.after
    for changed in by_step.values():
        if "distortion" in changed:
            distortion = DISTORTIONS[changed["distortion"]].distortion
            changed["distortion"] = distortion and vars(distortion)
    return by_step
