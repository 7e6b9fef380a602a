"""Writes ``docs/reference/requirements.md``: each clause, what it asks for in our words, and the tests that show it."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CLAUSES = REPOSITORY / "docs" / "reference" / "requirements.toml"
PAGE = REPOSITORY / "docs" / "reference" / "requirements.md"

_HEAD = """\
# Requirements and the tests that show them

Written by `make docs` from the tags in the tests and from `requirements.toml`; a test fails when this page is out of
date, and when a clause has neither a test nor a word on what is not built. The clauses are told in our own words: read
the official text before printing a statement of compliance. What stands in bold is not built.
"""


@dataclass(frozen=True)
class Shown:
    """One test that shows a clause."""

    clause: str
    file: str
    name: str


@dataclass(frozen=True)
class Clause:
    """What a clause asks for, in our words, and what of it is not built."""

    asks: str
    missing: str = ""


def clauses() -> dict[str, dict[str, Clause]]:
    """Regulation -> clause -> what it asks for."""
    read: dict[str, dict[str, str | dict[str, str]]] = tomllib.loads(CLAUSES.read_text(encoding="utf-8"))
    return {
        title: {name: Clause(one) if isinstance(one, str) else Clause(**one) for name, one in section.items()}
        for title, section in read.items()
    }


def shown(folder: Path = REPOSITORY / "tests") -> list[Shown]:
    """Every tag of every test, read from the source, so that nothing has to run."""
    found = []
    for file in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
        name = file.relative_to(REPOSITORY).as_posix()
        found += [Shown(clause, name, test) for clause, test in _tags(tree)]
    return found


def clause_of(tag: str, known: list[str]) -> str | None:
    """The clause a tag belongs to: ``11.300(d)`` is listed by itself, ``11.50(a)(1)`` stands under ``11.50(a)``."""
    fitting = [clause for clause in known if tag == clause or tag.startswith((f"{clause}(", f"{clause}."))]
    return max(fitting, key=len, default=None)


def unknown_tags() -> list[Shown]:
    """Tags that belong to no clause of the list."""
    known = [clause for section in clauses().values() for clause in section]
    return [tag for tag in shown() if clause_of(tag.clause, known) is None]


def by_clause() -> dict[str, list[Shown]]:
    """Each clause of the list with the tests that show it."""
    known = [clause for section in clauses().values() for clause in section]
    found: dict[str, list[Shown]] = {clause: [] for clause in known}
    for tag in shown():
        clause = clause_of(tag.clause, known)
        if clause is not None:
            found[clause].append(tag)
    return found


def unanswered() -> list[str]:
    """Clauses that have neither a test nor a word on what is not built."""
    found = by_clause()
    return [
        name for section in clauses().values() for name, one in section.items() if not found[name] and not one.missing
    ]


def text() -> str:
    """The page: a table for each regulation, and under it the tests of each clause, a line for each."""
    lines, found = [_HEAD], by_clause()
    for title, section in clauses().items():
        lines += [f"## {title}", "", "| clause | what it asks for | tests | not built |", "|---|---|---|---|"]
        for name, one in section.items():
            number, missing = len(_unique(found[name])), f"**{one.missing}**" if one.missing else ""
            lines.append(f"| {name} | {one.asks} | {number or '-'} | {missing} |")
        for name in section:
            lines += _tests(name, _unique(found[name]))
        lines.append("")
    return "\n".join(lines)


def _unique(tests: list[Shown]) -> list[tuple[str, str]]:
    return sorted({(test.file, test.name) for test in tests})


def _tests(name: str, tests: list[tuple[str, str]]) -> Iterator[str]:
    if tests:
        yield f"\n<details><summary>{name}: {len(tests)} {'tests' if len(tests) > 1 else 'test'}</summary>\n"
        yield from (f"- [{test.removeprefix('test_').replace('_', ' ')}](../../{file})" for file, test in tests)
        yield "\n</details>"


def _tags(tree: ast.Module) -> Iterator[tuple[str, str]]:
    of_module = list(_clauses(_assigned(tree.body)))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            of_class = [*of_module, *_clauses(node.decorator_list), *_clauses(_assigned(node.body))]
            for member in node.body:
                yield from _of_function(member, of_class)
        else:
            yield from _of_function(node, of_module)


def _of_function(node: ast.stmt, inherited: list[str]) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
        for clause in [*inherited, *_clauses(node.decorator_list)]:
            yield clause, node.name


def _assigned(body: list[ast.stmt]) -> list[ast.expr]:
    """What ``pytestmark`` is set to."""
    for node in body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
            return list(node.value.elts) if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
    return []


def _clauses(marks: list[ast.expr]) -> Iterator[str]:
    for mark in marks:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("mark.requirement"):
            for argument in mark.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value
