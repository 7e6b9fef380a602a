"""Signing: what was shown is prepared, the signer is proven, and the signature is written inside the entry of the act.

Three steps, so that the proof of identity (slow by design) does not hold the record's write lock, and yet everything
that decides is looked at again inside the transaction of the act: `prepare` keeps what is shown, `prove` checks who
signs, `sign` writes. `signed_entry` does the last two around an entry and is what services use. The command says what
its signature means and writes what it would show anew, inside the entry: what was signed for another act is refused.
Source: 21 CFR 11.50, 11.70, 11.100, 11.200.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel import clock
from batchwright.people import access, entries, evidence, meanings, policy, sessions
from batchwright.people.evidence import Evidence, PasskeyEvidence, PasswordEvidence, SignatureRefused
from batchwright.people.models import Challenge, Passkey, PlantSession, Signature, User
from batchwright.people.permissions import Refused
from batchwright.people.statement import ACCOUNTABILITY_VERSION, Statement

__all__ = [
    "Evidence", "PasskeyEvidence", "PasswordEvidence", "Prepared", "Proof", "SignatureRefused", "prepare", "prove",
    "sign", "signed_entry",
]  # fmt: skip

Row = TypeVar("Row", bound=record.GmpModel)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement as it is shown to the signer.

    Attributes:
        statement: What will be signed.
        methods: ``passkey`` and ``password``, as far as the signer has them and the plant accepts them.
        asks_username: Whether the user id must be typed beside a password: at the first signing of a session, or where
            the plant asks for it every time. A passkey carries both components: its identifier, and its user verified.
        passkeys: Identifiers of the signer's passkeys.
        expires_at: Until when it can be signed.
    """

    statement: Statement
    methods: tuple[str, ...]
    asks_username: bool
    passkeys: tuple[str, ...]
    expires_at: datetime

    @property
    def name(self) -> str:
        """The name of the statement, which a form sends back."""
        return self.statement.sha256

    @property
    def meaning(self) -> meanings.Meaning:
        """The meaning, with its words."""
        return meanings.meaning(self.statement.meaning)

    def passkey_options(self) -> dict[str, Any]:
        """Give the options for the browser's ``navigator.credentials.get``.

        Returns:
            JSON; bytes are base64url.
        """
        return evidence.passkey_options(self.statement, self.passkeys)


@dataclass(frozen=True, slots=True)
class Proof:
    """A signer whose identity was proven for one statement.

    Attributes:
        statement: What is signed.
        user: The signer, as read when the identity was proven.
        passkey: The passkey that signed; None for a password.
        attestation: What is kept in the entry.
        session: The session in which it was prepared.
    """

    statement: Statement
    user: User
    passkey: Passkey | None
    attestation: dict[str, Any]
    session: PlantSession


def prepare(*, actor: record.Actor, row: record.GmpModel, meaning: str, shown: str, session: PlantSession) -> Prepared:
    """Keep what is shown to a signer, so that exactly this is signed and nothing the browser sends back.

    Args:
        actor: Who is going to sign.
        row: What is going to be signed, as it was read for showing it.
        meaning: Code of the meaning.
        shown: Exactly the text that is shown.
        session: The signer's session.

    Returns:
        The statement and how it can be signed.

    Raises:
        SignatureRefused: If the actor cannot sign so at all; the message says what to do first.
        Refused: If the actor's role may not sign with this meaning.
    """
    access.authorize(actor, meanings.meaning(meaning).action)
    user = User.objects.get(username=actor.id)
    require_ready(user)
    passkeys = tuple(user.passkeys.filter(revoked_at__isnull=True).values_list("credential_id", flat=True))
    methods = _methods(user, passkeys, meaning)
    now = clock.now()
    statement = Statement(
        signer=user.username, printed_name=user.printed_name, meaning=meaning, subject=row.subject,
        subject_version=row.version, shown=shown, prepared_at=clock.iso(now),
    )  # fmt: skip
    expires_at = now + policy.signing_life()
    Challenge.objects.create(
        statement_sha256=statement.sha256, statement=statement.as_json(), session=session,
        signed_table=row._meta.db_table, signed_key=row.pk, expires_at=expires_at,
    )  # fmt: skip
    return Prepared(statement, methods, _asks_username(session, meaning), passkeys, expires_at)


def _methods(user: User, passkeys: tuple[str, ...], meaning: str) -> tuple[str, ...]:
    methods = ("passkey",) if passkeys else ()
    if user.has_usable_password() and policy.current().strength_of(meaning) != "passkey":
        methods = (*methods, "password")
    if not methods:
        raise SignatureRefused(
            _("This signature needs a passkey"), value=meaning, remedy=_("Enrol a passkey on your account page first.")
        )
    return methods


def _asks_username(session: PlantSession, meaning: str) -> bool:
    return session.fully_signed_at is None or policy.current().strength_of(meaning) == "full"


def require_ready(user: User) -> None:
    """Refuse a person who cannot answer for anything now.

    Args:
        user: The person, as read just now.

    Raises:
        Refused: If the log-in is closed or locked.
        SignatureRefused: If the accountability statement is not accepted (21 CFR 11.10(j)).
    """
    access.require_usable(user)
    sessions.require_unlocked(user)
    if user.statement_version != ACCOUNTABILITY_VERSION:
        raise SignatureRefused(
            _("The accountability statement is not accepted yet"), value=user.printed_name,
            remedy=_("Read and accept it on your account page first."),
        )  # fmt: skip


def prove(*, actor: record.Actor, name: str, given: Evidence, session: PlantSession) -> Proof:
    """Check that the signer is who the statement names, before the act is begun.

    Args:
        actor: Who signs.
        name: Name of the statement, as `Prepared.name` gave it.
        given: What the signer gave.
        session: The signer's session.

    Returns:
        The proof, for `sign`.

    Raises:
        SignatureRefused: If the statement is unknown in this session, or the evidence does not prove the signer.
        Refused: If the log-in is locked or closed.
    """
    challenge = Challenge.objects.filter(statement_sha256=name, session=session).first()
    if challenge is None:
        raise SignatureRefused(
            _("This was not shown to you in this session"), remedy=_("Open the page again and read it before signing.")
        )
    statement = Statement.read(challenge.statement)
    user = User.objects.get(pk=session.user_id)
    if not actor.id == user.username == statement.signer:
        raise SignatureRefused(
            _("This was shown to another person"), value=statement.printed_name, remedy=_("Sign in as yourself.")
        )
    access.require_usable(user)
    sessions.require_unlocked(user)
    if given.username or (isinstance(given, PasswordEvidence) and _asks_username(session, statement.meaning)):
        evidence.require_username(user, given)
    if policy.current().strength_of(statement.meaning) == "passkey" and not isinstance(given, PasskeyEvidence):
        raise SignatureRefused(_("This meaning is signed with a passkey only"), value=statement.meaning)
    passkey, attestation = evidence.check(user, statement, given)
    return Proof(statement, user, passkey, attestation, session)


def sign(
    entry: record.OpenEntry, *, row: Row, meaning: str, shown: Callable[[Row], str], proof: Proof
) -> Signature:
    """Write a signature inside the entry of the act; called before the act changes anything.

    Args:
        entry: The open entry, whose subject is the signed row's.
        row: What is signed.
        meaning: What a signature on this act means.
        shown: Writes what this very act shows to its signer, out of the row as it is now.
        proof: What `prove` gave for it.

    Returns:
        The signature.

    Raises:
        SignatureRefused: If the statement was used, has expired, is about something else or another act, or what it
        showed has changed. Refused: If the actor may no longer sign so.
    """
    statement = proof.statement
    _use_challenge(proof, row)
    subject = entry.subject.subject if isinstance(entry.subject, record.GmpModel) else entry.subject
    if (entry.actor.id, subject) != (statement.signer, statement.subject):
        raise SignatureRefused(
            _("The signature belongs to another record"), value=statement.subject, limit=subject,
            remedy=_("Open the page again."),
        )  # fmt: skip
    fresh = entry.lock(row)
    if fresh.version != statement.subject_version:
        raise SignatureRefused(
            _("This was changed after it was shown to you"), value=_("version %s") % statement.subject_version,
            limit=_("version %s now") % fresh.version, remedy=_("Open the page again and read the change."),
        )  # fmt: skip
    if (statement.meaning, statement.shown) != (meaning, shown(fresh)):
        raise SignatureRefused(
            _("Something else was shown to you than would be done now"), value=statement.meaning, limit=meaning,
            remedy=_("Open the page again and read it before signing."),
        )  # fmt: skip
    access.authorize(entry.actor, meanings.meaning(statement.meaning).action)
    user = entry.lock(proof.user)
    require_ready(user)
    if user.password != proof.user.password or (proof.passkey and entry.lock(proof.passkey).revoked_at is not None):
        raise SignatureRefused(_("Your password or passkey was changed meanwhile"), remedy=_("Sign again."))
    signature = entry.create(_signature(entry, row, proof))
    entry.attest(proof.attestation)
    return signature


def _minutes(life: timedelta) -> str:
    return _("%(minutes)s minutes") % {"minutes": round(life.total_seconds() / 60)}


def _signature(entry: record.OpenEntry, row: record.GmpModel, proof: Proof) -> Signature:
    statement = proof.statement
    return Signature(
        signer=proof.user, printed_name=statement.printed_name, role=entry.actor.role, sponsor=entry.sponsor or "",
        meaning=statement.meaning, subject_text=statement.subject, signed_table=row._meta.db_table, signed_key=row.pk,
        signed_version=statement.subject_version, shown=statement.shown, shown_sha256=statement.shown_sha256,
        statement_sha256=statement.sha256, method="password" if proof.passkey is None else "passkey",
        passkey=proof.passkey, signed_at=clock.now(),
    )  # fmt: skip


def _use_challenge(proof: Proof, row: record.GmpModel) -> None:
    """Use the statement up; if the act fails, this is rolled back with it and the signer may sign again."""
    now = clock.now()
    challenge = Challenge.objects.select_for_update().get(statement_sha256=proof.statement.sha256)
    again = _("Open the page again and read it before signing.")
    if challenge.used_at is not None:
        raise SignatureRefused(_("This was signed already"), remedy=again)
    if challenge.expires_at <= now:
        life = challenge.expires_at - clock.parse(proof.statement.prepared_at)
        raise SignatureRefused(_("What was shown to you is too old to be signed"), limit=_minutes(life), remedy=again)
    if (challenge.signed_table, challenge.signed_key) != (row._meta.db_table, row.pk):
        raise SignatureRefused(_("The signature belongs to another record"), value=row.subject, remedy=again)
    session = PlantSession.objects.select_for_update().select_related("user").get(pk=proof.session.pk)
    if sessions.why_over(session):
        raise SignatureRefused(_("Your session has ended"), remedy=_("Sign in again."))
    Challenge.objects.filter(pk=challenge.pk).update(used_at=now)
    PlantSession.objects.filter(pk=session.pk, fully_signed_at__isnull=True).update(fully_signed_at=now)


@contextmanager
def signed_entry(
    data: record.EntryData,
    *,
    actor: record.Actor,
    row: Row,
    meaning: str,
    shown: Callable[[Row], str],
    name: str,
    given: Evidence,
    session: PlantSession,
    address: str,
    reason: str = "",
    sponsor: str | None = None,
    idempotency_key: str | None = None,
) -> Iterator[record.OpenEntry]:
    """Open an entry whose act is signed; a refused signature is recorded and counts towards the lock.

    Args:
        data: The typed facts of the act.
        actor: Who acts and signs.
        row: What is signed and what the entry is about.
        meaning: What a signature on this act means.
        shown: Writes what this very act shows to its signer, out of the row as it is now; the page that prepared the
            statement wrote it the same way.
        name: Name of the statement that was shown.
        given: What the signer gave.
        session: The signer's session.
        address: Network address of the browser.
        reason: Why.
        sponsor: Sponsor who owns the subject.
        idempotency_key: Key of this very command.

    Yields:
        The open entry, signed already; the block makes the change.

    Raises:
        SignatureRefused: If the signature is refused.
        Refused: If the actor may not act.
        AlreadyRecorded: If the same command was recorded before.
    """
    try:
        proof = prove(actor=actor, name=name, given=given, session=session)
        with record.entry(
            data, actor=actor, subject=row, reason=reason, sponsor=sponsor, idempotency_key=idempotency_key
        ) as entry:
            sign(entry, row=row, meaning=meaning, shown=shown, proof=proof)
            yield entry
    except Refused as refusal:
        _record_refusal(refusal, name=name, given=given, session=session, address=address)
        raise


def _record_refusal(refusal: Refused, *, name: str, given: Evidence, session: PlantSession, address: str) -> None:
    user = session.user
    challenge = Challenge.objects.filter(statement_sha256=name, session=session).first()
    statement = {} if challenge is None else challenge.statement
    data = entries.SignatureRefused(
        username=user.username, meaning=statement.get("meaning", ""), signed_subject=statement.get("subject", ""),
        method=given.method, why=refusal.message,
    )  # fmt: skip
    with record.entry(data, actor=record.SITE, subject=user, sponsor=user.tenant) as entry:
        if isinstance(refusal, SignatureRefused) and refusal.counts:
            sessions.count_failure(entry, user, data, sessions.Attempt(method=given.method, address=address))
