"""Ports on which plants of tests answer."""

import random
import socket

from batchwright.site.demo import HOST

FROM, TO = 20_000, 32_000
"""Below those that Linux gives to connections (32768 and more), and of no service that everybody knows."""
_drawn = random.SystemRandom()


def a_port() -> int:
    """A port that nobody listens on, and that nobody else is likely to be given before it is used.

    The next free one after a fixed number would be given to two processes that ask at once; one that the system gives
    out may be given to somebody's connection as soon as it is let go.
    """
    while True:
        port = _drawn.randrange(FROM, TO)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
