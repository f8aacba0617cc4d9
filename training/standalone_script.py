"""The code of a run: one NumPy script that trains its network again, composed of the source of nn's own functions.

The script is made of sections. The notebook of a run (training/notebook.py) has the same ones, each in a cell.
"""

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from string import Template
from textwrap import dedent
from typing import Any

from nn.activations import ACTIVATIONS, Activation
from nn.augmentation import CHUNK, sample, thicken, warp
from nn.dropout import with_dropout
from nn.initializers import INITIALIZERS
from nn.losses import softmax
from nn.network import backward, forward
from nn.optimizers import OPTIMIZERS, Rule, clip
from nn.schedules import SCHEDULES, alpha_in_effect
from training.settings import Settings


@dataclass(frozen=True)
class RunCode:
    """What the code of a run depends on.

    Attributes:
        name: The name of the run.
        settings: Its settings.
        changes: The values of the live settings by the step after which they applied: all at 0, then the changed ones.
        sizes: Units of each layer of its network, inputs first, classes last.
        piece: Examples that passed through the network at once.
        goes_back: Whether early stopping went back to earlier weights at any time.
        continues: Whether it began with weights that were given, in first_weights.npz, and not drawn from the seed.
    """

    name: str
    settings: Settings
    changes: Mapping[int, Mapping[str, Any]]
    sizes: tuple[int, ...]
    piece: int
    goes_back: bool = False
    continues: bool = False

    @property
    def stem(self) -> str:
        """The names of its files, without what follows."""
        return self.name.lower().replace(" ", "-")

    @property
    def activations(self) -> list[Activation]:
        """The activation of each hidden layer."""
        return [ACTIVATIONS[each] for each in self.settings.activations]

    @property
    def rules(self) -> dict[str, Rule]:
        """The optimizers that it used."""
        return {each: OPTIMIZERS[each] for each in self.used("optimizer")}

    @property
    def is_scheduled(self) -> bool:
        """Whether α was ever another than that of the settings."""
        return bool(set(self.used("schedule")) - {"constant"} or self.used("warm_up"))

    def used(self, setting: str) -> list[Any]:
        """Return the values that a live setting had, but for what turns it off."""
        return [value for each in self.changes.values() if (value := each.get(setting))]

    def sections(self, here: str) -> dict[str, str]:
        """Return the code by what it is about, in an order in which it can be run.

        Args:
            here: The folder of the other files, as an expression.
        """
        rules, activations = self.rules, self.activations
        initializer = INITIALIZERS[self.settings.initializer]
        schedules = {each: SCHEDULES[each].factor for each in self.used("schedule")} if self.is_scheduled else {}
        named = ", ".join(f'"{each}": {factor.__name__}' for each, factor in schedules.items())
        distorts, clips = bool(self.used("distortion")), bool(self.used("clip_norm"))
        drops = bool(self.used("dropout") and activations)
        functions = dict.fromkeys(function for each in activations for function in (each.function, each.derivative))
        sections = {
            "data": Template(_DATA).substitute(here=here),
            "initial weights": _GIVEN
            if self.continues
            else _code(initializer.draw, Template(_INITIAL).substitute(draw=initializer.draw.__name__)),
            "activations": _code(
                *functions,
                Template(_FUNCTIONS).substitute(
                    functions=", ".join(each.function.__name__ for each in activations),
                    derivatives=", ".join(each.derivative.__name__ for each in activations),
                ),
            ),
            "forward": _code(forward, softmax),
            "backward": _code(backward),
            "dropout": _code(with_dropout) if drops else "",
            "distortion": _code(warp, sample, thicken) if distorts else "",
            "rules": _code(
                *dict.fromkeys(rule.step for rule in rules.values()),
                *((clip,) if clips else ()),
                f"RULES = {{{', '.join(map(_rule, rules))}}}",
            ),
            "order": _code(
                *schedules.values(),
                *((alpha_in_effect,) if schedules else ()),
                Template(_ORDER).substitute(
                    schedules=f"SCHEDULES = {{{named}}}\n\n" if schedules else "",
                    generator=Template(_GENERATOR).substitute(name="warp_rng", stream=0) if distorts else "",
                    piece=self.piece,
                    distorted=_DISTORTED if distorts else "",
                    alpha=_ALPHA if schedules else _CONSTANT_ALPHA,
                ),
            ),
            "training": Template(_TRAINING).substitute(
                generator=Template(_GENERATOR).substitute(name="dropout_rng", stream=1) if drops else "",
                dropped=_DROPPED if drops else "",
                f="functions" if drops else "FUNCTIONS",
                slope="slopes" if drops else "DERIVATIVES",
                smoothing=_SMOOTHING if self.used("label_smoothing") else "",
                clipped=_CLIPPED if clips else "",
                decayed=_DECAYED if any(rule.decoupled_decay for rule in rules.values()) else "",
                returned=_RETURNED if self.goes_back else "",
            ),
            "result": _RESULT,
        }
        return {about: code for about, code in sections.items() if code}


def script(run: RunCode) -> str:
    """Return the script of a run, to be run next to the files of its archive."""
    code = "\n\n".join(run.sections("pathlib.Path(__file__).parent").values())
    return Template(_SCRIPT).substitute(name=run.name, stem=run.stem, code=code)


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


def _rule(name: str) -> str:
    """Return an entry of the script's table of optimizers: function, arrays of state, and whether λ is decoupled."""
    rule = OPTIMIZERS[name]
    return f'"{name}": ({rule.step.__name__}, {len(rule.state)}, {rule.decoupled_decay})'


def _code(*pieces: Callable[..., Any] | str) -> str:
    """Return the source of functions, and other code, one after the other."""
    return "\n\n".join(piece if isinstance(piece, str) else source(piece) for piece in pieces)


_DATA = """\
import json, math, os, pathlib, sys
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # more threads add in another order
import numpy as np

HERE = $here
RUN = json.loads((HERE / "run.json").read_text(encoding="utf-8"))
SAVED = [array for name, array in np.load(HERE / "weights.npz").items() if name[0] in "Wb"]
digits = np.load(HERE / "digits.npz")
images, labels = np.divide(digits["images"], 255, dtype=np.float32), digits["labels"]
rows, dev = digits["train"], digits["dev"]"""
_INITIAL = '''\
def initial():
    """Draw the initial weights and biases, W1, b1, W2, b2, …, from the seed."""
    rng = np.random.default_rng((RUN["settings"]["seed"], 1))
    return [array.astype(np.float32) for W in SAVED[::2] for array in $draw(*W.shape, rng)]'''
_GIVEN = '''\
def initial():
    """Return the weights and biases that training began with, W1, b1, W2, b2, …."""
    return [array for name, array in np.load(HERE / "first_weights.npz").items() if name[0] in "Wb"]'''
_FUNCTIONS = "FUNCTIONS, DERIVATIVES = [$functions], [$derivatives]"
_ORDER = '''\
${schedules}def steps(run):
    """Yield for each step the settings, the new ones, α, and its batch in pieces of images, labels and share."""
    live, seen, done, rng = {}, 0, 0, np.random.default_rng((RUN["settings"]["seed"], 2))
${generator}    for step in range(run["steps"]):
        live |= (change := run["changes"].get(str(step), {}))
        order = order if seen else rows if live["batch_size"] >= len(rows) else rng.permutation(rows)
        batch = order[seen : seen + live["batch_size"]]
        parts = np.split(batch, range($piece, len(batch), $piece))
        pieces = [(images[part], labels[part], len(part) / len(batch)) for part in parts]
${distorted}${alpha}        seen, done = (seen + len(batch)) % len(rows), done + len(batch)'''
_DISTORTED = f"""\
        for part in [part for X, _, _ in pieces for part in np.split(X, range({CHUNK}, len(X), {CHUNK}))]:
            if live["distortion"]:
                part[:] = warp(part.reshape(-1, 28, 28), warp_rng, **live["distortion"]).reshape(part.shape)
"""
_CONSTANT_ALPHA = """\
        yield live, change, live["learning_rate"], pieces
"""
_ALPHA = """\
        f, share = SCHEDULES[live["schedule"]], done / (live["epochs"] * len(rows))
        yield live, change, alpha_in_effect(live["learning_rate"], f, share, live["warm_up"], step + 1), pieces
"""
_GENERATOR = """\
    $name = np.random.default_rng(np.random.SeedSequence((RUN["settings"]["seed"], 2)).spawn(2)[$stream])
"""
_DROPPED = """\
            functions, slopes = FUNCTIONS, DERIVATIVES
            if p := live["dropout"]:
                functions, slopes = zip(*(with_dropout(*layer, p, dropout_rng) for layer in zip(functions, slopes)))
"""
_SMOOTHING = ', live["label_smoothing"]'
_CLIPPED = """\
        if live["clip_norm"]:
            clip(gradient, live["clip_norm"])
"""
_DECAYED = """\
            w *= 1 - alpha * decay * (decoupled and w.ndim == 2)
"""
_RETURNED = """\
        if step in run["returns"].values():
            best = [w.copy() for w in theta]
        if str(step) in run["returns"]:  # to the best weights on dev
            theta, t, state = [w.copy() for w in best], 0, [[0 * array for array in each] for each in state]
"""
_TRAINING = '''\
def train(run):
    """Train a network, and yield its weights: the initial ones, then those after each step."""
    yield (theta := initial())
${generator}    for step, (live, change, alpha, pieces) in enumerate(steps(run), start=1):
        if "optimizer" in change:
            (rule, count, decoupled), t = RULES[live["optimizer"]], 0
            state = [[np.zeros_like(w) for _ in range(count)] for w in theta]
        gradient, out, decay, t = [0 * w for w in theta], [0 * w for w in theta], live["l2"] / len(rows), t + 1
        for X, y, share in pieces:
${dropped}            A, Z = forward(theta, X, $f)
            backward(theta[::2], A, Z, softmax(Z[-1]), y, $slope, 0 if decoupled else decay, out$smoothing)
            gradient = [g + share * dw for g, dw in zip(gradient, out)]
${clipped}        for w, g, arrays in zip(theta, gradient, state):
${decayed}            rule(w, g, alpha, t, *arrays)
${returned}        yield theta'''
_RESULT = '''\
def report(theta):
    """Say what a network reads of dev, and how far its weights are from those that the app came to."""
    right = forward(theta, images[dev], FUNCTIONS)[1][-1].argmax(axis=1) == labels[dev]
    print(f"{right.sum():,} of {len(right):,} dev images read correctly")
    apart = max(float(np.abs(a - b).max()) for a, b in zip(theta, SAVED))
    print(f"weights differ by {apart:.1e} at most" if apart else "the same weights to the last bit")'''
_SCRIPT = '''\
"""$name from Digit Lab: trains the same network to the same weights, but for the last bits on other machines.

`python $stem.py image.png` reads an image, light on dark like MNIST, with the saved weights; this needs Pillow."""
$code

if __name__ == "__main__" and len(sys.argv) > 1:
    from PIL import Image
    image = np.asarray(Image.open(sys.argv[1]).convert("L").resize((28, 28))).reshape(1, 784)
    (shares,) = softmax(forward(SAVED, np.divide(image, 255, dtype=np.float32), FUNCTIONS)[1][-1])
    sure = f"{'>' if shares.max() > 0.999 else ''}{min(shares.max(), 0.999):.1%}"
    print(f"{RUN['classes'][shares.argmax()]}, {sure} sure")
elif __name__ == "__main__":
    *_, theta = train(RUN)
    report(theta)
'''
