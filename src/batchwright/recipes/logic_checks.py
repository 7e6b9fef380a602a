"""Whether a graph of steps can be walked from its begin to its end, whichever way it takes.

The balance of parallel branches is found by walking with the branches that one is in: a divergence adds one, a
convergence takes the innermost away, and every node is met in the same branches on every way to it. A convergence joins
all branches of one divergence; a partial one is refused, since a reader of the chart could not say what waits for what.
"""

from dataclasses import dataclass, field

from batchwright.recipes.findings import Findings, Place
from batchwright.recipes.logic_graph import LogicGraph, Node
from batchwright.recipes.procedure import ProcedureLogic, RecipeElement

Branches = tuple[tuple[str, int], ...]
"""Divergences that are open, each with the number of the branch, from the outside in."""


def check_logic(
    logic: ProcedureLogic, elements: tuple[RecipeElement, ...], place: Place, where: str, into: Findings
) -> None:
    """Check the graph of one level.

    Args:
        logic: The graph.
        elements: Elements that its steps stand for.
        place: Path of the logic.
        where: The element around it, for people.
        into: Where findings go.
    """
    level = _Level(logic, LogicGraph.of(logic), {one.id for one in elements}, place, where, into)
    level.identifiers()
    level.links()
    level.steps()
    level.ways()
    level.branches()


@dataclass(slots=True)
class _Level:
    logic: ProcedureLogic
    graph: LogicGraph
    elements: set[str]
    place: Place
    where: str
    into: Findings
    joined: dict[str, set[tuple[str, int]]] = field(default_factory=dict)

    def error(self, code: str, node: Node | None, sentence: str, remedy: str) -> None:
        place, where = self.place, self.where
        if node is not None:
            key = f"{node.kind}s"
            ids = [one.id for one in getattr(self.logic, key)]
            place, where = (*place, key, ids.index(node.id)), f"{where} / {node.id}" if where else node.id
        self.into.error(code, place, where, sentence, remedy)

    def identifiers(self) -> None:
        seen: set[str] = set()
        for key in ("steps", "transitions", "links"):
            for index, one in enumerate(getattr(self.logic, key)):
                if one.id in seen:
                    sentence = f"The id {one.id} is given twice"
                    self.into.error("id-twice", (*self.place, key, index), self.where, sentence, "Give each its own.")
                seen.add(one.id)

    def links(self) -> None:
        for index, why in self.graph.broken:
            code = "link-open" if " has no " in why else "link-dangling"
            sentence = why[0].upper() + why[1:]
            self.into.error(code, (*self.place, "links", index), self.where, sentence, "Draw both ends of the link.")

    def steps(self) -> None:
        for kind in ("begin", "end"):
            count = len(self.graph.of_kind(kind))
            if count == 0 or (kind == "begin" and count > 1):
                found = "no" if count == 0 else str(count)
                self.error(
                    f"no-{kind}" if not count else "begins",
                    None,
                    f"The procedure has {found} {kind}",
                    f"Draw one {kind}.",
                )
        used = set()
        for step in self.graph.of_kind("element"):
            used.add(step.element)
            if step.element not in self.elements:
                sentence = f"The step {step.id} stands for {step.element or 'nothing'}, which is not an element here"
                self.error("step-element", Node("step", step.id), sentence, "Name an element of this level.")
        for name in sorted(self.elements - used):
            self.error("element-unused", None, f"No step stands for the element {name}", "Draw a step or remove it.")

    def ways(self) -> None:
        begins = [Node("step", step.id) for step in self.graph.of_kind("begin")]
        ends = [Node("step", step.id) for step in self.graph.of_kind("end")]
        reached = self.graph.reached_from(begins)
        leading = self.graph.reached_from(ends, self.graph.before)
        for node in self.graph.after:
            if begins and node not in reached:
                self.error("unreachable", node, f"No way leads from the begin to the {node.kind} {node.id}", "Link it.")
            elif node in reached and not self.graph.after[node] and node not in ends:
                self.error("dead-end", node, f"Nothing follows the {node.kind} {node.id}", "Link it onwards.")
            elif ends and node in reached and node not in leading:
                self.error(
                    "no-way-out", node, f"No way leads from the {node.kind} {node.id} to an end", "Add a way out."
                )
            self.alternation(node, ends)

    def alternation(self, node: Node, ends: list[Node]) -> None:
        """Where the procedure has to choose, conditions choose; nothing follows an end."""
        followers = self.graph.after[node]
        if node in ends and followers:
            self.error("after-end", node, f"Something follows the end {node.id}", "Remove the link.")
        kind = self.kind_of(node)
        if kind in ("ParallelDivergent", "ParallelConvergent", "transition"):
            if kind == "transition" and len(followers) > 1:
                sentence = f"Several links leave the transition {node.id}"
                self.error("ambiguous", node, sentence, "Draw a parallel divergence behind it.")
            return
        if len(followers) > 1 and not all(self.waits(one) for one in followers):
            sentence = f"Of the ways behind {node.id}, not every one begins with a transition"
            self.error("ambiguous", node, sentence, "Begin each way with a condition, or draw a parallel divergence.")

    def waits(self, node: Node) -> bool:
        """Whether a way that begins here waits for a condition; in front of a join it is the one behind the join."""
        if node.kind != "link" or not self.kind_of(node).endswith("Convergent"):
            return node.kind == "transition"
        behind = self.graph.after[node]
        return bool(behind) and all(one.kind == "transition" for one in behind)

    def kind_of(self, node: Node) -> str:
        if node.kind != "link":
            return node.kind
        return next(link.kind for link in self.logic.links if link.id == node.id)

    def branches(self) -> None:
        met: dict[Node, Branches] = {}
        waiting: list[tuple[Node, Branches]] = [(Node("step", one.id), ()) for one in self.graph.of_kind("begin")[:1]]
        while waiting:
            node, branches = waiting.pop()
            kind = self.kind_of(node)
            if kind == "ParallelConvergent":
                if not branches:
                    self.error(
                        "unbalanced", node, f"{node.id} joins branches that nothing parted", "Draw the divergence."
                    )
                    continue
                self.joined.setdefault(node.id, set()).add(branches[-1])
                branches = branches[:-1]
            if node in met:
                self.meeting(node, met[node], branches)
                continue
            met[node] = branches
            waiting += self.onwards(node, kind, branches)
        self.joins()

    def meeting(self, node: Node, before: Branches, now: Branches) -> None:
        if before != now:
            sentence = f"{node.id} is reached both from inside a parallel branch and from outside of it"
            self.error("branch-left", node, sentence, "Leave parallel branches only through their convergence.")

    def onwards(self, node: Node, kind: str, branches: Branches) -> list[tuple[Node, Branches]]:
        followers = self.graph.after[node]
        if kind == "ParallelDivergent":
            if len(followers) < 2:
                self.error("unbalanced", node, f"{node.id} parts fewer than two branches", "Draw them, or remove it.")
            return [(one, (*branches, (node.id, number))) for number, one in enumerate(followers)]
        if branches and kind == "step" and not followers:
            self.error(
                "branch-left", node, f"A parallel branch ends in {node.id} without meeting the others", "Join it."
            )
        return [(one, branches) for one in followers]

    def joins(self) -> None:
        wanted = {
            node.id: len(self.graph.after[node])
            for node in self.graph.after
            if self.kind_of(node) == "ParallelDivergent"
        }
        closed = set()
        for name, arrived in sorted(self.joined.items()):
            parted = {divergence for divergence, _ in arrived}
            closed |= parted
            if len(parted) > 1 or any(len(arrived) != wanted[one] for one in parted):
                sentence = f"{name} does not join all branches of one divergence ({', '.join(sorted(parted))})"
                self.error("unbalanced", Node("link", name), sentence, "Join exactly the branches that were parted.")
        begins = [Node("step", one.id) for one in self.graph.of_kind("begin")]
        reached = self.graph.reached_from(begins)
        for name in sorted(set(wanted) - closed):
            if Node("link", name) in reached:
                self.error(
                    "unbalanced", Node("link", name), f"The branches of {name} are never joined", "Draw a convergence."
                )
