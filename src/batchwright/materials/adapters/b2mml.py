"""Reading another system's materials, lots and inventory: B2MML (MESA), by local names, every element accounted for.

Entities, document types and the network are off. What no rule takes over is reported with its path, line and value;
with the schemas of B2MML at hand the file is validated first, and each fault says its line.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity

UNITS = {"KG": "kg", "G": "g", "MG": "mg", "L": "L", "ML": "mL", "EA": "{each}"}
"""Units as such systems spell them, in capitals -> UCUM."""
SCHEMA = "B2MML-V0401-Material.xsd"
SCHEMAS = {
    "SyncProductionPerformance": "B2MML-V0401-ProductionPerformance.xsd",
    "SyncProductionSchedule": "B2MML-V0401-ProductionSchedule.xsd",
}
"""Schema by root, where it is not that of materials."""


@dataclass(frozen=True, slots=True)
class ReadMaterial:
    """A material that the file defines or names."""

    code: str
    name: str = ""
    unit: str = ""
    hazards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadLot:
    """A lot, with the containers that the file counts."""

    name: str
    material: str
    status: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class ReadSublot:
    """Part of a lot, with its amount."""

    name: str
    lot: str
    status: str
    amount: Quantity


@dataclass(slots=True)
class Document:
    """What a file says.

    Attributes:
        file: Its name.
        sha256: Of its bytes.
        root: Local name of its root.
        faults: Where it does not validate; None if no schema was at hand.
        taken: Paths of elements and attributes that were read.
        reported: Those that were not, each with line, value and why.
    """

    file: str
    sha256: str
    root: str
    faults: list[str] | None = None
    materials: list[ReadMaterial] = field(default_factory=list)
    lots: list[ReadLot] = field(default_factory=list)
    sublots: list[ReadSublot] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    reported: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Give the report for machines."""
        return {
            "file": self.file, "root": self.root, "validated": self.faults is not None, "faults": self.faults or [],
            "materials": [one.code for one in self.materials], "lots": [one.name for one in self.lots],
            "sublots": [f"{one.name}: {one.amount}, {one.status}" for one in self.sublots],
            "taken": self.taken, "reported": self.reported,
        }  # fmt: skip


def read(path: Path, *, schemas: Path | None = None) -> Document:
    """Read a file.

    Args:
        path: The file.
        schemas: Folder of the V0401 schemas; None to read without validation.

    Returns:
        What it says.

    Raises:
        BadInput: If it is no XML, has a document type, or says something that cannot be read.
    """
    from lxml import etree

    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput("The file cannot be read", file=str(path), value=error.strerror) from error
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise BadInput("The file is no XML", file=str(path), line=error.lineno, value=error.msg) from error
    if root.getroottree().docinfo.doctype:
        raise BadInput("The file has a document type, which B2MML has not", file=str(path), line=1)
    found = Document(path.name, hashlib.sha256(content).hexdigest(), _name(root))
    if schemas is not None:
        found.faults = _validate(root, schemas)
    _Reader(found, root).run()
    return found


def _validate(root: Any, schemas: Path) -> list[str]:
    from lxml import etree

    path = schemas / SCHEMAS.get(_name(root), SCHEMA)
    try:
        schema = etree.XMLSchema(etree.parse(path, etree.XMLParser(no_network=True)))
    except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
        raise BadInput("The schema cannot be read", file=str(path), value=str(error)) from error
    schema.validate(root)
    return [f"line {fault.line}: {fault.message}" for fault in schema.error_log]


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


class _Reader:
    """Walks a document; whatever it does not read stays to be reported."""

    def __init__(self, document: Document, root: Any) -> None:
        self.document = document
        self.root = root
        self.unread: dict[Any, str] = {}

    def run(self) -> None:
        for element in self.root.iter("*"):
            text = (element.text or "").strip()
            if text or (len(element) == 0):
                self.unread[element] = text
        for area in self._all(self.root, "DataArea"):
            for one in self._all(area, "MaterialDefinition"):
                self._material(one)
            for one in self._all(area, "MaterialInformation"):
                self._information(one)
        for element, text in self.unread.items():
            why = "empty" if not text else "no rule takes it over"
            self.document.reported.append(f"{self._path(element)} line {element.sourceline}: {text!r} ({why})")
        for element in self.root.iter("*"):
            for name, value in element.attrib.items():
                said = f"{self._path(element)}/@{name.rpartition('}')[2]} line {element.sourceline}: {value!r}"
                self.document.reported.append(f"{said} (no rule takes it over)")

    def _material(self, one: Any) -> None:
        code = self._needed(one, "ID")
        known = ("BaseUnitOfMeasure", "HazardousMaterialWarning")
        properties = self._properties(one, "MaterialDefinitionProperty", known)
        units = properties.get("BaseUnitOfMeasure", [])
        unit = self._unit(units[0], one) if units else ""
        hazards = tuple(properties.get("HazardousMaterialWarning", []))
        self.document.materials.append(ReadMaterial(code, self._text(one, "Description"), unit, hazards))

    def _information(self, one: Any) -> None:
        material = self._needed(one, "ID")
        for lot in self._all(one, "MaterialLot"):
            name = self._needed(lot, "ID")
            expiry = self._properties(lot, "MaterialLotProperty", ("ExpiryDate",)).get("ExpiryDate", [])
            expires_on = self._day(expiry[0], lot) if expiry else None
            self.document.lots.append(ReadLot(name, material, self._text(lot, "Status"), expires_on))
            for part in self._all(lot, "MaterialSubLot"):
                self._sublot(part, name)

    def _sublot(self, part: Any, lot: str) -> None:
        name, status = self._needed(part, "ID"), self._text(part, "Status")
        for quantity in self._all(part, "Quantity"):
            number = self._needed(quantity, "QuantityString")
            self._text(quantity, "DataType")
            unit = self._unit(self._needed(quantity, "UnitOfMeasure"), quantity)
            try:
                amount = Quantity(Decimal(number), unit)
            except (InvalidOperation, BadInput) as error:
                raise self._bad("This is not an amount", quantity, number) from error
            self.document.sublots.append(ReadSublot(name, lot, status, amount))

    def _properties(self, one: Any, kind: str, known: tuple[str, ...]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for each in self._all(one, kind):
            name = next((str(child.text).strip() for child in self._all(each, "ID")), "")
            if name not in known:
                continue
            self._text(each, "ID")
            for value in self._all(each, "Value"):
                found.setdefault(name, []).append(self._needed(value, "ValueString"))
                self._text(value, "DataType")
        return found

    def _all(self, parent: Any, name: str) -> list[Any]:
        return [child for child in parent.iterchildren("*") if _name(child) == name]

    def _text(self, parent: Any, name: str) -> str:
        for child in self._all(parent, name):
            text = self.unread.pop(child, "")
            if text:
                self.document.taken.append(f"{self._path(child)} line {child.sourceline}: {text!r}")
                return text
        return ""

    def _needed(self, parent: Any, name: str) -> str:
        text = self._text(parent, name)
        if not text:
            raise self._bad(f"{name} is missing", parent, _name(parent))
        return text

    def _unit(self, text: str, at: Any) -> str:
        if text.upper() not in UNITS:
            raise self._bad("This unit has no rule", at, text)
        return UNITS[text.upper()]

    def _day(self, text: str, at: Any) -> date:
        try:
            return date.fromisoformat(text[:10])
        except ValueError as error:
            raise self._bad("This is not a day", at, text) from error

    def _bad(self, said: str, at: Any, value: str) -> BadInput:
        return BadInput(said, file=self.document.file, line=at.sourceline, value=value)

    def _path(self, element: Any) -> str:
        names = [_name(element), *(_name(each) for each in element.iterancestors())]
        return "/".join(reversed(names))
