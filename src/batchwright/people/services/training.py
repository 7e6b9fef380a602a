"""Qualifications and trainings: defined, planned, read and understood, assessed by another person."""

from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.people import access, entries, segregation, signing
from batchwright.people.evidence import Evidence
from batchwright.people.models import Edition, Need, PlantSession, Qualification, TrainingRecord, User
from batchwright.people.permissions import ROLE_CODES, Refused


@record.command
def define_qualification(
    *,
    actor: record.Actor,
    code: str,
    title: str,
    document: str,
    edition: str,
    effective_at: datetime | None = None,
    validity_days: int | None = None,
    needed_for: tuple[str, ...] = (),
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Define something people can be trained in.

    Args:
        actor: Who defines it.
        code: Its code, capitals, never used before.
        title: What people call it.
        document: The document that is trained.
        edition: Its first edition.
        effective_at: Since when it is effective; now if None.
        validity_days: Days after which a training expires; None if it does not age.
        needed_for: Roles and operations that ask for it: ``role/operator``, ``operation/weighing``.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the code is taken.
        BadInput: If a particular is malformed.
    """
    since = clock.now() if effective_at is None else clock.ensure_utc(effective_at)
    qualification = record.checked(Qualification(code=code, title=title))
    for name in needed_for:
        _require_target(name)
    data = entries.QualificationDefined(
        code=code, title=title, document=document, edition=edition, effective_at=since, validity_days=validity_days,
        needed_for=list(needed_for),
    )  # fmt: skip
    with record.entry(
        data, actor=actor, subject=qualification, reason=reason, idempotency_key=idempotency_key
    ) as entry:
        access.authorize(actor, "training.define")
        if Qualification.objects.filter(code=code).exists():
            raise DomainError(
                _("This code belongs to a qualification already"), value=code, remedy=_("Choose another.")
            )
        entry.create(qualification)
        entry.create(
            Edition(
                qualification=qualification, edition=edition, document=document, effective_at=since,
                validity_days=validity_days,
            )
        )  # fmt: skip
        for name in needed_for:
            entry.create(Need(qualification=qualification, needed_for=name, valid_from=since))
    return entry.receipt


def _require_target(name: str) -> None:
    kind, _slash, code = name.partition("/")
    if (kind == "role" and code in ROLE_CODES) or (kind == "operation" and code.strip()):
        return
    raise BadInput(
        _("A qualification is asked for by a role or an operation"), value=name,
        limit="role/operator, operation/weighing", remedy=_("Name one of them."),
    )  # fmt: skip


@record.command
def issue_edition(
    *,
    actor: record.Actor,
    qualification: Qualification,
    edition: str,
    document: str,
    reason: str,
    effective_at: datetime | None = None,
    validity_days: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Issue a new edition; from its day on, trainings on older ones no longer suffice.

    Args:
        actor: Who issues it.
        qualification: The qualification.
        edition: Its edition.
        document: The document.
        reason: What changed.
        effective_at: Since when it is effective; now if None.
        validity_days: Days after which a training expires.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the edition exists already.
    """
    since = clock.now() if effective_at is None else clock.ensure_utc(effective_at)
    data = entries.EditionIssued(
        code=qualification.code, document=document, edition=edition, effective_at=since, validity_days=validity_days
    )
    with record.entry(
        data, actor=actor, subject=qualification, reason=reason, idempotency_key=idempotency_key
    ) as entry:
        access.authorize(actor, "training.define")
        if Edition.objects.filter(qualification=qualification, edition=edition).exists():
            raise DomainError(_("This edition exists already"), value=edition, remedy=_("Choose another."))
        entry.create(
            Edition(
                qualification=qualification, edition=edition, document=document, effective_at=since,
                validity_days=validity_days,
            )
        )  # fmt: skip
    return entry.receipt


@record.command
def plan_training(
    *, actor: record.Actor, user: User, edition: Edition, reason: str = "", idempotency_key: str | None = None
) -> record.Receipt:
    """Plan a training for a person.

    Args:
        actor: Who plans it.
        user: The person.
        edition: What is to be trained.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If a training on this edition is open already, or the person is a sponsor's.
    """
    data = entries.TrainingPlanned(
        username=user.username, qualification=edition.qualification.code, edition=edition.edition
    )
    with record.entry(data, actor=actor, reason=reason, idempotency_key=idempotency_key) as entry:
        access.authorize(actor, "training.plan")
        if user.sponsor_id is not None:
            raise DomainError(_("A sponsor's people are not trained here"), value=user.username)
        entry.lock(user)
        earlier = TrainingRecord.objects.filter(user=user, edition=edition)
        if earlier.filter(achieved_at__isnull=True).exists():
            raise DomainError(
                _("A training on this edition is planned already"), value=user.username, remedy=_("Sign that one.")
            )
        number = (earlier.aggregate(last=Max("number"))["last"] or 0) + 1
        planned = TrainingRecord(user=user, edition=edition, number=number, planned_at=clock.now())
        entry.subject = entry.create(planned)
    return entry.receipt


def shown(training: TrainingRecord, meaning: str) -> str:
    """Give exactly what a signer of a training is shown.

    Args:
        training: The training.
        meaning: ``read_and_understood`` or ``assessed_competent``.

    Returns:
        The text, the same for the page and for the signature.
    """
    edition = training.edition
    lines = [
        _("Record: %(subject)s") % {"subject": training.subject},
        _("Person: %(name)s (%(username)s)") % {"name": training.user.printed_name, "username": training.user.username},
        _("Qualification: %(code)s %(title)s")
        % {"code": edition.qualification.code, "title": edition.qualification.title},
        _("Document: %(document)s, edition %(edition)s") % {"document": edition.document, "edition": edition.edition},
    ]
    if meaning == "assessed_competent":
        lines.append(
            _("Read and understood: %(at)s") % {"at": clock.iso(training.read_at) if training.read_at else "-"}
        )
        days = edition.validity_days
        lines.append(_("Valid for: %(days)s days") % {"days": days} if days else _("Valid without end"))
    return "\n".join(lines)


@record.command
def sign_read(
    *,
    actor: record.Actor,
    training: TrainingRecord,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Sign a training as read and understood.

    Args:
        actor: The trainee.
        training: The training.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor is not the trainee, or the signature is refused.
        DomainError: If it is signed already.
    """
    data = _about(entries.TrainingRead, training)
    with signing.signed_entry(
        data, actor=actor, row=training, meaning="read_and_understood",
        shown=lambda fresh: shown(fresh, "read_and_understood"),
        name=name, given=given, session=session, address=address, idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        if actor.id != training.user.username:
            raise Refused(_("Only the trainee signs a training as read"), value=actor.name)
        if training.read_at is not None:
            raise DomainError(_("This training is signed as read already"), value=training.subject)
        entry.update(training, read_at=clock.now())
    return entry.receipt


@record.command
def sign_assessment(
    *,
    actor: record.Actor,
    training: TrainingRecord,
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Sign that another person was assessed as competent.

    Args:
        actor: The assessor.
        training: The training, read and understood.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor is the trainee, or the signature is refused.
        DomainError: If it is not read yet or assessed already.
    """
    now = clock.now()
    days = training.edition.validity_days
    expires_at = now + timedelta(days=days) if days else None
    data = _about(entries.TrainingAssessed, training, expires_at=expires_at)
    with signing.signed_entry(
        data, actor=actor, row=training, meaning="assessed_competent",
        shown=lambda fresh: shown(fresh, "assessed_competent"),
        name=name, given=given, session=session, address=address, idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        segregation.require_other_person(actor, training.user.username)
        if training.read_at is None:
            raise DomainError(
                _("This training is not signed as read and understood yet"), value=training.subject,
                remedy=_("Ask the trainee to sign first."),
            )  # fmt: skip
        if training.achieved_at is not None:
            raise DomainError(_("This training is assessed already"), value=training.subject)
        entry.update(training, achieved_at=now, expires_at=expires_at)
    return entry.receipt


@record.command
def correct_training(
    *,
    actor: record.Actor,
    training: TrainingRecord,
    expires_at: datetime | None,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Correct when a training expires; the assessment that was signed no longer holds; a new training is planned.

    Args:
        actor: Who corrects it.
        training: The training.
        expires_at: The right date.
        reason: Why.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or it is the own training.
        DomainError: If it is not assessed yet.
    """
    data = _about(entries.TrainingCorrected, training)
    with record.entry(data, actor=actor, subject=training, reason=reason, idempotency_key=idempotency_key) as entry:
        access.authorize(actor, "training.plan")
        segregation.require_other_person(actor, training.user.username)
        if training.achieved_at is None:
            raise DomainError(_("This training is not assessed yet"), value=training.subject)
        entry.update(training, expected_version=expected_version, expires_at=expires_at)
    return entry.receipt


def _about(
    kind: type[entries.TrainingRead | entries.TrainingAssessed | entries.TrainingCorrected],
    training: TrainingRecord,
    **facts: datetime | None,
) -> record.EntryData:
    edition = training.edition
    return kind(
        username=training.user.username, qualification=edition.qualification.code, edition=edition.edition, **facts
    )
