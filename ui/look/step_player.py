"""The stages of one step, played one after another: in the network picture, in the equations and in the matrices."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from language.numbers import general
from language.translation import _
from nn.walkthrough import Step
from ui.look.equations import Equation, anchors, equations
from ui.widgets.number_format import (
    distinguishable,
    distinguishable_probabilities,
    number,
    probability,
    signed,
    superscript,
)
from ui.workarounds.component_file import component_from_file

KEY = "step_player"

_component = component_from_file(Path(__file__).with_suffix(".js"))


@dataclass(frozen=True)
class Stage:
    """One stage of a step.

    Attributes:
        title: Its name.
        text: What happens in it, with the numbers of this step.
        scene: The scene of network_scenes.js that the network picture shows.
        computed: The ids of the matrices computed in this stage, in order.
        used: The ids of the matrices that they are computed from.
    """

    title: str
    text: str
    scene: str
    computed: tuple[str, ...]
    used: tuple[str, ...]


def stages(step: Step, outputs: Sequence[str]) -> list[Stage]:
    """Return the stages of a step: five without hidden layers, else seven."""
    groups = equations(step)
    forward, backward = groups["Forward"], groups["Backward"]
    found = []
    has_hidden = len(step.layers) > 1
    if has_hidden:
        found.append(_stage(_("Forward, hidden"), _strongest_unit(step), "forward", forward[:-2]))
    found += [
        _stage(_("Forward, output"), _most_probable(step, outputs), "output", forward[-2:]),
        _stage(_("Loss"), _loss(step, outputs), "loss", groups["Loss"]),
        _stage(_("Backward, output"), _errors(step, outputs), "errors" if has_hidden else "backward", backward[:3]),
    ]
    if has_hidden:
        found.append(_stage(_("Backward, hidden"), _unit_to_blame(step), "backward", backward[3:]))
    return [
        *found,
        _stage(_("Update"), _largest_change(step), "update", groups["Update"]),
        _stage(_("Loss after the step"), _effect(step, outputs), "after", groups["Loss after the step"]),
    ]


def _stage(title: str, text: str, scene: str, group: Sequence[Equation]) -> Stage:
    pairs = [anchors(each) for each in group]
    computed = [each for each, _names in pairs]
    used = {name: None for _each, names in pairs for name in names if name not in computed}
    return Stage(title, text, scene, tuple(computed), tuple(used))


def _strongest_unit(step: Step) -> str:
    activations = step.layers[-2].A[:, 0]
    unit = int(np.abs(activations).argmax())
    before = (
        _("Each hidden unit weighs the pixels.")
        if len(step.layers) == 2
        else _("Layer by layer, each unit weighs the values before it.")
    )
    strongest = _(
        "The strongest is unit {unit}: a = {activation}.", unit=unit + 1, activation=number(activations[unit])
    )
    return f"{before} {strongest}"


def _most_probable(step: Step, outputs: Sequence[str]) -> str:
    p = step.layers[-1].A[:, 0]
    first, second = np.argsort(-p, kind="stable")[:2]
    return _(
        "Softmax makes probabilities of the logits: {p_first} for {first}, {p_second} for {second}.",
        p_first=probability(p[first]),
        first=outputs[first],
        p_second=probability(p[second]),
        second=outputs[second],
    )


def _loss(step: Step, outputs: Sequence[str]) -> str:
    p = probability(step.layers[-1].A[step.label, 0])
    total = number(step.loss.total)
    truth = _("The true label is {name}, with probability {p}.", name=outputs[step.label], p=p)
    if not step.l2:
        return f"{truth} J = −log({p}) = {total}."
    penalty = number(step.loss.penalty)
    loss = _("J = −log({p}) plus {penalty} for large weights = {total}.", p=p, penalty=penalty, total=total)
    return f"{truth} {loss}"


def _errors(step: Step, outputs: Sequence[str]) -> str:
    error = step.slopes[-1].dZ[:, 0]
    others = np.where(np.arange(len(error)) == step.label, -np.inf, error)
    rival = int(others.argmax())
    return _(
        "Each output's error is its probability minus its target: {error} for {name}, {error_of_rival} for {rival}.",
        error=signed(error[step.label]),
        name=outputs[step.label],
        error_of_rival=signed(error[rival]),
        rival=outputs[rival],
    )


def _unit_to_blame(step: Step) -> str:
    slopes = step.slopes[-2].dZ[:, 0]
    unit = int(np.abs(slopes).argmax())
    return _(
        "The errors flow back through the same weights and reach each hidden unit."
        " The largest is that of unit {unit}: dz = {error}.",
        unit=unit + 1,
        error=signed(slopes[unit]),
    )


def _largest_change(step: Step) -> str:
    changes = [float(np.abs(new.W - old.W).max()) for old, new in zip(step.layers, step.after, strict=True)]
    layer = int(np.argmax(changes))
    symbol = f"W{superscript(layer + 1)}"
    return _(
        "Each weight moves against its gradient, by α = {alpha} times as much."
        " The largest change, in {matrix}, is {change}.",
        alpha=general(step.alpha),
        matrix=symbol,
        change=number(changes[layer]),
    )


def _effect(step: Step, outputs: Sequence[str]) -> str:
    losses = distinguishable(step.loss.total, step.loss_after.total)
    before, after = distinguishable_probabilities(
        *(float(layers[-1].A[step.label, 0]) for layers in (step.layers, step.after))
    )
    return _(
        "Once more: J goes from {loss_before} to {loss_after}, {name} from {before} to {after}.",
        loss_before=losses[0],
        loss_after=losses[1],
        name=outputs[step.label],
        before=before,
        after=after,
    )


def step_player(shown: Sequence[Stage]) -> None:
    """Show the player. It controls the network picture, highlights elements by id, and needs no server requests."""
    _component()(key=KEY, data={"stages": [asdict(each) for each in shown]})
