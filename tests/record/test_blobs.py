"""Attachments: what was put in comes back, or is reported; on every store."""

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchwright.kernel.errors import Unavailable
from batchwright.record.adapters.blobs import BlobStore, FileBlobs, MemoryBlobs
from batchwright.record.verifier import Broken

pytestmark = pytest.mark.requirement("11.10(c)")

CONTENT = b"certificate of analysis"
SHA = sha256(CONTENT).hexdigest()


@pytest.fixture(params=["files", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return FileBlobs(tmp_path / "attachments") if request.param == "files" else MemoryBlobs()


class TestEveryStore:
    def test_what_was_put_in_comes_back_under_its_hash(self, store: BlobStore) -> None:
        assert store.put(CONTENT) == SHA
        assert store.get(SHA) == CONTENT
        assert store.exists(SHA)

    def test_the_same_bytes_are_kept_once(self, store: BlobStore) -> None:
        assert store.put(CONTENT) == store.put(CONTENT)
        assert list(store.iterate()) == [SHA]

    def test_empty_bytes_are_kept_too(self, store: BlobStore) -> None:
        assert store.get(store.put(b"")) == b""

    def test_what_was_never_put_in_is_reported_missing(self, store: BlobStore) -> None:
        assert not store.exists(SHA)
        with pytest.raises(Broken, match="is not in the store") as found:
            store.get(SHA)
        assert found.value.cause == "missing"

    @pytest.mark.parametrize("name", ["", "../../etc/passwd", SHA.upper(), SHA[:-1], SHA + "\n"])
    def test_a_name_that_is_no_hash_is_refused(self, store: BlobStore, name: str) -> None:
        for ask in (store.get, store.exists):
            with pytest.raises(Broken, match="is not a SHA-256"):
                ask(name)

    def test_all_names_are_given_in_order(self, store: BlobStore) -> None:
        assert list(store.iterate()) == []
        names = [store.put(b"%d" % number) for number in range(20)]
        assert list(store.iterate()) == sorted(names)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.binary(max_size=200), max_size=10))
def test_any_bytes_come_back(contents: list[bytes]) -> None:
    store = MemoryBlobs()
    for content in contents:
        assert store.get(store.put(content)) == content


def test_bytes_altered_on_disk_are_reported_and_a_new_put_repairs_them(tmp_path: Path) -> None:
    store = FileBlobs(tmp_path)
    store.put(CONTENT)
    path = tmp_path / SHA[:2] / SHA[2:4] / SHA
    path.write_bytes(b"altered")
    with pytest.raises(Broken, match="was altered") as found:
        store.get(SHA)
    assert found.value.cause == "attachment"
    store.put(CONTENT)
    assert store.get(SHA) == CONTENT


def test_bytes_altered_in_memory_are_reported() -> None:
    store = MemoryBlobs()
    store.put(CONTENT)
    store._kept[SHA] = b"altered"
    with pytest.raises(Broken, match="was altered"):
        store.get(SHA)


def test_a_file_that_was_not_finished_has_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    store = FileBlobs(tmp_path / "new")
    with monkeypatch.context() as patched, pytest.raises(Unavailable, match="No space left on device"):
        (tmp_path / "new" / SHA[:2] / SHA[2:4]).mkdir(parents=True)
        patched.setattr("os.fsync", full)
        store.put(CONTENT)
    assert not store.exists(SHA)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_disk_that_cannot_be_read_is_reported_as_unavailable(tmp_path: Path) -> None:
    store = FileBlobs(tmp_path)
    (tmp_path / SHA[:2] / SHA[2:4] / SHA).mkdir(parents=True)  # a folder where the file should be
    with pytest.raises(Unavailable, match="cannot be read"):
        store.get(SHA)
    with pytest.raises(Unavailable, match="cannot be kept"):
        store.put(CONTENT)


def test_passing_files_are_not_taken_for_attachments(tmp_path: Path) -> None:
    store = FileBlobs(tmp_path)
    store.put(CONTENT)
    (tmp_path / SHA[:2] / SHA[2:4] / ".put-x").write_bytes(b"")
    (tmp_path / SHA[:2] / SHA[2:4] / "notes.txt").write_bytes(b"")
    assert list(store.iterate()) == [SHA]
