"""Entries about weighing and dispensing: a lot staged, a vessel made ready, every weight, a weight given back."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _

from batchwright.execution.entries.phases import _OfPhase
from batchwright.record import entry_type


class _Scanned(_OfPhase):
    source: str = ""
    """What was scanned of the material: a lot or a container."""
    vessel: str = ""
    scale: str = ""
    raw: str = ""
    """The line as the scale sent it."""
    read_from: str = "scale"


@entry_type("lot.staged/1")
class LotStaged(_Scanned):
    """The potency of a lot became known to a batch, and lines of its formula final (21 CFR 211.101(a))."""

    line: str = ""
    lot: str = ""
    assay: str = ""
    water: str = ""
    lines: dict[str, str] = {}
    """Lines that changed with it, with what they are now."""
    revision: int = 0
    control_sha256: str = ""

    def sentence(self) -> str:
        said: dict[str, Any] = {**dict(self), "why": "; ".join(self.reasons), "now": "; ".join(self.lines.values())}
        if self.verdict == "refused":
            return _("Batch %(batch)s, %(name)s: lot %(source)s refused, and kept: %(why)s") % said
        return _("Batch %(batch)s: lot %(lot)s staged for %(line)s, assay %(assay)s, water %(water)s: %(now)s") % said


@entry_type("vessel.readied/1")
class VesselReadied(_Scanned):
    """A vessel was made ready: clean, and weighed empty; or a source was weighed before something is taken out."""

    clean_as: str = ""
    tare: str = ""
    before: str = ""

    def sentence(self) -> str:
        said: dict[str, Any] = {**dict(self), "why": "; ".join(self.reasons)}
        if self.verdict == "refused":
            return _("Batch %(batch)s, %(name)s: vessel %(vessel)s refused, and kept: %(why)s") % said
        if self.before:
            return _("Batch %(batch)s, %(name)s: %(source)s weighs %(before)s before it fills %(vessel)s") % said
        return _("Batch %(batch)s, %(name)s: vessel %(vessel)s, tare %(tare)s") % said


@entry_type("weight.recorded/1")
class WeightRecorded(_Scanned):
    """A weight was recorded, or refused and kept."""

    line: str = ""
    material: str = ""
    lot: str = ""
    container: str = ""
    """Container of the warehouse that it is in now."""
    net: str = ""
    gross: str = ""
    tare: str = ""
    method: str = "net"
    target: str = ""
    low: str = ""
    high: str = ""
    why: str = ""
    """How the target came about."""
    checked_by: str = ""

    def sentence(self) -> str:
        said: dict[str, Any] = {**dict(self), "why": "; ".join(self.reasons)}
        if self.verdict == "refused":
            return _("Batch %(batch)s, %(name)s: weight refused, and kept: %(why)s") % said
        if self.verdict == "out of limit":
            return _(
                "Batch %(batch)s, %(line)s: %(net)s of lot %(lot)s into %(vessel)s, outside %(low)s to %(high)s"
            ) % said
        return _("Batch %(batch)s, %(line)s: %(net)s of lot %(lot)s into %(vessel)s") % said


@entry_type("weight.returned/1")
class WeightReturned(_OfPhase):
    """A weight was given back before it was charged; it counts no more and stays in the record."""

    reason_required: ClassVar[bool] = True
    line: str
    lot: str
    net: str
    source: str
    vessel: str
    checked_by: str

    def sentence(self) -> str:
        return _("Batch %(batch)s, %(line)s: %(net)s of lot %(lot)s given back from %(vessel)s to %(source)s") % dict(
            self
        )
