"""A run is forecast while it goes on: covered, alike each time, from nothing that came later."""

import dataclasses
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from batchwright.kernel.errors import BadInput
from batchwright.twins import frozen_sets, parameter_sets
from batchwright.twins.beliefs import Measurement
from batchwright.twins.errors import DeclarationError
from batchwright.twins.frozen import code_version
from batchwright.twins.parameter_sets import ParameterSet
from batchwright.twins.running import Ahead, Running, look_ahead
from tests.tools import frozen_sets as simulated


@cache
def frozen() -> ParameterSet:
    found = parameter_sets.load("mab07-1")
    assert found is not None
    return found


@cache
def ahead(number: int, day: int) -> Ahead:
    return look_ahead(frozen(), simulated.grow(number).until(24.0 * day), outputs=simulated.OUTPUTS, members=60)


def test_the_frozen_set_is_of_the_code_that_is_here() -> None:
    found = frozen_sets.document("mab07-1")
    assert found is not None
    assert found["frozen"]["content"]["code"] == code_version(), "python -m tests.tools.frozen_sets freezes it anew"
    assert found["sha256"] in simulated.RECIPE.read_text("utf-8")
    assert frozen_sets.document("mab07-2") is None
    assert parameter_sets.load("mab07-2") is None


def test_a_set_that_was_changed_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    written = json.loads((simulated.FOLDER / "mab07-1.json").read_text("utf-8"))
    written["content"]["start"]["Glc"] = 40.0
    (tmp_path / "mab07-1.json").write_text(json.dumps(written), "utf-8")
    monkeypatch.setattr(frozen_sets, "files", lambda _package: tmp_path)
    with pytest.raises(BadInput, match="was changed"):
        frozen_sets.document("mab07-1")


def test_the_band_covers_what_was_measured_later_and_narrows_as_values_come_in() -> None:
    inside, widths = [], []
    for number in (21, 22):
        run = simulated.grow(number)
        for day in (4, 10):
            made = ahead(number, day)
            low, _middle, high = made.at_end("titre")
            widths.append(high - low)
            for one in run.measured:
                if one.time > 24 * day and one.name in ("titre", "VCD", "viability", "Amm"):
                    band = made.forecast.interval(one.name)
                    ends = [float(np.interp(one.time, made.forecast.times, end)) for end in band]
                    noise = 1.645 * one.noise(one.value)
                    inside.append(ends[0] - noise <= one.value <= ends[1] + noise)
    assert np.mean(inside) >= 0.9
    assert widths[1] < widths[0] / 2
    assert widths[3] < widths[2] / 2


def test_the_same_values_give_the_same_forecast_and_later_ones_change_nothing() -> None:
    run = simulated.grow(21)
    again = look_ahead(frozen(), run.until(96.0), outputs=simulated.OUTPUTS, members=60)
    assert again.at_end("titre") == ahead(21, 4).at_end("titre")
    assert np.array_equal(again.forecast.values, ahead(21, 4).forecast.values)
    assert run.until(96.0).now == 96.0


def test_what_is_to_be_added_follows_the_recipe_and_what_is_in_is_not_added_again() -> None:
    run = simulated.grow(21)
    sampled = dataclasses.replace(run.until(72.0), done=())
    fed = run.until(72.0)
    assert [h.at for h in fed.done] == [72.05]
    before, after = (look_ahead(frozen(), one, outputs=("Glc",), members=5) for one in (sampled, fed))
    days = [round(h.at / 24) for h in before.planned if h.arguments["Gln"] > 0]
    assert days == [3, 5, 7, 9, 11], "the feed of the day is still to come"
    assert [round(h.at / 24) for h in after.planned if h.arguments["Gln"] > 0] == [5, 7, 9, 11]
    sugar = [h for h in after.planned if h.arguments["Gln"] == 0]
    assert sugar
    assert all(5_000 < h.arguments["volume"] < 25_000 for h in sugar), "mL, reckoned as the recipe does"


def test_a_value_that_is_far_off_is_named_and_the_others_are_not() -> None:
    run = simulated.grow(22).until(144.0)
    assert not [one for one in ahead(22, 6).judged if one.is_surprise]
    wrong = tuple(
        dataclasses.replace(m, value=2 * m.value) if (m.name, m.time) == ("VCD", 144.0) else m for m in run.measured
    )
    made = look_ahead(frozen(), dataclasses.replace(run, measured=wrong), outputs=("VCD",), members=5)
    strange = [one.measurement for one in made.judged if one.is_surprise]
    assert [(one.name, one.time) for one in strange] == [("VCD", 144.0)]


def test_at_the_end_nothing_is_left_to_forecast() -> None:
    run = Running({}, (Measurement(336.0, "titre", 4000.0, 20.0),), (), (), (), (), 336.0)
    with pytest.raises(DeclarationError, match="nothing left"):
        look_ahead(frozen(), run, outputs=("titre",), members=5)
