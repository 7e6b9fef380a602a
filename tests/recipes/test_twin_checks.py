"""A recipe's twin is checked before approval: it is there, it is the frozen one, it understands what it is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from batchwright.recipes import text, twin_checks
from batchwright.recipes.checks import check
from batchwright.site import frozen_twins

RECIPE = (Path(text.__file__).parent / "examples" / "monoclonal_antibody.yaml").read_text("utf-8")


@pytest.fixture(autouse=True)
def _twins_of_the_house() -> Iterator[None]:
    before = twin_checks.OFFERS.find, twin_checks.OFFERS.names
    frozen_twins.plug_in()
    yield
    twin_checks.OFFERS.find, twin_checks.OFFERS.names = before


def found(old: str, new: str) -> list[tuple[str, str]]:
    assert old in RECIPE
    return [(one.code, str(one)) for one in check(text.read(RECIPE.replace(old, new)).recipe)]


def test_the_antibody_names_a_twin_that_is_there_as_it_was_frozen() -> None:
    assert check(text.read(RECIPE).recipe) == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("model: fed-batch-cho", "model: penicillin", "unknown-twin", "mab07-1"),
        ('sha256: "', 'sha256: "0', "twin-changed", "Look at what changed"),
        ("output: Gln, ", "output: Glutamine, ", "unknown-twin-quantity", "Gln"),
        ("{state: V,", "{state: W,", "unknown-twin-quantity", "no state W"),
        ("test_n.lactate / 90.08 g/mol", "test_n.lactate", "unit-error", "mmol/L"),
        ("value: test_n.vcd,", "value: test_n.cells,", "unknown-reference", "cells"),
        ("phase: feed_n, volume", "phase: feed_x, volume", "unknown-reference", "feed_x"),
        ("volume: dose_n.volume", "volume: test_n.titre", "unit-error", "g/L"),
        ("planned_at: [3 d", "planned_at: [3 L", "unit-error", "3 L"),
        ("sd: 0.8 %", "sd: 0.8 g", "unit-error", "0.8 g"),
        ("relative: 0 %", "relative: 0 g", "unit-error", "0 g"),
        ("{name: Glc, amount: 2220 mmol/L}", "{name: Sugar, amount: 2220 mmol/L}", "unknown-twin-quantity", "Sugar"),
        ("{name: Glc, amount: 2220 mmol/L}", "{name: Glc, amount: 400 g/L}", "unit-error", "400 g/L"),
        ("refill: {output: Glc, ", "refill: {output: mu, ", "twin", "not observed"),
        ("headline: titre", "headline: V", "twin", "headline"),
        ("{id: portion, phase", "{id: portion, event: shake, phase", "unknown-twin-quantity", "shake"),
    ],
)
def test_what_a_twin_does_not_understand_keeps_a_recipe_from_approval(old: str, new: str, code: str, said: str) -> None:
    slips = found(old, new)
    assert any(one == code and said in sentence for one, sentence in slips), slips


def test_where_no_twins_are_plugged_in_only_the_recipe_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin_checks.OFFERS, "find", None)
    assert found("output: Gln, ", "output: Glutamine, ") == []
    assert [code for code, _ in found("value: test_n.vcd,", "value: test_n.cells,")] == ["unknown-reference"]
