"""What of batches waits for those who judge them: exceptions to assess and to sign, records to review."""

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.execution import exceptions as rules
from batchwright.execution import overviews, queries
from batchwright.execution.models import Attempt, BatchException
from batchwright.execution.standing import as_rules_see
from batchwright.people.access import may
from batchwright.people.needs import NeedShown

MOST = 20
"""As many of a kind are told one by one."""
LOOKED_AT = 200
"""Open exceptions, the gravest first, among which a person's own are looked for; the list of them has all."""
_SIGNERS = frozenset(role for seats in rules.SEATS.values() for seat in seats for role in seat.roles)


def needs_of(actor: record.Actor) -> list[NeedShown]:
    """Give what waits for a person in the present role.

    Args:
        actor: The person.

    Returns:
        Needs: exceptions to sign, exceptions to assess, then records to review; the gravest first.
    """
    if actor.sponsor is not None:
        return []
    signs = actor.role in _SIGNERS
    assesses = may(actor, "exception.assess")
    rows = []
    if signs or assesses:
        rows = list(overviews.gravest_first(queries.exceptions(actor, only_open=True))[:LOOKED_AT])
    return [
        *(_to_sign(actor, rows)[:MOST] if signs else ()),
        *([_of(row, _("Assess exception %(number)s of %(batch)s")) for row in rows if not row.cause][:MOST]
          if assesses else ()),
        *_to_review(actor)[:MOST],
    ]  # fmt: skip


def _to_sign(actor: record.Actor, rows: list[BatchException]) -> list[NeedShown]:
    assessed = [one for one in rows if one.cause]
    seen = {one.number: one for one in as_rules_see(assessed)}
    found = []
    for row in assessed:
        one = seen[row.number]
        missing = rules.missing(one)
        own = actor.id == one.by or any(given.by == actor.id for given in one.signatures)
        if missing and actor.role in missing[0].roles and not own and may(actor, f"sign.{missing[0].meaning}"):
            found.append(_of(row, _("Sign exception %(number)s of %(batch)s")))
    return found


def _of(row: BatchException, title: str) -> NeedShown:
    facts = {"number": row.number, "batch": row.batch.number}
    return NeedShown(
        "exception", title % facts, row.sentence, "execution:exception", (row.batch.number, row.number),
        urgent=row.severity == rules.Severity.CRITICAL,
    )  # fmt: skip


def _to_review(actor: record.Actor) -> list[NeedShown]:
    """Batches in which nothing is open; nobody reviews what they took part in."""
    if not may(actor, "batch.review"):
        return []
    waiting = [one for one in queries.to_review(actor)[:LOOKED_AT] if not one.open_exceptions]  # type: ignore[attr-defined]
    own = set(
        Attempt.visible_to(actor).filter(by=actor.id, batch__in=[one.pk for one in waiting])
        .order_by().values_list("batch_id", flat=True).distinct()
    )  # fmt: skip
    title, why = _("Review the record of batch %(batch)s"), _("It has ended, and every exception is closed.")
    return [
        NeedShown("review", title % {"batch": one.number}, why, "execution:review", (one.number,))
        for one in waiting if one.pk not in own
    ]  # fmt: skip
