"""Every read begins at what the actor may see: finds code on the way to people that asks the database past
`visible_to`.

Looked at: the modules through which something reaches people, of every capability: `queries`, `needs`, `api`, `cli` and
`finding`, also where there are several (`instrument_queries`), `web/*` and `templatetags/*`. There no model's manager
may be asked (`Model.objects`, `Model._default_manager`, `Model._base_manager`, `get_object_or_404(Model, ...)`);
`Model.visible_to(actor)` gives the rows, and `objects.none()` gives none. A line that must bypass says
why: `# tenancy: reason`.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MANAGERS = frozenset({"objects", "_default_manager", "_base_manager"})
SHORTCUTS = frozenset({"get_object_or_404", "get_list_or_404", "aget_object_or_404", "aget_list_or_404"})
READERS = ("*queries.py", "*needs.py", "*api.py", "*cli.py", "*finding.py")
FOLDERS = ("web", "templatetags")
CAPABILITIES = ("people", "plant", "materials", "recipes", "execution")
"""The capabilities this holds for; add every new one. The record has its own one door, `entries_visible_to`."""


@dataclass(frozen=True)
class Bypass:
    """One place that asks past `visible_to`."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} bypasses visible_to(actor)"


def bypasses(source: str, file: str) -> Iterator[Bypass]:
    """Find the bypasses of one module.

    Args:
        source: Its text.
        file: Its name.

    Yields:
        Each place.
    """
    lines = source.splitlines()
    tree = ast.parse(source, file)
    allowed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "none"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS and id(node) not in allowed:
            what = ast.unparse(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SHORTCUTS:
            what = ast.unparse(node.func)
        else:
            continue
        if "# tenancy: " not in lines[node.lineno - 1]:
            yield Bypass(file, node.lineno, what)


def modules(source_folder: Path) -> Iterator[Path]:
    """Give the modules that are looked at.

    Args:
        source_folder: The package `batchwright`.

    Yields:
        Files.
    """
    for capability in CAPABILITIES:
        folder = source_folder / capability
        for pattern in READERS:
            yield from sorted(folder.glob(pattern))
        for name in FOLDERS:
            yield from sorted((folder / name).rglob("*.py"))


def check(source_folder: Path) -> list[Bypass]:
    """Look at every module.

    Args:
        source_folder: The package `batchwright`.

    Returns:
        All bypasses.
    """
    return [found for file in modules(source_folder) for found in bypasses(file.read_text("utf-8"), str(file))]


if __name__ == "__main__":
    found = check(Path(__file__).resolve().parents[2] / "src" / "batchwright")
    print(*found, sep="\n")
    sys.exit(bool(found))
