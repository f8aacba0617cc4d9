"""Random distortions of small images, so that a network learns the digit rather than the handwriting.

Pixel p of the result shows the image at M p + t + u(p): an affine map about the centre plus, for elastic distortion, a
smooth random displacement u (Simard, Steinkraus and Platt, 2003, "Best practices for convolutional neural networks
applied to visual document analysis", section 2). Values between pixels are interpolated bilinearly; outside the image
there is blank paper. Finally, strokes are made thicker or thinner by grey-level dilation and erosion (Serra, 1982,
"Image analysis and mathematical morphology", chapter 12).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Images distorted at a time, so that their working arrays stay in the processor's cache.
_CHUNK = 128
# Singular values below this fraction of the largest are dropped from the elastic displacement.
_LEAST_SINGULAR = 0.01


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


def distort(images: NDArray[Any], distortion: Distortion, *, rng: np.random.Generator) -> NDArray[np.float32]:
    """Distort each image at random.

    Args:
        images: (m, side * side) or (m, height, width); floats in [0, 1], or uint8 which is scaled to [0, 1].
        distortion: How far.
        rng: The same state and the same number of images give the same result.

    Returns:
        float32 of the same shape, in [0, 1] if the images are.

    Raises:
        ValueError: When images have another shape or dtype.
    """
    stack = _as_stack(images)
    m, height, width = stack.shape
    result = np.empty((m, height * width), np.float32)
    maps = _affine_maps(m, distortion, rng)  # (m, 2, 3)
    grid = _pixel_grid(height, width)  # (3, height * width)
    centre = np.array([[(width - 1) / 2], [(height - 1) / 2]], np.float32)  # (2, 1)
    along_y = _blur_basis(height, distortion.smoothness)  # (height, k)
    along_x = _blur_basis(width, distortion.smoothness)  # (width, l)
    for start in range(0, m, _CHUNK):
        rows = slice(start, min(start + _CHUNK, m))
        places = maps[rows] @ grid  # (c, 2, 3) @ (3, pixels) -> (c, 2, pixels)
        places += centre
        if distortion.elastic > 0:
            places += distortion.elastic * _smooth_noise(rows.stop - start, along_y, along_x, rng)
        sampled = _sample(stack[rows], places)
        if distortion.thickness > 0:
            widths = rng.uniform(-distortion.thickness, distortion.thickness, len(sampled))
            sampled = _thickened(sampled.reshape(-1, height, width), widths.astype(np.float32)).reshape(sampled.shape)
        result[rows] = sampled
    return result.reshape(images.shape)


def _as_stack(images: NDArray[Any]) -> NDArray[Any]:
    if images.dtype != np.uint8 and not np.issubdtype(images.dtype, np.floating):
        raise ValueError(f"images must be floats in [0, 1] or uint8; got {images.dtype}")
    if images.ndim == 3:
        return images
    side = int(np.sqrt(images.shape[1])) if images.ndim == 2 else 0
    if images.ndim != 2 or side * side != images.shape[1]:
        raise ValueError(f"images must be (m, side * side) or (m, height, width); got {images.shape}")
    return images.reshape(len(images), side, side)


def _pixel_grid(height: int, width: int) -> NDArray[np.float32]:
    """Homogeneous coordinates (x, y, 1) of each pixel from the centre of the image: (3, height * width)."""
    y, x = np.mgrid[:height, :width].reshape(2, -1)
    return np.stack([x - (width - 1) / 2, y - (height - 1) / 2, np.ones(x.size)]).astype(np.float32)


def _affine_maps(m: int, distortion: Distortion, rng: np.random.Generator) -> NDArray[np.float32]:
    """Draw m affine maps (m, 2, 3) from pixels of the result to points in the image."""

    def spread(limit: float, *shape: int) -> NDArray[np.float64]:
        return rng.uniform(-limit, limit, (m, *shape))

    angle, shear = np.radians(spread(distortion.rotation)), spread(distortion.shear)
    size = np.exp(spread(distortion.scale, 2))  # (m, 2)
    cos, sin, zero, one = np.cos(angle), np.sin(angle), np.zeros(m), np.ones(m)

    def matrices(*entries: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack(entries, axis=-1).reshape(m, 2, 2)

    M = matrices(cos, -sin, sin, cos) @ matrices(one, shear, zero, one)
    M /= size[:, None, :]  # a larger digit is sampled at smaller steps
    return np.concatenate([M, spread(distortion.shift, 2, 1)], axis=2).astype(np.float32)


def _smooth_noise(
    m: int, along_y: NDArray[np.float32], along_x: NDArray[np.float32], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Draw displacements (m, 2, height * width): white noise blurred along both axes, of unit variance.

    With G = U S Vᵀ the blur along an axis, blurred white noise is G Z Gᵀ = U S (Vᵀ Z V) S Uᵀ, and Vᵀ Z V is white
    noise again. All but a few singular values are nearly 0, so a few random numbers are enough for a whole field.
    """
    shape = (m * 2, along_y.shape[1], along_x.shape[1])
    noise: NDArray[np.float32] = rng.standard_normal(shape, dtype=np.float32)
    field: NDArray[np.float32] = np.matmul(np.matmul(along_y, noise), along_x.T)  # (2m, height, width)
    return field.reshape(m, 2, -1)


def _blur_basis(side: int, sigma: float) -> NDArray[np.float32]:
    """U S of the Gaussian blur of a line of `side` pixels, (side, k), without the smallest singular values.

    The noise extends beyond the border, so that displacements vary as much at the edge as inside.
    """
    margin = int(np.ceil(3 * sigma))
    source = np.arange(-margin, side + margin)
    G = np.exp(-((np.arange(side)[:, None] - source) ** 2) / (2 * sigma**2))  # (side, side + 2 margin)
    G /= np.sqrt((G**2).sum(axis=1, keepdims=True))
    U, S, _ = np.linalg.svd(G, full_matrices=False)
    kept = np.count_nonzero(S / S[0] > _LEAST_SINGULAR)
    basis: NDArray[np.float32] = (U[:, :kept] * S[:kept]).astype(np.float32)
    return basis


def _sample(images: NDArray[Any], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Read images (c, height, width) at places x, y (c, 2, pixels), bilinearly: (c, pixels)."""
    c, height, width = images.shape
    # Two pixels of padding: points further out are clipped onto it, so no corner needs a bounds check.
    padded = np.zeros((c, height + 4, width + 4), np.float32)
    padded[:, 2:-2, 2:-2] = images
    if images.dtype == np.uint8:
        padded *= np.float32(1 / 255)
    x, y = places[:, 0] + 2, places[:, 1] + 2
    np.clip(x, 0, width + 2, out=x)
    np.clip(y, 0, height + 2, out=y)
    left, top = x.astype(np.int32), y.astype(np.int32)
    x -= left
    y -= top
    corner = top * np.int32(width + 4) + left
    corner += (np.arange(c, dtype=np.int32) * np.int32((height + 4) * (width + 4)))[:, None]
    flat = padded.reshape(-1)
    upper = _between(flat[corner], flat[corner + 1], x)
    corner += np.int32(width + 4)
    lower = _between(flat[corner], flat[corner + 1], x)
    return _between(upper, lower, y)


def _thickened(images: NDArray[np.float32], widths: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make the strokes of images (c, height, width) wider by widths (c,) pixels, in ±2; narrower where negative.

    The maximum over a pixel and its four neighbours widens a stroke by two pixels; the result is interpolated between
    the image and that maximum, with weight w/2. Erosion is dilation of the inverted image.
    """
    wider = (widths >= 0)[:, None, None]
    images = np.where(wider, images, 1 - images)
    greatest = images.copy()
    for axis in (1, 2):
        grown, source = np.moveaxis(greatest, axis, 0), np.moveaxis(images, axis, 0)
        np.maximum(grown[:-1], source[1:], out=grown[:-1])
        np.maximum(grown[1:], source[:-1], out=grown[1:])
    greatest -= images
    greatest *= np.abs(widths / 2)[:, None, None]
    greatest += images
    result: NDArray[np.float32] = np.where(wider, greatest, 1 - greatest)
    return result


def _between(
    first: NDArray[np.float32], second: NDArray[np.float32], share: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return first + share (second - first), overwriting both arrays."""
    second -= first
    second *= share
    first += second
    return first
