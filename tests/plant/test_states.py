"""Which command may follow which state of a unit, as a whole table."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchwright.kernel.errors import DomainError
from batchwright.plant.states import FIRST, STATE_WORDS, TABLE, UNDER, Command, Position, State, allowed, refusal, step

CLEAN, DIRTY, IN_USE = Position(State.CLEAN), Position(State.DIRTY), Position(State.IN_USE)
CLEANED = Position(State.DIRTY, unverified=True)
HELD_CLEAN, HELD_DIRTY = Position(State.HELD, State.CLEAN), Position(State.HELD, State.DIRTY)
HELD_IN_USE, HELD_CLEANED = Position(State.HELD, State.IN_USE), Position(State.HELD, State.DIRTY, unverified=True)
OUT, OUT_HELD = Position(State.OUT_OF_SERVICE, State.DIRTY), Position(State.OUT_OF_SERVICE, State.HELD)

LEADS = {
    CLEAN: {Command.BEGIN_USE: IN_USE, Command.CLEAN: CLEANED, Command.HOLD: HELD_CLEAN, Command.TAKE_OUT: OUT},
    DIRTY: {Command.CLEAN: CLEANED, Command.HOLD: HELD_DIRTY, Command.TAKE_OUT: OUT},
    CLEANED: {
        Command.CLEAN: CLEANED, Command.VERIFY_CLEANING: CLEAN, Command.HOLD: HELD_CLEANED, Command.TAKE_OUT: OUT,
    },
    IN_USE: {Command.END_USE: DIRTY, Command.HOLD: HELD_IN_USE},
    HELD_CLEAN: {Command.FREE: CLEAN, Command.TAKE_OUT: OUT_HELD},
    HELD_DIRTY: {Command.FREE: DIRTY, Command.TAKE_OUT: OUT_HELD},
    HELD_CLEANED: {Command.FREE: CLEANED, Command.TAKE_OUT: OUT_HELD},
    HELD_IN_USE: {Command.FREE: IN_USE, Command.END_USE: HELD_DIRTY},
    OUT: {Command.RETURN_TO_SERVICE: DIRTY},
    OUT_HELD: {Command.RETURN_TO_SERVICE: HELD_DIRTY},
}  # fmt: skip
"""Every position that can be reached, and where each command that is not refused leads from it."""


@pytest.mark.requirement("11.10(f)")
@pytest.mark.parametrize(("position", "command"), list(product(LEADS, Command)), ids=str)
def test_every_command_in_every_state_leads_where_the_table_says_or_is_refused(
    position: Position, command: Command
) -> None:
    if command in LEADS[position]:
        assert step(position, command) == LEADS[position][command]
        assert refusal(position, command) is None
        return
    why = refusal(position, command)
    assert why is not None
    assert str(why)
    with pytest.raises(DomainError) as refused:
        step(position, command)
    assert str(why) in refused.value.message
    assert refused.value.value == STATE_WORDS[position.state]
    assert str(refused.value.limit).split(", ") == [one for one in Command if one in LEADS[position]]


def test_a_batch_may_follow_on_a_dirty_unit_where_the_changeover_rule_lets_it() -> None:
    assert step(DIRTY, Command.BEGIN_USE, follows_without_cleaning=True) == IN_USE
    assert Command.BEGIN_USE in allowed(DIRTY, follows_without_cleaning=True)
    why = refusal(CLEANED, Command.BEGIN_USE, follows_without_cleaning=True)
    assert str(why) == "its cleaning is not verified yet"


def test_the_reasons_tell_what_to_do() -> None:
    assert str(refusal(DIRTY, Command.BEGIN_USE)) == "it is dirty; clean it first"
    assert str(refusal(DIRTY, Command.VERIFY_CLEANING)) == "there is no cleaning to verify"
    assert str(refusal(HELD_DIRTY, Command.END_USE)) == "it is not in use"
    assert str(refusal(HELD_IN_USE, Command.TAKE_OUT)) == "it is in use; end the use first"


def test_a_position_that_cannot_be_is_refused() -> None:
    with pytest.raises(DomainError, match="no position of a unit"):
        Position(State.HELD)
    with pytest.raises(DomainError, match="no position of a unit"):
        Position(State.CLEAN, State.DIRTY)


@given(st.lists(st.sampled_from(Command), max_size=30))
def test_whatever_is_tried_a_unit_is_in_a_known_position_and_something_can_be_done(tried: list[Command]) -> None:
    now = FIRST
    for command in tried:
        if refusal(now, command) is None:
            now = step(now, command)
        assert now in LEADS
        assert set(allowed(now)) == set(LEADS[now])
        assert allowed(now)


def test_the_table_names_known_positions_only() -> None:
    assert {state for state, _command in TABLE} == set(State)
    assert set(UNDER) == {State.HELD, State.OUT_OF_SERVICE}
