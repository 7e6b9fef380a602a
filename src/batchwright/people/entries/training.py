"""What training leaves in the record."""

from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.people.entries.people import AboutUser


@record.entry_type("qualification.defined/1")
class QualificationDefined(record.EntryData):
    """A qualification came into being, with its document and what asks for it."""

    code: str
    title: str
    document: str
    edition: str
    effective_at: datetime
    validity_days: int | None = None
    needed_for: list[str] = []

    def sentence(self) -> str:
        return _("Qualification %(code)s %(title)s defined") % {"code": self.code, "title": self.title}


@record.entry_type("qualification.edition_issued/1")
class EditionIssued(record.EntryData):
    """A new edition of a qualification's document becomes effective; older trainings no longer suffice from then on."""

    reason_required: ClassVar[bool] = True
    code: str
    document: str
    edition: str
    effective_at: datetime
    validity_days: int | None = None

    def sentence(self) -> str:
        return _("Edition %(edition)s of %(document)s issued") % {"edition": self.edition, "document": self.document}


class _AboutTraining(AboutUser):
    qualification: str
    edition: str

    @property
    def _facts(self) -> dict[str, str]:
        return {"username": self.username, "qualification": self.qualification, "edition": self.edition}


@record.entry_type("training.planned/1")
class TrainingPlanned(_AboutTraining):
    """A person is to be trained."""

    def sentence(self) -> str:
        return _("Training of %(username)s in %(qualification)s, edition %(edition)s, planned") % self._facts


@record.entry_type("training.read/1")
class TrainingRead(_AboutTraining):
    """The trainee signed to have read and understood the document."""

    def sentence(self) -> str:
        return _("%(username)s has read and understood %(qualification)s, edition %(edition)s") % self._facts


@record.entry_type("training.assessed/1")
class TrainingAssessed(_AboutTraining):
    """Another person assessed the trainee as competent."""

    expires_at: datetime | None = None

    def sentence(self) -> str:
        return _("%(username)s assessed as competent in %(qualification)s, edition %(edition)s") % self._facts


@record.entry_type("training.corrected/1")
class TrainingCorrected(_AboutTraining):
    """A training's dates were corrected, which voids what was signed of them."""

    reason_required: ClassVar[bool] = True

    def sentence(self) -> str:
        return _("Training of %(username)s in %(qualification)s, edition %(edition)s, corrected") % self._facts
