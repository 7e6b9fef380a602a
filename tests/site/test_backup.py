"""A back-up made while people work brings the plant back, and the record itself proves that it is the same one."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from batchwright import record
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.record.models import Entry
from batchwright.site import backup, locked, restoring
from tests import databases
from tests.conftest import PlantDatabase
from tests.gmp import plant
from tests.gmp.entries import NoteMade

PASSPHRASE = "correct horse battery staple"


def batchwright(database: PlantDatabase, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command line on another plant, as an administrator uses it."""
    told = {**database.environment(), "BATCHWRIGHT_PLANT_FOLDER": str(folder), "COLUMNS": "200", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "batchwright.cli", *words],
        env=told, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip


@contextmanager
def empty_database(name: str, folder: Path) -> Iterator[PlantDatabase]:
    database = databases.named(name, folder)
    if database.engine == "postgresql":
        databases.administer(f'CREATE DATABASE "{name}"')
    try:
        yield database
    finally:
        databases.discard(database)


@contextmanager
def writers(count: int) -> Iterator[list[int]]:
    """Threads that write until the end, with a file now and then; gives what they were told is recorded."""
    told: list[int] = []
    ended = threading.Event()

    def write(name: int) -> None:
        number = 0
        while not ended.is_set():
            number += 1
            with record.entry(NoteMade(text=f"{name}-{number}"), actor=plant.OPERATOR, subject="note/x") as entry:
                if number % 5 == 0:
                    entry.attach("a.txt", f"{name} {number}".encode(), media_type="text/plain")
            told.append(entry.receipt.seq)
        connection.close()

    threads = [threading.Thread(target=write, args=(one,)) for one in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield told
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def wait_for_more(told: list[int], more: int) -> None:
    enough, until = len(told) + more, time.monotonic() + 300
    while len(told) < enough:
        assert time.monotonic() < until, "nobody writes any more"
        time.sleep(0.005)


@pytest.mark.slow
@pytest.mark.requirement("11.10(c)")
@pytest.mark.requirement("Annex 11, 7", "ALCOA+ enduring", "211.68(b)")
def test_a_back_up_made_while_people_write_is_whole_and_brings_the_plant_back(
    plant_database: PlantDatabase, tmp_path: Path
) -> None:
    record.checkpoint()
    file, secret = tmp_path / "plant.backup", tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    with writers(2) as told:
        wait_for_more(told, 20)
        made = backup.make(file, actor=record.SITE, passphrase=PASSPHRASE)
        wait_for_more(told, 10)
    assert 20 < made.manifest.covered_to < Entry.objects.order_by("-seq")[0].seq
    assert made.manifest.attachments > 0
    assert file.stat().st_mode & 0o077 == 0
    written = Entry.objects.get(seq=made.receipt.seq)
    assert written.data["covered_to"] == made.manifest.covered_to

    folder = tmp_path / "back"
    with empty_database(f"back_{os.getpid()}", tmp_path) as database:
        words = ("restore", str(file), "--passphrase-file", str(secret))
        restored = batchwright(database, folder, *words, "--reason", "rehearsal")
        assert restored.returncode == 0, restored.stderr
        assert f"up to entry #{made.manifest.covered_to}" in restored.stdout

        verified = batchwright(database, folder, "record", "verify", "--json")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        report = json.loads(verified.stdout)
        assert report["whole"]
        assert report["entries"] > made.manifest.covered_to  # and the restoration
        assert 0 < report["attachments"] <= made.manifest.attachments  # some came after the copy of the database
        with empty_database(f"again_{os.getpid()}", tmp_path) as again:
            into = again.name if again.engine == "sqlite" else again.address
            replayed = batchwright(database, folder, "record", "replay", "--into", into)
            assert replayed.returncode == 0, replayed.stdout + replayed.stderr
        # the keys came along: the same site signs on
        assert batchwright(database, folder, "record", "checkpoint").returncode == 0


@pytest.fixture
def small(plant_database: PlantDatabase, tmp_path: Path) -> Path:
    plant.say("one note")
    file = tmp_path / "small.backup"
    backup.make(file, actor=record.SITE)
    return file


def test_a_back_up_takes_nobodys_place_and_is_whole_or_not_there(small: Path) -> None:
    before = small.read_bytes()
    with pytest.raises(DomainError, match="exists already"):
        backup.make(small, actor=record.SITE)
    with pytest.raises(DomainError, match="passphrase is too short"):
        backup.make(small.with_name("other"), actor=record.SITE, passphrase="short")
    assert small.read_bytes() == before
    assert [path.name for path in small.parent.iterdir() if "backup" in path.name] == ["small.backup"]


def unpack(file: Path, into: Path) -> None:
    restoring._unpack(file, into)


def rewritten(file: Path, change: str, content: bytes | None) -> Path:
    """The same back-up with one member changed, dropped (None) or added."""
    other = file.with_name(f"changed-{change.replace('/', '-')}")
    with tarfile.open(file) as old, tarfile.open(other, "w:gz") as new:
        names = old.getnames()
        for member in old:
            kept = old.extractfile(member)
            data = kept.read() if kept is not None else b""
            if member.name == change:
                if content is None:
                    continue
                data = content
            info = tarfile.TarInfo(member.name)
            info.size = len(data)
            new.addfile(info, io.BytesIO(data))
        if change not in names and content is not None:
            info = tarfile.TarInfo(change)
            info.size = len(content)
            new.addfile(info, io.BytesIO(content))
    return other


@pytest.mark.requirement("Annex 11, 7")
def test_a_damaged_back_up_is_refused_before_anything_is_put_in_place(small: Path, tmp_path: Path) -> None:
    name = backup.DATABASES[connection.vendor]
    sha = "ab" * 32
    for number, (change, content) in enumerate(
        [(name, b"other"), (name, None), ("manifest.json", None), ("manifest.json", b"{}"), ("../outside", b"x"),
         (f"attachments/ab/ab/{sha}", b"not these bytes"), ("keys.pem", b"x")]
    ):  # fmt: skip
        with pytest.raises(DomainError, match="damaged"):
            unpack(rewritten(small, change, content), tmp_path / f"out-{number}")
    assert not (tmp_path / "outside").exists()
    cut = tmp_path / "cut"
    cut.write_bytes(small.read_bytes()[:-200])
    with pytest.raises(DomainError, match="cut off"):
        unpack(cut, tmp_path / "out-cut")
    other = json.dumps({"format": "batchwright-backup/99"}).encode()
    with pytest.raises(DomainError, match="another format"):
        unpack(rewritten(small, "manifest.json", other), tmp_path / "out-format")


def test_a_back_up_is_not_put_over_a_plant_nor_into_another_engine(small: Path) -> None:
    with pytest.raises(DomainError, match="A reason is required"):
        restoring.restore(small, actor=record.SITE, reason=" ")
    with pytest.raises(DomainError, match="stands here already"):
        restoring.restore(small, actor=record.SITE, reason="mistake")
    with tarfile.open(small) as tar:
        manifest = restoring._manifest(restoring._content(tar, tar.getmember("manifest.json")), small)
    with pytest.raises(DomainError, match="no keys in the back-up"):
        restoring._require_fitting(manifest, PASSPHRASE)
    settings_of = {"sqlite": "postgresql", "postgresql": "sqlite"}[connection.vendor]
    other = backup.Manifest(**{**{name: getattr(manifest, name) for name in manifest.__slots__}, "engine": settings_of})
    with pytest.raises(DomainError, match="another kind of database"):
        restoring._require_fitting(other, None)


@pytest.mark.requirement("11.10(c)")
def test_keys_open_with_their_passphrase_alone() -> None:
    kept = locked.lock({"site.pem": b"private"}, PASSPHRASE)
    assert b"private" not in kept
    assert locked.unlock(kept, PASSPHRASE) == {"site.pem": b"private"}
    for content, passphrase in ((kept, PASSPHRASE + "!"), (kept[:-9] + b'AAAAAAA"}', PASSPHRASE), (b"{}", PASSPHRASE)):
        with pytest.raises(BadInput, match="cannot be opened"):
            locked.unlock(content, passphrase)
