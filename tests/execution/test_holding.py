"""What is held, paused, stopped or aborted, and how it goes on."""

import pytest

from batchwright.execution.outlook import may_perform
from batchwright.execution.plan import Plan
from batchwright.execution.states import Command, State
from batchwright.kernel.errors import DomainError
from tests.execution.graphs import Floor, logic, phases, recipe
from tests.execution.test_engine import IN_A_ROW, PARALLEL


def test_holding_a_batch_holds_what_runs_and_restarting_goes_on_where_it_was() -> None:
    floor = Floor.started(PARALLEL).do("a").command(Command.HOLD)
    assert floor.state == State.HELD
    assert floor.marking.visit("p/u/o/b").state is State.HELD  # type: ignore[union-attr]
    assert floor.marking.visit("p/u/o/a").state is State.COMPLETE  # type: ignore[union-attr]
    with pytest.raises(DomainError, match=r"b is Held and cannot be performed; p / u / Operate is Held"):
        may_perform(floor.plan, floor.marking, "p/u/o/b")
    assert floor.outlook.status == "halted"
    with pytest.raises(DomainError, match="cannot take RESTART while p / u / Operate is Held"):
        floor.command(Command.RESTART, "p/u/o/b")
    with pytest.raises(DomainError, match=r"The batch is Held and does not take PAUSE.*RESTART, STOP, ABORT"):
        floor.command(Command.PAUSE)
    with pytest.raises(DomainError, match="has not begun and takes no command"):
        floor.command(Command.HOLD, "p/u/o/d")
    floor.command(Command.RESTART)
    assert floor.state == State.RUNNING
    assert floor.now == {"b"}
    assert floor.do("b").do("c").do("d").marking.state is State.COMPLETE


def test_what_must_not_be_interrupted_comes_to_its_end_first() -> None:
    floor = Floor.started(Plan(PARALLEL, uninterrupted=frozenset({"b"}))).command(Command.HOLD)
    assert floor.state == State.HOLDING
    assert floor.now == {"b"}
    assert floor.marking.visit("p/u/o/a").state is State.HELD  # type: ignore[union-attr]
    floor.do("b")
    assert floor.state == State.HELD
    assert floor.now == set()
    aborted = Floor.started(Plan(PARALLEL, uninterrupted=frozenset({"b"}))).command(Command.ABORT)
    assert {one.state for one in aborted.marking.visits} == {State.ABORTED}


def test_pausing_lets_what_runs_come_to_its_end_and_starts_nothing() -> None:
    floor = Floor.started(IN_A_ROW).command(Command.PAUSE)
    assert floor.state == State.PAUSING
    floor.do("one")
    assert floor.state == State.PAUSED
    assert floor.now == set()
    assert floor.command(Command.RESUME).now == {"two"}


def test_an_automated_phase_is_held_when_its_equipment_says_so() -> None:
    automated = recipe(
        logic("begin -> run -> end")
        + "\n            elements: [{id: run, level: phase, phase: {kind: automated, service: S}}]"
    )
    floor = Floor.started(automated).command(Command.HOLD)
    assert floor.state == State.HOLDING
    assert floor.go(settled=frozenset({"p/u/o/run"})).marking.state is State.HELD
    floor.go(settled=frozenset()).command(Command.RESTART)
    assert floor.state == State.RESTARTING
    assert floor.go(settled=frozenset({"p/u/o/run"})).marking.state is State.RUNNING


def test_a_stopped_phase_is_reset_and_started_again_where_the_procedure_stands() -> None:
    floor = Floor.started(IN_A_ROW).do("one").command(Command.STOP, "p/u/o/two")
    assert floor.outlook.status == "halted"
    assert floor.outlook.sentence == "p / u / Operate / two is Stopped"
    with pytest.raises(DomainError, match=r"two is Stopped and cannot be performed: "):
        may_perform(floor.plan, floor.marking, "p/u/o/two")
    floor.command(Command.RESET, "p/u/o/two").command(Command.START, "p/u/o/two")
    assert floor.do("two").do("three").marking.state is State.COMPLETE
    with pytest.raises(DomainError, match="the procedure has gone on from p / u / Operate / one"):
        floor.command(Command.RESET, "p/u/o/one")


def test_an_operation_that_is_reset_begins_anew_with_new_numbers() -> None:
    floor = Floor.started(IN_A_ROW).do("one").command(Command.ABORT, "p/u/o")
    floor.command(Command.RESET, "p/u/o").command(Command.START, "p/u/o")
    assert floor.now == {"one#2"}
    assert floor.do("one#2").do("two#2").do("three").marking.state is State.COMPLETE


def test_a_phase_completed_before_its_reset_is_no_completion_of_the_new_run() -> None:
    waiting = recipe(
        logic("begin -> one -> t -> two -> end", transitions='t: "time since one complete >= 30 min"')
        + "\n" + phases("one", "two")
    )  # fmt: skip
    floor = Floor.started(waiting).do("one").pass_time(minutes=5)
    floor.command(Command.RESET, "p/u/o/one").command(Command.START, "p/u/o/one")
    assert floor.now == {"one"}
    assert floor.do("one").pass_time(minutes=30).now == {"two"}
