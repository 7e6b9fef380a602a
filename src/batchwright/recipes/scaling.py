"""The formula for one batch: scaled to its size, corrected for the potency of its lots, rounded, and explained.

Sizes are exact rational numbers; each result is rounded once, at its end, by the rule of its parameter. The correction
for potency follows 21 CFR 211.101(a) and the convention of pharmacopoeial monographs: an assay "as is" already counts
the water of the lot, one on the anhydrous (or dried) substance does not::

    m = theoretical / assay                        (as is)
    m = theoretical / (assay x (1 - water))        (anhydrous)

The compensating excipient gives way by what the potent one gained, as it will be weighed, so that the mass of the blend
and of each unit stays what it is: ``excipient = nominal - (m - theoretical)``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from batchwright.kernel import units
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.evaluation import Size
from batchwright.recipes.procedure import BatchSize, MasterRecipe, Parameter
from batchwright.recipes.values import (
    Fixed,
    FormulaValue,
    Overage,
    PotencyCorrected,
    Proportional,
    RoundingRule,
    Stepwise,
    Value,
)

ONE = units.parse("1")


@dataclass(frozen=True, slots=True)
class Potency:
    """What the certificate of a lot says."""

    assay: Quantity
    """Such as 98.6 %; a plain number is a fraction."""
    water: Quantity = field(default_factory=lambda: Quantity("0", "%"))
    lot: str = ""


@dataclass(frozen=True, slots=True)
class Scaled:
    """One line of the scaled formula."""

    path: str
    """Element and parameter, such as ``dispense/api``; the parameter alone in the formula of the recipe."""
    parameter: Parameter
    value: Value | None
    explanation: str
    """How the value came about: ``48.779 kg = 48.000 kg / (0.986 x (1 - 0.002))``."""


@dataclass(frozen=True, slots=True)
class ScaledFormula:
    """All parameters of a recipe for one batch."""

    size: Quantity
    factor: Fraction
    """Batch size over nominal batch size."""
    lines: tuple[Scaled, ...]

    def __getitem__(self, path: str) -> Scaled:
        for line in self.lines:
            if line.path == path:
                return line
        known = ", ".join(line.path for line in self.lines[:10])
        raise DomainError("the formula has no such parameter", value=path, limit=known or "none")


def scale(recipe: MasterRecipe, size: Quantity, potencies: Mapping[str, Potency] | None = None) -> ScaledFormula:
    """Scale every parameter of a recipe to a batch.

    Args:
        recipe: The master recipe.
        size: Size of the batch, in a unit of the nominal one.
        potencies: For each potency-corrected parameter (by path) what is known of its lot.

    Returns:
        All parameters, each with its explanation.

    Raises:
        DomainError: The size is outside its limits or there is no nominal one, a potency is missing or impossible, an
            overage is above its limit, or a compensating excipient would have to be less than nothing.
    """
    nominal = size_limits(recipe.header.batch_size, size)
    factor = Size.of(size).in_root_units() / Size.of(nominal).in_root_units()
    batch = _Batch(size, nominal, factor, dict(potencies or {}))
    lines = [batch.line(path, parameter) for path, parameter in parameters_of(recipe)]
    lines = [batch.compensated(line) for line in lines]
    unused = sorted(set(batch.potencies) - batch.used)
    if unused:
        raise DomainError(
            "a potency is given for what is not corrected", value=", ".join(unused),
            limit=", ".join(sorted(batch.used)) or "no parameter", remedy="Name parameters by path.",
        )  # fmt: skip
    return ScaledFormula(size, factor, tuple(lines))


def size_limits(limits: BatchSize, size: Quantity) -> Quantity:
    """Hold a batch size against the limits of the recipe.

    Args:
        limits: Of the recipe.
        size: Asked for.

    Returns:
        The nominal size.

    Raises:
        DomainError: The recipe has no readable nominal size, or the size asked for is outside the limits.
    """
    nominal = limits.nominal
    if not isinstance(nominal, Quantity) or nominal.value <= 0:
        raise DomainError("the recipe has no nominal batch size that can be read", remedy="Give it in the header.")
    low = limits.minimum if limits.minimum is not None else nominal
    high = limits.maximum if limits.maximum is not None else nominal
    if not isinstance(low, Quantity) or not isinstance(high, Quantity):
        raise DomainError("the limits of the batch size cannot be read", remedy="Write them in UCUM units.")
    if not low <= size <= high:
        raise DomainError(
            "the batch size is outside the limits of the recipe", value=size, limit=f"{low} to {high}",
            remedy="Choose a size within the limits, or have a recipe for this size approved.",
        )  # fmt: skip
    return nominal


def parameters_of(recipe: MasterRecipe) -> Iterator[tuple[str, Parameter]]:
    """All parameters with their paths: those of the formula, then those of the elements.

    Args:
        recipe: The master recipe.

    Yields:
        Path and parameter; nested parameters stand behind their parent, with a dot.
    """
    yield from _nested("", recipe.formula.parameters)
    for element in recipe.walk():
        yield from _nested(f"{element.id}/", element.parameters)


def _nested(prefix: str, parameters: tuple[Parameter, ...]) -> Iterator[tuple[str, Parameter]]:
    for parameter in parameters:
        yield prefix + parameter.id, parameter
        yield from _nested(f"{prefix}{parameter.id}.", parameter.parameters)


def rounded(size: Size, rule: RoundingRule | None, path: str) -> Quantity:
    """A size by its rule; without one it stays as it is, and where that has no decimals it is refused.

    Args:
        size: The exact size.
        rule: Of the parameter.
        path: Of the parameter, for the refusal.

    Returns:
        The quantity.

    Raises:
        DomainError: There is no rule, and the size has no exact decimal value.
    """
    try:
        return size.as_quantity(None if rule is None else rule.as_rounding)
    except DomainError as error:
        error.remedy = f"Give {path} a rounding, such as {{decimals: 3}}."
        raise


def plain(number: Fraction) -> str:
    """A number as an explanation writes it: exact where it has a short decimal, else with six significant digits."""
    decimal = Decimal(number.numerator) / Decimal(number.denominator)
    if Fraction(decimal) != number or len(decimal.as_tuple().digits) > 9:
        decimal = decimal.quantize(Decimal(1).scaleb(decimal.adjusted() - 5))
    return format(decimal.normalize(), "f")


@dataclass(slots=True)
class _Batch:
    size: Quantity
    nominal: Quantity
    factor: Fraction
    potencies: dict[str, Potency]
    used: set[str] = field(default_factory=set)
    gains: dict[str, dict[str, Fraction]] = field(default_factory=dict)
    """By path of the compensating excipient: who gained, and how much in root units."""

    def line(self, path: str, parameter: Parameter) -> Scaled:
        value = parameter.value
        if not isinstance(value, Quantity):
            shown = value.formula if isinstance(value, FormulaValue) else ""
            return Scaled(path, parameter, value, f"by the formula {shown}" if shown else "as written")
        match parameter.scaling:
            case Proportional():
                exact, text = self._proportional(value)
            case PotencyCorrected() as rule:
                exact, text = self._corrected(path, value, rule)
            case Stepwise() as rule:
                exact, text = self._stepped(rule, path)
            case Fixed():
                exact, text = Size.of(value), f"{value}, at every batch size"
        if parameter.overage is not None:
            exact, text = _with_overage(parameter.overage, exact, text, path)
        result = rounded(exact, parameter.rounding, path)
        if isinstance(parameter.scaling, PotencyCorrected) and parameter.scaling.compensated_by:
            prefix = path[: len(path) - len(parameter.id)]
            theoretical = self._proportional(value)[0].in_root_units()
            gained = self.gains.setdefault(prefix + parameter.scaling.compensated_by, {})
            gained[path] = Size.of(result).in_root_units() - theoretical
        unchanged = text.partition(",")[0] == str(result)
        return Scaled(path, parameter, result, text if unchanged else f"{result} = {text}")

    def _proportional(self, value: Quantity) -> tuple[Size, str]:
        exact = Size(Fraction(value.value) * self.factor, value.measured_in)
        return exact, str(value) if self.factor == 1 else f"{value} x {self.size} / {self.nominal}"

    def _stepped(self, rule: Stepwise, path: str) -> tuple[Size, str]:
        for step in rule.steps:
            if self.size <= step.up_to:
                return Size.of(step.value), f"{step.value}, for batches up to {step.up_to}"
        raise DomainError(
            f"no step of {path} reaches this batch size", value=self.size, limit=f"up to {rule.steps[-1].up_to}",
            remedy="Add a step to the recipe, or choose a smaller batch.",
        )  # fmt: skip

    def _corrected(self, path: str, value: Quantity, rule: PotencyCorrected) -> tuple[Size, str]:
        potency = self.potencies.get(path)
        if potency is None:
            raise DomainError(
                f"the potency of {path} is not known", remedy="Give assay and water of the lot that will be weighed."
            )
        self.used.add(path)
        exact, text = self._proportional(value)
        assay = _fraction_of(potency.assay, f"the assay of {path}", Fraction(1, 2), Fraction(3, 2))
        divisor, shown = assay, plain(assay)
        if rule.assay == "anhydrous":
            water = _fraction_of(potency.water, f"the water of {path}", Fraction(0), Fraction(1, 2))
            divisor, shown = assay * (1 - water), f"({plain(assay)} x (1 - {plain(water)}))"
        return Size(exact.value / divisor, exact.unit), f"{text} / {shown}"

    def compensated(self, line: Scaled) -> Scaled:
        gains = self.gains.get(line.path)
        if gains is None:
            return line
        by = " and ".join(gains)
        nominal = line.parameter.value
        if not isinstance(nominal, Quantity) or not isinstance(line.value, Quantity):
            raise DomainError(f"{line.path} cannot give way to {by}", value=line.explanation, limit="an amount")
        unit = nominal.measured_in
        gain = sum(gains.values(), Fraction(0)) / unit.factor
        base = Fraction(nominal.value) * (self.factor if isinstance(line.parameter.scaling, Proportional) else 1)
        if base < gain:
            raise DomainError(
                f"{line.path} cannot give way so far", value=f"{plain(gain)} {unit}", limit=f"<= {plain(base)} {unit}",
                remedy="Choose a lot of higher potency.",
            )  # fmt: skip
        result = rounded(Size(base - gain, unit), line.parameter.rounding, line.path)
        sign, did = ("-", "gained") if gain >= 0 else ("+", "lost")
        text = f"{result} = {line.value} {sign} {plain(abs(gain))} {unit} that {by} {did}"
        return Scaled(line.path, line.parameter, result, text)


def _fraction_of(amount: Quantity, what: str, low: Fraction, high: Fraction) -> Fraction:
    if amount.measured_in.dimension != ONE.dimension:
        raise DomainError(f"{what} is no fraction", value=amount, limit="such as 98.6 %")
    found = Size.of(amount).in_root_units()
    if not low <= found <= high:
        limit = f"{plain(low * 100)} % to {plain(high * 100)} %"
        raise DomainError(f"{what} is not credible", value=amount, limit=limit, remedy="Check the certificate.")
    return found


def _with_overage(overage: Overage, exact: Size, text: str, path: str) -> tuple[Size, str]:
    excess = _fraction_of(overage.excess, f"the overage of {path}", Fraction(0), Fraction(1))
    if excess > _fraction_of(overage.limit, f"the limit of the overage of {path}", Fraction(0), Fraction(1)):
        message, limit = f"the overage of {path} is above its limit", f"<= {overage.limit}"
        raise DomainError(message, value=overage.excess, limit=limit)
    return Size(exact.value * (1 + excess), exact.unit), f"{text} x (1 + {plain(excess)})"
