"""Entries about lots: received, made, decided on, held, converted."""

from datetime import date
from typing import ClassVar

from django.utils.translation import gettext as _

from batchwright import record


@record.entry_type("lot.received/1")
class LotReceived(record.EntryData):
    """A lot came from a supplier, with the supplier's lot and its expiry (21 CFR 211.82)."""

    lot: str
    material: str
    supplier: str
    supplier_lot: str
    amount: str
    containers: int
    expires_on: date | None = None
    retest_on: date | None = None

    def sentence(self) -> str:
        said = _("Lot %(lot)s: %(amount)s of %(material)s received from %(supplier)s, their lot %(supplier_lot)s")
        return said % dict(self)


@record.entry_type("lot.made/1")
class LotMade(record.EntryData):
    """A lot began to be made here."""

    lot: str
    material: str
    nominal: str = ""

    def sentence(self) -> str:
        return _("Lot %(lot)s of %(material)s begun") % dict(self)


@record.entry_type("lot.decided/1")
class LotDecided(record.EntryData):
    """Quality assurance decided on a lot and signed it (21 CFR 211.84(a), 211.89)."""

    reason_required: ClassVar[bool] = True
    lot: str
    before: str
    after: str

    def sentence(self) -> str:
        return _("Lot %(lot)s: %(before)s -> %(after)s") % dict(self)


@record.entry_type("lot.held/1")
class LotHeld(record.EntryData):
    """A lot was stopped at once: nothing of it may be used."""

    reason_required: ClassVar[bool] = True
    lot: str
    before: str

    def sentence(self) -> str:
        return _("Lot %(lot)s put on hold") % dict(self)


@record.entry_type("lot.retested/1")
class LotRetested(record.EntryData):
    """A lot was tested again and may be used for longer (21 CFR 211.87)."""

    reason_required: ClassVar[bool] = True
    lot: str
    before: date | None
    after: date

    def sentence(self) -> str:
        return _("Lot %(lot)s tested again; next retest %(after)s") % {"lot": self.lot, "after": self.after.isoformat()}


@record.entry_type("lot.certified/1")
class LotCertified(record.EntryData):
    """Assay and water were entered from the certificate of a lot."""

    lot: str
    assay: str
    water: str
    certificate: str

    def sentence(self) -> str:
        if self.water:
            return _("Lot %(lot)s: assay %(assay)s, water %(water)s by certificate %(certificate)s") % dict(self)
        return _("Lot %(lot)s: assay %(assay)s by certificate %(certificate)s") % dict(self)


class _AboutContainer(record.EntryData):
    reason_required: ClassVar[bool] = True
    container: str
    lot: str
    amount: str


@record.entry_type("container.held/1")
class ContainerHeld(_AboutContainer):
    """Part of a lot was stopped; the rest may be used."""

    def sentence(self) -> str:
        return _("Container %(container)s of lot %(lot)s, %(amount)s, put on hold") % dict(self)


@record.entry_type("container.freed/1")
class ContainerFreed(_AboutContainer):
    """A held part of a lot may be used like the rest again."""

    def sentence(self) -> str:
        return _("Container %(container)s of lot %(lot)s, %(amount)s, freed from hold") % dict(self)


@record.entry_type("lot.converted/1")
class LotConverted(record.EntryData):
    """Lots were split, merged or reworked into another lot."""

    reason_required: ClassVar[bool] = True
    lot: str
    kind: str
    from_lots: list[str]
    amount: str

    def sentence(self) -> str:
        return _("%(amount)s of %(lots)s %(kind)s into lot %(lot)s") % {
            "amount": self.amount, "lots": ", ".join(self.from_lots), "kind": self.kind, "lot": self.lot,
        }  # fmt: skip
