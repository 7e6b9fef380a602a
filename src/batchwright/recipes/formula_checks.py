"""Whether parameters, limits, yields and masses of a recipe hold together."""

import itertools
from fractions import Fraction

from batchwright.kernel import units
from batchwright.kernel.errors import BatchwrightError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.condition_checks import check_formula
from batchwright.recipes.evaluation import Size
from batchwright.recipes.expression_types import amount_in
from batchwright.recipes.findings import Findings, Place
from batchwright.recipes.procedure import BatchSize, ExpectedYield, MasterRecipe, Parameter
from batchwright.recipes.scaling import plain
from batchwright.recipes.scope import RecipeScope
from batchwright.recipes.values import (
    ChoiceValue,
    FormulaValue,
    Limits,
    Overage,
    PotencyCorrected,
    Proportional,
    Stepwise,
    Unread,
)

MASS = units.parse("g").dimension


def check_size(size: BatchSize, place: Place, into: Findings) -> None:
    """Check the batch size of the header.

    Args:
        size: Nominal, least and greatest.
        place: Its path.
        into: Where findings go.
    """
    for name in ("nominal", "minimum", "maximum"):
        amount = getattr(size, name)
        if isinstance(amount, Unread):
            into.error(
                "unread", (*place, name), "header", _unread(f"The {name} batch size", amount), "Write it in UCUM units."
            )
    if size.nominal is None:
        into.error("no-batch-size", place, "header", "The recipe has no nominal batch size", "Give it.")
    known = [one for one in (size.minimum, size.nominal, size.maximum) if isinstance(one, Quantity)]
    if len({one.measured_in.dimension for one in known}) > 1:
        into.error("unit-error", place, "header", "The batch sizes measure different things", "Use one unit.")
    elif known != sorted(known) or any(one.value <= 0 for one in known):
        sentence = "The batch sizes are not above zero and in rising order"
        into.error("batch-size", place, "header", sentence, "Order them: minimum, nominal, maximum.")


def _unread(what: str, amount: Unread) -> str:
    return f"{what} cannot be read: {amount.written} {amount.unit}".rstrip()


def check_parameters(
    parameters: tuple[Parameter, ...],
    scope: RecipeScope,
    recipe: MasterRecipe,
    place: Place,
    where: str,
    into: Findings,
) -> None:
    """Check parameters and those inside them.

    Args:
        parameters: Of one element or of the formula.
        scope: What their formulas may name.
        recipe: For its batch sizes.
        place: Path of the parameters.
        where: The element, for people.
        into: Where findings go.
    """
    seen: set[str] = set()
    for index, parameter in enumerate(parameters):
        own, shown = (*place, index), f"{where} / {parameter.id}" if where else parameter.id
        if parameter.id in seen:
            into.error("id-twice", own, shown, f"The parameter {parameter.id} is given twice", "Give each its own id.")
        seen.add(parameter.id)
        _value(parameter, scope, own, shown, into)
        _limits(parameter, own, shown, into)
        _scaling(parameter, parameters, recipe.header.batch_size, own, shown, into)
        check_parameters(parameter.parameters, scope, recipe, (*own, "parameters"), shown, into)


def _value(parameter: Parameter, scope: RecipeScope, place: Place, where: str, into: Findings) -> None:
    match parameter.value:
        case Unread() as unread:
            into.error("unread", (*place, "value"), where, _unread("The value", unread), "Write it in UCUM units.")
        case FormulaValue(formula=formula, unit=unit):
            try:
                wanted = amount_in(unit)
            except BatchwrightError as error:
                into.error("unit-error", (*place, "value"), where, str(error).rstrip("."), "Write a UCUM code.")
            else:
                check_formula(formula, wanted, scope, (*place, "value"), where, into)
        case ChoiceValue(choice=choice, of=options) if options and choice not in options:
            sentence = f"{choice} is not one of {', '.join(options)}"
            into.error("choice", (*place, "value"), where, sentence, "Choose one of them.")
        case None if parameter.kind != "parameter":
            into.error("no-value", place, where, f"The {parameter.kind} has no amount", "Give it.")


def _limits(parameter: Parameter, place: Place, where: str, into: Findings) -> None:
    value, limits = parameter.value, parameter.limits
    open_choice = not (isinstance(value, ChoiceValue) and value.of)
    if parameter.classification == "CPP":
        if limits is None and open_choice:
            into.error(
                "cpp-limits", place, where, "A critical process parameter has no limits", "Give its proven range."
            )
        if not parameter.cqas:
            sentence = "A critical process parameter names no quality attribute that it bears on"
            into.warning("cpp-cqas", place, where, sentence, "Name it under cqas.")
    if limits is None:
        return
    unit = value.unit if isinstance(value, Quantity | FormulaValue) else None
    if unit is None:
        into.error("limits", place, where, "Limits are given for what is no amount", "Remove them.")
    elif check_limits(limits, unit, (*place, "limits"), where, into) and isinstance(value, Quantity):
        low, high = limits.action_low or limits.alert_low, limits.action_high or limits.alert_high
        if (low is not None and value < low) or (high is not None and value > high):
            into.error(
                "outside", (*place, "value"), where, f"{value} is outside its own limits, {limits}", "Correct one."
            )


def check_limits(limits: Limits, unit: str, place: Place, where: str, into: Findings) -> bool:
    """Check that limits measure what they limit.

    Args:
        limits: The limits.
        unit: UCUM code of what they limit.
        place: Their path.
        where: For people.
        into: Where findings go.

    Returns:
        Whether they fit.
    """
    own, theirs = units.parse(unit), limits.in_order[0].measured_in
    if (own.dimension, own.is_point) == (theirs.dimension, theirs.is_point):
        return True
    into.error("unit-error", place, where, f"Limits in {theirs} cannot be held against {own}", "Use one unit.")
    return False


def _scaling(
    parameter: Parameter, siblings: tuple[Parameter, ...], size: BatchSize, place: Place, where: str, into: Findings
) -> None:
    rule, at = parameter.scaling, (*place, "scaling")
    if isinstance(rule, Proportional | PotencyCorrected | Stepwise) and not isinstance(parameter.value, Quantity):
        into.error("scaling", at, where, "Only an amount can follow the batch size", "Give an amount, or fix it.")
    if isinstance(rule, Proportional | PotencyCorrected) and parameter.rounding is None:
        say = into.error if isinstance(rule, PotencyCorrected) else into.warning
        say("no-rounding", at, where, "What follows the batch size has no rounding", "Give one, such as {decimals: 3}.")
    if isinstance(rule, PotencyCorrected) and rule.compensated_by:
        names = {one.id for one in siblings if isinstance(one.value, Quantity)} - {parameter.id}
        if rule.compensated_by not in names:
            sentence = f"The compensating excipient {rule.compensated_by} is not an amount beside it"
            into.error("unknown-reference", at, where, sentence, "Name a parameter of the same formula.")
    if isinstance(rule, Stepwise):
        _steps(rule, parameter, size, at, where, into)
    if parameter.overage is not None:
        _overage(parameter.overage, (*place, "overage"), where, into)


def _steps(rule: Stepwise, parameter: Parameter, size: BatchSize, place: Place, where: str, into: Findings) -> None:
    reaches = [step.up_to for step in rule.steps]
    greatest = size.maximum if size.maximum is not None else size.nominal
    bounds = [*reaches, greatest] if isinstance(greatest, Quantity) else reaches
    if len({one.measured_in.dimension for one in bounds}) > 1:
        into.error("unit-error", place, where, "The steps are not in the unit of the batch size", "Use its unit.")
    elif any(later <= earlier for earlier, later in itertools.pairwise(reaches)):
        into.error("scaling", place, where, "The steps do not rise", "Order them by size.")
    elif isinstance(greatest, Quantity) and reaches[-1] < greatest:
        sentence = f"The last step reaches {reaches[-1]}, and batches may be {greatest}"
        into.error("scaling", place, where, sentence, "Add a step.")
    value = parameter.value
    if isinstance(value, Quantity) and any(
        step.value.measured_in.dimension != value.measured_in.dimension for step in rule.steps
    ):
        into.error("unit-error", place, where, f"The values of the steps are not like {value}", "Use its unit.")


def _overage(overage: Overage, place: Place, where: str, into: Findings) -> None:
    if {overage.excess.measured_in.dimension, overage.limit.measured_in.dimension} != {()}:
        into.error("unit-error", place, where, "An overage is a fraction, such as 2.0 %", "Write it in %.")
    elif overage.excess > overage.limit:
        sentence = f"The overage of {overage.excess} is above its limit of {overage.limit}"
        into.error("overage", place, where, sentence, "Lower it, or justify another limit.")


def check_yields(
    yields: tuple[ExpectedYield, ...], scope: RecipeScope, place: Place, where: str, into: Findings
) -> None:
    """Check expected yields (21 CFR 211.186(b)(7)).

    Args:
        yields: Of the recipe or of an element.
        scope: What their formulas may name.
        place: Their path.
        where: For people.
        into: Where findings go.
    """
    for index, one in enumerate(yields):
        own, shown = (*place, index), f"{where} / {one.id}" if where else one.id
        if one.limits is None:
            into.error(
                "yield-limits", own, shown, "The yield has no limits", "Give those beyond which it is investigated."
            )
        else:
            check_limits(one.limits, "%", (*own, "limits"), shown, into)
        if not (one.actual and one.theoretical):
            into.error("yield-limits", own, shown, "The yield does not say of what", "Give actual and theoretical.")
            continue
        every = [
            check_formula(source, None, scope, (*own, key), shown, into)
            for key, source in (("actual", one.actual), ("theoretical", one.theoretical))
        ]
        if None not in every:
            check_formula(f"({one.actual}) / ({one.theoretical})", amount_in("%"), scope, own, shown, into)


def check_balance(
    parameters: tuple[Parameter, ...], tolerance: Quantity | None, place: Place, where: str, into: Findings
) -> None:
    """Check that what goes in comes out, or is an expected loss.

    Args:
        parameters: Of the formula.
        tolerance: How far both may differ, of what goes in; None where no balance is asked.
        place: Path of the formula.
        where: For people.
        into: Where findings go.
    """
    if tolerance is None:
        into.warning("no-balance", place, where, "No balance of masses is asked for", "Give balance_tolerance.")
        return
    totals = {"input": Fraction(0), "output": Fraction(0)}
    whole = True
    for index, one in enumerate(parameters):
        if one.kind == "parameter" or one.balance == "left out":
            continue
        found = mass_of(one)
        if found is None:
            whole = False
            sentence = f"The mass of the {one.kind} is not known"
            remedy = "Give it in kg, give mass_per_unit, or leave it out with the reason."
            into.error("no-mass", (*place, "parameters", index), one.id, sentence, remedy)
        else:
            totals[one.kind] += found
    off = abs(totals["input"] - totals["output"])
    if whole and off > totals["input"] * tolerance.in_root_units():
        kilograms = [f"{plain(one / 1000)} kg" for one in (totals["input"], totals["output"], off)]
        sentence = "Of {} that go in, {} come out or are lost: {} are missing or too much".format(*kilograms)
        into.error("mass", place, where, sentence, f"Correct amounts or losses; {tolerance} is allowed.")


def mass_of(parameter: Parameter) -> Fraction | None:
    """Mass of an input or output.

    Args:
        parameter: Its value, and its mass per unit where the value is no mass.

    Returns:
        Exact, in gram; None where it is not known.
    """
    value = parameter.value
    if not isinstance(value, Quantity):
        return None
    if value.measured_in.dimension == MASS:
        return Size.of(value).in_root_units()
    each = parameter.mass_per_unit
    if each is None or each.measured_in.dimension != MASS:
        return None
    return Fraction(value.value) * each.in_root_units()
