"""Freezes the twins that come with the house anew: ``python -m tests.tools.frozen_sets``; after a change of the engine.

``mab07-1`` is what a plant would make of its own batches: fitted to some, judged forward in time on later ones, frozen.
The batches are those of the simulated plant (`batchwright.execution.culture`), which knows more than the twin does: a
shift of temperature, and batches that differ. The recipe that names a set names its hash, so that both are written.
"""

import json
import os
import random
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from batchwright.execution import culture
from batchwright.twins import frozen_sets as home
from batchwright.twins.beliefs import Measurement, Uncertainty
from batchwright.twins.charts import LINE, write
from batchwright.twins.cho import fed_batch_culture
from batchwright.twins.cho_data import read_runs
from batchwright.twins.cho_study import ForecastError, fit_runs, forecast_as_data_come_in
from batchwright.twins.distributions import Distribution, LogNormal, Normal
from batchwright.twins.fitting import Observation, Run, identify
from batchwright.twins.forward import Score, judge
from batchwright.twins.frozen import freeze
from batchwright.twins.parameter_sets import ParameterSet, written
from batchwright.twins.running import LEVEL, Refill, Running
from batchwright.twins.schedule import Happening, Schedule
from batchwright.twins.validation import OutputReport, ValidationReport

FOLDER: Final = Path(next(iter(home.__path__)))
RECIPE: Final = FOLDER.parents[1] / "recipes" / "examples" / "monoclonal_antibody.yaml"
DOCS: Final = Path(__file__).parents[2] / "docs" / "explanation" / "twins"
NAME: Final = "mab07-1"
TITLE: Final = "Fed-batch of MAB07, 2,000 L; from simulated batches of an invented product"
GUESS: Final = {
    "mu_max": 0.039, "kd_max": 0.01, "Kglc": 0.3, "Kgln": 0.3, "KIlac": 120.0, "KIamm": 20.0, "KDlac": 40.0,
    "KDamm": 12.0, "Yxglc": 1.2e9, "Yxgln": 2.0e9, "Ylacglc": 0.9, "Yammgln": 0.7, "mglc": 2e-11, "ramm": 1e-12,
    "a1": 1e-12, "a2": 2.0, "QmAb": 1.2e-12, "tau_lag": 24.0, "kd_glc": 0.01, "KDglc": 0.5, "q_over": 3e-11,
    "K_over": 8.0, "q_lac": 4e-11, "K_lac": 6.0,
}  # fmt: skip
"""Of a platform of CHO cells, as far as the publication's cell line can be expected to agree with it."""
FITTED: Final = (
    "mu_max",
    "kd_max",
    "KIamm",
    "Yxglc",
    "Yxgln",
    "Ylacglc",
    "Yammgln",
    "mglc",
    "QmAb",
    "tau_lag",
    "q_over",
    "q_lac",
)
START: Final = {
    "V": 1400.0, "Xv": 5e8, "Xd": 1e7, "Glc": 33.3, "Gln": 8.0, "Lac": 1.1, "Amm": 0.5, "mAb": 0.0, "A": 0.5,
}  # fmt: skip
FOLLOWED: Final = {
    "mu_max": 0.06, "QmAb": 0.10, "mglc": 0.10, "kd_max": 0.15, "Yxgln": 0.05, "Yammgln": 0.05, "q_lac": 0.10,
}  # fmt: skip
"""What the estimator may correct in a batch, and by how much as a standard deviation of the logarithm."""
METHODS: Final = {
    "vcd": ("VCD", 1.0, 0.05, 0.05, 2), "viability": ("viability", 1.0, 0.8, 0.0, 1),
    "glucose": ("Glc", 1000 / 180.16, 0.3, 0.03, 2), "glutamine": ("Gln", 1.0, 0.05, 0.06, 2),
    "lactate": ("Lac", 1000 / 90.08, 0.2, 0.04, 2), "ammonia": ("Amm", 1.0, 0.1, 0.05, 1),
    "titre": ("titre", 1000.0, 20.0, 0.04, 2),
}  # fmt: skip
"""By value of the recipe: output, factor, the standard deviations that the recipe states, decimals of the value."""
OUTPUTS: Final = tuple(one[0] for one in METHODS.values())
FEED: Final = {"Glc": 277.5, "Gln": 24.0, "volume": 84_000.0}
FEED_DAYS: Final = (3, 5, 7, 9, 11)
SUGAR: Final = Refill("Glc", 16.652, 33.304, "bolus", {"Glc": 2220.0, "Gln": 0.0}, "Glc", 1_400_000.0)
AFTER: Final = 0.05
AT_DAYS: Final = (3, 5, 7, 10, 12)
"""Days at which forecasts are judged."""
FITTED_ON, HELD_OUT = range(1, 9), range(9, 21)
"""Numbers of the simulated batches; the later ones are held out."""


def grow(number: int) -> Running:
    """One batch of the simulated plant, with everything that was measured and added."""
    die = random.Random(f"batch {number}")
    inoculum, volume = die.uniform(0.45, 0.75), die.uniform(1392, 1408)
    own = culture.of_batch(die.uniform(-1, 1), die.uniform(-1, 1))
    events: list[str] = []
    told, done = [], []
    for day in range(1, 15):
        events.append("culture_n")
        broth = culture.course(inoculum, volume, events, **own)
        seen = {name: round(culture.measured(broth, name, die.uniform(-1, 1)), one[4]) for name, one in METHODS.items()}
        told += [
            Measurement(24.0 * day, output, seen[name] * factor, sd, relative)
            for name, (output, factor, sd, relative, _decimals) in METHODS.items()
        ]
        if day in FEED_DAYS:
            events.append("feed_n")
            done.append(Happening("bolus", 24.0 * day + AFTER, FEED))
        if seen["glucose"] < 3.0 and day < 14:
            events.append("give_sugar")
            dose = (6.0 - seen["glucose"]) * 1400 / 400 * 1000
            done.append(Happening("bolus", 24.0 * day + 2 * AFTER, {**SUGAR.arguments, "volume": dose}))
    planned = tuple(Happening("bolus", 24.0 * day + AFTER, FEED) for day in FEED_DAYS)
    start = {"V": volume, "Xv": inoculum * 1e9}
    return Running(start, tuple(told), tuple(done), planned, (SUGAR,), tuple(24.0 * d for d in range(1, 15)), 336.0)


def as_run(number: int, one: Running) -> Run:
    """The same for the fit."""
    times = sorted({m.time for m in one.measured})
    observations = []
    for output, _factor, sd, relative, _decimals in METHODS.values():
        values = [m.value for m in one.measured if m.name == output]
        observations.append(Observation(output, times, values, sd=sd, relative=relative))
    schedule = Schedule(336.0, every=24.0, at=tuple(times), happenings=one.done)
    return Run(f"simulated {number}", schedule, tuple(observations), start={**START, **one.start})


def uncertainty(parameters: dict[str, float]) -> Uncertainty:
    """What the estimator may correct in a new batch."""
    model = fed_batch_culture(extended=True)
    followed: dict[str, Distribution] = {
        name: LogNormal(parameters[name], sd) if model.quantity(name).lower > 0
        else Normal(parameters[name], sd * max(parameters[name], 0.05 * GUESS[name]))
        for name, sd in FOLLOWED.items()
    }  # fmt: skip
    return Uncertainty(
        start={"Xv": 4e7, "Xd": 5e6, "Glc": 1.5, "Gln": 0.5, "Lac": 0.6, "Amm": 0.2, "A": 0.05, "V": 10.0},
        process={"Glc": 0.06, "Gln": 0.02, "Lac": 0.04, "Amm": 0.02},
        relative={"Xv": 0.004, "Xd": 0.006, "mAb": 0.003},
        parameters=followed, step=12.0,
    )  # fmt: skip


def _prior(positive: bool, guess: float) -> Distribution:
    return LogNormal(guess, 0.7) if positive else Normal(guess, 0.7 * guess)


@dataclass(frozen=True)
class Real:
    """How the same equations forecast a real run, after each of its samples."""

    titre: list[ForecastError]
    cells: list[ForecastError]

    def sentence(self) -> str:
        """What the frozen set says of it."""
        ends = [100 * one.final for one in self.titre]
        inside = 100 * float(np.mean([one.coverage for one in self.titre]))
        return (
            f"Real cells do worse: fitted to two laboratory runs of another line, the same equations missed the last "
            f"titre of a third by {min(ends):.0f} to {max(ends):.0f} %, and {inside:.0f} % of what was measured later "
            "was inside the band."
        )


def on_real_cells() -> Real | None:
    """Forecast the third of three real runs as its data come in; None where the data are not here."""
    data = Path(os.environ.get("BATCHWRIGHT_DATA") or Path(__file__).parents[3] / "shared" / "data")
    workbook = data / "cho" / "fed_batch_igg_3_runs.xlsx"
    if not workbook.is_file():
        return None
    runs = read_runs(workbook, amide_pool=True)
    fit = fit_runs(runs[:2])
    titre, cells = (forecast_as_data_come_in(fit, runs[2], output=name, members=60)[0] for name in ("titre", "VCD"))
    return Real(titre, cells)


def make(real: Real | None) -> tuple[str, list[Score]]:
    """Fit, judge on held-out batches, freeze; give the file and the scores."""
    model = fed_batch_culture(extended=True)
    runs = [as_run(number, grow(number)) for number in FITTED_ON]
    priors = {name: _prior(model.quantity(name).lower > 0, GUESS[name]) for name in FITTED}
    fit = identify(model, runs, free=list(FITTED), guess=GUESS, parameters=GUESS, priors=priors, max_evaluations=60)
    parameters = {**GUESS, **fit.parameters}
    for name, value in fit.parameters.items():
        print(f"  {name} {value:.4g}")
    empty = ValidationReport((), (), (), held_out_in_time=False)
    frozen = freeze(model, report=empty, parameters=parameters)
    draft = ParameterSet(NAME, TITLE, frozen, START, uncertainty(parameters), "draft")
    scores = judge(draft, [grow(number) for number in HELD_OUT], outputs=OUTPUTS, days=AT_DAYS)
    for one in scores:
        error, inside, last = (f"{100 * share:.1f} %" for share in (one.relative, one.coverage, one.last))
        print(f"  day {one.day} {one.output}: {error}, inside {inside}, last {last}, bias {one.bias:.3g}")
    report = ValidationReport(
        tuple(run.name for run in runs), tuple(f"simulated {number}" for number in HELD_OUT),
        tuple(_reported(name, scores) for name in OUTPUTS), held_out_in_time=True,
        remarks=(
            "Batches of the simulated plant: its cells follow the twin's own law, but for a shift of temperature.",
            f"Forecasts made on days {', '.join(map(str, AT_DAYS))}, each judged by everything measured later.",
            *([real.sentence()] if real is not None else []),
        ),
    )  # fmt: skip
    final = freeze(model, report=report, parameters=parameters, fit=fit, runs=runs)
    return written(NAME, TITLE, final, START, uncertainty(parameters)), scores


def _reported(name: str, scores: list[Score]) -> OutputReport:
    mine = [one for one in scores if one.output == name]
    weights = np.array([one.count for one in mine], dtype=float)
    rmse, relative = (
        float(np.sqrt(np.average([getattr(one, part) ** 2 for one in mine], weights=weights)))
        for part in ("rmse", "relative")
    )
    bias, coverage = (
        float(np.average([getattr(one, part) for one in mine], weights=weights)) for part in ("bias", "coverage")
    )
    unit = fed_batch_culture(extended=True).quantity(name).unit
    return OutputReport(name, unit, int(weights.sum()), rmse, relative, bias, coverage, LEVEL)


def rows(scores: list[Score]) -> str:
    """Lines of the table in the docs: error and coverage of the outputs by the day of the forecast."""
    shown = ("titre", "VCD", "viability", "Glc")
    lines = ["| made on day | " + " | ".join(f"{name}: usual error, inside" for name in shown) + " | last titre |"]
    lines.append("|---" * (len(shown) + 2) + "|")
    for day in AT_DAYS:
        mine = {one.output: one for one in scores if one.day == day}
        cells = [f"{100 * mine[name].relative:.1f} %, {100 * mine[name].coverage:.0f} %" for name in shown]
        lines.append(f"| {day} | {' | '.join(cells)} | {100 * mine['titre'].last:.1f} % |")
    return "\n".join(lines)


def real_rows(real: Real) -> str:
    """The same of the real run."""
    lines = ["| made after | titre: over the rest, at the end, inside | VCD: over the rest, inside |", "|---|---|---|"]
    for titre, cells in zip(real.titre, real.cells, strict=True):
        own = f"{100 * titre.remaining:.0f} %, {100 * titre.final:.0f} %, {100 * titre.coverage:.0f} %"
        other = f"{100 * cells.remaining:.0f} %, {100 * cells.coverage:.0f} %"
        lines.append(f"| {titre.made_at:.0f} h | {own} | {other} |")
    return "\n".join(lines)


def figure(scores: list[Score], real: Real | None) -> None:
    """Error of the titre by the share of the run that was known, of both."""
    import altair as alt

    titres = [one for one in scores if one.output == "titre"]
    points = [{"x": one.day / 14, "y": 100 * one.last, "of": "simulated batches"} for one in titres]
    if real is not None:
        end = 234.0
        points += [{"x": one.made_at / end, "y": 100 * one.final, "of": "a real run"} for one in real.titre]
    drawn = (
        alt.Chart(alt.InlineData(values=points)).mark_line(point=True)
        .encode(
            x=alt.X("x:Q", title="share of the run that was known", axis=alt.Axis(format="%")),
            y=alt.Y("y:Q", title="error of the last titre in %"), strokeDash=alt.StrokeDash("of:N", title=None),
            color=alt.value(LINE),
        )
        .properties(width=480, height=180)
    )  # fmt: skip
    write(drawn, DOCS / "forecast-error.svg")


def document(scores: list[Score], real: Real | None) -> None:
    """Write what was found into the page of the docs."""
    page = DOCS / "forecast.md"
    text = page.read_text("utf-8")
    found = {"simulated": rows(scores), **({"real": real_rows(real)} if real is not None else {})}
    for name, table in found.items():
        text = re.sub(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", rf"\g<1>\n{table}\n\n\g<2>", text, flags=re.DOTALL)
    page.write_text(text, "utf-8")


def main() -> int:
    real = on_real_cells()
    content, scores = make(real)
    (FOLDER / f"{NAME}.json").write_text(content, "utf-8")
    digest = json.loads(content)["sha256"]
    named = re.compile(rf'(parameters: {NAME}\n\s+sha256: )"[0-9a-f]{{64}}"')
    RECIPE.write_text(named.sub(rf'\g<1>"{digest}"', RECIPE.read_text("utf-8")), "utf-8")
    document(scores, real)
    figure(scores, real)
    print(f"{NAME} {digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
