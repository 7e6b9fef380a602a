"""Code blocks of the documentation: found, run, and compared with what the page says they print.

A ```python block is executed after those above it on the same page. A ```console block holds lines ``$ command`` and,
below each, what it prints; ``...`` stands for anything, and a last line ``(exit code 2)`` for a refusal. Blocks of any
other kind (```sh, ```text, ```toml) are for readers alone.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

REPOSITORY = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\s*$")
_EXIT = re.compile(r"^\(exit code (\d+)\)$")
COMMAND_SECONDS = 120
_SCREEN = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}


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


Run = Callable[[str, Path, Mapping[str, str]], tuple[int, str]]
"""Runs a command in a folder and an environment; its exit code and what it printed."""


def started(command: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command as a reader does."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env={**environment, **_SCREEN, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout


def forked(command: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
    """Run a command of ours in a copy of this process, which has loaded the plant already: where only the database is
    another one than a reader's, and the start of a process was tried with the first. Any other command is started.
    """  # fmt: skip
    words = shlex.split(command)
    ours = words[0] == "batchwright" and not words[1].startswith("-")
    if not ours or re.search(r"[|&;<>$*`]", command):
        return started(command, folder, environment)
    from django.db import connection

    connection.close()  # a connection does not survive a fork
    with tempfile.TemporaryFile() as output:
        process = os.fork()
        if not process:
            _become(words[1:], folder, {**environment, **_SCREEN}, output.fileno())
        _, status = os.waitpid(process, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read().decode()


def started_first() -> Run:
    """Run commands as a reader does, each capability's first one; those that follow it in copies of this process.

    How a command is started depends on no more than its first word, and each start loads everything anew.
    """
    begun: set[str] = set()

    def run(command: str, folder: Path, environment: Mapping[str, str]) -> tuple[int, str]:
        capability = " ".join(shlex.split(command)[:2])
        how = forked if capability in begun else started
        begun.add(capability)
        return how(command, folder, environment)

    return run


def _become(words: list[str], folder: Path, environment: Mapping[str, str], output: int) -> NoReturn:
    """Be the command, and never return into the test."""
    code = 70
    try:
        signal.alarm(COMMAND_SECONDS)
        for number in (1, 2):
            os.dup2(output, number)
        sys.stdout = sys.stderr = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - it ends with us
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        look_at(int(environment["COLUMNS"]))
        from batchwright import cli

        cli.main(words)
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    finally:
        sys.stdout.flush()
        os._exit(code)


def look_at(width: int) -> None:
    """Give the consoles that were made before the fork this screen: each keeps the one that it was made in front of."""
    from rich.console import Console

    for name, module in list(sys.modules.items()):
        if name.startswith("batchwright."):
            for console in vars(module).values():
                if isinstance(console, Console):
                    console.width = width


def run_console(block: Block, folder: Path, environment: Mapping[str, str], run: Run = started) -> None:
    """Run a console block in a folder; raises AssertionError where a command does not do what the page says."""
    for command in commands(block):
        code, printed = run(command.text, folder, environment)
        where = f"{block.page.relative_to(REPOSITORY)}:{block.line}: $ {command.text}\n"
        if code != command.exit_code:
            raise AssertionError(f"{where}exit code {code}, not {command.exit_code}:\n{printed}")
        if command.expected and not matches(printed, command.expected):
            raise AssertionError(f"{where}printed:\n{printed}\nbut the page says:\n{command.expected}")


def matches(printed: str, expected: str) -> bool:
    """Whether an output is as expected, where blanks count once and ``...`` stands for anything."""
    pattern = ".*".join(re.escape(" ".join(part.split())) for part in expected.split("..."))
    pattern = pattern.replace(r"\ .*", ".*").replace(r".*\ ", ".*")
    return re.fullmatch(pattern, " ".join(printed.split()), flags=re.DOTALL) is not None
