"""Whether phases say what they need, and whether a unit of the plant can do what is asked."""

from batchwright.kernel.quantity import Quantity
from batchwright.recipes.condition_checks import check_condition, check_formula
from batchwright.recipes.expression_types import TEXT, YES_OR_NO, Type, amount_in
from batchwright.recipes.findings import Findings, Place
from batchwright.recipes.formula_checks import check_limits
from batchwright.recipes.phases import (
    Attach,
    Automated,
    Calculate,
    Charge,
    Clean,
    ClearLine,
    Decide,
    Dispense,
    Enter,
    Entry,
    Instruct,
    Phase,
    Repeat,
    Result,
    Sample,
    Scan,
    Sign,
    Verify,
    Wait,
    Weigh,
)
from batchwright.recipes.procedure import EquipmentRequirement, Parameter, RecipeElement
from batchwright.recipes.scope import RecipeScope


def check_phase(
    element: RecipeElement, inputs: dict[str, Parameter], points: set[str], scope: RecipeScope, place: Place,
    where: str, into: Findings,
) -> None:  # fmt: skip
    """Check what a phase says of itself.

    Args:
        element: The phase.
        inputs: Parameters in reach, by id.
        points: Sampling points in reach.
        scope: What its formulas may name.
        place: Its path.
        where: For people.
        into: Where findings go.
    """
    if element.phase is None:
        into.error("no-kind", place, where, "The phase does not say what it does", "Give its kind.")
        return
    check = _PhaseCheck(inputs, points, scope, (*place, "phase"), where, into)
    missing = _missing(element.phase)
    if missing:
        check.error("empty-phase", (), f"The phase has no {missing}", f"Give {missing}.")
    check.phase(element.phase)


def _missing(phase: Phase) -> str:
    """What a phase cannot do without and lacks."""
    match phase:
        case Instruct(text="", document=""):
            return "text"
        case Enter(entries=()) | Repeat(entries=()):
            return "entries"
        case Attach(instrument=""):
            return "instrument"
        case Calculate(results=()):
            return "results"
        case Dispense(inputs=()) | Charge(inputs=(), text=""):
            return "inputs"
        case ClearLine(area="") | ClearLine(points=(), document=""):
            return "area and points"
        case Clean(procedure=""):
            return "procedure"
        case Sample(points=()):
            return "points"
        case Wait(at_least=None, at_most=None):
            return "time"
        case Verify(statement="") | Sign(meaning=""):
            return "statement or meaning"
        case Decide(options=options) if len(options) < 2:
            return "options to choose from"
        case Repeat(every=None) | Repeat(until="", at_most=None):
            return "every, and until or at_most"
        case Automated(service=""):
            return "service"
        case _:
            return ""


class _PhaseCheck:
    def __init__(
        self,
        inputs: dict[str, Parameter],
        points: set[str],
        scope: RecipeScope,
        place: Place,
        where: str,
        into: Findings,
    ) -> None:
        self.inputs, self.points, self.scope = inputs, points, scope
        self.place, self.where, self.into = place, where, into

    def error(self, code: str, path: Place, sentence: str, remedy: str) -> None:
        self.into.error(code, (*self.place, *path), self.where, sentence, remedy)

    def phase(self, phase: Phase) -> None:
        match phase:
            case Enter(entries=entries) | Attach(entries=entries):
                self.entries(entries)
            case Repeat():
                self.entries(phase.entries)
                self.times(phase.every, None)
                if phase.until:
                    check_condition(phase.until, self.scope, (*self.place, "until"), self.where, self.into)
            case Calculate() | Automated():
                self.results(phase.results, calculated=isinstance(phase, Calculate))
                for index, one in enumerate(getattr(phase, "parameters", ())):
                    self.known(one.value, ("parameters", index))
            case Weigh():
                self.weigh(phase)
            case Dispense() | Charge():
                self.dispense(phase)
            case Sample():
                for name in sorted(set(phase.points) - self.points):
                    self.error("unknown-reference", ("points",), f"There is no sampling point {name}", "Describe it.")
            case Wait():
                self.times(phase.at_least, phase.at_most)
            case _:
                self.rest(phase)

    def rest(self, phase: Phase) -> None:
        match phase:
            case Verify():
                for index, name in enumerate(phase.phases):
                    if not self.scope.has_step(name):
                        self.error("unknown-reference", ("phases", index), f"There is no phase {name}", "Name a phase.")
            case Decide(formula=formula) if formula:
                check_formula(formula, TEXT, self.scope, (*self.place, "formula"), self.where, self.into)
            case Scan(what="material", expects=expects) if expects:
                self.known(expects, ("expects",))

    def entries(self, entries: tuple[Entry, ...]) -> None:
        for index, one in enumerate(entries):
            path: Place = ("entries", index)
            if one.type == "choice" and len(one.options) < 2:
                self.error("empty-phase", path, f"The choice {one.id} has fewer than two options", "Give them.")
            if one.limits is not None and one.type != "number":
                self.error("limits", path, f"{one.id} has limits and is no number", "Remove them.")
            self.limited(one, path, open_choice=one.type != "choice")

    def limited(self, one: Entry | Result, path: Place, *, open_choice: bool) -> None:
        if one.limits is not None:
            check_limits(one.limits, one.unit, (*self.place, *path, "limits"), self.where, self.into)
        elif one.classification == "CPP" and open_choice:
            sentence = f"The critical process parameter {one.id} has no limits"
            self.error("cpp-limits", path, sentence, "Give its proven range.")

    def results(self, results: tuple[Result, ...], *, calculated: bool) -> None:
        for index, one in enumerate(results):
            path: Place = ("results", index)
            self.limited(one, path, open_choice=one.type == "number")
            if one.formula:
                kinds = {"number": amount_in(one.unit), "yes or no": YES_OR_NO}
                wanted: Type = kinds.get(one.type, TEXT)
                place = (*self.place, *path, "formula")
                check_formula(one.formula, wanted, self.scope, place, self.where, self.into)
            elif calculated:
                self.error("empty-phase", path, f"The result {one.id} has no formula", "Write it.")

    def known(self, name: str, path: Place) -> None:
        if name not in self.inputs:
            self.error(
                "unknown-reference", path, f"There is no parameter {name} in reach", "Name one, or move it outwards."
            )

    def weigh(self, phase: Weigh) -> None:
        own = amount_in(phase.unit)
        if phase.limits is not None:
            check_limits(phase.limits, phase.unit, (*self.place, "limits"), self.where, self.into)
        if phase.target:
            self.known(phase.target, ("target",))
            found = self.scope.type_of((phase.target,))
            if found is not None and not found.is_like(own):
                self.error(
                    "unit-error", ("target",), f"{phase.target} is {found} and not in {phase.unit}", "Use one unit."
                )
            if phase.tolerance is None and phase.limits is None:
                self.error("no-tolerance", (), "The weight has a target and no tolerance", "Give one.")

    def dispense(self, phase: Dispense | Charge) -> None:
        for index, name in enumerate(phase.inputs):
            self.known(name, ("inputs", index))
            parameter = self.inputs.get(name)
            if parameter is not None and parameter.kind != "input":
                self.error("not-an-input", ("inputs", index), f"{name} is no input of the formula", "Name an input.")
        if isinstance(phase, Dispense):
            if phase.tolerance is None:
                self.error("no-tolerance", (), "What is dispensed has no tolerance", "Give one, such as 0.2 %.")
            if not phase.second_person:
                sentence = "Nobody checks what is dispensed (21 CFR 211.101(c))"
                self.into.warning("unchecked", self.place, self.where, sentence, "Set second_person.")

    def times(self, *amounts: Quantity | None) -> None:
        known = [one for one in amounts if one is not None]
        if not all(one.measured_in.is_time for one in known):
            self.error("unit-error", (), f"{known[0]} is no time", "Write it in min or h.")
        elif known != sorted(known):
            self.error("limits", (), f"At least {known[0]} is longer than at most {known[1]}", "Correct one.")


def check_equipment(requirements: tuple[EquipmentRequirement, ...], place: Place, where: str, into: Findings) -> None:
    """Check what is asked of equipment, and have the plant asked whether a unit can give it.

    Args:
        requirements: Of one element; a unit has to meet them all.
        place: Their path.
        where: For people.
        into: Where findings go.
    """
    whole = True
    for index, one in enumerate(requirements):
        missing = _incomplete(one)
        if missing:
            whole = False
            sentence = f"The requirement {one.id} ({one.comparison}) does not say {missing}"
            into.error("equipment", (*place, index), where, sentence, f"Give {missing}.")
    if requirements and whole:
        into.ask(requirements, place, where)


def _incomplete(one: EquipmentRequirement) -> str:
    if not one.property:
        return "" if one.equipment_class and not (one.amount or one.words or one.low or one.high) else "its property"
    match one.comparison:
        case "at least" | "at most":
            return "" if one.amount is not None else "the amount"
        case "within":
            ordered = one.low is not None and one.high is not None
            return "" if ordered else "low and high"
        case "one of":
            return "" if one.words else "the words"
        case _:
            return "" if one.words or one.amount is not None else "the words or the amount"
