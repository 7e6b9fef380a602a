"""The secret key that signs sessions."""

import threading
from pathlib import Path

import pytest

from batchwright.kernel.errors import BadInput
from batchwright.site import secret


def test_it_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "plant" / "secret_key"
    first = secret.kept_in(file)
    assert len(first) >= 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert secret.kept_in(file) == first
    assert [path.name for path in file.parent.iterdir()] == ["secret_key"]


def test_processes_that_start_at_once_end_up_with_the_same_key(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    barrier = threading.Barrier(8)
    keys: list[str] = []

    def begin() -> None:
        barrier.wait()
        keys.append(secret.kept_in(file))

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1


@pytest.mark.requirement("11.300(d)")
def test_a_key_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    secret.kept_in(file)
    file.chmod(0o644)
    with pytest.raises(BadInput, match=f"mode 0644.*chmod 600 {file}"):
        secret.kept_in(file)


def test_a_key_that_was_cut_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret_key"
    file.touch(mode=0o600)
    with pytest.raises(BadInput, match="0 characters"):
        secret.kept_in(file)
