"""Random distortions of small images, so that a network learns the digit rather than the handwriting.

Pixel p of the result shows the image at M p + t + u(p): an affine map about the centre plus, for elastic distortion, a
smooth random displacement u (Simard, Steinkraus and Platt, 2003, "Best practices for convolutional neural networks
applied to visual document analysis", section 2). Values between pixels are interpolated bilinearly; outside the image
there is blank paper. Finally, strokes are made thicker or thinner by grey-level dilation and erosion (Serra, 1982,
"Image analysis and mathematical morphology", chapter 12).
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Singles = NDArray[np.float32]

CHUNK = 128
"""Images distorted at a time, so that their working arrays stay in the processor's cache."""


@dataclass(frozen=True)
class Distortion:
    """How far images may be distorted. Each value is drawn for every image; all zero leaves images unchanged.

    Attributes:
        rotation: degrees; an angle is uniform in ±rotation.
        shear: slant, as sideways pixels per pixel of height; uniform in ±shear.
        scale: log of the size; width and height are multiplied by exp(s), s uniform in ±scale, one for each.
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
    """An entry of the table: what the app calls it, and how far it distorts; None for not at all."""

    label: str
    distortion: Distortion | None


DISTORTIONS: dict[str, DistortionChoice] = {
    "off": DistortionChoice("Off", None),
    # About as much as people's handwriting varies.
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
    maps = affine_maps(m, distortion, rng)  # (m, 2, 3)
    for start in range(0, m, CHUNK):
        rows = slice(start, start + CHUNK)
        chunk = images[rows].reshape(-1, side, side).astype(np.float32)
        if images.dtype == np.uint8:
            chunk *= np.float32(1 / 255)
        result[rows] = warp(chunk, maps[rows], distortion, rng)
    return result.reshape(images.shape)


def affine_maps(m: int, d: Distortion, rng: np.random.Generator) -> Singles:
    """Draw m affine maps (m, 2, 3) from pixels of the result to points in the image."""
    angle, shear = np.radians(rng.uniform(-d.rotation, d.rotation, m)), rng.uniform(-d.shear, d.shear, m)
    size, shift = np.exp(rng.uniform(-d.scale, d.scale, (m, 1, 2))), rng.uniform(-d.shift, d.shift, (m, 2, 1))
    cos, sin, zero, one = np.cos(angle), np.sin(angle), np.zeros(m), np.ones(m)
    entries = np.array([[[cos, -sin], [sin, cos]], [[one, shear], [zero, one]]])  # (2, 2, 2, m)
    rotation, slant = np.moveaxis(entries, 3, 1)  # (m, 2, 2) each
    return np.concatenate([rotation @ slant / size, shift], axis=2).astype(np.float32)


def warp(images: Singles, maps: Singles, d: Distortion, rng: np.random.Generator) -> Singles:
    """Sample images (c, side, side) at their maps (c, 2, 3) plus smooth noise, and change how thick strokes are."""
    c, side, _ = images.shape
    y, x = np.mgrid[:side, :side].reshape(2, -1) - (side - 1) / 2
    pixels = np.stack([x, y, np.ones(x.size)]).astype(np.float32)  # (3, side * side), from the centre
    places: Singles = maps @ pixels + np.float32((side - 1) / 2)  # (c, 2, 3) @ (3, side * side)
    basis = blur_basis(side, d.smoothness)  # (side, k)
    noise: Singles = rng.standard_normal((2 * c, basis.shape[1], basis.shape[1]), dtype=np.float32)
    places += d.elastic * (basis @ noise @ basis.T).reshape(places.shape)
    images = sample(images, places).reshape(images.shape)
    if d.thickness:
        images = thicken(images, rng.uniform(-d.thickness, d.thickness, len(images)).astype(np.float32))
    return images


@cache
def blur_basis(side: int, sigma: float) -> Singles:
    """Return U S (side, k) of the Gaussian blur U S Vᵀ of a line of pixels, without the smallest singular values.

    The elastic displacement is white noise Z, blurred along both axes: G Z Gᵀ = U S (Vᵀ Z V) S Uᵀ, where Vᵀ Z V is
    white noise again. All but a few singular values are nearly 0, so a few random numbers are enough for a whole field.
    The noise extends beyond the border, so that displacements vary as much at the edge as inside.
    """
    margin = int(np.ceil(3 * sigma))
    G = np.exp(-((np.arange(side)[:, None] - np.arange(-margin, side + margin)) ** 2) / (2 * sigma**2))
    G /= np.sqrt((G**2).sum(axis=1, keepdims=True))  # of unit variance
    U, S, _ = np.linalg.svd(G, full_matrices=False)
    kept = S / S[0] > 0.01
    basis: Singles = (U[:, kept] * S[kept]).astype(np.float32)
    return basis


def sample(images: Singles, places: Singles) -> Singles:
    """Read images (c, side, side) at places x, y (c, 2, n), bilinearly, and blank paper outside: (c, n)."""
    # Two pixels of padding: points further out are clipped onto it, so no corner needs a bounds check.
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    width = padded.shape[2]
    places = np.clip(places + 2, 0, width - 2)
    whole = np.floor(places)
    (left, top), (x, y) = whole.swapaxes(0, 1), (places - whole).swapaxes(0, 1)
    corner = (top * width + left).astype(np.int32) + np.arange(0, padded.size, width**2, dtype=np.int32)[:, None]
    a, b, c, d = (padded.reshape(-1)[corner + step] for step in (0, 1, width, width + 1))
    upper, lower = a + x * (b - a), c + x * (d - c)
    read: Singles = upper + y * (lower - upper)
    return read


def thicken(images: Singles, widths: Singles) -> Singles:
    """Make the strokes of images (c, side, side) wider by widths (c,) pixels, in ±2; narrower where negative.

    The maximum over a pixel and its four neighbours widens a stroke by two pixels; the result is interpolated between
    the image and that maximum, with weight w/2.
    """
    wider = (widths >= 0)[:, None, None]
    images = np.where(wider, images, 1 - images)  # erosion is dilation of the inverted image
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)), mode="edge")
    cross = (images, padded[:, 1:-1, 2:], padded[:, 1:-1, :-2], padded[:, 2:, 1:-1], padded[:, :-2, 1:-1])
    images += np.abs(widths / 2)[:, None, None] * (np.max(cross, axis=0) - images)
    return np.where(wider, images, 1 - images)
