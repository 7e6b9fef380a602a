"""Code blocks of the documentation: found, run, and compared with what the page says they print.

A ```python block is executed after those above it on the same page. A ```console block holds lines ``$ command`` and,
below each, what it prints; ``...`` stands for anything, and a last line ``(exit code 2)`` for a refusal. Blocks of any
other kind (```sh, ```text, ```toml) are for readers alone.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\s*$")
_EXIT = re.compile(r"^\(exit code (\d+)\)$")
COMMAND_SECONDS = 120


@dataclass(frozen=True)
class Block:
    """One block.

    Args:
        page: The page it stands on.
        line: Line of its first line of code, counted from 1.
        kind: ``python`` or ``console``.
        text: The code.
    """

    page: Path
    line: int
    kind: str
    text: str


@dataclass(frozen=True)
class Command:
    """One command of a console block with what the page says about it."""

    text: str
    expected: str
    exit_code: int


def pages() -> list[Path]:
    """Every page whose blocks run."""
    top = [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md")]
    return [*top, *sorted((REPOSITORY / "docs").rglob("*.md"))]


def blocks(page: Path) -> list[Block]:
    """The blocks of one page that run, in their order."""
    found: list[Block] = []
    start: tuple[int, str, int] | None = None
    lines = page.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        match = _FENCE.match(line)
        if match is None:
            continue
        if start is None:
            start = (number, match["kind"], len(match["indent"]))
        elif not match["kind"]:
            opened, kind, indent = start
            text = "\n".join(line[indent:] for line in lines[opened : number - 1]) + "\n"
            if kind in {"python", "console"}:
                found.append(Block(page, opened + 1, kind, text))
            start = None
    if start is not None:
        raise ValueError(f"{page}:{start[0]}: a block is not closed")
    return found


def run_python(block: Block, namespace: dict[str, object]) -> None:
    """Execute a block; an error shows the page and its line."""
    exec(compile("\n" * (block.line - 1) + block.text, str(block.page), "exec"), namespace)


def commands(block: Block) -> Iterator[Command]:
    """The commands of a console block."""
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    if parts[0].strip():
        raise ValueError(f"{block.page}:{block.line}: a console block begins with `$ command`")
    for part in parts[1:]:
        lines = part.replace("\\\n", "").splitlines()
        printed = lines[1:]
        exit_code = 0
        while printed and not printed[-1].strip():
            printed.pop()
        if printed and (match := _EXIT.match(printed[-1])):
            exit_code = int(match[1])
            printed.pop()
        yield Command(lines[0], "\n".join(printed), exit_code)


def run_console(block: Block, folder: Path, environment: Mapping[str, str]) -> None:
    """Run a console block in a folder; raises AssertionError where a command does not do what the page says."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    for command in commands(block):
        done = subprocess.run(
            ["sh", "-c", command.text],
            cwd=folder,
            env={**environment, "PATH": path, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        where = f"{block.page.relative_to(REPOSITORY)}:{block.line}: $ {command.text}\n"
        if done.returncode != command.exit_code:
            raise AssertionError(f"{where}exit code {done.returncode}, not {command.exit_code}:\n{done.stdout}")
        if command.expected and not matches(done.stdout, command.expected):
            raise AssertionError(f"{where}printed:\n{done.stdout}\nbut the page says:\n{command.expected}")


def matches(printed: str, expected: str) -> bool:
    """Whether an output is as expected, where blanks count once and ``...`` stands for anything."""
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in expected.split("..."))
    pattern = pattern.replace(r"\ .*", ".*").replace(r".*\ ", ".*")
    return re.fullmatch(pattern, " ".join(printed.split()), flags=re.DOTALL) is not None
