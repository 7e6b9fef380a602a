"""A passkey in software, for tests: keeps a key, verifies its user, and answers as a browser would."""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2 import cose
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from batchwright.people import services
from batchwright.people.adapters import webauthn
from batchwright.people.adapters.webauthn import Registered
from batchwright.people.base64url import base64url
from batchwright.people.signing import PasskeyEvidence, Prepared
from tests.people.plant import Plant

ORIGIN, RP_ID = "http://localhost:8000", "localhost"
Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class SoftPasskey:
    """One credential of one person."""

    key: Key
    credential_id: bytes
    origin: str = ORIGIN
    rp_id: str = RP_ID
    flags: int = PRESENT | VERIFIED
    user_handle: str = ""

    @property
    def cose(self) -> cose.CoseKey:
        """The public key as the ceremony carries it."""
        public: Any = self.key.public_key()
        kinds: list[tuple[type, Any]] = [
            (ec.EllipticCurvePrivateKey, cose.ES256), (ed25519.Ed25519PrivateKey, cose.EdDSA),
            (rsa.RSAPrivateKey, cose.RS256),
        ]  # fmt: skip
        found = next(kind for private, kind in kinds if isinstance(self.key, private))
        return found.from_cryptography_key(public)  # type: ignore[no-any-return]

    def _client_data(self, kind: str, challenge: str) -> bytes:
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def register(self, challenge: str) -> dict[str, Any]:
        """What the browser would send at enrolment."""
        attested = AttestedCredentialData.create(bytes(Aaguid.NONE), self.credential_id, self.cose)
        data = AuthenticatorData.create(
            hashlib.sha256(self.rp_id.encode()).digest(), AuthenticatorData.FLAG(self.flags | ATTESTED), 0, attested
        )
        return {
            "id": base64url(self.credential_id),
            "rawId": base64url(self.credential_id),
            "type": "public-key",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": {
                "attestationObject": base64url(AttestationObject.create("none", data, {})),
                "clientDataJSON": base64url(self._client_data("webauthn.create", challenge)),
            },
        }

    def registered(self) -> Registered:
        """The outcome of an enrolment of this passkey."""
        key = self.cose
        kinds = {1: "OKP", 2: "EC2", 3: "RSA"}
        return Registered(
            credential_id=base64url(self.credential_id), key_type=kinds[key[1]], algorithm=key[3],
            public_key=base64.b64encode(webauthn.spki(key)).decode(), credential=self.register("AAAA"),
        )  # fmt: skip

    def answer(self, challenge: str) -> str:
        """What the browser would send for a challenge."""
        client_data = self._client_data("webauthn.get", challenge)
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
                "rawId": base64url(self.credential_id),
                "type": "public-key",
                "response": {
                    "authenticatorData": base64url(authenticator_data),
                    "clientDataJSON": base64url(client_data),
                    "signature": base64url(signature),
                    "userHandle": self.user_handle,
                },
            }
        )

    def sign(self, prepared: Prepared, *, username: str = "", challenge: bytes | None = None) -> PasskeyEvidence:
        """The evidence that the form would hold."""
        asked = prepared.statement.challenge() if challenge is None else challenge
        return PasskeyEvidence.read(self.answer(base64url(asked)), username=username)


def enrol(plant: Plant, name: str, key: Key | None = None, credential_id: bytes | None = None) -> SoftPasskey:
    """Give somebody a passkey."""
    passkey = SoftPasskey(key or ec.generate_private_key(ec.SECP256R1()), credential_id or name.encode() * 3)
    services.enrol_passkey(
        actor=plant.actor(name), user=plant.user(name), label="test key", registered=passkey.registered()
    )
    return passkey
