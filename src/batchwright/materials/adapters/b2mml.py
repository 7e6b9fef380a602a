"""Reading another system's materials, lots and inventory: B2MML (MESA), by local names, every element accounted for.

Entities, document types and the network are off. What no rule takes over is reported with its path, line and value;
with the schemas of B2MML at hand the file is validated first, and each fault says its line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.materials.adapters import b2mml_parts as parts
from batchwright.materials.adapters import foreign_xml
from batchwright.materials.adapters.foreign_xml import Account, local_name

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
    account = Account(foreign_xml.content_of(path), path.name)
    root = local_name(account.root)
    found = Document(path.name, account.sha256, root)
    if schemas is not None:
        faults = foreign_xml.validate(account.root, schemas / SCHEMAS.get(root, SCHEMA))
        found.faults = [f"line {fault.line}: {fault.message}" for fault in faults]
    _Reader(found, account).run()
    found.taken = [str(said) for said in account.taken]
    found.reported = [str(said) for said in account.left()]
    return found


class _Reader:
    """Walks a document; whatever it does not take stays in the account to be reported."""

    def __init__(self, document: Document, account: Account) -> None:
        self.document = document
        self.account = account

    def run(self) -> None:
        for area in self._all(self.account.root, "DataArea"):
            for one in self._all(area, "MaterialDefinition"):
                self._material(one)
            for one in self._all(area, "MaterialInformation"):
                self._information(one)

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
            self.document.sublots.append(ReadSublot(name, lot, status, parts.amount(self.account, quantity)))

    def _properties(self, one: Any, kind: str, known: tuple[str, ...]) -> dict[str, list[str]]:
        return parts.properties(self.account, one, kind, known)

    def _all(self, parent: Any, name: str) -> list[Any]:
        return self.account.children(parent, name)

    def _text(self, parent: Any, name: str) -> str:
        return self.account.text(parent, name)

    def _needed(self, parent: Any, name: str) -> str:
        return parts.needed(self.account, parent, name)

    def _unit(self, text: str, at: Any) -> str:
        return parts.unit(self.account, text, at)

    def _day(self, text: str, at: Any) -> date:
        try:
            return date.fromisoformat(text[:10])
        except ValueError as error:
            raise self._bad("This is not a day", at, text) from error

    def _bad(self, said: str, at: Any, value: str) -> BadInput:
        return self.account.bad(said, at, value)
