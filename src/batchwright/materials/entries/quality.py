"""Entries about sampling and reconciliation."""

from typing import ClassVar

from django.utils.translation import gettext as _

from batchwright import record


@record.entry_type("sampling.planned/1")
class SamplingPlanned(record.EntryData):
    """A material got a plan of sampling and a limit for reconciliation (21 CFR 211.84(b))."""

    reason_required: ClassVar[bool] = True
    material: str
    sampling: str
    sampling_table: str = ""
    amount: str = ""
    limit: str = ""

    def sentence(self) -> str:
        said = _("Material %(material)s: sampling %(sampling)s %(table)s, %(amount)s each; differences up to %(limit)s")
        return said % {
            "material": self.material, "sampling": self.sampling, "table": self.sampling_table,
            "amount": self.amount or "-", "limit": self.limit or "-",
        }  # fmt: skip


@record.entry_type("lot.sampled/1")
class LotSampled(record.EntryData):
    """The containers that the plan names were sampled, all in one act (21 CFR 211.84(b), (c))."""

    lot: str
    sample: str
    containers: list[str]
    amount: str

    def sentence(self) -> str:
        return _("Sample %(sample)s, %(amount)s of lot %(lot)s, taken from %(containers)s") % {
            "sample": self.sample, "amount": self.amount, "lot": self.lot, "containers": ", ".join(self.containers),
        }  # fmt: skip


@record.entry_type("lot.reconciled/1")
class LotReconciled(record.EntryData):
    """What came in of a lot was set beside what became of it (21 CFR 211.184(c))."""

    reason_required: ClassVar[bool] = True
    lot: str
    received: str
    parts: dict[str, str]
    difference: str
    limit: str
    within: bool
    exception: str = ""

    def sentence(self) -> str:
        said = _("Lot %(lot)s reconciled: %(difference)s of %(received)s differ, limit %(limit)s") % {
            "lot": self.lot, "difference": self.difference, "received": self.received, "limit": self.limit,
        }  # fmt: skip
        return said if self.within else _("%(said)s; exception: %(why)s") % {"said": said, "why": self.exception}
