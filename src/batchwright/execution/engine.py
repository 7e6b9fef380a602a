"""Walks the procedure graph: from where a batch stands and what is known, to where it stands then and what happened.

`advance` is a pure function and has no memory. It goes on until nothing more can move, so that asking again without new
facts gives no event. A step is left when its element is complete and the condition behind it is true; a parallel
divergence starts every branch, its convergence waits for all of them; of alternatives exactly one is taken.

Nothing starts where the batch, or anything around, is not Running. Phases are completed by facts; operations, unit
procedures, procedures and the batch complete themselves when their end is reached.
"""

from datetime import timedelta

from batchwright.execution.choices import Blocked, Choices
from batchwright.execution.marking import (
    BATCH,
    Advance,
    Branch,
    Event,
    Facts,
    Marking,
    Spot,
    Token,
    Visit,
    around,
    below,
    split,
)
from batchwright.execution.plan import Level, Plan
from batchwright.execution.states import ENDED, SETTLES, State
from batchwright.kernel.durations import duration
from batchwright.kernel.errors import DomainError
from batchwright.recipes.logic_graph import Node
from batchwright.recipes.phases import Automated
from batchwright.recipes.procedure import RecipeElement

MOST_MOVES = 2_000
"""Moves without a phase in between, after which the procedure is said to go in a circle."""
_BUSY = frozenset({State.RUNNING, *SETTLES})


def idle() -> Marking:
    """A batch that nobody has started.

    Returns:
        Its marking.
    """
    return Marking(visits=(Visit(path=BATCH, state=State.IDLE),))


def advance(plan: Plan, marking: Marking, facts: Facts) -> Advance:
    """Go on as far as the facts allow.

    Args:
        plan: The procedure of the control recipe.
        marking: Where the batch stands.
        facts: Everything that is known, also what was known before.

    Returns:
        Where it stands now, and what happened, in order; the same marking and no events where nothing could move.

    Raises:
        DomainError: A phase is said to be complete that has not begun, or the procedure goes in a circle.
    """
    walk = Walk(plan, marking, facts)
    walk.take_facts()
    walk.go_on()
    return walk.result()


class Walk:
    """One walk over a marking; made for one call and thrown away.

    Args:
        plan: The procedure.
        marking: Where the batch stands.
        facts: What is known.
    """

    def __init__(self, plan: Plan, marking: Marking, facts: Facts) -> None:
        self.plan, self.before, self.facts = plan, marking, facts
        self.visits = {one.path: one for one in (marking.visits or idle().visits)}
        self.tokens = list(marking.tokens)
        self.events: list[Event] = []
        self.choices = Choices(plan, self.visits, facts)

    def result(self) -> Advance:
        """The marking and the events of this walk."""
        tokens = tuple(self.tokens)
        if not self.events and tokens == self.before.tokens:
            return Advance(self.before)
        return Advance(Marking(visits=tuple(self.visits.values()), tokens=tokens), tuple(self.events))

    # ------------------------------------------------------------------------------------------------------- facts
    def take_facts(self) -> None:
        """Complete the phases that are said to be complete."""
        for path, done in sorted(self.facts.done.items(), key=lambda pair: (pair[1].at, pair[0])):
            visit = self.visits.get(path)
            if visit is None or self._element(path) is None:
                raise DomainError(
                    "a phase is said to be complete that has not begun", value=path, limit="a phase that runs",
                    remedy="Take values only where may_perform allows it.",
                )  # fmt: skip
            # what was done before a RESET is a part of the record and not of this run
            earlier = visit.started is None or done.at < visit.started
            if visit.state not in ENDED and visit.state is not State.IDLE and not earlier:
                self._complete(visit, done.at)

    def go_on(self) -> None:
        """Move tokens and settle states until nothing changes."""
        moves = 0
        moved = True
        while moved:
            moved = self._settle() or self._begin()
            for token in list(self.tokens):
                if token in self.tokens and self._move(token):
                    moved = True
                    moves += 1
            if moves > MOST_MOVES:
                raise DomainError(
                    "the procedure goes in a circle without a phase to perform", limit=f"{MOST_MOVES} moves",
                    remedy="Correct the conditions of the loop.",
                )  # fmt: skip

    # ------------------------------------------------------------------------------------------------------ states
    def _settle(self) -> bool:
        """End transient states whose parts below have settled, from the inside out."""
        changed = False
        transient = [path for path, visit in self.visits.items() if visit.state in SETTLES]
        for path in sorted(transient, key=lambda one: -len(around(one))):
            visit = self.visits[path]
            if self._has_settled(path):
                self._set(visit, SETTLES[visit.state])
                changed = True
        return changed

    def _has_settled(self, path: str) -> bool:
        element = self._element(path)
        if element is not None and element.level == "phase":
            return not isinstance(element.phase, Automated) or path in self.facts.settled
        waits_for = {State.RESTARTING} if self.visits[path].state is State.RESTARTING else _BUSY
        return not any(one.state in waits_for for one in self.inside(path))

    def inside(self, path: str) -> list[Visit]:
        """Runs inside a run."""
        return [one for one in self.visits.values() if one.path and path in around(one.path)]

    def _set(self, visit: Visit, state: State) -> None:
        self.visits[visit.path] = visit.model_copy(update={"state": state})
        self._tell("state", visit.path, state)

    def _tell(self, kind: str, path: str, what: str = "", sentence: str = "") -> None:
        self.events.append(Event(kind, path, self.facts.now, what, sentence))

    def _complete(self, visit: Visit, at: object, *, skipped: bool = False) -> None:
        update = {"state": State.COMPLETE, "completed": at, "skipped": skipped}
        self.visits[visit.path] = visit.model_copy(update=update)
        self._tell("skipped" if skipped else "completed", visit.path)

    def _element(self, path: str) -> RecipeElement | None:
        return self.plan.elements.get(split(path)[1]) if path else None

    def level_of(self, path: str) -> Level:
        """The logic inside a run."""
        return self.plan.levels[split(path)[1] if path else ""]

    def halted(self, path: str) -> Visit | None:
        """The nearest run around (or itself) that is not Running; None where all are."""
        return next(
            (self.visits[one] for one in (path, *around(path)) if self.visits[one].state is not State.RUNNING), None
        )

    # ------------------------------------------------------------------------------------------------------ tokens
    def _begin(self) -> bool:
        """Put a token at the begin of each level that runs and has none."""
        inhabited = {token.level for token in self.tokens}
        changed = False
        for path, visit in list(self.visits.items()):
            element = self._element(path)
            if visit.state is not State.RUNNING or path in inhabited or (element and element.level == "phase"):
                continue
            level = self.level_of(path)
            begins = [step.id for step in level.steps.values() if step.kind == "begin"]
            if len(begins) == 1 and not level.broken and self.halted(path) is None:
                self.tokens.append(Token(level=path, at=Spot(kind="step", id=begins[0])))
                changed = True
        return changed

    def _move(self, token: Token) -> bool:
        way = self.way(token)
        if isinstance(way, Blocked):
            return False
        arrived = self.arrived(token) or [token]
        for one in arrived:
            self.tokens.remove(one)
        self._enter(token.model_copy(update={"branches": self._outside(token)}), way)
        return True

    def _outside(self, token: Token) -> tuple[Branch, ...]:
        """The branches that a token is in once it has left where it stands."""
        return token.branches[:-1] if self.arrived_at_join(token) else token.branches

    def way(self, token: Token) -> Node | Blocked:
        """Where a token goes now, or why it stays.

        Args:
            token: One of the tokens.

        Returns:
            The node that it enters next, or why it does not.
        """
        halted = self.halted(token.level)
        if halted is not None:
            return Blocked("state", f"{self.choices.place(halted.path)} is {halted.state}")
        level = self.level_of(token.level)
        blocked = self._at_work(token, level)
        if blocked is not None:
            return blocked
        if self.arrived_at_join(token) and not self.arrived(token):
            return Blocked("join", f"{self.choices.place(token.level)}: {token.at.id} waits for the other branches")
        at = Node(token.at.kind, token.at.id)  # type: ignore[arg-type]  # a spot was a node when it was made
        if at not in level.followers:
            return Blocked("stuck", f"{self.choices.place(token.level)}: the recipe has no {at.kind} {at.id} any more")
        towards = token.towards
        options = tuple(
            one for one in level.followers[at] if towards is None or (one.kind, one.id) == (towards.kind, towards.id)
        )
        way = self.choices.way(token, level, options)
        return way if isinstance(way, Blocked) else self._open(way, token, level)

    def _at_work(self, token: Token, level: Level) -> Blocked | None:
        """Why a token stays whose element is not complete."""
        step = level.steps.get(token.at.id) if token.at.kind == "step" else None
        if step is None or step.kind != "element":
            return None
        visit = self.visits[token.visit]
        if visit.state is State.COMPLETE:
            return None
        if visit.state is State.RUNNING:
            return Blocked("performing", "")
        return Blocked("state", f"{self.choices.place(visit.path)} is {visit.state}")

    def _open(self, way: Node, token: Token, level: Level) -> Node | Blocked:
        """The node, unless what it stands for cannot begin."""
        kind = level.kind_of(way)
        where = self.choices.place(token.level)
        if kind == "ParallelDivergent" and not level.followers[way]:
            return Blocked("stuck", f"{where}: nothing follows {way.id}")
        if kind == "ParallelConvergent" and not self._outside(token):
            return Blocked("stuck", f"{where}: {way.id} joins branches that nothing parted")
        step = level.steps[way.id] if kind == "step" else None
        if step is None or step.kind != "element":
            return way
        if step.element not in level.elements:
            return Blocked(
                "stuck", f"{where}: the step {step.id} stands for {step.element or 'nothing'}, which is not there"
            )
        left = self.choices.hold(step.element)
        if left is not None:
            wait = duration(timedelta(seconds=float(left.to("s").value)))
            return Blocked("time", f"{where}: {self.plan.name(step.element)} may begin in {wait}")
        return way

    def arrived_at_join(self, token: Token) -> bool:
        """Whether a token stands at a convergence of parallel branches."""
        level = self.level_of(token.level)
        return token.at.kind == "link" and level.kinds.get(token.at.id) == "ParallelConvergent"

    def arrived(self, token: Token) -> list[Token]:
        """All branches at the join that a token stands at; none where one is missing, or it stands at no join."""
        if not self.arrived_at_join(token):
            return []
        inner = token.branches[-1]
        there = [
            one for one in self.tokens
            if (one.level, one.at, one.branches[:-1]) == (token.level, token.at, token.branches[:-1])
            and one.branches[-1].divergence == inner.divergence
        ]  # fmt: skip
        parted = self.level_of(token.level).followers[Node("link", inner.divergence)]
        return there if {one.branches[-1].number for one in there} == set(range(len(parted))) else []

    def _enter(self, token: Token, way: Node) -> None:
        level = self.level_of(token.level)
        kind = level.kind_of(way)
        entered = token.model_copy(update={"at": Spot(kind=way.kind, id=way.id), "towards": None})
        if kind == "ParallelDivergent":
            for number, branch in enumerate(level.followers[way]):
                update = {
                    "towards": Spot(kind=branch.kind, id=branch.id),
                    "branches": (*token.branches, Branch(divergence=way.id, number=number)),
                }
                self.tokens.append(entered.model_copy(update=update))
            return
        if kind == "transition":
            self._tell("taken", token.level, way.id, level.conditions[way.id])
        step = level.steps[way.id] if kind == "step" else None
        if step is None or step.kind == "begin":
            self.tokens.append(entered)
        elif step.kind == "end":
            self._end(token.level)
        else:
            self.tokens.append(entered.model_copy(update={"visit": self._start(token.level, step.element)}))

    def _end(self, path: str) -> None:
        if not any(one.level == path for one in self.tokens):
            self._complete(self.visits[path], self.facts.now)

    def _start(self, level: str, element: str) -> str:
        runs = sum(1 for path in self.visits if path and split(path)[:2] == (level, element))
        path = below(level, element, runs + 1)
        broken = self.choices.broken_holds(element)
        self.visits[path] = Visit(path=path, state=State.RUNNING, started=self.facts.now)
        self._tell("started", path)
        for sentence in broken:
            self._tell("hold broken", path, element, sentence)
        if element in self.plan.skipped:
            self._complete(self.visits[path], self.facts.now, skipped=True)
        return path
