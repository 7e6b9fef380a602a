"""Reading a BatchProductionRecord (BatchML V0401) by local names, each element taken over or reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from batchwright.materials.adapters.foreign_xml import Account, local_name, namespace, path_of
from batchwright.recipes.adapters.batchml_terms import VERSIONS
from batchwright.recipes.adapters.reading import Findings, Reading
from batchwright.recipes.foreign_record import (
    ExecutedElement,
    ExecutedRecipe,
    ForeignRecord,
    Place,
    RecordedComment,
    RecordedEvent,
    RecordedSignature,
    RecordedValue,
)
from batchwright.recipes.foreign_review import Remark


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReading(Reading):
    """A production record that was read.

    Attributes:
        record: The record.
    """

    record: ForeignRecord

    def as_json(self) -> dict[str, Any]:
        """Give the report for machines, with the counts of what the record holds."""
        record = self.record
        return {
            **super(RecordReading, self).as_json(), "record": record.id,
            "batches": [recipe.batch for recipe in record.recipes],
            "holds": {
                "phases": sum(one.level == "Phase" for one in record.elements()), "events": len(record.events),
                "comments": len(record.comments), "signatures": len(record.signatures),
            },
        }  # fmt: skip


def read_production_record(content: bytes, name: str) -> RecordReading:
    """Read a production record.

    Args:
        content: Bytes of the file.
        name: Name of the file, for reports and refusals.

    Returns:
        The record, what was taken over, what was not, and what is wrong in the file.

    Raises:
        BadInput: If it is no XML within the limits, or no production record.
    """
    account = Account(content, name)
    root = account.root
    if local_name(root) != "BatchProductionRecord":
        raise account.bad("The file is no BatchProductionRecord", root, local_name(root),
                          "`batchwright batchml import` reads recipes and weighing orders.")  # fmt: skip
    findings = Findings(account)
    record = _Reader(findings).record(root)
    return RecordReading(**findings.reading(VERSIONS.get(namespace(root), "")), record=record)


def not_reviewed(reading: RecordReading) -> list[Remark]:
    """What the record says and no rule reads stands against release: nobody has looked at it.

    Args:
        reading: The record that was read.

    Returns:
        One finding for each path of such elements; attributes that only name a type are left out.
    """
    left = (one for one in reading.reported if one.example and "/@" not in one.path)
    return [
        Remark(
            "content-not-reviewed", True, Place(one.path, one.line), reading.record.id,
            f"{one.count} values that no rule reads, such as {one.example[:80]!r}", "Review them by hand.",
        )
        for one in left
    ]  # fmt: skip


def _place(at: Any) -> Place:
    return Place(path_of(at), at.sourceline)


class _Reader:
    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.account = findings.account

    def record(self, at: Any) -> ForeignRecord:
        account = self.account
        name = self._id(at)
        header = account.child(at, "Header")
        created, changed = (
            None if header is None else self._moment(header, word, name) for word in ("CreationDate", "LastChangedDate")
        )
        return ForeignRecord(
            name, _place(at), created, changed,
            recipes=tuple(self._recipe(one) for one in self._listed(at, "ExecutedControlRecipe")),
            events=tuple(self._event(one) for one in self._listed(at, "Event")),
            comments=tuple(self._comment(one) for one in self._listed(at, "Comment")),
            signatures=tuple(self._signature(one) for one in self._listed(at, "PersonnelIdentification")),
        )  # fmt: skip

    def _listed(self, at: Any, name: str) -> list[Any]:
        """Items of every list of a name, such as Events/Event."""
        lists = self.account.children(at, f"{name}s")
        return [one for each in lists for one in self.account.children(each, name)]

    def _id(self, at: Any) -> str:
        name = self.account.text(at, "ID")
        self.account.text(at, "ObjectType")
        if not name:
            self.findings.defect("id-missing", at, "", f"This {local_name(at)} has no ID")
        return name

    def _moment(self, at: Any, name: str, id: str) -> datetime | None:  # noqa: A002
        return self.findings.moment(at, name, id)[0]

    def _recipe(self, at: Any) -> ExecutedRecipe:
        account = self.account
        name, header = self._id(at), account.child(at, "Header")
        product, title = (
            "" if header is None else account.text(header, word) for word in ("ProductID", "ProductName")
        )
        elements = tuple(self._element(one) for one in account.children(at, "RuntimeRecipeElement"))
        return ExecutedRecipe(name, account.text(at, "BatchID"), product, title, _place(at), elements)

    def _element(self, at: Any) -> ExecutedElement:
        account = self.account
        name = self._id(at)
        return ExecutedElement(
            name, account.text(at, "RecipeElementType"), _place(at), self._instance(at, name),
            self._moment(at, "CompletionTime", name), account.text(at, "Performer"),
            tuple(value for one in account.children(at, "OtherInformation") if (value := self._value(one))),
            tuple(self._element(one) for one in account.children(at, "RuntimeRecipeElement")),
        )  # fmt: skip

    def _instance(self, at: Any, name: str) -> int | None:
        text = self.account.text(at, "InstanceCount")
        if text.isascii() and text.isdigit() and len(text) < 10:
            return int(text)
        if text:
            self.findings.defect("count-unreadable", at, name, "The InstanceCount is no whole number", text)
        return None

    def _value(self, at: Any) -> RecordedValue | None:
        account = self.account
        value = account.child(at, "Value")
        if value is None:
            return None
        for word in ("DataInterpretation", "DataType"):
            account.text(value, word)
        account.text(at, "Description")
        return RecordedValue(
            account.text(at, "ID"), account.text(value, "ValueString"), account.text(value, "UnitOfMeasure")
        )

    def _event(self, at: Any) -> RecordedEvent:
        account = self.account
        name, kind = self._id(at), account.child(at, "EventSubType")
        return RecordedEvent(
            name, self._moment(at, "TimeStamp", name), _place(at), account.text(at, "EventType"),
            account.take(kind), "" if kind is None else account.attribute(kind, "Risk"),
            "" if kind is None else account.attribute(kind, "Status"), account.text(at, "Category"),
            account.text(at, "MessageText"), account.texts(at, "PersonID"),
            account.text(at, "ProceduralElementReference"),
        )  # fmt: skip

    def _comment(self, at: Any) -> RecordedComment:
        account, name = self.account, self._id(at)
        return RecordedComment(
            name, self._moment(at, "TimeStamp", name), _place(at), account.text(at, "TargetID"),
            account.text(at, "PersonID"), account.text(at, "CommentText"), account.text(at, "RecommendedEventRisk"),
            account.text(at, "RecommendedEventStatus"),
        )  # fmt: skip

    def _signature(self, at: Any) -> RecordedSignature:
        account, name = self.account, self._id(at)
        return RecordedSignature(
            name, self._moment(at, "TimeStamp", name), _place(at), account.text(at, "ReferencedElement"),
            account.text(at, "PersonName"), account.text(at, "Reason"), account.text(at, "Description"),
        )  # fmt: skip
