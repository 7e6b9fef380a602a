"""The supervisor: starts again what died, and leaves no process behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from batchwright.site import supervisor
from batchwright.site.supervisor import Member, Supervisor

SLEEPER = "import sys, time; open(sys.argv[1], 'a').write('started\\n'); time.sleep(600)"


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def python(code: str, *words: str) -> list[str]:
    return [sys.executable, "-c", code, *words]


def alive(process: int) -> bool:
    """Whether a process runs; one that ended and was not yet buried does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Running:
    """A supervisor in this thread's place, stopped from another one."""

    def __init__(self, *members: Member) -> None:
        self.supervisor = Supervisor(list(members), dict(os.environ), poll_seconds=0.02)

    def until(self, condition: Callable[[], bool]) -> int:
        def watch() -> None:
            try:
                wait_for(condition)
            finally:
                self.supervisor.stop()

        watcher = threading.Thread(target=watch)
        watcher.start()
        code = self.supervisor.run()
        watcher.join()
        return code


def lines(file: Path) -> int:
    return len(file.read_text().splitlines()) if file.exists() else 0


def test_a_process_that_dies_is_started_again(tmp_path: Path) -> None:
    file = tmp_path / "starts"
    member = Member("dies", python("import sys; open(sys.argv[1], 'a').write('x\\n'); sys.exit(1)", str(file)))
    member.wait_seconds = 0.05
    assert Running(member).until(lambda: lines(file) >= 3) == 0
    assert member.restarts >= 2
    assert member.wait_seconds > 0.05


def test_a_process_that_had_settled_is_started_again_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "SETTLED_SECONDS", 0.0)
    file = tmp_path / "starts"
    member = Member("dies late", python("import sys; open(sys.argv[1], 'a').write('x\\n'); sys.exit(1)", str(file)))
    member.wait_seconds = 30.0
    Running(member).until(lambda: lines(file) >= 2)
    assert member.wait_seconds <= 2.0


def test_a_process_that_refuses_its_configuration_ends_all(tmp_path: Path) -> None:
    file = tmp_path / "starts"
    refuses = Member("refuses", python("import sys; sys.exit(2)"))
    sleeps = Member("sleeps", python(SLEEPER, str(file)))
    assert Supervisor([sleeps, refuses], dict(os.environ), poll_seconds=0.02).run() == supervisor.EXIT_REFUSED
    assert sleeps.process is not None
    assert not alive(sleeps.process.pid)


def test_what_a_process_started_ends_with_it(tmp_path: Path) -> None:
    file = tmp_path / "child"
    code = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "open(sys.argv[1], 'w').write(f'{child.pid}\\n')\n"
        "time.sleep(600)"
    )
    Running(Member("parent", python(code, str(file)))).until(lambda: lines(file) == 1)
    wait_for(lambda: not alive(int(file.read_text())))


def test_a_process_that_does_not_listen_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.3)
    file = tmp_path / "starts"
    deaf = Member("deaf", python(f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}", str(file)))
    Running(deaf).until(lambda: lines(file) == 1)
    assert deaf.process is not None
    assert deaf.process.returncode == -signal.SIGKILL


def test_it_says_once_that_the_plant_answers(tmp_path: Path) -> None:
    said: list[str] = []
    file = tmp_path / "starts"
    running = Running(Member("sleeps", python(SLEEPER, str(file))))
    running.supervisor.ready = lambda: lines(file) == 1
    running.supervisor.announce = lambda: said.append("ready")
    running.until(lambda: bool(said))
    assert said == ["ready"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_when_the_supervisor_itself_is_ended(number: signal.Signals, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    sleeper = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)"
    code = (
        "import os, sys\n"
        "from batchwright.site.supervisor import Member, Supervisor\n"
        f"command = [sys.executable, '-c', {sleeper!r}, sys.argv[1]]\n"
        "sys.exit(Supervisor([Member('one', command), Member('two', command)], dict(os.environ)).run())"
    )
    process = subprocess.Popen(python(code, str(file)))
    wait_for(lambda: lines(file) == 2)
    process.send_signal(number)
    assert process.wait(timeout=120) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    for line in file.read_text().split():
        wait_for(lambda pid=int(line): not alive(pid))  # type: ignore[misc]


FORKING = """
import os, signal, sys, time
from pathlib import Path
from batchwright.site.supervisor import Member, Supervisor

file = Path(sys.argv[1])

def note(text):
    with file.open("a") as lines:
        lines.write(f"{text}\\n")

def sleeps():
    note(f"{os.getpid()} {Path('/proc/self/comm').read_text().strip()}")
    time.sleep(600)

def dies():
    note("died")
    raise RuntimeError("this one dies")

def refuses():
    sys.exit(2)

def once(code):
    note(f"once {code}")
    supervisor.members.append(Member("later", run=sleeps))

shape = sys.argv[2]
members = {
    "sleeps": [Member("web", run=sleeps), Member("worker", run=sleeps)],
    "dies": [Member("dies", run=dies, wait_seconds=0.05)],
    "refuses": [Member("web", run=sleeps), Member("refuses", run=refuses)],
    "once": [Member("maker", [sys.executable, "-c", "import os, sys; sys.exit(int(os.environ['CODE']))"],
                    environment={"CODE": "7"}, ended=once)],
}[shape]
supervisor = Supervisor(members, dict(os.environ), poll_seconds=0.02)
sys.exit(supervisor.run())
"""
"""Forks in a process of its own: this one has more than one thread."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_forked_processes_are_named_and_none_is_left_when_their_supervisor_ends(
    number: signal.Signals, tmp_path: Path
) -> None:
    file = tmp_path / "lines"
    process = subprocess.Popen(python(FORKING, str(file), "sleeps"))
    wait_for(lambda: lines(file) == 2)
    said = [line.split() for line in file.read_text().splitlines()]
    assert {name for _pid, name in said} == {"plant-web", "plant-worker"}
    process.send_signal(number)
    assert process.wait(timeout=120) == (-signal.SIGKILL if number == signal.SIGKILL else 0)
    for pid, _name in said:
        wait_for(lambda pid=int(pid): not alive(pid))  # type: ignore[misc]


def test_a_forked_process_that_dies_is_started_again_and_says_why(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    process = subprocess.Popen(python(FORKING, str(file), "dies"), stderr=subprocess.PIPE, text=True)
    wait_for(lambda: lines(file) >= 3)
    process.terminate()
    assert "RuntimeError: this one dies" in process.communicate(timeout=120)[1]
    assert process.returncode == 0


def test_a_forked_process_that_refuses_ends_all(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    assert subprocess.run(python(FORKING, str(file), "refuses"), check=False, timeout=300).returncode == 2
    for line in file.read_text().splitlines() if file.exists() else []:
        assert not alive(int(line.split()[0]))


def test_what_is_done_once_is_not_started_again_and_what_follows_it_is_started_then(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    process = subprocess.Popen(python(FORKING, str(file), "once"))
    wait_for(lambda: lines(file) == 2)
    process.terminate()
    assert process.wait(timeout=120) == 0
    first, second = file.read_text().splitlines()
    assert first == "once 7"
    assert second.split()[1] == "plant-later"
