"""When a round is due and late, when a wait may end; and how limits are written beside a field."""

from datetime import UTC, datetime, timedelta

import pytest

from batchwright.execution.pace import pace_of
from batchwright.execution.showing import amount_words, bounds, known_words, range_words
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.phases import Instruct, Repeat, Wait
from batchwright.recipes.values import Limits

BEGUN = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def q(text: str) -> Quantity:
    return Quantity.parse(text)


@pytest.mark.requirement("211.110")
def test_the_first_round_is_due_at_once_and_each_other_one_an_interval_later() -> None:
    rounds = Repeat(every=q("15 min"))
    first = pace_of(rounds, BEGUN)
    assert (first.due, first.late, first.sleeps(BEGUN)) == (BEGUN, BEGUN + 30 * MINUTE, False)
    after = pace_of(rounds, BEGUN, BEGUN + 5 * MINUTE)
    assert after.sleeps(BEGUN + 19 * MINUTE)
    assert after.is_overdue(BEGUN + 21 * MINUTE)
    assert not after.is_late(BEGUN + 35 * MINUTE)
    assert after.is_late(BEGUN + 36 * MINUTE)


def test_a_wait_sleeps_until_its_lower_limit_and_is_late_after_its_upper_one() -> None:
    pace = pace_of(Wait(at_least=q("45 min"), at_most=q("4 h")), BEGUN)
    assert pace.sleeps(BEGUN + 44 * MINUTE)
    assert not pace.sleeps(BEGUN + 45 * MINUTE)
    assert pace.is_late(BEGUN + 241 * MINUTE)
    open_end = pace_of(Wait(), BEGUN)
    assert not open_end.sleeps(BEGUN)
    assert not open_end.is_late(BEGUN + 1000 * MINUTE)


def test_a_step_without_times_of_its_own_is_neither_due_nor_late() -> None:
    pace = pace_of(Instruct(), BEGUN)
    assert not pace.sleeps(BEGUN)
    assert not pace.is_overdue(BEGUN + 1000 * MINUTE)
    assert not pace.is_late(BEGUN + 1000 * MINUTE)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        ("80.0 Cel", "90.0 Cel", "80.0 to 90.0 °C"), ("80.0 Cel", None, "≥ 80.0 °C"), (None, "500 g", "≤ 500 g"),
        ("100 %", "100 %", "100 %"), ("900 g", "1.1 kg", "900 g to 1.1 kg"), (None, None, ""),
    ],
)  # fmt: skip
def test_limits_are_written_as_people_do(low: str | None, high: str | None, words: str) -> None:
    assert range_words(low and q(low), high and q(high)) == words  # type: ignore[arg-type]


def test_units_and_answers_are_written_as_people_do() -> None:
    assert [amount_words(q(one)) for one in ("110 {rev}/min", "7.1 [pH]", "12 1")] == ["110 rev/min", "7.1 pH", "12"]
    assert [known_words(one) for one in (True, False, "clear", q("1.50 kg"))] == ["yes", "no", "clear", "1.50 kg"]


def test_the_hint_beside_a_field_has_the_limits_in_its_unit_or_none_at_all() -> None:
    limits = Limits(action_low=q("900 g"), action_high=q("1.1 kg"))
    assert bounds(limits, "kg") == {"action_low": "0.900", "action_high": "1.1"}
    assert bounds(limits, "Cel") == {}, "the server says what is wrong with the recipe"
    assert bounds(None, "kg") == {}
