"""Messages of a run that has stopped, each composed where it is shown, in the reader's language."""

from collections.abc import Callable

from language.numbers import fixed, general, whole
from language.translation import _, ngettext
from training.settings import SETTINGS

Tell = Callable[[], str]
"""Returns a sentence in the reader's language, or an empty text. The thread that trains a run has no reader."""


def nothing() -> str:
    """Say nothing."""
    return ""


def out_of_memory() -> str:
    """Say that a step needed more memory than there is."""
    return _(
        "The server ran out of memory. The last good weights are kept. Train again, or start a new run with fewer"
        " units."
    )


def failure() -> str:
    """Say that a step failed."""
    return _("A step failed, which should not happen. The last good weights are kept. Train again, or start a new run.")


def divergence(step: int, alpha: float) -> str:
    """Say that the loss blew up at a step with α, and what to do."""
    return _(
        "The loss blew up at step {step}: with α = {alpha}, every step overshoots. The last good weights are kept."
        " Try α = {smaller}, then Reset.",
        step=whole(step),
        alpha=general(alpha),
        smaller=general(SETTINGS["learning_rate"].nearest(alpha / 10)),
    )


def ending(epoch: float, patience: int) -> str:
    """Say which epoch's weights a run has ended with; `patience` is 0 if it did not stop early."""
    found = _("The weights are those of epoch {epoch}, the best on dev.", epoch=fixed(epoch, 0))
    if not patience:
        return found
    waited = ngettext(
        "The dev loss had not fallen for {count} epoch.",
        "The dev loss had not fallen for {count} epochs.",
        patience,
        count=whole(patience),
    )
    return f"{waited} {found}"
