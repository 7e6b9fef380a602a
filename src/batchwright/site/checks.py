"""What is wrong with an installation and how to mend it, beyond what a process must know before it starts.

`batchwright.site.start` looks at what nothing can be recorded without; here follows what a plant in production needs
beside that. A finding that is fine and has a remedy is a note: true of a trial, not to be left so in production.
"""

from __future__ import annotations

import http.client
import os
import shutil
import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from batchwright.kernel import clock
from batchwright.site import plant_time, processes, programs, start
from batchwright.site.configuration import Configuration
from batchwright.site.start import Finding

OLDEST_POSTGRESQL = 140000
OLDEST_SQLITE = (3, 37, 0)
DRIFT = timedelta(seconds=2)
LEAST_SPACE = 500 * 1024**2
"""Bytes below which a folder is as good as full."""
LITTLE_SPACE = 5 * 1024**3
BACKUP_AGE = timedelta(days=2)
VERIFICATION_AGE = timedelta(days=8)
_GIBIBYTE = 1024**3
_WEB_SECONDS = 5.0


def look(*, running: bool = False, ask_web: bool = True) -> list[Finding]:
    """Look at everything.

    Args:
        running: Whether it must all be as in production: web and worker run, and commits wait for the disk.
        ask_web: Whether to ask the web process if it answers.

    Returns:
        The findings, in the order in which to mend them. After a database that does not answer little follows.
    """
    configuration: Configuration = settings.CONFIGURATION
    findings = start.check()
    sound = all(finding.fine for finding in findings)
    findings += _address(configuration)
    findings += _folders(configuration)
    findings += _programs()
    if sound:
        findings += _database(must=running)
        findings.append(_clock())
        findings += _keeping()
    if ask_web:
        findings.append(_web(configuration, must=running))
    findings.append(_worker(must=running))
    return findings


def _database(*, must: bool) -> Iterator[Finding]:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            journal = cursor.execute("PRAGMA journal_mode").fetchone()[0]
            flush = cursor.execute("PRAGMA synchronous").fetchone()[0]
        fine = sqlite3.sqlite_version_info >= OLDEST_SQLITE and journal == "wal" and flush == 2
        says = f"SQLite {sqlite3.sqlite_version}, journal {journal}, synchronous {flush}"
        remedy = (
            "" if fine else "SQLite 3.37 or newer with journal wal and synchronous 2 is needed; see who changed it."
        )
        yield Finding("database settings", fine=fine, says=says, remedy=remedy)
        if _public(settings.CONFIGURATION):
            yield Finding("kind of database", fine=True, says="SQLite, one writer at a time",
                          remedy="In production set database_url to PostgreSQL.")  # fmt: skip
        return
    names = ("server_version", "server_encoding", "fsync", "full_page_writes")
    with connection.cursor() as cursor:
        held = {name: _shown(cursor, name) for name in names}
    number = connection.pg_version  # type: ignore[attr-defined]
    wrong = []
    if number < OLDEST_POSTGRESQL:
        wrong.append("PostgreSQL 14 or newer is needed.")
    if held["server_encoding"] != "UTF8":
        wrong.append("Make the database anew with ENCODING 'UTF8'.")
    sound = not wrong
    off = [name for name in ("fsync", "full_page_writes") if held[name] != "on"]
    if off:
        wrong.append(f"Set {' and '.join(off)} to on in postgresql.conf: what was acknowledged could be lost.")
    says = ", ".join(f"{name} {value}" for name, value in held.items())
    yield Finding("database settings", fine=sound and not (off and must), says=says, remedy=" ".join(wrong))


def _shown(cursor: object, name: str) -> str:
    cursor.execute("SELECT current_setting(%s)", [name])  # type: ignore[attr-defined]
    return str(cursor.fetchone()[0])  # type: ignore[attr-defined]


def _clock() -> Finding:
    """Against the database's clock where it has one of its own, and against the last entry, which is never later."""
    from batchwright import record

    simulated = plant_time.pace(settings.CONFIGURATION)
    if simulated is not None:
        told = f"simulated: {simulated.speed:g} times as fast as this machine's, {simulated.ahead_seconds:.0f} s ahead"
        return Finding("clock", fine=True, says=told, remedy="For a demo only; never where people make medicines.")
    now = clock.now()
    says, ahead = [], timedelta(0)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            theirs: datetime = (cursor.fetchone() or (now,))[0]
        ahead = theirs - now
        says.append(f"{abs(ahead).total_seconds():.3f} s apart from the database's")
    last = record.Entry.objects.order_by("-seq").values_list("at", flat=True).first()
    future = last is not None and last - now > DRIFT
    if future:
        says.append(f"the last entry was written at {clock.iso(last)}, after now" if last else "")
    fine = abs(ahead) <= DRIFT and not future
    remedy = "" if fine else "Let chrony or systemd-timesyncd keep the time on both machines; write nothing before."
    return Finding("clock", fine=fine, says=", ".join(says) or "not before the last entry", remedy=remedy)


def _folders(configuration: Configuration) -> Iterator[Finding]:
    """Space where the plant keeps files, and that this account may write there."""
    places = {"plant folder": configuration.plant_folder}
    if connection.vendor == "sqlite":
        places["folder of the database"] = Path(connection.settings_dict["NAME"]).parent
    for name, place in places.items():
        if not place.is_dir():
            continue
        if not os.access(place, os.W_OK | os.X_OK):
            yield Finding(name, fine=False, says=f"this account cannot write in {place}",
                          remedy=f"Give it to the account that runs the plant: chown -R ACCOUNT {place}")  # fmt: skip
            continue
        free = shutil.disk_usage(place).free
        remedy = "" if free >= LITTLE_SPACE else "Free some, or give it a larger disk."
        says = f"{free / _GIBIBYTE:.1f} GiB free in {place}"
        yield Finding(name, fine=free >= LEAST_SPACE, says=says, remedy=remedy)


def _public(configuration: Configuration) -> bool:
    return configuration.public_host not in ("localhost", "127.0.0.1", "::1")


def _address(configuration: Configuration) -> Iterator[Finding]:
    encrypted = configuration.public_url.startswith("https://")
    says = configuration.public_url
    if not encrypted and _public(configuration):
        yield Finding("public address", fine=False, says=f"{says} is not encrypted: cookies and passwords travel in "
                      "clear, and no browser allows passkeys",
                      remedy="Put a proxy with TLS in front, set public_url to https, and behind_proxy.")  # fmt: skip
    elif encrypted and not configuration.behind_proxy:
        yield Finding("public address", fine=False, says=f"{says}, and nothing ends TLS: every request is sent round "
                      "in circles",
                      remedy="Put a proxy in front that sets X-Forwarded-Proto, and set behind_proxy.")  # fmt: skip
    else:
        yield Finding("public address", fine=True, says=says + (", cookies sent encrypted only" if encrypted else ""))
    if configuration.behind_proxy and configuration.web_address not in ("127.0.0.1", "::1", "localhost"):
        yield Finding("address of web", fine=True, says=f"{configuration.web_address}: who reaches it past the proxy "
                      "is believed to come over TLS",
                      remedy="Set web_address = \"127.0.0.1\", or let a firewall admit the proxy alone.")  # fmt: skip
    if configuration.debug and _public(configuration):
        yield Finding("debug", fine=False, says="error pages show the plant's inside", remedy="Set debug = false.")


def _programs() -> Iterator[Finding]:
    """What labels and documents are set with comes along; only the copies of PostgreSQL need a program."""
    import typst

    yield Finding("typesetting", fine=True, says=f"typst {getattr(typst, '__version__', 'present')} with its fonts")
    if connection.vendor == "postgresql":
        from batchwright.kernel.errors import Unavailable

        try:
            yield Finding("pg_dump", fine=True, says=programs.postgresql("pg_dump"))
        except Unavailable as error:
            yield Finding("pg_dump", fine=True, says="not installed; no back-up can be made here", remedy=error.remedy)


def _keeping() -> Iterator[Finding]:
    from batchwright import record

    now, last = clock.now(), processes.last_backup()
    remedy = "Run: batchwright backup --to FILE; see docs/how-to/production.md."
    if last is None:
        yield Finding("back-up", fine=True, says="none was made by batchwright backup yet", remedy=remedy)
    else:
        says = f"the last was made at {clock.iso(last)}"
        yield Finding("back-up", fine=True, says=says, remedy=remedy if now - last > BACKUP_AGE else "")
    outcome = record.latest_outcome()
    remedy = "Verify it from the page of the record; and with: batchwright record verify."
    if outcome is None or outcome.finished_at is None:
        yield Finding("verification", fine=True, says="the record was not verified from its page yet", remedy=remedy)
        return
    whole, old = outcome.state == "whole", now - outcome.finished_at > VERIFICATION_AGE
    says = f"{outcome.state} up to entry {outcome.covered_to} at {clock.iso(outcome.finished_at)}"
    if not whole:
        remedy = "Stop the plant, keep the disk as it is, call quality assurance."
    yield Finding("verification", fine=whole, says=says, remedy=remedy if old or not whole else "")


def _web(configuration: Configuration, *, must: bool) -> Finding:
    """Ask as the proxy does; any answer of ours will do."""
    place = f"{configuration.web_address}:{configuration.web_port}"
    reached = "127.0.0.1" if configuration.web_address in ("0.0.0.0", "::") else configuration.web_address  # noqa: S104
    asked = http.client.HTTPConnection(reached, configuration.web_port, timeout=_WEB_SECONDS)
    told = {"Host": urlsplit(configuration.public_url).netloc, "X-Forwarded-Proto": "https"}
    try:
        asked.request("GET", "/health", headers=told)
        status = asked.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        says = f"{place} does not answer: {getattr(error, 'strerror', None) or type(error).__name__}"
        return Finding("web", fine=not must, says=says, remedy="Start it: batchwright web; its log says why it ended.")
    finally:
        asked.close()
    remedy = "" if status == 200 else "Look whether public_url and allowed_hosts are those of this plant."
    return Finding("web", fine=status == 200 or not must, says=f"{place} answers with {status}", remedy=remedy)


def _worker(*, must: bool) -> Finding:
    now = clock.now()
    known = [one for one in processes.known() if one.name == "worker"]
    working = [one for one in known if one.alive and now - one.heard_at < processes.SILENCE]
    failed = processes.failures().get("worker")
    past = f"; {failed.count} ends by an error, the last {failed.error} at {clock.iso(failed.at)}" if failed else ""
    if working:
        newest = max(working, key=lambda one: one.heard_at)
        says = f"process {newest.pid} on {newest.host}, last heard {(now - newest.heard_at).total_seconds():.0f} s ago"
        return Finding("worker", fine=True, says=says + past)
    said = "none works" if not known else f"silent since {clock.iso(max(one.heard_at for one in known))}"
    return Finding(
        "worker", fine=not must, says=said + past, remedy="Start it: batchwright worker; its log says why it ended."
    )
