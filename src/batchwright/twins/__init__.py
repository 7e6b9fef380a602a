"""Twins: unit operations as models that simulate, fit, estimate and decide.

Pure science: nothing here knows Django, a database, a network or a clock, and everything works in a notebook. A model
is declared once (`Declaration`), and the same declaration is simulated, run as an ensemble, fitted, estimated from
measurements, forecast and optimised. Names are loaded when they are first used, so that importing this package
costs nothing and opens no file.

Terms: a *model* is equations with units; a *schedule* is what is done to it; a *run* is a schedule with what was
observed; a *fit* is a model with parameters found from runs; a *frozen model* is one that cannot change unnoticed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from batchwright.twins.declaration import Declaration as Declaration
    from batchwright.twins.model import Model as Model
    from batchwright.twins.model import Quantity as Quantity
    from batchwright.twins.schedule import Happening as Happening
    from batchwright.twins.schedule import Ramp as Ramp
    from batchwright.twins.schedule import Schedule as Schedule
    from batchwright.twins.schedule import Steps as Steps
    from batchwright.twins.simulation import Stop as Stop
    from batchwright.twins.simulation import Tolerance as Tolerance
    from batchwright.twins.simulation import simulate as simulate
    from batchwright.twins.trajectory import Trajectory as Trajectory

_HOMES: dict[str, str] = {
    "Declaration": "declaration",
    "Model": "model",
    "Quantity": "model",
    "Happening": "schedule",
    "Ramp": "schedule",
    "Schedule": "schedule",
    "Steps": "schedule",
    "Stop": "simulation",
    "Tolerance": "simulation",
    "simulate": "simulation",
    "Trajectory": "trajectory",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
