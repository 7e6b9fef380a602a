"""Which processes of the plant live: each leaves a small file in the plant folder, and the worker renews its own.

Files rather than rows: they can be read, and a failure noted, while the database does not answer, and a sign of life
writes nothing to the plant's database. All processes share the plant folder already, for keys and attachments.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from batchwright.kernel import clock
from batchwright.site.entries import SiteBackedUp

SILENCE = timedelta(seconds=30)
"""A worker that has said nothing for so long does not work."""
_BEAT = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process as its file tells of it."""

    name: str
    """``web`` or ``worker``."""
    host: str
    pid: int
    started_at: datetime
    heard_at: datetime
    rounds: int = 0
    """How often the worker has done what is due."""

    @property
    def label(self) -> str:
        """Name, machine and number, as figures tell processes apart."""
        return f"{self.name}-{self.host}-{self.pid}"

    @property
    def here(self) -> bool:
        """Whether it is a process of this machine."""
        return self.host == socket.gethostname()

    @property
    def alive(self) -> bool:
        """Whether it lives: on this machine the system says so; of another one the file must be fresh."""
        if self.here:
            return _runs(self.pid)
        return clock.now() - self.heard_at < SILENCE

    @property
    def memory(self) -> int:
        """Bytes of memory it holds (resident set); 0 where that cannot be seen from here."""
        try:
            pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1]) if self.here else 0
        except (OSError, IndexError):
            return 0
        return pages * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How often processes of one kind ended by an error or were killed, and how the last one did."""

    count: int
    at: datetime
    error: str
    """The kind of error; what it says stands in the log."""


class Presence:
    """This process's own file."""

    def __init__(self, name: str) -> None:
        """Say that the process is there, and clear away what dead ones of this machine left.

        Args:
            name: ``web`` or ``worker``.
        """
        now = clock.now()
        self._said = Process(name=name, host=socket.gethostname(), pid=os.getpid(), started_at=now, heard_at=now)
        for one in known():
            if one.here and not one.alive:
                _note_failure(one.name, "killed")
                _file(one).unlink(missing_ok=True)
        _write(_file(self._said), _plain(self._said))

    def beat(self, rounds: int) -> None:
        """Say that the process still works; most calls write nothing.

        Args:
            rounds: How often it has done what is due.
        """
        now = clock.now()
        if now - self._said.heard_at >= _BEAT:
            said = {**_values(self._said), "heard_at": now, "rounds": rounds}
            self._said = Process(**said)
            _write(_file(self._said), _plain(self._said))

    def leave(self) -> None:
        """Say that the process ends as it should."""
        _file(self._said).unlink(missing_ok=True)

    def fail(self, error: BaseException) -> None:
        """Say that the process ends by an error.

        Args:
            error: The error.
        """
        _note_failure(self._said.name, type(error).__name__)
        self.leave()


def known() -> list[Process]:
    """Give every process that left a file, the living and the dead.

    Returns:
        The processes by name.
    """
    found = []
    for path in sorted(_folder().glob("*.json")):
        said = _read(path)
        if said:
            times = {name: clock.parse(str(said[name])) for name in ("started_at", "heard_at")}
            found.append(Process(**{**said, **times}))
    return found


def failures() -> dict[str, Failure]:
    """Give the failures per kind of process.

    Returns:
        By name; nothing for a kind that never failed.
    """
    found = {}
    for path in sorted(_folder().glob("*.failures")):
        said = _read(path)
        if said:
            found[path.stem] = Failure(
                count=int(said["count"]), at=clock.parse(str(said["at"])), error=str(said["error"])
            )
    return found


def last_backup() -> datetime | None:
    """Say when the last back-up was written.

    Returns:
        The time of its entry; None if there is none.
    """
    from batchwright import record

    return record.Entry.objects.filter(type=SiteBackedUp.type).order_by("-seq").values_list("at", flat=True).first()


def _note_failure(name: str, error: str) -> None:
    before = failures().get(name)
    noted = {"count": (before.count if before else 0) + 1, "at": clock.iso(clock.now()), "error": error}
    _write(_folder() / f"{name}.failures", noted)


def _folder() -> Path:
    folder: Path = settings.CONFIGURATION.processes_folder
    return folder


def _file(one: Process) -> Path:
    return _folder() / f"{one.label}.json"


def _values(one: Process) -> dict[str, Any]:
    return asdict(one)


def _plain(one: Process) -> dict[str, Any]:
    return {name: clock.iso(said) if isinstance(said, datetime) else said for name, said in _values(one).items()}


def _read(path: Path) -> dict[str, Any] | None:
    """A file that went away meanwhile is a process that ended."""
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return said


def _write(path: Path, said: dict[str, Any]) -> None:
    """A reader finds the old or the new, never half."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    descriptor, passing = tempfile.mkstemp(prefix=".", dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(said, file)
    Path(passing).replace(path)


def _runs(pid: int) -> bool:
    """A number that was given to another process since is taken for it; the next start of ours clears that up."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
