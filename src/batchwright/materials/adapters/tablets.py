"""Reading a plant's table of batches by a mapping: what will be taken over, and every decision on the way.

Touches no database. A row that cannot be read stops the import with its file, line and value; what can be read in more
than one way is decided by the mapping and counted (EU GMP Annex 11, clause 4.8: data are not altered in migration).
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.materials.adapters.mapping import ComponentRule, Mapping


@dataclass(frozen=True, slots=True)
class PlannedLot:
    """A lot that is to be taken over.

    Attributes:
        source_id: What the other system calls it.
        code: Code of its material.
        made_on: First day of the month of manufacture, where it is known.
        size: Batch size, where it is known.
        parents: Ids, at the other system, of the lots it was made from.
        line: Where it stands first in the file.
    """

    source_id: str
    code: str
    made_on: date | None = None
    size: Quantity | None = None
    parents: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class PlannedMaterial:
    """A material that is to be taken over."""

    code: str
    name: str
    kind: str
    unit: str


@dataclass(slots=True)
class Defect:
    """One kind of defect, counted.

    Attributes:
        kind: What is wrong.
        column: In which column.
        decision: What is done about it.
        count: How often.
        example: The first one: line and value.
    """

    kind: str
    column: str
    decision: str
    count: int = 0
    example: str = ""

    def as_json(self) -> dict[str, Any]:
        """Give it for machines."""
        return {
            "kind": self.kind, "column": self.column, "count": self.count, "example": self.example,
            "decision": self.decision,
        }  # fmt: skip


@dataclass(slots=True)
class Plan:
    """Everything that an import would take over, and what it would not."""

    mapping: Mapping
    file: str
    file_sha256: str
    rows: int = 0
    materials: dict[str, PlannedMaterial] = field(default_factory=dict)
    components: dict[str, dict[str, PlannedLot]] = field(default_factory=dict)
    products: dict[str, PlannedLot] = field(default_factory=dict)
    defects: dict[tuple[str, str, str], Defect] = field(default_factory=dict)
    left_out: list[dict[str, Any]] = field(default_factory=list)

    @property
    def descents(self) -> int:
        """How many pairs of lots were made one from the other."""
        return sum(len(one.parents) for one in self.products.values())

    def note(self, kind: str, column: str, decision: str, *, line: int, value: str) -> None:
        """Count a defect."""
        one = self.defects.setdefault((kind, column, decision), Defect(kind, column, decision))
        one.count += 1
        one.example = one.example or f"line {line}: {value!r}"

    def as_json(self) -> dict[str, Any]:
        """Give the report for machines."""
        defects = sorted(self.defects.values(), key=lambda one: (one.kind, -one.count))
        by_kind: dict[str, int] = {}
        for one in defects:
            by_kind[one.kind] = by_kind.get(one.kind, 0) + one.count
        return {
            "source": self.mapping.source, "file": self.file, "file_sha256": self.file_sha256,
            "mapping_sha256": self.mapping.sha256, "rows": self.rows,
            "found": {
                "materials": len(self.materials), "product_lots": len(self.products),
                "component_lots": {code: len(lots) for code, lots in self.components.items()},
                "descents": self.descents,
            },
            "defects_by_kind": by_kind, "defects": [one.as_json() for one in defects],
            "not_taken_over": self.left_out,
        }  # fmt: skip


def read(folder: Path, mapping: Mapping) -> Plan:
    """Read a folder.

    Args:
        folder: Where the file lies.
        mapping: How it is read.

    Returns:
        What would be taken over and every decision.

    Raises:
        BadInput: With file, line and value, if something cannot be read by the rules.
    """
    path = folder / mapping.file
    try:
        content = path.read_bytes()
        text = content.decode(mapping.encoding)
    except FileNotFoundError as error:
        raise BadInput("The file is not there", file=str(path), remedy="Give the folder that holds it.") from error
    except UnicodeDecodeError as error:
        raise BadInput(
            f"The file is not {mapping.encoding}", file=str(path), value=str(error),
            remedy="Say its encoding in the mapping, such as encoding = 'latin-1'.",
        ) from error  # fmt: skip
    plan = Plan(mapping, mapping.file, hashlib.sha256(content).hexdigest())
    rows = csv.DictReader(io.StringIO(text), delimiter=mapping.separator)
    _check_headings(plan, list(rows.fieldnames or ()), path)
    says: dict[tuple[str, str], dict[str, int]] = {}
    for row in _rows(rows, path):
        line = rows.line_num
        plan.rows += 1
        _take(plan, row, line, path)
        _judge(plan, row, line)
        _compare(plan, row, says, line)
    _report_left_out(plan, folder)
    return plan


def _rows(rows: csv.DictReader[str], path: Path) -> Iterator[dict[str, str]]:
    for row in rows:
        if None in row or None in row.values():
            raise BadInput("A row has another number of cells than the headings", file=str(path), line=rows.line_num)
        yield row


def _check_headings(plan: Plan, headings: list[str], path: Path) -> None:
    for name in plan.mapping.needed():
        if name not in headings:
            raise BadInput("A column is missing", file=str(path), line=1, value=name, limit=", ".join(headings))
    if len(set(headings)) != len(headings):
        raise BadInput("A heading stands there twice", file=str(path), line=1, value=", ".join(headings))
    for name in headings:
        if name in plan.mapping.columns:
            plan.note("misspelt heading", name, f"read as {plan.mapping.columns[name]}", line=1, value=name)
        if name not in plan.mapping.known():
            plan.note("unknown column", name, "not taken over; no rule names it", line=1, value=name)


def _take(plan: Plan, row: dict[str, str], line: int, path: Path) -> None:
    rule, mapping = plan.mapping.batch, plan.mapping
    said = {name: _spelt(plan, name, row[name].strip(), line, path) for name in mapping.needed()}
    for name in mapping.needed():
        if not said[name]:
            raise BadInput("A cell that is needed is blank", file=str(path), line=line, value=name)
    parents = []
    for component in mapping.component:
        key = component.source_id.format_map(said)
        parents.append(key)
        plan.materials.setdefault(
            component.code, PlannedMaterial(component.code, component.name, "component", component.unit)
        )
        lots = plan.components.setdefault(component.code, {})
        lots.setdefault(key, PlannedLot(key, component.code, line=line))
    code, key = rule.code.format_map(said), rule.source_id.format_map(said)
    name = rule.name.format_map(said)
    known = plan.materials.setdefault(code, PlannedMaterial(code, name, "product", rule.unit))
    if known.name != name:
        raise BadInput(
            "Two rows name one product differently", file=str(path), line=line, value=name, limit=known.name,
            remedy="Make the code tell them apart in the mapping.",
        )  # fmt: skip
    if key in plan.products:
        before = f"line {plan.products[key].line}"
        raise BadInput("A batch stands there twice", file=str(path), line=line, value=key, limit=before)
    made_on = _month(plan, said[rule.started], line, path)
    size = _size(said[rule.size], rule.unit, line, path)
    plan.products[key] = PlannedLot(key, code, made_on, size, tuple(dict.fromkeys(parents)), line)


def _spelt(plan: Plan, name: str, value: str, line: int, path: Path) -> str:
    spelling = plan.mapping.spelling.get(name)
    if spelling is None:
        return value
    if value not in spelling:
        raise BadInput("This spelling has no rule", file=str(path), line=line, value=value, limit=", ".join(spelling))
    if spelling[value].replace(" ", "").upper() != value.upper():
        plan.note("misspelt value", name, f"{value} read as {spelling[value]}", line=line, value=value)
    return spelling[value]


def _month(plan: Plan, text: str, line: int, path: Path) -> date:
    word, _, year = text.partition(".")
    if word not in plan.mapping.months or not (year.isascii() and year.isdigit() and len(year) == 2):
        raise BadInput(
            "This is not a month and a year", file=str(path), line=line, value=text,
            limit=f"such as avg.19; months {', '.join(plan.mapping.months)}",
        )  # fmt: skip
    decision = "the first of the month, marked as a month"
    plan.note("date without a day", plan.mapping.batch.started, decision, line=line, value=text)
    return date(2000 + int(year), plan.mapping.months[word], 1)


def _size(text: str, unit: str, line: int, path: Path) -> Quantity:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        limit = "a whole number above 0"
        raise BadInput("This is not a batch size", file=str(path), line=line, value=text, limit=limit)
    return Quantity(text, unit)


def _judge(plan: Plan, row: dict[str, str], line: int) -> None:
    """Judge the results that later work takes over: what is blank, what is zero, what is no number."""
    needed = plan.mapping.needed()
    for name in plan.mapping.known() - set(needed):
        value = row.get(name)
        if value is None:
            continue
        if not value.strip():
            plan.note("blank", name, "no value", line=line, value=f"{len(value)} spaces")
            continue
        try:
            number = Decimal(value.strip())
        except InvalidOperation:
            plan.note("no number", name, "not taken over", line=line, value=value)
            continue
        if number == 0:
            meaning = plan.mapping.zero.get(name)
            plan.note("zero", name, meaning or "undecided: no rule says what it means", line=line, value=value)


def _compare(plan: Plan, row: dict[str, str], says: dict[tuple[str, str], dict[str, int]], line: int) -> None:
    """Count component lots that are described in more than one way."""
    for component in plan.mapping.component:
        key = component.source_id.format_map({component.column: row[component.column].strip()})
        for name in component.same:
            value = row.get(name, "").strip()
            seen = says.setdefault((key, name), {})
            if value and value not in seen:
                seen[value] = line
                if len(seen) == 2:
                    _note_two(plan, component, key, name, seen, line)


def _note_two(
    plan: Plan, component: ComponentRule, key: str, name: str, seen: dict[str, int], line: int
) -> None:
    values = ", ".join(f"{value} on line {at}" for value, at in seen.items())
    plan.note(
        "component lot described in two ways", name,
        f"one lot by {component.column}; which description holds is left to later work", line=line,
        value=f"{key}: {values}",
    )  # fmt: skip


def _report_left_out(plan: Plan, folder: Path) -> None:
    mapping = plan.mapping
    for name in sorted(mapping.known() - set(mapping.needed())):
        plan.left_out.append({"what": f"column {name}", "values": plan.rows, "why": "results; read and judged only"})
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path != folder / mapping.file:
            with path.open("rb") as opened:
                lines = sum(1 for _ in opened)
            what = f"file {path.relative_to(folder).as_posix()}"
            plan.left_out.append({"what": what, "values": lines, "why": "no rule of this mapping reads it"})
