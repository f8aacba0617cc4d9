"""What a network in training reads in the person's own drawing."""

from markupsafe import Markup

from models.reader import Reader
from models.weights import SavedNetwork
from nn.network import Network
from ui.state.canvas_content import CanvasContent
from ui.train.run_view import RunView
from ui.widgets.answer import probability_bars
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.canvas import digit_source
from ui.widgets.html_templates import Templates
from ui.widgets.palette import Palette

TEMPLATES = Templates("train/network_view.html.j2")


def your_drawing(content: CanvasContent, view: RunView, network: Network, colours: Palette) -> Markup:
    """Return the drawing as the network gets it, and what it reads in it, as HTML; where there is none, what to do."""
    hand = digit_source(content)
    if hand is None:
        return TEMPLATES.your_drawing(drawn=False)
    reader = Reader(SavedNetwork(network, {"classes": list(view.run.split.train.classes)}))
    reading = hand.read(reader)
    return TEMPLATES.your_drawing(
        drawn=True,
        name="–" if reading.digit is None else reader.classes[reading.digit],
        image=data_uri(ink_picture(reading.image, colours)),
        when=view.when,
        bars=probability_bars(reading.probabilities, reader.classes, reading.digit),
    )
