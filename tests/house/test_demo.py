"""``batchwright demo``: a plant from nothing, all its processes, and nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from batchwright.kernel.errors import Unavailable
from batchwright.site import demo
from tests.ports import a_port

# What the demo is filled with is the business of the capabilities; here its people stand for it.
PEOPLE = """
from batchwright.site import start
start.set_up_django()
start.migrate()
from batchwright.people import demo
demo.seed()
"""
PROGRAM = f"""
import sys
from batchwright import cli
from batchwright.site import demo
demo.MAKER = (sys.executable, "-c", {PEOPLE!r})
cli.main(sys.argv[1:])
"""
ANSWER_SECONDS = 300
"""A busy machine is no fault of a plant."""


def start(folder: Path, port: int, program: str = PROGRAM) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BATCHWRIGHT_", "DJANGO_"))}
    return subprocess.Popen(
        [sys.executable, "-c", program, "demo", "--folder", str(folder), "--port", str(port)],
        env={**kept, "COLUMNS": "200", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """What a process printed up to and including a line that holds a text."""
    assert process.stdout is not None
    patience = threading.Timer(ANSWER_SECONDS, process.kill)  # after which the reading ends, too
    patience.start()
    printed = ""
    try:
        while text not in printed:
            line = process.stdout.readline()
            assert line, f"ended with {process.wait()}:\n{printed}"
            printed += line
    finally:
        patience.cancel()
    return printed


def stopped(process: subprocess.Popen[str]) -> str:
    """Stop a demo by Ctrl-C; what it said last. Nothing of it is left."""
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=ANSWER_SECONDS)[0]
    assert process.returncode == 0, said
    return said


def processes_of(folder: Path) -> list[int]:
    """Every process that works on a plant folder, as its environment or its command shows."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environment, command = (entry / "environ").read_bytes(), (entry / "cmdline").read_bytes()
        except OSError:
            continue
        words = command.split(b"\0")
        if f"BATCHWRIGHT_PLANT_FOLDER={folder}\0".encode() in environment or str(folder).encode() in words:
            found.append(int(entry.name))
    return found


@contextmanager
def ended_at_last(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A demo that a test stops; where the test fails before, nothing of it is left either."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=ANSWER_SECONDS)


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind((demo.HOST, 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_demo_without_a_free_port_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_PORTS_TRIED", 1)
    with taken_port() as port, pytest.raises(Unavailable, match=f"No port is free: {port} to {port}"):
        demo.free_port(port)


def test_a_free_port_is_taken_as_it_is() -> None:
    port = a_port()
    assert demo.free_port(port) == port


SLOWLY = f"""
import sys
from batchwright import cli
from batchwright.site import demo
demo.MAKER = (sys.executable, "-c", '''
import sys, time
from pathlib import Path
from batchwright.site.making import Progress, tell
tell(Path(sys.argv[1]), Progress("days", 12, 33))
while not Path(sys.argv[1]).with_name("go-on").exists():
    time.sleep(0.05)
{PEOPLE}''')
cli.main(sys.argv[1:])
"""


def page_of(address: str) -> tuple[int, str]:
    """What an address answers; 0 where nobody listens."""
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def seen_while_it_is_made(folder: Path, port: int) -> subprocess.Popen[str]:
    """Start a demo whose plant is not there, and look at what it shows as long as it is made."""
    process = start(folder, port, SLOWLY)
    told = read_until(process, f"http://localhost:{port}/ says how far it is")
    assert "Making the demo plant" in told
    deadline = time.monotonic() + ANSWER_SECONDS
    while "Playing through its past: day 12 of 33." not in (said := page_of(f"http://localhost:{port}/batches/"))[1]:
        assert process.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.1)
    assert said[0] == 503
    assert page_of(f"http://localhost:{port}/health")[0] == 503
    assert page_of(f"http://localhost:{port}/static/shell/base.css")[0] == 200
    assert not (folder / demo.DATABASE).exists()
    return process


def nothing_is_left_of(folder: Path) -> None:
    """No process, and nothing of a making."""
    assert processes_of(folder) == []
    assert not folder.with_name(f"{folder.name}.new").exists()
    assert not (folder / "making.json").exists()


def test_a_demo_shows_how_its_plant_is_made_answers_leaves_no_process_and_can_be_started_again(tmp_path: Path) -> None:
    """One plant for all of it: each start is six processes."""
    folder, port = tmp_path / "demo", a_port()
    with ended_at_last(seen_while_it_is_made(folder, port)) as process:
        assert "the next start makes it anew" in stopped(process)
    nothing_is_left_of(folder)

    with ended_at_last(seen_while_it_is_made(folder, port)) as process:
        (folder / "go-on").touch()
        printed = read_until(process, "Ctrl-C stops it.")
        assert "silver-kettle-autumn-28" in printed
        assert f"answers at http://localhost:{port}/" in printed
        status, page = page_of(f"http://localhost:{port}/")
        assert (status, "Sign in" in page) == (200, True)
        assert len(processes_of(folder)) >= 3
        second = start(folder, port)
        told = second.communicate(timeout=ANSWER_SECONDS)[0]
        assert second.returncode == 3
        assert f"A demo is running in this folder already: {folder}, process {process.pid}." in told
        assert "its plant is kept" in stopped(process)
    nothing_is_left_of(folder)

    with taken_port() as taken, ended_at_last(start(folder, taken)) as process:
        printed = read_until(process, "Ctrl-C stops it.")
        assert f"Port {taken} is taken; the demo uses " in printed
        assert page_of(f"{printed.split('answers at ')[1].split()[0]}health")[0] == 200
        assert "its plant is kept" in stopped(process)
    nothing_is_left_of(folder)


def test_a_demo_that_cannot_be_made_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    process = start(folder, a_port(), SLOWLY.replace("time.sleep(0.05)", "sys.exit(7)"))
    told = process.communicate(timeout=ANSWER_SECONDS)[0]
    assert process.returncode == 7
    assert "The demo plant could not be made." in told
    assert processes_of(folder) == []
    assert not folder.with_name("demo.new").exists()
