"""One plant's history, and the hands of a database administrator who tampers with it and undoes it again."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction

from batchwright import record
from batchwright.kernel import clock
from batchwright.record import guards, images, keyring, services, verifier
from batchwright.record.backends import GENESIS, envelope
from batchwright.record.keys import SigningKey
from batchwright.record.models import Checkpoint, Entry
from batchwright.record.witness import Witness
from tests.gmp import plant
from tests.gmp.entries import NoteMade
from tests.gmp.models import Lot

FIRST, SECOND, TAIL = 100, 170, 24
"""Acts before the first checkpoint, between the two, and after the second one."""


@dataclass(frozen=True)
class Stored:
    """One row of the ledger."""

    seq: int
    at: str
    type: str
    actor: str
    subject: str
    subject_seq: int
    sponsor: str | None
    idempotency_key: str | None
    hash: bytes
    body: bytes

    @property
    def content(self) -> bytes:
        """The canonical bytes of what the writer said."""
        return self.body[44 : self.body.rindex(b',"prev_hash":"')]

    def saying(self, content: bytes) -> Stored:
        """The same row with other content, not chained yet."""
        end = self.body[self.body.rindex(b',"prev_hash":"') :]
        return replace(self, body=self.body[:44] + content + end)


@dataclass
class History:
    """What the ledger holds before anybody touches it."""

    rows: list[Stored]
    sizes: list[int]
    """Sizes of the checkpoints."""
    signed: list[int]
    attached: dict[int, str]
    changing: list[int]
    """Entries that wrote at least one row."""

    @property
    def last(self) -> int:
        return self.rows[-1].seq

    @property
    def covered(self) -> int:
        return self.sizes[-1]

    def good_before(self, seq: int) -> int:
        """The size of the last checkpoint that an entry cannot have changed."""
        return max([size for size in self.sizes if size < seq], default=0)


def live(seed: int = 20261122) -> Witness:
    """Let a plant live through some days, its second checkpoint cosigned by somebody outside."""
    rng = random.Random(seed)
    for number in range(FIRST):
        _act(rng, number)
    services.checkpoint()
    key = SigningKey("outside.example/witness", Ed25519PrivateKey.generate())
    services.register_witness(actor=plant.SUPERVISOR, name=key.name, vkey=key.cosigner.vkey)
    for number in range(FIRST, FIRST + SECOND):
        _act(rng, number)
    head = services.checkpoint()
    assert head is not None
    outside = Witness(key, (keyring.signing_key().public,))
    services.add_cosignature(head.tree_size, outside.consider(head.note))
    for number in range(FIRST + SECOND, FIRST + SECOND + TAIL):
        _act(rng, number)
    return outside


def read() -> History:
    """Read the ledger as it stands."""
    entries = list(Entry.objects.order_by("seq"))
    rows = [
        Stored(
            entry.seq, clock.iso(entry.at), entry.type, entry.actor, entry.subject, entry.subject_seq, entry.sponsor,
            entry.idempotency_key, bytes(entry.hash), bytes(entry.body),
        )
        for entry in entries
    ]  # fmt: skip
    return History(
        rows=rows,
        sizes=list(Checkpoint.objects.order_by("tree_size").values_list("tree_size", flat=True)),
        signed=[entry.seq for entry in entries if entry.content["attestations"]],
        attached={entry.seq: part["sha256"] for entry in entries for part in entry.content["attachments"]},
        changing=[entry.seq for entry in entries if entry.changes],
    )


def _act(rng: random.Random, number: int) -> None:
    lots = list(Lot.objects.all())
    what = number % 8
    if what == 0 or len(lots) < 4:
        plant.receive_lot(f"L-{number}", str(rng.randrange(1, 9999)), idempotency_key=f"k-{number}", pin=str(number))
        return
    lot = rng.choice(lots)
    if what == 1:
        plant.fill_container(lot, f"A{number}")
    elif what in (2, 5):
        plant.change_lot(lot, mass=str(rng.randrange(1, 9999)), facts={"n": number}, photo=bytes([number % 256]))
    elif what == 3:
        _sign(lot, number)
    elif what == 4 and not lot.containers.exists():
        plant.remove_lot(lot)
    elif what == 6:
        with record.entry(NoteMade(text="file"), actor=plant.OPERATOR, subject=lot, sponsor="ACME") as entry:
            entry.attach("a.txt", f"attachment {number}".encode(), media_type="text/plain")
            entry.update(lot, note=f"file {number}")
    else:
        plant.reject_lot(lot, reason=f"reason {number}")


def _sign(lot: Lot, number: int) -> None:
    shown = f"Lot {lot.name} of {lot.mass} kg, {number}"
    statement = {
        "signer": plant.SUPERVISOR.id, "printed_name": plant.SUPERVISOR.name, "meaning": "reviewed",
        "subject": lot.subject, "subject_version": lot.version, "shown": shown,
        "shown_sha256": hashlib.sha256(shown.encode()).hexdigest(), "prepared_at": clock.iso(clock.now()),
    }  # fmt: skip
    with record.entry(NoteMade(text="reviewed"), actor=plant.SUPERVISOR, subject=lot) as entry:
        entry.update(lot, note=f"reviewed {number}")
        entry.attest(
            {"kind": "password/1", "statement": statement, "statement_hash": verifier.challenge(statement).hex()}
        )


def chained(rows: Sequence[Stored], after: Stored | None) -> list[Stored]:
    """Number, chain and hash rows anew, as somebody who knows the format would."""
    made: list[Stored] = []
    before = after
    for row in rows:
        seq = 1 if before is None else before.seq + 1
        prev = GENESIS if before is None else before.hash.hex()
        body = envelope(at=row.at, content=row.content, prev_hash=prev, seq=seq, subject_seq=row.subject_seq)
        before = replace(row, seq=seq, body=body, hash=hashlib.sha256(b"\0" + body).digest())
        made.append(before)
    return made


def run(statement: str, *values: Any) -> None:
    """Run one statement as the database's owner."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def unguarded(*tables: str) -> Iterator[None]:
    """Take the guards of some tables away and put them back exactly as they were."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            marks = ", ".join(["%s"] * len(tables))
            cursor.execute(
                f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({marks})", tables
            )
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            yield
            for _, definition in triggers:
                cursor.execute(definition)
        return
    for table in tables:
        run(f'ALTER TABLE "{table}" DISABLE TRIGGER ALL')
    yield
    for table in tables:
        run(f'ALTER TABLE "{table}" ENABLE TRIGGER ALL')
        with connection.cursor() as cursor:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"')


_COLUMNS = "seq, at, type, actor, subject, subject_seq, sponsor, idempotency_key, hash, body"


def rewrite(history: History, start: int, rows: Sequence[Stored]) -> None:
    """Put other rows in the ledger's place from a number on; rows that stay as they were are left alone."""
    keep = {row for row in rows if row.seq >= start} & set(history.rows)
    kept = {row.seq for row in keep}
    zone = "" if connection.vendor == "sqlite" else "+00"
    new = [
        (row.seq, row.at.replace("T", " ").removesuffix("Z") + zone, row.type, row.actor, row.subject,
         row.subject_seq, row.sponsor, row.idempotency_key, row.hash, row.body)
        for row in rows if row not in keep
    ]  # fmt: skip
    gone = [row.seq for row in history.rows if row.seq >= start and row.seq not in kept]
    with unguarded("record_entry"):
        if gone:
            run(f"DELETE FROM record_entry WHERE seq IN ({', '.join(['%s'] * len(gone))})", *gone)
        if new:
            places = ", ".join([f"({', '.join(['%s'] * 10)})"] * len(new))
            run(f"INSERT INTO record_entry ({_COLUMNS}) VALUES {places}", *(value for row in new for value in row))


def tables_as_of(seq: int) -> None:
    """Bring the GMP tables and the index of changes back to where they were after an entry."""
    known = {model._meta.db_table: model for model in guards.gmp_models()}
    state: dict[tuple[str, int], Any] = {}
    touched = set()
    for entry in Entry.objects.order_by("seq"):
        for change in entry.changes:
            place = (change["table"], int(change["key"]))
            if entry.seq <= seq:
                state[place] = change["after"]
            else:
                touched.add(place)
    with unguarded("record_change", *{table for table, _ in touched}):
        run("DELETE FROM record_change WHERE seq > %s", seq)
        for table, key in touched:
            run(f'DELETE FROM "{table}" WHERE id = %s', key)
        for place in sorted(touched, key=lambda place: place[0], reverse=True):
            image = state.get(place)
            if image is not None:
                images.row(known[place[0]], image).save_base(raw=True, force_insert=True)
