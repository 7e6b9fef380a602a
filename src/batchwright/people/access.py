"""Deciding who acts and whether they may: a person acts in one role at a time, and what is not granted is refused."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.people import permissions
from batchwright.people.models import Assignment, Grant, User
from batchwright.people.permissions import MACHINES, Refused


def current_assignments(at: datetime | None = None) -> QuerySet[Assignment]:
    """Give the assignments that hold at a time.

    Args:
        at: The time; now if None.

    Returns:
        Those that began and did not end; whether the person is active is another question.
    """
    moment = clock.now() if at is None else clock.ensure_utc(at)
    open_end = Q(valid_until__isnull=True) | Q(valid_until__gt=moment)
    return Assignment.objects.filter(open_end, valid_from__lte=moment).select_related("role", "user")


def current_role_codes(user: User, at: datetime | None = None) -> list[str]:
    """Give the roles a person holds.

    Args:
        user: The person.
        at: The time; now if None.

    Returns:
        Role codes in the order of the table of roles.
    """
    held = set(_ROLES.all(user=user.pk, at=clock.now() if at is None else clock.ensure_utc(at)))
    return [code for code in permissions.ROLE_CODES if code in held]


def require_usable(user: User) -> None:
    """Refuse a person whose log-in is closed.

    Args:
        user: The person, as read just now.

    Raises:
        Refused: If the log-in is disabled or past its last day.
    """
    ask = _("Ask quality assurance or an administrator.")
    if not user.is_active:
        raise Refused(_("This log-in is disabled"), value=user.username, remedy=ask)
    if user.expires_at is not None and user.expires_at <= clock.now():
        raise Refused(
            _("This log-in has expired"), value=user.username,
            limit=_("valid until %(at)s") % {"at": clock.iso(user.expires_at)}, remedy=ask,
        )  # fmt: skip


def actor_of(user: User, role_code: str) -> record.Actor:
    """Let a person act in one of the own roles.

    Args:
        user: The person, as read just now.
        role_code: The role.

    Returns:
        The actor, as entries carry it.

    Raises:
        Refused: If the log-in is closed or the person does not hold the role now.
    """
    require_usable(user)
    held = current_role_codes(user)
    if role_code not in held:
        raise Refused(
            _("%(name)s does not hold this role now") % {"name": user.printed_name},
            value=role_code, limit=", ".join(held) or _("no role"), remedy=_("Choose a role that you hold."),
        )  # fmt: skip
    return record.Actor(id=user.username, name=user.printed_name, role=role_code, sponsor=user.tenant)


def authorize(actor: record.Actor, action: str) -> None:
    """Refuse what is not granted; called inside the entry of the act, so that it decides on what holds then.

    Args:
        actor: Who acts; for people the log-in, the assignment and the grant are all looked up again.
        action: What is asked for, as `batchwright.people.permissions` names it.

    Raises:
        Refused: If the action is unknown, or the actor's role does not hold it, or the actor does not hold the role.
    """
    permissions.action(action)
    if not may(actor, action):
        raise _refusal(actor, action)


def may(actor: record.Actor, action: str) -> bool:
    """Answer whether an act would be granted, to show or leave out a button; the act itself asks `authorize`.

    Args:
        actor: Who would act.
        action: What would be asked for.

    Returns:
        Whether it would be granted now.
    """
    if action not in permissions.ACTION_CODES:
        return False
    if actor.role in MACHINES:
        return action in _held_by_machine(actor)
    if actor.role not in permissions.ROLE_CODES:
        return False
    look = _look_of(actor)
    return bool(_GRANTED.all(**_asked(actor), action=action)) if look is None else action in look()


def held(actor: record.Actor) -> frozenset[str]:
    """Give everything that would be granted, with one look: for a page that has many buttons to show or leave out.

    Args:
        actor: Who would act.

    Returns:
        The actions that would be granted now.
    """
    if actor.role in MACHINES:
        return _held_by_machine(actor)
    if actor.role not in permissions.ROLE_CODES:
        return frozenset()
    look = _look_of(actor)
    return _held(actor) if look is None else look()


def _held(actor: record.Actor) -> frozenset[str]:
    return frozenset(permissions.ACTION_CODES).intersection(_GRANTED.all(**_asked(actor)))


_looks: ContextVar[tuple[record.Actor, Callable[[], frozenset[str]]] | None] = ContextVar("looks", default=None)


@contextmanager
def one_look(actor: record.Actor) -> Iterator[None]:
    """Let a page that is only read ask once what somebody may, however many of its parts want to know.

    Whatever is done is not decided by it: inside an entry each question goes to the database.

    Args:
        actor: Who reads.

    Yields:
        Nothing.
    """
    before = _looks.set((actor, cache(lambda: _held(actor))))
    try:
        yield
    finally:
        _looks.reset(before)


def _look_of(actor: record.Actor) -> Callable[[], frozenset[str]] | None:
    kept = _looks.get()
    return kept[1] if kept is not None and kept[0] == actor and not record.is_writing() else None


def _held_by_machine(actor: record.Actor) -> frozenset[str]:
    person = User.objects.filter(username=actor.id).exists()
    return frozenset() if person else MACHINES[actor.role]


def _asked(actor: record.Actor) -> dict[str, str | datetime]:
    tenant = {} if actor.sponsor is None else {"sponsor": actor.sponsor}
    return {"username": actor.id, "role": actor.role, "now": clock.now(), **tenant}


def _granted(
    username: str, role: str, now: datetime, action: str | None = None, sponsor: str | None = None
) -> QuerySet[Assignment, str | None]:
    """What the role grants now; nothing if the log-in is closed or the role is not held."""
    usable = Q(user__expires_at__isnull=True) | Q(user__expires_at__gt=now)
    tenant = Q(user__sponsor__isnull=True) if sponsor is None else Q(user__sponsor__code=sponsor)
    acting = current_assignments(now).filter(
        usable, tenant, user__username=username, user__is_active=True, role__code=role
    )
    granted = acting if action is None else acting.filter(role__grants__action=action)
    return granted.values_list("role__grants__action", flat=True)


_GRANTED = record.Prepared(_granted, username=str, role=str, now=datetime, action=str, sponsor=str)


def _roles(user: int, at: datetime) -> QuerySet[Assignment, str]:
    return current_assignments(at).filter(user_id=user).values_list("role__code", flat=True)


_ROLES = record.Prepared(_roles, user=int, at=datetime)


def _name(code: str) -> str:
    """A role as people call it; a process of the plant has a code alone."""
    return str(next((one.name for one in permissions.ROLES if one.code == code), code))


def _refusal(actor: record.Actor, action: str) -> Refused:
    holders = Grant.objects.filter(action=action).order_by("role__code").values_list("role__code", flat=True)
    return Refused(
        _("%(name)s may not do this as %(role)s") % {"name": actor.name, "role": _name(actor.role)},
        value=f"{action} ({permissions.action(action).description})",
        limit=", ".join(_name(code) for code in holders) or _("no role"),
        remedy=_("Act in a role that may, or ask somebody who holds it."),
    )
