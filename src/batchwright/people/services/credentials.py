"""What people prove their identity with: passwords, one-time codes, passkeys, the company's provider (11.300)."""

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.people import access, entries, passwords, segregation, sessions
from batchwright.people.adapters import webauthn
from batchwright.people.models import ExternalIdentity, Passkey, PlantSession, User
from batchwright.people.permissions import Refused
from batchwright.people.sessions import Attempt
from batchwright.people.statement import ACCOUNTABILITY, ACCOUNTABILITY_VERSION


class NotProven(Refused):
    """The password is not this person's; the attempt is on record."""


def prove_password(*, user: User, password: str, attempt: Attempt) -> User:
    """Check a person's password before an act that needs it again; a failure is recorded and counts.

    Args:
        user: The person.
        password: What was typed.
        attempt: How and from where.

    Returns:
        The person, as read just now.

    Raises:
        Locked: If the log-in is locked.
        NotProven: If the password is another one.
    """
    fresh: User = User.objects.select_related("sponsor").get(pk=user.pk)
    sessions.require_unlocked(fresh)
    if not fresh.check_password(password):
        sessions.refuse_known(user=fresh, why=_("wrong password"), attempt=attempt, counts=True)
        raise NotProven(_("This is not your password"), remedy=_("Type it again. The attempt is on record."))
    return fresh


def _require_own(actor: record.Actor, user: User) -> None:
    if actor.id != user.username:
        raise Refused(_("This is another person's log-in"), value=user.username, limit=actor.id)


def _require_own_or(actor: record.Actor, user: User, action: str) -> None:
    access.authorize(actor, "account.use" if actor.id == user.username else action)


@record.command
def change_password(
    *,
    actor: record.Actor,
    user: User,
    password: str,
    session: PlantSession | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Choose a new password; every other session of the person ends.

    Args:
        actor: The person, whose present password was proven by `prove_password`.
        user: The same person, as `prove_password` returned it.
        password: The new password.
        session: The session that goes on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If it is another person's password.
        BadInput: If the password is too weak or was used before.
        Stale: If the log-in changed since the password was proven.
    """
    _require_own(actor, user)
    digest = passwords.digest(password, user=user)
    with record.entry(
        entries.PasswordChanged(username=user.username), actor=actor, subject=user, sponsor=user.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        access.authorize(actor, "account.use")
        entry.update(user, password=digest, password_changed_at=clock.now(), must_change_password=False)
        passwords.remember(entry, user)
        sessions.end_other_sessions(user, session, why="password changed")
    return entry.receipt


@record.command
def reset_password(
    *,
    actor: record.Actor,
    user: User,
    password: str,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Give a person another password, to be changed at the next log-in; all sessions end.

    Args:
        actor: Who resets it.
        user: The person.
        password: The password until then.
        reason: How the identity was verified.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not, or it is the own log-in.
        BadInput: If the password is too weak or was used before.
    """
    digest = passwords.digest(password, user=user)
    with record.entry(
        entries.PasswordReset(username=user.username), actor=actor, subject=user, reason=reason, sponsor=user.tenant,
        idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        access.authorize(actor, "user.reset")
        segregation.require_other_subject(actor, user.username)
        entry.update(
            user, expected_version=expected_version, password=digest, password_changed_at=clock.now(),
            must_change_password=True, failed_attempts=0, locked_until=None,
        )  # fmt: skip
        passwords.remember(entry, user)
        sessions.end_other_sessions(user, None, why="password reset")
    return entry.receipt


@record.command
def accept_statement(*, actor: record.Actor, user: User, idempotency_key: str | None = None) -> record.Receipt:
    """Accept to be accountable for acts under the own signature.

    Args:
        actor: The person.
        user: The same person.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; the text that was accepted is in it.

    Raises:
        Refused: If it is another person.
    """
    _require_own(actor, user)
    data = entries.StatementAccepted(username=user.username, edition=ACCOUNTABILITY_VERSION, text=str(ACCOUNTABILITY))
    with record.entry(data, actor=actor, subject=user, sponsor=user.tenant, idempotency_key=idempotency_key) as entry:
        access.authorize(actor, "account.use")
        fresh = entry.lock(user)
        entry.update(fresh, statement_accepted_at=clock.now(), statement_version=ACCOUNTABILITY_VERSION)
    return entry.receipt


@record.command
def enrol_totp(*, actor: record.Actor, user: User, secret: str, idempotency_key: str | None = None) -> record.Receipt:
    """Set up one-time codes, once the person has shown a right one.

    Args:
        actor: The person.
        user: The same person.
        secret: The shared secret; only the log-in keeps it, encrypted.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If it is another person.
        DomainError: If codes are set up already.
    """
    _require_own(actor, user)
    with record.entry(
        entries.SecondFactorEnrolled(username=user.username, kind="totp"), actor=actor, subject=user,
        sponsor=user.tenant, idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        access.authorize(actor, "account.use")
        if _totp(user).exists():
            raise DomainError(_("One-time codes are set up already"), remedy=_("Remove them first."))
        TOTP.activate(user, secret)
    return entry.receipt


@record.command
def remove_totp(*, actor: record.Actor, user: User, reason: str, idempotency_key: str | None = None) -> record.Receipt:
    """Remove one-time codes: the own ones, or another person's who lost the device.

    Args:
        actor: Who removes them.
        user: Whose they are.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If there are none.
    """
    with record.entry(
        entries.SecondFactorRemoved(username=user.username, kind="totp"), actor=actor, subject=user, reason=reason,
        sponsor=user.tenant, idempotency_key=idempotency_key,
    ) as entry:  # fmt: skip
        _require_own_or(actor, user, "user.reset")
        if not _totp(user).delete()[0]:
            raise DomainError(_("One-time codes are not set up"), value=user.username)
    return entry.receipt


def _totp(user: User):  # type: ignore[no-untyped-def]  # allauth carries no types
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP)


@record.command
def enrol_passkey(
    *,
    actor: record.Actor,
    user: User,
    label: str,
    registered: webauthn.Registered,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Bind a public key to a person: for log-in and for signatures that anybody can check offline.

    Args:
        actor: The person.
        user: The same person.
        label: What the person calls the device.
        registered: The outcome of the ceremony.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; the public key is in it.

    Raises:
        Refused: If it is another person.
        DomainError: If the passkey is enrolled already.
    """
    _require_own(actor, user)
    label = label.strip()[:80] or _("Passkey")
    data = entries.PasskeyEnrolled(
        username=user.username, credential_id=registered.credential_id, label=label,
        public_key=registered.public_key, algorithm=registered.algorithm,
    )  # fmt: skip
    with record.entry(data, actor=actor, subject=user, sponsor=user.tenant, idempotency_key=idempotency_key) as entry:
        access.authorize(actor, "account.use")
        if Passkey.objects.filter(credential_id=registered.credential_id).exists():
            raise DomainError(_("This passkey was enrolled before"), value=label, remedy=_("Use another device."))
        entry.create(
            Passkey(
                user=user, credential_id=registered.credential_id, public_key=registered.public_key,
                key_type=registered.key_type, algorithm=registered.algorithm, label=label, enrolled_at=clock.now(),
            )
        )  # fmt: skip
        Authenticator.objects.create(
            user=user, type=Authenticator.Type.WEBAUTHN, data={"name": label, "credential": registered.credential}
        )
    return entry.receipt


@record.command
def revoke_passkey(
    *, actor: record.Actor, passkey: Passkey, reason: str, idempotency_key: str | None = None
) -> record.Receipt:
    """Let a passkey sign no more; what it signed before stays valid.

    Args:
        actor: Its owner, or who may reset credentials.
        passkey: The passkey.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is revoked already.
    """
    user = passkey.user
    data = entries.PasskeyRevoked(username=user.username, credential_id=passkey.credential_id, label=passkey.label)
    with record.entry(
        data, actor=actor, subject=user, reason=reason, sponsor=user.tenant, idempotency_key=idempotency_key
    ) as entry:
        _require_own_or(actor, user, "user.reset")
        if passkey.revoked_at is not None:
            raise DomainError(_("This passkey is revoked already"), value=passkey.label)
        entry.update(passkey, revoked_at=clock.now())
        for one in Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN):
            if webauthn.credential_id_of(one.data["credential"]) == passkey.credential_id:
                one.delete()
    return entry.receipt


def link_identity(*, user: User, issuer: str, external_id: str) -> record.Receipt:
    """Link an identity of the company's provider to the person whose verified address it bears.

    Args:
        user: The person.
        issuer: The provider.
        external_id: The provider's own identifier of the person, which unlike an address is never given to another.

    Returns:
        Where the entry stands.

    Raises:
        DomainError: If the identity was ever linked.
    """
    data = entries.IdentityLinked(username=user.username, issuer=issuer, external_id=external_id)
    with record.entry(data, actor=record.SITE, subject=user, sponsor=user.tenant) as entry:
        if ExternalIdentity.objects.filter(issuer=issuer, external_id=external_id).exists():
            raise DomainError(_("This identity was linked before"), value=external_id)
        entry.create(ExternalIdentity(user=user, issuer=issuer, external_id=external_id, linked_at=clock.now()))
    return entry.receipt


@record.command
def unlink_identity(
    *, actor: record.Actor, identity: ExternalIdentity, reason: str, idempotency_key: str | None = None
) -> record.Receipt:
    """Cut the link to an identity of the company's provider; it is not linked again by itself.

    Args:
        actor: Who cuts it.
        identity: The link.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is cut already.
    """
    user = identity.user
    data = entries.IdentityUnlinked(username=user.username, issuer=identity.issuer, external_id=identity.external_id)
    with record.entry(
        data, actor=actor, subject=user, reason=reason, sponsor=user.tenant, idempotency_key=idempotency_key
    ) as entry:
        _require_own_or(actor, user, "user.reset")
        if identity.unlinked_at is not None:
            raise DomainError(_("This link is cut already"), value=identity.external_id)
        entry.update(identity, unlinked_at=clock.now())
    return entry.receipt
