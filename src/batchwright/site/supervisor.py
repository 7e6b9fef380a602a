"""Runs the plant's processes: starts them, starts again what died, and leaves none behind."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from batchwright.site.forked import Forked

_log = logging.getLogger(__name__)

STOP_SECONDS = 10.0
"""How long a process has to end by itself before it is killed."""
LONGEST_WAIT_SECONDS = 30.0
SETTLED_SECONDS = 60.0
"""A process that ran this long is not failing at its start; the next wait begins at the shortest again."""
EXIT_REFUSED = 2
"""A process that refuses its configuration will refuse it again; nothing is gained by starting it anew."""
_PR_SET_PDEATHSIG = 1
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Member:
    """One supervised process.

    Args:
        name: What it is called in messages.
        command: The program and its arguments.
        environment: What it finds in its environment beside what all do; a forked one finds ours.
        run: What the process does that is forked from this one, in the place of the program; None for the program.
        ended: Called with the exit code when it ends, and then it is a member no more; None for one that is started
            again.
    """

    name: str
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    run: Callable[[], None] | None = None
    ended: Callable[[int], None] | None = None
    process: subprocess.Popen[bytes] | Forked | None = None
    started_at: float = 0.0
    wait_seconds: float = 0.5
    due_at: float = 0.0
    restarts: int = 0


@dataclass
class Supervisor:
    """Keeps its members running until `stop` is called or a signal comes.

    Args:
        members: The processes.
        environment: Their environment.
        ready: Called again and again until it returns true, once all are started; then `announce` is called once.
        announce: What to say when the plant answers.
    """

    members: list[Member]
    environment: Mapping[str, str]
    ready: Callable[[], bool] = lambda: True
    announce: Callable[[], None] = lambda: None
    poll_seconds: float = 0.1
    _stopping: bool = field(default=False, init=False)
    _refused: bool = field(default=False, init=False)

    def run(self) -> int:
        """Run until told to stop.

        Returns:
            0 after a stop that was asked for, 2 if a process refused to start.
        """
        before = {number: signal.signal(number, self._on_signal) for number in _ENDING}
        announced = False
        try:
            while not self._stopping:
                for member in list(self.members):
                    self._keep(member)
                if not announced and self.ready():
                    announced = True
                    self.announce()
                time.sleep(self.poll_seconds)
        finally:
            self._end_all()
            for number, handler in before.items():
                signal.signal(number, handler)
        return EXIT_REFUSED if self._refused else 0

    def stop(self) -> None:
        """End all processes; `run` returns when they have ended."""
        self._stopping = True

    def _on_signal(self, *_: object) -> None:
        self.stop()

    def _keep(self, member: Member) -> None:
        """Start a member that is not running and is due; notice one that died."""
        now = time.monotonic()
        if member.process is None:
            if now >= member.due_at:
                self.start(member)
            return
        code = member.process.poll()
        if code is None:
            return
        # What it started may still run.
        _signal_group(member.process, signal.SIGKILL)
        member.process = None
        if member.ended is not None:
            self.members.remove(member)
            member.ended(code)
            return
        if code == EXIT_REFUSED:
            self._refused = True
            self.stop()
            return
        if now - member.started_at > SETTLED_SECONDS:
            member.wait_seconds = Member.wait_seconds
        member.due_at = now + member.wait_seconds
        member.restarts += 1
        _log.warning("%s ended with %s; starts again in %.1f s", member.name, code, member.wait_seconds)
        member.wait_seconds = min(2 * member.wait_seconds, LONGEST_WAIT_SECONDS)

    def start(self, member: Member) -> None:
        """Start a member; those that are not running are started by `run` as well.

        Args:
            member: One of its members.
        """
        member.started_at = time.monotonic()
        if member.run is not None:
            member.process = Forked(member.run, name=f"plant-{member.name}", prepare=_end_with(os.getpid()))
            return
        member.process = subprocess.Popen(
            member.command,
            env={**self.environment, **member.environment},
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # a group of its own: Ctrl-C comes to us alone, and we end the group as a whole
            preexec_fn=_end_with(os.getpid()),  # noqa: PLW1509 - the supervisor has one thread
        )

    def _end_all(self) -> None:
        running = [member.process for member in self.members if member.process is not None]
        for process in running:
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _log.warning("process %s did not end within %.0f s and is killed", process.pid, STOP_SECONDS)
            _signal_group(process, signal.SIGKILL)
            process.wait()


def _signal_group(process: subprocess.Popen[bytes] | Forked, number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _end_with(parent: int) -> Callable[[], None] | None:
    """Have the kernel end a child whose supervisor was killed and could not do it; Linux alone offers this."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def arrange() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it was killed before we asked
            os._exit(1)

    return arrange
