"""``batchwright demo``: an embedded plant with demo people, all processes under one supervisor.

The plant is made once, in a folder beside its own that is put into place when all is done: a demo that was broken off
while it was made is made anew. What happened in it before today is played through by its people with a clock that is
moved by hand; from then on time runs as it does everywhere, or faster where somebody asks for it.
"""

import fcntl
import importlib
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import typer
from rich.console import Console
from rich.table import Table

from batchwright.kernel import clock
from batchwright.kernel.errors import Unavailable
from batchwright.site import plant_time, start
from batchwright.site.configuration_file import FILE_NAME
from batchwright.site.supervisor import Member, Supervisor

HOST = "127.0.0.1"
SEEDED = ("people", "plant", "materials", "recipes")
"""Capabilities whose `demo.seed()` fills the demo plant, the lower floors first; that of people gives the log-ins."""
DATABASE = "plant.sqlite3"
MAKER = (sys.executable, "-m", "batchwright.cli", "demo-plant")
"""Fills an empty plant, in a process of its own whose time is not ours."""
PACE_SECONDS = 12.0
"""One act of each suite in this time of the plant: slow enough to be watched."""
LEAST_SECONDS = 0.5
"""One act of each suite in this time of the machine at the least, however fast the plant's time runs."""
_PORTS_TRIED = 20
_TAKES = timedelta(milliseconds=100)
"""What one reading of the clock takes while the past is played through: an act reads it some thirty times."""
_AT_A_DESK = {
    "BATCHWRIGHT_SESSION_IDLE_MINUTES": (60, 1440), "BATCHWRIGHT_SESSION_ABSOLUTE_MINUTES": (720, 10080),
    "BATCHWRIGHT_SIGNING_MINUTES": (30, 720), "BATCHWRIGHT_CHECKPOINT_SECONDS": (60, 86400),
}  # fmt: skip
"""Settings about people at a desk and this machine, whose time does not run faster; and the most they can be."""
_MARK = """# Written by `batchwright demo`: the passwords of this plant are known to everybody.
demo = true
"""
_NOT_FOR_DEMO = ("BATCHWRIGHT_DATABASE_URL", "BATCHWRIGHT_CONFIG")


class LogIn(Protocol):
    """What `batchwright.people.demo.seed` gives for each demo person."""

    @property
    def username(self) -> str:
        """Name to sign in with."""

    @property
    def password(self) -> str:
        """Password, known to everybody: the demo is open by design."""

    @property
    def role(self) -> str:
        """The role in words."""


def run(*, folder: Path, first_port: int, speed: float = 1.0, data: Path | None = None) -> None:
    """Prepare the plant and run it until Ctrl-C; doing it again changes nothing.

    Args:
        folder: Where the plant lives; made if missing.
        first_port: Port to try first; the next free one is taken.
        speed: Seconds that pass in the plant in one second of this machine.
        data: Folder of reference data of third parties; None if there is none.

    Raises:
        Unavailable: If no port is free or a demo already runs in the folder.
        Exit: If the plant cannot be made, or a process refuses to start.
    """
    console = Console()
    with _alone(folder):
        port = free_port(first_port)
        if port != first_port:
            console.print(f"Port {first_port} is taken; the demo uses {port}.", highlight=False)
        environment = _environment(folder.absolute(), port, speed, data)
        os.environ.clear()
        os.environ.update(environment)
        _mark(folder)
        if not (folder / DATABASE).exists():
            _make(console, folder.absolute(), environment)
        log_ins = _open(speed)
        address = f"http://localhost:{port}/"
        supervisor = Supervisor(
            members=[
                _member("web"),
                _member("worker"),
                _member("scales", "plant", "scale", "simulate", "--demo"),
                _member("shift", "batch", "shift", "--pace", f"{max(LEAST_SECONDS, PACE_SECONDS / speed):.2f}"),
            ],
            environment=environment,
            ready=lambda: _answers(f"http://{HOST}:{port}/health"),
            announce=lambda: _announce(console, address, log_ins, speed),
        )
        code = supervisor.run()
        _pause()
    if code:
        raise typer.Exit(code)
    console.print("The demo has stopped; its plant is kept.")


def make() -> None:
    """Fill the empty plant of this process's environment: what people see as its past, up to now."""
    start.set_up_django()
    from django.conf import settings
    from django.db import connection

    from batchwright import record
    from batchwright.execution.demo_story import HISTORY

    today = clock.system()
    hand = clock.HandClock(today - HISTORY, step=_TAKES)
    with clock.running(hand):
        start.migrate()
        fill(hand, today)
    plant_time.begin(settings.CONFIGURATION, 1.0, last=hand.now)
    record.checkpoint()
    connection.close()


def fill(hand: clock.HandClock, today: datetime) -> None:
    """Bring people, plant, materials and recipes in, and play through what happened up to today.

    Args:
        hand: The source of time of this process; it is moved.
        today: When the story ends.
    """
    from batchwright.execution import demo_story
    from batchwright.materials import demo_lots

    for name in SEEDED:
        importlib.import_module(f"batchwright.{name}.demo").seed()
    demo_lots.seed()
    demo_story.play(hand, until=today)


def free_port(first: int) -> int:
    """Find a port nobody listens on.

    Args:
        first: Port to try first.

    Returns:
        The port.

    Raises:
        Unavailable: If none of the following ports is free either.
    """
    last = min(first + _PORTS_TRIED, 65536)
    for port in range(first, last):
        with socket.socket() as probe:
            # As the web process will do: a port whose last connection is just closing counts as free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise Unavailable("No port is free", value=f"{first} to {last - 1}", remedy="Give another one with --port.")


def _environment(folder: Path, port: int, speed: float, data: Path | None) -> dict[str, str]:
    """The environment of the demo: the caller's, but never the caller's database."""
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_DEMO}
    environment.setdefault("BATCHWRIGHT_SITE_NAME", "Demo plant")
    environment.setdefault("BATCHWRIGHT_MODULES", "simulated")
    if data is not None:
        environment["BATCHWRIGHT_DATA"] = str(data.absolute())
    for name, (usual, most) in _AT_A_DESK.items():
        environment.setdefault(name, str(min(int(usual * speed), most)))
    return environment | {
        "BATCHWRIGHT_DEMO": "true",
        "BATCHWRIGHT_PLANT_FOLDER": str(folder),
        "BATCHWRIGHT_PUBLIC_URL": f"http://localhost:{port}",
        "BATCHWRIGHT_WEB_ADDRESS": HOST,
        "BATCHWRIGHT_WEB_PORT": str(port),
    }


def _mark(folder: Path) -> None:
    """Let every command that is given this plant folder know that it is a demo's."""
    file = folder / FILE_NAME
    if not file.exists():
        file.write_text(_MARK, encoding="utf-8")


def _make(console: Console, folder: Path, environment: dict[str, str]) -> None:
    """Make the plant beside its folder, and put it into place."""
    console.print(f"Making the demo plant in {folder}; this takes about a minute, once ...", highlight=False)
    passing = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(passing, ignore_errors=True)
    done = subprocess.run(MAKER, env=environment | {"BATCHWRIGHT_PLANT_FOLDER": str(passing)}, check=False)
    if done.returncode:
        console.print("The demo plant could not be made.", style="red")
        raise typer.Exit(done.returncode)
    for one in passing.iterdir():
        if one.name != DATABASE:
            one.replace(folder / one.name)
    (passing / DATABASE).replace(folder / DATABASE)  # the last: with it the plant is there
    passing.rmdir()


def _open(speed: float) -> Sequence[LogIn]:
    """Bring the plant up to this version, and let its time run."""
    start.set_up_django()
    from django.conf import settings
    from django.db import connection

    from batchwright import record
    from batchwright.people.demo import log_ins
    from batchwright.plant.demo_instruments import settle
    from batchwright.site.entries import TimeSimulated

    _run_time(speed)
    start.migrate()
    said = plant_time.pace(settings.CONFIGURATION)
    if said is not None:
        ahead = TimeSimulated(speed=Decimal(str(speed)), ahead_seconds=int(said.ahead_seconds))
        with record.entry(ahead, actor=record.SITE, subject="site/time"):
            pass
    settle()
    record.checkpoint()
    connection.close()
    people: Sequence[LogIn] = log_ins()
    return people


def _pause() -> None:
    """Let the plant's time stand where it is, beside the machine's, until somebody starts the demo again."""
    from django.db import connection

    _run_time(1.0)
    connection.close()


def _run_time(speed: float) -> None:
    from django.conf import settings

    from batchwright import record

    last = record.Entry.objects.order_by("-seq").values_list("at", flat=True).first()
    plant_time.begin(settings.CONFIGURATION, speed, last=last)


def _member(name: str, *words: str) -> Member:
    return Member(name, [sys.executable, "-m", "batchwright.cli", *(words or (name,))])


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _announce(console: Console, address: str, log_ins: Sequence[LogIn], speed: float) -> None:
    table = Table("Name", "Password", "Role", title="Demo log-ins")
    for log_in in log_ins:
        table.add_row(log_in.username, log_in.password, log_in.role)
    console.print(table)
    if speed != 1:
        console.print(f"Time in the plant runs {speed:g} times as fast as here.")
    console.print(f"The demo plant answers at {address}", style="bold")
    console.print("Ctrl-C stops it.")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder for as long as the demo runs; the lock goes with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("a+", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise Unavailable(
                "A demo is running in this folder already",
                value=f"{folder}, process {lock.read().strip() or 'unknown'}",
                remedy="Stop it with Ctrl-C, or give another --folder.",
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
