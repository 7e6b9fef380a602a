"""Entries about instruments: added, calibrated, checked, held, and what was read from them."""

from datetime import date, datetime
from typing import ClassVar

from django.utils.translation import gettext as _

from batchwright import record


class Compared(record.EntryData):
    """One comparison of an instrument with a reference, with the verdict that was made on it."""

    reference: str
    indicated: str
    error: str
    allowed: str
    within: bool

    def sentence(self) -> str:
        return _("%(indicated)s at %(reference)s, error %(error)s, allowed %(allowed)s") % dict(self)


@record.entry_type("instrument.added/1")
class InstrumentAdded(record.EntryData):
    """An instrument came into the plant; it is not used before it is calibrated."""

    tag: str
    name: str
    kind: str
    mounted_on: str = ""
    span: str
    serial_number: str = ""

    def sentence(self) -> str:
        if self.mounted_on:
            return _("Instrument %(tag)s %(name)s (%(span)s) added on %(mounted_on)s") % dict(self)
        return _("Instrument %(tag)s %(name)s (%(span)s) added") % dict(self)


@record.entry_type("instrument.changed/1")
class InstrumentChanged(record.EntryData):
    """What is said of an instrument was changed: where it is mounted, or how it is reached."""

    reason_required: ClassVar[bool] = True
    tag: str
    before: dict[str, str]
    after: dict[str, str]

    def sentence(self) -> str:
        changes = [f"{name}: {self.before.get(name) or '-'} -> {new or '-'}" for name, new in self.after.items()]
        return _("Instrument %(tag)s changed (%(changes)s)") % {"tag": self.tag, "changes": ", ".join(changes)}


class _AboutInstrument(record.EntryData):
    reason_required: ClassVar[bool] = True
    tag: str


@record.entry_type("instrument.held/1")
class InstrumentHeld(_AboutInstrument):
    """An instrument was stopped at once; nothing is measured with it."""

    def sentence(self) -> str:
        return _("Instrument %(tag)s held") % dict(self)


@record.entry_type("instrument.freed/1")
class InstrumentFreed(_AboutInstrument):
    """A held instrument may be used again, if nothing else speaks against it."""

    def sentence(self) -> str:
        return _("Instrument %(tag)s freed") % dict(self)


@record.entry_type("instrument.retired/1")
class InstrumentRetired(_AboutInstrument):
    """An instrument left the plant; its history stays."""

    def sentence(self) -> str:
        return _("Instrument %(tag)s retired") % dict(self)


@record.entry_type("instrument.calibrated/1")
class InstrumentCalibrated(record.EntryData):
    """An instrument was compared with references (21 CFR 211.68(a), 211.160(b)(4))."""

    tag: str
    number: int
    calibrated_at: datetime
    tolerance: str
    as_found: list[Compared]
    as_left: list[Compared] = []
    outcome: str
    standard: str
    minimum: str = ""
    due_on: date

    def sentence(self) -> str:
        said = {
            "passed": _("Instrument %(tag)s calibrated: in tolerance as found; to %(due)s, once approved"),
            "adjusted": _("Instrument %(tag)s calibrated: out of tolerance, adjusted; to %(due)s, once approved"),
            "failed": _("Instrument %(tag)s calibrated: out of tolerance, not to be used"),
        }
        return said[self.outcome] % {"tag": self.tag, "due": self.due_on.isoformat()}


@record.entry_type("calibration.approved/1")
class CalibrationApproved(record.EntryData):
    """A second person approved a calibration and signed it."""

    tag: str
    number: int
    outcome: str
    due_on: date

    def sentence(self) -> str:
        return _("Calibration %(number)s of instrument %(tag)s approved (%(outcome)s); to %(due)s") % {
            "number": self.number, "tag": self.tag, "outcome": self.outcome, "due": self.due_on.isoformat(),
        }  # fmt: skip


@record.entry_type("scale.checked/1")
class ScaleChecked(record.EntryData):
    """An instrument was checked with its check references, for the day."""

    tag: str
    number: int
    points: list[Compared]
    passed: bool

    def sentence(self) -> str:
        said = _("Daily check of %(tag)s passed") if self.passed else _("Daily check of %(tag)s failed")
        return said % dict(self)


@record.entry_type("reading.taken/1")
class ReadingTaken(record.EntryData):
    """A stable value was read from a suitable scale; with the line as it came."""

    tag: str
    value: str
    read_at: datetime
    raw: str
    purpose: str = ""

    def sentence(self) -> str:
        if self.purpose:
            return _("%(tag)s read %(value)s for %(purpose)s") % dict(self)
        return _("%(tag)s read %(value)s") % dict(self)


@record.entry_type("reading.refused/1")
class ReadingRefused(record.EntryData):
    """An attempt to take a value from a scale was refused; what it showed is kept, and counts as no value."""

    tag: str
    why: str
    purpose: str = ""
    shown: str = ""
    """What the scale showed, where it came so far."""
    raw: str = ""

    def sentence(self) -> str:
        if self.purpose:
            return _("%(tag)s gave no value for %(purpose)s: %(why)s") % dict(self)
        return _("%(tag)s gave no value: %(why)s") % dict(self)
