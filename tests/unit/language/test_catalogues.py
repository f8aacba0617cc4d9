"""No text that a visitor reads is missing from the catalogues."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import onnx
import pytest
from babel.messages.extract import extract_from_file

from language import __main__ as command
from language.__main__ import KEYWORDS, OPTIONS, extracted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]

WORDS = re.compile(r"[^\W\d_]{2,}.* [^\W\d_]{2,}|^\W*[A-Z][a-z]+\W*$", re.DOTALL)
"""Two words, or one with a capital: text to be read rather than looked up."""

NAME = "Digit Lab"
"""In every language."""

NOT_READ = {"key", "id", "type", "key_prefix", "mime", "file_name", "classes"}
"""Arguments whose values nobody reads, or that are names in the data."""

STYLE = re.compile(r"{[^{}]+:[^{}]+;[^{}]*}")
"""Declarations of a style sheet."""

PRAGMA = re.compile(r"\w+ = [A-Z]+")
"""A setting of SQLite."""

CODE = re.compile(r"<(style|script)\b.*?</\1>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
ATTRIBUTE = re.compile(r"""\b(?:alt|title|aria-label|placeholder)=(["'])(.*?)\1""", re.DOTALL)
JINJA = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)


def onnx_operators() -> set[str]:
    """The names of ONNX's operators, which its readers and writers look up."""
    return {each.name for each in onnx.defs.get_all_schemas()}


class Unmarked(ast.NodeVisitor):
    """Collects the text that is in no call to gettext's functions."""

    def __init__(self, operators: Collection[str]) -> None:
        self.found: list[tuple[int, str]] = []
        self.operators = operators

    def visit_Call(self, node: ast.Call) -> None:
        owner, _, name = ast.unparse(node.func).rpartition(".")
        if name in KEYWORDS or owner in {"logger", "logging.getLogger(__name__)"}:
            return
        if name == "_budget":  # of what it is stands in docs/operating.md alone
            self.visit(node.args[-1])
            return
        if name in {"execution_options", "exec_driver_sql", "make_node"}:  # SQL, and the operators of ONNX
            return
        if name in {"Templates", "ContextVar", "TypeVar", "cast", "compile", "sub", "component", "print"}:
            return
        if ast.unparse(node.func) == "figure.text":  # in a picture to download
            return
        self.visit(node.func)
        for each in [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg not in NOT_READ)]:
            self.visit(each)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Types are not on screen, nor is what a command prints."""
        if node.name != "main":
            for each in [*node.args.defaults, *filter(None, node.args.kw_defaults), *node.decorator_list, *node.body]:
                self.visit(each)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        """What a module exports is not on screen."""
        if ast.unparse(node.targets[0]) != "__all__":
            self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        """What is between brackets is a type, or looked up."""
        self.visit(node.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        """The value of an entry with such a name is not on screen."""
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                self.visit(key)
            if not (isinstance(key, ast.Constant) and key.value in NOT_READ):
                self.visit(value)

    def visit_Compare(self, node: ast.Compare) -> None:
        """What is compared is not on screen."""

    def visit_MatchValue(self, node: ast.MatchValue) -> None:
        """What is compared is not on screen."""

    def visit_Set(self, node: ast.Set) -> None:
        """The members of a set are only compared with."""

    def visit_Raise(self, node: ast.Raise) -> None:
        """Errors for programmers are not on screen."""
        if not re.match(
            r"(AssertionError|ValueError|TypeError|RuntimeError|KeyError)\(", ast.unparse(node.exc) if node.exc else ""
        ):
            self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        """A docstring is not on screen."""
        if not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._judge(
            node.lineno, "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
        )
        for each in node.values:
            if isinstance(each, ast.FormattedValue):
                self.visit(each.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._judge(node.lineno, node.value)

    def _judge(self, line: int, text: str) -> None:
        read = " ".join(TAG.sub(" ", text).replace(NAME, " ").split())
        if WORDS.search(read) and not (STYLE.search(text) or PRAGMA.fullmatch(text) or text in self.operators):
            self.found.append((line, text))


TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|(?<=[(,=:?!&|\[{};])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[\n])+/"""
    r"""|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[`{}]""",
    re.DOTALL,
)
"""Where quotation marks may occur: comments, regular expressions, strings; and where a template or braces begin."""

PIECE = re.compile(r"((?:\\.|\$(?!\{)|[^\\`$])*)(`|\$\{)", re.DOTALL)
"""A piece of a template literal, up to its end or to an expression in it."""

LOOKED_UP = re.compile(
    r"""(?:[!=]==\s|\b(?:querySelector(?:All)?|closest|matches|matchMedia)\(|\belement\((?:\w+, )?"\w+", )$"""
)
"""What precedes a literal that is compared, a selector, or the class of an element."""

STYLE = re.compile(r"\{[^}]*:[^}]*\}|\[[\w-]+(=\w+)?\]|^\.[\w-]|\bvar\(--|\b\d+px\b|\w=\S*;")
"""CSS, selectors, and cookies."""


def literals(script: str) -> Iterator[tuple[int, str]]:
    """The strings and templates of a script, and where each begins; 0 stands for an expression in a template."""
    at, is_text = 0, False
    templates: list[tuple[int, str]] = []
    braces: list[int] = []  # open in each expression of a template
    while match := (PIECE.match if is_text else TOKEN.search)(script, at):
        at = match.end()
        if is_text:
            start, text = templates.pop()
            is_text = False
            if match[2] == "`":
                yield start, text + match[1]
            else:
                templates.append((start, f"{text}{match[1]}0"))
                braces.append(0)
        elif match[0] == "`":
            templates.append((match.start(), ""))
            is_text = True
        elif match[0][0] in "\"'":
            yield match.start(), match[0][1:-1]
        elif match[0] in {"{", "}"} and braces:
            braces[-1] += 1 if match[0] == "{" else -1
            if braces[-1] < 0:
                braces.pop()
                is_text = True


def of_script(file: Path) -> Iterator[tuple[int, str]]:
    """The line and text of each literal in a script that is read on screen or marked, but not extracted."""
    script = file.read_text(encoding="utf-8")
    messages = [
        message for _, message, *_ in extract_from_file("javascript", file, KEYWORDS, (), OPTIONS["javascript"])
    ]
    known = {text for message in messages for text in ([message] if isinstance(message, str) else message)}
    for start, text in literals(script):
        before = script[:start].rstrip(" \n")
        is_marked = re.search(r"\b(_|N_|ngettext)\($", before) is not None
        read = [] if LOOKED_UP.search(script[:start]) or STYLE.search(text) else [TAG.sub(" ", text)]
        read += [match[2] for match in ATTRIBUTE.finditer(text)]
        if text not in known and (is_marked or any(WORDS.search(" ".join(each.split())) for each in read)):
            yield script.count("\n", 0, start) + 1, text


def unmarked(file: Path) -> Iterator[str]:
    """Text in a file that, as far as can be told, is read on screen but in no catalogue."""
    text = file.read_text(encoding="utf-8")
    where = file.relative_to(ROOT)
    if file.suffix == ".py":
        visitor = Unmarked(onnx_operators() if file.name.startswith("onnx_") else ())
        visitor.visit(ast.parse(text))
        yield from (f"{where}:{line}: {found!r}" for line, found in visitor.found)
    elif file.suffix == ".js":
        yield from (f"{where}:{line}: {found!r}" for line, found in of_script(file))
    elif file.suffix == ".j2":
        bare = JINJA.sub(" ", CODE.sub(" ", text))
        read = [TAG.sub("\n", bare), *(match[2] for match in ATTRIBUTE.finditer(bare))]
        yield from (
            f"{where}: {line.strip()!r}"
            for each in read
            for line in each.splitlines()
            if re.search(r"[^\W\d_]{2}", line)
        )


SAID_BY_TRAINING = (
    *(
        "diagnosis",
        "initial_trainer",
        "pace",
        "percentages",
        "prediction",
        "presets",
        "run",
        "run_record",
        "run_snapshot",
    ),
    *("run_state", "scheduler", "search/trial", "setting_description", "settings", "side_by_side"),
    "stop_messages",
)
"""The files of training that do not deal with the content of files or the output of commands."""


@pytest.mark.parametrize(
    "place",
    [
        "classroom",
        "data",
        "ink",
        "models",
        *(f"training/{name}.py" for name in SAID_BY_TRAINING),
        "ui/break_it",
        "ui/collect",
        "ui/compare",
        "ui/dataset",
        "ui/draw",
        "ui/look",
        "ui/routes.py",
        "ui/serving/admission.py",
        "ui/serving/budgets.py",
        "ui/serving/full_server.html.j2",
        "ui/shell.py",
        "ui/state",
        "ui/train",
        "ui/widgets",
        "ui/workarounds/first_paint.html.j2",
    ],
)
def test_every_text_is_in_a_catalogue(place: str) -> None:
    folder = ROOT / place
    files = sorted(path for path in folder.rglob("*") if path.suffix in {".py", ".j2"}) if folder.is_dir() else [folder]
    assert [found for file in files for found in unmarked(file)] == []


def test_every_text_of_a_script_is_in_a_catalogue() -> None:
    """Where Babel does not see marked text, such as in a template within a template, it must be moved."""
    scripts = sorted((ROOT / "ui").rglob("*.js"))
    assert scripts
    assert [found for script in scripts for found in unmarked(script)] == []


def test_what_the_code_marks_is_extracted() -> None:
    texts = {message.id for message in extracted() if message.id}
    contexts = {(message.context, message.id) for message in extracted()}
    assert {("button", "Step"), ("speed", "Full"), (None, "Step"), (None, "Full")} <= contexts
    assert "Not right?" in texts, "Python"
    assert "What the network saw" in texts, "a template"
    assert ("{count} stroke", "{count} strokes") in texts, "a plural"
    assert "A messy 7" in texts, "a table"
    assert "Draw here" in texts, "a script"
    assert "Whole run" in texts, "a template of a script"
    assert ("{count} unit", "{count} units") in texts, "a plural of a script"
    assert {"Nesterov momentum", "Makes the strokes wider or narrower.", "x[row, column − d]"} <= texts, "tables of nn"


def test_the_command_brings_a_catalogue_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    catalogue = tmp_path / "de.po"
    catalogue.write_text(
        'msgid ""\nmsgstr ""\n\nmsgid "Not right?"\nmsgstr "Falsch?"\n\nmsgid "Said no more"\nmsgstr "Vorbei"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(command, "CATALOGUES", tmp_path)
    assert command.main([]) == 1
    assert re.match(r"de: [\d,]+ texts, [\d,]+ to translate", capsys.readouterr().out)
    written = catalogue.read_text(encoding="utf-8")
    assert 'msgid "Not right?"\nmsgstr "Falsch?"' in written
    assert 'msgid "What the network saw"\nmsgstr ""' in written
    assert "Said no more" not in written
    assert command.main([]) == 1
    assert catalogue.read_text(encoding="utf-8") == written


def test_the_command_begins_a_catalogue_and_leaves_an_existing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "CATALOGUES", tmp_path)
    assert command.main(["pl"]) == 1
    begun = (tmp_path / "pl.po").read_text(encoding="utf-8")
    assert 'msgid "Not right?"\nmsgstr ""' in begun
    assert "nplurals=3" in begun or "nplurals=4" in begun
    (tmp_path / "pl.po").write_text(begun.replace('msgid "Not right?"\nmsgstr ""', 'msgid "Not right?"\nmsgstr "Źle?"'))
    assert command.main(["pl"]) == 1
    assert 'msgstr "Źle?"' in (tmp_path / "pl.po").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        command.main(["../../de"])
    assert "there is no language" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["pl.po"]
