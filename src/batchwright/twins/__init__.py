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
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from batchwright.twins.beliefs import Belief as Belief
    from batchwright.twins.beliefs import Measurement as Measurement
    from batchwright.twins.beliefs import Uncertainty as Uncertainty
    from batchwright.twins.checks import Check as Check
    from batchwright.twins.cho import fed_batch_culture as fed_batch_culture
    from batchwright.twins.declaration import Declaration as Declaration
    from batchwright.twins.design_spaces import Criterion as Criterion
    from batchwright.twins.design_spaces import DesignSpace as DesignSpace
    from batchwright.twins.design_spaces import design_space as design_space
    from batchwright.twins.distributions import LogNormal as LogNormal
    from batchwright.twins.distributions import Normal as Normal
    from batchwright.twins.distributions import Spread as Spread
    from batchwright.twins.distributions import Uniform as Uniform
    from batchwright.twins.ensembles import Ensemble as Ensemble
    from batchwright.twins.ensembles import ensemble as ensemble
    from batchwright.twins.estimation import Estimation as Estimation
    from batchwright.twins.estimation import estimate as estimate
    from batchwright.twins.estimation import estimator as estimator
    from batchwright.twins.estimation import measurements_of as measurements_of
    from batchwright.twins.filters import ExtendedKalman as ExtendedKalman
    from batchwright.twins.filters import UnscentedKalman as UnscentedKalman
    from batchwright.twins.fitting import Fit as Fit
    from batchwright.twins.fitting import Observation as Observation
    from batchwright.twins.fitting import Run as Run
    from batchwright.twins.fitting import identify as identify
    from batchwright.twins.fmi import FmuModel as FmuModel
    from batchwright.twins.forecasting import Forecast as Forecast
    from batchwright.twins.forecasting import calibration as calibration
    from batchwright.twins.forecasting import forecast as forecast
    from batchwright.twins.frozen import FrozenModel as FrozenModel
    from batchwright.twins.frozen import freeze as freeze
    from batchwright.twins.frozen import thaw as thaw
    from batchwright.twins.horizon import MovingHorizon as MovingHorizon
    from batchwright.twins.hybrids import Correction as Correction
    from batchwright.twins.hybrids import Hybrid as Hybrid
    from batchwright.twins.hybrids import judge as judge
    from batchwright.twins.hybrids import with_residual as with_residual
    from batchwright.twins.integration import Tolerance as Tolerance
    from batchwright.twins.model import Model as Model
    from batchwright.twins.model import Quantity as Quantity
    from batchwright.twins.optimisation import Controller as Controller
    from batchwright.twins.optimisation import Goal as Goal
    from batchwright.twins.optimisation import Limit as Limit
    from batchwright.twins.optimisation import Plan as Plan
    from batchwright.twins.optimisation import optimise as optimise
    from batchwright.twins.schedule import Happening as Happening
    from batchwright.twins.schedule import Ramp as Ramp
    from batchwright.twins.schedule import Schedule as Schedule
    from batchwright.twins.schedule import Steps as Steps
    from batchwright.twins.sensitivity import Sensitivities as Sensitivities
    from batchwright.twins.sensitivity import sensitivities as sensitivities
    from batchwright.twins.simulation import Stop as Stop
    from batchwright.twins.simulation import simulate as simulate
    from batchwright.twins.trajectory import Trajectory as Trajectory
    from batchwright.twins.validation import ValidationReport as ValidationReport
    from batchwright.twins.validation import predictions as predictions
    from batchwright.twins.validation import validate as validate

_HOMES: Final[dict[str, str]] = {
    "Belief": "beliefs",
    "Measurement": "beliefs",
    "Uncertainty": "beliefs",
    "Check": "checks",
    "fed_batch_culture": "cho",
    "Declaration": "declaration",
    "Criterion": "design_spaces",
    "DesignSpace": "design_spaces",
    "design_space": "design_spaces",
    "LogNormal": "distributions",
    "Normal": "distributions",
    "Spread": "distributions",
    "Uniform": "distributions",
    "Ensemble": "ensembles",
    "ensemble": "ensembles",
    "Estimation": "estimation",
    "estimate": "estimation",
    "estimator": "estimation",
    "measurements_of": "estimation",
    "ExtendedKalman": "filters",
    "UnscentedKalman": "filters",
    "Fit": "fitting",
    "Observation": "fitting",
    "Run": "fitting",
    "identify": "fitting",
    "FmuModel": "fmi",
    "Forecast": "forecasting",
    "calibration": "forecasting",
    "forecast": "forecasting",
    "FrozenModel": "frozen",
    "freeze": "frozen",
    "thaw": "frozen",
    "MovingHorizon": "horizon",
    "Correction": "hybrids",
    "Hybrid": "hybrids",
    "judge": "hybrids",
    "with_residual": "hybrids",
    "Tolerance": "integration",
    "Model": "model",
    "Quantity": "model",
    "Controller": "optimisation",
    "Goal": "optimisation",
    "Limit": "optimisation",
    "Plan": "optimisation",
    "optimise": "optimisation",
    "Happening": "schedule",
    "Ramp": "schedule",
    "Schedule": "schedule",
    "Steps": "schedule",
    "Sensitivities": "sensitivity",
    "sensitivities": "sensitivity",
    "Stop": "simulation",
    "simulate": "simulation",
    "Trajectory": "trajectory",
    "ValidationReport": "validation",
    "predictions": "validation",
    "validate": "validation",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
