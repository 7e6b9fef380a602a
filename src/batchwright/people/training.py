"""Whether a person is trained for what he or she is about to do, as of then (21 CFR 11.10(i), law 4)."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.people.access import current_assignments
from batchwright.people.models import Edition, Need, Signature, TrainingRecord, User
from batchwright.people.permissions import Refused
from batchwright.people.qualification import Achievement, Requirement, TrainingState, missing, state
from batchwright.people.validity import SignatureStatus, statuses


def requirements(needed_for: list[str], at: datetime) -> list[Requirement]:
    """Give what roles and operations ask for.

    Args:
        needed_for: Names such as ``role/operator`` and ``operation/weighing``.
        at: The time; aware.

    Returns:
        Each qualification once, with the edition that was effective then; one without an effective edition is left out.
    """
    in_force = Q(valid_until__isnull=True) | Q(valid_until__gt=at)
    needs = Need.objects.filter(in_force, needed_for__in=needed_for, valid_from__lte=at)
    editions: dict[int, Edition] = {}
    found = Edition.objects.filter(qualification__in=needs.values("qualification_id"), effective_at__lte=at)
    for edition in found.select_related("qualification").order_by("effective_at", "id"):
        editions[edition.qualification_id] = edition
    return sorted((requirement_of(one) for one in editions.values()), key=lambda one: one.code)


def requirement_of(edition: Edition) -> Requirement:
    """Give an edition as the rules need it.

    Args:
        edition: The edition that was effective.

    Returns:
        The requirement.
    """
    return Requirement(
        code=edition.qualification.code, title=edition.qualification.title, edition=edition.edition,
        effective_at=edition.effective_at,
    )  # fmt: skip


def achievements(user: User) -> list[Achievement]:
    """Give a person's trainings as the rules need them, with void signatures seen.

    Args:
        user: The person.

    Returns:
        One achievement for each training.
    """
    return list(achieved(_TRAININGS.all(username=user.username)).values())


def achieved(trainings: Iterable[TrainingRecord]) -> dict[int, Achievement]:
    """Give trainings as the rules need them, with void signatures seen.

    A training counts only while it stands assessed under a signature and none of its signatures is void.

    Args:
        trainings: Trainings that the caller was allowed to read.

    Returns:
        Keys of the trainings and the achievements.
    """
    rows = list(trainings)
    signed = latest(rows)
    holds = statuses(one for made in signed.values() for one in made)
    return {
        row.pk: Achievement(
            qualification=row.edition.qualification.code, edition=row.edition.edition,
            achieved_at=row.achieved_at, expires_at=row.expires_at, void=not _stands(signed[row.pk], holds),
        )
        for row in rows
    }  # fmt: skip


def _stands(made: list[Signature], holds: dict[int, SignatureStatus]) -> bool:
    assessed = any(one.meaning == "assessed_competent" for one in made)
    return assessed and all(holds[one.pk].valid for one in made)


def latest(trainings: Iterable[TrainingRecord]) -> dict[int, list[Signature]]:
    """Give the signatures that trainings rest on: the last one of each meaning.

    Args:
        trainings: Trainings that the caller was allowed to read.

    Returns:
        Keys of the trainings, each with at most one signature for each meaning; an earlier one was replaced by it.
    """
    by_meaning: dict[int, dict[str, Signature]] = {row.pk: {} for row in trainings}
    for one in _SIGNED.all(trainings=by_meaning.keys()):
        by_meaning[one.signed_key][one.meaning] = one
    return {key: list(found.values()) for key, found in by_meaning.items()}


def require_training(actor: record.Actor, subject: str | record.GmpModel, at: datetime | None = None) -> None:
    """Refuse a person who is not trained for an operation.

    Args:
        actor: Who is about to act; what the role asks for is asked for too.
        subject: The operation, for example ``operation/weighing``, or a row whose subject is one.
        at: The time of the act; now if None.

    Raises:
        Refused: With each training that is missing, and who can assess it.
    """
    moment = clock.now() if at is None else clock.ensure_utc(at)
    name = subject.subject if isinstance(subject, record.GmpModel) else subject
    user = User.objects.filter(username=actor.id).first()
    needed = requirements([name, f"role/{actor.role}"], moment)
    lacking = missing(needed, [] if user is None else achievements(user), moment)
    if lacking:
        raise Refused(
            _("%(name)s is not trained for this") % {"name": actor.name},
            value="; ".join(f"{one.code} {one.title} ({words(verdict)})" for one, verdict in lacking),
            limit=_("valid training on the effective edition"),
            remedy=_("Training can be assessed by %(people)s.") % {"people": _assessors(actor, moment)},
        )


def needed(needed_for: list[str], at: datetime) -> frozenset[str]:
    """Give the codes of the qualifications that roles and operations ask for.

    Args:
        needed_for: Names such as ``role/operator`` and ``operation/weighing``.
        at: The time; aware.

    Returns:
        Codes.
    """
    return frozenset().union(*needed_by_each(needed_for, at).values())


def needed_by_each(needed_for: Collection[str], at: datetime) -> dict[str, frozenset[str]]:
    """Give the codes of the qualifications that each role or operation asks for, with one look.

    Args:
        needed_for: Names such as ``role/operator`` and ``operation/weighing``.
        at: The time; aware.

    Returns:
        Name to codes, for every name; a qualification without an effective edition is left out.
    """
    codes: dict[str, set[str]] = {name: set() for name in needed_for}
    names = sorted(codes)
    for first in range(0, len(names), len(_PLACES)):
        some = names[first : first + len(_PLACES)]
        asked = dict(zip(_PLACES, some + [some[-1]] * (len(_PLACES) - len(some)), strict=True))
        for name, code in _NEEDED.all(at=at, **asked):
            codes[name].add(code)
    return {name: frozenset(one) for name, one in codes.items()}


def _needs(at: datetime, **names: str) -> QuerySet[Need, tuple[str, str]]:
    in_force = Q(valid_until__isnull=True) | Q(valid_until__gt=at)
    found = Need.objects.filter(
        in_force, needed_for__in=list(names.values()), valid_from__lte=at,
        qualification__editions__effective_at__lte=at,
    )  # fmt: skip
    return found.order_by().values_list("needed_for", "qualification__code").distinct()


_PLACES = ("one", "two", "three", "four")
"""Names that are looked up at once; where there are fewer, the last one stands more than once."""
_NEEDED = record.Prepared(_needs, at=datetime, **dict.fromkeys(_PLACES, str))


def held_by(username: str, codes: Collection[str], at: datetime) -> frozenset[str]:
    """Give which qualifications a person holds on the edition that was effective.

    Args:
        username: Of the person.
        codes: Codes of qualifications.
        at: The time; aware.

    Returns:
        Those of them that the person held; nothing for who is not enrolled.
    """
    editions: dict[str, Edition] = {}
    for edition in _EDITIONS.all(codes=codes, at=at):
        editions[edition.qualification.code] = edition
    trainings = _TRAININGS.all(username=username, editions=[one.pk for one in editions.values()])
    held = list(achieved(trainings).values())
    asked = [requirement_of(one) for one in editions.values()]
    lacking = {one.code for one, _verdict in missing(asked, held, at)}
    return frozenset(editions) - lacking


def _signed(trainings: list[int]) -> QuerySet[Signature]:
    found = Signature.objects.filter(signed_table=TrainingRecord._meta.db_table, signed_key__in=trainings)
    return found.select_related("signer").order_by("signed_at", "id")


def _editions(codes: list[str], at: datetime) -> QuerySet[Edition]:
    found = Edition.objects.filter(qualification__code__in=codes, effective_at__lte=at)
    return found.select_related("qualification").order_by("effective_at", "id")


def _trainings(username: str, editions: list[int] | None = None) -> QuerySet[TrainingRecord]:
    found = TrainingRecord.objects.filter(user__username=username).select_related("edition__qualification")
    return found if editions is None else found.filter(edition__in=editions)


_SIGNED = record.Prepared(_signed, trainings=list[int])
_EDITIONS = record.Prepared(_editions, codes=list[str], at=datetime)
_TRAININGS = record.Prepared(_trainings, username=str, editions=list[int])


def words(verdict: TrainingState) -> str:
    """Say a state of training in words.

    Args:
        verdict: The state.

    Returns:
        One or two words in the reader's language.
    """
    return {
        TrainingState.VALID: _("valid"),
        TrainingState.DUE: _("due soon"),
        TrainingState.EXPIRED: _("expired"),
        TrainingState.SUPERSEDED: _("new edition"),
        TrainingState.UNSIGNED: _("not signed"),
        TrainingState.MISSING: _("missing"),
    }[verdict]


def _assessors(actor: record.Actor, at: datetime) -> str:
    held = current_assignments(at).filter(
        role__grants__action="sign.assessed_competent", user__is_active=True, user__sponsor__isnull=True
    )
    names = (
        held.exclude(user__username=actor.id)
        .order_by("user__printed_name")
        .values_list("user__printed_name", flat=True)
    )
    return ", ".join(list(dict.fromkeys(names))[:3]) or _("nobody yet: assign the role of supervisor first")


def state_of(user: User, edition: Edition, at: datetime) -> TrainingState:
    """Say where a person stands with one edition.

    Args:
        user: The person.
        edition: The edition that is effective then.
        at: The time; aware.

    Returns:
        The state.
    """
    return state(requirement_of(edition), achievements(user), at)
