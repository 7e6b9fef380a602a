"""Entries about how units are used, cleaned, cleared, held and qualified."""

from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock


@record.entry_type("unit.use_begun/1")
class UseBegun(record.EntryData):
    """A batch began on a unit (21 CFR 211.182, 211.188(b)(2))."""

    unit: str
    product: str
    batch: str
    campaign: int | None = None

    def sentence(self) -> str:
        return _("%(unit)s: batch %(batch)s of %(product)s begun") % dict(self)


@record.entry_type("unit.use_ended/1")
class UseEnded(record.EntryData):
    """A batch ended on a unit, which is dirty since."""

    unit: str
    product: str
    batch: str
    began_at: datetime

    def sentence(self) -> str:
        return _("%(unit)s: batch %(batch)s of %(product)s ended") % dict(self)


@record.entry_type("unit.cleaned/1")
class UnitCleaned(record.EntryData):
    """A unit was cleaned; a second person verifies it (21 CFR 211.67, 211.182)."""

    unit: str
    number: int
    procedure: str
    edition: str
    kind: str
    product_before: str = ""
    dirty_minutes: int | None = None
    """How long it had been dirty."""
    late: bool = False
    """Whether that was longer than the procedure is validated for."""

    def sentence(self) -> str:
        said = _("%(unit)s cleaned by %(procedure)s, edition %(edition)s (%(kind)s)")
        if self.late:
            said = _("%(unit)s cleaned by %(procedure)s, edition %(edition)s (%(kind)s), dirty for too long before")
        return said % dict(self)


@record.entry_type("unit.cleaning_verified/1")
class CleaningVerified(record.EntryData):
    """A second person verified a cleaning and signed it (21 CFR 211.182)."""

    unit: str
    number: int
    procedure: str
    edition: str

    def sentence(self) -> str:
        return _("%(unit)s: cleaning %(number)s by %(procedure)s verified") % dict(self)


@record.entry_type("unit.held/1")
class UnitHeld(record.EntryData):
    """A unit was stopped at once: nothing begins on it."""

    reason_required: ClassVar[bool] = True
    unit: str
    before: str

    def sentence(self) -> str:
        return _("%(unit)s held") % dict(self)


@record.entry_type("unit.freed/1")
class UnitFreed(record.EntryData):
    """A hold was ended."""

    reason_required: ClassVar[bool] = True
    unit: str
    after: str

    def sentence(self) -> str:
        return _("%(unit)s freed") % dict(self)


@record.entry_type("unit.taken_out/1")
class UnitTakenOut(record.EntryData):
    """A unit was taken out of service, for repair or for good."""

    reason_required: ClassVar[bool] = True
    unit: str
    before: str

    def sentence(self) -> str:
        return _("%(unit)s taken out of service") % dict(self)


@record.entry_type("unit.returned/1")
class UnitReturned(record.EntryData):
    """A unit returned to service, to be cleaned."""

    reason_required: ClassVar[bool] = True
    unit: str
    after: str

    def sentence(self) -> str:
        return _("%(unit)s returned to service") % dict(self)


@record.entry_type("line.cleared/1")
class LineCleared(record.EntryData):
    """A line was looked over: nothing of the last batch is left (21 CFR 211.130(e))."""

    unit: str
    number: int
    product: str
    batch: str

    def sentence(self) -> str:
        return _("%(unit)s cleared for batch %(batch)s of %(product)s") % dict(self)


@record.entry_type("line.clearance_verified/1")
class ClearanceVerified(record.EntryData):
    """A second person verified a line clearance and signed it."""

    unit: str
    number: int
    product: str
    batch: str

    def sentence(self) -> str:
        return _("%(unit)s: clearance for batch %(batch)s verified") % dict(self)


@record.entry_type("campaign.opened/1")
class CampaignOpened(record.EntryData):
    """A campaign of one product began on a unit."""

    unit: str
    number: int
    product: str
    max_batches: int | None = None
    max_days: int | None = None

    def sentence(self) -> str:
        return _("%(unit)s: campaign %(number)s of %(product)s opened") % dict(self)


@record.entry_type("campaign.closed/1")
class CampaignClosed(record.EntryData):
    """A campaign ended; the unit asks for a full cleaning."""

    unit: str
    number: int
    product: str
    batches: int

    def sentence(self) -> str:
        return _("%(unit)s: campaign %(number)s of %(product)s closed after %(batches)s batches") % dict(self)


@record.entry_type("unit.qualified/1")
class UnitQualified(record.EntryData):
    """Quality assurance approved a stage of a unit's qualification and signed it (EU GMP Annex 15)."""

    reason_required: ClassVar[bool] = True
    unit: str
    kind: str
    document: str
    qualified_at: datetime
    due_at: datetime | None = None

    def sentence(self) -> str:
        return _("%(unit)s: %(kind)s approved, %(document)s") % dict(self)


@record.entry_type("unit.taken_over/1")
class UnitTakenOver(record.EntryData):
    """Where a unit stood by its paper logbook when this system took it over."""

    reason_required: ClassVar[bool] = True
    unit: str
    product: str = ""
    batch: str = ""
    use_ended_at: datetime | None = None
    procedure: str = ""
    edition: str = ""
    cleaned_at: datetime | None = None
    cleaned_by: str = ""
    verified_by: str = ""
    qualifications: list[dict[str, str]] = []

    def sentence(self) -> str:
        if self.cleaned_at is None:
            return _("%(unit)s taken over from its paper logbook, not clean") % dict(self)
        return _("%(unit)s taken over from its paper logbook, cleaned at %(at)s by %(procedure)s") % {
            "unit": self.unit, "at": clock.iso(self.cleaned_at), "procedure": self.procedure,
        }  # fmt: skip
