"""Entries about amounts: allocated, moved, used, sampled, counted, shipped."""

from typing import ClassVar

from django.utils.translation import gettext as _

from batchwright import record


class _AboutAmount(record.EntryData):
    lot: str
    amount: str


@record.entry_type("container.moved/1")
class ContainerMoved(record.EntryData):
    """A container stands elsewhere."""

    container: str
    lot: str
    before: str
    after: str

    def sentence(self) -> str:
        return _("Container %(container)s of lot %(lot)s moved from %(before)s to %(after)s") % dict(self)


@record.entry_type("material.transferred/1")
class MaterialTransferred(_AboutAmount):
    """An amount went from one container into another of the same lot."""

    origin: str
    target: str

    def sentence(self) -> str:
        return _("%(amount)s of lot %(lot)s transferred from %(origin)s to %(target)s") % dict(self)


@record.entry_type("material.allocated/1")
class MaterialAllocated(record.EntryData):
    """Material was promised, first expired first out."""

    material: str
    amount: str
    purpose: str
    picks: list[str]

    def sentence(self) -> str:
        return _("%(amount)s of %(material)s allocated to %(purpose)s: %(picks)s") % {
            "amount": self.amount, "material": self.material, "purpose": self.purpose, "picks": ", ".join(self.picks),
        }  # fmt: skip


@record.entry_type("allocation.ended/1")
class AllocationEnded(_AboutAmount):
    """A promise ended without use."""

    reason_required: ClassVar[bool] = True
    purpose: str

    def sentence(self) -> str:
        return _("%(amount)s of lot %(lot)s no longer allocated to %(purpose)s") % dict(self)


@record.entry_type("material.consumed/1")
class MaterialConsumed(_AboutAmount):
    """An amount was used to make another lot; the genealogy says so from now on."""

    container: str
    into: str

    def sentence(self) -> str:
        return _("%(amount)s of lot %(lot)s used for lot %(into)s") % dict(self)


@record.entry_type("material.sampled/1")
class MaterialSampled(_AboutAmount):
    """An amount was taken as a sample (21 CFR 211.84(b))."""

    container: str
    sample: str

    def sentence(self) -> str:
        return _("Sample %(sample)s, %(amount)s, taken from %(container)s of lot %(lot)s") % dict(self)


@record.entry_type("material.destroyed/1")
class MaterialDestroyed(_AboutAmount):
    """An amount was destroyed."""

    reason_required: ClassVar[bool] = True
    container: str

    def sentence(self) -> str:
        return _("%(amount)s of lot %(lot)s in %(container)s destroyed") % dict(self)


@record.entry_type("material.shipped/1")
class MaterialShipped(_AboutAmount):
    """An amount left the plant."""

    container: str
    shipment: str

    def sentence(self) -> str:
        return _("%(amount)s of lot %(lot)s shipped with %(shipment)s") % dict(self)


@record.entry_type("material.counted/1")
class MaterialCounted(record.EntryData):
    """A container was counted; a difference is a movement of its own (reconciliation, 21 CFR 211.184(c))."""

    reason_required: ClassVar[bool] = True
    container: str
    lot: str
    expected: str
    counted: str

    def sentence(self) -> str:
        return _("Container %(container)s of lot %(lot)s counted: %(counted)s, expected %(expected)s") % dict(self)
