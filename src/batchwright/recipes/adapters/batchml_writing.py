"""Writing a master recipe as BatchML V0700 (MESA, BatchML-BatchInformation.xsd), so that reading it gives it back.

Everything that the schema has an element for stands there, for other systems to read. What is written is read back at
once; where BatchML says less than the recipe, an OtherInformation beside it says the rest (`rest`), and a file that
does not give the recipe back exactly is never handed out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from batchwright.kernel import exact
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.adapters import batchml_terms as terms
from batchwright.recipes.adapters import rest
from batchwright.recipes.adapters.batchml_reading import read_master_recipe, without_elements
from batchwright.recipes.adapters.xml_writing import add, as_bytes, new_root, say, say_moment
from batchwright.recipes.procedure import (
    BatchSize,
    End,
    EquipmentRequirement,
    Header,
    Link,
    MasterRecipe,
    Parameter,
    ProcedureLogic,
    RecipeElement,
)
from batchwright.recipes.values import AnyAmount, ChoiceValue, FormulaValue, TextValue, Value

_DECIMAL = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_LEVELS = terms.by_value(terms.LEVELS)
_KINDS = terms.by_value(terms.PARAMETER_KINDS)
_ENDS = terms.by_value(terms.END_KINDS)


def write_master_recipe(recipe: MasterRecipe) -> bytes:
    """Write a master recipe.

    Args:
        recipe: The recipe.

    Returns:
        The file, UTF-8.

    Raises:
        DomainError: If reading the file would not give the recipe back.
    """
    writer = _Writer()
    root = writer.document(recipe)
    said = read_master_recipe(as_bytes(root), "export").recipe
    for at, read, meant in zip(writer.holders, _holders(said), _holders(recipe), strict=True):
        noted = rest.changes(read, meant)
        if noted:
            writer.other_information(at, rest.as_text(noted))
    content = as_bytes(root)
    if read_master_recipe(content, "export").recipe.model_dump(mode="json") != recipe.model_dump(mode="json"):
        raise DomainError("BatchML cannot hold this recipe exactly", value=recipe.id,
                          remedy="Export it as YAML; two parts of one level may share an identifier.")  # fmt: skip
    return content


def _holders(recipe: MasterRecipe) -> list[dict[str, Any]]:
    """What the recipe and each of its elements say themselves."""
    return [without_elements(recipe), *(without_elements(element) for element in recipe.walk())]


class _Writer:
    """Writes a document.

    Attributes:
        holders: The recipe and its elements, each before those inside it.
        sets: Identifiers of the sets of words that choices are made from.
    """

    def __init__(self) -> None:
        self.holders: list[Any] = []
        self.sets: dict[tuple[str, ...], str] = {}

    def document(self, recipe: MasterRecipe) -> Any:
        root = new_root(terms.NAMESPACE, "BatchInformation")
        at = add(root, "MasterRecipe")
        self.holders.append(at)
        add(at, "ID", recipe.id)
        say(at, "Version", recipe.version)
        self._descriptions(at, recipe)
        self._header(at, recipe.header)
        self._equipment(at, recipe.equipment)
        self._parameters(add(at, "Formula"), recipe.formula.parameters)
        self._logic(at, recipe.logic)
        self._elements(at, recipe)
        for words, name in self.sets.items():
            self._set(root, name, words)
        return root

    def other_information(self, holder: Any, text: str) -> None:
        at = add(holder, "OtherInformation")
        add(at, "ID", rest.IDENTIFIER)
        self._constant(at, text, "string", "")

    def _elements(self, at: Any, holder: MasterRecipe | RecipeElement) -> None:
        terminals = {
            step.element or step.id: step.kind for step in holder.logic.steps if step.kind in terms.TERMINALS.values()
        }
        for name, kind in terminals.items():
            made = add(at, "RecipeElement")
            add(made, "ID", name)
            add(made, "RecipeElementType", terms.by_value(terms.TERMINALS)[kind])
        for element in holder.elements:
            self._element(add(at, "RecipeElement"), element)

    def _element(self, at: Any, element: RecipeElement) -> None:
        self.holders.append(at)
        add(at, "ID", element.id)
        say(at, "Version", element.version)
        self._descriptions(at, element)
        add(at, "RecipeElementType", _LEVELS[element.level])
        say(at, "BuildingBlockElementID", element.building_block)
        say(at, "BuildingBlockElementVersion", element.building_block_version)
        if element.header is not None:
            self._header(at, element.header)
        self._equipment(at, element.equipment)
        self._parameters(at, element.parameters)
        self._logic(at, element.logic)
        self._elements(at, element)

    def _descriptions(self, at: Any, holder: MasterRecipe | RecipeElement) -> None:
        """The first Description names a thing, the second describes it."""
        if holder.name or holder.description:
            add(at, "Description", holder.name)
        say(at, "Description", holder.description)

    def _header(self, owner: Any, header: Header) -> None:
        at = add(owner, "Header")
        for one in header.modifications:
            log = add(at, "ModificationLog")
            say_moment(log, "ModifiedDate", one.at)
            say(log, "Description", one.what)
            say(log, "Author", one.author)
        for version, approvals in groupby(header.approvals, key=lambda one: one.version):
            history = add(at, "ApprovalHistory")
            say(history, "Version", version)
            for approval in approvals:
                made = add(history, "IndividualApproval")
                say(made, "ApprovedBy", approval.by)
                say_moment(made, "ApprovalDate", approval.at)
                say(made, "Description", approval.meaning)
        say_moment(at, "EffectiveDate", header.effective)
        say_moment(at, "ExpirationDate", header.expires)
        say(at, "ProductID", header.product)
        say(at, "ProductName", header.product_name)
        if header.batch_size != BatchSize():
            self._batch_size(add(at, "BatchSize"), header.batch_size)
        if header.status:
            add(at, "Status", "Other", OtherValue=header.status)

    def _batch_size(self, at: Any, size: BatchSize) -> None:
        every = {"Nominal": size.nominal, "Min": size.minimum, "Max": size.maximum}
        written = {name: (*_number(one), one) for name, one in every.items() if one is not None}
        unit = next((unit for _, unit, _ in written.values()), "")
        for name, (number, own, _) in written.items():
            if _DECIMAL.fullmatch(number):
                add(at, name, number, **({} if own == unit else {"unitCode": own}))
        say(at, "UnitOfMeasure", unit)

    def _equipment(self, owner: Any, every: Sequence[EquipmentRequirement]) -> None:
        for one in every:
            at = add(owner, "EquipmentRequirement")
            add(at, "ID", one.id)
            condition = one.condition or _condition(one)
            if one.property or condition:
                constraint = add(at, "Constraint")
                say(constraint, "ID", one.property)
                say(constraint, "Condition", condition)
            say(at, "Description", one.equipment_class)

    def _parameters(self, owner: Any, every: Sequence[Parameter]) -> None:
        for one in every:
            at = add(owner, "Parameter")
            add(at, "ID", one.id)
            say(at, "Description", one.name)
            add(at, "ParameterType", _KINDS[one.kind])
            say(at, "ParameterSubType", one.sub_type)
            if one.value is not None:
                self._value(at, one.value)
            add(at, "Scaled", "No" if one.scaling.rule == "fixed" else "Yes")
            self._parameters(at, one.parameters)

    def _value(self, owner: Any, value: Value) -> None:
        match value:
            case TextValue():
                self._constant(owner, value.text, "string", "")
            case FormulaValue():
                self._constant(owner, value.formula, "string", value.unit, meaning="Equation")
            case ChoiceValue():
                at = self._constant(owner, value.choice, "Enumeration", "")
                if value.of:
                    add(at, "EnumerationSetID", self.sets.setdefault(value.of, f"words-{len(self.sets) + 1}"))
            case _:
                self._constant(owner, *_decimal(value))

    def _constant(self, owner: Any, text: str, sort: str, unit: str, meaning: str = "Constant") -> Any:
        at = add(owner, "Value")
        add(at, "ValueString", text)
        add(at, "DataInterpretation", meaning)
        add(at, "DataType", sort)
        add(at, "UnitOfMeasure", unit)
        return at

    def _set(self, root: Any, name: str, words: Sequence[str]) -> None:
        at = add(root, "EnumerationSet")
        add(at, "ID", name)
        for number, word in enumerate(words):
            one = add(at, "Enumeration")
            add(one, "EnumerationNumber", str(number))
            add(one, "EnumerationString", word)

    def _logic(self, owner: Any, logic: ProcedureLogic) -> None:
        if logic.is_empty:
            return
        at = add(owner, "ProcedureLogic")
        for link in logic.links:
            self._link(add(at, "Link"), link, logic)
        for step in logic.steps:
            made = add(at, "Step")
            add(made, "ID", step.id)
            add(made, "RecipeElementID", step.element or (step.id if step.kind != "element" else ""))
            add(made, "RecipeElementVersion", step.element_version)
            say(made, "Description", step.description)
        for transition in logic.transitions:
            made = add(at, "Transition")
            add(made, "ID", transition.id)
            add(made, "Condition", transition.condition)
            say(made, "Description", transition.description)

    def _link(self, at: Any, link: Link, logic: ProcedureLogic) -> None:
        add(at, "ID", link.id)
        sources, targets = _ends(link, logic)
        for side, ends in (("From", sources), ("To", targets)):
            for end in ends:
                self._end(add(at, f"{side}ID"), side, end)
        add(at, "LinkType", link.kind)
        if link.depiction in {"", *terms.DEPICTIONS}:
            add(at, "Depiction", link.depiction or "Other")
        else:
            add(at, "Depiction", "Other", OtherValue=link.depiction)
        if link.order is not None:
            add(at, "EvaluationOrder", str(link.order))
        say(at, "Description", link.description)

    def _end(self, at: Any, side: str, end: End) -> None:
        add(at, f"{side}IDValue", end.id)
        add(at, f"{side}Type", _ENDS.get(end.kind, "Other"))
        add(at, "IDScope", "External" if end.external else "Internal")


def _ends(link: Link, logic: ProcedureLogic) -> tuple[list[End], list[End]]:
    """The ends of a link; of a junction without its own, those of the links that arrive there and leave."""
    sources = [link.source] if link.source else []
    targets = [link.target] if link.target else []
    if not link.is_junction:
        return sources, targets
    arriving = [one.source for one in logic.links if _is_at(one.target, link) and one.source]
    leaving = [one.target for one in logic.links if _is_at(one.source, link) and one.target]
    return sources or arriving, targets or leaving


def _is_at(end: End | None, junction: Link) -> bool:
    return end is not None and end.id == junction.id and end.kind in ("link", "")


def _number(amount: AnyAmount) -> tuple[str, str]:
    if isinstance(amount, Quantity):
        return exact.text(amount.value), amount.unit
    return amount.written, amount.unit


def _decimal(value: AnyAmount) -> tuple[str, str, str]:
    number, unit = _number(value)
    return number, "decimal", "" if unit == "1" else unit


def _condition(one: EquipmentRequirement) -> str:
    """What is asked, for other systems to read."""
    asked = " or ".join(one.words) or str(one.amount or "")
    if one.comparison == "within":
        asked = f"{one.low} to {one.high}"
    return f"{one.comparison} {asked}" if asked else ""
