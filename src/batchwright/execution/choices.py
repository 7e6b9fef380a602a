"""Which way a token goes: the one way there is, or of alternatives the first whose condition is true.

A condition that cannot be judged yet keeps those behind it waiting: a lower one is never taken because a higher one is
unknown. Where the recipe says nothing (a blank condition, two ways without conditions) an operator decides if the
control recipe allows it; else the batch waits and says why. Nothing is guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from batchwright.execution.marking import Facts, Question, Token, Visit, split
from batchwright.execution.plan import Level, Plan
from batchwright.execution.states import State
from batchwright.execution.surroundings import Surroundings, seconds
from batchwright.kernel.errors import BatchwrightError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import expressions
from batchwright.recipes.expressions import Since
from batchwright.recipes.logic_graph import Node
from batchwright.recipes.scaling import plain


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why a token does not go on."""

    why: Literal["performing", "join", "condition", "time", "question", "state", "stuck"]
    sentence: str
    question: Question | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What decides at one moment."""

    plan: Plan
    visits: Mapping[str, Visit]
    facts: Facts

    def way(self, token: Token, level: Level, options: tuple[Node, ...]) -> Node | Blocked:
        """Where a token goes.

        Args:
            token: Where it stands.
            level: The logic around it.
            options: Nodes that follow, in order of priority.

        Returns:
            The node, or why it stays.
        """
        at = f"{self.place(token.level)}, behind {token.at.id}"
        if not options:
            return Blocked("stuck", f"{at}: nothing follows, and it is no end")
        if len(options) > 1 or options[0].kind == "transition":
            written = [_conditions(level, one) for one in options]
            if all(written):
                return self._first_true(token, level, dict(zip(options, written, strict=True)))
        if len(options) == 1:
            return options[0]
        names = tuple(one.id for one in options)
        sentence = f"{at}: several ways lead on and not each has a condition: {', '.join(names)}"
        return self._asked(token, options, names, sentence)

    def _asked(self, token: Token, options: tuple[Node, ...], names: tuple[str, ...], sentence: str) -> Node | Blocked:
        if not self.plan.operator_decides:
            return Blocked("stuck", f"{sentence}. The control recipe leaves no decision to the operator")
        key = f"{token.visit or token.level}>{token.at.id}>{','.join(one.id for one in options)}"
        answer = self.facts.decisions.get(key)
        if answer in names:
            return options[names.index(answer)]
        return Blocked("question", sentence, Question(key=key, level=token.level, sentence=sentence, options=names))

    def _first_true(
        self, token: Token, level: Level, options: Mapping[Node, tuple[tuple[str, str], ...]]
    ) -> Node | Blocked:
        said, timed = [], False
        where = self.place(token.level)
        for number, (option, conditions) in enumerate(options.items()):
            for name, condition in conditions:
                if not condition.strip():
                    return self._blank(token, level, dict(list(options.items())[number:]), name)
                try:
                    worth = Surroundings.of(self.plan, self.visits, self.facts, token.level).worth(condition)
                except BatchwrightError as error:
                    return Blocked("condition", f"{where}, {name}: {condition!r} cannot be judged: {error}")
                if worth is True:
                    return option
                if worth is not False:
                    return Blocked("stuck", f"{where}, {name}: {condition!r} is no condition")
                timed = timed or any(isinstance(one, Since) for one in expressions.walk(expressions.parse(condition)))
                said.append(f"{name}: {condition}")
        why: Literal["time", "condition"] = "time" if timed else "condition"
        return Blocked(why, f"{where}, behind {token.at.id}: none is true yet of {'; '.join(said)}")

    def _blank(
        self, token: Token, level: Level, options: Mapping[Node, tuple[tuple[str, str], ...]], name: str
    ) -> Node | Blocked:
        """The way where a condition is not written: an operator's; one with a condition has to fulfil it even so."""
        sentence = f"{self.place(token.level)}, {name}: nobody has written the condition"
        way = self._asked(token, tuple(options), tuple(one.id for one in options), sentence)
        if isinstance(way, Blocked) or not all(condition.strip() for _, condition in options[way]):
            return way
        return self._first_true(token, level, {way: options[way]})

    def hold(self, element: str) -> Quantity | None:
        """What is left of a time that has to pass before an element begins; None where nothing is."""
        longest = None
        for hold in self.plan.holds:
            since = self._ended(hold.after) if hold.before == element and hold.at_least is not None else None
            if since is not None and hold.at_least is not None and since < hold.at_least:
                left = Quantity(plain(hold.at_least.in_root_units() - since.in_root_units()), "s")
                longest = left if longest is None or left > longest else longest
        return longest

    def broken_holds(self, element: str) -> list[str]:
        """Hold times that are longer than they may be when an element begins, as sentences."""
        found = []
        for hold in self.plan.holds:
            since = self._ended(hold.after) if hold.before == element and hold.at_most is not None else None
            if since is not None and hold.at_most is not None and since > hold.at_most:
                hours = plain(since.in_root_units() / 3600)
                what = hold.what or hold.id
                found.append(f"{what} stood for {hours} h, longer than {hold.at_most} ({hold.id})")
        return found

    def _ended(self, element: str) -> Quantity | None:
        """Time since the latest completed run of an element."""
        latest = None
        for path, visit in self.visits.items():
            if path and visit.state is State.COMPLETE and visit.completed is not None and split(path)[1] == element:
                latest = visit.completed
        return None if latest is None else seconds(self.facts.now - latest)

    def place(self, path: str) -> str:
        """What people call a run: the names from the outside in."""
        names = []
        while path:
            path, element, occurrence = split(path)
            names.append(self.plan.name(element) + (f" ({occurrence})" if occurrence > 1 else ""))
        return " / ".join(reversed(names)) or "the batch"


def _conditions(level: Level, node: Node) -> tuple[tuple[str, str], ...]:
    """The conditions that a way begins with, by id; in front of a join those behind it; none where it has none.

    A step before a join that may also be repeated waits at the step, so that the repetition stays open until the join
    can be passed (`batchwright.recipes.logic_checks`).
    """
    if node.kind == "transition":
        return ((node.id, level.conditions[node.id]),)
    if node.kind != "link" or not level.kinds[node.id].endswith("Convergent"):
        return ()
    behind = level.followers[node]
    if not all(one.kind == "transition" for one in behind):
        return ()
    return tuple((one.id, level.conditions[one.id]) for one in behind)
