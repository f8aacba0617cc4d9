"""The network: its parameters, the forward pass, and backpropagation.

The textbook writes examples as columns, Z¹ = W¹X + b¹. Here they are rows, as in scikit-learn, PyTorch and JAX:
Z¹ = A⁰W¹ + b¹, so that our W is the textbook's Wᵀ. With layers 1 … L, A⁰ the images and f the activation:

    forward      Zˡ = Aˡ⁻¹Wˡ + bˡ,   Aˡ = f(Zˡ),   Aᴸ = softmax(Zᴸ)
    loss         J = -1/n Σ log Aᴸ[label] + λ/(2m) Σ‖Wˡ‖²          n examples in the batch, m in training
    backward     dZᴸ = (Aᴸ - Y)/n                                  Y: the labels, one-hot
                 dWˡ = Aˡ⁻¹ᵀ dZˡ + (λ/m) Wˡ,   dbˡ = Σ rows of dZˡ
                 dZˡ⁻¹ = dZˡ Wˡᵀ ∘ f'(Zˡ⁻¹)

(Rumelhart, Hinton, Williams, 1986; in this notation Nielsen, *Neural Networks and Deep Learning*, 2015, chapter 2.)
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nn.activations import ACTIVATIONS
from nn.initializers import INITIALIZERS
from nn.losses import l2_penalty, softmax, softmax_cross_entropy

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.integer[Any]]


class Network:
    """A fully connected network: any number of hidden layers, then softmax.

    Args:
        parameters: [W1, b1, W2, b2, …]: W (fan_in, fan_out) and b (fan_out,), float32 or float64. They are copied.
        activation: A name in ACTIVATIONS, used by every hidden layer.

    Attributes:
        vector: (count,) all parameters end to end; an optimizer works on them here, in one operation.
        parameters: [W1, b1, W2, b2, …], each a view into `vector`.
        activation: The name of the activation.

    Raises:
        ValueError: When the shapes do not chain, an array is not of floats, or the activation is unknown.
    """

    def __init__(self, parameters: Sequence[Floats], activation: str = "relu") -> None:
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}; got {activation!r}")
        _check_shapes(parameters)
        self.activation = activation
        stops = list(accumulate(array.size for array in parameters))
        self._places = [
            (slice(stop - array.size, stop), array.shape) for stop, array in zip(stops, parameters, strict=True)
        ]
        self.take_up(np.concatenate([array.ravel() for array in parameters]))

    @classmethod
    def initialize(
        cls,
        sizes: Sequence[int],
        *,
        rng: np.random.Generator,
        activation: str = "relu",
        initializer: str = "he",
        dtype: DTypeLike = np.float32,
    ) -> Self:
        """Draw a new network.

        Args:
            sizes: Units of each layer, inputs first, classes last: (784, 64, 10).
            rng: The source of chance. The draws are float64 whatever the dtype, so that a seed means the same.
            activation: A name in ACTIVATIONS.
            initializer: A name in INITIALIZERS.
            dtype: float32 to train, float64 to check gradients.

        Raises:
            ValueError: When there are fewer than two sizes, one is no whole number from 1, or a name is unknown.
        """
        if len(sizes) < 2 or not all(isinstance(size, int | np.integer) and size >= 1 for size in sizes):
            raise ValueError(f"sizes must be two or more whole numbers from 1; got {tuple(sizes)}")
        if initializer not in INITIALIZERS:
            raise ValueError(f"initializer must be one of {', '.join(INITIALIZERS)}; got {initializer!r}")
        draw = INITIALIZERS[initializer]
        parameters: list[Floats] = []
        for fan_in, fan_out in pairwise(sizes):
            parameters.append(draw.weights(fan_in, fan_out, rng).astype(dtype))
            parameters.append(draw.biases(fan_out, rng).astype(dtype))
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
        """What the parameters are made of: float32 or float64."""
        return self.vector.dtype

    def take_up(self, vector: Floats) -> None:
        """Make a (count,) vector the parameters, without copying; the one before is let go as it is."""
        self.vector = vector
        self.parameters = self.views(vector)

    def exchange(self, other: Self) -> None:
        """Exchange all parameters with those of another network of the same sizes, without copying."""
        self.vector, other.vector = other.vector, self.vector
        self.parameters, other.parameters = other.parameters, self.parameters

    def views(self, vector: Floats) -> list[Floats]:
        """Cut a (count,) vector into arrays of the parameters' shapes, without copying."""
        return [vector[place].reshape(shape) for place, shape in self._places]

    def __reduce__(self) -> tuple[type[Self], tuple[list[Floats], str]]:
        """Copy and pickle by the parameters, so that those of the copy are views into its vector again."""
        return type(self), (self.parameters, self.activation)

    def freeze(self) -> Self:
        """Set all parameters read-only, for a network that several sessions share; return the network."""
        for array in (self.vector, *self.parameters):
            array.flags.writeable = False
        return self

    def copy(self) -> Self:
        """Return a network of its own with the same parameters."""
        return self.like(self.vector.copy())

    def like(self, vector: Floats) -> Self:
        """Return a network of the same sizes whose parameters are a (count,) vector, without copying."""
        network = type(self).__new__(type(self))
        network.activation = self.activation
        network._places = self._places  # noqa: SLF001 - one of this very class
        network.take_up(vector)
        return network

    def hidden(self, images: Floats) -> list[Floats]:
        """Return the activations A¹ … Aᴸ⁻¹ of the hidden layers, each (m, units), for images (m, inputs)."""
        f = ACTIVATIONS[self.activation].function
        activations: list[Floats] = []
        A = images
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            Z = A @ W  # (m, fan_in) @ (fan_in, fan_out) -> (m, fan_out)
            Z += b
            A = f(Z)
            activations.append(A)
        return activations

    def logits(self, images: Floats) -> Floats:
        """Return Zᴸ (m, classes) for images (m, inputs)."""
        return self._logits_of([images, *self.hidden(images)][-1])

    def probabilities(self, images: Floats) -> Floats:
        """Return Aᴸ = softmax(Zᴸ).

        Args:
            images: (m, inputs) floats, pixels in [0, 1].

        Returns:
            (m, classes); each row sums to 1.
        """
        return softmax(self.logits(images))

    def gradients(
        self,
        images: Floats,
        labels: Labels,
        *,
        l2: float = 0.0,
        examples: int | None = None,
        out: list[Floats] | None = None,
    ) -> tuple[float, list[Floats]]:
        """Backpropagation: the loss J and its gradient.

        Args:
            images: (n, inputs) floats, pixels in [0, 1].
            labels: (n,) integers in 0 … classes - 1.
            l2: λ, at least 0.
            examples: m, the number of training examples that λ is shared among; n when left out.
            out: Arrays of the shapes of `parameters` to hold the gradient, such as `views`; new ones when left out.

        Returns:
            J, and `out`: [dW1, db1, dW2, db2, …].
        """
        n = len(labels)
        m = n if examples is None else examples
        gradients = self.views(np.empty_like(self.vector)) if out is None else out
        weights, derivative = self.weights, ACTIVATIONS[self.activation].derivative

        activations = [images, *self.hidden(images)]  # A⁰ … Aᴸ⁻¹
        logits = self._logits_of(activations[-1])  # Zᴸ (n, classes)
        loss, dZ = softmax_cross_entropy(logits, labels)  # dZ, as yet: Aᴸ (n, classes)
        loss += l2_penalty(weights, l2, m)

        dZ[np.arange(n), labels] -= 1  # Aᴸ - Y
        dZ /= n
        for layer in range(len(weights) - 1, -1, -1):
            W, A, dW, db = weights[layer], activations[layer], gradients[2 * layer], gradients[2 * layer + 1]
            np.matmul(A.T, dZ, out=dW)  # (fan_in, n) @ (n, fan_out) -> (fan_in, fan_out)
            if l2:
                dW += (l2 / m) * W
            dZ.sum(axis=0, out=db)  # (n, fan_out) -> (fan_out,)
            if layer:
                dZ = dZ @ W.T  # (n, fan_out) @ (fan_out, fan_in) -> (n, fan_in)
                dZ *= derivative(A)
        return loss, gradients

    def _logits_of(self, A: Floats) -> Floats:
        """Return Zᴸ for the activations Aᴸ⁻¹ of the layer before it."""
        W, b = self.parameters[-2:]
        Z = A @ W  # (m, fan_in) @ (fan_in, classes) -> (m, classes)
        # One class after the other in memory: what softmax takes across the classes is then vectorized over the rows.
        logits: Floats = np.add(Z, b, order="F")
        return logits


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
