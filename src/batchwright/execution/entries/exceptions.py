"""Entries about exceptions: raised, assessed, signed."""

from typing import Any

from django.utils.translation import gettext as _

from batchwright.execution.entries.batches import _OfBatch
from batchwright.record import entry_type


class _OfException(_OfBatch):
    number: str


@entry_type("exception.raised/1")
class ExceptionRaised(_OfException):
    """Somebody noticed something that is not as the recipe says."""

    kind: str
    severity: str
    what: str

    def sentence(self) -> str:
        return _("Batch %(batch)s, exception %(number)s (%(severity)s): %(what)s") % dict(self)


@entry_type("exception.assessed/1")
class ExceptionAssessed(_OfException):
    """Cause and impact were written."""

    severity: str
    cause: str
    impact: str

    def sentence(self) -> str:
        return _("Batch %(batch)s, exception %(number)s: cause %(cause)s; impact %(impact)s") % dict(self)


@entry_type("exception.signed/1")
class ExceptionSigned(_OfException):
    """Somebody signed an exception; the last signature closes it."""

    meaning: str
    closed: bool

    def sentence(self) -> str:
        said: dict[str, Any] = dict(self)
        if self.closed:
            return _("Batch %(batch)s, exception %(number)s: %(meaning)s and closed") % said
        return _("Batch %(batch)s, exception %(number)s: %(meaning)s") % said
