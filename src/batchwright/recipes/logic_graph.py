"""Procedure logic as nodes and arrows, whatever way its links were drawn.

A link with two ends is an arrow. A junction, and any link that another link ends at, is a node of its own. What cannot
be joined (an end that is missing, or leads nowhere) is told and left out.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from batchwright.recipes.procedure import End, Link, MasterRecipe, ProcedureLogic, RecipeElement, Step

Kind = Literal["step", "transition", "link"]


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A step, a transition, or a link at which others end."""

    kind: Kind
    id: str


@dataclass(slots=True)
class LogicGraph:
    """Nodes with their followers and forerunners, in the order of the links."""

    logic: ProcedureLogic
    after: dict[Node, list[Node]] = field(default_factory=dict)
    before: dict[Node, list[Node]] = field(default_factory=dict)
    broken: list[tuple[int, str]] = field(default_factory=list)
    """Index of a link that cannot be joined, and why."""

    @classmethod
    def of(cls, logic: ProcedureLogic) -> "LogicGraph":
        """Make the graph of one level.

        Args:
            logic: Steps, transitions and links.

        Returns:
            The graph; links that are broken are told in it.
        """
        graph = cls(logic)
        for node in [Node("step", one.id) for one in logic.steps] + [
            Node("transition", one.id) for one in logic.transitions
        ]:
            graph._add(node)
        named = {end.id for link in logic.links for end in (link.source, link.target) if end is not None}
        steps_and_transitions = {node.id for node in graph.after}
        inner = {link.id for link in logic.links if link.is_junction or link.id in named - steps_and_transitions}
        for identifier in inner:
            graph._add(Node("link", identifier))
        for index, link in enumerate(logic.links):
            graph._join(index, link, Node("link", link.id) if link.id in inner else None)
        return graph

    def _add(self, node: Node) -> None:
        self.after.setdefault(node, [])
        self.before.setdefault(node, [])

    def _join(self, index: int, link: Link, middle: Node | None) -> None:
        ends = [self._node_of(index, end, side) for end, side in ((link.source, "source"), (link.target, "target"))]
        stops = [one for one in (ends[0], middle, ends[1]) if one is not None]
        if middle is None and len(stops) < 2:
            missing = " and ".join(
                side for side, end in (("source", link.source), ("target", link.target)) if end is None
            )
            if missing:
                self.broken.append((index, f"the link {link.id} has no {missing}"))
            return
        for first, second in itertools.pairwise(stops):
            self.after[first].append(second)
            self.before[second].append(first)

    def _node_of(self, index: int, end: End | None, side: str) -> Node | None:
        if end is None:
            return None
        kinds: tuple[Kind, ...] = ("step", "transition", "link") if end.kind == "" else (end.kind,)
        found = next((Node(kind, end.id) for kind in kinds if Node(kind, end.id) in self.after), None)
        if found is None:
            link = self.logic.links[index].id
            self.broken.append(
                (index, f"the {side} of the link {link} is {end.kind or 'something'} {end.id}, which is not there")
            )
        return found

    def of_kind(self, kind: str) -> tuple[Step, ...]:
        """The steps of a kind: begin, element or end."""
        return tuple(step for step in self.logic.steps if step.kind == kind)

    def reached_from(self, starts: list[Node], arrows: Mapping[Node, list[Node]] | None = None) -> set[Node]:
        """All nodes that arrows lead to.

        Args:
            starts: Where to begin; they count as reached.
            arrows: Which way to follow; forwards where None.

        Returns:
            The nodes.
        """
        follow = self.after if arrows is None else arrows
        seen, waiting = set(starts), list(starts)
        while waiting:
            for node in follow[waiting.pop()]:
                if node not in seen:
                    seen.add(node)
                    waiting.append(node)
        return seen

    def in_order(self) -> list[Node]:
        """Nodes that can be reached, each before those after it; where the way loops back, the way in counts."""
        order: list[Node] = []
        seen: set[Node] = set()
        for start in [Node("step", step.id) for step in self.of_kind("begin")]:
            if start in seen:
                continue
            seen.add(start)
            waiting = [(start, iter(self.after[start]))]
            while waiting:
                node, rest = waiting[-1]
                follower = next((one for one in rest if one not in seen), None)
                if follower is None:
                    order.append(node)
                    waiting.pop()
                else:
                    seen.add(follower)
                    waiting.append((follower, iter(self.after[follower])))
        return order[::-1]


def spans(recipe: MasterRecipe) -> dict[str, tuple[int, int]]:
    """When each element begins and ends in the order of the procedure, counted in phases.

    Args:
        recipe: The master recipe.

    Returns:
        By id of the element: number of its first phase and of its last; parallel branches count one after another.
    """
    counted: dict[str, tuple[int, int]] = {}
    position = 0

    def count(element: RecipeElement) -> None:
        nonlocal position
        first = position
        inside = list(_in_order(element.logic, element.elements))
        for one in inside:
            count(one)
        if not inside:
            position += 1
        counted[element.id] = (first, position - 1)

    for element in _in_order(recipe.logic, recipe.elements):
        count(element)
    return counted


def _in_order(logic: ProcedureLogic, elements: tuple[RecipeElement, ...]) -> Iterator[RecipeElement]:
    """Elements in the order of their steps; those that no step reaches come last."""
    by_id = {element.id: element for element in elements}
    steps = {step.id: step.element for step in logic.steps}
    for node in LogicGraph.of(logic).in_order():
        element = by_id.pop(steps.get(node.id, ""), None) if node.kind == "step" else None
        if element is not None:
            yield element
    yield from by_id.values()
