"""The network: its parameters, the forward pass, and backpropagation.

Textbooks write examples as columns, Z¹ = W¹X + b¹. Here they are rows, as in scikit-learn, PyTorch and JAX:
Z¹ = A⁰W¹ + b¹, so W here is the textbook's Wᵀ. For layers 1 … L, with A⁰ the images and fˡ the activation of layer l:

    forward      Zˡ = Aˡ⁻¹Wˡ + bˡ,   Aˡ = fˡ(Zˡ),   Aᴸ = softmax(Zᴸ)
    loss         J = -1/n Σ log Aᴸ[label] + λ/(2m) Σ‖Wˡ‖²          n examples in the batch, m in the training set
    backward     dZᴸ = (Aᴸ - Y)/n                                  Y: the labels, one-hot or smoothed (nn.losses)
                 dWˡ = Aˡ⁻¹ᵀ dZˡ + (λ/m) Wˡ,   dbˡ = Σ rows of dZˡ
                 dZˡ⁻¹ = dZˡ Wˡᵀ ∘ fˡ⁻¹'(Zˡ⁻¹)

(Rumelhart, Hinton, Williams, 1986; in this notation Nielsen, *Neural Networks and Deep Learning*, 2015, chapter 2.)
"""

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nn.activations import ACTIVATIONS
from nn.dropout import Dropout, with_dropout
from nn.initializers import INITIALIZERS
from nn.losses import l2_penalty, softmax, softmax_cross_entropy

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]


def forward(
    parameters: Sequence[Floats], images: Floats, functions: Sequence[Callable[[Floats], Floats]]
) -> tuple[list[Floats], list[Floats]]:
    """Return activations A⁰ … Aᴸ⁻¹ and pre-activations Z¹ … Zᴸ, one row per image.

    Args:
        parameters: [W1, b1, W2, b2, …].
        images: A⁰, (n, inputs) floats.
        functions: [f¹, …, fᴸ⁻¹], the activation function of each hidden layer.

    Returns:
        [A⁰, …, Aᴸ⁻¹] and [Z¹, …, Zᴸ], each (n, units of its layer); Zᴸ, (n, classes), holds the logits.
    """
    A: list[Floats] = [images]
    Z: list[Floats] = []
    for W, b, f in zip(parameters[:-2:2], parameters[1:-2:2], functions, strict=True):
        Z.append(A[-1] @ W + b)  # (n, fan_in) @ (fan_in, fan_out) + (fan_out,) -> (n, fan_out)
        A.append(f(Z[-1]))
    Z.append(np.add(A[-1] @ parameters[-2], parameters[-1], order="F"))  # column-major, for fast sums over classes
    return A, Z


def backward(
    weights: Sequence[Floats],
    A: Sequence[Floats],
    Z: Sequence[Floats],
    probabilities: Floats,
    labels: Labels,
    derivatives: Sequence[Callable[[Floats, Floats], Floats | NDArray[np.bool_]]],
    decay: float,
    out: Sequence[Floats],
    smoothing: float = 0.0,
) -> None:
    """Write dW1, db1, … to out.

    Args:
        weights: [W1, W2, …].
        A: [A⁰, …, Aᴸ⁻¹], as `forward` returns them.
        Z: [Z¹, …, Zᴸ], as `forward` returns them.
        probabilities: Aᴸ, (n, classes); overwritten.
        labels: (n,) integers in 0 … classes - 1.
        derivatives: [f¹', …, fᴸ⁻¹'], each a function of Z and A; see nn.activations.
        decay: λ/m.
        out: The gradient [dW1, db1, dW2, db2, …], each of the shape of its parameter.
        smoothing: ε, see `softmax_cross_entropy`.
    """
    dZ = probabilities - smoothing / probabilities.shape[1] if smoothing else probabilities  # Aᴸ - ε/K
    dZ[np.arange(len(labels)), labels] -= 1 - smoothing  # Aᴸ - Y
    dZ /= len(labels)
    for layer in reversed(range(len(weights))):
        W, dW, db = weights[layer], out[2 * layer], out[2 * layer + 1]
        np.matmul(A[layer].T, dZ, out=dW)  # (fan_in, n) @ (n, fan_out) -> (fan_in, fan_out)
        if decay:
            dW += decay * W
        dZ.sum(axis=0, out=db)  # (n, fan_out) -> (fan_out,)
        if layer:
            dZ = dZ @ W.T  # (n, fan_out) @ (fan_out, fan_in) -> (n, fan_in)
            dZ *= derivatives[layer - 1](Z[layer - 1], A[layer])


class Network:
    """A fully connected network: any number of hidden layers, then softmax.

    Args:
        parameters: [W1, b1, W2, b2, …]: W (fan_in, fan_out) and b (fan_out,), float32 or float64; copied.
        activation: A name in ACTIVATIONS for all hidden layers, or one for each.

    Attributes:
        vector: (count,), all parameters end to end, as optimizers update them.
        parameters: [W1, b1, W2, b2, …], each a view into `vector`.
        activations: The name of the activation of each hidden layer, first layer first.

    Raises:
        ValueError: When the shapes do not chain, an array is not of floats, an activation is unknown, or there is not
            one for each hidden layer.
    """

    def __init__(self, parameters: Sequence[Floats], activation: str | Sequence[str] = "relu") -> None:
        _check_shapes(parameters)
        hidden = len(parameters) // 2 - 1
        names = (activation,) * (hidden or 1) if isinstance(activation, str) else tuple(activation)
        for name in names:
            if name not in ACTIVATIONS:
                raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}; got {name!r}")
        if not isinstance(activation, str) and len(names) != hidden:
            raise ValueError(f"activation must name one for each of {hidden} hidden layers; got {len(names)}")
        self.activations = names[:hidden]
        stops = list(accumulate(array.size for array in parameters))
        self._places = [
            (slice(stop - array.size, stop), array.shape) for stop, array in zip(stops, parameters, strict=True)
        ]
        self.vector = np.concatenate([array.ravel() for array in parameters])
        self.parameters = self.views(self.vector)

    @classmethod
    def initialize(
        cls,
        sizes: Sequence[int],
        *,
        rng: np.random.Generator,
        activation: str | Sequence[str] = "relu",
        initializer: str = "he",
        dtype: DTypeLike = np.float32,
    ) -> Self:
        """Draw a new network.

        Args:
            sizes: Units of each layer, inputs first, classes last: (784, 64, 10).
            rng: Draws the parameters, in float64 whatever the dtype, so that a seed gives the same network in both.
            activation: A name in ACTIVATIONS for all hidden layers, or one for each.
            initializer: A name in INITIALIZERS.
            dtype: float32 to train, float64 to check gradients.

        Raises:
            ValueError: When there are fewer than two sizes, a size is not a positive integer, or a name is unknown.
        """
        if len(sizes) < 2 or not all(isinstance(size, int | np.integer) and size >= 1 for size in sizes):
            raise ValueError(f"sizes must be two or more whole numbers from 1; got {tuple(sizes)}")
        if initializer not in INITIALIZERS:
            raise ValueError(f"initializer must be one of {', '.join(INITIALIZERS)}; got {initializer!r}")
        draw = INITIALIZERS[initializer].draw
        parameters: list[Floats] = []
        for fan_in, fan_out in pairwise(sizes):
            parameters.extend(array.astype(dtype) for array in draw(fan_in, fan_out, rng))
        return cls(parameters, activation)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer, inputs first, classes last."""
        return (self.weights[0].shape[0], *(W.shape[1] for W in self.weights))

    @property
    def weights(self) -> list[Floats]:
        """The matrices W¹, W², …."""
        return self.parameters[0::2]

    @property
    def biases(self) -> list[Floats]:
        """The vectors b¹, b², …."""
        return self.parameters[1::2]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the parameters: float32 or float64."""
        return self.vector.dtype

    def views(self, vector: Floats) -> list[Floats]:
        """Return a (count,) vector as arrays of the parameters' shapes, without copying."""
        return [vector[place].reshape(shape) for place, shape in self._places]

    def __reduce__(self) -> tuple[type[Self], tuple[list[Floats], tuple[str, ...]]]:
        """Copy and pickle the parameters only, so that those of the copy are views into its own vector."""
        return type(self), (self.parameters, self.activations)

    def freeze(self) -> Self:
        """Make all parameters read-only, so that several sessions can share the network; return the network."""
        for array in (self.vector, *self.parameters):
            array.flags.writeable = False
        return self

    def copy(self) -> Self:
        """Return an independent copy."""
        return type(self)(self.parameters, self.activations)

    def forward(self, images: Floats) -> tuple[list[Floats], list[Floats]]:
        """Return [A⁰, …, Aᴸ⁻¹] and [Z¹, …, Zᴸ] for images (n, inputs), each (n, units); Zᴸ holds the logits."""
        return forward(self.parameters, images, [ACTIVATIONS[name].function for name in self.activations])

    def hidden(self, images: Floats) -> list[Floats]:
        """Return the activations A¹ … Aᴸ⁻¹ of the hidden layers, each (n, units), for images (n, inputs)."""
        return self.forward(images)[0][1:]

    def logits(self, images: Floats) -> Floats:
        """Return Zᴸ (m, classes) for images (m, inputs)."""
        return self.forward(images)[1][-1]

    def probabilities(self, images: Floats) -> Floats:
        """Return Aᴸ = softmax(Zᴸ), (m, classes), for images (m, inputs) of pixels in [0, 1]; each row sums to 1."""
        return softmax(self.logits(images))

    def gradients(
        self,
        images: Floats,
        labels: Labels,
        *,
        l2: float = 0.0,
        examples: int | None = None,
        out: list[Floats] | None = None,
        smoothing: float = 0.0,
        dropout: Dropout | None = None,
    ) -> tuple[float, list[Floats]]:
        """Backpropagation: the loss J and its gradient.

        Args:
            images: (n, inputs) floats, pixels in [0, 1].
            labels: (n,) integers in 0 … classes - 1.
            l2: λ, at least 0.
            examples: m, the number of training examples, by which λ is divided; n by default.
            out: Arrays of the shapes of `parameters` for the gradient, such as `views` returns; allocated by default.
            smoothing: ε of label smoothing, in [0, 1); see nn.losses.
            dropout: Leaves out hidden units at random; None for none.

        Returns:
            J, and `out`: [dW1, db1, dW2, db2, …].
        """
        m = len(labels) if examples is None else examples
        gradients = self.views(np.empty_like(self.vector)) if out is None else out
        layers = [(ACTIVATIONS[name].function, ACTIVATIONS[name].derivative) for name in self.activations]
        if dropout is not None:
            layers = [with_dropout(f, derivative, dropout.rate, dropout.rng) for f, derivative in layers]
        A, Z = forward(self.parameters, images, [f for f, _ in layers])
        loss, probabilities = softmax_cross_entropy(Z[-1], labels, smoothing)
        loss += l2_penalty(self.weights, l2, m)
        slopes = [derivative for _, derivative in layers]
        backward(self.weights, A, Z, probabilities, labels, slopes, l2 / m, gradients, smoothing)
        return loss, gradients


def _check_shapes(parameters: Sequence[Floats]) -> None:
    """Raise ValueError, naming the array, unless they are [W1, b1, W2, b2, …] of floats that chain."""
    if not parameters or len(parameters) % 2:
        raise ValueError(f"parameters must be pairs W1, b1, W2, b2, …; got {len(parameters)} arrays")
    fan_in = parameters[0].shape[0] if parameters[0].ndim else 0
    for index, array in enumerate(parameters):
        name = f"{'Wb'[index % 2]}{index // 2 + 1}"
        if array.dtype not in (np.float32, np.float64):
            raise ValueError(f"{name} must be float32 or float64; got {array.dtype}")
        if array.dtype != parameters[0].dtype:
            raise ValueError(f"{name} must be {parameters[0].dtype} like W1; got {array.dtype}")
        if index % 2 == 0:
            if array.ndim != 2 or array.shape[0] != fan_in or 0 in array.shape:
                raise ValueError(f"{name} must have the shape ({fan_in or 'inputs'}, units); got {array.shape}")
            fan_in = array.shape[1]
        elif array.shape != (fan_in,):
            raise ValueError(f"{name} must have the shape ({fan_in},); got {array.shape}")
