"""Files locked with a passphrase, so that signing keys can lie beside a back-up that others than their owner keep.

The key is derived by scrypt (RFC 7914, N = 2**17, r = 8, p = 1: 128 MiB and about half a second for each guess); the
content is a Fernet token (AES-128-CBC and HMAC-SHA256), so a wrong passphrase and a changed byte are refused alike.
"""

import base64
import json
import os

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from batchwright.kernel.errors import BadInput, DomainError

SHORTEST = 16
"""Characters of a passphrase."""
_N, _R, _P = 1 << 17, 8, 1


def lock(files: dict[str, bytes], passphrase: str) -> bytes:
    """Lock files.

    Args:
        files: Name and content of each.
        passphrase: What opens them.

    Returns:
        One JSON object with the salt and the token.

    Raises:
        DomainError: If the passphrase is too short.
    """
    if len(passphrase) < SHORTEST:
        raise DomainError(
            "The passphrase is too short", value=f"{len(passphrase)} characters", limit=f"at least {SHORTEST}",
            remedy="Make one, for example with: openssl rand -base64 24",
        )  # fmt: skip
    salt = os.urandom(16)
    plain = json.dumps({name: base64.b64encode(content).decode() for name, content in files.items()}).encode()
    token = _fernet(passphrase, salt).encrypt(plain)
    return json.dumps(
        {"kdf": "scrypt", "n": _N, "r": _R, "p": _P, "salt": salt.hex(), "fernet": token.decode()}
    ).encode()


def unlock(content: bytes, passphrase: str) -> dict[str, bytes]:
    """Open what was locked.

    Args:
        content: What `lock` gave.
        passphrase: The same as then.

    Returns:
        Name and content of each file.

    Raises:
        BadInput: If the passphrase is another one, or the content was changed.
    """
    try:
        held = json.loads(content)
        plain = _fernet(passphrase, bytes.fromhex(held["salt"])).decrypt(held["fernet"].encode())
    except (ValueError, KeyError, InvalidToken) as error:
        raise BadInput(
            "The keys cannot be opened", limit="the passphrase with which they were locked, and an unchanged file",
            remedy="Give the right passphrase, or restore without one and put the keys back by hand.",
        ) from error  # fmt: skip
    return {name: base64.b64decode(kept) for name, kept in json.loads(plain).items()}


def _fernet(passphrase: str, salt: bytes) -> Fernet:
    derived = Scrypt(salt=salt, length=32, n=_N, r=_R, p=_P).derive(passphrase.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
