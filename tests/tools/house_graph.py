"""The house as its code says it: which module stands on which floor, what shape it has, and what it imports.

Read from the source alone (no module is loaded), so that the picture of the house is what the code is.
"""

import ast
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = REPOSITORY / "src" / "batchwright"
SHAPES = ("edges", "commands", "reads", "workings", "tables", "statements", "adapters", "rules")
"""Inner shape of a capability, from the outside in."""
BANDS = (("edges",), ("commands", "reads", "workings", "adapters"), ("tables", "statements"), ("rules",))
"""Shapes that stand beside each other; arrows lead to a band below, or along one."""
_EDGES = {"web", "api", "cli", "templatetags", "middleware", "urls", "wsgi"}
_NAMED = {
    "services": "commands", "queries": "reads", "models": "tables", "entries": "statements", "adapters": "adapters",
    "backends": "adapters",
}  # fmt: skip
_HARMLESS = ("django.utils.translation", "django.utils.functional")
"""What a pure module may take from Django: the words of a message in the reader's language."""
_IMPURE = {"django", "allauth", "ninja", "psycopg", "sqlite3", "socket", "asyncio", "subprocess"}


@dataclass(frozen=True)
class Module:
    """One file of the house.

    Args:
        name: Dotted, without ``batchwright.``.
        file: Below ``src/batchwright``.
        imports: Modules of the house that it imports, dotted.
        foreign: Whether it imports Django, a database or the network.
        commands: Whether it makes commands of the terminal.
    """

    name: str
    file: str
    imports: frozenset[str]
    foreign: bool
    commands: bool

    @property
    def floor(self) -> str:
        """The capability it belongs to."""
        return self.name.partition(".")[0]


def floors() -> list[str]:
    """The floors that there are, from the top down, as the import contract lists them."""
    read = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    layers = read["tool"]["importlinter"]["contracts"][0]["layers"]
    names = [layer.strip("()") for layer in layers]
    return [name for name in names if (SOURCE / name).is_dir() or (SOURCE / f"{name}.py").is_file()]


@cache
def modules() -> dict[str, Module]:
    """Every module that people wrote, by name; migrations are written by Django."""
    files = {_name(file): file for file in sorted(SOURCE.rglob("*.py")) if "migrations" not in file.parts}
    files.pop("", None)
    return {name: _module(name, file, set(files)) for name, file in files.items()}


def _name(file: Path) -> str:
    parts = file.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _module(name: str, file: Path, known: set[str]) -> Module:
    tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
    asked = set(_asked(tree))
    ours = {one.removeprefix("batchwright.") for one in asked if one.startswith("batchwright.")}
    found = {target for one in ours if (target := _nearest(one, known)) and target != name}
    foreign = any(one.partition(".")[0] in _IMPURE and not one.startswith(_HARMLESS) for one in asked)
    commands = any(one.partition(".")[0] == "typer" for one in asked)
    return Module(name, file.relative_to(SOURCE).as_posix(), frozenset(found), foreign, commands)


def _asked(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{one.name}" for one in node.names)


def _nearest(dotted: str, known: set[str]) -> str | None:
    """The module that an imported name stands in: itself, or what it is taken from."""
    while dotted and dotted not in known:
        dotted = dotted.rpartition(".")[0]
    return dotted or None


@cache
def pure() -> frozenset[str]:
    """Modules that reach neither Django nor a database nor the network, whatever they import."""
    stained = {name for name, one in modules().items() if one.foreign or _named(one) in {"commands", "tables"}}
    before = -1
    while len(stained) != before:
        before = len(stained)
        stained |= {name for name, one in modules().items() if one.imports & stained}
    return frozenset(modules().keys() - stained)


def _named(module: Module) -> str | None:
    """The shape that the file's name says."""
    parts = module.name.split(".")[1:] or [module.name]
    if module.commands or parts[0] in _EDGES or parts[0].endswith("_api"):
        return "edges"
    return _NAMED.get(parts[0]) or ("reads" if parts[0].endswith("_queries") else None)


def shape(module: Module) -> str:
    """The inner shape of a module: what its name says; else a pure one is a rule; what is left works."""
    return _named(module) or ("rules" if module.name in pure() else "workings")


def is_face(module: Module) -> bool:
    """Whether it is a capability's own front door."""
    return module.file in (f"{module.floor}/__init__.py", f"{module.floor}/apps.py")


def counted() -> Counter[tuple[str, str]]:
    """How many modules of each shape stand on each floor."""
    return Counter((one.floor, shape(one)) for one in modules().values() if not is_face(one))


def between_floors() -> Counter[tuple[str, str]]:
    """How many modules of one floor import from another."""
    found: Counter[tuple[str, str]] = Counter()
    for one in modules().values():
        found.update((one.floor, other) for other in {name.partition(".")[0] for name in one.imports} - {one.floor})
    return found


def between_shapes() -> Counter[tuple[str, str]]:
    """How many imports lead from one shape to another inside the capabilities."""
    found: Counter[tuple[str, str]] = Counter()
    for one in modules().values():
        for name in one.imports:
            other = modules()[name]
            if other.floor == one.floor and not is_face(one) and not is_face(other) and shape(one) != shape(other):
                found[shape(one), shape(other)] += 1
    return found


def purpose(floor: str) -> str:
    """First sentence of what a floor says of itself."""
    file = SOURCE / floor / "__init__.py"
    file = file if file.is_file() else SOURCE / f"{floor}.py"
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8")))
    return " ".join((text or "").split("\n\n")[0].split()).split(". ")[0].removesuffix(".").replace("`", "")


def said(file: str, function: str) -> str:
    """First sentence of a function's docstring, or of its class's where it has none."""
    body: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    body = ast.parse((SOURCE / file).read_text(encoding="utf-8"))
    texts = []
    for name in function.split("."):
        kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        body = next(one for one in body.body if isinstance(one, kinds) and one.name == name)
        texts.append(ast.get_docstring(body))
    text = next((one for one in reversed(texts) if one), "")
    return " ".join(text.split("\n\n")[0].split()).replace(":func:", "").replace("`", "")
