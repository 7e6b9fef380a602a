"""The files of signing keys: made once, for their owner's eyes alone, checked whenever they are read."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.record import durable, verifier


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key under the name it signs as."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> verifier.VerifierKey:
        """The key with which its signatures are verified."""
        return verifier.VerifierKey.of(self.name, self.private)

    @property
    def cosigner(self) -> verifier.VerifierKey:
        """The key with which its cosignatures, as a witness, are verified."""
        return verifier.VerifierKey.of(self.name, self.private, verifier.COSIGNATURE)

    @property
    def vkey(self) -> str:
        """The public key as text, ``name+id+base64``."""
        return self.public.vkey

    def sign_note(self, text: str) -> str:
        """Sign a note.

        Args:
            text: Its text, ending in a newline.

        Returns:
            The signed note (C2SP signed-note).
        """
        return verifier.sign_note(text, name=self.name, key=self.private)


def create(path: Path, name: str) -> SigningKey:
    """Make a key and keep it, readable by its owner alone, before anybody can have relied on it.

    Args:
        path: The file; its folder is made with mode 0700.
        name: The name it signs as.

    Returns:
        The key.

    Raises:
        DomainError: If the file exists already.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # Whoever finds the file finds a whole key, also after a power failure.
    with durable.written(path.parent, pem) as passing:
        try:
            path.hardlink_to(passing)  # refuses to take another one's place
        except FileExistsError as error:
            raise DomainError("There is a key already", value=str(path), remedy="Rotate it instead.") from error
    return SigningKey(name, private)


def load(path: Path, name: str) -> SigningKey:
    """Read a key, if nobody but its owner can.

    Args:
        path: The file.
        name: The name it signs as.

    Returns:
        The key.

    Raises:
        DomainError: If others can read the file, or it holds no Ed25519 key.
        Unavailable: If there is no such file.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        pem = path.read_bytes()
    except FileNotFoundError as error:
        raise Unavailable(
            "The signing key is not there", value=str(path),
            remedy="Restore it from its back-up, or rotate to a new one: see the how-to on the site key.",
        ) from error  # fmt: skip
    if mode & 0o077:
        raise DomainError(
            "Others than its owner can reach the signing key",
            value=f"{path} has mode {mode:04o}", limit="0600", remedy=f"chmod 600 {path}",
        )  # fmt: skip
    try:
        private = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: it is locked with a password
        raise DomainError("This file holds no signing key", value=str(path), limit="Ed25519, PKCS #8, PEM") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise DomainError("This key is of another kind", value=str(path), limit="Ed25519, PKCS #8, PEM")
    return SigningKey(name, private)


def handover(old: SigningKey, new: SigningKey) -> str:
    """Let an old key say which key follows it.

    Args:
        old: The key that retires.
        new: The key that follows.

    Returns:
        A note signed by the old key.
    """
    return old.sign_note(handover_text(old.vkey, new.vkey))


def handover_text(old_vkey: str, new_vkey: str) -> str:
    """Give what the old key signs when another takes over.

    Args:
        old_vkey: The key that retires.
        new_vkey: The key that follows.

    Returns:
        The text of the note.
    """
    return verifier.handover_text(old_vkey, new_vkey)
