"""On what it was measured."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import subprocess
import time
from importlib.metadata import version
from pathlib import Path

from tests import postgresql

_WRITES = 200


def describe(folder: Path) -> dict[str, str | float]:
    """Describe the machine and what runs on it.

    Args:
        folder: A folder on the disk that is measured.

    Returns:
        Names and values; ``flush_ms`` is the median time of one write of 4 KiB that waits for the disk.
    """
    server = subprocess.run([postgresql.binary("postgres"), "--version"], capture_output=True, text=True, check=True)
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "postgresql": server.stdout.split()[2],
        **{name: version(name) for name in ("django", "psycopg", "django-simple-history", "eventsourcing")},
        "flush_ms": round(_flush(folder / "flush"), 3),
        "load": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.is_file():
        for line in described.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _flush(file: Path) -> float:
    times = []
    with file.open("wb") as opened:
        for _ in range(_WRITES):
            began = time.perf_counter()
            opened.write(bytes(4096))
            opened.flush()
            os.fdatasync(opened.fileno())
            times.append(1000 * (time.perf_counter() - began))
    file.unlink()
    return statistics.median(times)
