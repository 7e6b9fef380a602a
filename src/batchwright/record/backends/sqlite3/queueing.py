"""Writers of one SQLite file in the order in which they came, and none of them waits for ever.

SQLite's own waiting polls with growing pauses, so that of fifty writers some starve. The threads of one process queue
here; the first of them contends with those of other processes for a file lock, which the kernel hands on in order. All
this only orders the writers: correctness rests on BEGIN IMMEDIATE.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections import deque
from functools import lru_cache

from batchwright.kernel.errors import Unavailable


class Queue:
    """The writers of this process at one database.

    Args:
        file: The file whose lock the processes share; it is made when it is missing.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._mutex = threading.Lock()
        self._taken = False
        self._waiting: deque[threading.Lock] = deque()

    def enter(self, seconds: float) -> int:
        """Wait for one's turn.

        Args:
            seconds: For how long at most.

        Returns:
            What :meth:`leave` takes.

        Raises:
            Unavailable: If the turn did not come in time.
        """
        until = time.monotonic() + seconds
        if not self._is_first(until):
            raise self._too_long(seconds)
        try:
            held = _locked(self._file, until)
        except BaseException:
            self._next()
            raise
        if held is None:
            self._next()
            raise self._too_long(seconds)
        return held

    def leave(self, held: int) -> None:
        """Let the next one go on.

        Args:
            held: What :meth:`enter` gave.
        """
        os.close(held)
        self._next()

    def _is_first(self, until: float) -> bool:
        with self._mutex:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=max(0.0, until - time.monotonic())):
            return True
        with self._mutex:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # the turn came in this very moment

    def _next(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    def _too_long(self, seconds: float) -> Unavailable:
        return Unavailable(
            "Others are writing to the database", value=f"waited {seconds:g} s", limit=f"{seconds:g} s",
            remedy="Nothing of this was recorded. Send it again; if that does not help, look whether a program holds "
            "the database, or use PostgreSQL.",
        )  # fmt: skip


def _locked(file: str, until: float) -> int | None:
    """Take the lock that processes share; None if it cannot be had in time."""
    held = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _Waiting(held).result(until)
    except BaseException:
        os.close(held)
        raise
    return held


class _Waiting:
    """Waits for the file lock in a thread of its own, for nothing else can end that wait."""

    def __init__(self, held: int) -> None:
        self._held = held
        self._mutex = threading.Lock()
        self._locked = self._abandoned = False
        self._done = threading.Event()
        threading.Thread(target=self._wait, name="sqlite-queue", daemon=True).start()

    def _wait(self) -> None:
        fcntl.flock(self._held, fcntl.LOCK_EX)
        with self._mutex:
            self._locked = True
            if self._abandoned:
                os.close(self._held)
        self._done.set()

    def result(self, until: float) -> int | None:
        """Give the file whose lock is held.

        Args:
            until: When to give up, by the monotonic clock.

        Returns:
            The file; None after giving up, and then the lock is let go as soon as it comes.
        """
        self._done.wait(max(0.0, until - time.monotonic()))
        with self._mutex:
            if self._locked:
                return self._held
            self._abandoned = True
            return None


@lru_cache(maxsize=64)
def of(database: str) -> Queue:
    """Give the queue of a database.

    Args:
        database: Its file.

    Returns:
        The one queue that all threads of this process share.
    """
    return Queue(f"{database}-queue")


# A copy of this process has none of its threads, so it begins with nobody waiting.
os.register_at_fork(after_in_child=of.cache_clear)
