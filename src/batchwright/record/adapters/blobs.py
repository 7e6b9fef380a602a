"""Where attachments are kept: a store of bytes under the name of their own SHA-256, so that none can change unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from batchwright.kernel.errors import Unavailable
from batchwright.record import durable
from batchwright.record.verifier import Broken

_NAME = re.compile("[0-9a-f]{64}")


class BlobStore(Protocol):
    """Port: bytes in, their SHA-256 out; what was put in once stays."""

    def put(self, content: bytes) -> str:
        """Keep bytes; putting the same bytes again changes nothing.

        Args:
            content: The bytes.

        Returns:
            Their SHA-256, 64 lower-case hexadecimal digits; they are safe on disk when it returns.

        Raises:
            Unavailable: If they cannot be kept.
        """

    def get(self, sha: str) -> bytes:
        """Give bytes back, after checking that they are still the ones that were put in.

        Args:
            sha: Their SHA-256.

        Returns:
            The bytes.

        Raises:
            Broken: If they are missing (cause ``missing``) or altered (cause ``attachment``).
            Unavailable: If the store cannot be read.
        """

    def exists(self, sha: str) -> bool:
        """Say whether there is something under this name, without reading it.

        Args:
            sha: A SHA-256.

        Returns:
            Whether there is.
        """

    def iterate(self) -> Iterator[str]:
        """Give every name in the store, sorted.

        Returns:
            SHA-256 of what is kept, one after the other.
        """


class FileBlobs:
    """A folder of files, ``ab/cd/abcd...``: two levels of 256, so that no folder grows past what tools can list.

    A file is written beside its place under a passing name, flushed to disk, and only then given its name: after a
    power failure a name holds either the whole content or nothing.
    """

    def __init__(self, folder: Path) -> None:
        """Take a folder; it is made at the first `put`.

        Args:
            folder: Where the files lie.
        """
        self._folder = folder

    def put(self, content: bytes) -> str:
        sha = sha256(content).hexdigest()
        path = self._path(sha)
        try:
            # What lies there and is not the content (a damaged disk) is written anew.
            if not path.exists() or path.read_bytes() != content:
                _make_folder(path.parent)
                durable.replace(path, content)
        except OSError as error:
            raise Unavailable(
                "The attachment cannot be kept", value=f"{path}: {error.strerror}",
                remedy="Look at the disk, then try again.",
            ) from error  # fmt: skip
        return sha

    def get(self, sha: str) -> bytes:
        path = self._path(sha)
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise Broken(f"attachment {sha} is not in the store", cause="missing") from error
        except OSError as error:
            raise Unavailable("The attachment cannot be read", value=f"{path}: {error.strerror}") from error
        return _checked(content, sha)

    def exists(self, sha: str) -> bool:
        return self._path(sha).is_file()

    def iterate(self) -> Iterator[str]:
        for path in sorted(self._folder.glob("??/??/*")):
            if _NAME.fullmatch(path.name):
                yield path.name

    def _path(self, sha: str) -> Path:
        _check_name(sha)
        return self._folder / sha[:2] / sha[2:4] / sha


class MemoryBlobs:
    """A store in memory, for tests and rehearsals."""

    def __init__(self) -> None:
        """Start empty."""
        self._kept: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        sha = sha256(content).hexdigest()
        self._kept[sha] = bytes(content)
        return sha

    def get(self, sha: str) -> bytes:
        _check_name(sha)
        if sha not in self._kept:
            raise Broken(f"attachment {sha} is not in the store", cause="missing")
        return _checked(self._kept[sha], sha)

    def exists(self, sha: str) -> bool:
        _check_name(sha)
        return sha in self._kept

    def iterate(self) -> Iterator[str]:
        yield from sorted(self._kept)


def _check_name(sha: str) -> None:
    if not _NAME.fullmatch(sha):
        raise Broken(f"{sha!r} is not a SHA-256 in lower-case hexadecimal digits", cause="attachment")


def _checked(content: bytes, sha: str) -> bytes:
    found = sha256(content).hexdigest()
    if found != sha:
        raise Broken(f"attachment {sha} was altered: its bytes now have the hash {found}", cause="attachment")
    return content


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, each one's name settled on disk."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    durable.settle(folder.parent)
