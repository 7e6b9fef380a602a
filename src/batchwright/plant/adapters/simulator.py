"""A simulated scale behind a TCP port that speaks MT-SICS and SBI, for the demo and for tests; with faults on demand.

The first byte of a command says which protocol is spoken: ESC begins SBI, anything else is MT-SICS. Lines that begin
with ``SIM`` put a load on the scale or make it misbehave: ``SIM PUT 48.684 kg``, ``SIM FAULT cut``, ``SIM FAULT none``,
``SIM PLAY`` to let a performance go on. A load settles exponentially; the scale calls it stable once what is left to
settle is less than half a digit.
"""

import math
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Final, Self

from batchwright.kernel.errors import BadInput, BatchwrightError, DomainError, Unavailable
from batchwright.kernel.quantity import Quantity
from batchwright.plant.adapters import mt_sics, sbi

_LOADED_ABOVE: Final = 9
"""Digits above the capacity from which a scale reports overload (OIML R 76-1, 3.3: not above Max + 9 e)."""
_BELOW: Final = Decimal("-0.02")
_ZERO_RANGE: Final = Decimal("0.02")
"""Part of the capacity within which zero can be set (OIML R 76-1, 4.5.1: at most 4 % of Max, so 2 % to either side)."""
_SICS_NAMES: Final = {code: name for name, code in reversed(mt_sics.UNITS.items())}
_SBI_NAMES: Final = {code: name for name, code in reversed(sbi.UNITS.items())}


class Fault(StrEnum):
    """What a simulated scale does wrong until it is told otherwise."""

    NONE = "none"
    UNSTABLE = "unstable"
    SLOW = "slow"
    CUT = "cut"
    GARBAGE = "garbage"
    TWICE = "twice"
    BUSY = "busy"
    ERROR = "error"
    DEAF = "deaf"


@dataclass
class SimulatedScale:
    """A scale, its load and what ails it.

    Args:
        tag: What people call it.
        unit: UCUM code of the unit it weighs in.
        capacity: Largest load, in the unit.
        readability: Its digit, in the unit.
        model: Type.
        serial: Serial number.
        settle_seconds: Time constant with which a load comes to rest; 0 is at once.
        slow_seconds: How long the fault `slow` delays an answer.
        long_lines: Whether its SBI lines have 22 characters.
    """

    tag: str = "SC-01"
    unit: str = "kg"
    capacity: Decimal = Decimal(60)
    readability: Decimal = Decimal("0.001")
    model: str = "Simulated 60 kg"
    serial: str = "SIM-0001"
    settle_seconds: float = 0.5
    slow_seconds: float = 5.0
    long_lines: bool = False
    fault: Fault = Fault.NONE
    shown_unit: str = ""
    """Another unit that somebody switched it to; "" for its own."""
    by_hand: bool = False
    """Whether somebody puts its loads on by hand; a performance then waits."""
    _from: Decimal = field(default=Decimal(0), init=False)
    _load: Decimal = field(default=Decimal(0), init=False)
    _since: float = field(default=0.0, init=False)
    _zero: Decimal = field(default=Decimal(0), init=False)
    _tare: Decimal = field(default=Decimal(0), init=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, init=False, repr=False)

    def put(self, load: Quantity) -> None:
        """Put this load on it in place of what is there.

        Args:
            load: The whole load; less than nothing for a pan that is lifted.
        """
        with self._lock:
            self._from, self._since = self._now(), time.monotonic()
            self._load = load.to(self.unit).value

    def net(self) -> tuple[Decimal, bool]:
        """Give what it shows.

        Returns:
            The net weight in steps of the readability, and whether it is stable.
        """
        with self._lock:
            gross = self._now()
            rest = abs(gross - self._load) < self.readability / 2
            shown = (gross - self._zero - self._tare) / self.readability
            steps = shown.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
            return steps * self.readability, rest and self.fault is not Fault.UNSTABLE

    def out_of_range(self) -> str:
        """Say whether it is loaded too much or too little.

        Returns:
            ``+``, ``-`` or nothing.
        """
        with self._lock:
            gross = self._now() - self._zero
            if gross > self.capacity + _LOADED_ABOVE * self.readability:
                return "+"
            return "-" if gross < _BELOW * self.capacity else ""

    def tare(self) -> Decimal:
        """Take the load as tare.

        Returns:
            The tare in the unit.
        """
        with self._lock:
            self._tare = self._load - self._zero
            return self._tare

    def set_zero(self) -> str:
        """Set zero, if the load is near it.

        Returns:
            ``A`` if it did, ``+`` or ``-`` where the load is outside the zero range.
        """
        with self._lock:
            if abs(self._load) > _ZERO_RANGE * self.capacity:
                return "+" if self._load > 0 else "-"
            self._zero, self._tare = self._load, Decimal(0)
            return "A"

    def _now(self) -> Decimal:
        if self.settle_seconds <= 0:
            return self._load
        left = math.exp(-(time.monotonic() - self._since) / self.settle_seconds)
        return self._load + (self._from - self._load) * Decimal(f"{left:.9f}")

    def answer(self, command: str) -> str:
        """Answer one command.

        Args:
            command: The command without its end.

        Returns:
            The answer without its end; "" where the protocol gives none.
        """
        if command.startswith("SIM "):
            return self._obey(command)
        return self._sbi(command) if command.startswith(sbi.ESC) else self._sics(command)

    def _obey(self, command: str) -> str:
        try:
            match command.split(" ", 2)[1:]:
                case ["PUT", load]:
                    self.put(Quantity.parse(load))
                    self.by_hand = True
                case ["PLAY"]:
                    self.by_hand = False
                case ["FAULT", name] if name in list(Fault):
                    self.fault = Fault(name)
                case ["UNIT", name]:
                    self.shown_unit = Quantity(1, name).unit
                case _:
                    return "SIM E not known: PUT load, PLAY, FAULT name, UNIT code"
        except BatchwrightError as error:
            return f"SIM E {error}"
        return "SIM A"

    def _shown(self) -> tuple[str, str, bool]:
        """Number, UCUM code of the unit that is shown, and whether it is stable."""
        value, stable = self.net()
        unit = self.shown_unit or self.unit
        return f"{value:f}", unit, stable

    def _sics(self, command: str) -> str:
        if self.fault is Fault.ERROR:
            return "ES"
        if self.fault is Fault.BUSY and command in ("S", "SI", "T", "Z"):
            return f"{command[0]} I"
        acts: dict[str, Callable[[], str]] = {
            "S": self._sics_weight, "SI": self._sics_weight, "T": self._sics_tare, "Z": self._sics_zero,
            "I2": lambda: f'I2 A "{self.model}"', "I4": lambda: f'I4 A "{self.serial}"',
            "@": lambda: f'I4 A "{self.serial}"',
        }  # fmt: skip
        return acts[command]() if command in acts else "ES"

    def _sics_weight(self) -> str:
        outside = self.out_of_range()
        if outside:
            return f"S {outside}"
        number, unit, stable = self._shown()
        return f"S {'S' if stable else 'D'} {number:>10} {_SICS_NAMES[unit]}"

    def _sics_tare(self) -> str:
        outside = self.out_of_range()
        if outside:
            return f"T {outside}"
        if not self.net()[1]:
            return "T I"
        return f"T S {self.tare().quantize(self.readability):>10f} {_SICS_NAMES[self.shown_unit or self.unit]}"

    def _sics_zero(self) -> str:
        return f"Z {self.set_zero()}" if self.net()[1] else "Z I"

    def _sbi(self, command: str) -> str:
        match command.removeprefix(sbi.ESC):
            case "P":
                return self._sbi_line()
            case "T" | "U":
                if self.fault is not Fault.DEAF and not self.out_of_range():
                    self.tare()
                return ""
            case "V":
                if self.fault is not Fault.DEAF:
                    self.set_zero()
                return ""
            case "x1_":
                return self.model
            case "x2_":
                return self.serial
            case _:
                return ""

    def _sbi_line(self) -> str:
        status = "Err 54" if self.fault is Fault.ERROR else "--" if self.fault is Fault.BUSY else ""
        outside = self.out_of_range()
        if outside and not status:
            status = "High" if outside == "+" else "Low"
        if status:
            line = f"{status:^14}"
            return f"Stat  {line}" if self.long_lines else line
        number, unit, stable = self._shown()
        sign, digits = ("-", number[1:]) if number.startswith("-") else ("+", number)
        line = f"{sign}{digits:>9} {_SBI_NAMES[unit] if stable else '':<3}"
        return f"{'N':<6}{line}" if self.long_lines else line


class _Conversation(socketserver.StreamRequestHandler):
    """One client of a simulated scale."""

    server: "ScaleServer"

    def handle(self) -> None:
        """Answer until the client goes."""
        for raw in self.rfile:
            command = raw.decode("latin-1").strip("\r\n")
            scale = self.server.scale
            fault = Fault.NONE if command.startswith("SIM ") else scale.fault
            said = scale.answer(command).encode("ascii", "replace")
            if not said:
                continue
            line = said + b"\r\n"
            if fault is Fault.SLOW:
                time.sleep(scale.slow_seconds)
            if fault is Fault.CUT:
                self.wfile.write(line[: len(line) // 2])
                return
            if fault is Fault.GARBAGE:
                line = b"\x00\xff\x17?" + line
            try:
                self.wfile.write(line * 2 if fault is Fault.TWICE else line)
            except (BrokenPipeError, ConnectionResetError):
                return


class ScaleServer(socketserver.ThreadingTCPServer):
    """A TCP server for one simulated scale; `with` serves in a thread of its own and stops at the end.

    Args:
        scale: The scale.
        port: The port; 0 for any free one.
        host: The address to listen on.

    Raises:
        Unavailable: If the port is taken.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, scale: SimulatedScale, port: int = 0, host: str = "127.0.0.1") -> None:
        self.scale = scale
        try:
            super().__init__((host, port), _Conversation)
        except (OSError, OverflowError) as error:
            raise Unavailable(
                "the simulated scale cannot listen there",
                value=f"{host}:{port}",
                remedy="Choose another port, or stop what uses it.",
            ) from error
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), name=f"scale {scale.tag}", daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


@dataclass(frozen=True, slots=True)
class Scene:
    """A load that lies on a scale for a while.

    Attributes:
        load: The load.
        seconds: For how long.
    """

    load: Quantity
    seconds: float


def perform(scale: SimulatedScale, scenes: tuple[Scene, ...], ended: threading.Event) -> None:
    """Put one load after the other on a scale, over and over, unless somebody does it by hand.

    Args:
        scale: The scale.
        scenes: What lies on it, in turn.
        ended: When set, this returns.

    Raises:
        BadInput: If there are no scenes.
    """
    if not scenes:
        raise BadInput("nothing is to be performed", limit="at least one scene")
    while True:
        for scene in scenes:
            if not scale.by_hand:
                scale.put(scene.load)
            if ended.wait(scene.seconds):
                return


def order(tag: str, host: str, port: int | None, words: str) -> None:
    """Tell a simulated scale what to do, over its line.

    Args:
        tag: Tag of the scale, for messages.
        host: Where it listens.
        port: Its port; None where it is on no line.
        words: What follows ``SIM``.

    Raises:
        Unavailable: If nobody answers there.
        DomainError: If it is on no line, or does not take the order.
    """
    if port is None:
        raise DomainError("this scale is not on a line", value=tag)
    try:
        with socket.create_connection((host, port), timeout=2) as line, line.makefile("rw", newline="\r\n") as spoken:
            spoken.write(f"SIM {words}\r\n")
            spoken.flush()
            answer = spoken.readline().strip()
    except OSError as error:
        raise Unavailable("the scale does not answer", value=f"{host}:{port}") from error
    if answer != "SIM A":
        raise DomainError(
            "the scale did not take this; is it a simulated one?", value=f"{tag}: {words}", limit=answer[:80]
        )
