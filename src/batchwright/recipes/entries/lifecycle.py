"""Entries about the life of a version: submitted, approved, in force, out of use."""

from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock


class _AboutVersion(record.EntryData):
    recipe: str
    number: int
    sha256: str
    """Of the canonical text that this is about."""


class _Checked(_AboutVersion):
    engine: str
    """What checked it."""
    errors: int
    """Errors that somebody justified."""
    warnings: int


@record.entry_type("recipe.submitted/1")
class RecipeSubmitted(_Checked):
    """Who prepared a version signed it and gave it to be checked (21 CFR 211.186(a))."""

    def sentence(self) -> str:
        return _("Recipe %(recipe)s, version %(number)s prepared and submitted") % dict(self)


@record.entry_type("recipe.returned/1")
class RecipeReturned(_AboutVersion):
    """A version went back to its author."""

    reason_required: ClassVar[bool] = True

    def sentence(self) -> str:
        return _("Recipe %(recipe)s, version %(number)s returned to its author") % dict(self)


@record.entry_type("recipe.approved/1")
class RecipeApproved(_Checked):
    """A second person checked a version independently and signed it (21 CFR 211.186(a))."""

    def sentence(self) -> str:
        return _("Recipe %(recipe)s, version %(number)s independently checked and approved") % dict(self)


@record.entry_type("recipe.made_effective/1")
class RecipeMadeEffective(_AboutVersion):
    """A version is in force from a moment on, and takes the place of the one before."""

    reason_required: ClassVar[bool] = True
    effective_from: datetime
    supersedes: int | None = None

    def sentence(self) -> str:
        said = _("Recipe %(recipe)s, version %(number)s effective from %(at)s")
        if self.supersedes is not None:
            said = _("Recipe %(recipe)s, version %(number)s effective from %(at)s, superseding version %(supersedes)s")
        return said % {**dict(self), "at": clock.iso(self.effective_from)}


@record.entry_type("recipe.withdrawn/1")
class RecipeWithdrawn(_AboutVersion):
    """A version was taken out of use."""

    reason_required: ClassVar[bool] = True
    before: str

    def sentence(self) -> str:
        return _("Recipe %(recipe)s, version %(number)s withdrawn; it was %(before)s") % dict(self)
