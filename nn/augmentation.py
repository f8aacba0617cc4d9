"""Random distortions of small images, so that a network learns the digit rather than the handwriting.

Pixel p of the result shows the image at M p + t + u(p): an affine map about the centre plus, for elastic distortion, a
smooth random displacement u (Simard, Steinkraus and Platt, 2003, "Best practices for convolutional neural networks
applied to visual document analysis", section 2). They blur white noise with a Gaussian of standard deviation σ, so that
displacements a distance r apart have the correlation exp(-r²/4σ²). Here u is a sum of Gaussian bumps, one every σ
pixels, of random heights: its correlation differs by at most 0.002, and it needs far fewer random numbers.

Values between pixels are interpolated bilinearly; outside the image there is blank paper. Finally, strokes are made
thicker or thinner by grey-level dilation and erosion (Serra, 1982, "Image analysis and mathematical morphology",
chapter 12).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.batches import as_inputs, slices

Singles = NDArray[np.float32]

CHUNK = 128
"""Images distorted at a time: few enough for their working arrays to stay in the processor's cache."""


@dataclass(frozen=True)
class Distortion:
    """How far images may be distorted. Each value is drawn for every image; all zero leaves images unchanged.

    Attributes:
        rotation: degrees; an angle is uniform in ±rotation.
        shear: slant, as sideways pixels per pixel of height; uniform in ±shear.
        scale: log of the size; width and height are each multiplied by their own exp(s), s uniform in ±scale.
        shift: pixels; x and y are each shifted by a uniform amount in ±shift.
        elastic: pixels; the root mean square of the smooth random displacement along each axis.
        smoothness: pixels, above 0; the standard deviation of the Gaussian that smooths the elastic displacement.
            Simard, Steinkraus and Platt used 4 for MNIST.
        thickness: pixels, at most 2; strokes become wider or narrower by a uniform amount in ±thickness, half of it
            on each side.
    """

    rotation: float = 0.0
    shear: float = 0.0
    scale: float = 0.0
    shift: float = 0.0
    elastic: float = 0.0
    smoothness: float = 4.0
    thickness: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (np.isfinite(value) and value >= 0):
                raise ValueError(f"{name} must be a finite number of at least 0; got {value}")
        if self.smoothness == 0:
            raise ValueError("smoothness must be above 0; got 0")
        if self.thickness > 2:
            raise ValueError(f"thickness must be at most 2; got {self.thickness}")


@dataclass(frozen=True)
class DistortionChoice:
    """An entry of the table: its name in the app, and its distortion; None for no distortion."""

    label: str
    distortion: Distortion | None


DISTORTIONS: dict[str, DistortionChoice] = {
    "off": DistortionChoice("Off", None),
    # Roughly as much as people's handwriting varies.
    "on": DistortionChoice("On", Distortion(rotation=10, shear=0.15, scale=0.1, shift=1, elastic=0.7, thickness=0.3)),
}


def distort(images: NDArray[Any], distortion: Distortion, *, rng: np.random.Generator) -> Singles:
    """Distort each image at random.

    Args:
        images: (m, side * side) or (m, side, side); floats in [0, 1], or uint8 which is scaled to [0, 1].
        distortion: How far.
        rng: The same state and the same number of images give the same result.

    Returns:
        float32 of the same shape, in [0, 1] if the images are.

    Raises:
        ValueError: When images have another shape or dtype.
    """
    m, side = len(images), math.isqrt(math.prod(images.shape[1:]))
    if images.shape not in ((m, side * side), (m, side, side)):
        raise ValueError(f"images must be (m, side * side) or (m, side, side); got {images.shape}")
    if images.dtype != np.uint8 and not np.issubdtype(images.dtype, np.floating):
        raise ValueError(f"images must be floats in [0, 1] or uint8; got {images.dtype}")
    result = np.empty((m, side, side), np.float32)
    for rows in slices(m, CHUNK):
        result[rows] = warp(as_inputs(images[rows]).reshape(-1, side, side), rng, **vars(distortion))
    return result.reshape(images.shape)


def warp(
    images: Singles,
    rng: np.random.Generator,
    rotation: float,
    shear: float,
    scale: float,
    shift: float,
    elastic: float,
    smoothness: float,
    thickness: float,
) -> Singles:
    """Distort each image at random.

    The images are (n, side, side), and the other arguments are the attributes of a Distortion.
    A point (x, y) of the plane is the complex number x + iy, so that a rotation is a multiplication by e^(i angle).
    """
    n, side = images.shape[:2]
    limits = np.array([np.radians(rotation), shear, scale, scale, shift, shift, thickness])[:, None, None]
    angle, slant, wide, high, right, down, thicker = rng.uniform(-limits, limits, (7, n, 1)).astype(np.float32)
    y, x = np.indices((side, side), np.float32).reshape(2, -1) - (side - 1) / 2  # from the centre
    places = np.exp(1j * angle) * (x / np.exp(wide) + (slant + 1j) / np.exp(high) * y) + right + 1j * down
    grid = np.arange(-2 * smoothness, side + 2 * smoothness, smoothness)  # (k,), beyond the border
    bumps = np.exp(-((np.arange(side)[:, None] - grid) ** 2) / (2 * smoothness**2)).astype(np.float32)  # (side, k)
    bumps /= np.linalg.norm(bumps, axis=1, keepdims=True)  # so that u and v have unit variance
    u, v = (bumps @ rng.standard_normal((2, n, len(grid), len(grid)), dtype=np.float32) @ bumps.T).reshape(2, n, -1)
    return thicken(sample(images, places.real + elastic * u, places.imag + elastic * v), thicker[..., None])


def sample(images: Singles, x: Singles, y: Singles) -> Singles:
    """Read images (n, side, side), bilinearly, at points x, y (n, side²) from their centre."""
    padded, side = np.pad(images, ((0, 0), (2, 2), (2, 2))), images.shape[2] + 4  # with a blank border on every side
    x, y = np.clip(x + (side - 1) / 2, 0, side - 2), np.clip(y + (side - 1) / 2, 0, side - 2)
    left, top = np.floor(x), np.floor(y)
    corner = np.arange(0, padded.size, side**2, dtype=np.int32)[:, None] + (top * side + left).astype(np.int32)
    a, b, c, d = (padded.take(corner + step) for step in (0, 1, side, side + 1))
    upper, lower = a + (x - left) * (b - a), c + (x - left) * (d - c)
    return (upper + (y - top) * (lower - upper)).reshape(images.shape)


def thicken(images: Singles, widths: Singles) -> Singles:
    """Widen the strokes of images (n, side, side) by widths (n, 1, 1) pixels, in ±2.

    Negative widths narrow them. The maximum over a pixel and its four neighbours widens a stroke by two pixels, and the
    minimum narrows it as much; the result is interpolated between the image and one of them, with weight |width|/2.
    """
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)), mode="edge")
    cross = np.stack([images, padded[:, 1:-1, 2:], padded[:, 1:-1, :-2], padded[:, 2:, 1:-1], padded[:, :-2, 1:-1]])
    return images + np.abs(widths / 2) * (np.where(widths > 0, cross.max(axis=0), cross.min(axis=0)) - images)
