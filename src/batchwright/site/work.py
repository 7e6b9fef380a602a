"""The worker process: what is due without anybody asking.

It signs checkpoints, drops ended sessions, starts and watches the services of modules, and lets batches go on whose
time has come.
"""

import logging
import signal
import threading
import time

from django.db import close_old_connections, connection

from batchwright.site import processes

_log = logging.getLogger(__name__)
PERIOD_SECONDS = 1.0
TIDY_SECONDS = 3600.0


def run(stop: threading.Event | None = None) -> None:
    """Do what is due again and again, until told to end.

    An error ends the process: whoever supervises it starts it again, and sees that it died.

    Args:
        stop: Set to end the work; by default SIGTERM and SIGINT do.
    """
    ended = stop or _on_signal()
    presence = processes.Presence("worker")
    try:
        _work(ended, presence)
    except BaseException as error:
        presence.fail(error)
        raise
    presence.leave()


def _work(ended: threading.Event, presence: processes.Presence) -> None:
    from django.conf import settings
    from django.contrib.sessions.backends.db import SessionStore

    from batchwright import record
    from batchwright.execution import services as execution
    from batchwright.execution.adapters.modules import connecting
    from batchwright.people import sessions

    tidied = -TIDY_SECONDS
    configured = settings.CONFIGURATION
    module_of = connecting(configured.modules, configured.modules_folder, speed=configured.module_speed)
    _log.info("worker started")
    rounds = 0
    while not ended.is_set():
        close_old_connections()
        record.checkpoint_if_due()
        execution.run_modules(module_of)
        execution.watch_the_clock()
        if time.monotonic() - tidied >= TIDY_SECONDS:
            tidied = time.monotonic()
            SessionStore.clear_expired()
            sessions.forget_ended()
        rounds += 1
        presence.beat(rounds)
        ended.wait(PERIOD_SECONDS)
    connection.close()
    _log.info("worker ended")


def _on_signal() -> threading.Event:
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    return ended
