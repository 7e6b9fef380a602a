"""The one place that imports CasADi, which has no type stubs; everything that comes from here is `Any`."""

from __future__ import annotations

from typing import Any

import casadi as _untyped  # type: ignore[import-untyped]

casadi: Any = _untyped

Node = Any
"""A `casadi.SX` matrix."""

CasadiFunction = Any
"""A `casadi.Function`."""

CASADI_VERSION: str = str(casadi.CasadiMeta.version())
