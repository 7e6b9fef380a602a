"""The page of measured speeds says what the kept results say."""

import json

from benchmarks import record
from benchmarks.recording import page


def test_the_page_of_measured_speeds_is_made_from_the_kept_results() -> None:
    kept = json.loads(record.RESULTS.read_text(encoding="utf-8"))
    assert page.PAGE.read_text(encoding="utf-8") == page.text(kept)


def test_the_kept_results_are_of_a_full_run_on_both_engines() -> None:
    kept = json.loads(record.RESULTS.read_text(encoding="utf-8"))
    assert list(kept["engines"]) == ["sqlite", "postgresql"]
    assert kept["plan"]["writers"] == list(record.FULL.writers)


def test_every_contender_writes_as_durably_as_the_others() -> None:
    kept = json.loads(record.RESULTS.read_text(encoding="utf-8"))
    wanted = {"journal_mode": "wal", "synchronous": "2", "fsync": "on", "synchronous_commit": "on"}
    for engine in kept["engines"].values():
        for said, value in engine["durability"].items():
            assert value == wanted.get(said.split()[1], value), said
