"""``batchwright demo``: a plant from nothing, all its processes, and nothing left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from batchwright.kernel.errors import Unavailable
from batchwright.site import demo

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
ANSWER_SECONDS = 60


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
    deadline = time.monotonic() + ANSWER_SECONDS
    printed = ""
    while text not in printed:
        line = process.stdout.readline()
        assert line, f"ended with {process.wait()}:\n{printed}"
        assert time.monotonic() < deadline, printed
        printed += line
    return printed


@contextmanager
def running(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = start(folder, port)
    try:
        yield process, read_until(process, "Ctrl-C stops it.")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)


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
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind((demo.HOST, 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_demo_starts_from_nothing_answers_leaves_no_process_and_can_be_started_again(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with taken_port() as port, running(folder, port) as (process, printed):
        assert f"Port {port} is taken; the demo uses " in printed
        assert "silver-kettle-autumn-28" in printed
        address = printed.split("answers at ")[1].split()[0]
        assert address.startswith("http://localhost:")
        with urllib.request.urlopen(f"{address}health", timeout=10) as answer:
            assert answer.status == 200
        assert len(processes_of(folder)) >= 3

        second = start(folder, port)
        told = second.communicate(timeout=60)[0]
        assert second.returncode == 3
        assert f"A demo is running in this folder already: {folder}, process {process.pid}." in told
    assert process.returncode == 0
    assert processes_of(folder) == []

    with taken_port() as port, running(folder, port) as (again, _printed):
        pass
    assert again.returncode == 0
    assert processes_of(folder) == []


def test_a_demo_without_a_free_port_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_PORTS_TRIED", 1)
    with taken_port() as port, pytest.raises(Unavailable, match=f"No port is free: {port} to {port}"):
        demo.free_port(port)


def test_a_free_port_is_taken_as_it_is() -> None:
    with taken_port() as port:
        pass
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
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_the_plant_is_shown_when_it_is_made_and_before_how_far_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with taken_port() as port:
        pass
    for goes_on in (False, True):  # what is broken off is made anew
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
        if goes_on:
            (folder / "go-on").touch()
            read_until(process, "Ctrl-C stops it.")
            status, page = page_of(f"http://localhost:{port}/")
            assert (status, "Sign in" in page) == (200, True)
        process.send_signal(signal.SIGINT)
        said_last = process.communicate(timeout=30)[0]
        assert process.returncode == 0
        assert ("its plant is kept" if goes_on else "the next start makes it anew") in said_last
        assert processes_of(folder) == []
        assert not folder.with_name("demo.new").exists()
        assert not (folder / "making.json").exists()


def test_a_demo_that_cannot_be_made_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    with taken_port() as port:
        pass
    process = start(folder, port, SLOWLY.replace("time.sleep(0.05)", "sys.exit(7)"))
    told = process.communicate(timeout=ANSWER_SECONDS)[0]
    assert process.returncode == 7
    assert "The demo plant could not be made." in told
    assert processes_of(folder) == []
    assert not folder.with_name("demo.new").exists()
