"""Random commands and random work: states follow the table, replay equals live, and what was done stays done."""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from batchwright.execution.engine import advance
from batchwright.execution.marking import BATCH, around, split
from batchwright.execution.plan import Plan
from batchwright.execution.states import ENDED, SETTLES, TABLE, Command, State
from batchwright.kernel.errors import DomainError
from tests.execution.graphs import Floor
from tests.execution.test_engine import PARALLEL

PLAN = Plan(PARALLEL, uninterrupted=frozenset({"b"}))


class Commands(RuleBasedStateMachine):
    """The batch beside the plainest model of it: each state and command looked up in the table."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = Floor(PLAN)
        self.completed: set[tuple[str, Any]] = set()

    def paths(self) -> list[str]:
        return [one.path for one in self.floor.marking.visits]

    @rule(data=st.data(), command=st.sampled_from(Command))
    def order(self, data: st.DataObject, command: Command) -> None:
        path = data.draw(st.sampled_from(self.paths()))
        before = {one.path: one.state for one in self.floor.marking.visits}
        kept = self.floor.marking
        try:
            self.floor.command(command, path)
        except DomainError as error:
            assert self.floor.marking == kept
            above = [before[one] for one in around(path)]
            needs = command in (Command.START, Command.RESTART, Command.RESUME)
            gone_on = command is Command.RESET and "gone on" in error.message
            assert command not in TABLE[before[path]] or (needs and set(above) != {State.RUNNING}) or gone_on
            return
        assert command in TABLE[before[path]]
        first = TABLE[before[path]][command]
        now = {one.path: one.state for one in self.floor.marking.visits}
        assert now[path] in (first, SETTLES.get(first), State.COMPLETE)
        if command is Command.ABORT:
            assert all(now[one] in ENDED or now[one] is State.IDLE for one in before if path in (one, *around(one)))

    @rule(data=st.data())
    @precondition(lambda self: self.floor.outlook.to_perform)
    def perform(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(self.floor.outlook.to_perform))
        self.floor.do(path)
        visit = self.floor.marking.visit(path)
        assert visit is not None
        assert visit.state is State.COMPLETE

    @invariant()
    def nothing_runs_below_what_has_stopped(self) -> None:
        visits = {one.path: one for one in self.floor.marking.visits}
        for path, visit in visits.items():
            above = {visits[one].state for one in around(path)}
            if visit.state in (State.RUNNING, *SETTLES):
                assert not above & {State.STOPPED, State.ABORTED, State.COMPLETE, State.HELD, State.IDLE}

    @invariant()
    def the_procedure_stands_somewhere_or_has_ended(self) -> None:
        marking = self.floor.marking
        if marking.state in (State.RUNNING, State.HELD, State.PAUSED):
            assert marking.tokens
        if marking.state is State.COMPLETE:
            assert not marking.tokens
        assert len({one.path for one in marking.visits}) == len(marking.visits)
        assert marking.visits[0].path == BATCH

    @invariant()
    def asking_again_changes_nothing(self) -> None:
        again = advance(PLAN, self.floor.marking, self.floor.facts)
        assert (again.marking, again.events) == (self.floor.marking, ())

    @invariant()
    def branches_are_joined_only_when_all_have_come(self) -> None:
        begun = {split(one)[1] for one in self.paths() if one}
        if "d" in begun:
            ended = {split(one.path)[1] for one in self.floor.marking.visits if one.path and one.completed is not None}
            assert {"a", "c"} <= ended or self.floor.marking.state is not State.COMPLETE


TestCommands = Commands.TestCase
TestCommands.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
