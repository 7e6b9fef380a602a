"""Grow a ledger with valid entries, many to a transaction: ``python -m benchmarks.recording.growing SIZE``.

The entries are what :func:`benchmarks.recording.plant.services.move_container` writes, one after another over
containers of their own; they pass the guards as a replay's do, and the whole record verifies afterwards.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import django

from batchwright.kernel import clock
from benchmarks.recording.preparing import columns

CONTAINERS = 500
"""Containers over which the entries go; the first of them stand after those of the writers."""
_FIRST = 10_000
_BATCH = 10_000
_CHECKPOINT_EVERY = 50_000
_ENTRY = (
    "seq", "at", "type", "actor", "subject", "subject_seq", "sponsor", "idempotency_key", "hash", "body",
)  # fmt: skip
_CHANGE = ("seq", "position", "table", "key", "row_version")


@dataclass(slots=True)
class _Moved:
    """A container while its moves are being written."""

    key: int
    subject: str
    subject_seq: int
    image: dict[str, Any]


class Growth:
    """The end of a ledger, from which it grows."""

    def __init__(self) -> None:
        """Read the last entry, and the containers as the ledger has them."""
        from batchwright.record import images
        from batchwright.record.models import Entry
        from benchmarks.recording.plant.models import Container
        from benchmarks.recording.plant.services import ContainerMoved

        last = Entry.objects.order_by("seq").reverse()[0]
        self.size, self._hash = last.seq, bytes(last.hash).hex()
        self._pattern = Entry.objects.filter(type=ContainerMoved.type)[0].content
        self._moved = []
        for row in Container.objects.filter(code__gte=f"C-{_FIRST}").order_by("id"):
            newest = Entry.objects.filter(subject=row.subject).order_by("-subject_seq").first()
            seq = 0 if newest is None else newest.subject_seq
            self._moved.append(_Moved(row.pk, row.subject, seq, images.of(row)))

    def batch(self, count: int) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[_Moved]]:
        """Make the next entries.

        Args:
            count: How many.

        Returns:
            Rows of the ledger, rows of its index of changes, and the containers as they stand afterwards.
        """
        from batchwright.record import canonical
        from batchwright.record.backends import envelope

        entries, changes = [], []
        touched: dict[int, _Moved] = {}
        for _ in range(count):
            moved = self._moved[self.size % len(self._moved)]
            self.size += 1
            moved.subject_seq += 1
            version = moved.image["version"] + 1
            after = {**moved.image, "version": version, "place": f"rack {self.size % 997}"}
            change = {"table": "bench_container", "key": str(moved.key), "before": moved.image, "after": after}
            said = {
                **self._pattern, "changes": [change], "subject": moved.subject, "salt": secrets.token_hex(16),
                "data": {"code": after["code"], "place": after["place"]},
            }  # fmt: skip
            at = clock.iso(clock.now())
            body = envelope(
                at=at, content=canonical.encode(said), prev_hash=self._hash, seq=self.size,
                subject_seq=moved.subject_seq,
            )  # fmt: skip
            digest = hashlib.sha256(b"\x00" + body).digest()
            self._hash, moved.image = digest.hex(), after
            touched[moved.key] = moved
            entries.append((
                self.size, at.replace("T", " ").removesuffix("Z"), said["type"], said["actor"], moved.subject,
                moved.subject_seq, None, None, digest, body,
            ))  # fmt: skip
            changes.append((self.size, 0, "bench_container", moved.key, version))
        return entries, changes, list(touched.values())


def grow(target: int) -> None:
    """Grow the ledger of the default database.

    Args:
        target: Number of entries afterwards.
    """
    from django.db import connection, transaction

    from batchwright.record import checkpoint

    growth = Growth()
    since = 0
    while growth.size < target:
        entries, changes, moved = growth.batch(min(_BATCH, target - growth.size))
        gate = connection.gate  # type: ignore[attr-defined]
        try:
            with transaction.atomic(durable=True):
                gate.open()
                gate.allow_ledger()
                _insert("record_entry", _ENTRY, entries)
                _insert("record_change", _CHANGE, changes)
                _settle(moved)
        finally:
            gate.close()
        since += len(entries)
        if since >= _CHECKPOINT_EVERY:
            checkpoint()
            since = 0
    checkpoint()
    _analyze()


def _settle(moved: list[_Moved]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE bench_container SET place = %s, version = %s WHERE id = %s",
            [(one.image["place"], one.image["version"], one.key) for one in moved],
        )


def _insert(table: str, names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    from django.db import connection

    listed = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(names))
            cursor.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", rows)
            return
        with cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _analyze() -> None:
    """Do now what the engines do by themselves in time, so that no measurement meets it half done."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")


def _begin() -> None:
    """Take the containers in and move the first, as a pattern."""
    from batchwright.record import SITE, Actor
    from benchmarks.recording.plant.models import Container
    from benchmarks.recording.plant.services import move_container, receive_containers

    if Container.objects.filter(code__gte=f"C-{_FIRST}").exists():
        return
    made = [Container(**values) for values in _columns()]
    receive_containers(actor=SITE, containers=made)
    actor = Actor(id="o.novak", name="Olga Novak", role="operator")
    move_container(actor=actor, container=made[0], place="rack 1", reason="moved for sampling")


def _columns() -> Iterator[dict[str, object]]:
    return (columns(number) for number in range(_FIRST, _FIRST + CONTAINERS))


def main() -> None:
    """Grow to the size that is asked for, and say how large the ledger is."""
    django.setup()
    from batchwright.record.models import Entry

    _begin()
    grow(int(sys.argv[1]))
    print(json.dumps({"entries": Entry.objects.count()}))


if __name__ == "__main__":
    main()
