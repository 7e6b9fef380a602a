"""The steps of a version: submitted by who prepared it, checked by a second person, in force, out of use."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.people.evidence import Evidence
from batchwright.people.models import PlantSession
from batchwright.recipes import entries, statements
from batchwright.recipes.examination import ENGINE, Examined
from batchwright.recipes.models import Recipe, RecipeVersion, VersionState
from batchwright.recipes.services.common import (
    checked_against,
    justified,
    require_sound,
    require_state,
    results_of,
    writers_of,
)


def effective_now(recipe: Recipe) -> RecipeVersion | None:
    """Give the version that is effective, of a recipe that the caller was allowed to read."""
    found: RecipeVersion | None = (
        RecipeVersion.objects.filter(recipe=recipe, state=VersionState.EFFECTIVE)
        .select_related("text", "recipe__sponsor").first()
    )  # fmt: skip
    return found


def shown_for(actor: record.Actor, version: RecipeVersion, step: str, examined: Examined | None = None) -> str:
    """Write what is shown to whoever signs a step.

    Args:
        actor: Who is going to sign.
        version: The version.
        step: submit or approve.
        examined: What the check gives, where it was made already.

    Returns:
        The text.
    """
    found = (examined or checked_against(actor, version.text.source)).found
    before = effective_now(version.recipe)
    return statements.of_version(version, step, found, justified(version).values(), before)


@record.command
def submit(
    *,
    actor: record.Actor,
    version: RecipeVersion,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Sign a draft as who prepared it, and give it to be checked by a second person (21 CFR 211.186(a)).

    Args:
        actor: Who prepared it.
        version: The draft, as it was shown.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        reason: Why, where there is something to say.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or the signature is refused.
        DomainError: If it is no draft, has errors that nobody justified, or its text has another version's number.
    """
    examined = checked_against(actor, version.text.source)
    data = entries.RecipeSubmitted(**_facts(version), **_counts(examined))
    with people.signed_entry(
        data, actor=actor, row=version, meaning=statements.MEANINGS["submit"],
        shown=lambda fresh: shown_for(actor, fresh, "submit", examined),
        name=name, given=given, session=session, address=address, reason=reason, sponsor=version.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "recipe.submit")
        require_state(entry.lock(version), VersionState.DRAFT)
        require_ready(version, examined)
        entry.update(
            version, state=VersionState.REVIEW, submitted_by=actor.id, submitted_at=clock.now(), **results_of(examined)
        )
    return entry.receipt


def require_ready(version: RecipeVersion, examined: Examined) -> None:
    """Refuse a version that cannot be signed: with errors that nobody justified, or with another version's number.

    Args:
        version: The version.
        examined: What the check gives.

    Raises:
        DomainError: If it cannot.
    """
    require_sound(version, examined.found)
    said = version.text.master.version
    if said != str(version.number):
        raise DomainError(
            _("The text has the number of another version"), value=said or _("none"), limit=str(version.number),
            remedy=_("Write version: \"%(number)s\" in the text.") % {"number": version.number},
        )  # fmt: skip


@record.command
def return_to_author(
    *,
    actor: record.Actor,
    version: RecipeVersion,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Give a version back to its author; its signature is void then, for it will be signed anew.

    Args:
        actor: Who checked it, or its author.
        version: The version in review.
        reason: What has to be changed.
        expected_version: Version of the row as it was seen.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may neither approve nor submit recipes.
        DomainError: If it is not in review.
        Stale: If it was changed meanwhile.
    """
    data = entries.RecipeReturned(**_facts(version))
    with record.entry(
        data, actor=actor, subject=version, reason=reason, sponsor=version.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "recipe.submit" if actor.id == version.submitted_by else "recipe.approve")
        require_state(entry.lock(version), VersionState.REVIEW)
        entry.update(
            version, expected_version=expected_version, state=VersionState.DRAFT, submitted_by="", submitted_at=None
        )
    return entry.receipt


@record.command
def approve(
    *,
    actor: record.Actor,
    version: RecipeVersion,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Sign a version as the second person who checked it independently; its text never changes from here on.

    Args:
        actor: Who checked it.
        version: The version in review, as it was shown.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        reason: Why, where there is something to say.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, took part in writing it, or the signature is refused.
        DomainError: If it is not in review, or has errors that nobody justified.
    """
    examined = checked_against(actor, version.text.source)
    data = entries.RecipeApproved(**_facts(version), **_counts(examined))
    with people.signed_entry(
        data, actor=actor, row=version, meaning=statements.MEANINGS["approve"],
        shown=lambda fresh: shown_for(actor, fresh, "approve", examined),
        name=name, given=given, session=session, address=address, reason=reason, sponsor=version.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        people.authorize(actor, "recipe.approve")
        people.require_other_person(actor, *writers_of(version))
        require_state(entry.lock(version), VersionState.REVIEW)
        require_ready(version, examined)
        entry.update(
            version, state=VersionState.APPROVED, approved_by=actor.id, approved_at=clock.now(), **results_of(examined)
        )
    return entry.receipt


@record.command
def make_effective(
    *,
    actor: record.Actor,
    version: RecipeVersion,
    effective_from: datetime | None = None,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Put an approved version in force; the one before it is superseded at that very moment.

    Args:
        actor: Who decides.
        version: The approved version.
        effective_from: From when; None for now. Never in the past.
        reason: On what ground, such as the training that was given.
        expected_version: Version of the row as it was seen.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is not approved, one of its two signatures is void, or the moment is past.
        Stale: If it was changed meanwhile.
    """
    people.authorize(actor, "recipe.make_effective")
    begin = clock.now() if effective_from is None else clock.ensure_utc(effective_from)
    before = effective_now(version.recipe)
    data = entries.RecipeMadeEffective(
        **_facts(version), effective_from=begin, supersedes=None if before is None else before.number
    )
    with record.entry(
        data, actor=actor, subject=version, reason=reason, sponsor=version.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "recipe.make_effective")
        entry.lock(version.recipe)
        require_state(entry.lock(version), VersionState.APPROVED)
        _require_signed(actor, version)
        now = effective_now(version.recipe)
        if (None if now is None else now.pk) != (None if before is None else before.pk):
            raise DomainError(_("Another version became effective meanwhile"), value=str(now or before),
                              remedy=_("Open the page again."))  # fmt: skip
        if effective_from is not None and begin < clock.now():
            raise DomainError(_("A recipe is not made effective in the past"), value=clock.iso(begin),
                              limit=f">= {clock.iso(clock.now())}")  # fmt: skip
        if before is not None:
            _require_later(begin, before)
            entry.update(before, state=VersionState.SUPERSEDED, superseded_at=begin)
        entry.update(
            version, expected_version=expected_version, state=VersionState.EFFECTIVE, effective_from=begin
        )
    return entry.receipt


def _require_later(begin: datetime, before: RecipeVersion) -> None:
    if before.effective_from is not None and begin <= before.effective_from:
        raise DomainError(
            _("Version %(number)s becomes effective later than that") % {"number": before.number},
            value=clock.iso(begin), limit=f"> {clock.iso(before.effective_from)}",
            remedy=_("Choose a later moment, or withdraw that version first."),
        )  # fmt: skip


def _require_signed(actor: record.Actor, version: RecipeVersion) -> None:
    """Both signatures hold, each by the person that the row names."""
    signed = [one.signature for one in people.signatures_on(actor, version) if one.status.valid]
    signers = {(one.meaning, one.signer.username) for one in signed}
    for meaning, by in (("authored", version.submitted_by), ("approved", version.approved_by)):
        if (meaning, by) not in signers:
            raise DomainError(
                _("A signature on this version does not hold"), value=f"{meaning}: {by}",
                limit=_("two valid signatures"), remedy=_("Look at its signatures, and begin another version."),
            )  # fmt: skip


@record.command
def withdraw(
    *,
    actor: record.Actor,
    version: RecipeVersion,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Take a version out of use: a draft by its authors' role, anything later by who makes versions effective.

    Args:
        actor: Who decides.
        version: The version.
        reason: Why.
        expected_version: Version of the row as it was seen.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is superseded or withdrawn already.
        Stale: If it was changed meanwhile.
    """
    data = entries.RecipeWithdrawn(**_facts(version), before=version.state)
    with record.entry(
        data, actor=actor, subject=version, reason=reason, sponsor=version.tenant, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "recipe.author" if version.state == "draft" else "recipe.make_effective")
        require_state(
            entry.lock(version), VersionState.DRAFT, VersionState.REVIEW, VersionState.APPROVED, VersionState.EFFECTIVE
        )
        ends: dict[str, Any] = {}
        if version.effective_from is not None:
            ends = {"superseded_at": max(clock.now(), version.effective_from)}
        entry.update(version, expected_version=expected_version, state=VersionState.WITHDRAWN, **ends)
    return entry.receipt


def _facts(version: RecipeVersion) -> dict[str, Any]:
    return {"recipe": version.recipe.identifier, "number": version.number, "sha256": version.sha256}


def _counts(examined: Examined) -> dict[str, Any]:
    if examined.recipe is None:
        raise BadInput(_("The text cannot be read any more"), value=examined.found[0].finding.sentence)
    return {"engine": ENGINE, "errors": len(examined.errors), "warnings": len(examined.warnings)}
