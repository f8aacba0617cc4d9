"""The two figures saved as PNG: what they show, and that drawing them leaks nothing."""

import io
import subprocess
import sys
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from training.figures import png, sample_predictions, training_metrics
from training.history import Change, Measurement

WAY = [
    Measurement(step, step / 100, 2.3 - step / 200, 2.4 - step / 200, 0.1 + step / 500, 0.08 + step / 500)
    for step in range(0, 401, 100)
]


def words(figure: Figure) -> list[str]:
    texts = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return [text.get_text() for text in texts]


def numbers(data: object) -> list[float]:
    return [float(number) for number in np.asarray(data, np.float64)]


def curve(axes: Axes, label: str) -> tuple[list[float], list[float], str]:
    (line,) = (line for line in axes.lines if line.get_label() == label)
    return numbers(line.get_xdata()), numbers(line.get_ydata()), to_hex(line.get_color())


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(matplotlib.image.imread(io.BytesIO(data), format="png"))


def test_the_curves_are_the_measurements_train_in_ink_and_dev_in_the_accent() -> None:
    loss, accuracy = training_metrics(WAY, (), 500).axes
    steps = [0.0, 100.0, 200.0, 300.0, 400.0]
    assert curve(loss, "train") == (steps, [each.train_loss for each in WAY], "#1c1b1a")
    assert curve(loss, "dev") == (steps, [each.dev_loss for each in WAY], "#2f3fbf")
    assert curve(accuracy, "train") == (steps, [each.train_accuracy for each in WAY], "#1c1b1a")
    assert curve(accuracy, "dev") == (steps, [each.dev_accuracy for each in WAY], "#2f3fbf")
    assert loss.get_xlim() == accuracy.get_xlim() == (0, 400)


def test_every_measurement_lies_within_the_axes() -> None:
    for axes in training_metrics(WAY, (), 500).axes:
        bottom, top = axes.get_ylim()
        for label in ("train", "dev"):
            assert bottom <= min(curve(axes, label)[1])
            assert max(curve(axes, label)[1]) <= top


def test_the_last_values_and_the_names_are_written_out() -> None:
    written = words(training_metrics(WAY, (), 500, title="My run", dev_name="held out"))
    assert {"My run", "train  0.300", "held out  0.400", "train  90.0%", "held out  88.0% (84.9 to 90.6)"} <= set(
        written
    )


def test_changes_are_marked_at_their_step_and_named_once() -> None:
    changes = [
        Change(100, "learning_rate", 0.1, 0.03),
        Change(300, "l2", 0.0, 1.0),
        Change(300, "batch_size", 64, 128),
    ]
    figure = training_metrics(WAY, changes, 500)
    for axes in figure.axes:
        marked = [numbers(line.get_xdata())[0] for line in axes.lines if line.get_label() not in {"train", "dev"}]
        assert marked == [100, 300]
    assert words(figure).count("Learning rate α 0.1 → 0.03") == 1
    assert words(figure).count("L2 penalty λ 0 → 1\nBatch size 64 → 128") == 1


@pytest.mark.parametrize(
    "way", [[], WAY[:1], [Measurement(0, 0, float("inf"), float("nan"), 0, 0)], [Measurement(5, 1, 0, 0, 1, 1)]]
)
def test_a_run_that_has_barely_begun_or_diverged_can_be_drawn(way: list[Measurement]) -> None:
    assert pixels(png(training_metrics(way, (), 500))).shape == (1024, 1280, 4)


def test_the_file_is_a_png_in_the_colours_of_the_app() -> None:
    image = pixels(png(training_metrics(WAY, (), 500)))
    present = {to_hex(color) for color in np.unique(image.reshape(-1, 4), axis=0)}
    assert to_hex(image[0, 0]) == "#fbfaf6"
    assert {"#1c1b1a", "#2f3fbf"} <= present


def test_each_image_is_shown_with_its_true_and_its_predicted_label() -> None:
    images = np.zeros((10, 784), np.uint8)
    images[np.arange(10), np.arange(10)] = 255
    labels = np.arange(10)
    predictions = np.array([0, 1, 2, 3, 9, 5, 6, 7, 8, 4])
    figure = sample_predictions(images, labels, predictions, title="Ten digits")
    shown = [axes for axes in figure.axes if axes.images]
    assert len(shown) == 10
    for axes, image, label, prediction in zip(shown, images, labels, predictions, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), image.reshape(28, 28))
        (text,) = axes.texts
        assert text.get_text() == f"is {label}, read {prediction}"
        assert (to_hex(text.get_color()) == "#b4530a") == (label != prediction)
    assert "Ten digits" in words(figure)
    assert figure.axes[10].images[:] == []


def test_ink_is_dark_on_white_paper() -> None:
    black, white = np.full((1, 784), 255, np.uint8), np.zeros((1, 784), np.uint8)
    one = np.zeros(1, np.int64)
    dark, light = (pixels(png(sample_predictions(image, one, one)))[..., :3].min() for image in (black, white))
    assert dark == 0
    assert light > 0.3


def test_class_names_are_drawn_as_they_are_and_kept_short() -> None:
    images, label = np.zeros((1, 784), np.uint8), np.zeros(1, np.int64)
    for name, expected in (("$\\frac$", "$\\frac$"), ("Ankle boot with laces", "Ankle boot…")):
        figure = sample_predictions(images, label, label, classes=[name])
        assert f"is {expected}\nread {expected}" in words(figure)
        assert pixels(png(figure)).size


def test_the_same_run_gives_the_same_file() -> None:
    assert png(training_metrics(WAY, (), 500)) == png(training_metrics(WAY, (), 500))


def test_drawing_does_not_use_pyplot_whose_figures_sessions_would_share() -> None:
    program = (
        "import sys; from training.figures import png, training_metrics; png(training_metrics([], (), 500));"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    root = Path(__file__).parents[3]
    assert subprocess.run([sys.executable, "-c", program], cwd=root, check=False).returncode == 0
