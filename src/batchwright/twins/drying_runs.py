"""Read the log of a freeze-dryer, find K_v and R_p from its thermocouples, and say when primary drying will end.

The log is that of a MicroFD (columns VacCPM, VacPirani, TShelfSurface, TP1 ...). The thermocouples alone determine
the product of K_v and R_p well and each of them poorly, so both need prior knowledge until the end of drying has
been seen: the Pirani gauge, which reads 1.6 times the true pressure in water vapour, falls to the capacitance
gauge when the last vials are dry.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from batchwright.kernel.errors import BadInput
from batchwright.twins import Fit, Observation, Run, identify
from batchwright.twins.distributions import Distribution, LogNormal
from batchwright.twins.ensembles import run_members
from batchwright.twins.model import Array, Value
from batchwright.twins.primary_drying import primary_drying
from batchwright.twins.schedule import Ramp, Schedule

FREE: Final = ("K_C", "R_0", "A_1")
PRIORS: Final[Mapping[str, Distribution]] = {
    "K_C": LogNormal(2.75e-4, 0.3), "R_0": LogNormal(1.4, 0.5), "A_1": LogNormal(16.0, 0.3)
}  # fmt: skip
"""What is known before a run of 5 % mannitol: LyoPRONTO's example, with the scatter between protocols and vials."""

VIAL_10R: Final[Mapping[str, Value]] = {"A_v": 4.52, "A_p": 3.80}
"""Outer and inner cross-section of a 10R vial, cm2 (ISO 8362-1: 24 mm outside, walls of 1 mm)."""

_MISSING: Final = 900.0  # the logger writes 999.9 for a thermocouple that is not connected
_MMHG_PER_MTORR: Final = 1e-3


@dataclass(frozen=True)
class DryerLog:
    """A freeze-dryer's log from the begin of vacuum.

    Args:
        times: Hours since the begin of vacuum.
        shelf: Shelf surface, Cel.
        capacitance: Chamber pressure by the capacitance gauge, mTorr.
        pirani: Chamber pressure as the Pirani gauge reads it, mTorr.
        products: Thermocouples by name, Cel; only those that are connected.
    """

    times: Array
    shelf: Array
    capacitance: Array
    pirani: Array
    products: Mapping[str, Array]

    def pirani_fall(self, share: float) -> float:
        """When the Pirani gauge has fallen by a share of its way from the plateau to the capacitance gauge, h.

        Args:
            share: 0.5 for the midpoint.

        Raises:
            BadInput: It does not fall within the log.
        """
        ratio = self.pirani / np.maximum(self.capacitance, 1.0)
        plateau = float(np.median(ratio[(self.times > 2.0) & (self.times < 8.0)]))
        fallen = ratio < plateau - share * (plateau - 1.0)
        after = np.flatnonzero(fallen & (self.times > 2.0))
        if not len(after):
            raise BadInput(
                "The Pirani gauge does not fall", value=f"{ratio.min():.2f}", limit="the end of primary drying"
            )
        return float(self.times[after[0]])


def read_log(path: Path | str) -> DryerLog:
    """Read a MicroFD log from the begin of vacuum to the begin of secondary drying.

    Args:
        path: The ``.csv`` file; lines before the header are skipped.

    Raises:
        BadInput: A column or value is missing.
    """
    with Path(path).open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    head = next((i for i, row in enumerate(rows) if row and row[0] == "CycleTime"), None)
    if head is None:
        raise BadInput("The log has no header", file=str(path), limit="a line that begins with CycleTime")
    names, body = rows[head], [row for row in rows[head + 1 :] if row]

    def column(name: str) -> Array:
        if name not in names:
            raise BadInput("The log lacks a column", file=str(path), value=name, limit=", ".join(names[:12]))
        place = names.index(name)
        try:
            return np.array([float(row[place]) for row in body])
        except (ValueError, IndexError) as error:
            raise BadInput("A value is no number", file=str(path), value=name, limit=str(error)) from error

    phase = column("Phase")
    kept = phase == 4
    if not kept.any():
        raise BadInput("The log has no primary drying", file=str(path), value="Phase 4", limit="at least one row")
    hours = _hours([row[0] for row in body], str(path))
    products = {name: column(name)[kept] for name in names if name.startswith("TP") and name[2:].isdigit()}
    return DryerLog(
        hours[kept] - hours[kept][0], column("TShelfSurface")[kept], column("VacCPM")[kept], column("VacPirani")[kept],
        {name: values for name, values in products.items() if (values < _MISSING).all()},
    )  # fmt: skip


def _hours(stamps: Sequence[str], path: str) -> Array:
    """Hours since the first row; the log holds times of day, which begin anew at midnight."""
    seconds = []
    for stamp in stamps:
        parts = stamp.split(":")
        if len(parts) != 3 or not all(part.isdigit() for part in parts):
            raise BadInput("A time cannot be read", file=path, value=stamp, limit="hours:minutes:seconds")
        seconds.append(int(parts[0]) * 3600 + int(parts[1]) * 60 + int(parts[2]))
    times = np.array(seconds, dtype=float)
    times[1:] += 86400.0 * np.cumsum(np.diff(times) < -43200.0)
    return np.asarray((times - times[0]) / 3600.0, dtype=float)


def drying_run(
    log: DryerLog,
    *,
    until: float,
    parameters: Mapping[str, Value],
    end: tuple[float, float] | None = None,
    every: float = 0.25,
    last: float = 40.0,
) -> Run:
    """A run for `identify`: mean of the thermocouples up to a time, and the end of drying if it has been seen.

    Shelf temperature and pressure up to ``until`` are those of the log; after it the set-points then reached are held.

    Args:
        log: The log.
        until: Thermocouples later than this are not used, h.
        parameters: Vial, fill and product.
        end: Time at which all ice was gone and its standard deviation, h.
        every: Distance of the thermocouple values used, h.
        last: End of the schedule, h.
    """
    known = log.times <= until
    grid = np.arange(0.0, until + 1e-9, 0.25)
    shelf = np.interp(grid, log.times[known], log.shelf[known])
    pressure = np.maximum(np.interp(grid, log.times[known], log.capacitance[known]), 20.0) * _MMHG_PER_MTORR
    mean = np.mean(list(log.products.values()), axis=0)
    samples = np.arange(1.0, until + 1e-9, every)  # in the first hour the vial is not yet quasi-steady
    seen = [Observation("T_bottom", samples.tolist(), np.interp(samples, log.times, mean).tolist(), sd=0.7)]
    if end is not None:
        when, sd = end
        # The share dried grows by about 100 %/when per hour, which turns the uncertainty of a time into one of a share.
        seen.append(Observation("dried", [when], [100.0], sd=100.0 * sd / when))
    inputs = {"T_shelf": Ramp(grid.tolist(), shelf.tolist()), "p_chamber": Ramp(grid.tolist(), pressure.tolist())}
    return Run("drying", Schedule(last, inputs=inputs), tuple(seen), parameters=parameters)


def find_kv_rp(run: Run, *, free: Sequence[str] = FREE, priors: Mapping[str, Distribution] | None = None) -> Fit:
    """Fit heat transfer and resistance to a run, with prior knowledge.

    Args:
        run: From `drying_run`.
        free: Parameters to find.
        priors: Prior knowledge; `PRIORS` unless given.
    """
    known = PRIORS if priors is None else priors
    guess = {name: prior.median for name, prior in known.items() if isinstance(prior, LogNormal)}
    return identify(
        primary_drying(), [run], free=free, priors={n: p for n, p in known.items() if n in free},
        guess={n: v for n, v in guess.items() if n in free},
    )  # fmt: skip


def end_of_drying(fit: Fit, run: Run, *, members: int = 200, seed: int = 1) -> Array:
    """Hours at which a vial is dry, one per sample of what the fit leaves open; infinite where it is not in time.

    Args:
        fit: From `find_kv_rp`.
        run: The run to predict.
        members: Number of samples.
        seed: Seed.
    """
    s = run.schedule
    schedule = Schedule(s.end, s.begin, 0.1, (), s.inputs, s.happenings)
    drawn = run_members(
        primary_drying(), schedule, fit.names, fit.draw(members, seed), outputs=("dried",), parameters=run.parameters
    )
    ends = []
    for share in drawn.of("dried"):
        over = np.flatnonzero(share >= 100.0)
        if not len(over):
            ends.append(np.inf)
            continue
        ends.append(float(np.interp(100.0, share[: over[0] + 1], drawn.times[: over[0] + 1])))
    return np.array(ends)
