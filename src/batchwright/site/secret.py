"""The secret key that signs sessions: made once, kept in the plant folder, readable by its owner alone."""

import os
import secrets
import stat
from pathlib import Path

from batchwright.kernel.errors import BadInput

_BYTES = 48


def kept_in(path: Path) -> str:
    """The secret kept in a file, made there at first use.

    Args:
        path: The file; its folder is made where it is missing.

    Returns:
        The secret.

    Raises:
        BadInput: If others than the owner can read or write the file, or it is too short to be a secret.
    """
    if not path.exists():
        _make(path)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise BadInput(
            "Others can read the secret key",
            file=str(path),
            value=f"mode {mode:04o}",
            limit="0600",
            remedy=f"Run: chmod 600 {path}",
        )
    secret = path.read_text(encoding="ascii").strip()
    if len(secret) < 32:
        raise BadInput(
            "The secret key is too short",
            file=str(path),
            value=f"{len(secret)} characters",
            limit="at least 32",
            remedy="Remove the file; a new key is made at the next start and everybody signs in again.",
        )
    return secret


def _make(path: Path) -> None:
    """Two processes may start at once: each writes its own file, the first to link it wins, and both read that one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
