"""The control recipe: an effective master recipe for one batch (IEC 61512-1 clause 5.3.4; 21 CFR 211.188).

It holds its own copy of the master, the scaled formula in which every number explains itself, and the unit that each
requirement is bound to. It is frozen and hashed: a change of it is a redline (`batchwright.execution.redlines`), which
makes another one and leaves the master as it was approved.

Potency is often known only when a lot is staged. Until then a potency-corrected line stands with 100.0 % and is marked
provisional, as is the excipient that gives way to it; nothing provisional is weighed.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from batchwright.execution.plan import Plan
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.procedure import EquipmentRequirement, MasterRecipe
from batchwright.recipes.scaling import Potency, ScaledFormula, parameters_of, scale
from batchwright.recipes.values import Amount, Name, Part, PotencyCorrected, Text, Value

Fits = Callable[[str, Sequence[EquipmentRequirement]], Sequence[str]]
"""Given the tag of a unit and what is asked of it: why it does not fit, as sentences; none where it does."""


class Line(Part):
    """One parameter of the formula for this batch."""

    path: Name
    value: Value | None = None
    explanation: Text = ""
    """How the value came about."""
    provisional: bool = False
    """Whether it waits for the potency of a lot."""


class Bound(Part):
    """A unit that does what an element asks for."""

    element: str = ""
    """Id of the element; "" for the whole recipe."""
    unit: Name
    requirements: tuple[Name, ...] = ()
    """Ids of the requirements that were checked."""


class LotPotency(Part):
    """What the certificate of a lot says of its potency."""

    path: Name
    """Parameter that is corrected."""
    assay: Amount
    water: Amount
    lot: Text = ""

    @property
    def as_potency(self) -> Potency:
        """As scaling takes it."""
        return Potency(self.assay, self.water, self.lot)


class ControlRecipe(Part):
    """What is executed for one batch."""

    batch: Name
    recipe: MasterRecipe
    """The master, with the changes of redlines."""
    master: Text
    """SHA-256 of the master as it was approved."""
    size: Amount
    lines: tuple[Line, ...] = ()
    bound: tuple[Bound, ...] = ()
    potencies: tuple[LotPotency, ...] = ()
    skipped: tuple[Name, ...] = ()
    """Elements that a redline took out."""
    uninterrupted: tuple[Name, ...] = ()
    """Phases that must not be interrupted."""
    operator_decides: bool = False
    """Whether an operator decides where the recipe says nothing."""
    redlines: tuple[Name, ...] = ()
    """Numbers of the redlines in it, in order."""

    def line(self, path: str) -> Line:
        """A parameter of the formula.

        Args:
            path: As `batchwright.recipes.scaling.parameters_of` gives it.

        Returns:
            Its line.

        Raises:
            DomainError: There is none.
        """
        for one in self.lines:
            if one.path == path:
                return one
        raise DomainError("the formula of this batch has no such parameter", value=path)

    def unit_of(self, element: str, plan: Plan) -> str | None:
        """The unit that an element runs in.

        Args:
            element: Id of the element.
            plan: The procedure of this control recipe, as it was laid out once.

        Returns:
            Its own unit, or that of what is around it; None where none is bound.
        """
        units = {one.element: one.unit for one in self.bound}
        return next((units[one] for one in plan.around(element) if one in units), None)

    @property
    def plan(self) -> Plan:
        """The procedure, laid out to be walked; made anew each time, so keep it for several uses."""
        return Plan(
            self.recipe, {one.path: one.value for one in self.lines}, frozenset(self.skipped),
            frozenset(self.uninterrupted), self.operator_decides,
        )  # fmt: skip


def canonical(part: Part) -> bytes:
    """The canonical JSON of a part (RFC 8785 for texts, whole numbers, true, false, lists and objects).

    Args:
        part: Any part of a recipe or of a control recipe.

    Returns:
        UTF-8 bytes: sorted keys, no blanks, nothing for what is not given: the digest of a master is the one that
        its version was approved under.
    """
    content = part.model_dump(mode="json", exclude_none=True)
    return json.dumps(content, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode()


def digest(part: Part) -> str:
    """SHA-256 of the canonical JSON of a part.

    Args:
        part: Any part.

    Returns:
        Hexadecimal.
    """
    return hashlib.sha256(canonical(part)).hexdigest()


def make(
    recipe: MasterRecipe, *, batch: str, size: Quantity, at: datetime, units: Mapping[str, str], fits: Fits,
    potencies: Sequence[LotPotency] = (), uninterrupted: Sequence[str] = (), operator_decides: bool = False,
) -> ControlRecipe:  # fmt: skip
    """Make the control recipe of a batch.

    Args:
        recipe: The effective master recipe.
        batch: Number of the batch.
        size: Its size.
        at: When it is made; the recipe has to be in force then.
        units: Tag of the unit for each element that asks something of its equipment, by its id; "" for the recipe.
        fits: Why a unit does not fit.
        potencies: What is known of lots.
        uninterrupted: Ids of phases that must not be interrupted, beside those of which the recipe says so.
        operator_decides: Whether an operator decides where the recipe says nothing.

    Returns:
        The control recipe.

    Raises:
        DomainError: The recipe is not in force, the size is outside its limits, a requirement has no unit or one that
            does not fit, or a unit is given to what asks for none.
    """
    _require_in_force(recipe, at)
    named = [one.id for one in recipe.walk() if one.phase is not None and one.phase.uninterrupted]
    control = ControlRecipe(
        batch=batch, recipe=recipe, master=digest(recipe), size=size, bound=_bound(recipe, units, fits),
        potencies=tuple(potencies), uninterrupted=tuple(dict.fromkeys([*named, *uninterrupted])),
        operator_decides=operator_decides,
    )  # fmt: skip
    found = control.model_copy(update={"lines": scaled_lines(recipe, size, control.potencies)})
    _ = found.plan  # refuses ids that stand twice, and names that nobody has
    return found


def with_potency(control: ControlRecipe, potency: LotPotency) -> ControlRecipe:
    """The control recipe once the potency of a lot is known.

    Args:
        control: The control recipe.
        potency: What the certificate says.

    Returns:
        The control recipe with the corrected line, and the excipient that gives way; lines that a redline set stay.

    Raises:
        DomainError: The parameter is not corrected for potency, or the potency is impossible.
    """
    kept = tuple(one for one in control.potencies if one.path != potency.path)
    potencies = (*kept, potency)
    # only lines that scaling itself made are made anew
    old = {one.path: one for one in scaled_lines(control.recipe, control.size, control.potencies)}
    new = {one.path: one for one in scaled_lines(control.recipe, control.size, potencies)}
    lines = tuple(new[one.path] if one == old.get(one.path) else one for one in control.lines)
    return control.model_copy(update={"potencies": potencies, "lines": lines})


def _require_in_force(recipe: MasterRecipe, at: datetime) -> None:
    header = recipe.header
    if header.effective is not None and at < header.effective:
        raise DomainError(
            "the recipe is not effective yet", value=f"{recipe.id} {recipe.version}",
            limit=f"from {clock.iso(header.effective)}", remedy="Use the version that is effective now.",
        )  # fmt: skip
    if header.expires is not None and at >= header.expires:
        raise DomainError(
            "the recipe has expired", value=f"{recipe.id} {recipe.version}", limit=f"until {clock.iso(header.expires)}",
            remedy="Have a new version approved.",
        )  # fmt: skip


def scaled_lines(recipe: MasterRecipe, size: Quantity, potencies: tuple[LotPotency, ...]) -> tuple[Line, ...]:
    """The formula of a batch as scaling gives it, without any redline.

    Args:
        recipe: The recipe.
        size: Of the batch.
        potencies: What is known of lots; where nothing is, a line stands with 100.0 % and is provisional.

    Returns:
        A line for each parameter.
    """
    known = {one.path: one.as_potency for one in potencies}
    assumed: dict[str, str] = {}
    for path, parameter in parameters_of(recipe):
        rule = parameter.scaling
        if isinstance(rule, PotencyCorrected) and path not in known:
            known[path] = Potency(Quantity("100.0", "%"))
            assumed[path] = path
            if rule.compensated_by:
                assumed[path[: len(path) - len(parameter.id)] + rule.compensated_by] = path
    scaled: ScaledFormula = scale(recipe, size, known)
    return tuple(
        Line(
            path=one.path, value=one.value, provisional=one.path in assumed,
            explanation=one.explanation + (
                f"; provisional until the potency of {assumed[one.path]} is known" if one.path in assumed else ""
            ),
        )
        for one in scaled.lines
    )  # fmt: skip


def _bound(recipe: MasterRecipe, units: Mapping[str, str], fits: Fits) -> tuple[Bound, ...]:
    asking = {"": recipe.equipment} | {one.id: one.equipment for one in recipe.walk()}
    asking = {element: requirements for element, requirements in asking.items() if requirements}
    idle = sorted(units.keys() - asking.keys())
    if idle:
        raise DomainError(
            "a unit is given to what asks for none", value=", ".join(idle), limit=", ".join(asking) or "no element",
            remedy="Bind units to the elements that have requirements.",
        )  # fmt: skip
    return tuple(bind(element, units.get(element, ""), needs, fits) for element, needs in asking.items())


def bind(element: str, unit: str, requirements: tuple[EquipmentRequirement, ...], fits: Fits) -> Bound:
    """Bind a unit to what an element asks for.

    Args:
        element: Id of the element; "" for the recipe.
        unit: Tag of the unit.
        requirements: All of them; the unit has to meet each.
        fits: Why a unit does not fit.

    Returns:
        The binding.

    Raises:
        DomainError: No unit is given, or it does not fit.
    """
    where = element or "the recipe"
    if not unit:
        raise DomainError(f"no unit is given for {where}", limit=", ".join(one.id for one in requirements),
                          remedy="Choose a unit that meets the requirements.")  # fmt: skip
    reasons = fits(unit, requirements)
    if reasons:
        raise DomainError(
            f"{unit} does not fit {where}", value=unit, limit="; ".join(one.rstrip(".") for one in reasons),
            remedy="Choose another unit.",
        )  # fmt: skip
    return Bound(element=element, unit=unit, requirements=tuple(one.id for one in requirements))
