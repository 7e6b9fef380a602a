"""Entries about the phases of a batch: every attempt, whatever was said of it."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batchwright.execution.entries.batches import _Went
from batchwright.record import entry_type


class _OfPhase(_Went):
    path: str
    name: str
    attempt: int
    verdict: str
    complete: bool = False
    """Whether the phase is complete with it."""
    values: dict[str, Any] = {}
    reasons: list[str] = []
    """Why it was refused."""

    @property
    def said(self) -> dict[str, str]:
        """What the sentences are made of."""
        return {"batch": self.batch, "name": self.name, "values": _words(self.values), "why": "; ".join(self.reasons)}


def _words(values: dict[str, Any]) -> str:
    """Values as people read them: what was confirmed is counted, and a yes or no is one."""
    plain = {name: next(iter(one.values())) for name, one in values.items()}
    points = [name for name, value in plain.items() if name.startswith("point_") and value is True]
    said = [
        f"{name.replace('_', ' ')} {_('yes') if value is True else _('no') if value is False else value}"
        for name, value in plain.items() if name not in points
    ]  # fmt: skip
    if points:
        confirmed = ngettext("%(n)s point confirmed", "%(n)s points confirmed", len(points))
        said.insert(0, confirmed % {"n": len(points)})
    return ", ".join(said)


@entry_type("phase.attempted/1")
class PhaseAttempted(_OfPhase):
    """Somebody performed a phase, or tried to."""

    def sentence(self) -> str:
        if self.verdict == "refused":
            return _("Batch %(batch)s, %(name)s: refused and kept: %(why)s") % self.said
        if self.values:
            return _("Batch %(batch)s, %(name)s: %(values)s") % self.said
        return _("Batch %(batch)s, %(name)s: done") % self.said


@entry_type("phase.checked/1")
class PhaseChecked(_OfPhase):
    """A second person checked what the first one did (21 CFR 211.188(b)(11))."""

    performed_by: str
    agrees: bool

    def sentence(self) -> str:
        if self.agrees:
            return _("Batch %(batch)s, %(name)s: checked") % self.said
        return _("Batch %(batch)s, %(name)s: not confirmed, to be done again") % self.said


@entry_type("phase.corrected/1")
class PhaseCorrected(_OfPhase):
    """What a phase left was corrected; what was there before stays in the record."""

    reason_required: ClassVar[bool] = True
    before: dict[str, Any]

    def sentence(self) -> str:
        if self.verdict == "refused":
            return _("Batch %(batch)s, %(name)s: correction refused: %(why)s") % self.said
        return _("Batch %(batch)s, %(name)s: corrected to %(values)s") % self.said


@entry_type("phase.signed/1")
class PhaseSigned(_OfPhase):
    """A phase was completed with a signature and its meaning (21 CFR 11.50)."""

    meaning: str

    def sentence(self) -> str:
        return _("Batch %(batch)s, %(name)s: signed, %(meaning)s") % {**self.said, "meaning": self.meaning}
