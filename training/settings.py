"""The settings of a run: hyperparameters and data, each declared once with its label, help, bounds and default.

Widgets, validation and the page's URL are all generated from this table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from data.built_in import DATASETS
from data.dataset import DataError, Dataset, Split
from data.dataset_names import dataset_title
from data.spoiling import Spoiling, spoil
from language.numbers import general
from language.translation import N_, _, nN_
from nn.activations import ACTIVATIONS
from nn.augmentation import DISTORTIONS
from nn.initializers import INITIALIZERS
from nn.optimizers import OPTIMIZERS, Rule
from nn.schedules import SCHEDULES
from training.setting_description import Setting

FULL_BATCH = 150_000
"""The maximum number of examples in a dataset: a batch, or a class, of this size holds all of them."""

NO_CLASS = "none"
"""Stands in for the name of a class to mean that none is spoiled. A class with this name is not offered."""


def _logarithmic(first: int, last: int) -> tuple[float, ...]:
    """Return 1, 1.5, 2, 3, 5 and 7 times each power of ten, from 10^first up to 10^last."""
    steps = [
        float(f"{mantissa}e{power}") for power in range(first, last) for mantissa in ("1", "1.5", "2", "3", "5", "7")
    ]
    return (*steps, float(f"1e{last}"))


_SPLIT_SIZES = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)


def _setting(default: Any, **described: Any) -> Any:  # noqa: ANN401 - as dataclasses.field
    return field(default=default, metadata={"setting": Setting(**described)})


def _labels_by(attribute: str, table: Mapping[str, Any]) -> dict[Any, list[str]]:
    """Return the labels of a table's entries, grouped by the value of an attribute."""
    labels: dict[Any, list[str]] = {}
    for each in table.values():
        labels.setdefault(getattr(each, attribute), []).append(each.label)
    return labels


SAME = "same"
"""The activation of a later layer that has the same one as the first."""


def _later_activation(layer: int, label: str, phrase: str, text: str) -> Any:  # noqa: ANN401 - as dataclasses.field
    return _setting(
        SAME,
        label=label,
        phrase=phrase,
        help=text,
        group="network",
        live=False,
        options=(SAME, *ACTIVATIONS),
        labels={SAME: N_("As the first")} | {name: activation.label for name, activation in ACTIVATIONS.items()},
        layers=layer,
    )


def _of_initializers() -> str:
    suited = " ".join(
        _("For {activations}: {initializers}.", activations=_(suits), initializers=", ".join(map(_, labels)))
        for suits, labels in _labels_by("suits", INITIALIZERS).items()
        if suits
    )
    return _("How the initial weights are drawn. {suited}", suited=suited)


def _of_optimizers() -> str:
    alphas = _labels_by("typical_alpha", OPTIMIZERS)
    others = "; ".join(
        # Translators: of learning rates, such as 0.001 for Adam
        _("{alpha} for {optimizers}", alpha=general(alpha), optimizers=", ".join(map(_, labels)))
        for alpha, labels in alphas.items()
        if alpha != Rule.typical_alpha
    )
    return _(
        "How a gradient becomes a step. An α to start with: {usual}; {others}.",
        usual=general(Rule.typical_alpha),
        others=others,
    )


@dataclass(frozen=True)
class Settings:
    """The settings of a run. An invalid value raises a ValueError naming the setting."""

    dataset: str = _setting(
        "embedded",
        label=N_("Dataset"),
        labels={key: dataset.label for key, dataset in DATASETS.items()},
        title=dataset_title,
        help=N_("The digits to train on. Add your own on the Dataset page."),
        group="data",
        live=False,
    )
    dev_size: int = _setting(
        500,
        label=N_("Dev digits"),
        phrase=nN_("{value} dev digit", "{value} dev digits"),
        help=N_("Digits held out for comparing settings. The network never trains on them."),
        group="split",
        live=False,
        minimum=1,
        maximum=20_000,
        suggestions=_SPLIT_SIZES,
    )
    test_size: int = _setting(
        500,
        label=N_("Test digits"),
        phrase=nN_("{value} test digit", "{value} test digits"),
        help=N_("Digits held out for one final check. A dataset with its own test set uses all of that instead."),
        group="split",
        live=False,
        minimum=1,
        maximum=20_000,
        suggestions=_SPLIT_SIZES,
    )
    hidden_size: int = _setting(
        64,
        label=N_("Hidden size"),
        phrase=nN_("{value} unit", "{value} units"),
        help=N_("Units in each hidden layer. More can learn more, but train more slowly."),
        group="network",
        live=False,
        minimum=1,
        maximum=1024,
        suggestions=(1, 2, 4, 6, 8, 10, 16, 24, 32, 48, 64, 96, 110, 128, 192, 256, 384, 512, 768, 1024),
    )
    hidden_layers: int = _setting(
        1,
        label=N_("Hidden layers"),
        phrase=nN_("{value} hidden layer", "{value} hidden layers"),
        help=N_("The number of hidden layers, all of the same size. With 0, pixels are connected to digits directly."),
        group="network",
        live=False,
        options=(0, 1, 2, 3),
    )
    activation: str = _setting(
        "relu",
        label=N_("Activation"),
        help=N_("The function a hidden unit applies to its weighted sum."),
        group="network",
        live=False,
        options=tuple(ACTIVATIONS),
        labels={name: activation.label for name, activation in ACTIVATIONS.items()},
    )
    activation_2: str = _later_activation(
        2,
        N_("Activation 2"),
        N_("layer 2: {value}"),
        N_("The activation of hidden layer 2, if it differs from the first layer’s."),
    )
    activation_3: str = _later_activation(
        3,
        N_("Activation 3"),
        N_("layer 3: {value}"),
        N_("The activation of hidden layer 3, if it differs from the first layer’s."),
    )
    initializer: str = _setting(
        "he",
        label=N_("Initialization"),
        help=_of_initializers,
        group="network",
        live=False,
        options=tuple(INITIALIZERS),
        labels={name: initializer.label for name, initializer in INITIALIZERS.items()},
    )
    seed: int = _setting(
        0,
        label=N_("Seed"),
        phrase=N_("seed {value}"),
        help=N_("Determines the split, the initial weights and the order of the digits. Same seed, same weights."),
        group="split",
        live=False,
        minimum=0,
        maximum=999_999,
        suggestions=tuple(range(10)),
    )
    wrong_labels: int = _setting(
        0,
        label=N_("Wrong labels"),
        phrase=N_("{value} wrong labels"),
        help=N_("Percentage of training digits given a wrong label. Dev and test keep the true ones."),
        group="spoil",
        live=False,
        minimum=0,
        maximum=100,
        suggestions=(0, 10, 20, 40, 60, 80, 100),
        labels={percent: f"{percent}%" for percent in range(101)},
    )
    wrong_from: str = _setting(
        NO_CLASS,
        label=N_("Mislabelled class"),
        phrase=N_("{value} mislabelled"),
        help=N_("The class that wrong labels are given to. The percentage is of its digits."),
        group="spoil",
        live=False,
        options=(NO_CLASS,),
        labels={NO_CLASS: N_("Any")},
        of_class=True,
    )
    wrong_to: str = _setting(
        NO_CLASS,
        label=N_("Label given"),
        phrase=N_("labelled {value}"),
        help=N_("The wrong label. Any other draws one of the other classes at random, each as often."),
        group="spoil",
        live=False,
        options=(NO_CLASS,),
        labels={NO_CLASS: N_("Any other")},
        of_class=True,
    )
    per_class: int = _setting(
        FULL_BATCH,
        label=N_("Digits per class"),
        phrase=N_("{value} digits per class"),
        help=N_("Training digits kept of each class or, if classes are out of balance, of the most frequent."),
        group="spoil",
        live=False,
        minimum=10,
        maximum=FULL_BATCH,
        suggestions=(10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 5000, FULL_BATCH),
        labels={FULL_BATCH: N_("All")},
    )
    imbalance: int = _setting(
        1,
        label=N_("Imbalance"),
        phrase=N_("imbalance {value}"),
        help=N_(
            "How many times as many training digits the first class has as the last; "
            "the classes between fall geometrically."
        ),
        group="spoil",
        live=False,
        minimum=1,
        maximum=1000,
        suggestions=(1, 2, 5, 10, 20, 50, 100),
    )
    left_out: str = _setting(
        NO_CLASS,
        label=N_("Class left out"),
        phrase=N_("{value} left out"),
        help=N_("A class that the network never trains on, though dev and test have it."),
        group="spoil",
        live=False,
        options=(NO_CLASS,),
        labels={NO_CLASS: N_("No class")},
        of_class=True,
    )
    learning_rate: float = _setting(
        0.1,
        label=N_("Learning rate α"),
        phrase=N_("α {value}"),
        address="alpha",
        help=N_("The size of each step along the gradient. Too small is slow, too large diverges."),
        group="descent",
        live=True,
        minimum=1e-6,
        maximum=100.0,
        suggestions=_logarithmic(-4, 1),
    )
    l2: float = _setting(
        0.0,
        label=N_("L2 penalty λ"),
        phrase=N_("λ {value}"),
        help=N_("How strongly large weights are penalized, to prevent overfitting. 0 turns it off."),
        group="descent",
        live=True,
        minimum=0.0,
        maximum=10_000.0,
        suggestions=(0.0, *_logarithmic(-2, 3)),
    )
    batch_size: int = _setting(
        64,
        label=N_("Batch size"),
        phrase=N_("batch {value}"),
        help=N_("Digits per step. Full, or more than there are, uses them all: exact gradients, but few steps."),
        group="schedule",
        live=True,
        minimum=1,
        maximum=FULL_BATCH,
        suggestions=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, FULL_BATCH),
        labels={FULL_BATCH: N_("Full")},
    )
    optimizer: str = _setting(
        "descent",
        label=N_("Optimizer"),
        help=_of_optimizers,
        group="descent",
        live=True,
        options=tuple(OPTIMIZERS),
        labels={name: optimizer.label for name, optimizer in OPTIMIZERS.items()},
    )
    distortion: str = _setting(
        "off",
        label=N_("Distortion"),
        phrase=N_("distortion {value}"),
        help=N_(
            "Rotate, slant, scale and bend each digit a little, differently every time, like another hand's writing."
        ),
        group="regularization",
        live=True,
        options=tuple(DISTORTIONS),
        labels={name: choice.label for name, choice in DISTORTIONS.items()},
    )
    epochs: int = _setting(
        200,
        label=N_("Epochs"),
        phrase=nN_("{value} epoch", "{value} epochs"),
        help=N_("Passes over all training digits before the run finishes."),
        group="schedule",
        live=True,
        minimum=1,
        maximum=100_000,
        suggestions=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000),
    )
    schedule: str = _setting(
        "constant",
        label=N_("α schedule"),
        phrase=N_("{value} schedule"),
        help=N_("How α falls over the epochs: to a tenth at ½ and again at ¾, or smoothly to 0. Then it starts again."),
        group="schedule",
        live=True,
        options=tuple(SCHEDULES),
        labels={name: schedule.label for name, schedule in SCHEDULES.items()},
    )
    warm_up: int = _setting(
        0,
        label=N_("Warm-up steps"),
        phrase=nN_("{value} warm-up step", "{value} warm-up steps"),
        help=N_("The first steps, over which α rises from 0 while the weights are still random. 0 turns it off."),
        group="schedule",
        live=True,
        minimum=0,
        maximum=100_000,
        suggestions=(0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000),
    )
    dropout: float = _setting(
        0.0,
        label=N_("Dropout"),
        phrase=N_("dropout {value}"),
        help=N_(
            "The share of hidden units left out of each step, at random. The curves are measured with all of them."
        ),
        group="regularization",
        live=True,
        minimum=0.0,
        maximum=0.95,
        suggestions=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
    )
    label_smoothing: float = _setting(
        0.0,
        label=N_("Label smoothing"),
        phrase=N_("label smoothing {value}"),
        help=N_(
            "Spreads this share of each label over all classes, so the network isn’t pushed to be certain. "
            "The curves ignore it."
        ),
        group="regularization",
        live=True,
        minimum=0.0,
        maximum=0.9,
        suggestions=(0.0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5),
    )
    clip_norm: float = _setting(
        0.0,
        label=N_("Clipping"),
        phrase=N_("clipping {value}"),
        help=N_("Shortens a gradient longer than this, so one odd batch cannot throw the weights far. 0 turns it off."),
        group="regularization",
        live=True,
        minimum=0.0,
        maximum=1000.0,
        suggestions=(0.0, *_logarithmic(-2, 1)),
    )
    patience: int = _setting(
        0,
        label=N_("Early stopping"),
        phrase=N_("patience {value}"),
        help=N_(
            "Stops when the dev loss has not fallen for this many epochs, and goes back to the best weights. 0: off."
        ),
        group="regularization",
        live=True,
        minimum=0,
        maximum=1000,
        suggestions=(0, 1, 2, 3, 5, 7, 10, 20, 30, 50, 100),
    )

    def __post_init__(self) -> None:
        for name, setting in SETTINGS.items():
            setting.check(name, getattr(self, name))
        for name, setting in SETTINGS.items():
            if setting.layers > self.hidden_layers:
                object.__setattr__(self, name, SAME)

    @property
    def hidden_sizes(self) -> tuple[int, ...]:
        """Units in each hidden layer."""
        return (self.hidden_size,) * self.hidden_layers

    @property
    def activations(self) -> tuple[str, ...]:
        """The activation of each hidden layer, names in nn.activations.ACTIVATIONS."""
        chosen = (self.activation, self.activation_2, self.activation_3)[: self.hidden_layers]
        return tuple(self.activation if name == SAME else name for name in chosen)

    def split(self, dataset: Dataset) -> Split:
        """Return the split of a dataset that a run of these settings trains and is measured on.

        The training examples are spoiled as the settings say; dev and test never are.

        Raises:
            DataError: See `Dataset.split` and `spoil`.
        """
        split = dataset.split(self.seed, self.dev_size, self.test_size)
        mislabelled = (self.wrong_from, self.wrong_to) if self.wrong_labels else (NO_CLASS, NO_CLASS)
        wrong_from, wrong_to, left_out = (_place(each, dataset.classes) for each in (*mislabelled, self.left_out))
        how = Spoiling(
            wrong_labels=self.wrong_labels / 100,
            wrong_from=wrong_from,
            wrong_to=wrong_to,
            per_class=None if self.per_class == FULL_BATCH else self.per_class,
            imbalance=self.imbalance,
            left_out=left_out,
        )
        return replace(split, train=spoil(split.train, how, np.random.default_rng((self.seed, 4))))


def _place(name: str, classes: Sequence[str]) -> int | None:
    """Return the index of a class; None for NO_CLASS."""
    if name == NO_CLASS:
        return None
    if name not in classes:
        raise DataError(_("These data have no class {name}: choose another.", name=name))
    return classes.index(name)


SETTINGS: dict[str, Setting] = {each.name: each.metadata["setting"] for each in fields(Settings)}
LIVE: tuple[str, ...] = tuple(name for name, setting in SETTINGS.items() if setting.live)
SPOILING: tuple[str, ...] = tuple(name for name, setting in SETTINGS.items() if setting.group == "spoil")
"""The settings that spoil the training examples."""
FIXED: tuple[str, ...] = tuple(name for name, setting in SETTINGS.items() if not setting.live)


def defaults() -> dict[str, Any]:
    """Return the default value of every setting, by name."""
    return {each.name: each.default for each in fields(Settings)}
