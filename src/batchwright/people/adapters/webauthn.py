"""Passkeys at the browser's edge: the ceremony of enrolment, and the public key in a form that anybody can check.

The ceremony is django-allauth's, so that the same passkey logs in; the key is written as SubjectPublicKeyInfo, so that
`verify.py` needs `cryptography` alone. Source: W3C Web Authentication Level 2, sections 6.5 and 7; RFC 9052, RFC 9053.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from allauth.mfa.webauthn.internal import auth
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from batchwright.kernel.errors import BadInput
from batchwright.people.base64url import base64url, from_base64url
from batchwright.people.models import User

ES256: Final = -7
EDDSA: Final = -8
RS256: Final = -257
ALGORITHMS: Final = (ES256, EDDSA, RS256)
"""COSE algorithms that `verify.py` checks."""
_KEY_TYPES: Final = {1: "OKP", 2: "EC2", 3: "RSA"}


@dataclass(frozen=True, slots=True)
class Registered:
    """The outcome of an enrolment.

    Attributes:
        credential_id: Identifier of the passkey, base64url.
        key_type: ``EC2``, ``OKP`` or ``RSA``.
        public_key: SubjectPublicKeyInfo, base64.
        algorithm: COSE algorithm.
        credential: What the browser sent, for allauth's own table.
    """

    credential_id: str
    key_type: str
    public_key: str
    algorithm: int
    credential: dict[str, Any]


def registration_options(user: User) -> dict[str, Any]:
    """Begin an enrolment: a passkey that verifies its user and can log in without a user name.

    Args:
        user: The person.

    Returns:
        Options for ``navigator.credentials.create``; the challenge is kept in the session.
    """
    options: dict[str, Any] = auth.begin_registration(user, True)
    return options


def registered(credential: Any) -> Registered:
    """Finish an enrolment.

    Args:
        credential: What the browser sent.

    Returns:
        The passkey.

    Raises:
        BadInput: If the answer is malformed, belongs to another challenge, did not verify its user (which the
            options require), or uses an algorithm that cannot be checked offline.
    """
    failed = BadInput(_("The passkey could not be enrolled"), remedy=_("Begin again on this page."))
    if not isinstance(credential, Mapping):
        raise failed
    try:
        auth.parse_registration_response(dict(credential))
        binding = auth.complete_registration(dict(credential))
    except (ValidationError, ValueError, TypeError, KeyError) as error:
        raise failed from error
    key = binding.credential_data.public_key
    return Registered(
        credential_id=base64url(binding.credential_data.credential_id), key_type=_key_type(key),
        public_key=base64.b64encode(spki(key)).decode("ascii"), algorithm=int(key[3]), credential=dict(credential),
    )  # fmt: skip


def credential_id_of(credential: Mapping[str, Any]) -> str:
    """Give the identifier of a passkey in allauth's table.

    Args:
        credential: What the browser sent at enrolment.

    Returns:
        base64url without padding.
    """
    return base64url(from_base64url(str(credential["rawId"] if "rawId" in credential else credential["id"])))


def _key_type(key: Mapping[int, Any]) -> str:
    return _KEY_TYPES.get(int(key[1]), "")


def spki(key: Mapping[int, Any]) -> bytes:
    """Write a COSE key as SubjectPublicKeyInfo.

    Args:
        key: The COSE key as a mapping of labels.

    Returns:
        DER.

    Raises:
        BadInput: If its algorithm is not one of `ALGORITHMS`.
    """
    public: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey
    match (int(key[3]), int(key[1])):
        case (-7, 2):
            numbers = ec.EllipticCurvePublicNumbers(
                int.from_bytes(key[-2], "big"), int.from_bytes(key[-3], "big"), ec.SECP256R1()
            )
            public = numbers.public_key()
        case (-8, 1):
            public = ed25519.Ed25519PublicKey.from_public_bytes(bytes(key[-2]))
        case (-257, 3):
            public = rsa.RSAPublicNumbers(
                e=int.from_bytes(key[-2], "big"), n=int.from_bytes(key[-1], "big")
            ).public_key()
        case (algorithm, _kind):
            raise BadInput(
                _("This passkey signs in a way that cannot be checked offline"), value=algorithm,
                limit="ES256, EdDSA, RS256", remedy=_("Use another device."),
            )  # fmt: skip
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
