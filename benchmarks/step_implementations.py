"""One training step of the same network in each library.

All train the same model: 784 pixels, one hidden ReLU layer, ten classes, softmax cross-entropy, plain gradient descent
with the same α, in float32. A step gathers a mini-batch in an order shuffled at each epoch, runs forward, returns the
loss as a number, runs backward and updates the weights. None computes the accuracy.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import DIGITS
from nn.batches import Images, Labels, as_inputs
from nn.network import Network
from nn.optimizers import OPTIMIZERS, Optimizer
from nn.trainer import Trainer

ALPHA = 0.01
SEED = 0

Steps = Callable[[int], None]
"""Takes the given number of training steps."""


@dataclass(frozen=True)
class Task:
    """Train 784-`hidden`-10 on `images` (m, 784) uint8 with `labels` (m,), `batch` examples per step."""

    hidden: int
    batch: int
    images: Images
    labels: Labels

    @property
    def full_batch(self) -> bool:
        """Whether a batch holds every example, in which case nothing is shuffled."""
        return self.batch >= len(self.labels)

    @property
    def inputs(self) -> NDArray[np.floating[Any]]:
        """The images as (m, 784) float32 in [0, 1]."""
        return as_inputs(self.images)


def ours(task: Task) -> Steps:
    """Return the step of nn.trainer, which gathers uint8 pixels and scales each batch, as in the app."""
    rng = np.random.default_rng(SEED)
    network = Network.initialize((task.images.shape[1], task.hidden, len(DIGITS)), rng=rng)
    trainer = Trainer(
        network,
        Optimizer(OPTIMIZERS["descent"]),
        task.images,
        task.labels,
        learning_rate=ALPHA,
        batch_size=task.batch,
        rng=rng,
    )

    def steps(count: int) -> None:
        for _ in range(count):
            trainer.step()

    return steps


def products(task: Task) -> Steps:
    """Return only the matrix products of a step, on one batch: the upper bound set by sgemm.

    Two run forward, two give the gradients of the weights, and one propagates the error to the hidden layer; the inputs
    need no gradient.
    """
    rng = np.random.default_rng(SEED)
    n, h, classes = min(task.batch, len(task.labels)), task.hidden, len(DIGITS)

    def matrix(rows: int, columns: int) -> NDArray[np.float32]:
        return rng.random((rows, columns), dtype=np.float32)

    X, W1, W2 = matrix(n, task.images.shape[1]), matrix(task.images.shape[1], h), matrix(h, classes)
    A1, dZ1, dZ2 = matrix(n, h), matrix(n, h), matrix(n, classes)
    dW1, dW2 = np.empty_like(W1), np.empty_like(W2)

    def steps(count: int) -> None:
        for _ in range(count):
            np.matmul(X, W1, out=A1)  # (n, 784) @ (784, h) -> (n, h)
            np.matmul(A1, W2, out=dZ2)  # (n, h) @ (h, classes) -> (n, classes)
            np.matmul(A1.T, dZ2, out=dW2)  # (h, n) @ (n, classes) -> (h, classes)
            np.matmul(dZ2, W2.T, out=dZ1)  # (n, classes) @ (classes, h) -> (n, h)
            np.matmul(X.T, dZ1, out=dW1)  # (784, n) @ (n, h) -> (784, h)

    return steps


def pytorch(task: Task) -> Steps:
    """Return PyTorch's step on the CPU as written in its documentation: loss.backward(), then torch.optim.SGD.

    Raises:
        ImportError: PyTorch is not installed.
    """
    torch: Any = import_module("torch")
    model, next_loss = _in_pytorch(task)
    optimizer = torch.optim.SGD(model.parameters(), lr=ALPHA)

    def steps(count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            loss = next_loss()
            loss.backward()
            optimizer.step()
            loss.item()

    return steps


def pytorch_by_hand(task: Task) -> Steps:
    """Return the fastest PyTorch step found for the CPU.

    The update is p -= αg under no_grad, on gradients returned by autograd: 15% less time at 64 × 64 than any form of
    torch.optim.SGD.

    Raises:
        ImportError: PyTorch is not installed.
    """
    torch: Any = import_module("torch")
    model, next_loss = _in_pytorch(task)
    parameters = list(model.parameters())

    def steps(count: int) -> None:
        for _ in range(count):
            loss = next_loss()
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    parameter.sub_(gradient, alpha=ALPHA)
            loss.item()

    return steps


def _in_pytorch(task: Task) -> tuple[Any, Callable[[], Any]]:
    """Return the PyTorch network and a function for its loss on the next batch.

    Layers are nn.Linear and the loss is F.cross_entropy. The data are already float32, so a batch is one index_select.
    """
    torch: Any = import_module("torch")
    torch.manual_seed(SEED)
    X, y = torch.from_numpy(task.inputs), torch.from_numpy(task.labels.astype(np.int64))
    model = torch.nn.Sequential(
        torch.nn.Linear(X.shape[1], task.hidden), torch.nn.ReLU(), torch.nn.Linear(task.hidden, len(DIGITS))
    )

    def batches() -> Iterator[tuple[Any, Any]]:
        while True:
            if task.full_batch:
                yield X, y
                continue
            for rows in torch.randperm(len(y)).split(task.batch):
                yield X.index_select(0, rows), y.index_select(0, rows)

    batch = batches()

    def next_loss() -> Any:  # noqa: ANN401 - a tensor of a library that need not be installed
        images, labels = next(batch)
        return torch.nn.functional.cross_entropy(model(images), labels)

    return model, next_loss


def scikit_learn(task: Task) -> Steps:
    """Return the step of scikit-learn's MLPClassifier; one call of partial_fit takes several.

    Each call shuffles the examples it is given, splits them into batches and stores the loss.

    Raises:
        ImportError: scikit-learn is not installed.
    """
    neural_network: Any = import_module("sklearn.neural_network")
    X, y = task.inputs, task.labels
    n = min(task.batch, len(y))
    model = neural_network.MLPClassifier(
        (task.hidden,),
        solver="sgd",
        momentum=0.0,
        nesterovs_momentum=False,
        alpha=0.0,
        learning_rate_init=ALPHA,
        batch_size=n,
        shuffle=not task.full_batch,
        random_state=SEED,
    )
    start = 0

    def steps(count: int) -> None:
        nonlocal start
        while count:
            if start + n > len(y):
                start = 0
            batches = min(count, (len(y) - start) // n)
            stop = start + batches * n
            model.partial_fit(X[start:stop], y[start:stop], classes=np.arange(len(DIGITS)))
            count, start = count - batches, stop

    return steps
