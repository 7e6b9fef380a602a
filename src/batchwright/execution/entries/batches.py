"""Entries about a batch as a whole: created, commanded, gone on, decided, redlined, judged, reviewed."""

from typing import ClassVar

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict

from batchwright import record


class Happened(BaseModel):
    """Something that the procedure did by itself with an act."""

    model_config = ConfigDict(frozen=True)

    kind: str
    """started, completed, skipped, taken (a transition), state, hold broken."""
    path: str
    what: str = ""
    sentence: str = ""


class _OfBatch(record.EntryData):
    batch: str


class _Went(_OfBatch):
    events: list[Happened] = []
    exceptions: list[str] = []
    """Numbers of the exceptions that were raised with it."""


@record.entry_type("batch.created/1")
class BatchCreated(_OfBatch):
    """A batch was made from an effective recipe: its copy, scaled, with its units (21 CFR 211.188(a))."""

    recipe: str
    version: int
    size: str
    master_sha256: str
    control_sha256: str
    units: dict[str, str] = {}

    def sentence(self) -> str:
        return _("Batch %(batch)s made from recipe %(recipe)s, version %(version)s, size %(size)s") % dict(self)


@record.entry_type("batch.commanded/1")
class BatchCommanded(_Went):
    """Somebody gave a command to a batch or to a part of its procedure."""

    command: str
    path: str = ""
    before: str
    after: str

    def sentence(self) -> str:
        said = _("Batch %(batch)s: %(command)s, %(before)s to %(after)s")
        if self.path:
            said = _("Batch %(batch)s, %(path)s: %(command)s, %(before)s to %(after)s")
        return said % dict(self)


@record.entry_type("batch.went_on/1")
class BatchWentOn(_Went):
    """Time passed, or equipment settled, and the procedure went on."""

    def sentence(self) -> str:
        return _("Batch %(batch)s went on by itself: %(count)s changes") % {**dict(self), "count": len(self.events)}


@record.entry_type("batch.decided/1")
class BatchDecided(_Went):
    """An operator decided where the recipe leaves it to one."""

    question: str
    choice: str

    def sentence(self) -> str:
        return _("Batch %(batch)s: decided %(choice)s (%(question)s)") % dict(self)


@record.entry_type("batch.redlined/1")
class BatchRedlined(_Went):
    """The running recipe was changed; the master stays what it is."""

    reason_required: ClassVar[bool] = True
    exception: str
    sentences: list[str]
    revision: int
    control_sha256: str

    def sentence(self) -> str:
        return _("Batch %(batch)s, redline %(exception)s: %(what)s") % {
            **dict(self), "what": "; ".join(self.sentences)
        }  # fmt: skip


@record.entry_type("batch.judged/1")
class BatchJudged(_OfBatch):
    """A reviewer judged a check that asks for it."""

    check: str
    text: str

    def sentence(self) -> str:
        return _("Batch %(batch)s, review: %(text)s") % dict(self)


@record.entry_type("batch.reviewed/1")
class BatchReviewed(_OfBatch):
    """The record of a batch was reviewed and signed (21 CFR 211.192)."""

    summary: str
    digest: str
    """SHA-256 of the checks as they were shown."""

    def sentence(self) -> str:
        return _("Record of batch %(batch)s reviewed: %(summary)s") % dict(self)


@record.entry_type("batch.put_away/1")
class BatchPutAway(_OfBatch):
    """What a batch made was filled into containers and put away (21 CFR 211.142, 211.188(b)(7) and (9))."""

    lot: str
    location: str
    amount: str
    containers: list[str]
    """Each with its kind and what is in it."""
    made: str
    """What the batch made by its own yield; "" where its record does not say it."""
    unaccounted: str
    """What is left of that after this act and after samples; "" where nobody knows."""

    def sentence(self) -> str:
        said = _("Batch %(batch)s: %(amount)s of lot %(lot)s put away in %(count)s containers at %(location)s")
        if self.unaccounted:
            said = _(
                "Batch %(batch)s: %(amount)s of lot %(lot)s put away in %(count)s containers at %(location)s; of "
                "%(made)s made, %(unaccounted)s not accounted for"
            )
        return said % {**dict(self), "count": len(self.containers)}
