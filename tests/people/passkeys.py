"""A passkey in software, for tests: keeps a key, verifies its user, and answers as a browser would."""

import base64
import hashlib
import json
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from batchwright.people import services
from batchwright.people.adapters.webauthn import Registered, base64url
from batchwright.people.signing import PasskeyEvidence, Prepared
from tests.people.plant import Plant

ORIGIN, RP_ID = "http://localhost:8000", "localhost"
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


@dataclass
class SoftPasskey:
    """One credential of one person."""

    key: Key
    credential_id: bytes
    origin: str = ORIGIN
    rp_id: str = RP_ID
    flags: int = 0x05
    """User present and user verified."""

    def registered(self) -> Registered:
        """The outcome of an enrolment of this passkey."""
        spki = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        kinds: dict[type[object], tuple[str, int]] = {
            ec.EllipticCurvePrivateKey: ("EC2", -7),
            ed25519.Ed25519PrivateKey: ("OKP", -8),
            rsa.RSAPrivateKey: ("RSA", -257),
        }
        kty, algorithm = next(value for kind, value in kinds.items() if isinstance(self.key, kind))
        return Registered(
            credential_id=base64url(self.credential_id), key_type=kty, public_key=base64.b64encode(spki).decode(),
            algorithm=algorithm, credential={"id": base64url(self.credential_id)},
        )  # fmt: skip

    def answer(self, prepared: Prepared, *, challenge: bytes | None = None) -> str:
        """What the browser would send for a statement."""
        client_data = json.dumps(
            {
                "type": "webauthn.get",
                "challenge": base64url(prepared.statement.challenge() if challenge is None else challenge),
                "origin": self.origin,
                "crossOrigin": False,
            }
        ).encode()
        authenticator_data = hashlib.sha256(self.rp_id.encode()).digest() + bytes([self.flags]) + bytes(4)
        signed = authenticator_data + hashlib.sha256(client_data).digest()
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        elif isinstance(self.key, rsa.RSAPrivateKey):
            signature = self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            signature = self.key.sign(signed)
        return json.dumps(
            {
                "id": base64url(self.credential_id),
                "type": "public-key",
                "response": {
                    "authenticatorData": base64url(authenticator_data),
                    "clientDataJSON": base64url(client_data),
                    "signature": base64url(signature),
                },
            }
        )

    def sign(self, prepared: Prepared, *, username: str = "", challenge: bytes | None = None) -> PasskeyEvidence:
        """The evidence that the form would hold."""
        return PasskeyEvidence.read(self.answer(prepared, challenge=challenge), username=username)


def enrol(plant: Plant, name: str, key: Key | None = None, credential_id: bytes | None = None) -> SoftPasskey:
    """Give somebody a passkey."""
    passkey = SoftPasskey(key or ec.generate_private_key(ec.SECP256R1()), credential_id or name.encode() * 3)
    services.enrol_passkey(
        actor=plant.actor(name), user=plant.user(name), label="test key", registered=passkey.registered()
    )
    return passkey
