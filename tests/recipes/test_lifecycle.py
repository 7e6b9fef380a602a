"""What follows what in the life of a version, when it is in force, and what keeps it from a signature."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batchwright.recipes import lifecycle
from batchwright.recipes.examination import examine
from batchwright.recipes.findings import Finding
from batchwright.recipes.lifecycle import Standing, State
from batchwright.recipes.placed import read_finding

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Version:
    effective_from: datetime | None
    superseded_at: datetime | None


@pytest.mark.parametrize(
    ("begin", "end", "standing"),
    [
        (None, None, Standing.PENDING), (NOON + HOUR, NOON + HOUR, Standing.PENDING),
        (NOON + HOUR, None, Standing.COMING), (NOON, None, Standing.IN_FORCE),
        (NOON - HOUR, NOON + HOUR, Standing.IN_FORCE),
        (NOON - HOUR, NOON, Standing.PAST),
    ],
)  # fmt: skip
def test_a_version_is_in_force_from_its_moment_up_to_that_of_the_next(
    begin: datetime | None, end: datetime | None, standing: Standing
) -> None:
    assert lifecycle.standing(Version(begin, end), NOON) is standing


def test_nothing_follows_what_is_superseded_or_withdrawn_and_nothing_skips_a_step() -> None:
    allowed = {(a, b) for a in State for b in State if lifecycle.may_follow(a, b)}
    assert len(allowed) == 9
    assert not any(before in (State.SUPERSEDED, State.WITHDRAWN) for before, _ in allowed)
    assert ("draft", "approved") not in allowed
    assert ("approved", "draft") not in allowed


def test_an_error_stands_only_where_it_may_and_somebody_said_why() -> None:
    error = Finding("no-unit", "error", (), "mixing", "No unit fits")
    other, warning = Finding("mass", "error", (), "", "x"), Finding("no-unit", "warning", (), "", "y")
    every = (error, other, warning)
    assert lifecycle.blocking(every) == (error, other)
    assert lifecycle.blocking(every, [lifecycle.key_of(error), lifecycle.key_of(other)]) == (other,)


def test_what_is_found_has_its_line_and_is_read_back_as_it_was() -> None:
    source = Path(__file__).with_name("saline.yaml").read_text("utf-8")
    assert examine(source).found == ()
    broken = examine(source.replace("cqas: [homogeneity]", "cqas: []").replace("-> stir ->", "->"))
    assert [one.severity for one in broken.found] == ["warning", "error"]
    assert len(broken.errors) == len(broken.warnings) == 1
    lines = source.splitlines()
    assert "classification: CPP" in "\n".join(lines[broken.warnings[0].line - 1 : broken.warnings[0].line + 6])
    again = read_finding(broken.errors[0].as_json())
    assert (again.key, again.line) == (broken.errors[0].key, broken.errors[0].line)


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("id: [", 1, "not YAML"), ("", 1, "empty"), ("id: X\nbatch: 1\n", 2, "no key"),
        ("id: X\nformula:\n  parameters: [{id: a, kind: other}]\n", 3, "allowed"), ("a: !x 1", 1, "tags"),
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_read_says_where_and_why(source: str, line: int, said: str) -> None:
    examined = examine(source)
    assert examined.recipe is None
    assert said in examined.found[0].finding.sentence
    assert examined.found[0].line >= line
