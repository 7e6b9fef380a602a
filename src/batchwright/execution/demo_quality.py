"""The supervisor, quality assurance and the Qualified Person of the demo: they decide on exceptions and review batches.

By the same commands and signatures as everybody's pages; whoever took part in something does not decide on it.
"""

from collections.abc import Iterable
from typing import Any, Final

from batchwright import people, record
from batchwright.execution import services, statements
from batchwright.execution.exceptions import Kind, missing
from batchwright.execution.models import Attempt, Batch, BatchException
from batchwright.execution.standing import as_rules_see
from batchwright.people import access
from batchwright.people import demo as people_demo
from batchwright.people.models import User
from batchwright.record import runs

SUPERVISOR: Final = ("j.okafor", "supervisor")
QUALITY: Final = (SUPERVISOR, ("a.novak", "qa"), ("h.brandt", "qualified_person"))
REVIEWER: Final = ("h.brandt", "qualified_person")
"""Performs no step, and so reviews what the others made."""
_CAUSES: Final = {
    Kind.OUT_OF_LIMIT: ("First reading taken before the probe had settled", "None: the value that was repeated holds"),
    Kind.LATE_ENTRY: ("The shift was busy at another suite", "None: the step itself was done in time"),
    Kind.HOLD_TIME: ("The next unit was not free", "Within the time for which stability was shown"),
    Kind.COMMAND: ("Held until the cause was clear", "None: the product was kept as the recipe allows"),
}
_ELSE: Final = ("Found by the shift when the step was checked", "None on the product: what was asked for was done")


def decide(exception: BatchException) -> bool:
    """Assess an exception and sign it until it is closed.

    Args:
        exception: An open one.

    Returns:
        Whether it is closed; False where the demo has nobody left who may sign.
    """
    if not exception.cause:
        cause, impact = _CAUSES.get(Kind(exception.kind), _ELSE)
        services.assess_exception(actor=_actor(SUPERVISOR), exception=exception, cause=cause, impact=impact)
    while True:
        row = BatchException.objects.select_related("batch__sponsor", "run").get(pk=exception.pk)
        seen = as_rules_see([row])[0]
        if not seen.is_open:
            return True
        seat = missing(seen)[0]
        taken = {row.raised_by, *(one.by for one in seen.signatures)}
        who = next((one for one in QUALITY if one[1] in seat.roles and one[0] not in taken), None)
        if who is None:
            return False
        signer = _actor(who)
        shown = statements.of_exception(row, seat.meaning)
        services.sign_exception(exception=row, meaning=seat.meaning, **signed(signer, row, seat.meaning, shown))


def review(batch: Batch) -> bool:
    """Have the record verified, judge what asks for it, and sign the review.

    Args:
        batch: A batch that is complete.

    Returns:
        Whether it is reviewed; False where something blocks it.
    """
    reviewer = _actor(REVIEWER)
    if Attempt.objects.filter(batch=batch, by=reviewer.id).exists():
        return False
    if services.review_of(reviewer, batch).checks[0].verdict != "fine":
        runs.wait_for(reviewer)
    found = services.review_of(reviewer, batch)
    if found.of("blocks"):
        return False
    judged = services.judgements_of(reviewer, batch)
    for one in found.of("needs judgement"):
        if one.key not in judged:
            text = "Looked at with what is written about it; no effect on the quality of the batch."
            services.judge_check(actor=reviewer, batch=_again(batch), key=one.key, text=text)
    fresh = _again(batch)
    shown = services.shown_for_review(reviewer, fresh)
    services.review_batch(batch=fresh, **signed(reviewer, fresh, "reviewed", shown))
    return True


def open_ones(batches: Iterable[Batch]) -> list[BatchException]:
    """Give the open exceptions of some batches.

    Args:
        batches: The batches.

    Returns:
        The exceptions, the oldest first.
    """
    rows = BatchException.objects.filter(batch__in=list(batches), closed_at__isnull=True).order_by("id")
    return list(rows.select_related("batch__sponsor", "run"))


def signed(signer: record.Actor, row: record.GmpModel, meaning: str, shown: str) -> dict[str, Any]:
    """Sign, at a desk of the demo, what is shown there.

    Args:
        signer: Who signs.
        row: What it is about.
        meaning: Of the signature.
        shown: What was shown.

    Returns:
        What a signed command takes beside what it is about.
    """
    session, evidence = people_demo.desk_of(signer.id)
    prepared = people.prepare(actor=signer, row=row, meaning=meaning, shown=shown, session=session)
    return {
        "actor": signer, "name": prepared.name, "given": evidence, "session": session, "address": people_demo.ADDRESS,
    }  # fmt: skip


def _actor(who: tuple[str, str]) -> record.Actor:
    return access.actor_of(User.objects.select_related("sponsor").get(username=who[0]), who[1])


def _again(batch: Batch) -> Batch:
    found: Batch = Batch.objects.select_related("sponsor", "recipe_version__recipe", "recipe_version__text").get(
        pk=batch.pk
    )
    return found
