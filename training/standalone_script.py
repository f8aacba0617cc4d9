"""Generate a script that retrains a run, composed of the source of nn's own functions."""

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from string import Template
from textwrap import dedent
from typing import Any

from nn.activations import ACTIVATIONS
from nn.augmentation import CHUNK, sample, thicken, warp
from nn.dropout import with_dropout
from nn.initializers import INITIALIZERS
from nn.losses import softmax
from nn.network import backward, forward
from nn.optimizers import OPTIMIZERS, clip
from nn.schedules import SCHEDULES, alpha_in_effect
from training.percentages import chance
from training.settings import Settings


def script(
    name: str, settings: Settings, changes: Mapping[int, Mapping[str, Any]], piece: int, *, goes_back: bool
) -> str:
    """Return the script of a run, to be run next to the files of its archive.

    Args:
        name: The name of the run.
        settings: Its settings.
        changes: The values of the live settings by the step after which they applied: all at 0, then the changed ones.
        piece: Examples that passed through the network at once.
        goes_back: Whether early stopping went back to earlier weights at any time.
    """

    def used(setting: str) -> list[Any]:
        """Return the values that a setting had, but for what turns it off."""
        return [value for each in changes.values() if (value := each.get(setting))]

    activations = [ACTIVATIONS[each] for each in settings.activations]
    initializer = INITIALIZERS[settings.initializer]
    rules = {each: OPTIMIZERS[each] for each in used("optimizer")}
    pieces: list[Callable[..., Any]] = [
        *dict.fromkeys(function for each in activations for function in (each.function, each.derivative)),
        initializer.draw,
        forward,
        softmax,
        backward,
        chance,
    ]
    pieces += dict.fromkeys(rule.step for rule in rules.values())
    schedules = {each: SCHEDULES[each].factor for each in used("schedule")}
    is_scheduled = bool(set(schedules) - {"constant"} or used("warm_up"))
    if is_scheduled:
        pieces += [*schedules.values(), alpha_in_effect]
    if used("distortion"):
        pieces += [warp, sample, thicken]
    if used("dropout"):
        pieces.append(with_dropout)
    if used("clip_norm"):
        pieces.append(clip)
    rate = "alpha" if is_scheduled else 'live["learning_rate"]'
    named = ", ".join(f'"{each}": {factor.__name__}' for each, factor in schedules.items())
    return _SCRIPT.substitute(
        name=name,
        stem=name.lower().replace(" ", "-"),
        pieces="\n\n".join(source(piece) for piece in pieces),
        functions=", ".join(each.function.__name__ for each in activations),
        derivatives=", ".join(each.derivative.__name__ for each in activations),
        draw=initializer.draw.__name__,
        rules=", ".join(
            f'"{each}": ({rule.step.__name__}, {len(rule.state)}, {rule.decoupled_decay})'
            for each, rule in rules.items()
        ),
        decayed=Template(_DECAYED).substitute(rate=rate)
        if any(rule.decoupled_decay for rule in rules.values())
        else "",
        piece=piece,
        generators=_GENERATORS if used("distortion") or used("dropout") else "",
        distorted=_DISTORTED if used("distortion") else "",
        dropped=_DROPPED if used("dropout") else "",
        f="dropping" if used("dropout") else "FUNCTIONS",
        slope="slopes" if used("dropout") else "DERIVATIVES",
        smoothing=_SMOOTHING if used("label_smoothing") else "",
        clipped=_CLIPPED if used("clip_norm") else "",
        schedules=f"SCHEDULES = {{{named}}}\n" if is_scheduled else "",
        alpha=_ALPHA if is_scheduled else "",
        rate=rate,
        range='range(RUN["steps"] + 1)' if goes_back else 'range(RUN["steps"])',
        returned=_RETURNED if goes_back else "",
    )


def source(function: Callable[..., Any]) -> str:
    """Return the source of a function without annotations, and with the first line of its docstring."""
    text = dedent(inspect.getsource(function))
    (definition,) = ast.parse(text).body
    assert isinstance(definition, ast.FunctionDef)
    lines, body = text.splitlines(), definition.body
    for each in ast.walk(definition):
        if isinstance(each, ast.FunctionDef):
            for argument in each.args.args:
                argument.annotation = None
            lines[each.lineno - 1] = f"{' ' * each.col_offset}def {each.name}({ast.unparse(each.args)}):"
    head = [f"def {definition.name}({ast.unparse(definition.args)}):"]
    if (documentation := ast.get_docstring(definition)) is not None:
        head.append(f'    """{documentation.splitlines()[0]}"""')
        body = body[1:]
    # From the line after the docstring, so that comments before the first statement are kept.
    start = (definition.body[0].end_lineno or 0) if documentation is not None else body[0].lineno - 1
    text = "\n".join([*head, *filter(None, lines[start:])])
    return re.sub(r"^(\s+\w+): [\w\[\], ]+ = ", r"\1 = ", text, flags=re.MULTILINE)


_GENERATORS = "    warp_rng, dropout_rng = rng.spawn(2)  # independent, so that neither changes the order\n"
_DISTORTED = f"""\
            for part in np.split(X, range({CHUNK}, len(X), {CHUNK})) if live["distortion"] else ():
                part[:] = warp(part.reshape(-1, 28, 28), warp_rng, **live["distortion"]).reshape(part.shape)
"""
_DROPPED = """\
            dropping, slopes = FUNCTIONS, DERIVATIVES
            if live["dropout"]:
                dropping, slopes = with_dropout(FUNCTIONS, DERIVATIVES, live["dropout"], dropout_rng)
"""
_SMOOTHING = """,
                     live["label_smoothing"]"""
_CLIPPED = """\
        clip(gradient, live["clip_norm"] or math.inf)
"""
_ALPHA = """\
        part, done = done / (live["epochs"] * len(rows)), done + len(batch)
        alpha = alpha_in_effect(live["learning_rate"], SCHEDULES[live["schedule"]], part, live["warm_up"], step + 1)
"""
_DECAYED = """\
            w *= 1 - $rate * decay * (decoupled and w.ndim == 2)
"""
_RETURNED = """\
        if step in RUN["returns"].values():
            best = [w.copy() for w in theta]
        if str(step) in RUN["returns"]:  # to the best weights on dev
            theta, t, state = [w.copy() for w in best], 0, [[0 * array for array in each] for each in state]
        if step == RUN["steps"]:
            break
"""
_SCRIPT = Template('''\
"""$name from Digit Lab: trains the same network to the same weights, but for the last bits on other machines.

`python $stem.py image.png` reads an image, light on dark like MNIST, with the saved weights; this needs Pillow.
"""

import json, math, os, pathlib, sys
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # more threads add in another order
import numpy as np

HERE = pathlib.Path(__file__).parent
RUN = json.loads((HERE / "run.json").read_text(encoding="utf-8"))
SAVED = [array for name, array in np.load(HERE / "weights.npz").items() if name[0] in "Wb"]

$pieces

RULES, FUNCTIONS, DERIVATIVES = {$rules}, [$functions], [$derivatives]
${schedules}if len(sys.argv) > 1:
    from PIL import Image
    image = np.asarray(Image.open(sys.argv[1]).convert("L").resize((28, 28))).reshape(1, 784)
    (shares,) = softmax(forward(SAVED, np.divide(image, 255, dtype=np.float32), FUNCTIONS)[1][-1])
    print(f"{RUN['classes'][shares.argmax()]}, {chance(shares.max())} sure")
else:
    digits = np.load(HERE / "digits.npz")  # images, labels, and the rows of each split
    images, labels = np.divide(digits["images"], 255, dtype=np.float32), digits["labels"]
    rows, dev, live, seen, done = digits["train"], digits["dev"], {}, 0, 0
    first_rng, rng = (np.random.default_rng((RUN["settings"]["seed"], stream)) for stream in (1, 2))
    theta = [array.astype(np.float32) for W in SAVED[::2] for array in $draw(*W.shape, first_rng)]
${generators}    for step in $range:
${returned}        live |= (change := RUN["changes"].get(str(step), {}))
        if "optimizer" in change:
            (rule, count, decoupled), t = RULES[live["optimizer"]], 0
            state = [[np.zeros_like(w) for _ in range(count)] for w in theta]
        order = order if seen else rows if live["batch_size"] >= len(rows) else rng.permutation(rows)
        batch, t = order[seen : seen + live["batch_size"]], t + 1
        gradient, out, decay = [0 * w for w in theta], [0 * w for w in theta], live["l2"] / len(rows)
        for piece in np.split(batch, range($piece, len(batch), $piece)):
            X = images[piece]
${distorted}${dropped}            A, Z = forward(theta, X, $f)
            backward(theta[::2], A, Z, softmax(Z[-1]), labels[piece], $slope, 0 if decoupled else decay, out$smoothing)
            gradient = [g + len(piece) / len(batch) * dw for g, dw in zip(gradient, out)]
${clipped}${alpha}        for w, g, arrays in zip(theta, gradient, state):
${decayed}            rule(w, g, $rate, t, *arrays)
        seen = (seen + len(batch)) % len(rows)
    right = forward(theta, images[dev], FUNCTIONS)[1][-1].argmax(axis=1) == labels[dev]
    print(f"{right.sum():,} of {len(right):,} dev images read correctly")
    apart = max(float(np.abs(a - b).max()) for a, b in zip(theta, SAVED))
    print(f"weights differ by {apart:.1e} at most" if apart else "the same weights to the last bit")
''')
"""The script around these sources."""
