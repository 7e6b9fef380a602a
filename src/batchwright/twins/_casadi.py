"""The one place that imports CasADi; everything that comes from here is `Any`."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import casadi as _untyped

casadi: Any = _untyped

Node = Any
"""A `casadi.SX` matrix."""

CasadiFunction = Any
"""A `casadi.Function`."""

CASADI_VERSION: str = str(casadi.CasadiMeta.version())


class _Diverted:
    """Standard error without what one thread writes."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._thread = threading.get_ident()

    def write(self, text: str) -> int:
        return len(text) if threading.get_ident() == self._thread else int(self._real.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@contextmanager
def quietly() -> Iterator[None]:
    """Drop what CasADi writes to standard error when a nested function fails: a dump of all inputs.

    The failure itself is raised as an error with time and state. Other threads keep their standard error.
    """
    real = sys.stderr
    sys.stderr = _Diverted(real)
    try:
        yield
    finally:
        sys.stderr = real
