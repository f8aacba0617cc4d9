"""The gradients of every activation agree with those of PyTorch's autograd, in float64."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from nn.activations import ACTIVATIONS
from nn.network import Network
from testing.pytorch import NONE, interpreter

IN_PYTORCH = """
import json, sys
import numpy as np, torch
from torch import nn

folder, modules = sys.argv[1], json.loads(sys.argv[2])
for name, module in modules.items():
    with np.load(f"{folder}/{name}.npz") as given:
        arrays = [torch.tensor(given[f"p{i}"], requires_grad=True) for i in range(6)]
        A, y = torch.tensor(given["images"]), torch.tensor(given["labels"])
    f = eval(module)
    for W, b in zip(arrays[:-2:2], arrays[1:-2:2]):
        A = f(A @ W + b)
    loss = nn.functional.cross_entropy(A @ arrays[-2] + arrays[-1], y, label_smoothing=0.1)
    loss = loss + 0.7 / (2 * len(y)) * sum((W**2).sum() for W in arrays[::2])
    loss.backward()
    gradient = np.concatenate([each.grad.ravel() for each in arrays])
    np.savez(f"{folder}/{name}-theirs.npz", loss=loss.item(), gradient=gradient)
"""


@pytest.mark.slow
def test_every_activation_has_the_gradient_that_pytorch_finds(tmp_path: Path) -> None:
    python = interpreter()
    if python is None:
        pytest.skip(NONE)
    rng, ours = np.random.default_rng(5), {}
    for name, activation in ACTIVATIONS.items():
        network = Network.initialize((7, 9, 8, 4), rng=rng, activation=name, initializer="uniform", dtype=np.float64)
        images, labels = rng.normal(size=(11, 7)), rng.integers(4, size=11)
        loss, gradients = network.gradients(images, labels, l2=0.7, smoothing=0.1)
        ours[name] = loss, np.concatenate([each.ravel() for each in gradients])
        parameters = {f"p{number}": array for number, array in enumerate(network.parameters)}
        np.savez(tmp_path / f"{name}.npz", allow_pickle=False, images=images, labels=labels, **parameters)
        assert activation.torch, "each has a counterpart in PyTorch"
    modules = json.dumps({name: activation.torch for name, activation in ACTIVATIONS.items()})
    subprocess.run([python, "-c", IN_PYTORCH, str(tmp_path), modules], check=True)
    for name, (loss, gradient) in ours.items():
        with np.load(tmp_path / f"{name}-theirs.npz") as theirs:
            assert loss == pytest.approx(float(theirs["loss"]), rel=1e-12), name
            np.testing.assert_allclose(gradient, theirs["gradient"], rtol=1e-9, atol=1e-12, err_msg=name)
