"""What is written without waiting is brought to the disk, the file before the name that it stands under."""

import os
from pathlib import Path

import pytest

from batchwright.record import durable


def test_a_file_is_on_disk_before_its_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "plant.sqlite3"
    file.write_bytes(b"all of it")
    waited: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: waited.append(os.fstat(descriptor).st_ino))
    durable.sync(file)
    assert waited == [file.stat().st_ino, tmp_path.stat().st_ino]
