"""The digit that the Look page traces through a network, and the values that the page shows of both."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import DIGITS
from language.translation import _
from models.reader import Reader, Reading
from nn.batches import as_inputs
from nn.evaluation import dead_units
from nn.walkthrough import Layer, forward
from ui.state import shared_resources
from ui.state.digit_sources import InspectedDigit
from ui.state.session import Session

CHECKED_FOR_DEAD_UNITS = 500
"""Number of training digits on which units are checked; a unit active on none of them counts as dead."""


@dataclass(frozen=True, eq=False)
class TracedDigit:
    """One digit and the network that reads it.

    Attributes:
        specimen: The digit.
        reader: The reader with the network.
        reading: The reader's reading of the digit.
        outputs: The name of each output of the network; includes the reject output, if any.
        dead_units: (units,) for each hidden layer, whether a unit is dead; None if its activation cannot die.
        checked_on: Number of training digits on which units were checked.
        examples: m, the number of training examples, which scales λ.
    """

    specimen: InspectedDigit
    reader: Reader
    reading: Reading
    outputs: tuple[str, ...]
    dead_units: list[NDArray[np.bool_] | None]
    checked_on: int
    examples: int

    @property
    def is_of_digits(self) -> bool:
        """Whether the classes are the digits, rather than those of other images."""
        return self.reader.classes == DIGITS

    @property
    def image(self) -> NDArray[np.floating[Any]]:
        """The network's input, (784,) in [0, 1]."""
        return self.reading.image.reshape(-1)

    @property
    def predicted_output(self) -> int:
        """The output of the most likely class."""
        return int(self.reader.outputs[self.reading.probabilities.argmax()])

    @property
    def true_output(self) -> int | None:
        """The output of the true label; None if it is unknown."""
        label = self.specimen.label
        return None if label is None or label >= len(self.reader.outputs) else int(self.reader.outputs[label])

    @property
    def target_output(self) -> int:
        """The default training target: the true label or, if unknown, the prediction."""
        return self.predicted_output if self.true_output is None else self.true_output

    @property
    def probabilities(self) -> NDArray[np.floating[Any]]:
        """The probability of each class, as in the reading but in float64, like everything on the page."""
        return self.reader.decision_rule.probabilities(self.forward()[-1].Z.T)[0]

    def forward(self) -> tuple[Layer, ...]:
        """Run the digit through the network in float64."""
        return forward(self.reader.network, self.image)


def trace_digit(session: Session, specimen: InspectedDigit, name: str, reader: Reader) -> TracedDigit:
    """Return a digit ready to be traced through the named network."""
    classes = iter(reader.classes)
    count, reject_index = reader.network.sizes[-1], reader.decision_rule.reject_index
    outputs = tuple(_("not a digit") if index == reject_index else next(classes) for index in range(count))
    images, _classes, examples = training_digits(session, name, reader, CHECKED_FOR_DEAD_UNITS)
    return TracedDigit(
        specimen=specimen,
        reader=reader,
        reading=specimen.source.read(reader),
        outputs=outputs,
        dead_units=dead_units(reader.network, images),
        checked_on=len(images),
        examples=examples,
    )


def training_digits(
    session: Session, name: str, reader: Reader, limit: int
) -> tuple[NDArray[np.floating[Any]], list[str], int]:
    """Return up to `limit` digits that a network was trained on, as far as is known.

    These are (n, 784) floats as the network takes them, the class name of each, and the number of all training digits.
    """
    if session.runs.current is not None and name == session.runs.name:
        train = session.runs.current.split.train
        first, labels = train.take(limit=limit)
        return as_inputs(first), [train.classes[label] for label in labels], len(train)
    digits = shared_resources.embedded()
    trained_on = digits.split(0, *digits.default_sizes).train.rows
    rows = np.setdiff1d(trained_on, session.networks.embedded_dev(name, reader).rows)
    chosen = rows[:limit]
    images = shared_resources.embedded_inputs().for_reader(reader)[chosen]
    names = [digits.classes[label] for label in digits.labels[chosen]]
    match reader.about.get("examples"):
        case {"train": int(examples)} if examples > 0:
            return images, names, examples
    return images, names, len(rows)
