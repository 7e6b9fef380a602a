"""Where people begin whose work no step and no signature asks for: the pages that their role opens most."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from batchwright import record
from batchwright.people import access
from batchwright.people.permissions import Text


@dataclass(frozen=True, slots=True)
class Start:
    """One page to begin at.

    Attributes:
        words: What one does there.
        place: Name of the page.
        action: What somebody has to hold for it.
        query: What the page is asked for.
    """

    words: Text
    place: str
    action: str
    query: str = ""

    @property
    def href(self) -> str:
        """Its address."""
        return reverse(self.place) + self.query


_VERIFY: Final = Start(_("See whether the record is whole"), "record_verify", "record.verify")
_FOLLOW: Final = Start(_("Follow a lot"), "materials:lots", "lot.read")
_STARTS: Final[dict[str, tuple[Start, ...]]] = {
    "administrator": (
        Start(_("See how the system does"), "site_health", "site.watch"),
        Start(_("Enrol a person"), "people:enrol", "user.enrol"),
        Start(_("See log-ins"), "people:people", "user.read"), _VERIFY,
    ),
    "analyst": (
        Start(_("Look after instruments"), "plant:instruments", "plant.read"),
        Start(_("See what is in quarantine"), "materials:lots", "lot.read", "?status=quarantine"),
    ),
    "inspector": (
        Start(_("Read the trail"), "record_entries", "record.read"), _VERIFY,
        Start(_("Read a batch record"), "execution:batches", "batch.read", "?state=Complete"), _FOLLOW,
        Start(_("See who may do what"), "people:roles", "role.read"),
        Start(_("See who is trained in what"), "people:training", "training.read"),
    ),
    "planner": (
        Start(_("Make a batch"), "execution:make", "batch.plan"),
        Start(_("See which units are free"), "plant:overview", "plant.read"),
        Start(_("See the stock"), "materials:stock", "lot.read"),
    ),
    "process_engineer": (
        Start(_("Write recipes"), "recipes:recipes", "recipe.read"),
        Start(_("Find units that fit"), "plant:match", "plant.read"),
        Start(_("Define equipment"), "plant:equipment", "plant.read"),
    ),
    "qualified_person": (
        Start(_("Read batch records"), "execution:batches", "batch.read", "?state=Complete"), _FOLLOW, _VERIFY,
    ),
    "sponsor": (
        Start(_("Follow a batch"), "execution:batches", "batch.read"), _FOLLOW,
        Start(_("Read a recipe"), "recipes:recipes", "recipe.read"),
        Start(_("Read the record"), "record_entries", "record.read"),
    ),
}  # fmt: skip
"""By role. Who performs and decides is led by what waits, and finds nothing here."""


def starts_of(actor: record.Actor) -> list[Start]:
    """Give where somebody begins.

    Args:
        actor: Who looks, in the role of now.

    Returns:
        Pages that this person may open, the first to be opened first.
    """
    return [one for one in _STARTS.get(actor.role, ()) if access.may(actor, one.action)]
