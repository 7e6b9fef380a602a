"""Everything that is checked before a change lands: ``python -m tests.tools.everything [--lint]``.

Runs on after a failure, so that one run tells all; the last line is ``N passed, N failed``.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
WORKERS = "2"
PURE = ("tests/kernel", "tests/twins")
"""Tests of packages that cannot reach a database; a second run on the other engine would show nothing."""
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


def lint_steps() -> list[Step]:
    """The checks that run nothing of the project."""
    python = sys.executable
    return [
        Step("ruff", [str(BIN / "ruff"), "check", "--quiet", "."]),
        Step("types", [python, "-m", "mypy", "--no-error-summary"]),
        Step("arrows between packages", [str(BIN / "lint-imports"), "--no-cache"]),
        Step("docstrings", [str(BIN / "pydoclint"), "--quiet", "src"]),
        Step("tree", [python, "-m", "tests.tools.tree_lint"]),
    ]


def suite_steps(scratch: Path) -> list[Step]:
    """The whole suite on each engine, and what it covered."""
    coverage = [sys.executable, "-m", "coverage"]
    steps = []
    for engine in ("sqlite", "postgresql"):
        environment = {"BATCHWRIGHT_TEST_DATABASE": engine, "COVERAGE_FILE": str(scratch / f".coverage.{engine}")}
        command = [sys.executable, "-m", "pytest", "-q", "-n", WORKERS, "--dist", "loadgroup", "--cov", "--cov-report="]
        if engine == "postgresql":
            command += [f"--ignore={pure}" for pure in PURE]
        steps.append(Step(f"suite on {engine}", command, environment, is_suite=True))
    combined = {"COVERAGE_FILE": str(scratch / ".coverage")}
    report = str(scratch / "coverage.json")
    return [
        *steps,
        Step("coverage is put together", [*coverage, "combine", "-q", str(scratch)], combined),
        Step("coverage is read", [*coverage, "json", "-q", "-o", report], combined),
        Step("coverage", [sys.executable, "-m", "tests.tools.coverage_gates", report], combined),
    ]


def run(step: Step, tally: Tally, scratch: Path) -> None:
    """Run one step and count what came out."""
    print(f"--- {step.name}", flush=True)
    began = time.monotonic()
    # A plant folder of its own: the type checker loads the settings, and no check touches a plant.
    environment = {**os.environ, "BATCHWRIGHT_PLANT_FOLDER": str(scratch / "plant"), **step.environment}
    process = subprocess.Popen(
        step.command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    last = ""
    for line in process.stdout or ():
        print(line, end="", flush=True)
        last = line if line.strip() else last
    code = process.wait()
    counts = {word: int(number) for number, word in _COUNTS.findall(last)} if step.is_suite else {}
    tally.passed += counts.get("passed", 0) if step.is_suite else int(code == 0)
    failed = counts.get("failed", 0) + counts.get("error", 0) + counts.get("errors", 0)
    tally.failed += max(failed, int(code != 0))
    if code:
        tally.failures.append(step.name)
    print(f"--- {step.name}: {'fine' if code == 0 else 'FAILED'} in {time.monotonic() - began:.0f} s\n", flush=True)


def main() -> int:
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="batchwright-test-") as folder:
        scratch = Path(folder)
        steps = lint_steps() if "--lint" in sys.argv[1:] else [*lint_steps(), *suite_steps(scratch)]
        for step in steps:
            run(step, tally, scratch)
    if tally.failures:
        print(f"Failed: {', '.join(tally.failures)}")
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
