"""A pickled MLPClassifier is read without scikit-learn; nothing else of scikit-learn is.

mlp_classifier.pkl.gz was written by scikit-learn 1.9, protocol 4: MLPClassifier((5, 5), activation="tanh", max_iter=3,
random_state=0).fit(X, y) with rng = np.random.default_rng(0), X = rng.random((60, 7)) and y = np.arange(60) % 4.
"""

import gzip
import re
import time
from pathlib import Path

import numpy as np
import pytest

from models.weights import WeightsError, load

FILE = Path(__file__).parent / "mlp_classifier.pkl.gz"
CLASSIFIER = b"csklearn.neural_network._multilayer_perceptron\nMLPClassifier\n)\x81"


def test_a_pickled_classifier_is_read() -> None:
    saved = load(FILE)
    assert (saved.network.sizes, saved.network.activations) == ((7, 5, 5, 4), ("tanh", "tanh"))
    assert saved.unstated == ("scale",)
    # Glorot and Bengio's initialization, which scikit-learn uses, after three epochs of small steps.
    for W in saved.network.weights:
        limit = np.sqrt(6 / sum(W.shape))
        assert 0.7 * limit < np.abs(W).max() < 1.1 * limit


def test_other_objects_are_refused_with_the_way_out() -> None:
    pickled = gzip.decompress(FILE.read_bytes())
    for data in (
        b"\x80\2csklearn.pipeline\nPipeline\n)\x81.",
        pickled.replace(b"_label", b"_other"),
    ):
        with pytest.raises(WeightsError, match=re.escape("*model.coefs_, *model.intercepts_")):
            load(data)
    with pytest.raises(WeightsError, match="no arrays W1, b1"):
        load(b"\x80\2" + CLASSIFIER + b".")
    with pytest.raises(WeightsError, match="NEWOBJ"):
        load(b"\x80\2" + CLASSIFIER.replace(b")", b"K\1\x85") + b".")


def test_attributes_set_again_and_again_are_refused() -> None:
    many = b"}q\0(" + b"".join(b"K%cK\0" % n for n in range(250)) + b"u0"
    before = time.process_time()
    with pytest.raises(WeightsError, match="more than 200,000 attributes"):
        load(b"\x80\2" + many + CLASSIFIER + b"h\0b" * 50_000 + b".")
    assert time.process_time() - before < 2
