"""What a network would like to see: images that climb the gradient of a class, or of a hidden unit.

The weights stay as they are and the image moves instead, from noise, so that a weighted sum of one layer's
pre-activations grows (Erhan et al. 2009, section 3.1; Simonyan et al. 2014, section 2, who climb a logit rather than a
probability, which other classes can raise too). With x the image, a the sum, η the rate and r a prior:

    x ← clip(r(x + η ∂a/∂x / mean|∂a/∂x|), 0, 1)

r blurs the image and fades it a little, as real digits are smooth and mostly blank (Yosinski et al. 2015, section 3, L2
decay and Gaussian blur); the raw climb has no prior. A blur is a step down Σ (difference of neighbours)², the total
variation of Mahendran and Vedaldi (2015, equation 4) with β = 2.
"""

from dataclasses import dataclass
from math import isqrt

import numpy as np

from nn.attribution import input_gradients
from nn.network import Floats, Network


@dataclass(frozen=True)
class Prior:
    """How an image is made to look more natural after each step.

    Attributes:
        blur: The share, in [0, 1], of the image that is replaced by the blurred one.
        fade: The share, in [0, 1], of the ink that is removed.
    """

    blur: float = 0.0
    fade: float = 0.0


RAW = Prior()
SMOOTHED = Prior(blur=0.4, fade=0.05)


def noise(count: int, inputs: int, rng: np.random.Generator, most: float = 0.2) -> Floats:
    """Return the same faint noise `count` times, (count, inputs) float32 in [0, most], to climb from."""
    return np.repeat(rng.uniform(0, most, (1, inputs)).astype(np.float32), count, axis=0)


def liking(network: Network, images: Floats, layer: int, directions: Floats) -> tuple[Floats, Floats]:
    """Return how strongly each image drives the weighted sum, a = d·Zˡ, and ∂a/∂x.

    Pre-activations rather than activations, because they have a slope even where a ReLU is off.

    Args:
        network: Left unchanged.
        images: x, (n, inputs) floats in [0, 1].
        layer: l, from 1 to the number of weight matrices, which is the layer of the logits.
        directions: d of each image, (n, units of the layer).

    Returns:
        (n,) and (n, inputs).

    Raises:
        ValueError: There is no such layer.
    """
    if not 1 <= layer <= len(network.weights):
        raise ValueError(f"layer must be in 1 to {len(network.weights)}; got {layer}")
    A, Z = network.forward(images)
    slopes = input_gradients(network, A, Z, layer, directions.astype(network.dtype))
    return np.einsum("nu,nu->n", directions, Z[layer - 1]), slopes


def climb(network: Network, images: Floats, layer: int, directions: Floats, prior: Prior, rate: float = 0.05) -> Floats:
    """Return the images after one step uphill; see the module's docstring.

    Args:
        network: Left unchanged.
        images: See `liking`.
        layer: See `liking`.
        directions: See `liking`.
        prior: r.
        rate: η, the average change of an image's pixels.

    Returns:
        (n, inputs) in [0, 1], of the network's dtype.

    Raises:
        ValueError: See `liking` and `blurred`.
    """
    _, slopes = liking(network, images, layer, directions)
    size = np.abs(slopes).mean(axis=1, keepdims=True)
    images = images + rate * np.divide(slopes, size, out=np.zeros_like(slopes), where=(size > 0) & np.isfinite(size))
    if prior.blur:
        images = (1 - prior.blur) * images + prior.blur * blurred(images)
    return np.clip((1 - prior.fade) * images, 0, 1).astype(network.dtype, copy=False)


def blurred(images: Floats) -> Floats:
    """Return square images, (n, side²), each pixel averaged with its neighbours, weighted 1 2 1 in both directions.

    Beyond the edge, the outermost pixels are repeated.

    Raises:
        ValueError: The images are not square.
    """
    side = isqrt(images.shape[1])
    if side * side != images.shape[1]:
        raise ValueError(f"images must be square to be blurred; got {images.shape[1]} pixels")
    padded = np.pad(images.reshape(-1, side, side), ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows = (padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]) / 4  # (n, side, side + 2)
    both: Floats = (rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]) / 4
    return both.reshape(images.shape)
