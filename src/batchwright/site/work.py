"""The worker process: what is due without anybody asking."""

import logging
import signal
import threading

from django.db import close_old_connections, connection

_log = logging.getLogger(__name__)
PERIOD_SECONDS = 1.0


def run(stop: threading.Event | None = None) -> None:
    """Sign checkpoints when they are due, until told to end.

    An error ends the process: whoever supervises it starts it again, and sees that it died.

    Args:
        stop: Set to end the work; by default SIGTERM and SIGINT do.
    """
    from batchwright import record

    ended = stop or _on_signal()
    _log.info("worker started")
    while not ended.is_set():
        close_old_connections()
        record.checkpoint_if_due()
        ended.wait(PERIOD_SECONDS)
    connection.close()
    _log.info("worker ended")


def _on_signal() -> threading.Event:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    return ended
