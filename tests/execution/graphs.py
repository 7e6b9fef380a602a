"""Small recipes for the engine, and a plant that performs whatever is to be performed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from batchwright.execution.commands import give
from batchwright.execution.engine import advance, idle
from batchwright.execution.marking import BATCH, Done, Event, Facts, Known, Marking, split
from batchwright.execution.outlook import Outlook, may_perform, outlook
from batchwright.execution.plan import Plan
from batchwright.execution.states import Command, State
from batchwright.recipes import text
from batchwright.recipes.procedure import MasterRecipe

START = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


def recipe(operation: str, **more: str) -> MasterRecipe:
    """A recipe with one operation that is written here: its logic, and its phases as they are named there."""
    return text.read(
        f"""
id: R
header: {{batch_size: {{nominal: 100 kg}}}}
{more.get("head", "")}
elements:
  - id: p
    level: procedure
    logic: {{flow: [begin -> u -> end]}}
    elements:
      - id: u
        level: unit procedure
        logic: {{flow: [begin -> o -> end]}}
        elements:
          - id: o
            level: operation
            name: Operate
{operation}
"""
    ).recipe


def phases(*names: str) -> str:
    lines = [f"              - {{id: {one}, level: phase, phase: {{kind: instruct, text: do}}}}" for one in names]
    return "\n".join(["            elements:", *lines])


def logic(*flow: str, junctions: str = "", transitions: str = "") -> str:
    lines = ["            logic:", "              flow:", *(f"                - {one}" for one in flow)]
    if junctions:
        lines.append(f"              junctions: {{{junctions}}}")
    if transitions:
        lines.append(f"              transitions: {{{transitions}}}")
    return "\n".join(lines)


@dataclass
class Floor:
    """A batch on the floor; nothing of it lives outside the marking and the facts."""

    plan: Plan
    marking: Marking = field(default_factory=idle)
    facts: Facts = field(default_factory=lambda: Facts(START))
    events: list[Event] = field(default_factory=list)

    @classmethod
    def started(cls, plan: Plan | MasterRecipe) -> "Floor":
        floor = cls(plan if isinstance(plan, Plan) else Plan(plan))
        floor.command(Command.START)
        return floor

    def go(self, **changes: Any) -> "Floor":
        self.facts = replace(self.facts, **changes)
        gone = advance(self.plan, self.marking, self.facts)
        # a restart between any two calls changes nothing: what is kept is JSON
        self.marking = Marking.model_validate_json(gone.marking.model_dump_json())
        assert self.marking == gone.marking
        again = advance(self.plan, self.marking, self.facts)
        assert (again.marking, again.events) == (self.marking, ())
        self.events += gone.events
        return self

    def command(self, command: Command, path: str = BATCH) -> "Floor":
        given = give(self.plan, self.marking, path, command, self.facts.now)
        self.marking = given.marking
        self.events += given.events
        return self.go()

    def pass_time(self, **span: float) -> "Floor":
        return self.go(now=self.facts.now + timedelta(**span))

    def do(self, path: str, values: Mapping[str, Known] | None = None) -> "Floor":
        path = self.path(path)
        may_perform(self.plan, self.marking, path)
        now = self.facts.now + timedelta(minutes=1)
        return self.go(now=now, done={**self.facts.done, path: Done(now, values or {})})

    def decide(self, answer: str) -> "Floor":
        question = self.outlook.questions[0]
        return self.go(decisions={**self.facts.decisions, question.key: answer})

    def path(self, name: str) -> str:
        """The path of a phase that is named by its own part alone."""
        found = [one.path for one in self.marking.visits if one.path.rpartition("/")[2] == name]
        return found[-1] if found else name

    @property
    def state(self) -> str:
        return self.marking.state

    @property
    def outlook(self) -> Outlook:
        return outlook(self.plan, self.marking, self.facts)

    @property
    def now(self) -> set[str]:
        """Names of the phases to perform."""
        return {one.rpartition("/")[2] for one in self.outlook.to_perform}

    @property
    def done(self) -> list[str]:
        phases = [one for one in self.events if one.kind in ("completed", "skipped") and one.path]
        return [
            one.path.rpartition("/")[2] for one in phases if self.plan.elements[split(one.path)[1]].level == "phase"
        ]

    def run(self, values: Callable[[str], Mapping[str, Known]] = lambda _: {}) -> "Floor":
        while self.marking.state is not State.COMPLETE and self.outlook.to_perform:
            path = self.outlook.to_perform[0]
            self.do(path, values(path))
        return self
