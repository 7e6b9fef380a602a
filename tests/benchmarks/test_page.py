"""The one page of measured speeds says what the kept results say."""

import json
from pathlib import Path

import pytest

from benchmarks import record
from benchmarks.reporting import keeping, page
from benchmarks.reporting.keeping import Results


def test_the_page_of_measured_speeds_is_made_from_the_kept_results() -> None:
    kept = page.kept()
    assert set(kept) <= set(page.NAMES)
    assert page.PAGE.read_text(encoding="utf-8") == page.text(kept)


def test_a_claim_that_was_missed_is_written_as_it_is() -> None:
    slow = {"page": "home", "role": "qa", "address": "/", "p50_ms": 90.0, "p95_ms": 151.0, "cpu_ms": 30.0,
            "peer_p50_ms": 4.0}  # fmt: skip
    result = {"lots": 1, "load": [0.1, 0.2], "first_after_start_ms": 99.0, "pages": [slow],
              "plain_view": {"p50_ms": 4.0, "p95_ms": 6.0}}  # fmt: skip
    machine = {"cores": 2, "processor": "x", "load": 0.1}
    pages_found = {"machine": machine, "plan": {"requests": 3}, "engines": {"sqlite": result}}
    text = page.text({"record": page.kept()["record"], "pages": pages_found})
    [line] = [one for one in text.splitlines() if "the slowest page" in one]
    assert "| 25.17 |" in line
    assert "| **no** | 0.1 | not noted | `batchwright bench pages` |" in line


def test_the_kept_results_are_of_a_full_run_on_both_engines() -> None:
    kept = json.loads(record.RESULTS.read_text(encoding="utf-8"))
    assert list(kept["engines"]) == ["sqlite", "postgresql"]
    assert kept["plan"]["writers"] == list(record.FULL.writers)


def test_a_run_that_is_cut_off_keeps_what_it_measured_and_leaves_the_rest_with_its_own_day(tmp_path: Path) -> None:
    file = tmp_path / "pages.json"
    yesterday = {"date": "2026-01-01", "load": 0.1, "load_at_the_end": 0.2, "seconds": 60.0}
    old: Results = {"machine": {"load": 0.1}, "engines": {"sqlite": {"lots": 1}, "postgresql": {"lots": 1}},
                    "runs": {"sqlite": yesterday, "postgresql": yesterday}}  # fmt: skip
    keeping.write(file, old)
    found: Results = {"machine": {"load": 3.0}, "engines": {}}
    with keeping.measured(found, "sqlite"):
        found["engines"]["sqlite"] = {"lots": 2}
    keeping.write(file, found)
    with pytest.raises(KeyboardInterrupt), keeping.measured(found, "postgresql"):
        raise KeyboardInterrupt
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert {name: one["lots"] for name, one in kept["engines"].items()} == {"sqlite": 2, "postgresql": 1}
    assert kept["runs"]["postgresql"] == yesterday
    assert kept["runs"]["sqlite"]["date"] > yesterday["date"]


def test_every_contender_writes_as_durably_as_the_others() -> None:
    kept = json.loads(record.RESULTS.read_text(encoding="utf-8"))
    wanted = {"journal_mode": "wal", "synchronous": "2", "fsync": "on", "synchronous_commit": "on"}
    for engine in kept["engines"].values():
        for said, value in engine["durability"].items():
            assert value == wanted.get(said.split()[1], value), said
