"""A recipe laid out for reading: the way down to an element, its lines, the formula, what is asked of equipment.

Pure; words are those of the recipe itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from batchwright.recipes.procedure import EquipmentRequirement, MasterRecipe, Parameter, RecipeElement
from batchwright.recipes.values import (
    ChoiceValue,
    FormulaValue,
    Part,
    PotencyCorrected,
    Proportional,
    Stepwise,
    TextValue,
    Unread,
    Value,
)
from batchwright.recipes.yaml_tree import Path


@dataclass(frozen=True, slots=True)
class Line:
    """One parameter of the formula or of an element.

    Attributes:
        path: Its path in the recipe, which is that in the text.
        where: Ids of the elements around it, from the outside in; "" in the formula.
        parameter: The parameter.
    """

    path: Path
    where: str
    parameter: Parameter

    @property
    def name(self) -> str:
        """What people call it."""
        return self.parameter.name or self.parameter.id

    @property
    def value(self) -> str:
        """Its value."""
        return value_words(self.parameter.value)

    @property
    def scaling(self) -> str:
        """How it follows the batch size."""
        match self.parameter.scaling:
            case Proportional():
                return "proportional"
            case Stepwise():
                return "stepwise"
            case PotencyCorrected(compensated_by=other):
                return f"potency, {other} gives way" if other else "potency"
            case _:
                return "fixed"

    @property
    def address(self) -> str:
        """Its path as one word, for a form."""
        return "/".join(map(str, self.path))


def value_words(value: Value | None) -> str:
    """Write a value as people do.

    Args:
        value: The value.

    Returns:
        The words; "" for none.
    """
    match value:
        case None:
            return ""
        case TextValue(text=words) | ChoiceValue(choice=words):
            return words
        case FormulaValue(formula=formula):
            return f"= {formula}"
        case Unread(written=written, unit=unit):
            return f"{written} {unit}".strip()
        case _:
            return str(value)


def lines(recipe: MasterRecipe) -> tuple[Line, ...]:
    """Give every parameter: the formula first, then the elements from the outside in.

    Args:
        recipe: The recipe.

    Returns:
        Lines.
    """
    found = list(_nested(recipe.formula.parameters, ("formula", "parameters"), ""))
    for path, element, where in elements(recipe):
        found += _nested(element.parameters, (*path, "parameters"), where)
    return tuple(found)


def _nested(parameters: tuple[Parameter, ...], path: Path, where: str) -> Iterator[Line]:
    for index, one in enumerate(parameters):
        yield Line((*path, index), where, one)
        yield from _nested(one.parameters, (*path, index, "parameters"), f"{where} / {one.id}" if where else one.id)


def elements(recipe: MasterRecipe) -> Iterator[tuple[Path, RecipeElement, str]]:
    """Give every element with its path and the ids down to it, each before what is inside it.

    Args:
        recipe: The recipe.

    Yields:
        Path, element, ids.
    """

    def inside(some: tuple[RecipeElement, ...], path: Path, where: str) -> Iterator[tuple[Path, RecipeElement, str]]:
        for index, one in enumerate(some):
            own, shown = (*path, "elements", index), f"{where} / {one.id}" if where else one.id
            yield own, one, shown
            yield from inside(one.elements, own, shown)

    yield from inside(recipe.elements, (), "")


def way_to(recipe: MasterRecipe, name: str) -> tuple[RecipeElement, ...]:
    """Give the elements from the outermost down to one.

    Args:
        recipe: The recipe.
        name: Id of the element.

    Returns:
        The elements; none where there is no such.
    """

    def search(some: tuple[RecipeElement, ...]) -> tuple[RecipeElement, ...]:
        for one in some:
            if one.id == name:
                return (one,)
            below = search(one.elements)
            if below:
                return (one, *below)
        return ()

    return search(recipe.elements)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one element asks of a unit.

    Attributes:
        where: The element, by its ids; "" for the recipe.
        requirements: A unit has to meet all of them.
    """

    where: str
    requirements: tuple[EquipmentRequirement, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Each as a sentence."""
        return tuple(requirement_words(one) for one in self.requirements)


def equipment(recipe: MasterRecipe) -> tuple[Asked, ...]:
    """Give what is asked of equipment, from the outside in.

    Args:
        recipe: The recipe.

    Returns:
        One for each element that asks for something.
    """
    found = [Asked("", recipe.equipment)] if recipe.equipment else []
    return (*found, *(Asked(where, one.equipment) for _path, one, where in elements(recipe) if one.equipment))


def requirement_words(one: EquipmentRequirement) -> str:
    """Write a requirement as people do.

    Args:
        one: The requirement.

    Returns:
        Such as ``HSG: working-volume at least 240 L``.
    """
    match one.comparison:
        case "within":
            limit = f"{one.low} to {one.high}"
        case "at least" | "at most":
            limit = str(one.amount)
        case _:
            limit = " or ".join(one.words) or ("" if one.amount is None else str(one.amount))
    asked = f"{one.property} {one.comparison} {limit}".strip() if one.property else one.condition
    return ": ".join(filter(None, (one.equipment_class, asked)))


_NAMES = {"uninterrupted": "must not be interrupted"}


def facts(part: Part | None) -> tuple[tuple[str, str], ...]:
    """Give what a phase says, name by name, without what is empty.

    Args:
        part: The phase's kind with its particulars.

    Returns:
        Names and words.
    """
    if part is None:
        return ()
    found = []
    for name in type(part).model_fields:
        value = getattr(part, name)
        if value not in (None, "", (), False):
            found.append((_NAMES.get(name, name.replace("_", " ")), _words(value)))
    return tuple(found)


def _words(value: object) -> str:
    if value is True:
        return "yes"
    if isinstance(value, tuple):
        return "; ".join(_words(one) for one in value)
    if isinstance(value, Part):
        if "action_low" in type(value).model_fields:
            return str(value)
        inside = ((name, getattr(value, name)) for name in type(value).model_fields)
        return ", ".join(f"{name.replace('_', ' ')} {_words(one)}" for name, one in inside if one not in (None, "", ()))
    return str(value)
