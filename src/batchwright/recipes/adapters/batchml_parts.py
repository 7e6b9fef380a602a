"""Header, formula and equipment requirements of a BatchML recipe, each element taken over or left to be reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from batchwright.kernel import exact
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.adapters.batchml_terms import NO_UNIT, NUMBERS, PARAMETER_KINDS, SCALED, SPELT_OUT
from batchwright.recipes.adapters.reading import Findings
from batchwright.recipes.procedure import (
    Approval,
    BatchSize,
    EquipmentRequirement,
    Header,
    Modification,
    Parameter,
)
from batchwright.recipes.values import (
    AnyAmount,
    ChoiceValue,
    Fixed,
    FormulaValue,
    Proportional,
    TextValue,
    Unread,
    Value,
)


@dataclass(slots=True)
class PartReader:
    """Reads what a recipe and its elements have in common.

    Attributes:
        findings: What is wrong.
        enumerations: Elements of the sets by their identifier.
    """

    findings: Findings
    enumerations: dict[str, Any] = field(default_factory=dict)
    _words: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def identified(self, at: Any, what: str) -> str:
        """Take the ID of an element; where it has none, what it says stays to be reported.

        Args:
            at: The element.
            what: What it is.

        Returns:
            The identifier; "" if there is none.
        """
        found = self.findings.account.text(at, "ID")
        if not found:
            self.findings.defect("id-missing", at, "", f"This {what} has no ID; it is not taken over")
        return found

    def word(self, parent: Any, name: str) -> str:
        """Take a word of a list; where it is Other, the word that stands beside it.

        Args:
            parent: The element that has it.
            name: Local name of the child.

        Returns:
            The word; "" if there is none.
        """
        account = self.findings.account
        at = account.saying(parent, name)
        text = account.take(at)
        return (account.attribute(at, "OtherValue") or text) if text == "Other" else text

    def header(self, owner: Any, id: str) -> Header | None:  # noqa: A002
        """Read the Header of a recipe or an element.

        Args:
            owner: The element that has it.
            id: Its identifier.

        Returns:
            The header; None if there is none, or it says nothing.
        """
        account, findings = self.findings.account, self.findings
        at = account.child(owner, "Header")
        if at is None:
            return None
        effective, expires = (findings.moment(at, name, id)[0] for name in ("EffectiveDate", "ExpirationDate"))
        size = account.child(at, "BatchSize")
        found = findings.made(
            Header, at,
            product=account.text(at, "ProductID"), product_name=account.text(at, "ProductName"),
            batch_size=BatchSize() if size is None else self._batch_size(size, id),
            modifications=tuple(self._modifications(at, id)), approvals=tuple(self._approvals(at, id)),
            effective=effective, expires=expires, status=self.word(at, "Status"),
        )  # fmt: skip
        return None if found == Header() else found

    def _modifications(self, header: Any, id: str) -> list[Modification]:  # noqa: A002
        found = []
        for at in self.findings.account.children(header, "ModificationLog"):
            moment, written = self.findings.moment(at, "ModifiedDate", id)
            author, what = (self.findings.account.text(at, name) for name in ("Author", "Description"))
            if moment or written or author or what:
                found.append(
                    self.findings.made(Modification, at, at=moment, author=author, what=what, written_at=written)
                )
        return found

    def _approvals(self, header: Any, id: str) -> list[Approval]:  # noqa: A002
        account, found = self.findings.account, []
        for history in account.children(header, "ApprovalHistory"):
            version = ""
            for at in account.children(history, "IndividualApproval"):
                moment, written = self.findings.moment(at, "ApprovalDate", id)
                by, meaning = account.text(at, "ApprovedBy"), account.text(at, "Description")
                if moment or written or by or meaning:
                    version = version or account.text(history, "Version")
                    found.append(
                        self.findings.made(
                            Approval, at, by=by, at=moment, meaning=meaning, version=version, written_at=written
                        )
                    )
        return found

    def _batch_size(self, at: Any, id: str) -> BatchSize:  # noqa: A002
        account = self.findings.account
        unit = account.text(at, "UnitOfMeasure")
        sizes: dict[str, AnyAmount | None] = {}
        for name, field_name in (("Nominal", "nominal"), ("Min", "minimum"), ("Max", "maximum")):
            element = account.saying(at, name)
            if element is not None:
                own = account.attribute(element, "unitCode") or unit
                sizes[field_name] = self.amount(account.take(element), own, element, id)
        return self.findings.made(BatchSize, at, **sizes)

    def amount(self, text: str, unit: str, at: Any, id: str) -> AnyAmount:  # noqa: A002
        """Read a number with its unit; what the plant cannot read is kept as written.

        Args:
            text: The number.
            unit: The unit.
            at: The element.
            id: Identifier of the thing it is about.

        Returns:
            The amount, or what was written.

        Raises:
            BadInput: If what was written is longer than a recipe can hold.
        """
        code = "1" if unit in NO_UNIT else unit
        try:
            return Quantity(text, code)
        except BadInput as error:
            why = _as_sentence(error, code)
            code = "unit-unknown" if _is_number(text) else "amount-unreadable"
            self.findings.defect(code, at, id, f"{why} It is kept as written", f"{text} {unit}".strip())
            return self.findings.made(Unread, at, written=text, unit="" if unit in NO_UNIT else unit, why=why)

    def parameters(self, owner: Any, of: str) -> tuple[Parameter, ...]:
        """Read the Parameters of a formula, an element or another parameter.

        Args:
            owner: The element that has them.
            of: Its identifier, which the defects of its parameters begin with.

        Returns:
            The parameters, in the order of the file.
        """
        every = self.findings.account.children(owner, "Parameter")
        return tuple(self._parameter(at, name, of) for at in every if (name := self.identified(at, "parameter")))

    def _parameter(self, at: Any, own: str, of: str) -> Parameter:
        account, findings, id = self.findings.account, self.findings, f"{of}/{own}"  # noqa: A001
        name = account.text(at, "Description")
        kind = account.text(at, "ParameterType")
        if kind not in PARAMETER_KINDS:
            findings.defect("parameter-type", at, id, "The type of the parameter is blank or unknown; it is taken as "
                            "a process parameter", kind)  # fmt: skip
        scaled = account.text(at, "Scaled")
        if scaled and scaled.lower() not in SCALED:
            findings.defect("scaled-unreadable", at, id, "This is neither yes nor no; taken as not scaled", scaled)
        reference = account.peek(at, "ScaleReference")
        if reference.strip("0."):
            findings.defect("scale-reference", at, id, "The value belongs to another size than the nominal one; this "
                            "is not taken over", reference)  # fmt: skip
        return findings.made(
            Parameter, at, id=own, name=name, kind=PARAMETER_KINDS.get(kind, "parameter"),
            sub_type=account.text(at, "ParameterSubType"), value=self._value(at, id),
            scaling=Proportional() if SCALED.get(scaled.lower()) else Fixed(), parameters=self.parameters(at, id),
        )  # fmt: skip

    def _value(self, owner: Any, id: str) -> Value | None:  # noqa: A002
        account = self.findings.account
        values = account.children(owner, "Value")
        if len(values) > 1:
            self.findings.defect("several-values", values[1], id, "A parameter holds one value; the first is taken")
        if not values or not (text := account.text(values[0], "ValueString")):
            return None
        at = values[0]
        meaning, sort = self.word(at, "DataInterpretation"), self.word(at, "DataType")
        unit = account.peek(at, "UnitOfMeasure")
        if meaning == "Equation":
            account.text(at, "UnitOfMeasure")
            return self.findings.made(FormulaValue, at, formula=text, unit="1" if unit in NO_UNIT else unit)
        if meaning not in ("Constant", ""):
            self.findings.defect("not-constant", at, id, "The value is no constant; its text is taken", meaning)
        if sort in NUMBERS:
            account.text(at, "UnitOfMeasure")
            return self.amount(text, unit, at, id)
        if unit in NO_UNIT:
            account.text(at, "UnitOfMeasure")
        else:
            self.findings.defect("unit-of-a-word", at, id, "This value is no number; its unit is not taken over", unit)
        if sort == "Enumeration":
            return self._choice(text, at, id)
        return self.findings.made(TextValue, at, text=text)

    def _choice(self, text: str, at: Any, id: str) -> ChoiceValue:  # noqa: A002
        name = self.findings.account.text(at, "EnumerationSetID")
        words = self._words_of(name)
        if name and words is None:
            self.findings.defect("enumeration-missing", at, id, "The file has no such set of words", name)
        elif words and text not in words:
            self.findings.defect("choice-unknown", at, id, f"This word is not in the set {name}", text)
        return self.findings.made(ChoiceValue, at, choice=text, of=words or ())

    def _words_of(self, name: str) -> tuple[str, ...] | None:
        if name not in self.enumerations:
            return None
        if name not in self._words:
            account, at = self.findings.account, self.enumerations[name]
            account.text(at, "ID")
            self._words[name] = tuple(
                word for one in account.children(at, "Enumeration") if (word := account.text(one, "EnumerationString"))
            )
        return self._words[name]

    def equipment(self, owner: Any) -> tuple[EquipmentRequirement, ...]:
        """Read what a recipe or an element asks of its equipment.

        Args:
            owner: The element that has it.

        Returns:
            The requirements; the condition is kept as written.
        """
        account, found = self.findings.account, []
        for at in account.children(owner, "EquipmentRequirement"):
            if not (name := self.identified(at, "equipment requirement")):
                continue
            constraints = account.children(at, "Constraint")
            if len(constraints) > 1:
                self.findings.defect("several-constraints", constraints[1], name,
                                     "A requirement holds one condition; the first is taken")  # fmt: skip
            first = constraints[0] if constraints else None
            requirement = self.findings.made(
                EquipmentRequirement, at, id=name, equipment_class=account.text(at, "Description"),
                property="" if first is None else account.text(first, "ID"),
                condition="" if first is None else account.text(first, "Condition"),
            )  # fmt: skip
            found.append(requirement)
        return tuple(found)


def _is_number(text: str) -> bool:
    try:
        exact.entered(text)
    except BadInput:
        return False
    return True


def _as_sentence(error: BadInput, unit: str) -> str:
    said = str(error)
    meant = SPELT_OUT.get(unit.lower().removesuffix("s"))
    hint = f" Did you mean {meant!r}?" if meant and not error.remedy else ""
    return said[:1].upper() + said[1:] + hint
