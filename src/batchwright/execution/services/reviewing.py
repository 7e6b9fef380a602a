"""Reviewing the record of a batch by exception, and signing the review (21 CFR 211.192)."""

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.execution import statements
from batchwright.execution.entries import BatchJudged, BatchReviewed
from batchwright.execution.facts import facts_of
from batchwright.execution.models import Attempt, Batch, Judgement
from batchwright.execution.review import Check, Review, review
from batchwright.execution.services import turning
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people import require_other_person
from batchwright.people.evidence import Evidence
from batchwright.people.models import PlantSession


def review_of(actor: record.Actor, batch: Batch) -> Review:
    """Make every check of a batch.

    Args:
        actor: Who reads.
        batch: A batch that the actor was allowed to read.

    Returns:
        The review, with every check and its why.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    return review(facts_of(actor, turning.read(batch, clock.now())))


def judgements_of(actor: record.Actor, batch: Batch) -> dict[str, Judgement]:
    """Give what reviewers said, by key of the check; the latest counts.

    Args:
        actor: Who reads.
        batch: The batch.

    Returns:
        Judgements.

    Raises:
        Refused: If the actor may not see batches.
    """
    people.authorize(actor, "batch.read")
    rows = Judgement.visible_to(actor).filter(batch=batch).order_by("id")
    return {one.check_key: one for one in rows}


@record.command
def judge_check(
    *, actor: record.Actor, batch: Batch, key: str, text: str, idempotency_key: str | None = None
) -> record.Receipt:
    """Say what a reviewer finds of a check that asks for judgement.

    Args:
        actor: The reviewer.
        batch: The batch.
        key: Key of the check.
        text: The judgement, in the reviewer's own words.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If nothing is said, or no such check asks for judgement now.
    """
    data = BatchJudged(batch=batch.number, check="-", text=text.strip())
    with record.entry(
        data, actor=actor, subject=batch, sponsor=batch.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "batch.review")
        if not text.strip():
            raise DomainError(_("Say what you find"), remedy=_("Write it in your own words."))
        turn = turning.begin(entry, batch)
        asked = {one.key: one for one in review(facts_of(actor, turn)).of("needs judgement")}
        if key not in asked:
            raise DomainError(
                _("No such check asks for judgement now"), value=key[:200], remedy=_("Look at the review again.")
            )
        entry.create(
            Judgement(
                batch=batch, check_key=key, text=text.strip(), by=actor.id, by_name=actor.name, at=turn.facts.now
            )
        )
        entry.data = data.model_copy(update={"check": asked[key].sentence})
    return entry.receipt


def _judged(actor: record.Actor, batch: Batch, found: Review) -> list[tuple[Check, str]]:
    said = {key: one.text for key, one in judgements_of(actor, batch).items()}
    return [(one, said[one.key]) for one in found.of("needs judgement") if one.key in said]


def shown_for_review(actor: record.Actor, batch: Batch) -> str:
    """Write what is shown to whoever signs the review of a batch that the caller was allowed to read.

    Args:
        actor: Who signs.
        batch: The batch.

    Returns:
        The text.
    """
    found = review_of(actor, batch)
    return statements.of_review(batch, found, _judged(actor, batch, found))


@record.command
def review_batch(
    *,
    actor: record.Actor,
    batch: Batch,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Sign the review of a batch record in which nothing blocks and everything was judged.

    Args:
        actor: The reviewer.
        batch: The batch, as it was shown.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, took part in making the batch, or the signature is refused.
        DomainError: If something blocks or is not judged, or the batch was reviewed already.
    """
    data = BatchReviewed(batch=batch.number, summary="-", digest="-")
    with people.signed_entry(
        data, actor=actor, row=batch, meaning="reviewed", shown=lambda fresh: shown_for_review(actor, fresh),
        name=name, given=given, session=session, address=address, sponsor=batch.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "batch.review")
        turn = turning.begin(entry, batch)
        made_it = Attempt.objects.filter(batch=batch).values_list("by", flat=True).distinct()
        require_other_person(actor, *made_it)
        if batch.reviewed_at is not None:
            raise DomainError(_("The record of this batch was reviewed already"), value=batch.reviewed_by)
        found = review(facts_of(actor, turn))
        left = found.open({key: one.text for key, one in judgements_of(actor, batch).items()})
        if left:
            raise DomainError(
                _("The review cannot be signed: %(first)s") % {"first": left[0].sentence}, value=str(len(left)),
                limit=_("nothing that blocks, everything judged"), remedy=_("See the review page."),
            )  # fmt: skip
        entry.update(batch, reviewed_by=actor.id, reviewed_at=turn.facts.now)
        entry.data = data.model_copy(update={"summary": found.summary, "digest": statements.digest_of(found)})
    return entry.receipt
