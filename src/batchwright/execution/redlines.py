"""A redline: a change of a running control recipe, each kind with its own rule; the master is left untouched.

What has been performed is not changed by a redline, and nothing is put where the procedure has already been: such a
change would stand in the record and never happen. Every redline becomes an exception that is signed.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from batchwright.execution.control_recipe import Bound, ControlRecipe, Fits, Line, bind
from batchwright.execution.marking import Marking, Spot, Visit, split
from batchwright.execution.plan import Plan
from batchwright.execution.states import ENDED, State
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.differences import differences
from batchwright.recipes.logic_graph import Node
from batchwright.recipes.procedure import End, Link, MasterRecipe, Parameter, RecipeElement, Step
from batchwright.recipes.scaling import parameters_of
from batchwright.recipes.values import Amount, Limits, Name, Part


class ChangeParameter(Part):
    """Another value, or other limits, of a parameter of the formula."""

    kind: Literal["parameter"] = "parameter"
    path: Name
    """As `batchwright.recipes.scaling.parameters_of` gives it."""
    value: Amount | None = None
    """None leaves the value as it is."""
    limits: Limits | None = None
    """None leaves the limits as they are."""


class ChangeLimits(Part):
    """Other limits of what a phase enters, calculates or weighs."""

    kind: Literal["limits"] = "limits"
    phase: Name
    field: Name
    """Id of the entry or the result; "net" for a weight."""
    limits: Limits


class SkipPhase(Part):
    """A phase that is not performed."""

    kind: Literal["skip"] = "skip"
    phase: Name


class AddPhase(Part):
    """A phase that is performed behind a step."""

    kind: Literal["add"] = "add"
    element: RecipeElement
    behind: Name
    """Id of the step, in the level in which the phase is put."""
    level: str = ""
    """Id of the operation."""


class BindUnit(Part):
    """Another unit for an element."""

    kind: Literal["unit"] = "unit"
    element: str = ""
    unit: Name


Change = Annotated[ChangeParameter | ChangeLimits | SkipPhase | AddPhase | BindUnit, Field(discriminator="kind")]
"""What a redline changes."""


@dataclass(frozen=True, slots=True)
class Redlined:
    """A control recipe after a redline."""

    control: ControlRecipe
    sentences: tuple[str, ...]
    """What has changed, for the exception and for whoever signs it."""


def redline(control: ControlRecipe, marking: Marking, number: str, change: Change, fits: Fits) -> Redlined:
    """Change a running control recipe.

    Args:
        control: The control recipe now.
        marking: Where the batch stands.
        number: Number of the redline, which is the number of its exception.
        change: What is changed.
        fits: Why a unit does not fit, for `BindUnit`.

    Returns:
        The new control recipe; `control` and its master are what they were.

    Raises:
        DomainError: What is changed is not there, has been performed, or the procedure has gone past it.
    """
    if number in control.redlines:
        raise DomainError("a redline of this number is in the control recipe", value=number)
    if marking.state in ENDED:
        raise DomainError(f"the batch is {marking.state} and takes no redline", value=number,
                          remedy="Record an exception.")  # fmt: skip
    match change:
        case ChangeParameter():
            changed, said = _parameter(control, number, change)
        case ChangeLimits():
            changed, said = _limits(control, marking, change), ()
        case SkipPhase():
            changed, said = _skip(control, marking, change)
        case AddPhase():
            changed, said = _add(control, marking, change), ()
        case _:
            changed, said = _unit(control, marking, change, fits)
    told = tuple(str(one) for one in differences(control.recipe, changed.recipe)) + said
    if not told:
        raise DomainError("the redline changes nothing", value=number)
    return Redlined(changed.model_copy(update={"redlines": (*control.redlines, number)}), told)


def _visits(marking: Marking, element: str) -> list[Visit]:
    return [one for one in marking.visits if one.path and split(one.path)[1] == element]


def _refuse_performed(plan: Plan, marking: Marking, element: str) -> None:
    """Refuse to change what runs, or has run and is not come back to."""
    if element not in plan.elements:
        raise DomainError("the recipe has no such element", value=element)
    visits = _visits(marking, element)
    if any(one.state is not State.COMPLETE and one.state is not State.IDLE for one in visits):
        raise DomainError(
            f"{plan.name(element)} has begun", value=visits[-1].state, limit="what has not begun",
            remedy="Stop or complete it first.",
        )  # fmt: skip
    if visits and not _is_to_come(plan, marking, element):
        raise DomainError(
            f"{plan.name(element)} is complete and not come back to", value=element, limit="what is still to come",
            remedy="Correct its values, or record an exception.",
        )  # fmt: skip


def _is_to_come(plan: Plan, marking: Marking, element: str) -> bool:
    """Whether the procedure can still come to an element, or come back to it."""
    level = plan.parents[element]
    steps = [Node("step", one.id) for one in plan.levels[level].steps.values() if one.element == element]
    return any(_may_reach(plan, marking, level, step) for step in steps)


def _may_reach(plan: Plan, marking: Marking, level: str, step: Node) -> bool:
    tokens = [one for one in marking.tokens if (split(one.level)[1] if one.level else "") == level]
    graph = plan.levels[level].graph
    ahead = [follower for one in tokens for follower in graph.after.get(_node(one.at), [])]
    if step in graph.reached_from(ahead):
        return True
    if not level:
        return not tokens and marking.state is State.IDLE
    return _is_to_come(plan, marking, level) if tokens or _visits(marking, level) else True


def _node(spot: Spot) -> Node:
    return Node("link" if spot.kind == "link" else "transition" if spot.kind == "transition" else "step", spot.id)


def _parameter(control: ControlRecipe, number: str, change: ChangeParameter) -> tuple[ControlRecipe, tuple[str, ...]]:
    line = control.line(change.path)
    said: tuple[str, ...] = ()
    lines = control.lines
    if change.value is not None and line.value != change.value:
        if isinstance(line.value, Quantity) and line.value.measured_in.dimension != change.value.measured_in.dimension:
            raise DomainError("the new value measures something else", value=change.value, limit=line.value)
        shown = line.value if isinstance(line.value, Quantity) else "what it was"
        said = (f"{change.path}: {shown} -> {change.value} in this batch",)
        new = Line(path=line.path, value=change.value, explanation=f"{change.value}, by the redline {number}")
        lines = tuple(new if one.path == line.path else one for one in lines)
    recipe = control.recipe
    if change.limits is not None:
        recipe = _with_limits(recipe, change.path, change.limits)
    return control.model_copy(update={"recipe": recipe, "lines": lines}), said


def _with_limits(recipe: MasterRecipe, path: str, limits: Limits) -> MasterRecipe:
    content = recipe.model_dump(mode="json")
    element, _, name = path.rpartition("/")
    where = content["formula"]["parameters"] if not element else _element(content["elements"], element)["parameters"]
    for part in name.split("."):
        found = next(one for one in where if one["id"] == part)
        where = found["parameters"]
    found["limits"] = limits.model_dump(mode="json")
    return MasterRecipe.model_validate(content)


def _element(elements: list[dict[str, object]], name: str) -> dict[str, list[dict[str, object]]]:
    waiting = list(elements)
    while True:
        one: dict[str, object] = waiting.pop()
        if one["id"] == name:
            return one  # type: ignore[return-value]  # as it stands in JSON
        waiting += one["elements"]  # type: ignore[arg-type]  # as it stands in JSON


def _replaced(recipe: MasterRecipe, element: RecipeElement) -> MasterRecipe:
    def inside(elements: tuple[RecipeElement, ...]) -> tuple[RecipeElement, ...]:
        return tuple(
            element if one.id == element.id else one.model_copy(update={"elements": inside(one.elements)})
            for one in elements
        )

    return recipe.model_copy(update={"elements": inside(recipe.elements)})


def _limits(control: ControlRecipe, marking: Marking, change: ChangeLimits) -> ControlRecipe:
    plan = control.plan
    _refuse_performed(plan, marking, change.phase)
    element = plan.elements[change.phase]
    phase = element.phase
    for key in ("entries", "results"):
        fields = getattr(phase, key, ())
        if phase is not None and any(one.id == change.field for one in fields):
            new = tuple(
                one.model_copy(update={"limits": change.limits}) if one.id == change.field else one for one in fields
            )
            phase = phase.model_copy(update={key: new})
            break
    else:
        if phase is None or change.field != "net" or phase.kind != "weigh":
            raise DomainError(f"{plan.name(change.phase)} has no such field", value=change.field)
        phase = phase.model_copy(update={"limits": change.limits})
    recipe = _replaced(control.recipe, element.model_copy(update={"phase": phase}))
    return control.model_copy(update={"recipe": recipe})


def _skip(control: ControlRecipe, marking: Marking, change: SkipPhase) -> tuple[ControlRecipe, tuple[str, ...]]:
    plan = control.plan
    _refuse_performed(plan, marking, change.phase)
    if change.phase in control.skipped:
        raise DomainError("this phase is skipped already", value=change.phase)
    said = f"{plan.name(change.phase)} is not performed in this batch"
    return control.model_copy(update={"skipped": (*control.skipped, change.phase)}), (said,)


def _add(control: ControlRecipe, marking: Marking, change: AddPhase) -> ControlRecipe:
    plan = control.plan
    if change.element.id in plan.elements or change.element.level != "phase":
        raise DomainError("what is added is a phase with an id of its own", value=change.element.id)
    if change.level not in plan.levels or change.behind not in plan.levels[change.level].steps:
        raise DomainError("there is no such step in this level", value=f"{change.level} / {change.behind}")
    level = plan.levels[change.level]
    step = level.steps[change.behind]
    if step.kind == "end" or change.element.id in {*level.steps, *level.conditions, *level.kinds}:
        raise DomainError("nothing can be added behind this step by this id", value=f"{step.id}, {change.element.id}")
    _refuse_gone_past(plan, marking, change.level, step)
    around = plan.elements[change.level]
    new = End(kind="step", id=change.element.id)
    links = tuple(
        one.model_copy(update={"source": new})
        if one.source is not None and one.source.id == step.id and one.source.kind in ("step", "") else one
        for one in around.logic.links
    )  # fmt: skip
    link = Link(id=f"{step.id} -> {change.element.id}", source=End(kind="step", id=step.id), target=new)
    logic = around.logic.model_copy(
        update={"links": (*links, link), "steps": (*around.logic.steps, Step(id=new.id, element=change.element.id))}
    )
    found = around.model_copy(update={"logic": logic, "elements": (*around.elements, change.element)})
    lines = tuple(_new_line(change.element.id, one) for one in _all(change.element.parameters))
    update = {"recipe": _replaced(control.recipe, found), "lines": (*control.lines, *lines)}
    return control.model_copy(update=update)


def _all(parameters: tuple[Parameter, ...]) -> list[tuple[str, Parameter]]:
    return list(parameters_of(MasterRecipe.model_validate({"id": "-", "formula": {"parameters": parameters}})))


def _new_line(element: str, found: tuple[str, Parameter]) -> Line:
    path, parameter = found
    return Line(path=f"{element}/{path}", value=parameter.value, explanation="as the redline wrote it")


def _refuse_gone_past(plan: Plan, marking: Marking, level: str, step: Step) -> None:
    """A phase is added only where the procedure stands or has yet to come."""
    stands = any(token.level and split(token.level)[1] == level and token.at.id == step.id for token in marking.tokens)
    if not stands and not _may_reach(plan, marking, level, Node("step", step.id)):
        raise DomainError(
            f"the procedure has gone on from {step.id}", value=plan.name(level), limit="a step that is still to come",
            remedy="Add the phase behind a step that runs or is still to come.",
        )  # fmt: skip


def _unit(
    control: ControlRecipe, marking: Marking, change: BindUnit, fits: Fits
) -> tuple[ControlRecipe, tuple[str, ...]]:
    before = next((one for one in control.bound if one.element == change.element), None)
    if before is None:
        raise DomainError("this element asks for no unit", value=change.element or "the recipe")
    if before.unit == change.unit:
        return control, ()
    plan = control.plan
    if change.element and any(one.state is State.COMPLETE for one in _visits(marking, change.element)):
        raise DomainError(f"{plan.name(change.element)} is complete", value=before.unit, limit="what is not complete")
    element = plan.elements.get(change.element)
    needs = element.equipment if element is not None else control.recipe.equipment
    new = bind(change.element, change.unit, needs, fits)
    bound: tuple[Bound, ...] = tuple(new if one is before else one for one in control.bound)
    said = f"{plan.name(change.element)}: {before.unit} -> {change.unit} in this batch"
    return control.model_copy(update={"bound": bound}), (said,)
