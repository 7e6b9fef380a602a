"""What parameters are made of refuses what has no meaning, when it is made."""

import pytest
from pydantic import ValidationError

from batchwright.kernel.quantity import Quantity
from batchwright.recipes.phases import Entry
from batchwright.recipes.procedure import Modification, Parameter
from batchwright.recipes.values import ChoiceValue, FormulaValue, Limits, RoundingRule, TextValue, Unread


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({}, "Limits without any limit say nothing"),
        ({"action_low": "1 kg", "action_high": "2 L"}, "measure different things"),
        ({"action_low": "1 K", "action_high": "2 Cel"}, "measure different things"),
        ({"action_low": "3 kg", "action_high": "2 kg"}, "not in rising order: 3 kg, then 2 kg"),
        ({"alert_low": "1 kg", "action_low": "2 kg"}, "not in rising order"),
        ({"action_low": 1.5}, "this is not an amount"),
        ({"action_low": None, "action_high": True}, "this is not an amount"),
        ({"action_low": "1,5 kg"}, "the value cannot be read"),
    ],
)
def test_limits_without_meaning_are_refused(limits: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Limits.model_validate(limits)


def test_limits_are_said_as_people_say_them() -> None:
    said = {
        "1 kg to 2 kg": {"action_low": "1 kg", "alert_high": "2 kg"},
        "at least 1 kg": {"alert_low": "1 kg"},
        "at most 500 g": {"action_high": "500 g"},
    }
    assert [str(Limits.model_validate(one)) for one in said.values()] == list(said)


@pytest.mark.parametrize("rule", [{}, {"decimals": 1, "significant": 2}, {"decimals": 61}, {"significant": 0}])
def test_rounding_needs_exactly_one_number_of_digits(rule: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        RoundingRule.model_validate(rule)
    assert str(RoundingRule(significant=3).as_rounding) == "half-up, 3 significant digits"


def test_a_unit_that_the_plant_does_not_know_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValidationError, match="the unit 'kgg' is not known") as refused:
        Entry.model_validate({"id": "x", "unit": "kgg"})
    assert refused.value.errors()[0]["ctx"]["remedy"] == "Did you mean 'kg'?"


def test_a_value_says_what_it_is_by_its_keys_and_can_be_given_made() -> None:
    every: list[TextValue | ChoiceValue | FormulaValue | Unread] = [
        TextValue(text="x"),
        ChoiceValue(choice="a"),
        FormulaValue(formula="1"),
        Unread(written="5"),
    ]
    for one in every:
        assert Parameter(id="x", value=one).value is one
        assert Parameter.model_validate({"id": "x", "value": one.model_dump()}).value == one
    assert Parameter(id="x", value=Quantity("1.50", "kg")).model_dump(mode="json")["value"] == "1.50 kg"
    with pytest.raises(ValidationError, match="A value is an amount such as"):
        Parameter.model_validate({"id": "x", "value": 1.5})


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="without a time zone"):
        Modification.model_validate({"at": "2026-01-01T00:00:00"})


@pytest.mark.parametrize("name", ["", " ", "a`b", "a\nb", "x" * 201])
def test_a_name_can_stand_in_a_formula(name: str) -> None:
    with pytest.raises(ValidationError):
        Parameter.model_validate({"id": name})
