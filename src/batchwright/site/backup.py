"""One file from which a plant can be brought back: the database as of one moment, its attachments, its keys if locked.

The file is a gzipped tar: ``database.sqlite3`` or ``database.dump`` (pg_dump, custom format), ``attachments/``,
``keys.locked`` where a passphrase was given, and last ``manifest.json``, so that a file that was cut off is known as
such. The database is copied first and the attachments after it: an attachment is on disk before its entry commits and
never changes, so whatever the copy names is there. Writers go on meanwhile on both engines.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction

from batchwright import __version__, record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.record.stores import blobs
from batchwright.site import locked, programs
from batchwright.site.entries import SiteBackedUp

FORMAT = "batchwright-backup/1"
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
"""Name of the database inside the file, per engine."""
LOCKED_KEYS = "keys.locked"
MANIFEST = "manifest.json"
SECRET_FILE = "secret_key"  # noqa: S105 - a file's name

_HEAD = "SELECT seq, hash FROM record_entry ORDER BY seq DESC LIMIT 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a back-up holds; the last member of the file."""

    format: str
    version: str
    """Version of Batchwright that wrote it."""
    engine: str
    site: str
    at: str
    covered_to: int
    """Number of the last entry in it; 0 for an empty record."""
    head: str
    """That entry's hash."""
    attachments: int
    with_keys: bool
    files: dict[str, str]
    """SHA-256 of the database and of the locked keys; an attachment's name is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A back-up that was written."""

    manifest: Manifest
    bytes: int
    sha256: str
    receipt: record.Receipt


def make(to: Path, *, actor: record.Actor, passphrase: str | None = None) -> Made:
    """Write a back-up of this plant and record it.

    Args:
        to: The file to write; it must not exist. Nobody but its owner can read it.
        actor: Who makes it.
        passphrase: Locks the site's signing keys and the secret key, which go along only then.

    Returns:
        What was written.

    Raises:
        DomainError: If the file exists or the passphrase is too short.
        Unavailable: If the database cannot be copied.
    """
    if to.exists():
        raise DomainError("The file exists already", value=str(to), remedy="Name another one with --to.")
    keys = None if passphrase is None else locked.lock(_keys(), passphrase)
    to.parent.mkdir(parents=True, exist_ok=True)
    descriptor, passing = tempfile.mkstemp(prefix=".backup-", dir=to.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w+b") as file:
            manifest = _write(file, to.parent, keys)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.link(passing, to)  # takes nobody's place
    except FileExistsError as error:
        raise DomainError("The file exists already", value=str(to), remedy="Name another one with --to.") from error
    finally:
        Path(passing).unlink(missing_ok=True)
    said = SiteBackedUp(
        file=to.name, bytes=size, sha256=digest, covered_to=manifest.covered_to, head=manifest.head,
        with_keys=manifest.with_keys,
    )  # fmt: skip
    with record.entry(said, actor=actor, subject="site/backup") as opened:
        pass
    return Made(manifest=manifest, bytes=size, sha256=digest, receipt=opened.receipt)


def _write(file: IO[bytes], beside: Path, keys: bytes | None) -> Manifest:
    at = clock.iso(clock.now())
    with (
        tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as tar,
        tempfile.TemporaryDirectory(prefix=".backup-", dir=beside) as folder,
    ):
        name = DATABASES[connection.vendor]
        copy = Path(folder) / name
        seq, head = _copy_database(copy)
        files = {name: _digest(copy)}
        tar.add(copy, name)
        copy.unlink()
        if keys is not None:
            files[LOCKED_KEYS] = hashlib.sha256(keys).hexdigest()
            _add(tar, LOCKED_KEYS, keys)
        count = 0
        for sha in blobs().iterate():
            _add(tar, f"attachments/{sha[:2]}/{sha[2:4]}/{sha}", blobs().get(sha))
            count += 1
        manifest = Manifest(
            format=FORMAT, version=__version__, engine=connection.vendor, site=settings.CONFIGURATION.site_name, at=at,
            covered_to=seq, head=head, attachments=count, with_keys=keys is not None, files=files,
        )  # fmt: skip
        _add(tar, MANIFEST, json.dumps(asdict(manifest), indent=2).encode())
    return manifest


def _copy_database(copy: Path) -> tuple[int, str]:
    """Copy the database as of one moment; give the last entry of the copy."""
    if connection.vendor == "sqlite":
        return _copy_sqlite(copy)
    return _copy_postgresql(copy)


def _copy_sqlite(copy: Path) -> tuple[int, str]:
    """In one read transaction of the write-ahead log: writers go on, and the copy has none of what they do."""
    source = sqlite3.connect(f"{Path(connection.settings_dict['NAME']).absolute().as_uri()}?mode=ro", uri=True)
    target = sqlite3.connect(copy)
    try:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # the file alone is the database
        return _head(target.execute(_HEAD).fetchone())
    except sqlite3.Error as error:
        raise Unavailable("The database cannot be copied", value=str(error)) from error
    finally:
        source.close()
        target.close()


def _copy_postgresql(copy: Path) -> tuple[int, str]:
    """pg_dump reads the snapshot of a transaction that also says which entry is the last in it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone() or ("",)
        cursor.execute(_HEAD)
        head = _head(cursor.fetchone())
        run_postgresql("pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={copy}")
    return head


def run_postgresql(program: str, *words: str) -> None:
    """Run one of PostgreSQL's programs on the plant's database.

    Args:
        program: Its name.
        *words: Its arguments.

    Raises:
        Unavailable: If it is not installed or fails; with the last thing it said.
    """
    done = subprocess.run(
        [programs.postgresql(program), *words],
        env=_environment(connection.settings_dict),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()[-3:]
        raise Unavailable(f"{program} failed", value=" ".join(said) or f"exit code {done.returncode}")


def _environment(database: Mapping[str, Any]) -> dict[str, str]:
    """How PostgreSQL's programs are told of a database; a password on a command line could be read by all."""
    options = database["OPTIONS"]
    told = {
        "PGHOST": database["HOST"], "PGPORT": database["PORT"], "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"], "PGDATABASE": database["NAME"],
        **{f"PG{name.upper()}": options.get(name) for name in ("sslmode", "sslrootcert", "sslcert", "sslkey")},
    }  # fmt: skip
    return {**os.environ, **{name: str(value) for name, value in told.items() if value}}


def _head(row: tuple[int, bytes] | None) -> tuple[int, str]:
    return (0, "") if row is None else (int(row[0]), bytes(row[1]).hex())


def _keys() -> dict[str, bytes]:
    """The signing keys, and the secret key, with which one-time codes are encrypted in the database."""
    configured = settings.CONFIGURATION
    found = [*sorted(configured.keys_folder.glob("*.pem")), configured.plant_folder / SECRET_FILE]
    return {path.name: path.read_bytes() for path in found if path.is_file()}


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(content), 0o600, int(clock.now().timestamp())
    tar.addfile(member, io.BytesIO(content))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def opened(file: Path) -> Iterator[tarfile.TarFile]:
    """Open a back-up for reading, from its beginning to its end.

    Args:
        file: The file.

    Yields:
        The tar.

    Raises:
        DomainError: If it is none, or is damaged.
    """
    try:
        with tarfile.open(file, "r:gz") as tar:
            yield tar
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise DomainError(
            "The file is no back-up, or was cut off", value=str(file), limit=str(error),
            remedy="Take another back-up of the same plant.",
        ) from error  # fmt: skip
