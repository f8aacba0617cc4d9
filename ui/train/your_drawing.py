"""What a network in training reads in the person's own drawing."""

from html import escape

from models.reader import Reader
from models.weights import SavedNetwork
from nn.network import Network
from ui.state.session import Session
from ui.widgets.array_images import data_uri, ink_picture
from ui.widgets.canvas import at_hand
from ui.widgets.palette import Palette
from ui.widgets.probability_bars import bars


def your_drawing(session: Session, network: Network, classes: tuple[str, ...], colours: Palette) -> str:
    """Return the drawing as the network gets it, and what it reads in it, as HTML; where there is none, what to do."""
    title = "<h2 class='section'>Your drawing</h2>"
    hand = at_hand(session.paper)
    if hand is None:
        where = "Draw a digit on the Draw page. You'll see this network's reading here."
        return f"{title}<p class='note' id='own'>{where}</p>"
    reader = Reader(SavedNetwork(network, {"classes": list(classes)}))
    reading = hand.read(reader)
    name = "–" if reading.digit is None else escape(reader.classes[reading.digit])
    seen = data_uri(ink_picture(reading.image, colours))
    return (
        f"{title}<p class='note'>This network's reading of it {session.when_in_view}.</p>"
        f"<div id='own'><img class='pixels' alt='Your drawing as 28 by 28 pixels' src='{seen}'>"
        f"<strong>{name}</strong>{bars(reading.probabilities, reader.classes, reading.digit)}</div>"
    )
