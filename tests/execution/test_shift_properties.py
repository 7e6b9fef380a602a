"""Whatever people order and do, in whatever order: the batch is where a small model of the standard says it is.

The model is written apart from the engine: the table of states cell by cell, and the syrup's procedure as a list of
what follows what. At the end the record is whole and rebuilds the plant.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from batchwright.execution import services
from batchwright.execution.models import Attempt, Batch, Run
from batchwright.execution.states import Command
from batchwright.kernel.errors import DomainError
from tests.conftest import engine
from tests.execution.replaying import is_whole_and_replays
from tests.execution.shift import SYRUP, Shift
from tests.execution.test_states import cells

SHIFT: list[Shift] = []
"""The plant, committed for real; hypothesis makes the machines itself."""
CELLS = {(state, command): then for state, command, then in cells()}
AT_ONCE = {"Holding": "Held", "Restarting": "Running", "Stopping": "Stopped", "Aborting": "Aborted"}
"""Nothing of the syrup is a machine's, so that these settle at once."""
SECOND = {
    line.split("{id: ")[1].split(",")[0] for line in SYRUP.splitlines() if "second_person: true" in line
}  # fmt: skip
GOOD = {
    "clear": {"point_1": "yes", "point_2": "yes"}, "look": {"choice": "clear"}, "adjust": {"done": "done"},
    "weights": {"weight": "100.0"}, "sample": {"assay_sample": "2"}, "fill": {"filled": "99.0"}, "reckon": {},
    "confirm": {"done": "done"},
}  # fmt: skip
BAD = {
    "clear": {"point_1": "yes", "point_2": "no"}, "heat": {"temperature": "hot"}, "look": {"choice": "green"},
    "adjust": {"done": "half"}, "weights": {}, "sample": {"assay_sample": "1"}, "fill": {"filled": "99,0"},
    "reckon": {"loss": "1.0"}, "confirm": {"done": ""},
}  # fmt: skip


class Model:
    """The standard, and the syrup, in a few lines."""

    def __init__(self) -> None:
        self.state, self.open, self.awaits = "Idle", set[str](), set[str]()
        self.finished: list[str] = []
        """Completed, and not gone on from."""
        self.done: dict[str, int] = {}
        self.temperature = ""
        self.rounds = 0

    def order(self, command: str) -> bool:
        """Give a command; says whether it is taken."""
        then = CELLS[self.state, command]
        if then == "refused":
            return False
        if command in ("START", "RESET"):
            self.open, self.awaits, self.finished, self.done, self.rounds = set(), set(), [], {}, 0
        self.state = AT_ONCE.get(then, then)
        if self.state in ("Stopped", "Aborted"):
            self.open = set()
        if command == "START":
            self.open = {"clear"}
        self.settle()
        return True

    @property
    def performing(self) -> bool:
        """Whether steps are performed: what runs under PAUSE comes to its end."""
        return self.state in ("Running", "Pausing")

    def complete(self, step: str) -> None:
        """A step is complete."""
        self.open.discard(step)
        self.awaits.discard(step)
        self.finished.append(step)
        self.settle()

    def settle(self) -> None:
        """Go on as far as the state allows."""
        if self.state == "Pausing" and not self.open:
            self.state = "Paused"
        while self.state == "Running" and self.finished:
            step = self.finished.pop(0)
            self.done[step] = self.done.get(step, 0) + 1
            self.open |= self._behind(step)
            if "weights" in self.open and step == "look":
                self.rounds = 0
            if step == "confirm":
                self.state = "Complete"

    def _behind(self, step: str) -> set[str]:
        match step:
            case "look":
                return {"weights", "sample"} if self.temperature == "86.5" else {"adjust"}
            case "weights" | "sample":
                both = self.done.get("weights") and self.done.get("sample")
                return {"fill"} if both else set()
            case _:
                follows = {"clear": "heat", "heat": "look", "adjust": "heat", "fill": "reckon", "reckon": "confirm"}
                return {follows[step]} if step in follows else set()


class Day(RuleBasedStateMachine):
    """One batch of syrup, and people who do anything at all with it."""

    def __init__(self) -> None:
        super().__init__()
        self.shift = SHIFT[0]
        self.batch = self.shift.batch()
        self.model = Model()

    @initialize(steps=st.integers(0, 16), hot=st.integers(0, 2))
    def morning(self, steps: int, hot: int) -> None:
        """Much is done as the recipe says before anything odd happens; the syrup gets hot at some time."""
        if steps:
            self.order(Command.START)
        for number in range(steps):
            self.work_well(hot=number >= 5 * hot)

    @rule(hot=st.booleans())
    @precondition(lambda self: self.model.performing and bool(self.model.open))
    def work_well(self, hot: bool) -> None:
        """Somebody does what is next, or checks it."""
        if self.model.awaits:
            self.check(agrees=True, step="clear")
        elif self.model.performing and self.model.open:
            self.perform(step=max(self.model.open), well=True, hot=hot, any_step=False)

    @rule(command=st.sampled_from([Command.PAUSE, Command.HOLD]))
    @precondition(lambda self: self.model.state == "Running")
    def halt(self, command: Command) -> None:
        """The batch is held or paused."""
        self.order(command)

    @rule()
    @precondition(lambda self: self.model.state in ("Idle", "Held", "Paused"))
    def let_go(self) -> None:
        """What stands goes on."""
        self.order({"Idle": Command.START, "Held": Command.RESTART, "Paused": Command.RESUME}[self.model.state])

    @rule(command=st.sampled_from(list(Command)))
    def order(self, command: Command) -> None:
        """Somebody orders something."""
        before = self.model.state
        taken = self.model.order(command)
        if taken:
            self.shift.command(self.batch, command, reason="as the shift book says")
        else:
            with pytest.raises(DomainError, match=f"is {before} and does not take {command}"):
                self.shift.command(self.batch, command, reason="as the shift book says")

    @rule(step=st.sampled_from(sorted({*BAD, *GOOD})), well=st.booleans(), hot=st.booleans(), any_step=st.booleans())
    def perform(self, step: str, well: bool, hot: bool, any_step: bool) -> None:
        """Somebody performs a step: one that is open, or sometimes one that is not."""
        there = sorted(self.model.open)
        if there and not any_step:
            step = there[len(step) % len(there)]
        temperature = "86.5" if hot else "82.0"
        values = {"heat": {"temperature": temperature}, **GOOD}[step] if well else BAD[step]
        if step == "look" and well:
            values = {"choice": "clear" if self.model.temperature == "86.5" else "turbid"}
        turn_has_come = self.model.performing and step in self.model.open and step not in self.model.awaits
        attempts = self._attempts()
        if not turn_has_come:
            with pytest.raises(DomainError):
                self._do(step, values)
            assert self._attempts() == attempts, "out of its turn nothing is taken in"
            return
        if not well:
            with pytest.raises(services.AttemptRefused):
                self._do(step, values)
        else:
            self._do(step, values)
            self._count(step, temperature)
        assert self._attempts() == attempts + 1, "every attempt is kept"

    def _count(self, step: str, temperature: str) -> None:
        if step == "heat":
            self.model.temperature = temperature
        if step in SECOND:
            self.model.awaits.add(step)
        elif step == "weights" and self.model.rounds == 0:
            self.model.rounds = 1
        else:
            self.model.complete(step)

    @rule(agrees=st.booleans(), step=st.sampled_from(sorted(SECOND)))
    def check(self, agrees: bool, step: str) -> None:
        """A second person looks at what the first one did."""
        step = min(self.model.awaits, default=step)
        expected = self.model.performing and step in self.model.awaits
        if not expected:
            with pytest.raises(DomainError):
                self._check(step, agrees)
        elif agrees:
            self._check(step, agrees=True)
            self.model.complete(step)
        else:
            self._check(step, agrees=False)
            self.model.awaits.discard(step)

    def _check(self, step: str, agrees: bool) -> None:
        services.check(
            actor=self.shift.actor("qa"), batch=self.shift.read(self.batch), path=self._path(step), agrees=agrees,
            reason="" if agrees else "it is not so",
        )  # fmt: skip

    def _do(self, step: str, values: dict[str, str]) -> None:
        name = "supervisor" if step == "confirm" else "operator"
        services.perform(
            actor=self.shift.actor(name), batch=self.shift.read(self.batch), path=self._path(step), values=values
        )

    def _path(self, step: str) -> str:
        """The latest run of a step; a path that nobody has where it has not begun."""
        found = Run.objects.filter(batch=self.batch, element=step).order_by("-position").first()
        return f"make/cooking/cook/{step}" if found is None else found.path

    def _attempts(self) -> int:
        return Attempt.objects.filter(batch=self.batch).count()

    @invariant()
    def the_batch_is_where_the_model_is(self) -> None:
        """State, open steps and who is awaited."""
        batch: Batch = self.shift.read(self.batch)
        assert batch.state == self.model.state
        open_runs = Run.objects.filter(batch=batch, level="phase", state__in=["Running", "Held"])
        assert {one.element for one in open_runs} == self.model.open
        assert {one.element for one in open_runs if one.awaits} == self.model.awaits & self.model.open


@pytest.mark.slow
@pytest.mark.requirement("11.10(a)")
@pytest.mark.requirement("11.10(f)")
@pytest.mark.requirement("ISA-88 commands")
def test_whatever_people_order_and_do_the_batch_is_where_the_standard_says_and_the_record_rebuilds_it(
    committed_shift: Shift, tmp_path: Path
) -> None:
    SHIFT[:] = [committed_shift]
    run_state_machine_as_test(
        Day,
        settings=settings(
            max_examples=12 if engine() == "sqlite" else 6,
            stateful_step_count=30, deadline=None, derandomize=True, print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
    assert is_whole_and_replays(tmp_path)
