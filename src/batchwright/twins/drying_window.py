"""Which shelf temperatures and pressures are safe in primary drying: product, dryer, vial spread.

A point is judged at constant shelf and pressure from the quasi-steady equations of `primary_drying` at quadrature
points over the thickness, so a window of a thousand points with a hundred vials each takes about a second. Choked
flow: Patel, Chaudhuri & Pikal 2010, doi 10.1016/j.ces.2010.03.010.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np

from batchwright.twins.distributions import Spread
from batchwright.twins.errors import DeclarationError
from batchwright.twins.model import Array, Value
from batchwright.twins.primary_drying import primary_drying

_MMHG = 133.322387415  # Pa
_GAMMA, _GAS = 1.33, 461.5  # of water vapour; J/(kg K)
_POINTS = 8


@dataclass(frozen=True, slots=True)
class Duct:
    """The passage from chamber to condenser.

    Args:
        diameter: In m.
        discharge: Share of the ideal choked flow that passes, from a minimum-pressure test.
        temperature: Temperature of the vapour, K.
    """

    diameter: float
    discharge: float = 0.7
    temperature: float = 280.0

    def capability(self, pressure: float) -> float:
        """Largest vapour flow at a chamber pressure, kg/h: the flow at which the duct chokes.

        Args:
            pressure: Chamber pressure, mmHg.
        """
        g = _GAMMA
        choked = sqrt(g / (_GAS * self.temperature)) * (2 / (g + 1)) ** ((g + 1) / (2 * (g - 1)))
        return float(self.discharge * pi / 4 * self.diameter**2 * pressure * _MMHG * choked * 3600)


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """Capability as measured in a dryer: intercept + slope times pressure.

    Args:
        intercept: In kg/h.
        slope: In kg/h/mmHg.
    """

    intercept: float
    slope: float

    def capability(self, pressure: float) -> float:
        """Largest vapour flow at a chamber pressure, kg/h.

        Args:
            pressure: Chamber pressure, mmHg.
        """
        return self.intercept + self.slope * pressure


@dataclass(frozen=True)
class DryingWindow:
    """What happens at every combination; arrays of shape (shelf temperatures, pressures).

    Args:
        shelf: Shelf temperatures, Cel.
        pressure: Chamber pressures, mmHg.
        warmest: Highest product temperature while there is ice, in the vial at the given share, Cel.
        time: Drying time of the slowest vial at the given share, h.
        demand: Largest vapour flow of the batch, kg/h.
        capability: Largest vapour flow the dryer takes, kg/h.
        below: Share of the vials that stay below the critical temperature.
        safe: Where product and dryer limits are kept.
    """

    shelf: Array
    pressure: Array
    warmest: Array
    time: Array
    demand: Array
    capability: Array
    below: Array
    safe: Array

    def fastest(self) -> tuple[float, float, float]:
        """Shelf temperature, pressure and drying time of the fastest safe combination.

        Raises:
            DeclarationError: None is safe.
        """
        if not self.safe.any():
            raise DeclarationError("No combination is safe", remedy="Search at lower shelf temperatures or pressures.")
        row, column = np.unravel_index(np.argmin(np.where(self.safe, self.time, np.inf)), self.time.shape)
        return float(self.shelf[row]), float(self.pressure[column]), float(self.time[row, column])


def drying_window(
    shelf: Sequence[float] | Array,
    pressure: Sequence[float] | Array,
    *,
    critical: float,
    dryer: Duct | MeasuredLine,
    vials: int,
    parameters: Mapping[str, Value] | None = None,
    spread: Spread | None = None,
    members: int = 100,
    seed: int = 1,
    share: float = 0.95,
) -> DryingWindow:
    """Judge combinations of shelf temperature and chamber pressure.

    Args:
        shelf: Shelf temperatures, Cel.
        pressure: Chamber pressures, mmHg.
        critical: Temperature above which the product collapses, Cel.
        dryer: What the dryer can carry away.
        vials: Vials in the dryer.
        parameters: Parameters that differ from their defaults.
        spread: Distribution of parameters from vial to vial.
        members: Vials drawn from it.
        seed: Seed of the draw.
        share: Share of the vials that must be below the critical temperature, and dry.
    """
    model = primary_drying()
    ps = np.tile(model.vector("parameter", parameters), (members if spread else 1, 1))
    if spread:
        labels = model.labels("parameter")
        for name, values in zip(spread.of, spread.draw(model, members, seed).T, strict=True):
            ps[:, labels.index(name)] = values
    shelves, pressures = np.asarray(shelf, dtype=float), np.asarray(pressure, dtype=float)
    shape = (len(shelves), len(pressures))
    points = np.array([(s, p) for s in shelves for p in pressures])
    warmest, time, flow = _vials(ps, points)
    below = (warmest <= critical).mean(axis=0).reshape(shape)
    demand = (flow.max(axis=1).mean(axis=0) * vials / 1000.0).reshape(shape)
    capability = np.tile([dryer.capability(p) for p in pressures], (len(shelves), 1))
    slowest = np.quantile(time, share, axis=0, method="higher").reshape(shape)  # infinite where ice does not sublime
    return DryingWindow(
        shelves, pressures, np.quantile(warmest, share, axis=0).reshape(shape), slowest, demand, capability, below,
        (below >= share) & (demand <= capability) & np.isfinite(slowest),
    )  # fmt: skip


def _vials(ps: Array, points: Array) -> tuple[Array, Array, Array]:
    """Warmest product and drying time (vials, points) and flow (vials, thicknesses, points), in Cel, h and g/h."""
    model = primary_drying()
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    shares = np.concatenate([[1e-9], (nodes + 1) / 2, [1.0]])
    heights = np.array([float(np.asarray(model.flat(0.0, 0.0, [], points[0], p)[2]).ravel()[1]) for p in ps])
    count = len(points) * len(shares)
    function = model.flat.map(count)
    warmest, time, flow = [], [], []
    u = np.repeat(points, len(shares), axis=0).T
    for p, height in zip(ps, heights, strict=True):
        x = np.tile(shares * height, len(points))[None, :]
        rate, _, definitions, outputs = function(0.0, x, np.zeros((0, count)), u, p)
        speeds = np.asarray(rate.full(), dtype=float).reshape(len(points), -1)
        with np.errstate(divide="ignore"):
            time.append((1.0 / speeds[:, 1:-1]) @ weights / 2 * height)
        flow.append(np.asarray(definitions.full()[-1], dtype=float).reshape(len(points), -1).T)
        warmest.append(np.asarray(outputs.full()[1], dtype=float).reshape(len(points), -1).max(axis=1))
    return np.array(warmest), np.array(time), np.array(flow)
