"""The network in training, applied to your drawing or a dev digit: what it reads, and what its steps change."""

from dataclasses import dataclass

from data.dataset import IMAGE_SIDE
from language.translation import _
from models.reader import Reader, Rejection
from nn.network import Network
from training.checkpoints import Checkpoint
from training.pace import SPEEDS
from training.run_snapshot import State
from ui import routes
from ui.state.digit_sources import ImageSource, InspectedDigit
from ui.state.inspection import Inspection
from ui.state.session import Session
from ui.state.streamlit_state import page_state
from ui.train.run_view import RunView
from ui.widgets.live_reading import LiveReading, follow_pen
from ui.widgets.network_picture import Training, network_picture

FOLLOWED_SPEED = 10.0
"""The most steps per second at which the forward and backward passes of a step are shown."""


MOST_UNITS = 9
"""Units shown per hidden layer: the picture shares the height of a laptop's screen with the drawing below it."""


@dataclass
class _LastDrawn:
    """The network last drawn, with which changes are compared."""

    network: Network | None = None


def network_view(view: RunView, shown: Checkpoint, reader: Reader, live: LiveReading) -> None:
    """Show a step's network at work on the drawing or, while there is none, on a dev digit."""
    session = Session.current()
    reading, digit, label = live.reading, None, None
    if reading.rejection is Rejection.BLANK:
        images, labels = view.run.split.dev.take(limit=1)
        source, label = ImageSource(images[0].reshape(IMAGE_SIDE, IMAGE_SIDE)), int(labels[0])
        digit, reading = InspectedDigit(source, label, _("dev digit {number}", number=1)), source.read(reader)
    drawing, last = _("your drawing"), page_state(_LastDrawn)
    training = Training(shown.step)
    if view.replayed is None:
        followed = label if label is not None else int(reading.probabilities.argmax())
        before = last.network if last.network is not None and last.network.sizes == shown.network.sizes else None
        training = Training(shown.step, before, followed if _is_followed(view, shown.step) else None)
    last.network = shown.network
    picture = network_picture(
        reader,
        reading,
        inspection=Inspection(digit, session.runs.name, routes.TRAIN),
        input_name=drawing if digit is None else _("a dev digit"),
        training=training,
        most=MOST_UNITS,
    )
    follow_pen(lambda reader, reading, known, _flow: picture(reader, reading, known, input_name=drawing))


def _is_followed(view: RunView, step: int) -> bool:
    """Return whether the steps are slow enough to follow, or taken one by one."""
    if view.run.state is not State.RUNNING:
        return True
    return SPEEDS[Session.current().speed](step) <= FOLLOWED_SPEED
