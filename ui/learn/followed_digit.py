"""What the Learn page is about: one digit, and the network that it is followed through."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.dataset import example_noun
from models.reader import Reader, Reading
from nn.batches import as_inputs
from nn.evaluation import never_active
from nn.walkthrough import Layer, forward
from ui.state import shared_resources
from ui.state.network_inputs import Specimen
from ui.state.session import Session

LOOKED_AT = 500
"""Training digits that are looked at for units that none of them wakes."""

NOT_A_DIGIT = "not a digit"


@dataclass(frozen=True, eq=False)
class Subject:
    """One digit and one network.

    Attributes:
        specimen: The digit.
        reader: Reads with the network.
        reading: What is read.
        outputs: The name of each output of the network, one more than the classes where one is for what is no digit.
        asleep: Which units of each hidden layer are dead, (units,) each; nothing where none can be.
        looked_at: On how many training digits.
        examples: m, the training digits that λ is shared among.
    """

    specimen: Specimen
    reader: Reader
    reading: Reading
    outputs: tuple[str, ...]
    asleep: list[NDArray[np.bool_]]
    looked_at: int
    examples: int

    @property
    def noun(self) -> str:
        """What a person calls what is read: a digit, or an image of something else."""
        return example_noun(self.reader.classes, 1)

    @property
    def image(self) -> NDArray[np.floating[Any]]:
        """What the network is given, (784,) in [0, 1]."""
        return self.reading.image.reshape(-1)

    @property
    def read(self) -> int:
        """The output with the largest logit among the classes."""
        return int(self.reader.outputs[self.reading.probabilities.argmax()])

    @property
    def known(self) -> int | None:
        """The output that stands for what it is; None where nobody knows."""
        label = self.specimen.label
        return None if label is None or label >= len(self.reader.outputs) else int(self.reader.outputs[label])

    @property
    def label(self) -> int:
        """The same; what is read, where nobody knows."""
        return self.read if self.known is None else self.known

    @property
    def probabilities(self) -> NDArray[np.floating[Any]]:
        """Of each class, as the reading has them but in float64, as all that the page tells."""
        shares: NDArray[np.floating[Any]] = self.reader.decision_rule.probabilities(self.forward()[-1].Z.T)[0]
        return shares

    def forward(self) -> tuple[Layer, ...]:
        """Follow the digit through the network, in float64."""
        return forward(self.reader.network, self.image)


def follow(session: Session, specimen: Specimen, name: str, reader: Reader) -> Subject:
    """Have a digit followed through the network of that name."""
    classes = iter(reader.classes)
    count, reject_index = reader.network.sizes[-1], reader.decision_rule.reject_index
    outputs = tuple(NOT_A_DIGIT if index == reject_index else next(classes) for index in range(count))
    images, examples = _training_digits(session, name, reader)
    return Subject(
        specimen=specimen,
        reader=reader,
        reading=specimen.hand.read(reader),
        outputs=outputs,
        asleep=never_active(reader.network, images) if reader.network.activation == "relu" else [],
        looked_at=len(images),
        examples=examples,
    )


def _training_digits(session: Session, name: str, reader: Reader) -> tuple[NDArray[np.floating[Any]], int]:
    """A few digits that the network learned from, as far as that is known, and how many there are of them."""
    if session.run is not None and name == session.run_name:
        first, _ = session.run.split.train.take(limit=LOOKED_AT)
        return as_inputs(first), len(session.run.split.train)
    digits = shared_resources.embedded()
    learned = digits.split(0, *digits.default_sizes).train.rows
    rows = np.setdiff1d(learned, session.dev_of(name, reader).rows)
    images = shared_resources.known_digits().for_reader(reader)[rows[:LOOKED_AT]]
    match reader.about.get("examples"):
        case {"train": int(examples)} if examples > 0:
            return images, examples
    return images, len(rows)
