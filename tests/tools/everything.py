"""Everything that is checked before a change lands: ``python -m tests.tools.everything [--lint | --coverage]``.

Runs on after a failure, so that one run tells all; the last line is ``N passed, N failed``. Two streams go beside each
other, because tests often wait: for a disk, for a browser, for a process to start. Both take what is to be run next
from one list, the longest first, so that neither ends long before the other.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
STREAMS = 2
WORKERS = "2"
"""Of each stream: twice as many as the cores that are there at least, so that none is idle while a test waits."""
_IN_MEMORY = Path("/dev/shm")
_ROOM = 2 * 1024**3
"""Bytes that databases and browsers may want at once."""
_PYTEST = [sys.executable, "-m", "pytest", "-q", "-n", WORKERS, "--dist", "loadgroup"]
_WHOLE = ("src/batchwright/kernel", "src/batchwright/record", "src/batchwright/people")
_ABOUT_THE_WHOLE = ("tests/kernel", "tests/record", "tests/people", "tests/site")
"""The tests that are about what has to be covered whole."""
_WALKING = (
    "tests/browser", "tests/crash", "tests/edge", "tests/house/test_docs.py", "tests/house/test_demo.py",
    "tests/house/test_demo_plant.py", "tests/house/test_upgrade.py", "tests/people/test_every_url.py",
    "tests/site/test_page_queries.py", "tests/site/test_sorting.py",
)  # fmt: skip
"""Tests that walk through everything and cover nothing that others do not: measuring costs them half as much again."""
_BESIDE = tuple(f"tests/site/test_{name}.py" for name in ("backup", "forecasts", "killed_processes", "now"))
"""Tests that cover more, but nothing of the whole that others do not."""
_OF_THE_ENGINE = tuple(
    f"tests/record/test_{name}.py"
    for name in (
        "bypasses", "commit", "commit_order", "corners", "crossing", "gate", "guards", "idempotency", "images",
        "record_command", "replay", "rules",
    )
)  # fmt: skip
"""Tests of the record in which the engines differ; of the others what is covered on PostgreSQL is so on SQLite.

That of its command starts processes, which load PostgreSQL's part of the record while they are measured.
"""
_NO_DATABASE = ("tests/kernel", "tests/twins")
_PROGRESS = re.compile(r"^[.FEsx]+ +\[ *\d+%\]$")
_COUNTS = re.compile(r"(\d+) (passed|failed|error|errors|skipped)\b")


@dataclass(frozen=True)
class Step:
    """One thing to run.

    Args:
        name: What it checks.
        command: The program and its arguments.
        environment: Variables beside those of this process.
        is_suite: Whether it is pytest, whose own counts are added up; any other step counts as one.
    """

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    is_suite: bool = False


@dataclass
class Tally:
    """What came out so far."""

    passed: int = 0
    failed: int = 0
    failures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def lint_steps() -> list[Step]:
    """The checks that run nothing of the project."""
    python = sys.executable
    return [
        Step("ruff", [str(BIN / "ruff"), "check", "--quiet", "."]),
        _types(),
        Step("arrows between packages", [str(BIN / "lint-imports"), "--no-cache"]),
        Step("docstrings", [str(BIN / "pydoclint"), "--quiet", "src"]),
        Step("tree", [python, "-m", "tests.tools.tree_lint"]),
    ]


def _types() -> Step:
    return Step("types", [sys.executable, "-m", "mypy", "--no-error-summary"])


def suite_steps(scratch: Path, *, measure_all: bool) -> list[Step]:
    """The whole suite on SQLite, the longer half first; those of PostgreSQL are `second_steps`.

    What has to be covered whole - kernel, record, signatures - is measured each time, by the tests that are about it;
    the rest where it is asked for, because measuring costs half as much again.
    """
    measured = _measured(measure_all=measure_all)
    every = _files("tests")
    about_it = every if measure_all else _files(*_ABOUT_THE_WHOLE)
    about_it = [file for file in about_it if file not in _files(*_WALKING, *(() if measure_all else _BESIDE))]
    # Named one by one: pytest does not collect a file that is named where its folder is ignored.
    others = [file for file in every if file not in about_it]
    first = {"BATCHWRIGHT_TEST_DATABASE": "sqlite", "BATCHWRIGHT_TEST_STAGES": str(scratch / "stages")}
    steps = [
        _suite("others on sqlite", [*_PYTEST, *others], scratch, first),
        _suite("measured on sqlite", [*_PYTEST, *measured, *about_it], scratch, first),
    ]
    return steps[::-1] if measure_all else steps


def second_steps(scratch: Path, *, measure_all: bool) -> list[Step]:
    """What asks for a database, on PostgreSQL, the longer half first.

    Measured is what differs between the engines. What a page looks like does not depend on the engine: the walks of a
    browser are left to SQLite, and so is what others show on both.
    """
    second = {"BATCHWRIGHT_TEST_DATABASE": "postgresql"}
    asking = ["-m", "database and not browser and not either_engine", *_without(*_OF_THE_ENGINE, *_NO_DATABASE)]
    differing = [*_measured(measure_all=measure_all), "-m", "database", *_OF_THE_ENGINE]
    return [
        _suite("others on postgresql", [*_PYTEST, *asking], scratch, second),
        _suite("measured on postgresql", [*_PYTEST, *differing], scratch, second),
    ]


def coverage_steps(scratch: Path, *, measure_all: bool) -> list[Step]:
    """What was covered by all of them."""
    coverage = [sys.executable, "-m", "coverage"]
    combined = {"COVERAGE_FILE": str(scratch / ".coverage")}
    report = str(scratch / "coverage.json")
    gates = [sys.executable, "-m", "tests.tools.coverage_gates", report]
    return [
        Step("coverage is put together", [*coverage, "combine", "-q", str(scratch)], combined),
        Step("coverage is read", [*coverage, "json", "-q", "-o", report], combined),
        Step("coverage", gates if measure_all else [*gates, "--whole"], combined),
    ]


def _measured(*, measure_all: bool) -> list[str]:
    return [*(["--cov"] if measure_all else [f"--cov={one}" for one in _WHOLE]), "--cov-report="]


def _without(*paths: str) -> list[str]:
    return [f"--ignore={path}" for path in paths]


def _files(*paths: str) -> list[str]:
    """Every file of tests that paths name, or folders hold."""
    found: set[Path] = set()
    for path in paths:
        found |= {REPOSITORY / path} if path.endswith(".py") else set((REPOSITORY / path).rglob("test_*.py"))
    return sorted(str(one.relative_to(REPOSITORY)) for one in found)


def _suite(name: str, command: list[str], scratch: Path, environment: dict[str, str]) -> Step:
    measured = {"COVERAGE_FILE": str(scratch / f".coverage.{name.replace(' ', '-')}")}
    return Step(name, command, {**environment, **measured}, is_suite=True)


def run(step: Step, tally: Tally, scratch: Path) -> None:
    """Run one step and count what came out."""
    began = time.monotonic()
    environment = {
        **os.environ,
        # A plant folder of its own: the type checker loads the settings, and no check touches a plant.
        "BATCHWRIGHT_PLANT_FOLDER": str(scratch / "plant"),
        "TMPDIR": str(scratch),
        **step.environment,
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # each process would compile all of it anew
    process = subprocess.Popen(
        step.command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    printed = ""
    for line in process.stdout or ():
        if step.is_suite and _PROGRESS.match(line.strip()):
            print(f"{step.name} {line}", end="", flush=True)
        else:
            printed += line  # whole, at the end: another stream prints as well
    code = process.wait()
    last = next((line for line in reversed(printed.splitlines()) if line.strip()), "")
    counts = {word: int(number) for number, word in _COUNTS.findall(last)} if step.is_suite else {}
    failed = counts.get("failed", 0) + counts.get("error", 0) + counts.get("errors", 0)
    with tally.lock:
        tally.passed += counts.get("passed", 0) if step.is_suite else int(code == 0)
        tally.failed += max(failed, int(code != 0))
        if code:
            tally.failures.append(step.name)
        seconds = time.monotonic() - began
        print(f"{printed}--- {step.name}: {'fine' if code == 0 else 'FAILED'} in {seconds:.0f} s\n", flush=True)


def longest_first(scratch: Path, *, measure_all: bool) -> list[Step]:
    """Everything but what was covered.

    The types are second, so that the second suite finds compiled what the first one has.
    """
    first, fourth = suite_steps(scratch, measure_all=measure_all)
    third, fifth = second_steps(scratch, measure_all=measure_all)
    types = _types()
    return [first, types, third, fourth, fifth, *(step for step in lint_steps() if step != types)]


def run_all(steps: list[Step], tally: Tally, scratch: Path) -> None:
    """Run steps, as many at once as there are streams; each stream takes the next one."""
    waiting = deque(steps)

    def stream() -> None:
        while waiting:
            try:
                step = waiting.popleft()
            except IndexError:  # the other stream was quicker
                return
            run(step, tally, scratch)

    streams = [threading.Thread(target=stream) for _ in range(STREAMS)]
    for one in streams:
        one.start()
    for one in streams:
        one.join()


def run_in_turn(steps: list[Step], tally: Tally, scratch: Path) -> None:
    """Run steps of which each needs what the one before it has made."""
    for step in steps:
        run(step, tally, scratch)


def _scratch_parent() -> Path | None:
    """Memory where there is enough of it: nobody needs to find these databases again."""
    roomy = _IN_MEMORY.is_dir() and os.access(_IN_MEMORY, os.W_OK) and shutil.disk_usage(_IN_MEMORY).free >= _ROOM
    return _IN_MEMORY if roomy else None


def main() -> int:
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="batchwright-test-", dir=_scratch_parent()) as folder:
        scratch = Path(folder)
        scratch.chmod(0o711)  # PostgreSQL runs as another user where we are root
        measure_all, only_lint = "--coverage" in sys.argv[1:], "--lint" in sys.argv[1:]
        run_all(lint_steps() if only_lint else longest_first(scratch, measure_all=measure_all), tally, scratch)
        if not only_lint:
            run_in_turn(coverage_steps(scratch, measure_all=measure_all), tally, scratch)
    if tally.failures:
        print(f"Failed: {', '.join(tally.failures)}")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
