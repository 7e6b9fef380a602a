"""Everything that is checked before a recipe can be approved; the order is that of the recipe."""

from collections.abc import Iterable, Iterator

from batchwright.recipes.alternative_checks import check_options, check_ways
from batchwright.recipes.condition_checks import check_condition
from batchwright.recipes.findings import Finding, Findings, Place, Question, Site
from batchwright.recipes.formula_checks import check_balance, check_parameters, check_size, check_yields
from batchwright.recipes.hold_checks import Held, check_holds
from batchwright.recipes.logic_checks import check_logic
from batchwright.recipes.logic_graph import spans
from batchwright.recipes.phase_checks import check_equipment, check_phase
from batchwright.recipes.phases import Charge, Dispense
from batchwright.recipes.procedure import LEVELS, MasterRecipe, Parameter, ProcedureLogic, RecipeElement
from batchwright.recipes.scope import RecipeScope
from batchwright.recipes.twin_checks import check_twin

__all__ = ["Finding", "Site", "check", "errors"]


def check(recipe: MasterRecipe, site: Site | None = None) -> tuple[Finding, ...]:
    """Find what keeps a recipe from approval, and what its reviewer has to look at.

    Args:
        recipe: The master recipe.
        site: What the plant's units offer; None where equipment is not looked at.

    Returns:
        Findings in the order of the recipe.
    """
    return answered(look(recipe), site)


def answered(found: Iterable[Finding | Question], site: Site | None) -> tuple[Finding, ...]:
    """Have the plant answer what only it can.

    Args:
        found: What `look` gave.
        site: What the plant's units offer; None where equipment is not looked at.

    Returns:
        Findings in the same order.
    """
    return tuple(
        said
        for one in found
        for said in ((one,) if isinstance(one, Finding) else () if site is None else one.answered(site))
    )


def look(recipe: MasterRecipe) -> tuple[Finding | Question, ...]:
    """Find all that the recipe itself says, and what is to be asked of the plant.

    Args:
        recipe: The master recipe.

    Returns:
        Findings and questions in the order of the recipe.
    """
    checker = _Checker(recipe)
    checker.header()
    checker.formula()
    checker.procedure()
    checker.inputs_used()
    checker.options()
    check_holds(list(_holds(recipe)), recipe, spans(recipe), checker.into)
    return tuple(checker.into.found)


def errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Those findings that keep a recipe from approval.

    Args:
        findings: All.

    Returns:
        The errors.
    """
    return tuple(one for one in findings if one.severity == "error")


class _Checker:
    def __init__(self, recipe: MasterRecipe) -> None:
        self.recipe, self.into = recipe, Findings()
        self.scope = RecipeScope.of(recipe)

    def header(self) -> None:
        header = self.recipe.header
        if not header.product:
            self.into.error("no-product", ("header",), "header", "The recipe names no product", "Give its code.")
        check_size(header.batch_size, ("header", "batch_size"), self.into)
        if header.effective is not None and header.expires is not None and header.expires <= header.effective:
            sentence = "The recipe expires before it is effective"
            self.into.error("dates", ("header",), "header", sentence, "Correct one of the dates.")

    def formula(self) -> None:
        formula = self.recipe.formula
        place: Place = ("formula",)
        check_parameters(formula.parameters, self.scope, self.recipe, (*place, "parameters"), "", self.into)
        check_balance(formula.parameters, formula.balance_tolerance, place, "formula", self.into)
        check_yields(self.recipe.yields, self.scope, ("yields",), "", self.into)
        if not (self.recipe.yields or any(one.yields for one in self.recipe.walk())):
            sentence = "The recipe expects no yield (21 CFR 211.186(b)(7))"
            self.into.error("yield-limits", (), "", sentence, "Give expected yields with their limits.")
        check_equipment(self.recipe.equipment, ("equipment",), "", self.into)

    def procedure(self) -> None:
        self.identifiers()
        if not self.recipe.logic.is_empty:
            self.logic(self.recipe.logic, self.recipe.elements, ("logic",), "", self.scope)
        elif len(self.recipe.elements) != 1:
            count = len(self.recipe.elements)
            sentence = f"The recipe has {count} procedures and no logic between them"
            self.into.error("no-procedure", ("elements",), "", sentence, "Give one procedure.")
        inputs = {one.id: one for one in self.recipe.formula.parameters}
        for index, element in enumerate(self.recipe.elements):
            self.element(element, None, ("elements", index), "", self.scope, inputs, frozenset())

    def identifiers(self) -> None:
        seen: set[str] = set()
        for place, element in _elements(self.recipe):
            if element.id in seen:
                sentence = f"The id {element.id} is given to more than one element"
                self.into.error(
                    "id-twice", place, element.id, sentence, "Give each its own, so that results have one name."
                )
            seen.add(element.id)

    def logic(
        self, logic: ProcedureLogic, elements: tuple[RecipeElement, ...], place: Place, where: str, scope: RecipeScope
    ) -> None:
        check_logic(logic, elements, place, where, self.into)
        for index, one in enumerate(logic.transitions):
            shown = f"{where} / {one.id}" if where else one.id
            check_condition(one.condition, scope, (*place, "transitions", index), shown, self.into)
        check_ways(logic, scope, place, where, self.into)

    def element(
        self, element: RecipeElement, parent: RecipeElement | None, place: Place, where: str, scope: RecipeScope,
        inputs: dict[str, Parameter], points: frozenset[str],
    ) -> None:  # fmt: skip
        shown = f"{where} / {element.id}" if where else element.id
        scope = scope.inside(element)
        inputs = inputs | {one.id: one for one in element.parameters}
        points = points | {one.id for one in element.samples}
        self.level(element, parent, place, shown)
        check_parameters(element.parameters, scope, self.recipe, (*place, "parameters"), shown, self.into)
        check_yields(element.yields, scope, (*place, "yields"), shown, self.into)
        check_equipment(element.equipment, (*place, "equipment"), shown, self.into)
        self.controls(element, place, shown)
        if element.twin is not None:
            phases = frozenset(one.id for one in element.walk() if one.level == "phase")
            check_twin(element.twin, phases, scope, (*place, "twin"), shown, self.into)
        if element.level == "phase":
            check_phase(element, inputs, set(points), scope, place, shown, self.into)
        elif element.elements or not element.logic.is_empty:
            self.logic(element.logic, element.elements, (*place, "logic"), shown, scope)
        else:
            self.into.error("empty", place, shown, f"The {element.level} has nothing in it", "Fill it or remove it.")
        for index, inner in enumerate(element.elements):
            self.element(inner, element, (*place, "elements", index), shown, scope, inputs, points)

    def level(self, element: RecipeElement, parent: RecipeElement | None, place: Place, where: str) -> None:
        around = "recipe" if parent is None else parent.level
        wanted = 0 if parent is None else LEVELS.index(parent.level) + 1
        if wanted >= len(LEVELS) or LEVELS[wanted] != element.level:
            sentence = f"A {element.level} cannot be inside a {around}"
            self.into.error(
                "level", place, where, sentence, "Procedures hold unit procedures, those operations, those phases."
            )
        if element.level != "phase" and element.phase is not None:
            self.into.error("level", place, where, f"A {element.level} does nothing of itself", "Move it into a phase.")

    def controls(self, element: RecipeElement, place: Place, where: str) -> None:
        for index, one in enumerate(element.controls):
            own = (*place, "controls", index)
            if one.limits is None and not one.criterion:
                sentence = f"The in-process control {one.id} has neither limits nor a criterion"
                self.into.error("control-limits", own, where, sentence, "Give one.")
            if one.every is not None and not one.every.measured_in.is_time:
                self.into.error("unit-error", own, where, f"{one.every} is no time", "Write it in min or h.")

    def inputs_used(self) -> None:
        used: set[str] = set()
        for element in self.recipe.walk():
            if isinstance(element.phase, Dispense | Charge):
                used |= set(element.phase.inputs)
        for index, one in enumerate(self.recipe.formula.parameters):
            if one.kind == "input" and one.id not in used:
                sentence = f"No phase dispenses or charges the input {one.id}"
                self.into.warning("input-unused", ("formula", "parameters", index), one.id, sentence, "Charge it.")

    def options(self) -> None:
        shown: dict[str, tuple[Place, str]] = {}
        for place, element in _elements(self.recipe):
            around = next((where for at, where in shown.values() if at == place[:-2]), "")
            shown.setdefault(element.id, (place, f"{around} / {element.id}" if around else element.id))
        check_options(self.recipe, shown, self.into)


def _elements(recipe: MasterRecipe) -> Iterator[tuple[Place, RecipeElement]]:
    def inside(elements: tuple[RecipeElement, ...], place: Place) -> Iterator[tuple[Place, RecipeElement]]:
        for index, element in enumerate(elements):
            own = (*place, "elements", index)
            yield own, element
            yield from inside(element.elements, own)

    return inside(recipe.elements, ())


def _holds(recipe: MasterRecipe) -> Iterator[Held]:
    for index, hold in enumerate(recipe.holds):
        yield ("holds", index), hold
    for place, element in _elements(recipe):
        for index, hold in enumerate(element.holds):
            yield (*place, "holds", index), hold
