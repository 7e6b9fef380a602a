"""Weighing orders (SyncProductionSchedule) and reports of what was weighed (SyncProductionPerformance), B2MML V0401."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.materials.adapters import b2mml_parts as parts
from batchwright.materials.adapters.foreign_xml import Account, local_name, namespace
from batchwright.recipes.adapters.batchml_terms import VERSIONS
from batchwright.recipes.adapters.reading import Findings, Reading
from batchwright.recipes.phases import Tolerance
from batchwright.recipes.weighing import (
    Message,
    Setting,
    StagedContainer,
    WeighedAmount,
    WeighingLine,
    WeighingOrder,
    WeighingReport,
)

NAMESPACE = "http://www.wbf.org/xml/B2MML-V0401"
SCHEMAS = {
    "SyncProductionSchedule": "B2MML-V0401-ProductionSchedule.xsd",
    "SyncProductionPerformance": "B2MML-V0401-ProductionPerformance.xsd",
}
"""Schema by root."""
WEIGHING = "Weighing"
"""ProcessSegmentID of weighing."""
STAGED = ("Contenair", "Container", "Containers")
"""ProcessSegmentID of the containers that were brought; the first is how one vendor spells it, and is written."""
POSITION, EMPTIED, COMPLETE = "Indice", "EmptyFlag", "CompleteFlag"
BELOW, ABOVE = "LowerTolerance", "UpperTolerance"
"""Identifiers of properties; the tolerances are this system's own."""
_FLAGS = {"0": False, "1": True, "false": False, "true": True}
_PROPERTY = "MaterialRequirementProperty"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeighingReading(Reading):
    """Weighing orders and reports that were read.

    Attributes:
        message: Who wrote the file, and when.
        orders: What is to be weighed.
        reports: What was weighed.
    """

    message: Message
    orders: tuple[WeighingOrder, ...]
    reports: tuple[WeighingReport, ...]

    def as_json(self) -> dict[str, Any]:
        """Give the report for machines."""
        return {
            **super(WeighingReading, self).as_json(), "message": self.message.model_dump(mode="json"),
            "orders": [one.model_dump(mode="json", exclude_none=True) for one in self.orders],
            "reports": [one.model_dump(mode="json", exclude_none=True) for one in self.reports],
        }  # fmt: skip


def read_weighing(content: bytes, name: str) -> WeighingReading:
    """Read weighing orders, or reports of what was weighed.

    Args:
        content: Bytes of the file.
        name: Name of the file, for reports and refusals.

    Returns:
        The orders and reports, what was taken over, what was not, and what is wrong.

    Raises:
        BadInput: If it is no XML within the limits, no such file, or an amount cannot be read.
    """
    account = Account(content, name)
    findings = Findings(account)
    root = account.root
    if local_name(root) not in SCHEMAS:
        raise account.bad("This is neither a weighing order nor a report of one", root, local_name(root),
                          f"The root is one of {', '.join(SCHEMAS)}.")  # fmt: skip
    if "releaseID" not in root.attrib:
        findings.defect("release-missing", root, "", "The attribute releaseID is missing, which B2MML V0401 asks for")
    reader = _Reader(findings)
    areas = account.children(root, "DataArea")
    message = reader.message()
    orders = [order for area in areas for order in reader.orders(area)]
    reports = [report for area in areas for report in reader.reports(area)]
    return WeighingReading(
        **findings.reading(VERSIONS.get(namespace(root), "")), message=message, orders=tuple(orders),
        reports=tuple(reports),
    )  # fmt: skip


_Line = TypeVar("_Line", WeighingLine, StagedContainer, WeighedAmount)


class _Reader:
    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.account = findings.account

    def message(self) -> Message:
        at = self.account.child(self.account.root, "ApplicationArea")
        if at is None:
            return Message()
        sender = self.account.child(at, "Sender")
        created, written = self.findings.moment(at, "CreationDateTime", "")
        return self.findings.made(
            Message, at, sender="" if sender is None else self.account.text(sender, "LogicalID"), created=created,
            written_at=written,
        )  # fmt: skip

    def orders(self, area: Any) -> list[WeighingOrder]:
        found: list[WeighingOrder] = []
        for schedule in self.account.children(area, "ProductionSchedule"):
            for request in self.account.children(schedule, "ProductionRequest"):
                name = parts.needed(self.account, request, "ID")
                every = (self._order(one, name) for one in self.account.children(request, "SegmentRequirement"))
                found.extend(order for order in every if order is not None)
        return found

    def _order(self, segment: Any, name: str) -> WeighingOrder | None:
        account = self.account
        weighing = [
            one for one in account.children(segment, "SegmentRequirement")
            if account.peek(one, "ProcessSegmentID") == WEIGHING
        ]  # fmt: skip
        if not weighing:
            self.findings.defect("no-weighing", segment, name, "This part of the order weighs nothing; it is left out")
            return None
        if len(weighing) > 1:
            self.findings.defect("several-weighings", weighing[1], name, "Only the first weighing is taken over")
        at = weighing[0]
        account.text(at, "ProcessSegmentID")
        return self.findings.made(
            WeighingOrder, segment, id=name, segment=account.text(segment, "ID"), **self._product(segment),
            settings=tuple(self._settings(at)),
            lines=tuple(self._line(one) for one in account.children(at, "MaterialRequirement")),
            containers=tuple(
                self._taken(StagedContainer, one, amount=self._amount(one))
                for staged in account.children(at, "SegmentRequirement")
                if account.peek(staged, "ProcessSegmentID") in STAGED and account.text(staged, "ProcessSegmentID")
                for one in account.children(staged, "MaterialRequirement")
            ),
        )  # fmt: skip

    def _product(self, segment: Any) -> dict[str, Any]:
        account = self.account
        for at in account.children(segment, "MaterialRequirement"):
            if account.peek(at, "MaterialUse") == "Produced":
                account.text(at, "MaterialUse")
                return {
                    "product": account.text(at, "MaterialDefinitionID"),
                    "product_name": account.text(at, "Description"),
                    "amount": self._amount(at) if account.children(at, "Quantity") else None,
                }  # fmt: skip
        return {}

    def _settings(self, at: Any) -> list[Setting]:
        account, found = self.account, []
        for holder in account.children(at, "ProductionParameter"):
            for one in account.children(holder, "Parameter"):
                value = account.child(one, "Value")
                text = "" if value is None else account.text(value, "ValueString")
                if value is not None:
                    account.text(value, "DataType")
                found.append(self.findings.made(Setting, one, id=parts.needed(account, one, "ID"), value=text))
        return found

    def _line(self, at: Any) -> WeighingLine:
        account = self.account
        known = parts.properties(account, at, _PROPERTY, (POSITION,))
        use = account.text(at, "MaterialUse")
        if use != "Consumed":
            self.findings.defect("not-consumed", at, account.peek(at, "MaterialDefinitionID"),
                                 "The order does not say that this is consumed; taken as a line", use)  # fmt: skip
        place = account.child(at, "Location")
        return self._taken(
            WeighingLine, at, position=_first(known, POSITION), description=account.text(at, "Description"),
            target=self._amount(at), tolerance=self._tolerance(at),
            place="" if place is None else account.text(place, "EquipmentID"),
            place_level="" if place is None else account.text(place, "EquipmentElementLevel"),
        )  # fmt: skip

    def _taken(self, sort: type[_Line], at: Any, /, **fields: Any) -> _Line:
        """Make a line of what every line has, and of what is its own."""
        account = self.account
        return self.findings.made(
            sort, at, material=parts.needed(account, at, "MaterialDefinitionID"),
            lot=account.text(at, "MaterialLotID"), container=account.text(at, "MaterialSubLotID"), **fields,
        )  # fmt: skip

    def _amount(self, at: Any) -> Quantity:
        quantities = self.account.children(at, "Quantity")
        if not quantities:
            raise self.account.bad("Quantity is missing", at, local_name(at))
        return parts.amount(self.account, quantities[0])

    def _tolerance(self, at: Any) -> Tolerance | None:
        found: dict[str, Quantity] = {}
        for one in self.account.children(at, _PROPERTY):
            name, value = self.account.peek(one, "ID"), self.account.child(one, "Value")
            if name not in (BELOW, ABOVE) or value is None:
                continue
            self.account.text(one, "ID")
            found[name] = self._value(value)
        if len(found) == 1:
            only = next(iter(found))
            self.findings.defect("tolerance-half", at, "", "Only one tolerance is given; it is left out", only)
        return Tolerance(below=found[BELOW], above=found[ABOVE]) if len(found) == 2 else None

    def _value(self, at: Any) -> Quantity:
        account = self.account
        number, unit = parts.needed(account, at, "ValueString"), parts.needed(account, at, "UnitOfMeasure")
        account.text(at, "DataType")
        try:
            return Quantity(number, parts.unit(account, unit, at))
        except BadInput as error:
            raise account.bad("This is not an amount", at, f"{number} {unit}") from error

    def reports(self, area: Any) -> list[WeighingReport]:
        account, found = self.account, []
        for performance in account.children(area, "ProductionPerformance"):
            for response in account.children(performance, "ProductionResponse"):
                name = parts.needed(account, response, "ID")
                weighed = [
                    self._weighed(one)
                    for segment in account.children(response, "SegmentResponse") if self._is_weighing(segment)
                    for one in account.children(segment, "MaterialActual")
                ]  # fmt: skip
                found.append(
                    self.findings.made(WeighingReport, response, id=name, weighed=tuple(weighed),
                                       order=account.text(response, "ProductionRequestID"))
                )  # fmt: skip
        return found

    def _is_weighing(self, segment: Any) -> bool:
        for name in ("ID", "ProcessSegmentID"):
            if self.account.peek(segment, name) == WEIGHING:
                return bool(self.account.text(segment, name))
        said = self.account.peek(segment, "ID")
        self.findings.defect("no-weighing", segment, said, "This part of the report weighs nothing; it is left out")
        return False

    def _weighed(self, at: Any) -> WeighedAmount:
        known = parts.properties(self.account, at, "MaterialActualProperty", (POSITION, EMPTIED, COMPLETE))
        use = self.account.text(at, "MaterialUse")
        return self._taken(
            WeighedAmount, at, position=_first(known, POSITION), use=use, amount=self._amount(at),
            emptied=self._flag(known, EMPTIED, at), complete=self._flag(known, COMPLETE, at),
        )  # fmt: skip

    def _flag(self, known: dict[str, list[str]], name: str, at: Any) -> bool | None:
        text = _first(known, name)
        if text and text.lower() not in _FLAGS:
            self.findings.defect("flag-unreadable", at, name, "This is neither yes nor no; it is left open", text)
        return _FLAGS.get(text.lower())


def _first(known: dict[str, list[str]], name: str) -> str:
    return next(iter(known.get(name, ())), "")
