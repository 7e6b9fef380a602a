"""Finding units and instruments by what is typed, or scanned from the tag painted on them."""

from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.people.access import may
from batchwright.plant import instrument_queries, queries
from batchwright.plant.models import Level

MOST = 20


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that was found."""

    title: str
    what: str
    href: str
    exact: bool = False


def things(text: str, actor: record.Actor) -> tuple[Thing, ...]:
    """Find what the actor may see; a sponsor's people find nothing.

    Args:
        text: What was typed or scanned: a tag, or a part of a tag or name.
        actor: Who looks.

    Returns:
        What was found; an exact hit alone.
    """
    if not may(actor, "plant.read") or actor.sponsor is not None:
        return ()
    unit = queries.unit(actor, text)
    if unit is not None:
        return (Thing(str(unit), _("unit"), reverse("plant:unit", args=[unit.tag]), exact=True),)
    instrument = instrument_queries.instrument(actor, text)
    if instrument is not None:
        href = reverse("plant:instrument", args=[instrument.tag])
        return (Thing(str(instrument), _("instrument"), href, exact=True),)
    units = queries.elements(actor).filter(level=Level.UNIT)
    found = units.filter(Q(tag__icontains=text) | Q(name__icontains=text))[:MOST]
    mounted = instrument_queries.instruments(actor, text=text)[:MOST]
    return (
        *(Thing(str(one), _("unit"), reverse("plant:unit", args=[one.tag])) for one in found),
        *(Thing(str(one), _("instrument"), reverse("plant:instrument", args=[one.tag])) for one in mounted),
    )
