"""The procedure of a recipe, laid out to be walked: elements by id, the graph of each level, order of alternatives."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from batchwright.kernel.errors import DomainError
from batchwright.recipes.logic_graph import LogicGraph, Node
from batchwright.recipes.procedure import (
    HoldTime,
    MasterRecipe,
    Parameter,
    ProcedureLogic,
    RecipeElement,
    SamplingPoint,
    Step,
)
from batchwright.recipes.scaling import parameters_of
from batchwright.recipes.values import Value


@dataclass(frozen=True, slots=True)
class Level:
    """The logic of one element, or of the recipe."""

    graph: LogicGraph
    steps: Mapping[str, Step]
    conditions: Mapping[str, str]
    kinds: Mapping[str, str]
    """Kinds of links, by id."""
    elements: Mapping[str, RecipeElement]
    followers: Mapping[Node, tuple[Node, ...]]
    """Of each node, in the order in which alternatives are looked at."""
    broken: tuple[str, ...]

    @classmethod
    def of(cls, logic: ProcedureLogic, elements: tuple[RecipeElement, ...]) -> "Level":
        """Lay out one level.

        Args:
            logic: Its logic; where it is empty and there is one element, that element is the whole procedure.
            elements: Its elements.

        Returns:
            The level.
        """
        if logic.is_empty and len(elements) == 1:
            logic = _only(elements[0])
        graph = LogicGraph.of(logic)
        order = {
            (link.source.id, link.target.id): link.order
            for link in logic.links
            if link.source is not None and link.target is not None and link.order is not None
        }
        followers = {
            node: tuple(
                one
                for _, one in sorted(enumerate(after), key=lambda pair: (order.get((node.id, pair[1].id), 0), pair[0]))
            )
            for node, after in graph.after.items()
        }
        return cls(
            graph, {one.id: one for one in logic.steps}, {one.id: one.condition for one in logic.transitions},
            {one.id: one.kind for one in logic.links}, {one.id: one for one in elements}, followers,
            tuple(why for _, why in graph.broken),
        )  # fmt: skip

    def kind_of(self, node: Node) -> str:
        """Whether a node is a step, a transition, or which link."""
        return self.kinds[node.id] if node.kind == "link" else node.kind


def _only(element: RecipeElement) -> ProcedureLogic:
    ends = [{"kind": "step", "id": name} for name in ("begin", element.id, "end")]
    return ProcedureLogic.model_validate(
        {
            "steps": [
                {"id": "begin", "kind": "begin"},
                {"id": element.id, "element": element.id},
                {"id": "end", "kind": "end"},
            ],
            "links": [
                {"id": "in", "source": ends[0], "target": ends[1]},
                {"id": "out", "source": ends[1], "target": ends[2]},
            ],
        }
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """A recipe laid out to be walked, with what is known of its formula."""

    recipe: MasterRecipe
    values: Mapping[str, Value | None] = field(default_factory=dict)
    """Scaled values, by path of the parameter as `batchwright.recipes.scaling.parameters_of` gives it; the nominal ones
    where none are given."""
    skipped: frozenset[str] = frozenset()
    """Phases that a redline takes out."""
    uninterrupted: frozenset[str] = frozenset()
    """Phases that must not be interrupted."""
    operator_decides: bool = False
    """Whether an operator decides where the recipe says nothing; else the batch waits and says why."""
    parameters: Mapping[str, Parameter] = field(init=False)
    """By path, for their rules of rounding."""
    elements: Mapping[str, RecipeElement] = field(init=False)
    parents: Mapping[str, str] = field(init=False)
    """By id of an element, that of the element around it; "" where it stands in the recipe."""
    levels: Mapping[str, Level] = field(init=False)
    """By id of the element whose logic it is; "" for the recipe."""
    holds: tuple[HoldTime, ...] = field(init=False)

    def __post_init__(self) -> None:
        elements: dict[str, RecipeElement] = {}
        parents: dict[str, str] = {}
        levels = {"": Level.of(self.recipe.logic, self.recipe.elements)}
        for parent, element in _with_parents(self.recipe):
            if element.id in elements:
                raise DomainError(
                    "the recipe gives one id to two elements", value=element.id, limit="an id of its own for each",
                    remedy="Correct the recipe; its checks name the places.",
                )  # fmt: skip
            elements[element.id], parents[element.id] = element, parent
            if element.level != "phase":
                levels[element.id] = Level.of(element.logic, element.elements)
        holds = (*self.recipe.holds, *(hold for element in elements.values() for hold in element.holds))
        parameters = dict(parameters_of(self.recipe))
        if not self.values:
            object.__setattr__(self, "values", {path: one.value for path, one in parameters.items()})
        object.__setattr__(self, "parameters", parameters)
        for name, found in (("elements", elements), ("parents", parents), ("levels", levels), ("holds", holds)):
            object.__setattr__(self, name, found)
        unknown = sorted((self.skipped | self.uninterrupted) - elements.keys())
        if unknown:
            raise DomainError("the recipe has no such element", value=", ".join(unknown))

    def name(self, element: str) -> str:
        """What people call an element; "the batch" for the recipe."""
        if not element:
            return "the batch"
        return self.elements[element].name or element

    def line_name(self, path: str) -> str:
        """What people call a line of the formula; its path where it names none."""
        parameter = self.parameters.get(path)
        return path if parameter is None else parameter.name or parameter.id

    def around(self, element: str) -> Iterator[str]:
        """The element itself and those around it, from the inside; "" for the recipe last."""
        while element:
            yield element
            element = self.parents[element]
        yield ""


def _with_parents(recipe: MasterRecipe) -> Iterator[tuple[str, RecipeElement]]:
    def inside(parent: str, elements: tuple[RecipeElement, ...]) -> Iterator[tuple[str, RecipeElement]]:
        for element in elements:
            yield parent, element
            yield from inside(element.id, element.elements)

    return inside("", recipe.elements)


def sampling_points(plan: Plan, element: str) -> dict[str, SamplingPoint]:
    """Give the sampling points in reach of an element, the nearest of each name.

    Args:
        plan: The procedure.
        element: Id of the element.

    Returns:
        By id.
    """
    found: dict[str, SamplingPoint] = {}
    for around in plan.around(element):
        for one in plan.elements[around].samples if around else ():
            found.setdefault(one.id, one)
    return found
