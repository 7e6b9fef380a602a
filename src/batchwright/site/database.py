"""Database addresses: ``sqlite:///file`` or ``postgresql://user:password@host:port/name`` to Django's settings."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from batchwright.kernel.errors import BadInput

BUSY_SECONDS = 20
"""How long a writer waits for another one before it is told that the database is busy."""
KEPT_SECONDS = 600
"""How long a web process keeps a connection for the requests that follow."""

_EXAMPLES = "sqlite:///plant.sqlite3 or postgresql://user:password@host:5432/name"
_POSTGRESQL_OPTIONS = frozenset({"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout"})


def parse(address: str, plant_folder: Path) -> dict[str, Any]:
    """Turn a database address into one entry of Django's ``DATABASES``.

    Args:
        address: The address; "" means a SQLite file in the plant folder.
        plant_folder: Folder that relative SQLite paths start from.

    Returns:
        The settings, with the options the record depends on (durable commits, writers that queue).

    Raises:
        BadInput: If the address is neither SQLite nor PostgreSQL, or lacks a part. The password is never repeated.
    """
    if not address:
        return _sqlite(plant_folder / "plant.sqlite3")
    parts = urlsplit(address)
    if parts.scheme == "sqlite":
        return _sqlite(_sqlite_path(parts, plant_folder))
    if parts.scheme in {"postgresql", "postgres"}:
        return _postgresql(parts)
    raise BadInput("The kind of database is not known", value=parts.scheme or "none", limit=_EXAMPLES)


def _sqlite_path(parts: SplitResult, plant_folder: Path) -> Path:
    path = unquote(parts.path).removeprefix("/")
    if parts.netloc or not path or path == ":memory:":
        raise BadInput(
            "A SQLite address needs three slashes and a file; a plant is not kept in memory",
            value=parts.geturl(),
            limit="sqlite:///plant.sqlite3, or four slashes for an absolute path",
        )
    return plant_folder / path


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "batchwright.record.backends.sqlite3",
        "NAME": str(path),
        "ATOMIC_REQUESTS": False,
        # Kept from request to request: a new connection reads all tables and guards first, and prepares every
        # statement with the guards' programs anew, which is half the processor time of a recorded step.
        "CONN_MAX_AGE": KEPT_SECONDS,
        "OPTIONS": {
            # A write transaction takes its place in the queue at BEGIN: one commit order, no lock upgrade that fails.
            "transaction_mode": "IMMEDIATE",
            "timeout": BUSY_SECONDS,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
        },
    }


def _postgresql(parts: SplitResult) -> dict[str, Any]:
    name = unquote(parts.path).removeprefix("/")
    if not name:
        raise BadInput("A PostgreSQL address needs the name of a database", limit=_EXAMPLES)
    try:
        port = parts.port
    except ValueError as error:
        raise BadInput("The port of the database is not a port number", limit="1 to 65535") from error
    options = dict(parse_qsl(parts.query))
    if unknown := sorted(options.keys() - _POSTGRESQL_OPTIONS):
        raise BadInput(
            "An option of the database address is not known",
            value=", ".join(unknown),
            limit=", ".join(sorted(_POSTGRESQL_OPTIONS)),
        )
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "batchwright.record.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": options.pop("port", None) or str(port or ""),
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": KEPT_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"client_encoding": "UTF8", "connect_timeout": BUSY_SECONDS, **options},
    }
