"""Spoil training examples on purpose: wrong labels, few examples, classes out of balance, a class left out."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from data.dataset import DataError, Examples
from language.numbers import general, whole
from language.translation import _


@dataclass(frozen=True)
class Spoiling:
    """How training examples are spoiled; by default, not at all.

    Attributes:
        wrong_labels: The share of labels to replace, in [0, 1].
        wrong_from: The class whose labels are replaced; None for all of them.
        wrong_to: The label that replaces them; None for any other class, all equally likely (symmetric noise).
        per_class: Examples kept of each class, or of the most frequent if they are out of balance; None for all.
        imbalance: How many times more examples the first class keeps than the last, at least 1.
        left_out: A class that is left out entirely; None for none.
    """

    wrong_labels: float = 0.0
    wrong_from: int | None = None
    wrong_to: int | None = None
    per_class: int | None = None
    imbalance: float = 1.0
    left_out: int | None = None


def spoil(train: Examples, how: Spoiling, rng: np.random.Generator) -> Examples:
    """Return spoiled training examples, in the same order.

    The first examples of each class are kept, so that a larger number includes those of a smaller one. The same
    generator spoils the same labels, and more of them for a larger share: exactly that share, rounded, of the examples
    in question.

    Args:
        train: The examples; their arrays are left unchanged.
        how: What to do.
        rng: Chooses which labels to replace, and by which ones.

    Returns:
        Examples with `true_labels` if any label is wrong; `train` itself if there is nothing to do.

    Raises:
        DataError: It cannot be done with these examples; the message says why, and what can be done.
    """
    if how.left_out is not None or how.per_class is not None or how.imbalance > 1:
        train = _fewer(train, how)
    return _mislabelled(train, how, rng) if how.wrong_labels else train


def class_sizes(most: int, imbalance: float, classes: int) -> NDArray[np.int64]:
    """Return the number of examples of each class, (classes,), falling geometrically from `most` by `imbalance`.

    n_i = n_0 · ρ^(-i/(C-1)), rounded, as in long-tailed CIFAR (Cui et al. 2019, Class-Balanced Loss Based on Effective
    Number of Samples, section 5.1).
    """
    exponents = np.arange(classes) / max(classes - 1, 1)
    return np.rint(most * imbalance**-exponents).astype(np.int64)


def _fewer(train: Examples, how: Spoiling) -> Examples:
    """Keep the first examples of each class, as many as are wanted."""
    names = train.classes
    rows = {label: train.rows_of(label) for label in range(len(names)) if label != how.left_out}
    rows = {label: found for label, found in rows.items() if len(found)}
    if not rows:
        raise DataError(_("No training examples are left: leave out another class."))
    if how.per_class is not None or how.imbalance > 1:
        fewest = min(map(len, rows.values()))
        most = fewest if how.per_class is None else how.per_class
        first, last = min(rows), max(rows)
        for label, count in zip(rows, class_sizes(most, how.imbalance, len(rows)).tolist(), strict=True):
            if count > len(rows[label]):
                raise DataError(
                    _(
                        "Class {name} has {count} training examples, and {wanted} are wanted: choose at most "
                        "{fewest} a class.",
                        name=names[label],
                        count=whole(len(rows[label])),
                        wanted=whole(count),
                        fewest=whole(fewest),
                    )
                )
            if not count:
                raise DataError(
                    _(
                        "With {most} examples of class {first}, an imbalance of {imbalance} leaves none of class "
                        "{last}: choose at most {most}.",
                        most=whole(most),
                        first=names[first],
                        imbalance=general(how.imbalance),
                        last=names[last],
                    )
                )
            rows[label] = rows[label][:count]
    kept = np.concatenate(list(rows.values()))
    return replace(train, rows=train.rows[np.isin(train.rows, kept)])


def _mislabelled(train: Examples, how: Spoiling, rng: np.random.Generator) -> Examples:
    """Replace labels of the examples."""
    names = train.classes
    if how.left_out is not None and how.left_out in {how.wrong_from, how.wrong_to}:
        raise DataError(_("Class {name} is left out, so none of its labels can be wrong.", name=names[how.left_out]))
    if how.wrong_from is not None and how.wrong_from == how.wrong_to:
        raise DataError(_("A {name} labelled {name} is right: choose another label.", name=names[how.wrong_from]))
    eligible = train.rows if how.wrong_from is None else train.rows_of(how.wrong_from)
    eligible = eligible[train.labels[eligible] != how.wrong_to] if how.wrong_to is not None else eligible
    order, turns = rng.permutation(len(eligible)), rng.random(len(eligible))
    chosen = order[: round(how.wrong_labels * len(eligible))]
    rows = eligible[chosen]
    given = train.labels.copy()
    if how.wrong_to is not None:
        given[rows] = how.wrong_to
    else:
        others = np.array([each for each in range(len(names)) if each != how.left_out], dtype=np.uint8)
        if len(others) == 1:
            raise DataError(_("Only one class is left, so no label can be wrong."))
        drawn = (turns[chosen] * (len(others) - 1)).astype(np.int64)  # which of the others, not counting its own label
        given[rows] = others[drawn + (drawn >= np.searchsorted(others, train.labels[rows]))]
    given.flags.writeable = False
    return replace(train, labels=given, true_labels=train.labels) if len(rows) else train
