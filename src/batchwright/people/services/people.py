"""Enrolling people and sponsors, and opening and closing log-ins."""

from datetime import datetime
from typing import TypeVar

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people import access, entries, passwords, segregation, sessions
from batchwright.people.models import Sponsor, User

Row = TypeVar("Row", bound=record.GmpModel)


@record.command
def enrol_sponsor(
    *, actor: record.Actor, code: str, name: str, reason: str = "", idempotency_key: str | None = None
) -> record.Receipt:
    """Enrol a company as sponsor.

    Args:
        actor: Who enrols.
        code: Its code, capitals, never used before.
        name: Its name.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the code is taken.
        BadInput: If the code is malformed.
    """
    sponsor = record.checked(Sponsor(code=code, name=name))
    data = entries.SponsorEnrolled(code=code, name=name)
    with record.entry(
        data, actor=actor, subject=sponsor, reason=reason, sponsor=code, idempotency_key=idempotency_key
    ) as entry:
        access.authorize(actor, "user.enrol")
        if Sponsor.objects.filter(code=code).exists():
            raise DomainError(_("This code belongs to a sponsor already"), value=code, remedy=_("Choose another."))
        entry.create(sponsor)
    return entry.receipt


@record.command
def enrol_user(
    *,
    actor: record.Actor,
    username: str,
    printed_name: str,
    password: str | None = None,
    email: str = "",
    sponsor: Sponsor | None = None,
    expires_at: datetime | None = None,
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Give a person a log-in, once the identity is verified (21 CFR 11.100(b)).

    Args:
        actor: Who enrols and verified the identity.
        username: User name: lower case, never used before and never used again.
        printed_name: Name as it is printed beside signatures.
        password: First password, to be changed at the first log-in; None for log-in by the company's provider alone.
        email: Address.
        sponsor: The company of a sponsor's person.
        expires_at: First moment at which the log-in no longer works.
        reason: How the identity was verified.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the user name was ever used.
        BadInput: If a particular is malformed or the password too weak.
    """
    user = User(
        username=username, printed_name=printed_name.strip(), email=email, sponsor=sponsor, expires_at=expires_at
    )
    record.checked(user, exclude=("password",))
    user.password = passwords.digest(password, user=user)
    user.password_changed_at = clock.now()
    data = entries.UserEnrolled(username=username, printed_name=user.printed_name, expires_at=expires_at)
    with record.entry(
        data, actor=actor, subject=user, reason=reason, sponsor=user.tenant, idempotency_key=idempotency_key
    ) as entry:
        access.authorize(actor, "user.enrol")
        if User.objects.filter(username=username).exists():
            raise DomainError(
                _("This user name was used before, and names are never used again"),
                value=username, remedy=_("Choose another."),
            )  # fmt: skip
        entry.create(user)
        passwords.remember(entry, user)
    return entry.receipt


@record.command
def change_user(
    *,
    actor: record.Actor,
    user: User,
    printed_name: str,
    email: str,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Correct a person's name or address; earlier signatures keep the name as it was printed then.

    Args:
        actor: Who corrects.
        user: The person.
        printed_name: Name.
        email: Address.
        reason: Why.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        BadInput: If a particular is malformed.
    """
    changed = User(username=user.username, printed_name=printed_name.strip(), email=email)
    record.checked(changed, exclude=("password",))
    with record.entry(
        entries.UserChanged(username=user.username), actor=actor, subject=user, reason=reason, sponsor=user.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        access.authorize(actor, "user.change")
        entry.update(user, expected_version=expected_version, printed_name=changed.printed_name, email=email)
    return entry.receipt


def _set_state(
    data: record.EntryData,
    action: str,
    *,
    actor: record.Actor,
    user: User,
    reason: str,
    expected_version: int | None,
    idempotency_key: str | None,
    **values: object,
) -> record.Receipt:
    with record.entry(
        data, actor=actor, subject=user, reason=reason, sponsor=user.tenant, idempotency_key=idempotency_key
    ) as entry:
        access.authorize(actor, action)
        segregation.require_other_subject(actor, user.username)
        entry.update(user, expected_version=expected_version, **values)
        if not user.is_active:
            sessions.end_other_sessions(user, None, why="disabled")
    return entry.receipt


@record.command
def disable_user(
    *,
    actor: record.Actor,
    user: User,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Close a log-in and end its sessions.

    Args:
        actor: Who closes it.
        user: The person.
        reason: Why.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or it is the own log-in.
    """
    return _set_state(
        entries.UserDisabled(username=user.username), "user.disable", actor=actor, user=user, reason=reason,
        expected_version=expected_version, idempotency_key=idempotency_key, is_active=False,
    )  # fmt: skip


@record.command
def enable_user(
    *,
    actor: record.Actor,
    user: User,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Open a closed log-in for the same person again.

    Args:
        actor: Who opens it.
        user: The person.
        reason: Why.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or it is the own log-in.
    """
    return _set_state(
        entries.UserEnabled(username=user.username), "user.disable", actor=actor, user=user, reason=reason,
        expected_version=expected_version, idempotency_key=idempotency_key, is_active=True,
    )  # fmt: skip


@record.command
def unlock_user(
    *,
    actor: record.Actor,
    user: User,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Unlock a log-in before its time, after the person was asked what happened.

    Args:
        actor: Who unlocks it.
        user: The person.
        reason: What the failed attempts were.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or it is the own log-in.
    """
    return _set_state(
        entries.UserUnlocked(username=user.username), "user.unlock", actor=actor, user=user, reason=reason,
        expected_version=expected_version, idempotency_key=idempotency_key, failed_attempts=0, locked_until=None,
    )  # fmt: skip
