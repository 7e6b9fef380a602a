"""Writes ``docs/index.md`` from the pages there are and their titles."""

from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
PAGE = DOCS / "index.md"
KINDS = {
    "tutorial": "Tutorial",
    "how-to": "How-to",
    "reference": "Reference",
    "explanation": "Explanation",
    "adr": "Decisions",
}

_HEAD = """\
# Batchwright: documentation

Four kinds of pages: a tutorial to learn by doing, how-to guides for a task, reference for facts, explanation for the
why; and the decisions that shaped the project. Every `python` and `console` block of every page runs in the tests.
This page is written by `make docs`.

## Where to begin

- *You are new*: {tutorials}.
- *You work in a plant*: {roles}.
- *You run the system*: [Run a plant](how-to/run-a-plant.md), then [in production](how-to/production.md).
- *You want to know whether to trust it*: [The record](explanation/record.md), [Signatures](explanation/signatures.md),
  [Requirements and the tests that show them](reference/requirements.md).
- *You want to change it*: [The house](explanation/house.md), then [CONTRIBUTING](../CONTRIBUTING.md).
"""
_FIRST = ("tour", "first-plant", "first-batch")
"""Tutorials in the order in which they are taken."""


def text() -> str:
    """The page."""
    parts = [_HEAD.format(tutorials=", ".join(_tutorials()), roles=", ".join(_roles()))]
    for folder, title in KINDS.items():
        parts.append(f"## {title}\n\n" + "\n".join(_lines(DOCS / folder)) + "\n")
    return "\n".join(parts)


def _tutorials() -> Iterator[str]:
    pages = [DOCS / "tutorial" / f"{name}.md" for name in _FIRST]
    yield from (_link(page) for page in pages if page.is_file())


def _roles() -> Iterator[str]:
    for page in sorted((DOCS / "how-to" / "roles").glob("*.md")):
        yield _link(page).replace("[As an ", "[").replace("[As a ", "[").replace("[As ", "[")


def _lines(folder: Path) -> Iterator[str]:
    for page in sorted(folder.glob("*.md")):
        yield f"- {_link(page)}"
    for shelf in sorted(path for path in folder.iterdir() if path.is_dir()):
        links = ", ".join(_link(page) for page in sorted(shelf.glob("*.md")))
        if links and shelf.name != "roles":  # they stand where one begins
            yield f"- {shelf.name.capitalize()}: {links}"


def _link(page: Path) -> str:
    title = page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").strip()
    return f"[{title}]({page.relative_to(DOCS).as_posix()})"
