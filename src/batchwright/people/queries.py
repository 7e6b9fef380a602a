"""Reading people: each function begins at what the actor may see."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from batchwright import record
from batchwright.kernel import clock
from batchwright.people import access, entries, permissions
from batchwright.people.models import (
    Assignment,
    Edition,
    ExternalIdentity,
    Grant,
    Need,
    Passkey,
    PlantSession,
    Qualification,
    Role,
    Signature,
    Sponsor,
    TrainingRecord,
    User,
)
from batchwright.people.qualification import Achievement, TrainingState, state
from batchwright.people.sessions import open_sessions
from batchwright.people.training import achieved, requirement_of, words
from batchwright.people.validity import SignatureStatus, statuses

ALERT_DAYS = timedelta(days=7)
"""How long an alert stands on the pages of those who watch over log-ins."""


def sponsors(actor: record.Actor) -> QuerySet[Sponsor]:
    """Give the sponsors.

    Args:
        actor: Who reads.

    Returns:
        Those the actor may know of.

    Raises:
        Refused: If the actor may not see people.
    """
    access.authorize(actor, "user.read")
    return Sponsor.visible_to(actor)


def users(actor: record.Actor, *, text: str = "", role: str = "") -> QuerySet[User]:
    """Find people.

    Args:
        actor: Who reads.
        text: Part of a name or user name; "" for all.
        role: Code of a role held now; "" for any.

    Returns:
        People by user name.

    Raises:
        Refused: If the actor may not see people.
    """
    access.authorize(actor, "user.read")
    found = User.visible_to(actor)
    if text:
        found = found.filter(Q(username__icontains=text) | Q(printed_name__icontains=text))
    if role:
        found = found.filter(pk__in=access.current_assignments().filter(role__code=role).values("user_id"))
    return found


def user(actor: record.Actor, username: str) -> User | None:
    """Find one person.

    Args:
        actor: Who reads.
        username: The user name.

    Returns:
        The person, or None if the actor may not know of such a person.

    Raises:
        Refused: If the actor may not see people.
    """
    return users(actor).filter(username=username).first()


def assignments(actor: record.Actor, person: User) -> QuerySet[Assignment]:
    """Give the roles of a person, past ones too.

    Args:
        actor: Who reads.
        person: The person.

    Returns:
        Assignments, the latest first.
    """
    return Assignment.visible_to(actor).filter(user=person).select_related("role").order_by("-valid_from", "-id")


def roles_held(actor: record.Actor) -> dict[int, list[str]]:
    """Give the roles that people hold now, for a list of people.

    Args:
        actor: Who reads.

    Returns:
        Keys of people and the names of their roles.
    """
    held: dict[int, list[str]] = {}
    visible = Assignment.visible_to(actor).filter(pk__in=access.current_assignments().values("pk"))
    for user_id, name in visible.order_by("role_id").values_list("user_id", "role__name"):
        held.setdefault(user_id, []).append(name)
    return held


def assignment(actor: record.Actor, key: int) -> Assignment | None:
    """Find one assignment.

    Args:
        actor: Who reads.
        key: Its key.

    Returns:
        The assignment, or None if the actor may not know of it.
    """
    return Assignment.visible_to(actor).select_related("role").filter(pk=key).first()


def passkeys(actor: record.Actor, person: User) -> QuerySet[Passkey]:
    """Give the passkeys of a person, revoked ones too.

    Args:
        actor: Who reads.
        person: The person.

    Returns:
        Passkeys by their age.
    """
    return Passkey.visible_to(actor).filter(user=person)


def identities(actor: record.Actor, person: User) -> QuerySet[ExternalIdentity]:
    """Give the identities at the company's provider that are linked to a person.

    Args:
        actor: Who reads.
        person: The person.

    Returns:
        Links, cut ones too.
    """
    return ExternalIdentity.visible_to(actor).filter(user=person)


def own_sessions(actor: record.Actor) -> QuerySet[PlantSession]:
    """Give the actor's own sessions that go on.

    Args:
        actor: Who reads.

    Returns:
        Sessions, the latest first.
    """
    person = User.visible_to(actor).get(username=actor.id)
    return open_sessions(person).order_by("-seen_at")


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One action and, for each role in the order of the table, whether it holds it."""

    action: permissions.Action
    held: tuple[bool, ...]


def matrix(actor: record.Actor) -> tuple[list[Role], list[MatrixRow]]:
    """Give the plant's table of roles and actions.

    Args:
        actor: Who reads.

    Returns:
        The roles in their order, and a row for each action.

    Raises:
        Refused: If the actor may not see the table.
    """
    access.authorize(actor, "role.read")
    by_code = {role.code: role for role in Role.visible_to(actor)}
    roles = [by_code[code] for code in permissions.ROLE_CODES if code in by_code]
    granted = set(Grant.visible_to(actor).values_list("role__code", "action"))
    return roles, [
        MatrixRow(action, tuple((role.code, action.code) in granted for role in roles))
        for action in permissions.ACTIONS
    ]


@dataclass(frozen=True, slots=True)
class TrainingCell:
    """Where one person stands with one qualification.

    Attributes:
        state: The state.
        words: The state in words.
        needed: Whether a role of the person asks for it.
        training: The latest training on the effective edition, otherwise the latest on an earlier one, if any.
    """

    state: TrainingState
    words: str
    needed: bool
    training: TrainingRecord | None


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """One person and a cell for each edition."""

    person: User
    cells: tuple[TrainingCell, ...]


def trainings(actor: record.Actor, *, at: datetime | None = None) -> tuple[list[Edition], list[TrainingRow]]:
    """Give the table of people and qualifications.

    Args:
        actor: Who reads.
        at: As of when; now if None.

    Returns:
        The effective editions, and a row for each of the plant's active people.

    Raises:
        Refused: If the actor may not see trainings.
    """
    access.authorize(actor, "training.read")
    moment = clock.now() if at is None else clock.ensure_utc(at)
    editions = effective_editions(actor, moment)
    people = list(User.visible_to(actor).filter(is_active=True, sponsor__isnull=True))
    held: dict[int, list[str]] = {}
    for user_id, code in access.current_assignments(moment).values_list("user_id", "role__code"):
        held.setdefault(user_id, []).append(f"role/{code}")
    needs: dict[int, set[str]] = {}
    for need in Need.visible_to(actor).filter(Q(valid_until__isnull=True) | Q(valid_until__gt=moment)):
        needs.setdefault(need.qualification_id, set()).add(need.needed_for)
    done: dict[int, list[TrainingRecord]] = {}
    for one in TrainingRecord.visible_to(actor).order_by("pk"):
        done.setdefault(one.user_id, []).append(one)
    verdicts = achieved(one for mine in done.values() for one in mine)
    rows = []
    for person in people:
        mine, roles = done.get(person.pk, []), set(held.get(person.pk, []))
        cells = (
            _cell(one, mine, verdicts, bool(needs.get(one.qualification_id, set()) & roles), moment) for one in editions
        )
        rows.append(TrainingRow(person, tuple(cells)))
    return editions, rows


def _cell(
    edition: Edition, done: list[TrainingRecord], verdicts: dict[int, Achievement], needed: bool, at: datetime
) -> TrainingCell:
    of_code = [one for one in done if one.edition.qualification_id == edition.qualification_id]
    verdict = state(requirement_of(edition), [verdicts[one.pk] for one in of_code], at)
    on_edition = [one for one in of_code if one.edition_id == edition.pk]
    latest = (on_edition or of_code)[-1:]
    return TrainingCell(verdict, words(verdict), needed, latest[0] if latest else None)


def effective_editions(actor: record.Actor, at: datetime | None = None) -> list[Edition]:
    """Give the editions that are effective.

    Args:
        actor: Who reads.
        at: As of when; now if None.

    Returns:
        One edition for each qualification that has one, by code.
    """
    moment = clock.now() if at is None else clock.ensure_utc(at)
    effective: dict[int, Edition] = {}
    for edition in Edition.visible_to(actor).filter(effective_at__lte=moment).order_by("effective_at", "id"):
        effective[edition.qualification_id] = edition
    return sorted(effective.values(), key=lambda one: one.qualification.code)


def qualification(actor: record.Actor, code: str) -> Qualification | None:
    """Find one qualification.

    Args:
        actor: Who reads.
        code: Its code.

    Returns:
        The qualification, or None if the actor may not know of it.

    Raises:
        Refused: If the actor may not see trainings.
    """
    access.authorize(actor, "training.read")
    return Qualification.visible_to(actor).filter(code=code).first()


def trainings_of(actor: record.Actor, person: User) -> QuerySet[TrainingRecord]:
    """Give the trainings of one person, the own ones in any role.

    Args:
        actor: Who reads.
        person: The person.

    Returns:
        Trainings, the latest first.

    Raises:
        Refused: If the actor may not see another person's trainings.
    """
    if actor.id != person.username:
        access.authorize(actor, "training.read")
    return TrainingRecord.visible_to(actor).filter(user=person).order_by("-pk")


def training(actor: record.Actor, key: int) -> TrainingRecord | None:
    """Find one training.

    Args:
        actor: Who reads.
        key: Its key.

    Returns:
        The training, or None if the actor may not know of it.

    Raises:
        Refused: If the actor may not see trainings.
    """
    access.authorize(actor, "training.read")
    return TrainingRecord.visible_to(actor).filter(pk=key).first()


@dataclass(frozen=True, slots=True)
class SignatureShown:
    """A signature with what the record says of it."""

    signature: Signature
    status: SignatureStatus


def signatures_on(actor: record.Actor, row: record.GmpModel) -> list[SignatureShown]:
    """Give the signatures on a row, void ones too.

    Args:
        actor: Who reads.
        row: The row, which the actor was allowed to read.

    Returns:
        Signatures in order of time, each with its state.
    """
    found = Signature.visible_to(actor).filter(signed_table=row._meta.db_table, signed_key=row.pk)
    return _shown(found)


def _shown(found: QuerySet[Signature]) -> list[SignatureShown]:
    held = statuses(found)
    return [SignatureShown(one, held[one.pk]) for one in found]


def signatures_by(actor: record.Actor, person: User) -> list[SignatureShown]:
    """Give the latest signatures of a person.

    Args:
        actor: Who reads.
        person: The person.

    Returns:
        At most 50, the latest first, each with its state.
    """
    found = Signature.visible_to(actor).filter(signer=person).order_by("-signed_at", "-id")[:50]
    return _shown(found)


def alerts(actor: record.Actor) -> QuerySet[record.Entry]:
    """Give the alerts about log-ins of the last days.

    Args:
        actor: Who reads.

    Returns:
        Entries, the latest first.
    """
    since = clock.now() - ALERT_DAYS
    visible = record.entries_visible_to(actor).filter(type=entries.LoginAlert.type, at__gte=since)
    return visible.order_by("-seq")
