"""Published transcription runs as data for a fit: Akama 2012 (doi 10.1016/j.bpj.2011.12.014) and NMR.

The tables are those that Stover 2024 (doi 10.1002/bit.28699) published beside its model; which noise belongs to
which value follows that paper: a standard deviation smaller than the usual one of its table is raised to it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from batchwright.kernel.errors import BadInput
from batchwright.twins import Fit, Observation, Run, identify
from batchwright.twins.distributions import Distribution, LogNormal
from batchwright.twins.model import Array, Value
from batchwright.twins.mrna import FITTED, NUCLEOTIDES, TOLERANCE, in_vitro_transcription
from batchwright.twins.schedule import Schedule

_LN10: Final = 2.302585092994046

# Prior median (log10 or value) and standard deviation of log10, from the literature that the paper cites.
_PRIOR: Final[Mapping[str, tuple[float, float]]] = {
    "k_i": (936.0, 0.3), "k_e": (5.3e5, 0.15), "k_off": (4320.0, 0.25), "k_on": (204.0, 0.05), "Ki_PPi": (2e-4, 0.3),
    "B": (13.48, 0.1), "K_HNTP": (10**6.91, 0.02), "K_HMgNTP": (10**2.08, 0.05), "K_HPPi": (10**9.02, 0.05),
    "K_HMgPPi": (10**3.32, 0.05), "K_H2PPi": (10**6.26, 0.1), "K_H2MgPPi": (10**2.11, 0.1), "K_MgNTP": (10**4.54, 0.58),
    "K_Mg2NTP": (10**1.77, 0.58), "K_MgPPi": (10**4.80, 0.58), "K_Mg2PPi": (10**2.57, 0.58), "Mg2PPi_eq": (1.4e-5, 0.3),
}  # fmt: skip
PRIORS: Final[Mapping[str, Distribution]] = {
    name: LogNormal(median, sd * _LN10) for name, (median, sd) in _PRIOR.items()
}

_START: Final = (
    3.93, 5.13, 3.71, 2.30, -3.692, -3.8, -4.50, -0.26, 1.65, 4.47, 6.91, 2.08, 9.02, 3.30, 6.91, 2.08, 4.22, 1.84,
    5.23, 3.99, -3.95,
)  # fmt: skip
START: Final[Mapping[str, float]] = {name: 10.0**power for name, power in zip(FITTED, _START, strict=True)}
"""Where the published local fit begins."""

_NMR: Final = {"4": "ATP", "5": "UTP", "6": "CTP", "7": "GTP", "10": "Pi"}


def read_trajectories(path: Path | str) -> list[Run]:
    """RNA and dissolved pyrophosphate over two hours at 13 charges of enzyme, nucleotides and magnesium.

    Args:
        path: ``akama_reaction_trajectories.csv`` (tab separated; nucleotides are given each).
    """
    table = _numbers(path, 8)
    table = table[table[:, 0] > 0]  # at time 0 every model is right
    least = np.sqrt(np.mean(table[:, [5, 7]] ** 2, axis=0)).tolist()  # every value has a noise of its own
    runs = []
    for charge in dict.fromkeys(tuple(row) for row in table[:, 1:4]):
        part = table[(table[:, 1:4] == charge).all(axis=1)]
        hours = (part[:, 0] / 60.0).tolist()
        runs.append(Run(
            "trajectory " + " ".join(f"{value:g}" for value in charge), Schedule(2.0),
            tuple(
                Observation(name, [time], [row[column]], sd=max(row[column + 1], floor))
                for name, column, floor in (("RNA", 4, least[0]), ("PPi", 6, least[1]))
                for time, row in zip(hours, part.tolist(), strict=True)
            ),
            parameters=_charge(charge[1], charge[2]) | {"T7RNAP": charge[0]},
        ))  # fmt: skip
    return runs


def read_initial_rates(path: Path | str) -> list[Run]:
    """RNA after five minutes at combinations of nucleotides and magnesium.

    Args:
        path: ``akama_initial_rate.csv`` (tab separated).
    """
    return [
        Run(f"rate {row}", Schedule(5.0 / 60.0), (Observation("RNA", [5.0 / 60.0], [5 * rate], sd=5 * sd),),
            parameters=_charge(ntp, mg))
        for row, (ntp, mg, rate, sd) in enumerate(_numbers(path, 4)) if ntp > 0
    ]  # fmt: skip


def read_solubility(path: Path | str) -> list[Run]:
    """Magnesium left in solution after a day at combinations of nucleotides and pyrophosphate, without enzyme.

    Args:
        path: ``akama_mg2ppi_solubility.csv`` (tab separated; the fifth column is not used).
    """
    fixed = {"T7RNAP": 0.0, "DNA_0": 1e-8}
    return [
        Run(f"solubility {row}", Schedule(24.0), (Observation("Mg", [24.0], [mg], sd=sd),),
            parameters=_charge(ntp, 4.0) | fixed | {"PPi_0": ppi})
        for row, (ntp, ppi, mg, sd) in enumerate(_numbers(path, 4))  # two rows are the same charge
    ]  # fmt: skip


def read_nmr(path: Path | str) -> Run:
    """Nucleotides and phosphate followed by NMR in one run with capping and pyrophosphatase.

    Args:
        path: ``pfizerNTP.csv`` (one line per species; times and values are lists within a field).

    Raises:
        BadInput: The lines differ in what was charged.
    """
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    charges = {tuple(row[key] for key in list(row)[2:18]) for row in rows}
    if len(charges) != 1:
        raise BadInput("The lines describe different runs", file=str(path), value=len(charges), limit="1")
    row = rows[0]
    known = {
        "T7RNAP": float(row["T7RNAP (nM)"]) / 1000.0,
        "DNA_0": float(row["DNA (nM)"]),
        "Cap": float(row["Cap (mM)"]),
    }
    known |= {"Mg_0": float(row["Mg (mM)"]), "PPase": float(row["PPiase (U/uL)"]), "Buffer": float(row["Buffer (mM)"])}
    known |= {f"{name}_0": float(row[f"{name} (mM)"]) for name in NUCLEOTIDES}
    known |= {f"N_{base}": float(row[f"N{base}"]) for base in "AUCG"}
    seen = []
    for row in rows:
        times, values = _list(row["Times (hrs)"]), _list(row["output yield"])
        seen.append(Observation(_NMR[row["Species"]], times, values, sd=float(row["outputstd"])))
    last = max(time for observation in seen for time in observation.times)
    return Run("nmr", Schedule(last), tuple(seen), parameters=known)


def fit(runs: Sequence[Run], *, max_evaluations: int = 60) -> Fit:
    """Fit the 21 published parameters with the published prior knowledge.

    Args:
        runs: From the readers here.
        max_evaluations: Limit of model evaluations.
    """
    return identify(
        in_vitro_transcription(),
        _by_time(runs),
        free=list(FITTED),
        guess=START,
        priors=PRIORS,
        max_evaluations=max_evaluations,
        tolerance=TOLERANCE,
    )


def _by_time(runs: Sequence[Run]) -> list[Run]:
    """A run per sample time where a name is observed several times: a residual belongs to one run and one name."""
    split = []
    for run in runs:
        names = [o.name for o in run.observations]
        if len(set(names)) == len(names):
            split.append(run)
            continue
        for time in dict.fromkeys(o.times[0] for o in run.observations):
            part = tuple(o for o in run.observations if o.times[0] == time)
            split.append(Run(f"{run.name} at {time:g}", Schedule(time), part, run.start, run.parameters))
    return split


def _charge(ntp: float, mg: float) -> dict[str, Value]:
    charge: dict[str, Value] = {f"{name}_0": float(ntp) for name in NUCLEOTIDES}
    return charge | {"Mg_0": float(mg)}


def _numbers(path: Path | str, columns: int) -> Array:
    with Path(path).open(newline="", encoding="utf-8-sig") as file:
        lines = [line.rstrip("\n") for line in file if line.strip()]
    mark = "\t" if "\t" in lines[0] else ","
    try:
        return np.array([[float(field) for field in line.split(mark)[:columns]] for line in lines[1:]])
    except ValueError as error:
        raise BadInput(
            "A value is no number", file=str(path), value=str(error), limit=f"{columns} numbers a line"
        ) from error


def _list(field: str) -> list[float]:
    return [float(part) for part in field.strip('()"').split(",")]
