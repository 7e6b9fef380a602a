"""Programs of the system that the site asks for, found where Debian keeps them."""

import shutil
from pathlib import Path

from batchwright.kernel.errors import Unavailable

_DEBIAN = Path("/usr/lib/postgresql")


def postgresql(name: str) -> str:
    """Find one of PostgreSQL's programs: the newest of those Debian keeps, or the one on the path.

    Args:
        name: Its name, such as ``pg_dump``; one that is newer than the server reads it, an older one refuses.

    Returns:
        Its path.

    Raises:
        Unavailable: If it is not installed.
    """
    kept = [path for path in _DEBIAN.glob(f"*/bin/{name}") if path.parts[-3].isdigit()]
    if kept:
        return str(max(kept, key=lambda path: int(path.parts[-3])))
    if found := shutil.which(name):
        return found
    raise Unavailable(
        "A program of PostgreSQL is not installed", value=name, remedy="On Debian: apt-get install postgresql-client"
    )
