"""Entries about what materials are, who supplies them and where they lie."""

from datetime import date
from typing import ClassVar

from django.utils.translation import gettext as _

from batchwright import record


@record.entry_type("material.defined/1")
class MaterialDefined(record.EntryData):
    """A material came into being."""

    code: str
    name: str
    kind: str
    unit: str
    specification: str = ""

    def sentence(self) -> str:
        return _("Material %(code)s %(name)s defined, in %(unit)s") % {
            "code": self.code, "name": self.name, "unit": self.unit,
        }  # fmt: skip


@record.entry_type("supplier.registered/1")
class SupplierRegistered(record.EntryData):
    """A supplier's site became known; nothing is received from it until it is approved."""

    code: str
    name: str
    place: str
    country: str

    def sentence(self) -> str:
        return _("Supplier %(code)s %(name)s, %(place)s (%(country)s) registered") % dict(self)


@record.entry_type("supplier.decided/1")
class SupplierDecided(record.EntryData):
    """Quality assurance approved a supplier or withdrew the approval."""

    reason_required: ClassVar[bool] = True
    code: str
    approval: str
    approved_until: date | None = None

    def sentence(self) -> str:
        return _("Supplier %(code)s: %(approval)s") % dict(self)


@record.entry_type("location.defined/1")
class LocationDefined(record.EntryData):
    """A place for containers came into being."""

    code: str
    name: str

    def sentence(self) -> str:
        return _("Location %(code)s %(name)s defined") % dict(self)
