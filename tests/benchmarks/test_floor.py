"""The benchmark of the floor runs, and its page says what the kept results say."""

import json

import pytest

from batchwright.recipes import text as texts
from batchwright.recipes.examination import examine
from benchmarks import floor
from benchmarks.flooring import preparing


@pytest.mark.requirement("11.10(a)")
def test_the_kept_results_are_of_a_full_run_on_both_engines_without_an_error_and_without_a_lost_step() -> None:
    kept = json.loads(floor.RESULTS.read_text(encoding="utf-8"))
    assert list(kept["engines"]) == ["sqlite", "postgresql"]
    assert tuple(kept["plan"]["operators"]) == floor.FULL.operators
    for engine in kept["engines"].values():
        measured = engine["at_the_pace_of_people"] + engine["without_a_pause"]
        assert [one["errors"] for one in measured] == [0] * len(measured)
        assert engine["on_record"] == engine["acknowledged"]


def test_the_recipe_of_the_benchmark_is_sound_and_has_forty_steps() -> None:
    found = examine(preparing.recipe())
    assert [one.finding.code for one in found.found if one.finding.severity == "error"] == []
    phases = [one for one in texts.read(preparing.recipe()).recipe.walk() if one.level == "phase"]
    assert len(phases) == 40
