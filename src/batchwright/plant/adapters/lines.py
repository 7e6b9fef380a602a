"""A TCP connection that speaks in lines, for instruments behind a serial server or with a port of their own.

What a scale sent without being asked, or too late, is dropped before the next command: an old value is never taken for
a fresh one. After any error the line is closed, so that nothing that is still on its way can answer the next question.
"""

import socket
import time
from datetime import timedelta
from typing import Final

from batchwright.plant.scales import ANSWER_WITHIN, ConnectionLost, NotUnderstood

END: Final = b"\r\n"
LONGEST: Final = 200
"""Bytes of the longest answer; a scale's has fewer than 40."""
_PART: Final = 4096


class LineConnection:
    """A connection to one instrument.

    Args:
        host: Its address.
        port: Its TCP port.
        answer_within: How long connecting and each answer may take.

    Raises:
        ConnectionLost: If nobody answers there.
    """

    def __init__(self, host: str, port: int, *, answer_within: timedelta = ANSWER_WITHIN) -> None:
        self.place = f"{host}:{port}"
        self.seconds = answer_within.total_seconds()
        self._held = b""
        try:
            self._socket = socket.create_connection((host, port), timeout=self.seconds)
        except OSError as error:
            raise self._said(f"cannot be reached: {error.strerror or error}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, command: bytes) -> str:
        """Send a command and give the line that answers it.

        Args:
            command: The command with its own end.

        Returns:
            The answer without its end.

        Raises:
            ConnectionLost: If the line is cut or no answer comes in time.
            NotUnderstood: If what comes is not a line of readable characters.
        """
        self.tell(command)
        return self._line()

    def tell(self, command: bytes) -> None:
        """Send a command that is not answered.

        Args:
            command: The command with its own end.

        Raises:
            ConnectionLost: If the line is cut.
        """
        self._forget_old()
        try:
            self._socket.settimeout(self.seconds)
            self._socket.sendall(command)
        except OSError as error:
            raise self._lost("was cut") from error

    def close(self) -> None:
        """Close it; closing twice does nothing."""
        self._socket.close()
        self._held = b""

    def _forget_old(self) -> None:
        self._held = b""
        try:
            self._socket.setblocking(False)
            while self._socket.recv(_PART):
                pass
        except BlockingIOError:
            return
        except OSError as error:
            raise self._lost("was cut") from error
        raise self._lost("was closed by the scale")

    def _line(self) -> str:
        deadline = time.monotonic() + self.seconds
        while END not in self._held:
            if len(self._held) > LONGEST:
                raise self._nonsense(self._held)
            self._held += self._part(deadline - time.monotonic())
        line, _end, self._held = self._held.partition(END)
        if len(line) > LONGEST or any(not 32 <= byte < 127 for byte in line):
            raise self._nonsense(line)
        return line.decode("ascii")

    def _part(self, seconds: float) -> bytes:
        try:
            self._socket.settimeout(max(seconds, 0.001))
            part = self._socket.recv(_PART)
        except TimeoutError as error:
            raise self._lost(f"did not answer within {self.seconds:g} s") from error
        except OSError as error:
            raise self._lost("was cut") from error
        if not part:
            raise self._lost("was cut in the middle of a line" if self._held else "was closed by the scale")
        return part

    def _lost(self, what: str) -> ConnectionLost:
        after = f", after {_readable(self._held)}" if self._held else ""
        self.close()
        return self._said(what, after)

    def _said(self, what: str, after: str = "") -> ConnectionLost:
        return ConnectionLost(
            f"the line to the scale {what}",
            value=f"{self.place}{after}",
            remedy="Check that the scale is switched on and its cable is in, then read again.",
        )

    def _nonsense(self, line: bytes) -> NotUnderstood:
        self.close()
        return NotUnderstood(
            "the scale sent what is no answer",
            value=f"{_readable(line)} from {self.place}",
            limit=f"a line of at most {LONGEST} printable characters",
            remedy="Check that the protocol of the scale is the one it is set up for.",
        )


def _readable(line: bytes) -> str:
    return repr(line[:60].decode("ascii", "backslashreplace"))
