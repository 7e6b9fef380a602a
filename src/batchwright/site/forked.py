"""A process that is forked from this one, and shares the memory of all that is loaded here.

Python needs seconds and some hundred megabytes to load what a process of the plant works with. Where several run side
by side on one machine it is loaded once, and each process takes only what it writes itself.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_POLL_SECONDS = 0.02
_PR_SET_NAME = 15
_SIGNALS: dict[signal.Signals, Any] = {
    signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_DFL,
}  # fmt: skip


class Forked:
    """A child process, with what of `subprocess.Popen` a supervisor needs.

    Args:
        run: What the child does; the child ends when it returns or raises.
        name: What the child is called in lists of processes.
        prepare: Called in the child first.
    """

    def __init__(self, run: Callable[[], None], *, name: str, prepare: Callable[[], None] | None = None) -> None:
        self._code: int | None = None
        sys.stdout.flush()
        sys.stderr.flush()
        gc.freeze()  # for good, in both: else the next collection would write to every page that is shared
        # What is sent to the child before it listens comes to it when it does, and not to a copy of our handlers.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        self.pid = os.fork()
        if self.pid == 0:
            _live(run, name, prepare)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        with suppress(OSError):  # the child does the same; who comes second, or too late, changes nothing
            os.setpgid(self.pid, self.pid)

    @property
    def returncode(self) -> int | None:
        """Its exit code, as `poll` gave it last."""
        return self._code

    def poll(self) -> int | None:
        """Look whether the child has ended.

        Returns:
            Its exit code, less than 0 for the signal that ended it; None while it runs.
        """
        if self._code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._code = os.waitstatus_to_exitcode(status)
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the child has ended.

        Args:
            timeout: For how many seconds at most; None for as long as it takes.

        Returns:
            Its exit code.

        Raises:
            TimeoutExpired: If it still runs then.
        """
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() >= until:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
            time.sleep(_POLL_SECONDS)
        return code


def _live(run: Callable[[], None], name: str, prepare: Callable[[], None] | None) -> None:
    """Be the child, from its first moment to its last; nothing of the parent's stack is ever returned to."""
    code = 1
    try:
        os.setpgid(0, 0)  # a group of its own: Ctrl-C comes to the supervisor alone, which ends the group as a whole
        if prepare is not None:
            prepare()
        for number, handler in _SIGNALS.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        _call(name)
        run()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - the last frame of a process: what nobody caught is told, and it ends
        traceback.print_exc()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code)


def _call(name: str) -> None:
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_NAME, name[:15].encode(), 0, 0, 0)
