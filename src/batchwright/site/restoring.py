"""Bringing a plant back from a back-up, into an empty plant folder and an empty database, never over a living one."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tarfile
import tempfile
from pathlib import Path

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.site import backup, locked, start
from batchwright.site.backup import DATABASES, FORMAT, LOCKED_KEYS, MANIFEST, Manifest
from batchwright.site.entries import SiteRestored

_ATTACHMENT = re.compile(r"attachments/([0-9a-f]{2})/([0-9a-f]{2})/(\1\2[0-9a-f]{60})")


def restore(file: Path, *, actor: record.Actor, reason: str, passphrase: str | None = None) -> Manifest:
    """Bring the plant back and record that it was.

    Everything is unpacked beside its place and compared with its hashes before anything is put there. An older
    plant's tables are brought up to date on the way.

    Args:
        file: The back-up.
        actor: Who restores.
        reason: Why.
        passphrase: Opens the keys; without it they stay locked up in the file.

    Returns:
        What the back-up holds.

    Raises:
        DomainError: If something stands in the place of what is to come, the file is damaged or of another engine, or
            there is no reason.
        BadInput: If the passphrase does not open the keys.
        Unavailable: If the database cannot be written.
    """
    if not reason.strip():
        raise DomainError("A reason is required", remedy="Say with --reason why the plant is restored.")
    _require_empty()
    folder: Path = settings.CONFIGURATION.plant_folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o750)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as unpacked:
        manifest = _unpack(file, Path(unpacked))
        _require_fitting(manifest, passphrase)
        keys = {}
        if passphrase is not None:
            keys = locked.unlock((Path(unpacked) / LOCKED_KEYS).read_bytes(), passphrase)
        _place(Path(unpacked), keys)
    start.migrate()
    Session.objects.all().delete()  # who was signed in then signs in again
    said = SiteRestored(
        file=file.name, made_at=clock.parse(manifest.at), covered_to=manifest.covered_to, head=manifest.head,
        version=manifest.version,
    )  # fmt: skip
    with record.entry(said, actor=actor, subject="site/backup", reason=reason):
        pass
    return manifest


def _require_empty() -> None:
    configured = settings.CONFIGURATION
    taken = [str(place) for place in (configured.keys_folder, configured.attachments_folder) if _holds(place)]
    if connection.vendor == "sqlite":
        database = Path(connection.settings_dict["NAME"])
        taken += [str(database)] if database.exists() else []
    elif connection.introspection.table_names():
        taken.append(f"database {connection.settings_dict['NAME']}")
    if taken:
        raise DomainError(
            "A plant stands here already; a back-up is not put over it", value=", ".join(taken),
            remedy="Name an empty plant folder and an empty database, or move these away.",
        )  # fmt: skip


def _holds(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _unpack(file: Path, into: Path) -> Manifest:
    """Unpack everything and compare it with its hash; a member of any other name is refused."""
    manifest: Manifest | None = None
    found: dict[str, str] = {}
    attachments = 0
    with backup.opened(file) as tar:
        for member in tar:
            if member.name == MANIFEST:
                manifest = _manifest(_content(tar, member), file)
            elif member.name in (*DATABASES.values(), LOCKED_KEYS):
                found[member.name] = _extract(tar, member, into / member.name)
            elif (match := _ATTACHMENT.fullmatch(member.name)) and member.isfile():
                if _extract(tar, member, into / member.name) != match[3]:
                    raise _damaged(file, member.name)
                attachments += 1
            else:
                raise _damaged(file, member.name)
    if manifest is None:
        raise _damaged(file, f"{MANIFEST} is missing: it was cut off")
    for name, digest in manifest.files.items():
        if found.get(name) != digest:
            raise _damaged(file, name)
    if attachments != manifest.attachments:
        raise _damaged(file, f"{attachments} attachments of {manifest.attachments}")
    return manifest


def _manifest(content: bytes, file: Path) -> Manifest:
    try:
        said = json.loads(content)
        if said["format"] != FORMAT:
            raise DomainError("The back-up is of another format", value=str(said["format"]), limit=FORMAT)
        return Manifest(**said)
    except (ValueError, TypeError, KeyError) as error:
        raise _damaged(file, MANIFEST) from error


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = tar.extractfile(member)
    return b"" if stream is None else stream.read()


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, to: Path) -> str:
    """Write one member to a place that this program chose; give its SHA-256."""
    to.parent.mkdir(parents=True, exist_ok=True)
    stream = tar.extractfile(member)
    with to.open("wb") as written:
        if stream is not None:
            shutil.copyfileobj(stream, written, 1 << 20)
    with to.open("rb") as back:
        return hashlib.file_digest(back, "sha256").hexdigest()


def _damaged(file: Path, what: str) -> DomainError:
    return DomainError(
        "The back-up is damaged; nothing was restored", value=f"{file}: {what}",
        remedy="Take another back-up of the same plant.",
    )  # fmt: skip


def _require_fitting(manifest: Manifest, passphrase: str | None) -> None:
    if manifest.engine != connection.vendor:
        raise DomainError(
            "The back-up is of another kind of database", value=manifest.engine, limit=connection.vendor,
            remedy="Set database_url to an empty database of that kind.",
        )  # fmt: skip
    if passphrase is not None and not manifest.with_keys:
        raise DomainError(
            "There are no keys in the back-up", value=manifest.site,
            remedy="Restore without a passphrase, then put the key files back or rotate the site key.",
        )  # fmt: skip


def _place(unpacked: Path, keys: dict[str, bytes]) -> None:
    configured = settings.CONFIGURATION
    _place_database(unpacked)
    if (unpacked / "attachments").is_dir():
        if configured.attachments_folder.is_dir():
            configured.attachments_folder.rmdir()  # it is empty
        shutil.move(unpacked / "attachments", configured.attachments_folder)
    secret = keys.pop(backup.SECRET_FILE, None)
    if secret is not None:
        # The one that is there was made when this command began.
        _write_private(configured.plant_folder / backup.SECRET_FILE, secret)
    if keys:
        configured.keys_folder.mkdir(mode=0o700, exist_ok=True)
    for name, content in keys.items():
        _write_private(configured.keys_folder / Path(name).name, content)


def _place_database(unpacked: Path) -> None:
    name = connection.settings_dict["NAME"]
    connection.close()
    if connection.vendor == "sqlite":
        shutil.move(unpacked / DATABASES["sqlite"], name)
        return
    dump = str(unpacked / DATABASES["postgresql"])
    how = ("--no-owner", "--exit-on-error", "--single-transaction")
    backup.run_postgresql("pg_restore", *how, f"--dbname={name}", dump)


def _write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(content)
