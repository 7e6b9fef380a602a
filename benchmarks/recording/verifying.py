"""Verify a ledger beside a plain loop over the same bytes: ``python -m benchmarks.recording.verifying WHAT``.

``loop`` reads seq, bytes and hash of every entry by the engine's own driver and computes the SHA-256 of the bytes, no
more. ``chain`` is the first part of ``batchwright record verify``: chain, Merkle tree and checkpoints. ``whole`` is
all of it, with the meaning of every entry and every row of every table.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import time
from typing import Any

import django

_AT_A_TIME = 2000
_SELECT = "SELECT seq, body, hash FROM record_entry ORDER BY seq"


def loop() -> dict[str, Any]:
    """Read and hash."""
    from django.db import connection

    connection.ensure_connection()
    driver: Any = connection.connection
    sha256 = hashlib.sha256
    began = time.perf_counter()
    if connection.vendor == "sqlite":
        for _, body, _ in driver.execute(_SELECT):
            sha256(body).digest()
    else:
        with driver.transaction(), driver.cursor(name="loop") as cursor:
            cursor.itersize = _AT_A_TIME
            for _, body, _ in cursor.execute(_SELECT):
                sha256(body).digest()
    seconds = time.perf_counter() - began
    with connection.cursor() as counting:
        counting.execute("SELECT count(*), sum(length(body)) FROM record_entry")
        entries, size = counting.fetchone()
    return {"entries": entries, "bytes": int(size), "seconds": seconds}


def chain() -> dict[str, Any]:
    """Verify as far as the checkpoints."""
    from batchwright.record.verification import verify

    times: list[float] = []

    def progress(step: str, done: int, total: int) -> bool:  # noqa: ARG001 - as verify calls it
        if step != "chain":
            return False
        times.append(time.perf_counter())
        return True

    report = verify(progress=progress)
    if report.findings:
        raise SystemExit(f"The record does not hold: {report.findings[:3]}")
    return {"entries": report.entries, "checkpoints": report.checkpoints, "seconds": times[-1] - times[0]}


def whole() -> dict[str, Any]:
    """Verify everything."""
    from batchwright.record.verification import verify

    report = verify()
    if report.findings:
        raise SystemExit(f"The record does not hold: {report.findings[:3]}")
    return {"entries": report.entries, "rows": report.rows, "seconds": report.seconds}


def main() -> None:
    """Do what is asked for, and say what it took."""
    django.setup()
    done = {"loop": loop, "chain": chain, "whole": whole}[sys.argv[1]]()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**done, "peak_mib": round(peak, 1)}))


if __name__ == "__main__":
    main()
