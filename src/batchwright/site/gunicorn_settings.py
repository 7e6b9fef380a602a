"""How gunicorn serves the plant; read by gunicorn, which is told of this module by ``batchwright web``."""

import ctypes
import gc
import sys
from pathlib import Path
from typing import Any

from batchwright.site.configuration_file import load
from batchwright.site.log_lines import logging_settings

_configuration = load()
_memory = Path("/dev/shm")  # noqa: S108 - gunicorn's heartbeat files, unnamed; a disk that stalls would kill workers

_M_ARENA_MAX = -8
"""Number of the option in the C library of GNU; another one that knows it not refuses it and goes on."""
_HEAPS = 2
_SWITCH_SECONDS = 0.0005
"""On SQLite whoever writes holds the only place in which one can. If another thread has the interpreter after each
statement for Python's 5 ms, all writers wait: of 24 operators without a pause the slowest twentieth of the steps took
641 ms, and take 350 ms with this."""

bind = f"{_configuration.web_address}:{_configuration.web_port}"
worker_class = "gthread"
# Loaded once, before the web processes are made of it: they share the memory and start at once.
preload_app = True
workers = _configuration.web_workers
threads = _configuration.web_threads
timeout = 60
graceful_timeout = 5
worker_tmp_dir = str(_memory) if _memory.is_dir() else None
# Nobody but the supervisor steers this process, so it opens no second door.
control_socket_disable = True
forwarded_allow_ips = "127.0.0.1"
logconfig_dict = logging_settings(level=_configuration.log_level, form=_configuration.log_format)
logconfig_dict["loggers"] |= {
    "gunicorn.error": {"level": "WARNING", "handlers": [], "propagate": True},
    "gunicorn.access": {"level": "WARNING", "handlers": [], "propagate": True},
}


def when_ready(server: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Leave what was loaded for good out of every later collection of garbage, and let threads share their memory.

    Looking through it takes a fifth of a second, again and again in the middle of somebody's page, and writes to memory
    that the web processes could go on sharing. The C library gives each thread a heap of its own, up to eight for each
    core, and every one keeps the size of the largest page that its thread ever made.

    Args:
        server: gunicorn's arbiter, before it makes the web processes.
    """
    gc.collect()
    gc.freeze()
    if (allocator := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        allocator(_M_ARENA_MAX, _HEAPS)


def post_worker_init(worker: Any) -> None:
    """Say that a web process is there, and let its threads take turns often where one of them may hold every writer up.

    Args:
        worker: gunicorn's worker, which carries the sign of life to its end.
    """
    from django.db import connection

    from batchwright.site.processes import Presence

    if connection.vendor == "sqlite":
        sys.setswitchinterval(_SWITCH_SECONDS)
    worker.presence = Presence("web")


def worker_exit(server: Any, worker: Any) -> None:  # noqa: ARG001 - gunicorn's signature
    """Say that a web process ends as it should.

    Args:
        server: gunicorn's arbiter.
        worker: The worker that ends.
    """
    presence = getattr(worker, "presence", None)
    if presence is not None:
        presence.leave()
