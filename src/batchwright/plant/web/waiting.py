"""Files that somebody chose and has not signed yet: kept beside the database for an hour, each for its person alone."""

import hashlib
import time
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel.errors import DomainError

KEPT_SECONDS = 3600.0


def keep(actor: record.Actor, content: bytes) -> str:
    """Keep a file until it is signed; what nobody signed within an hour goes.

    Args:
        actor: Whose it is.
        content: Its bytes.

    Returns:
        Their SHA-256, by which the same person gets them again.
    """
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in folder.iterdir():
        # Age of a file in this folder, which the file system's own clock measures.
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)
    sha256 = hashlib.sha256(content).hexdigest()
    _path(actor, sha256).write_bytes(content)
    return sha256


def kept(actor: record.Actor, sha256: str) -> bytes:
    """Give a file that the same person chose.

    Args:
        actor: Who asks.
        sha256: The SHA-256 of its bytes.

    Returns:
        The bytes.

    Raises:
        DomainError: If it waits no longer.
    """
    path = _path(actor, sha256)
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DomainError(
            _("The file waits no longer"), value=sha256[:64], limit=_("an hour"), remedy=_("Choose it again.")
        )
    return content


def drop(actor: record.Actor, sha256: str) -> None:
    """Forget a file that was signed, if there was one."""
    _path(actor, sha256).unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.CONFIGURATION.plant_folder) / "waiting"


def _path(actor: record.Actor, sha256: str) -> Path:
    """A name that gives away neither, and cannot lead elsewhere."""
    return _folder() / hashlib.sha256(f"{actor.id}\n{sha256}".encode()).hexdigest()
