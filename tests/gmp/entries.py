"""What the tests' own capability writes into the ledger."""

from decimal import Decimal

from batchwright import record


@record.entry_type("lot.arrived/1")
class LotReceived(record.EntryData):
    """A lot came in."""

    name: str
    mass: Decimal


@record.entry_type("lot.changed/1")
class LotChanged(record.EntryData):
    """Something about a lot became different."""

    name: str


@record.entry_type("lot.rejected/1")
class LotRejected(record.EntryData):
    """A lot may not be used; nobody rejects without saying why."""

    reason_required = True

    name: str

    def sentence(self) -> str:
        return f"Lot {self.name} rejected"


@record.entry_type("lot.removed/1")
class LotRemoved(record.EntryData):
    """A row was taken out; its last image stays in the ledger."""

    name: str


@record.entry_type("container.filled/1")
class ContainerFilled(record.EntryData):
    """Some of a lot went into a container."""

    lot: str
    place: str


@record.entry_type("specimen.taken/1")
class SpecimenTaken(record.EntryData):
    """A row with every kind of column."""


@record.entry_type("note.made/1")
class NoteMade(record.EntryData):
    """Something was said that changes no table."""

    text: str
