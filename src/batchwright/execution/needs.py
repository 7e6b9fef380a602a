"""What of the floor waits for a person: what is late, to be checked by a second one, to be put away, or open."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batchwright import record
from batchwright.execution import queries, work
from batchwright.kernel import clock
from batchwright.people.access import may
from batchwright.people.needs import NeedShown

MOST = 10
"""As many of a kind are told one by one."""


def needs_of(actor: record.Actor) -> list[NeedShown]:
    """Give what waits for a person in the present role.

    Args:
        actor: The person.

    Returns:
        Needs: what is late, who waits for a second person, what is to be put away, then how many steps are open; none
        for who does not work on the floor.
    """
    if actor.sponsor is not None or not may(actor, "batch.command"):
        return []
    now = clock.now()
    runs = list(queries.to_do(actor))
    paces = work.paces_of(runs)
    late = [one for one in runs if paces[one.pk].is_late(now) or (one.rounds and paces[one.pk].is_overdue(now))]
    waiting = [one for one in runs if one.awaits and one not in late]
    names = work.performers_of(actor, waiting)
    found = [
        NeedShown(
            "late", _("%(step)s of %(batch)s is behind its time") % {"step": one.name, "batch": one.batch.number},
            _("It was due %(at)s.") % {"at": clock.iso(paces[one.pk].due or now)}, "execution:step",
            (one.batch.number, one.path), urgent=True,
        )
        for one in late[:MOST]
    ] + [
        NeedShown(
            "check", _("Check %(step)s of %(batch)s") % {"step": one.name, "batch": one.batch.number},
            _("%(who)s waits for a second person.") % {"who": names.get(one.pk, one.awaits)}, "execution:step",
            (one.batch.number, one.path),
        )
        for one in waiting[:MOST]
    ]  # fmt: skip
    if may(actor, "lot.make"):
        found += [
            NeedShown(
                "stock", _("Put away what %(batch)s made") % {"batch": one.number},
                _("It is complete, and nothing of it is in a container."), "execution:put-away", (one.number,),
            )
            for one in queries.to_put_away(actor)[:MOST]
        ]  # fmt: skip
    open_now = len(runs) - len(late) - len(waiting)
    if open_now:
        said = ngettext("Perform %(n)s open step", "Perform %(n)s open steps", open_now) % {"n": open_now}
        found.append(NeedShown("steps", said, _("They wait for your role."), "execution:work"))
    return found
