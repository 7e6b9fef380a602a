"""The one place that imports CasADi, which has no type stubs; everything that comes from here is `Any`."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import casadi as _untyped  # type: ignore[import-untyped]

casadi: Any = _untyped

Node = Any
"""A `casadi.SX` matrix."""

CasadiFunction = Any
"""A `casadi.Function`."""

CASADI_VERSION: str = str(casadi.CasadiMeta.version())


class _Diverted:
    """Standard output without what one thread writes: CasADi prints all inputs of a function that fails."""

    def __init__(self, real: Any) -> None:
        self._real = real
        self._thread = threading.get_ident()

    def write(self, text: str) -> int:
        return len(text) if threading.get_ident() == self._thread else int(self._real.write(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


@contextmanager
def quietly() -> Iterator[None]:
    """Keep CasADi from writing to standard output in this thread; failures are raised with time and state instead."""
    real = sys.stdout
    sys.stdout = _Diverted(real)
    try:
        yield
    finally:
        sys.stdout = real
