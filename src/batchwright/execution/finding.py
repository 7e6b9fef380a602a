"""Finding batches and exceptions by what is typed or scanned."""

from django.urls import reverse
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.execution import queries
from batchwright.materials.finding import MOST, Thing
from batchwright.people.access import may


def things(text: str, actor: record.Actor) -> tuple[Thing, ...]:
    """Find what the actor may see.

    Args:
        text: What was typed or scanned.
        actor: Who looks.

    Returns:
        What was found; an exact hit alone.
    """
    if not may(actor, "batch.read"):
        return ()
    found = [
        Thing(f"{one.number} {one.name}".strip(), _("batch"), reverse("execution:batch", args=[one.number]),
              exact=one.number == text)
        for one in queries.batches(actor, text=text)[:MOST]
    ]  # fmt: skip
    raised = queries.exceptions(actor).filter(number__iexact=text).select_related("batch").first()
    if raised is not None:
        address = reverse("execution:exception", args=[raised.batch.number, raised.number])
        found.append(Thing(f"{raised.number} {raised.sentence}"[:120], _("exception"), address, exact=True))
    exact = [one for one in found if one.exact]
    return tuple(exact or found)
