"""An authenticator in software: makes the assertions that a passkey would."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from batchwright.record import verifier

RP_ID = "plant.example"
ORIGIN = "https://plant.example"
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | Ed25519PrivateKey
KINDS = {-7: "EC2", -8: "OKP", -257: "RSA"}


@cache
def key(algorithm: int) -> Key:
    if algorithm == -7:
        return ec.derive_private_key(0x5EED, ec.SECP256R1())
    if algorithm == -8:
        return Ed25519PrivateKey.from_private_bytes(sha256(b"passkey of the tests").digest())
    return rsa.generate_private_key(65537, 2048)


def url64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def spki(private: Key) -> str:
    der = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def statement(**changes: Any) -> dict[str, Any]:
    shown = changes.get("shown", "Release lot L-0042-K?\nYield 98.2 %")
    return {
        "signer": "a.novak", "printed_name": "Anna Nováková", "meaning": "approval", "subject": "lot/L-0042-K",
        "subject_version": 3, "shown": shown, "shown_sha256": sha256(shown.encode()).hexdigest(),
        "prepared_at": "2026-11-22T00:00:00.500000Z", **changes,
    }  # fmt: skip


@dataclass(frozen=True)
class Assertion:
    """What an authenticator is asked; every part can be wrong."""

    algorithm: int = -7
    rp_id: str = RP_ID
    origin: str = ORIGIN
    flags: int = 0x05
    type: str = "webauthn.get"
    cross_origin: bool = False

    def sign(self, said: dict[str, Any], private: Key | None = None) -> dict[str, Any]:
        private = private or key(self.algorithm)
        client = json.dumps(
            {
                "type": self.type, "challenge": url64(verifier.challenge(said)), "origin": self.origin,
                "crossOrigin": self.cross_origin,
            }
        ).encode()  # fmt: skip
        data = sha256(self.rp_id.encode()).digest() + bytes([self.flags]) + (7).to_bytes(4, "big")
        message = data + sha256(client).digest()
        return {
            "kind": "webauthn/1", "statement": said, "credential_id": url64(b"credential"),
            "public_key": {"kty": KINDS[self.algorithm], "spki": spki(private)}, "alg": self.algorithm,
            "authenticator_data": url64(data), "client_data": url64(client),
            "signature": url64(_sign(private, message)),
            "rp_id": RP_ID, "origin": ORIGIN,
        }  # fmt: skip


def _sign(private: Key, message: bytes) -> bytes:
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.sign(message, ec.ECDSA(hashes.SHA256()))
    if isinstance(private, rsa.RSAPrivateKey):
        return private.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return private.sign(message)


def password(said: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "password/1", "statement": said, "statement_hash": verifier.challenge(said).hex()}
