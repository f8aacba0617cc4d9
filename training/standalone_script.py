"""The code of a run: one NumPy script that trains its network again, composed from the source of nn's own functions.

The script consists of sections, the blocks of standalone_script.py.j2. The notebook of a run (training/notebook.py) has
the same sections, each in a cell.
"""

import ast
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from nn.activations import ACTIVATIONS, Activation
from nn.augmentation import CHUNK, sample, thicken, warp
from nn.dropout import with_dropout
from nn.initializers import INITIALIZERS
from nn.losses import softmax
from nn.network import backward, forward
from nn.optimizers import OPTIMIZERS, Rule, clip
from nn.schedules import SCHEDULES, alpha_in_effect
from training.settings import Settings

TEMPLATES = Environment(  # noqa: S701 - they produce Python, which needs no escaping
    loader=FileSystemLoader(Path(__file__).parent),
    trim_blocks=True,
    keep_trailing_newline=True,
    undefined=StrictUndefined,
)
_TEMPLATE = "standalone_script.py.j2"
_FUNCTIONS = forward, softmax, backward, with_dropout, warp, sample, thicken, clip, alpha_in_effect
"""The functions of nn that any run may use; tables tell which others it used."""
_WIDTH = 120
"""The longest line of a script."""


@dataclass(frozen=True)
class RunCode:
    """What the code of a run depends on.

    Attributes:
        name: The name of the run.
        settings: Its settings.
        changes: The values of the live settings by the step from which they applied: all at 0, then the changed ones.
        sizes: Units of each layer of its network, inputs first, classes last.
        piece: The number of examples that passed through the network at once.
        goes_back: Whether early stopping went back to earlier weights at any time.
        continues: Whether it began with given weights, in first_weights.npz, rather than ones drawn from the seed.
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
        """The beginning of the names of its files."""
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
    def rule(self) -> Rule | None:
        """Its optimizer, or None if that ever changed."""
        once = sum("optimizer" in each for each in self.changes.values()) == 1
        return next(iter(self.rules.values())) if once else None

    @property
    def schedules(self) -> dict[str, Callable[[float], float]]:
        """The schedules that it used; none if α was always that of the settings."""
        used = self.used("schedule")
        is_scheduled = set(used) - {"constant"} or self.used("warm_up")
        return {each: SCHEDULES[each].factor for each in used} if is_scheduled else {}

    @property
    def decouples(self) -> bool:
        """Whether the decay was ever decoupled from the gradient."""
        return any(each.decoupled_decay for each in self.rules.values())

    @property
    def distorts(self) -> bool:
        """Whether it ever distorted images."""
        return bool(self.used("distortion"))

    @property
    def drops(self) -> bool:
        """Whether it ever left out units."""
        return bool(self.used("dropout") and self.activations)

    def used(self, setting: str) -> list[Any]:
        """Return the values that a live setting had, except the one that turns it off."""
        return [value for each in self.changes.values() if (value := each.get(setting))]


def script(run: RunCode) -> str:
    """Return the script of a run, to be run next to the files of its archive."""
    text = TEMPLATES.get_template(_TEMPLATE).render(_context(run, "pathlib.Path(__file__).parent"))
    return re.sub(r"\n{3,}", "\n\n", text)


def sections(run: RunCode, here: str) -> dict[str, str]:
    """Return the code by the name of its section, in an order in which it can be run; the other files are in `here`."""
    template = TEMPLATES.get_template(_TEMPLATE)
    context = template.new_context(_context(run, here))
    texts = {name: "".join(block(context)).strip() for name, block in template.blocks.items()}
    return {name: text for name, text in texts.items() if text}


def _context(run: RunCode, here: str) -> dict[str, Any]:
    draw = INITIALIZERS[run.settings.initializer].draw
    (schedule, *others) = [each.__name__ for each in run.schedules.values()] or [""]
    return {each.__name__: source(each) for each in _FUNCTIONS} | {
        "run": run,
        "here": here,
        "source": source,
        "chunk": CHUNK,
        "draw": draw,
        "functions": dict.fromkeys(f for each in run.activations for f in (each.function, each.derivative)),
        "steps": dict.fromkeys(each.step for each in run.rules.values()),
        "schedule": 'SCHEDULES[live["schedule"]]' if others else schedule,
    }


@cache
def source(function: Callable[..., Any]) -> str:
    """Return the source of a function without annotations, on few lines that are easy to read.

    The first line of its docstring follows the signature as a comment if there is room, and so does its body if that is
    one statement. The single statement of an `if` or a loop also shares its line.
    """
    (definition,) = ast.parse(text := dedent(inspect.getsource(function))).body
    assert isinstance(definition, ast.FunctionDef)
    lines, body = text.splitlines(), definition.body
    summary = (ast.get_docstring(definition) or "").partition("\n")[0]
    # From the line after the docstring, so that comments before the first statement are kept.
    start = (body[0].end_lineno or 0) if summary else body[0].lineno - 1
    for each in ast.walk(definition):
        if isinstance(each, ast.FunctionDef):
            for argument in each.args.args:
                argument.annotation = None
            lines[each.lineno - 1] = f"{' ' * each.col_offset}def {each.name}({ast.unparse(each.args)}):"
        elif isinstance(each, ast.If | ast.For) and (last := each.body[0].lineno) == each.end_lineno:
            lines[each.lineno - 1] += f" {lines[last - 1].strip()}"
            lines[last - 1] = ""
    code = "\n".join(filter(None, lines[start:]))
    code = re.sub(r"^(\s+\w+): [\w\[\], ]+ = ", r"\1 = ", code, flags=re.MULTILINE)
    signature = f"def {definition.name}({ast.unparse(definition.args)}):"
    remark = f"  # {summary.removeprefix('Return ').removesuffix('.')}" if summary else ""
    on_one_line, on_two = f"{signature} {code.strip()}{remark}", f"{signature}{remark}"
    if "\n" not in code and len(on_one_line) <= _WIDTH:
        return on_one_line
    return f"{on_two}\n{code}" if len(on_two) <= _WIDTH else f'{signature}\n    """{summary}"""\n{code}'
