"""The same network in PyTorch: a script that trains it beside the NumPy one, to the same weights up to rounding.

It takes the data, the initial weights, the batches and α from the NumPy script, and the rest from PyTorch (1.13 or
later).
"""

from itertools import pairwise

from training.standalone_script import TEMPLATES, RunCode


def missing(run: RunCode) -> list[str]:
    """Return the labels of what a run uses that has no counterpart in PyTorch."""
    inside = {each.label: each.torch for each in run.activations} | {
        each.label: each.torch for each in run.rules.values()
    }
    return [label for label, expression in inside.items() if not expression]


def remarks(run: RunCode) -> str:
    """Return a sentence on what else the script takes from the NumPy one, as PyTorch's differs; empty if nothing."""
    taken = [("the units that dropout leaves out", run.drops), ("the distortion", run.distorts)]
    ours = " and ".join(what for what, is_taken in taken if is_taken)
    return ours and f"NumPy also draws {ours}: PyTorch's random numbers are others."


def pytorch_script(run: RunCode) -> str:
    """Return the script, to be run next to the files of a run's archive; nothing may be `missing`."""
    first, *layers = [f"nn.Linear({before}, {after})" for before, after in pairwise(run.sizes)]
    modules = [first]
    for activation, layer in zip(run.activations, layers, strict=True):
        modules += [activation.torch, *(["Dropout()"] if run.drops else []), layer]
    decoupled = [name for name, rule in run.rules.items() if rule.decoupled_decay]
    template = TEMPLATES.get_template("pytorch_script.py.j2")
    return template.render(run=run, modules=modules, decoupled=decoupled, remarks=remarks(run))
