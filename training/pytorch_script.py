"""The same network in PyTorch: a script that trains it beside the NumPy one, to the same weights but for rounding.

It takes the data, the first weights, the batches and α from the NumPy script, and all else from PyTorch (from 1.13 on).
"""

from itertools import pairwise
from string import Template

from training.standalone_script import RunCode


def missing(run: RunCode) -> list[str]:
    """Return what of a run PyTorch has no counterpart of, as the app calls it."""
    inside = {each.label: each.torch for each in run.activations} | {
        each.label: each.torch for each in run.rules.values()
    }
    return [label for label, expression in inside.items() if not expression]


def remarks(run: RunCode) -> str:
    """Return what else the script takes from the NumPy one because PyTorch has none that is equal; empty if nothing."""
    drops, distorts = bool(run.used("dropout") and run.activations), bool(run.used("distortion"))
    if not (drops or distorts):
        return ""
    ours = " and ".join(
        [*(["the units that dropout leaves out"] if drops else []), *(["the distortion"] if distorts else [])]
    )
    return f"NumPy also draws {ours}: PyTorch's random numbers are others."


def pytorch_script(run: RunCode) -> str:
    """Return the script, to be run next to the files of a run's archive; nothing may be `missing`."""
    drops, smooths = bool(run.used("dropout") and run.activations), bool(run.used("label_smoothing"))
    decoupled = {name for name, rule in run.rules.items() if rule.decoupled_decay}
    penalized = bool(run.used("l2")) and bool(set(run.rules) - decoupled)
    layers = [f"nn.Linear({before}, {after})" for before, after in pairwise(run.sizes)]
    modules = layers[:1]
    for activation, layer in zip(run.activations, layers[1:], strict=True):
        modules += [activation.torch, *(["Dropout()"] if drops else []), layer]
    is_decoupled = 'ours.RULES[live["optimizer"]][-1]'
    return Template(_SCRIPT).substitute(
        name=run.name,
        stem=run.stem,
        remarks=f"\n{remarks(run)}" if remarks(run) else "",
        modules=", ".join(modules),
        dropout=Template(_DROPOUT).substitute(stem=run.stem) if drops else "",
        rules="".join(f'    "{name}": lambda groups: {rule.torch},\n' for name, rule in run.rules.items()),
        imports=", ".join([*(["copy"] if run.goes_back else []), "importlib"]),
        smoothing=', label_smoothing=live["label_smoothing"]' if smooths else "",
        penalty=Template(_PENALTY).substitute(coupled=f" * (not {is_decoupled})" if decoupled else "")
        if penalized
        else "",
        decay=Template(_DECAY).substitute(decoupled=f" * {is_decoupled}" if penalized else "")
        if decoupled and run.used("l2")
        else "",
        clipped=_CLIPPED if run.used("clip_norm") else "",
        returned=_RETURNED if run.goes_back else "",
        enumerated="step, (live, change, alpha, pieces) in enumerate(ours.steps(ours.RUN), start=1)"
        if run.goes_back
        else "live, change, alpha, pieces in ours.steps(ours.RUN)",
    )


_SCRIPT = '''\
"""$name in PyTorch: from the same first weights, batch by batch, to the same weights, but for rounding.

What is not the network comes from $stem.py, beside it: the images, their order, the first weights, and α.$remarks
"""

import $imports
import torch
from torch import nn, optim
ours = importlib.import_module("$stem")

${dropout}network = nn.Sequential($modules)
parameters = list(network.parameters())  # W1ᵀ, b1, W2ᵀ, b2, …
for parameter, array in zip(parameters, ours.initial()):
    parameter.data = torch.from_numpy(array.T.copy())

OPTIMIZERS = {
$rules}
for $enumerated:
    if "optimizer" in change:
        optimizer = OPTIMIZERS[live["optimizer"]]([{"params": parameters[::2]}, {"params": parameters[1::2]}])
    for group in optimizer.param_groups:
        group["lr"] = alpha
${decay}    optimizer.zero_grad()
    for X, y, share in pieces:
        loss = nn.functional.cross_entropy(network(torch.from_numpy(X)), torch.from_numpy(y).long()$smoothing)
${penalty}        (share * loss).backward()
${clipped}    optimizer.step()
${returned}ours.report([parameter.detach().numpy().T for parameter in parameters])
'''
_DROPOUT = '''\
class Dropout(nn.Module):
    """Leave out the units that $stem.py leaves out; nn.Dropout would leave out others."""
    rng = ours.np.random.default_rng(ours.np.random.SeedSequence((ours.RUN["settings"]["seed"], 2)).spawn(2)[1])
    def forward(self, A):
        if not live["dropout"]:
            return A
        kept = self.rng.random(A.shape, ours.np.float32) >= live["dropout"]
        return A * torch.from_numpy(kept) / (1 - live["dropout"])

'''
_DECAY = """\
    optimizer.param_groups[0]["weight_decay"] = live["l2"] / len(ours.rows)$decoupled
"""
_PENALTY = """\
        decay = live["l2"] / len(ours.rows)$coupled
        loss = loss + decay / 2 * sum((W**2).sum() for W in parameters[::2])
"""
_CLIPPED = """\
    nn.utils.clip_grad_norm_(parameters, live["clip_norm"] or float("inf"))
"""
_RETURNED = """\
    if step in ours.RUN["returns"].values():
        best = copy.deepcopy(network.state_dict())
    if str(step) in ours.RUN["returns"]:  # to the best weights on dev
        network.load_state_dict(best)
        optimizer.state.clear()
"""
