"""What of materials waits for a person: lots on hold and in quarantine to decide on, and samples to be taken."""

from collections.abc import Iterable

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.materials.models import Lot, Movement
from batchwright.materials.statuses import LotStatus
from batchwright.people.access import held
from batchwright.people.needs import NeedShown

MOST = 5
"""So many of each kind, the newest first; the list of lots has them all."""


def needs_of(actor: record.Actor) -> list[NeedShown]:
    """Give what waits for a person in the present role.

    Args:
        actor: The person.

    Returns:
        Needs, lots on hold first. What was taken over from another system in quarantine is left out: it comes in
        thousands, and is decided on where somebody asks for it.
    """
    granted = held(actor)
    if actor.sponsor is not None or granted.isdisjoint({"lot.decide", "lot.certify"}):
        return []
    own = Lot.visible_to(actor)
    here = own.filter(status=LotStatus.QUARANTINE, source="").order_by("-id")[: 2 * MOST]
    unsampled, ready = _by_sampling(actor, here)
    if "lot.decide" not in granted:
        return [
            _need("sampling", _("Take samples of lot %(lot)s"), one, _("%(name)s in quarantine"))
            for one in unsampled[:MOST]
            if "stock.sample" in granted
        ]
    stopped: QuerySet[Lot] = own.filter(status=LotStatus.HOLD).order_by("-id")[:MOST]
    title = _("Decide on lot %(lot)s")
    return [_need("lot", title, one, _("%(name)s on hold"), urgent=True) for one in stopped] + [
        _need("lot", title, one, _("%(name)s in quarantine")) for one in ready[:MOST]
    ]


def _by_sampling(actor: record.Actor, lots: Iterable[Lot]) -> tuple[list[Lot], list[Lot]]:
    """Lots whose planned samples are not all taken, and the others."""
    found = list(lots)
    samples = Movement.visible_to(actor).filter(kind="sample", lot__in=[one.pk for one in found if one.to_sample])
    taken = dict(samples.order_by().values_list("lot").annotate(many=Count("origin", distinct=True)))
    unsampled = [one for one in found if one.to_sample > taken.get(one.pk, 0)]
    return unsampled, [one for one in found if one not in unsampled]


def _need(kind: str, title: str, lot: Lot, why: str, *, urgent: bool = False) -> NeedShown:
    said = why % {"name": lot.definition.name}
    return NeedShown(kind, title % {"lot": lot.identifier}, said, "materials:lot", (lot.identifier,), urgent=urgent)
