"""What the script of a run is made of. It computes what nn does, in the same order and the same memory layout."""

from string import Template

ACTIVATIONS = {
    "relu": ("np.maximum(Z, 0)", "A > 0"),
    "tanh": ("np.tanh(Z)", "1 - A * A"),
    "sigmoid": ("(1 + np.tanh(Z / 2)) / 2", "A * (1 - A)"),
}
"""By name: A = f(Z), and f'(Z) told by A."""

INITIALIZERS = {
    "he": ("rng.standard_normal((fan_in, fan_out)) * float(np.sqrt(2 / fan_in))", "np.zeros(fan_out)"),
    "glorot": (
        "rng.uniform(-np.sqrt(6 / (fan_in + fan_out)), np.sqrt(6 / (fan_in + fan_out)), (fan_in, fan_out))",
        "np.zeros(fan_out)",
    ),
    "uniform": ("rng.uniform(-0.5, 0.5, (fan_in, fan_out))", "rng.uniform(-0.5, 0.5, fan_out)"),
}
"""By name: the first weights and biases of a layer."""

OPTIMIZERS = {
    "descent": """\
    if name == "descent":
        return theta + g * -alpha
""",
    "momentum": """\
    if name == "momentum":
        state["v"] = 0.9 * state.get("v", 0 * g) + g
        return theta - alpha * state["v"]
""",
    "rmsprop": """\
    if name == "rmsprop":
        state["s"] = 0.9 * state.get("s", 0 * g) + (1 - 0.9) * g * g
        return theta - alpha * g / (np.sqrt(state["s"]) + 1e-7)
""",
    "adam": """\
    if name == "adam":
        t = state["t"] = state.get("t", 0) + 1
        v = state["v"] = 0.9 * state.get("v", 0 * g) + (1 - 0.9) * g
        s = state["s"] = 0.999 * state.get("s", 0 * g) + (1 - 0.999) * g * g
        return theta - alpha * (v / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
""",
}
"""By name: one step of one array of parameters."""

DISTORTING = Template('''
def distort(images, rng):
    """Turn, slant, resize, shift and bend each image (m, 784) at random, and make its strokes thicker or thinner."""
    m, spread = len(images), lambda limit, *shape: rng.uniform(-limit, limit, (len(images), *shape))
    angle, shear, size = np.radians(spread($rotation)), spread($shear), np.exp(spread($scale, 2))
    cos, sin, zero, one = np.cos(angle), np.sin(angle), np.zeros(m), np.ones(m)
    M = np.stack([cos, -sin, sin, cos], axis=-1).reshape(m, 2, 2)
    M = M @ np.stack([one, shear, zero, one], axis=-1).reshape(m, 2, 2) / size[:, None, :]
    maps = np.concatenate([M, spread($shift, 2, 1)], axis=2).astype(np.float32)
    grid = np.stack([*(np.mgrid[:28, :28].reshape(2, -1)[::-1] - 13.5), np.ones(784)]).astype(np.float32)
    G = np.exp(-((np.arange(28)[:, None] - np.arange(-$margin, 28 + $margin)) ** 2) / (2 * $smoothness**2))
    U, S, _ = np.linalg.svd(G / np.sqrt((G**2).sum(axis=1, keepdims=True)), full_matrices=False)
    blur = (U * S)[:, S / S[0] > 0.01].astype(np.float32)
    result = np.empty((m, 28, 28), np.float32)
    for start in range(0, m, 128):
        part, c = slice(start, start + 128), min(128, m - start)
        noise = rng.standard_normal((2 * c, blur.shape[1], blur.shape[1]), dtype=np.float32)
        bent = np.matmul(np.matmul(blur, noise), blur.T).reshape(c, 2, 784)
        places = np.clip(maps[part] @ grid + np.float32(13.5) + $elastic * bent + np.float32(2), 0, 30)
        corner = places.astype(np.int32)
        share, at = places - corner.astype(np.float32), corner[:, 1] * 32 + corner[:, 0] + 1024 * np.arange(c)[:, None]
        paper = np.pad(images[part].reshape(c, 28, 28), ((0, 0), (2, 2), (2, 2))).ravel()
        upper, lower = ((paper[i + 1] - paper[i]) * share[:, 0] + paper[i] for i in (at, at + 32))
        ink = ((lower - upper) * share[:, 1] + upper).reshape(c, 28, 28)
        width = rng.uniform(-$thickness, $thickness, c).astype(np.float32)[:, None, None]
        ink = np.where(width >= 0, ink, 1 - ink)
        near = np.pad(ink, ((0, 0), (1, 1), (1, 1)), mode="edge")
        most = np.maximum.reduce([near[:, :-2, 1:-1], near[:, 2:, 1:-1], near[:, 1:-1, :-2], near[:, 1:-1, 2:], ink])
        ink = (most - ink) * np.abs(width / 2) + ink
        result[part] = np.where(width >= 0, ink, 1 - ink)
    return result.reshape(m, 784)

''')
"""nn.augmentation, its numbers filled in."""

SCRIPT = Template('''\
"""$name of Digit Lab once more: trains the same network to the same weights.

    python $stem.py              trains, and compares with the weights that were saved
    python $stem.py image.png    reads an image with those, light on dark as MNIST has digits

It needs NumPy and, to read an image, Pillow. On other processors, or with another NumPy, the last bits may differ.
"""

import json
import os
import sys
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # more threads add in another order
import numpy as np

HERE = Path(__file__).parent
RUN = json.loads((HERE / "run.json").read_text(encoding="utf-8"))
SEED, SIZES = RUN["settings"]["seed"], RUN["sizes"]


def initial():
    """The first weights and biases, float32: W1, b1, W2, b2, ..."""
    rng, theta = np.random.default_rng((SEED, 1)), []
    for fan_in, fan_out in zip(SIZES, SIZES[1:]):
        theta += [$weights, $biases]
    return [array.astype(np.float32) for array in theta]


def forward(theta, X):
    """The activations of all layers, the images first, and the logits."""
    activations = [X]
    for W, b in zip(theta[:-2:2], theta[1:-2:2]):
        Z = activations[-1] @ W + b
        activations.append($function)
    return activations, np.add(activations[-1] @ theta[-2], theta[-1], order="F")


def gradient(theta, X, y, m, l2):
    """The gradient of the mean cross-entropy plus l2 / (2m) times the sum of all squared weights."""
    activations, Z = forward(theta, X)
    dZ = np.exp(Z - Z.max(axis=1, keepdims=True))
    dZ /= dZ.sum(axis=1)[:, None]  # softmax
    dZ[np.arange(len(y)), y] -= 1
    dZ /= len(y)
    found = []
    for W, A in zip(theta[-2::-2], activations[::-1]):
        dW = A.T @ dZ
        found = [dW + (l2 / m) * W if l2 else dW, dZ.sum(axis=0), *found]
        if A is not X:
            dZ = (dZ @ W.T) * ($derivative)
    return found


def update(name, theta, g, alpha, state):
    """One array of parameters after a step of an optimizer, which remembers in `state`."""
$optimizers
$distortion
def train(images, labels, rows):
    """Take the steps, and return the weights."""
    theta, rng, told, seen, m = initial(), np.random.default_rng((SEED, 2)), {}, 0, len(rows)
${drawing}    for step in range(RUN["steps"]):
        change = RUN["told"].get(str(step), {})
        told |= change
        states = [{} for _ in theta] if "optimizer" in change else states
        size = told["batch_size"] or m  # 0: all at once
        if seen == 0:
            order = rows if size >= m else rng.permutation(rows)
        batch = order[seen : seen + size]
        g = [0 * array for array in theta]
        for piece in (batch[start : start + 1024] for start in range(0, len(batch), 1024)):
            X = np.divide(images[piece], 255, dtype=np.float32)
$distorted            part = gradient(theta, X, labels[piece], m, told["l2"])
            g = part if len(piece) == len(batch) else [a + len(piece) / len(batch) * b for a, b in zip(g, part)]
        name, alpha = told["optimizer"], told["learning_rate"]
        theta = [update(name, w, dw, alpha, state) for w, dw, state in zip(theta, g, states)]
        seen = 0 if seen + len(batch) >= m else seen + len(batch)
    return theta


def read(image, theta):
    """Print what an image of 784 values from 0 to 255 shows."""
    Z = forward(theta, np.divide(image.reshape(1, 784), 255, dtype=np.float32))[1][0]
    shares = np.exp(Z - Z.max()) / np.exp(Z - Z.max()).sum()
    print(f"{RUN['classes'][shares.argmax()]}, {shares.max():.1%} sure")


if __name__ == "__main__":
    with np.load(HERE / "weights.npz") as file:
        saved = [file[f"{kind}{layer}"] for layer in range(1, len(SIZES)) for kind in "Wb"]
    if len(sys.argv) > 1:
        from PIL import Image
        sys.exit(read(np.asarray(Image.open(sys.argv[1]).convert("L").resize((28, 28))), saved))
    images, labels = (np.load(HERE / "digits.npz")[name] for name in ("images", "labels"))
    order = np.random.default_rng((SEED, 0)).permutation(len(labels))
    test, dev = RUN["test_drawn"], RUN["settings"]["dev_size"]
    theta = train(images, labels, order[test + dev :])
    images, labels = images[order[test : test + dev]], labels[order[test : test + dev]]
    right = forward(theta, np.divide(images, 255, dtype=np.float32))[1].argmax(axis=1) == labels
    print(f"dev accuracy {right.mean():.2%}")
    apart = max(float(np.abs(a - b).max()) for a, b in zip(theta, saved))
    print(f"weights differ by {apart:.1e} at most" if apart else "the same weights to the last bit")
''')
"""The whole."""
