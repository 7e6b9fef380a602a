"""What a signer gives to prove who signs, and how it is checked.

A password proves the signer to the plant, and the entry says so ("attested by the plant"). A passkey signs the
statement itself: its WebAuthn challenge is the statement's hash, so the proof in the entry convinces anybody with the
public key. Both are two distinct components on first use (21 CFR 11.200(a)(1)): user id and password, or user id and a
device that verified its user.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from django.utils.translation import gettext as _

from batchwright.kernel.errors import BadInput
from batchwright.people import policy
from batchwright.people.base64url import base64url, from_base64url
from batchwright.people.models import Passkey, User
from batchwright.people.permissions import Refused
from batchwright.people.statement import Statement
from batchwright.record import verifier


class SignatureRefused(Refused):
    """The signature is refused.

    Attributes:
        counts: Whether it was a failed proof of identity, which counts towards the lock.
    """

    def __init__(self, message: str, *, counts: bool = False, **parts: Any) -> None:
        """Make the refusal."""
        super().__init__(message, **parts)
        self.counts = counts


@dataclass(frozen=True, slots=True)
class PasswordEvidence:
    """A password, and the user id where it is asked for."""

    password: str
    username: str = ""
    method: ClassVar[str] = "password"


@dataclass(frozen=True, slots=True)
class PasskeyEvidence:
    """A passkey's answer, and the user id where it is asked for; bytes are base64url."""

    credential_id: str
    authenticator_data: str
    client_data: str
    signature: str
    username: str = ""
    method: ClassVar[str] = "passkey"

    @classmethod
    def read(cls, text: str, *, username: str = "") -> Self:
        """Read what the browser sent.

        Args:
            text: JSON of a ``PublicKeyCredential`` with an assertion.
            username: The user id that was typed.

        Returns:
            The evidence.

        Raises:
            BadInput: If it is something else.
        """
        try:
            sent = json.loads(text)
            response = sent["response"]
            parts = (sent["id"], response["authenticatorData"], response["clientDataJSON"], response["signature"])
        except (ValueError, TypeError, KeyError) as error:
            raise BadInput(_("The answer of the passkey cannot be read"), remedy=_("Try again.")) from error
        octets = [from_base64url(part) if isinstance(part, str) else b"" for part in parts]
        if not all(octets):
            raise BadInput(_("The answer of the passkey cannot be read"), remedy=_("Try again."))
        credential_id, authenticator_data, client_data, signature = map(base64url, octets)
        return cls(credential_id, authenticator_data, client_data, signature, username)


Evidence = PasswordEvidence | PasskeyEvidence


def passkey_options(statement: Statement, passkeys: tuple[str, ...]) -> dict[str, Any]:
    """Give the options for the browser's ``navigator.credentials.get``.

    Args:
        statement: What is to be signed.
        passkeys: Identifiers of the signer's passkeys.

    Returns:
        JSON; bytes are base64url.
    """
    return {
        "publicKey": {
            "challenge": base64url(statement.challenge()),
            "rpId": policy.current().public_host,
            "allowCredentials": [{"type": "public-key", "id": one} for one in passkeys],
            "userVerification": "required",
            "timeout": int(policy.CEREMONY.total_seconds() * 1000),
        }
    }


def require_username(user: User, given: Evidence) -> None:
    """Check the user id that was typed.

    Args:
        user: The signer.
        given: What the signer gave.

    Raises:
        SignatureRefused: If it is missing or another one.
    """
    typed = given.username.strip().lower()
    if not typed:
        raise SignatureRefused(
            _("Your user name is asked for with this signature"), remedy=_("Type it beside the password or passkey.")
        )
    if not hmac.compare_digest(typed.encode(), user.username.encode()):
        raise SignatureRefused(_not_proven(), counts=True, remedy=_again())


def check(user: User, statement: Statement, given: Evidence) -> tuple[Passkey | None, dict[str, Any]]:
    """Check the evidence for one statement.

    Args:
        user: The signer.
        statement: What is signed.
        given: What the signer gave.

    Returns:
        The passkey, None for a password, and the attestation for the entry.

    Raises:
        SignatureRefused: If it does not prove the signer.
    """
    if isinstance(given, PasswordEvidence):
        if not user.check_password(given.password):
            raise SignatureRefused(_not_proven(), counts=True, remedy=_again())
        return None, {"kind": "password/1", "statement": statement.as_json(), "statement_hash": statement.sha256}
    passkey = user.passkeys.filter(credential_id=given.credential_id, revoked_at__isnull=True).first()
    if passkey is None:
        raise SignatureRefused(
            _("This passkey is not yours, or it was revoked"), counts=True, remedy=_("Use one of your own passkeys.")
        )
    attestation = _attestation(passkey, statement, given)
    try:
        verifier.verify_attestation(attestation)
    except verifier.Broken as error:
        raise SignatureRefused(_not_proven(), value=error.message, counts=True, remedy=_again()) from error
    return passkey, attestation


def _attestation(passkey: Passkey, statement: Statement, given: PasskeyEvidence) -> dict[str, Any]:
    rules = policy.current()
    return {
        "kind": "webauthn/1",
        "statement": statement.as_json(),
        "credential_id": given.credential_id,
        "public_key": {"kty": passkey.key_type, "spki": passkey.public_key},
        "alg": passkey.algorithm,
        "authenticator_data": given.authenticator_data,
        "client_data": given.client_data,
        "signature": given.signature,
        "rp_id": rules.public_host,
        "origin": rules.public_url,
    }


def statement_hash(attestation: Mapping[str, Any]) -> str:
    """Give the name of the statement that an attestation proves.

    Args:
        attestation: As it stands in an entry.

    Returns:
        `Statement.sha256`.
    """
    return Statement.read(dict(attestation["statement"])).sha256


def _not_proven() -> str:
    return _("The signature does not prove that you are the signer")


def _again() -> str:
    return _("Try again. The attempt is on record.")
