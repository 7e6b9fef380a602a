"""Finding recipes by what is typed or scanned."""

from django.urls import reverse
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.materials.finding import MOST, Thing
from batchwright.people.access import may
from batchwright.recipes import queries


def things(text: str, actor: record.Actor) -> tuple[Thing, ...]:
    """Find what the actor may see.

    Args:
        text: What was typed or scanned.
        actor: Who looks.

    Returns:
        What was found; an exact hit alone.
    """
    if not may(actor, "recipe.read"):
        return ()
    found = [
        Thing(f"{one.identifier} {one.name}".strip(), _("recipe"), reverse("recipes:recipe", args=[one.identifier]),
              exact=one.identifier == text)
        for one in queries.recipes(actor, text=text)[:MOST]
    ]  # fmt: skip
    exact = [one for one in found if one.exact]
    return tuple(exact or found)
