"""What an expression may name at its place: parameters around it, results of phases, steps.

A parameter is in reach in its own element and in all inside it; nested ones with a dot. The result of a phase is in
reach everywhere as ``phase.result``, a parameter of another element as ``element.parameter``.
"""

from dataclasses import dataclass, field

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.expression_types import TEXT, YES_OR_NO, Type, amount_in
from batchwright.recipes.phases import (
    Attach,
    Automated,
    Calculate,
    Charge,
    Decide,
    Dispense,
    Enter,
    Entry,
    Phase,
    Repeat,
    Result,
    Scan,
    Wait,
    Weigh,
)
from batchwright.recipes.procedure import MasterRecipe, Parameter, RecipeElement
from batchwright.recipes.values import ChoiceValue, FormulaValue, TextValue


@dataclass(frozen=True, slots=True)
class Named:
    """Something that an expression can name."""

    type: Type
    options: tuple[str, ...] = ()
    """Words that it can be; empty where any."""


def of_parameter(parameter: Parameter) -> Named | None:
    """What a parameter is; None where it has no value that can be named."""
    match parameter.value:
        case Quantity() as amount:
            return Named(Type("amount", amount.measured_in))
        case TextValue():
            return Named(TEXT)
        case ChoiceValue(of=options):
            return Named(TEXT, options)
        case FormulaValue(unit=unit):
            return Named(_amount(unit))
        case _:
            return None


def _amount(unit: str) -> Type:
    try:
        return amount_in(unit)
    except BadInput:  # told by the check of the parameter itself
        return Type("unknown")


def of_parameters(parameters: tuple[Parameter, ...], prefix: tuple[str, ...] = ()) -> dict[tuple[str, ...], Named]:
    """Parameters by path, nested ones too.

    Args:
        parameters: Of one element.
        prefix: Before their names.

    Returns:
        What each is.
    """
    found: dict[tuple[str, ...], Named] = {}
    for parameter in parameters:
        path = (*prefix, parameter.id)
        named = of_parameter(parameter)
        if named is not None:
            found[path] = named
        found |= of_parameters(parameter.parameters, path)
    return found


def of_phase(phase: Phase | None, inputs: dict[tuple[str, ...], Named]) -> dict[str, Named]:
    """What a phase leaves for expressions.

    Args:
        phase: What the phase does.
        inputs: Parameters in its reach, for what is dispensed.

    Returns:
        By name of the result.
    """
    match phase:
        case Enter() | Attach():
            return _of_entries(phase.entries)
        case Repeat():
            return {"count": Named(amount_in("1")), **_of_entries(phase.entries)}
        case Calculate() | Automated():
            return {one.id: _of_result(one) for one in phase.results}
        case Scan():
            return {"code": Named(TEXT)}
        case Weigh():
            return {"net": Named(amount_in(phase.unit))}
        case Dispense() | Charge():
            return {name: inputs[name,] for name in phase.inputs if (name,) in inputs}
        case Wait():
            return {"waited": Named(amount_in("s"))}
        case Decide():
            return {"choice": Named(TEXT, phase.options)}
        case _:
            return {}


def _of_entries(entries: tuple[Entry, ...]) -> dict[str, Named]:
    return {
        one.id: Named(amount_in(one.unit)) if one.type == "number" else Named(TEXT, one.options)
        for one in entries
        if one.type != "picture"
    }


def _of_result(result: Result) -> Named:
    kinds = {"text": TEXT, "choice": TEXT, "yes or no": YES_OR_NO}
    return Named(kinds[result.type] if result.type in kinds else amount_in(result.unit))


@dataclass(slots=True)
class RecipeScope:
    """What can be named at one place; implements `batchwright.recipes.expression_types.Scope`."""

    everywhere: dict[tuple[str, ...], Named]
    steps: frozenset[str]
    around: dict[tuple[str, ...], Named] = field(default_factory=dict)

    @classmethod
    def of(cls, recipe: MasterRecipe) -> "RecipeScope":
        """The scope of a recipe's own formula."""
        formula = of_parameters(recipe.formula.parameters)
        scope = cls({}, frozenset(_step_names(recipe)), formula)
        for element in recipe.elements:
            scope._gather(element, formula)
        return scope

    def _gather(self, element: RecipeElement, around: dict[tuple[str, ...], Named]) -> None:
        own = of_parameters(element.parameters)
        reach = around | own
        self.everywhere |= {(element.id, *path): named for path, named in own.items()}
        self.everywhere |= {(element.id, name): named for name, named in of_phase(element.phase, reach).items()}
        for inner in element.elements:
            self._gather(inner, reach)

    def inside(self, element: RecipeElement) -> "RecipeScope":
        """The scope inside an element of this one."""
        own = of_parameters(element.parameters) | {
            (name,): one for name, one in of_phase(element.phase, self.around).items()
        }
        return RecipeScope(self.everywhere, self.steps, self.around | own)

    def named(self, path: tuple[str, ...]) -> Named | None:
        """What a path names, the nearest first."""
        return self.around.get(path) or self.everywhere.get(path)

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        """The type of a parameter or result; None where there is none of that name."""
        found = self.named(path)
        return None if found is None else found.type

    def has_step(self, name: str) -> bool:
        """Whether there is a step, or an element, of that id or name."""
        return name in self.steps


def _step_names(recipe: MasterRecipe) -> set[str]:
    found = {step.id for step in recipe.logic.steps}
    for element in recipe.walk():
        found |= {element.id, element.name, *(step.id for step in element.logic.steps)}
    return found - {""}
