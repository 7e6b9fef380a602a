"""The fed-batch of the antibody that comes with the house: its parameters, how batches differ, simulated batches.

The product and its process are invented, and so are these numbers: within what is usual for a platform of CHO cells
(2,000 L, 14 days, 4 g/L), and none of them from a real process. What a plant would fit to its own batches is made here
from simulated ones, and the frozen set says so. `batchwright.twins.cho_study` judges the same model on real runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from batchwright.twins.beliefs import Measurement, Uncertainty
from batchwright.twins.cho import fed_batch_culture
from batchwright.twins.distributions import LogNormal
from batchwright.twins.frozen import freeze
from batchwright.twins.parameter_sets import ParameterSet, written
from batchwright.twins.running import LEVEL, Refill, Running, look_ahead
from batchwright.twins.schedule import Happening, Schedule
from batchwright.twins.simulation import simulate
from batchwright.twins.validation import OutputReport, ValidationReport

NAME: Final = "mab07-1"
TITLE: Final = "Fed-batch of MAB07, 2,000 L; from simulated batches of an invented product"
PARAMETERS: Final[Mapping[str, float]] = {
    "mu_max": 0.036, "kd_max": 0.011, "Kglc": 0.3, "Kgln": 0.3, "KIlac": 120.0, "KIamm": 25.0, "KDlac": 40.0,
    "KDamm": 12.0, "Yxglc": 1.3e9, "Yxgln": 1.9e9, "Ylacglc": 1.0, "Yammgln": 0.75, "mglc": 1.6e-11, "ramm": 1e-12,
    "a1": 1e-12, "a2": 2.0, "QmAb": 1.35e-12, "tau_lag": 20.0, "kd_glc": 0.01, "KDglc": 0.5, "q_over": 3e-11,
    "K_over": 8.0, "q_lac": 4.5e-11, "K_lac": 6.0,
}  # fmt: skip
START: Final[Mapping[str, float]] = {
    "V": 1400.0, "Xv": 5e8, "Xd": 1e7, "Glc": 33.0, "Gln": 8.0, "Lac": 1.0, "Amm": 0.5, "mAb": 0.0, "A": 0.5,
}  # fmt: skip
BETWEEN_BATCHES: Final[Mapping[str, float]] = {
    "mu_max": 0.05, "QmAb": 0.12, "mglc": 0.12, "kd_max": 0.20, "Yxgln": 0.06, "Yammgln": 0.08, "q_lac": 0.15,
    "tau_lag": 0.20,
}  # fmt: skip
"""Standard deviation of the logarithm from batch to batch."""
NOISE: Final[Mapping[str, tuple[float, float]]] = {
    "VCD": (0.05, 0.05), "viability": (0.8, 0.0), "Glc": (0.3, 0.03), "Gln": (0.05, 0.06), "Lac": (0.2, 0.04),
    "Amm": (0.1, 0.05), "titre": (20.0, 0.04),
}  # fmt: skip
"""Absolute and relative standard deviation of each method, in the units of the outputs."""
FEED: Final[Mapping[str, float]] = {"Glc": 280.0, "Gln": 24.0}
FEED_DAYS: Final = (3, 5, 7, 9, 11)
FEED_ML: Final = 84_000.0
SUGAR: Final = Refill("Glc", 16.65, 33.30, "bolus", {"Glc": 2220.0, "Gln": 0.0}, "Glc")
END: Final = 336.0
AT_DAYS: Final = (3, 5, 7, 10, 12)
"""Days at which forecasts are judged."""
_AFTER: Final = 0.05


def uncertainty() -> Uncertainty:
    """What the estimator may correct in a new batch."""
    return Uncertainty(
        start={"Xv": 4e7, "Xd": 5e6, "Glc": 1.5, "Gln": 0.5, "Lac": 0.4, "Amm": 0.2, "A": 0.08, "V": 10.0},
        process={"Glc": 0.06, "Gln": 0.02, "Lac": 0.04, "Amm": 0.02},
        relative={"Xv": 0.003, "Xd": 0.004, "mAb": 0.002},
        parameters={name: LogNormal(PARAMETERS[name], sd) for name, sd in BETWEEN_BATCHES.items()},
        step=12.0,
    )


@dataclass(frozen=True)
class Grown:
    """A simulated batch, fed as the recipe says.

    Args:
        run: Everything that was measured and added.
        truth: Value of each output at each day, from day 1.
    """

    run: Running
    truth: Mapping[str, tuple[float, ...]]


def grow(seed: int) -> Grown:
    """Simulate one batch that differs from the others as batches do.

    Args:
        seed: The same seed gives the same batch.

    Returns:
        The batch.
    """
    die = np.random.Generator(np.random.PCG64(seed))
    own = {name: PARAMETERS[name] * float(np.exp(sd * die.standard_normal())) for name, sd in BETWEEN_BATCHES.items()}
    start = {**START, "Xv": 5e8 * float(np.exp(0.05 * die.standard_normal()))}
    done: list[Happening] = []
    told: list[Measurement] = []
    truth: dict[str, list[float]] = {name: [] for name in NOISE}
    for day in range(1, 15):
        now = 24.0 * day
        table = simulate(
            fed_batch_culture(extended=True), Schedule(now, every=now, happenings=tuple(done)),
            parameters={**PARAMETERS, **own}, start=start,
        )  # fmt: skip
        for name, (sd, relative) in NOISE.items():
            value = table.last(name)
            truth[name].append(value)
            seen = max(0.0, value + float(np.hypot(sd, relative * value)) * float(die.standard_normal()))
            told.append(Measurement(now, name, min(seen, 100.0) if name == "viability" else seen, sd, relative))
        if day in FEED_DAYS:
            done.append(fed(now))
        glucose = next(one.value for one in told[::-1] if one.name == "Glc")
        if glucose < SUGAR.below and day < 14:
            volume = (SUGAR.to - glucose) * START["V"] / SUGAR.arguments["Glc"] * SUGAR.volume_per_litre
            done.append(Happening("bolus", now + 2 * _AFTER, {**SUGAR.arguments, "volume": volume}))
    planned = tuple(fed(24.0 * day) for day in FEED_DAYS)
    checks = tuple(24.0 * day for day in range(1, 15))
    known = {"V": START["V"], "Xv": 5e8}
    return Grown(
        Running(known, tuple(told), tuple(done), planned, (SUGAR,), checks, END),
        {name: tuple(values) for name, values in truth.items()},
    )


def fed(at: float) -> Happening:
    """One portion of feed A shortly after a time."""
    return Happening("bolus", at + _AFTER, {**FEED, "volume": FEED_ML})


@dataclass(frozen=True, slots=True)
class Score:
    """How forecasts of one output, made on one day, did over all later days of all batches.

    Args:
        day: Day on which they were made.
        output: Output.
        count: Number of later values.
        relative: Root mean square of median minus measured, over the largest measured value.
        bias: Mean of median minus measured, over the same.
        coverage: Share of the later values inside the band, with the noise of the method.
    """

    day: int
    output: str
    count: int
    relative: float
    bias: float
    coverage: float


def judge(
    given: ParameterSet, batches: Sequence[Grown], *, days: Sequence[int] = AT_DAYS, members: int = 60
) -> list[Score]:
    """Forecast batches forward in time, and compare with what was measured later.

    Args:
        given: The frozen twin.
        batches: Batches that it has not seen.
        days: When to forecast.
        members: Members of each forecast.

    Returns:
        One score for each day and output.
    """
    found = []
    for day in days:
        rows: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in NOISE}
        for batch in batches:
            ahead = look_ahead(given, batch.run.until(24.0 * day), outputs=tuple(NOISE), members=members).forecast
            for one in batch.run.measured:
                if one.time > 24.0 * day:
                    low, high = (np.interp(one.time, ahead.times, end) for end in ahead.interval(one.name, LEVEL))
                    middle = float(np.interp(one.time, ahead.times, ahead.median(one.name)))
                    noise = 1.645 * one.noise(middle)
                    rows[one.name].append(
                        (one.value, middle, middle - float(np.hypot(middle - low, noise)),
                         middle + float(np.hypot(high - middle, noise)))
                    )  # fmt: skip
        found += [_score(day, name, np.array(values)) for name, values in rows.items()]
    return found


def _score(day: int, name: str, rows: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Score:
    measured, middle, low, high = rows.T
    error, largest = middle - measured, float(np.abs(measured).max())
    return Score(
        day, name, len(rows), float(np.sqrt(np.mean(error**2))) / largest, float(error.mean()) / largest,
        float(((measured >= low) & (measured <= high)).mean()),
    )  # fmt: skip


HELD_OUT: Final = tuple(range(1001, 1013))
"""Seeds of the simulated batches that the set is judged on."""


def make() -> str:
    """Freeze the set: judge it on held-out simulated batches, and write what was found into it.

    Returns:
        The file.
    """
    model = fed_batch_culture(extended=True)
    empty = ValidationReport((), (), (), False)
    draft = ParameterSet(NAME, TITLE, freeze(model, report=empty, parameters=PARAMETERS), START, uncertainty(), "draft")
    scores = judge(draft, [grow(seed) for seed in HELD_OUT])
    report = ValidationReport(
        (), tuple(f"simulated {seed}" for seed in HELD_OUT), tuple(_reported(name, scores) for name in NOISE), True,
        ("Simulated batches: says how forecasts follow a batch of this model, and nothing of a real process.",
         f"Forecasts made on days {', '.join(map(str, AT_DAYS))}, judged by everything measured later."),
    )  # fmt: skip
    frozen = freeze(model, report=report, parameters=PARAMETERS)
    return written(NAME, TITLE, frozen, START, uncertainty())


def _reported(name: str, scores: Sequence[Score]) -> OutputReport:
    mine = [one for one in scores if one.output == name]
    count = sum(one.count for one in mine)
    relative = float(np.sqrt(sum(one.relative**2 * one.count for one in mine) / count))
    bias = sum(one.bias * one.count for one in mine) / count
    coverage = sum(one.coverage * one.count for one in mine) / count
    unit = fed_batch_culture(extended=True).quantity(name).unit
    return OutputReport(name, unit, count, relative, relative, bias, coverage, LEVEL)
