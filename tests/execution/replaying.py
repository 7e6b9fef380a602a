"""Whether the record rebuilds the plant as it is."""

import os
from pathlib import Path

from batchwright.record import verification
from tests.databases import administer, engine
from tests.record.rebuilding import rebuilt


def is_whole_and_replays(folder: Path) -> bool:
    """Verify the record, rebuild the plant from it beside, and compare every table.

    Args:
        folder: Where a rebuilt SQLite database may lie.

    Returns:
        Whether nothing is wrong and nothing differs.
    """
    report = verification.verify()
    assert report.whole, report
    if engine() == "sqlite":
        found = rebuilt({"NAME": str(folder / "rebuilt.sqlite3")})
    else:
        name = f"rebuilt_{os.getpid()}"
        administer(f'CREATE DATABASE "{name}"')
        try:
            found = rebuilt({"NAME": name})
        finally:
            administer(f'DROP DATABASE "{name}" WITH (FORCE)')
    assert found.equal, found
    return True
