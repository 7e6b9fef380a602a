"""What of recipes waits for a person: drafts of one's own, versions to check, versions to make effective."""

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.people.access import held
from batchwright.people.needs import NeedShown
from batchwright.recipes import queries

_WAITING = (
    ("draft", "recipe.submit"),
    ("review", "recipe.approve"),
    ("approved", "recipe.make_effective"),
)


def needs_of(actor: record.Actor) -> list[NeedShown]:
    """Give what waits for a person in the present role.

    Args:
        actor: The person.

    Returns:
        Needs: own drafts first, then what others wait for.
    """
    granted = held(actor)
    if "recipe.read" not in granted:
        return []
    titles = {
        "draft": _("Finish recipe %(recipe)s, version %(number)s"),
        "review": _("Check recipe %(recipe)s, version %(number)s"),
        "approved": _("Make recipe %(recipe)s, version %(number)s effective"),
    }
    why = {
        "draft": _("You wrote at this draft; it is not submitted."),
        "review": _("Its author signed it; a second person checks it independently."),
        "approved": _("Both signatures are given; it is not in force."),
    }
    found = []
    for state, action in _WAITING:
        for one in queries.waiting(actor, state) if action in granted else ():
            if state == "draft" and actor.id not in queries.writers(actor, one):
                continue
            facts = {"recipe": one.recipe.identifier, "number": one.number}
            found.append(
                NeedShown(
                    "recipe", titles[state] % facts, why[state], "recipes:version", (one.recipe.identifier, one.number)
                )
            )
    return found
