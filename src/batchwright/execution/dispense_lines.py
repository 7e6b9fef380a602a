"""What a dispensing phase asks for: the lines of its formula, their tolerances, and what they wait for.

A line that is corrected for potency aims at pure substance, and each lot is weighed by its own potency; an excipient
that gives way is reckoned from what was really weighed. What a redline has set is weighed as it says. Nothing
provisional is weighed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from batchwright.execution.control_recipe import ControlRecipe, scaled_lines
from batchwright.execution.plan import Plan
from batchwright.execution.weighing_amounts import Correction, DispenseLine, Weighed, compensated
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.phases import Dispense, Tolerance
from batchwright.recipes.procedure import Parameter
from batchwright.recipes.values import PotencyCorrected

NO_TOLERANCE: Final = Tolerance(below=Quantity("0", "%"), above=Quantity("0", "%"))
"""A recipe that gives no tolerance allows no difference; then no scale is fine enough, and the refusal says so."""
DECIMALS: Final = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """One input that a phase dispenses."""

    name: str
    """As the phase names it."""
    path: str
    """Parameter of the formula."""
    title: str
    """What people call it."""
    material: str
    """Code of the definition."""
    theoretical: Quantity | None
    """Pure substance, or the target of what is not corrected, before anything gives way; None where it is no amount."""
    correction: Correction
    tolerance: Tolerance
    decimals: int
    provisional: bool
    """Whether it waits for the potency of a lot."""
    gives_way_to: tuple[str, ...] = ()
    """Paths of the lines that it compensates."""
    element: str = ""
    """Phase that dispenses it."""


def asked_of(control: ControlRecipe, plan: Plan) -> dict[str, Asked]:
    """Every input that the procedure dispenses.

    Args:
        control: The control recipe.
        plan: Its procedure, laid out.

    Returns:
        By phase and path, joined by a blank, in the order of the procedure.
    """
    as_scaled = {one.path: one.value for one in scaled_lines(control.recipe, control.size, control.potencies)}
    pure = {one.path: one.value for one in scaled_lines(control.recipe, control.size, ())}
    givers = _givers(plan)
    found = {}
    for element, phase in ((one.id, one.phase) for one in plan.elements.values()):
        if not isinstance(phase, Dispense):
            continue
        for name in phase.inputs:
            path = path_of(plan, element, name)
            parameter = plan.parameters.get(path)
            if parameter is None:
                continue
            line = control.line(path)
            redlined = line.value != as_scaled.get(path)
            value = line.value if redlined else pure.get(path)
            rule = parameter.scaling
            found[f"{element} {path}"] = Asked(
                name=name, path=path, title=parameter.name or name, material=parameter.material or name,
                theoretical=value if isinstance(value, Quantity) else None,
                correction=rule.assay if isinstance(rule, PotencyCorrected) and not redlined else "none",
                tolerance=phase.tolerance or NO_TOLERANCE, decimals=_decimals(parameter),
                provisional=line.provisional, gives_way_to=() if redlined else tuple(givers.get(path, ())),
                element=element,
            )  # fmt: skip
    return found


def path_of(plan: Plan, element: str, name: str) -> str:
    """Find the parameter that a name means at an element, from the inside outwards.

    Args:
        plan: The procedure.
        element: Where the name stands.
        name: Name of a parameter.

    Returns:
        Its path; the name itself where there is none.
    """
    for around in plan.around(element):
        path = f"{around}/{name}" if around else name
        if path in plan.parameters:
            return path
    return name


def _givers(plan: Plan) -> dict[str, list[str]]:
    """By excipient, the lines that it gives way to."""
    found: dict[str, list[str]] = {}
    for path, parameter in plan.parameters.items():
        rule = parameter.scaling
        if isinstance(rule, PotencyCorrected) and rule.compensated_by:
            found.setdefault(path[: len(path) - len(parameter.id)] + rule.compensated_by, []).append(path)
    return found


def _decimals(parameter: Parameter) -> int:
    rule = parameter.rounding
    return DECIMALS if rule is None or rule.decimals is None else max(rule.decimals, 0)


def line_of(
    asked: Asked, every: Mapping[str, Asked], weighed: Mapping[str, Sequence[Weighed]]
) -> tuple[DispenseLine, str]:
    """What is weighed for an input now.

    Args:
        asked: The input.
        every: As `asked_of` gives it.
        weighed: What was accepted, by path.

    Returns:
        The line, and how its amount came about where something gave way; "" else.

    Raises:
        DomainError: It waits for the potency of a lot, for what it gives way to, or is no amount.
    """
    if asked.theoretical is None:
        raise DomainError(f"the amount of {asked.title} is not known yet", remedy="Complete the steps before this one.")
    if asked.provisional and asked.correction != "none":
        raise DomainError(
            f"{asked.title} waits for the potency of its lot", value="100 % assumed",
            limit="assay on the certificate", remedy="Scan the lot that will be weighed first.",
        )  # fmt: skip
    line = DispenseLine(
        path=asked.path, material=asked.material, theoretical=asked.theoretical, correction=asked.correction,
        tolerance=asked.tolerance, decimals=asked.decimals,
    )  # fmt: skip
    if not asked.gives_way_to:
        return line, ""
    corrected = []
    for path in asked.gives_way_to:
        other = next((one for one in every.values() if one.path == path), None)
        if other is None:
            raise DomainError(f"{path} is dispensed nowhere", remedy="Correct the recipe by a redline.")
        corrected.append((line_of(other, every, weighed)[0], weighed.get(path, ())))
    amount, why = compensated(asked.theoretical, corrected, asked.decimals)
    return line.model_copy(update={"theoretical": amount}), why
