"""Logging in and out: what succeeds, what is refused, and what locks a log-in (21 CFR 11.300(d))."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.people import access, entries, policy
from batchwright.people.models import Challenge, PlantSession, User
from batchwright.people.permissions import Refused

SEEN_EVERY = timedelta(seconds=15)
"""How often a session's last request is written down."""


class Locked(Refused):
    """The log-in is locked after failed attempts."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Where and how somebody tried to prove who he is.

    Attributes:
        method: ``password``, ``passkey``, ``one-time code``, ``company log-in`` or a method of signing.
        address: Network address of the browser.
    """

    method: str
    address: str


def token_digest(token: str) -> str:
    """Give what is stored of a session's token.

    Args:
        token: The token, which only the session holds.

    Returns:
        SHA-256 in hex.
    """
    return hashlib.sha256(token.encode("ascii")).hexdigest()


def require_unlocked(user: User) -> None:
    """Refuse a locked log-in.

    Args:
        user: The person, as read just now.

    Raises:
        Locked: With the time that remains.
    """
    now = clock.now()
    if user.locked_until is not None and user.locked_until > now:
        minutes = -(-(user.locked_until - now) // timedelta(minutes=1))
        raise Locked(
            _("This log-in is locked after %(count)s failed attempts") % {"count": user.failed_attempts},
            remedy=_("Try again in %(minutes)s min, or ask quality assurance or an administrator to unlock it.")
            % {"minutes": minutes},
        )


def require_unlocked_now(user: User) -> None:
    """Refuse a log-in that is locked by now.

    Args:
        user: The person, perhaps read before a failed attempt.

    Raises:
        Locked: With the time that remains.
    """
    require_unlocked(User.objects.get(pk=user.pk))


def refuse_unknown(*, typed: str, why: str, attempt: Attempt) -> record.Receipt:
    """Record that somebody tried a name that belongs to nobody; the name may be a password typed too early.

    Args:
        typed: What was typed as user name.
        why: Why it was refused.
        attempt: How and from where.

    Returns:
        Where the entry stands.
    """
    # Under the plant's own secret: a password typed into the wrong field cannot be guessed from an export.
    salt = secrets.token_hex(16)
    commitment = salted_hmac(salt, typed, algorithm="sha256").hexdigest() if typed else ""
    data = entries.LoginRefused(
        why=why, method=attempt.method, address=attempt.address, commitment=commitment, salt=salt if typed else ""
    )
    with record.entry(data, actor=record.SITE, subject="login/unknown") as entry:
        pass
    return entry.receipt


def refuse_known(*, user: User, why: str, attempt: Attempt, counts: bool) -> record.Receipt:
    """Record that a log-in was refused, and lock it where failures reach the limit.

    The failure that reaches the limit is recorded as the alert itself, so that no crash can come between the two.

    Args:
        user: The person whose log-in it is.
        why: Why it was refused.
        attempt: How and from where.
        counts: Whether it was a failed proof of identity, which counts towards the lock.

    Returns:
        Where the entry stands; its type is ``login.alert/1`` if the log-in is locked from now on.
    """
    data = entries.LoginRefused(username=user.username, why=why, method=attempt.method, address=attempt.address)
    with record.entry(data, actor=record.SITE, subject=user, sponsor=user.tenant) as entry:
        if counts:
            count_failure(entry, user, data, attempt)
    return entry.receipt


def count_failure(entry: record.OpenEntry, user: User, data: record.EntryData, attempt: Attempt) -> None:
    """Count a failed proof of identity inside the entry that records it; at the limit the entry becomes the alert.

    Args:
        entry: The open entry.
        user: The person.
        data: The facts of the refusal.
        attempt: How and from where.
    """
    now, rules = clock.now(), policy.current()
    fresh = entry.lock(user)
    if fresh.locked_until is not None and fresh.locked_until > now:
        return
    attempts = 1 if fresh.locked_until is not None else fresh.failed_attempts + 1
    locked_until = now + timedelta(minutes=rules.lockout_minutes) if attempts >= rules.lockout_attempts else None
    entry.update(fresh, failed_attempts=attempts, locked_until=locked_until)
    if locked_until is not None:
        why = str(data.content().get("why", ""))
        entry.data = entries.LoginAlert(
            username=user.username, attempts=attempts, locked_until=locked_until, why=why, method=attempt.method,
            address=attempt.address,
        )  # fmt: skip
    elif isinstance(data, entries.LoginRefused):
        entry.data = data.model_copy(update={"attempts": attempts})


def begin_session(*, user: User, methods: list[str], attempt: Attempt, token: str) -> record.Actor:
    """Let a person in whose identity was proven; the oldest sessions end where there would be too many.

    Args:
        user: The person.
        methods: The proofs that were given.
        attempt: How and from where.
        token: Token of the new session.

    Returns:
        The person acting in the first of the own roles.

    Raises:
        Refused: If the log-in is closed, locked, or holds no role.
    """
    actor = first_actor(user)
    data = entries.LoginSucceeded(username=user.username, methods=methods, address=attempt.address, role=actor.role)
    with record.entry(data, actor=actor, subject=user, sponsor=user.tenant) as entry:
        fresh = entry.lock(user)
        access.require_usable(fresh)
        require_unlocked(fresh)
        if fresh.failed_attempts or fresh.locked_until is not None:
            entry.update(fresh, failed_attempts=0, locked_until=None)
        now = clock.now()
        overdue = list(open_sessions(user).order_by("-seen_at", "-id")[policy.PARALLEL_SESSIONS - 1 :])
        for session in overdue:
            _close(session, "replaced", now)
        PlantSession.objects.create(
            session_key=token_digest(token), user=user, method=attempt.method, started_at=now, seen_at=now
        )
    return actor


def first_actor(user: User) -> record.Actor:
    """Let a person act in the first role held.

    Args:
        user: The person.

    Returns:
        The actor.

    Raises:
        Refused: If the log-in is closed or holds no role.
    """
    access.require_usable(user)
    held = access.current_role_codes(user)
    if not held:
        raise Refused(
            _("This log-in holds no role now"), value=user.username,
            remedy=_("Ask quality assurance or an administrator to assign one."),
        )  # fmt: skip
    return access.actor_of(user, held[0])


def open_sessions(user: User) -> QuerySet[PlantSession]:
    """Give a person's sessions that go on.

    Args:
        user: The person.

    Returns:
        Those not ended and within both limits.
    """
    now, rules = clock.now(), policy.current()
    return PlantSession.objects.filter(
        user=user, ended_at__isnull=True,
        seen_at__gt=now - timedelta(minutes=rules.session_idle_minutes),
        started_at__gt=now - timedelta(minutes=rules.session_absolute_minutes),
    )  # fmt: skip


def why_over(session: PlantSession) -> str:
    """Say why a session cannot go on.

    Args:
        session: The session, with its user.

    Returns:
        ``ended``, ``idle``, ``absolute``, ``disabled``, or "" if it goes on.
    """
    now, rules = clock.now(), policy.current()
    if session.ended_at is not None:
        return "ended"
    if now - session.seen_at >= timedelta(minutes=rules.session_idle_minutes):
        return "idle"
    if now - session.started_at >= timedelta(minutes=rules.session_absolute_minutes):
        return "absolute"
    try:
        access.require_usable(session.user)
    except Refused:
        return "disabled"
    return ""


def saw(session: PlantSession) -> None:
    """Write down that a session was used just now.

    Args:
        session: The session.
    """
    now = clock.now()
    if now - session.seen_at >= SEEN_EVERY:
        with transaction.atomic():  # on SQLite it waits in the queue of writers
            PlantSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(seen_at=now)


def end_session(*, session: PlantSession, why: str, actor: record.Actor | None = None) -> record.Receipt:
    """End a session.

    Args:
        session: The session.
        why: ``logged out``, ``idle``, ``absolute``, ``disabled``, ``role withdrawn`` or ``ended elsewhere``.
        actor: Who ends it; the plant itself if None.

    Returns:
        Where the entry stands.
    """
    user = session.user
    data = entries.LoginEnded(username=user.username, why=why)
    with record.entry(data, actor=actor or record.SITE, subject=user, sponsor=user.tenant) as entry:
        _close(session, why, clock.now())
    return entry.receipt


def _close(session: PlantSession, why: str, at: datetime) -> None:
    PlantSession.objects.filter(pk=session.pk, ended_at__isnull=True).update(ended_at=at, ended_why=why)


def end_other_sessions(user: User, keep: PlantSession | None, *, why: str) -> None:
    """End a person's other sessions; called inside the entry of the act that makes it necessary.

    Args:
        user: The person.
        keep: The session that goes on, if any.
        why: What makes it necessary.
    """
    others = PlantSession.objects.filter(user=user, ended_at__isnull=True)
    if keep is not None:
        others = others.exclude(pk=keep.pk)
    others.update(ended_at=clock.now(), ended_why=why)


def switch_role(*, actor: record.Actor, user: User, role: str) -> record.Actor:
    """Let a person go on in another of the own roles.

    Args:
        actor: The person in the role so far.
        user: The person.
        role: The role from now on.

    Returns:
        The person in the new role.

    Raises:
        Refused: If the person does not hold it.
    """
    after = access.actor_of(user, role)
    data = entries.RoleSwitched(username=user.username, before=actor.role, after=role)
    with record.entry(data, actor=after, subject=user, sponsor=user.tenant):
        access.actor_of(user, role)
    return after


def forget_ended(*, keep: timedelta = timedelta(days=30)) -> int:
    """Drop sessions and shown statements that nobody can use any more; log-ins and signatures stay on record.

    Args:
        keep: How long after its last request a session is kept for the list on its owner's page.

    Returns:
        How many rows were dropped.
    """
    before = clock.now() - keep
    dropped, _kinds = Challenge.objects.filter(expires_at__lt=before).delete()
    dropped += PlantSession.objects.filter(seen_at__lt=before, ended_at__isnull=False).delete()[0]
    return dropped
