"""A prediction and its outcome are stated in a sentence of plain text."""

import pytest

from training.prediction import Outcome, Prediction
from ui.widgets.predictions import in_words

DEV = Prediction("Where will dev end?", "dev_accuracy", (75, 85))


@pytest.mark.parametrize(
    ("came", "sentence"),
    [
        (Outcome(DEV, 1), "You predicted 75 to 85%."),
        (Outcome(DEV, None, 80.0), "It came to 80.0%."),
        (Outcome(DEV, 1, 80.0), "As you predicted, 75 to 85%: 80.0%."),
        (Outcome(DEV, 0, 80.0), "You predicted below 75%; the result was 80.0%."),
    ],
)
def test_an_outcome_is_a_sentence(came: Outcome, sentence: str) -> None:
    assert in_words(came) == sentence
