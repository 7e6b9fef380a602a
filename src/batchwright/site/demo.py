"""``batchwright demo``: an embedded plant with demo people, all processes under one supervisor.

The plant is made once, in a folder beside its own that is put into place when all is done: a demo that was broken off
while it was made is made anew. What happened in it before today is played through by its people with a clock that is
moved by hand; from then on time runs as it does everywhere, or faster where somebody asks for it.

What the processes work with is loaded once, in this process, while another one makes the plant; they are forked from
it. So the web process answers within seconds: with how far the plant is, and with the plant as soon as it is there.
"""

import fcntl
import gc
import http.client
import importlib
import os
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import typer
from rich.console import Console
from rich.table import Table

from batchwright.kernel.errors import Unavailable
from batchwright.record import durable
from batchwright.site import secret, start
from batchwright.site.configuration_file import FILE_NAME
from batchwright.site.supervisor import Member, Supervisor

HOST = "127.0.0.1"
DATABASE = "plant.sqlite3"
SECRET = "secret_key"  # noqa: S105 - the name of its file
MAKER = (sys.executable, "-m", "batchwright.cli", "demo-plant")
"""Fills an empty plant, in a process of its own whose time is not ours; a file that says how far it is follows."""
LOADED = (
    "batchwright.cli", "batchwright.site.work", "batchwright.execution.demo_shift", "batchwright.plant.cli",
    "batchwright.execution.cli", "gunicorn.app.wsgiapp", "gunicorn.workers.gthread",
)  # fmt: skip
"""What the processes work with beside the pages."""
PACE_SECONDS = 12.0
"""One act of each suite in this time of the plant: slow enough to be watched."""
LEAST_SECONDS = 0.5
"""One act of each suite in this time of the machine at the least, however fast the plant's time runs."""
_PORTS_TRIED = 20
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
        code = _Demo(console, folder.absolute(), port, speed, environment).run()
    if code:
        raise typer.Exit(code)


@dataclass
class _Demo:
    """One run of the demo.

    Args:
        console: Where people are told of it.
        folder: Of the plant.
        port: On which it answers.
        speed: Seconds that pass in the plant in one second of this machine.
        environment: Of its processes.
    """

    console: Console
    folder: Path
    port: int
    speed: float
    environment: dict[str, str]
    log_ins: Sequence[LogIn] | None = None
    """Of its people; None until the plant is there."""
    failed: int = 0
    supervisor: Supervisor = field(init=False)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(
            members=[], environment=self.environment, announce=self._announce,
            ready=lambda: self.log_ins is not None and _answers(f"http://{HOST}:{self.port}/health"),
        )  # fmt: skip

    @property
    def passing(self) -> Path:
        """Where the plant is made."""
        return self.folder.with_name(f"{self.folder.name}.new")

    @property
    def progress(self) -> Path:
        """The file that says how far the plant is, for as long as it is made; the pages look for it there."""
        return self.folder / "making.json"

    @property
    def address(self) -> str:
        """Where people find the plant."""
        return f"http://localhost:{self.port}/"

    def run(self) -> int:
        """Make the plant where it is not there, and run it.

        Returns:
            The exit code.
        """
        if (self.folder / DATABASE).exists():
            self.progress.unlink(missing_ok=True)
            _load(self.folder)
            self._open()
        else:
            self._begin()
        self.supervisor.members.insert(0, Member("web", run=_serve))
        code = self.supervisor.run()
        if self.log_ins is None:
            self.progress.unlink(missing_ok=True)
            shutil.rmtree(self.passing, ignore_errors=True)
            if not self.failed:
                self.console.print("The demo was stopped before its plant was there; the next start makes it anew.")
        else:
            _pause()
            self.console.print("The demo has stopped; its plant is kept.")
        return self.failed or code

    def _begin(self) -> None:
        """Let another process make the plant beside its folder, and load meanwhile what all processes work with."""
        self.console.print(
            f"Making the demo plant in {self.folder}; this takes about half a minute, once. "
            f"{self.address} says how far it is ...", highlight=False, soft_wrap=True,
        )  # fmt: skip
        shutil.rmtree(self.passing, ignore_errors=True)
        secret.kept_in(self.folder / SECRET)
        self.passing.mkdir(parents=True, mode=0o750)
        os.link(self.folder / SECRET, self.passing / SECRET)
        self.progress.write_text("{}", encoding="utf-8")
        maker = Member(
            "maker", [*MAKER, str(self.progress)], ended=self._made,
            environment={"BATCHWRIGHT_PLANT_FOLDER": str(self.passing)},
        )  # fmt: skip
        self.supervisor.members.append(maker)
        self.supervisor.start(maker)
        _load(self.folder)

    def _made(self, code: int) -> None:
        """Put the plant into place, and go on with it."""
        if code:
            self.console.print("The demo plant could not be made.", style="red")
            self.failed = code if code > 0 else 1
            self.supervisor.stop()
            return
        for one in self.passing.iterdir():
            if one.name == SECRET:
                one.unlink()
            elif one.name != DATABASE:
                _put(one, self.folder / one.name)
        durable.settle(self.folder)
        _put(self.passing / DATABASE, self.folder / DATABASE)  # the last: with it the plant is there
        durable.settle(self.folder)
        self.passing.rmdir()
        self._open()
        self.progress.unlink()

    def _open(self) -> None:
        """Bring the plant up to this version, let its time run, and have everybody start."""
        self.log_ins = _open(self.speed)
        pace = f"{max(LEAST_SECONDS, PACE_SECONDS / self.speed):.2f}"
        self.supervisor.members += [
            _member("worker", "worker"),
            _member("scales", "plant", "scale", "simulate", "--demo"),
            _member("shift", "batch", "shift", "--pace", pace),
        ]

    def _announce(self) -> None:
        _announce(self.console, self.address, self.log_ins or (), self.speed)


def _load(folder: Path) -> None:
    """Load, once, what the processes work with that are forked from this one; nothing of it looks at the plant."""
    # The client library looks for this when it is loaded: the web processes count together.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder / "processes" / "counts")
    start.set_up_django()
    from django.db import connection

    from batchwright.site import warming

    for name in LOADED:
        importlib.import_module(name)
    warming.warm()
    connection.close()
    gc.collect()


def _serve() -> None:
    """Be the web process."""
    from gunicorn.app.wsgiapp import run as serve

    from batchwright.site import metrics

    metrics.share_between_processes()
    sys.argv = ["gunicorn", "-c", "python:batchwright.site.gunicorn_settings", "batchwright.site.wsgi"]
    serve()


def _put(one: Path, place: Path) -> None:
    """Put a part of the plant into its place, over what a making left there that was broken off as it ended."""
    if place.is_dir():
        shutil.rmtree(place)
    one.replace(place)


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


def _open(speed: float) -> Sequence[LogIn]:
    """Bring the plant up to this version, and let its time run."""
    start.set_up_django()
    from django.conf import settings
    from django.db import connection

    from batchwright import record
    from batchwright.people.demo import log_ins
    from batchwright.plant.demo_instruments import settle
    from batchwright.site import plant_time
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
    from batchwright.site import plant_time

    last = record.Entry.objects.order_by("-seq").values_list("at", flat=True).first()
    checked = record.latest_outcome()  # a check from a terminal, while the demo stood, leaves no entry
    if last is not None and checked is not None:
        last = max(last, checked.heard_at)
    plant_time.begin(settings.CONFIGURATION, speed, last=last)


def _member(name: str, *words: str) -> Member:
    return Member(name, run=lambda: importlib.import_module("batchwright.cli").main(list(words)))


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError):
        return False  # nothing listens yet; whoever asks a free port of its own machine may even be answered by itself


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
