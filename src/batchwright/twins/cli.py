"""``batchwright twins``: models from a terminal. Needs no plant: nothing here reads a setting or a database."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from batchwright.kernel.errors import DomainError
from batchwright.twins import catalogue, charts
from batchwright.twins.arguments import Asked, noise_of, spread_of
from batchwright.twins.checks import Check
from batchwright.twins.demonstrations import demonstration
from batchwright.twins.fitting import Fit, identify
from batchwright.twins.model import Model
from batchwright.twins.simulation import simulate as run_model
from batchwright.twins.terminal import console, print_table, progress_bar, say_json
from batchwright.twins.trajectory import Trajectory

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="MODEL", help="A model of `twins list`.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="NAME=VALUE", help="Parameter, start value or input; inputs also as 0:1,24:2 or ramp:0:1,24:2."
    ),
]
Happen = Annotated[
    list[str] | None,
    typer.Option("--happen", metavar="EVENT@TIME:ARG=VALUE,...", help="An event, such as bolus@24:volume=5,..."),
]
End = Annotated[float | None, typer.Option(help="Last time, in the model's time unit.")]
Every = Annotated[float | None, typer.Option(help="Distance of the rows.")]
Show = Annotated[
    list[str] | None, typer.Option("--show", metavar="NAME", help="What to tabulate and plot; repeatable.")
]
Plot = Annotated[Path | None, typer.Option(metavar="FILE", help="Write a chart: .html, .svg, .png or .json.")]


@app.command(name="list")
def list_models(as_json: Json = False) -> None:
    """List the models."""
    if as_json:
        say_json([{"name": e.name, "title": e.title} for e in catalogue.ENTRIES])
        return
    print_table(("model", "title"), [(e.name, e.title) for e in catalogue.ENTRIES])


@app.command()
def show(model: Name, as_json: Json = False) -> None:
    """Show what a model has: states, inputs, parameters, outputs, events, equations, and where not to trust it."""
    made = catalogue.find(model).model()
    if as_json:
        say_json(_described(made))
        return
    console.print(f"{made.title} ({made.name}); time in {made.time_unit}; {made.source}", markup=False)
    for kind in ("state", "algebraic", "input", "parameter", "output"):
        rows = [
            (q.name, _default(q.default), q.unit, _bounds(q.lower, q.upper), q.description, q.source)
            for q in made.group(kind)
        ]
        if rows:
            print_table((kind, "default", "unit", "bounds", "what it is", "source"), rows)
    events = [(e.name, ", ".join(f"{a.name} [{a.unit}]" for a in e.arguments), e.description) for e in made.events]
    if events:
        print_table(("event", "arguments", "what it is"), events)
    for equation in made.equations():
        console.print(f"  {equation}", markup=False)
    for sentence in made.limits:
        console.print(f"Not to be trusted: {sentence}", markup=False)


@app.command()
def simulate(
    model: Name,
    settings: Set = None,
    happen: Happen = None,
    end: End = None,
    every: Every = None,
    shown: Show = None,
    plot: Plot = None,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the whole table.")] = None,
    as_json: Json = False,
) -> None:
    """Run a model and show it; without options the model's demonstration."""
    asked = Asked.of(catalogue.find(model).model(), settings or [], happen or [], end, every, demonstration(model))
    run = run_model(asked.model, asked.schedule, parameters=asked.parameters, start=asked.start)
    names = _columns(run, shown or asked.show)
    if csv is not None:
        csv.write_text(run.to_csv(), encoding="utf-8")
    if plot is not None:
        charts.write(charts.trajectory(run, names), plot)
    if as_json:
        say_json(
            {
                "model": run.model,
                "time_unit": run.time_unit,
                "t": run.times.tolist(),
                "units": {n: run.units[n] for n in names},
                "values": {n: run[n].tolist() for n in names},
            }
        )
        return
    rows = np.unique(np.linspace(0, len(run) - 1, 21).astype(int))
    head = (f"t [{run.time_unit}]", *(f"{n} [{run.units[n]}]" for n in names))
    print_table(head, [(f"{run.times[i]:g}", *(f"{run[n][i]:.6g}" for n in names)) for i in rows])


@app.command()
def fit(
    model: Name,
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Runs: .json, .csv with columns run, t and outputs, or .xlsx.")
    ],
    free: Annotated[list[str], typer.Option("--free", metavar="NAME", help="What to find; repeatable.")],
    settings: Set = None,
    happen: Happen = None,
    noise: Annotated[
        list[str] | None, typer.Option(metavar="NAME=SD[,RELATIVE]", help="Noise of a measured output of a table.")
    ] = None,
    hold_out: Annotated[
        list[str] | None, typer.Option(metavar="RUN", help="A run to predict instead of fitting.")
    ] = None,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Level of the intervals.")] = 0.9,
    plot: Plot = None,
    as_json: Json = False,
) -> None:
    """Fit parameters to runs, say how well they are known, and predict the runs that were held out."""
    from batchwright.twins import run_files, validation

    made = catalogue.find(model).model()
    given = Asked.of(made, settings or [], happen or [], None, None, None, needs_end=False)
    schedule = given.schedule if given.schedule_given else None
    runs = run_files.read(data, noise=noise_of(noise or []), schedule=schedule)
    held = [run for run in runs if run.name in (hold_out or [])]
    if len(held) < len(hold_out or []):
        raise DomainError(
            "There is no such run", value=", ".join(hold_out or []), limit=", ".join(run.name for run in runs)
        )
    kept = [run for run in runs if run not in held]
    found = identify(made, kept, free=free, parameters=given.parameters)
    predicted = validation.predictions(found, held or kept, level=level)
    reports = validation.summarise(found, predicted, level)
    if plot is not None:
        units = {name: made.quantity(name).unit for name in {p.name for p in predicted}}
        charts.write(charts.predictions(predicted, units, time_unit=made.time_unit), plot)
    if as_json:
        say_json(
            {
                **_fitted(found, level),
                "fitted_on": [r.name for r in kept],
                "predicted": [r.name for r in held],
                "outputs": [{**_plain(r)} for r in reports],
            }
        )
        return
    intervals = found.intervals(level)
    print_table(
        ("parameter", "value", f"{100 * level:g} % interval", "unit"),
        [
            (n, f"{v:.6g}", f"{intervals[n][0]:.4g} to {intervals[n][1]:.4g}", made.quantity(n).unit)
            for n, v in found.parameters.items()
        ],
    )
    console.print(f"Reduced chi-square {found.chi_square:.3g} after {found.evaluations} evaluations.", markup=False)
    for warning in found.identifiability.warnings:
        console.print(f"Warning: {warning}", markup=False)
    print_table(
        ("held out" if held else "fitted", "values", "RMSE", "bias", "inside the interval"),
        [
            (r.name, str(r.count), f"{r.rmse:.4g} {r.unit}", f"{r.bias:.4g}", f"{100 * r.coverage:.0f} %")
            for r in reports
        ],
    )


@app.command()
def ensemble(
    model: Name,
    spread: Annotated[
        list[str],
        typer.Option(
            "--spread", metavar="NAME=KIND:A:B", help="normal:MEAN:SD, lognormal:MEDIAN:SIGMA or uniform:LOW:HIGH."
        ),
    ],
    members: Annotated[int, typer.Option(min=2, help="Number of runs.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same members.")] = 1,
    processes: Annotated[int, typer.Option(min=1, help="Processes to spread them over.")] = 1,
    settings: Set = None,
    happen: Happen = None,
    end: End = None,
    every: Every = None,
    shown: Show = None,
    plot: Plot = None,
    as_json: Json = False,
) -> None:
    """Run a model many times with drawn parameters and start values."""
    from batchwright.twins.ensembles import ensemble as run_ensemble

    asked = Asked.of(catalogue.find(model).model(), settings or [], happen or [], end, every, demonstration(model))
    names = tuple(shown or asked.show or asked.model.labels("output") or asked.model.labels("state"))
    pool = ProcessPoolExecutor(processes) if processes > 1 else nullcontext()
    with pool as executor, progress_bar(as_json) as tell:
        found = run_ensemble(
            asked.model,
            asked.schedule,
            spread_of(spread),
            members=members,
            seed=seed,
            outputs=names,
            parameters=asked.parameters,
            start=asked.start,
            executor=executor,
            failures="keep",
            progress=tell,
        )
    if plot is not None:
        charts.write(charts.ensemble(found, names), plot)
    shares = (0.05, 0.5, 0.95)
    if as_json:
        say_json(
            {
                "model": found.model,
                "members": members,
                "seed": seed,
                "failed": len(found.failed),
                "t": found.times.tolist(),
                "quantiles": {n: {str(s): found.quantile(s, n).tolist() for s in shares} for n in names},
            }
        )
        return
    print_table(
        ("at the end", "5 %", "50 %", "95 %", "unit"),
        [
            (n, *(f"{found.quantile(s, n)[-1]:.5g}" for s in shares), unit)
            for n, unit in zip(names, found.units, strict=True)
        ],
    )
    if found.failed:
        console.print(
            f"{len(found.failed)} of {members} members failed; the first: {next(iter(found.failed.values()))}",
            markup=False,
        )


@app.command()
def check(
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="Only these models.")] = None,
    as_json: Json = False,
) -> None:
    """Compute every reference number and say how far this code is from it; exit code 1 if one is out of tolerance."""
    entries = [catalogue.find(name) for name in models] if models else catalogue.ENTRIES
    found = [one for entry in entries for one in entry.checks()]
    failed = [one for one in found if not one.passed]
    if as_json:
        say_json(
            {"passed": len(found) - len(failed), "failed": len(failed), "checks": [_checked(one) for one in found]}
        )
    else:
        print_table(
            ("model", "number", "value", "reference", "error", "tolerance", ""),
            [
                (
                    c.model,
                    c.name,
                    f"{c.value:.8g} {c.unit}",
                    f"{c.reference:.8g}",
                    f"{c.error:.2g} {c.error_is}",
                    f"{c.tolerance:.2g}",
                    "" if c.passed else "OUT",
                )
                for c in found
            ],
        )
        console.print(f"{len(found) - len(failed)} within tolerance, {len(failed)} not.", markup=False)
    if failed:
        raise typer.Exit(1)


@app.command()
def study(
    name: Annotated[str, typer.Argument(metavar="STUDY", help="cho, compression or t-cells.")],
    data: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder of the data.")] = Path("../shared/data"),
    drawn: Annotated[
        Path | None, typer.Option("--charts", metavar="FOLDER", help="Write the charts there, as SVG.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Set a model against real data: errors and coverage as they are."""
    from batchwright.twins import studies

    found = studies.study(name, data)
    if drawn is not None:
        drawn.mkdir(parents=True, exist_ok=True)
        for title, drawing in found.drawings.items():
            charts.write(drawing, drawn / f"{title}.svg")
    if as_json:
        say_json(found.document)
        return
    for sentence in found.summary:
        console.print(sentence, markup=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(context: typer.Context) -> None:
    """Measure speed and error beside peers in the same run; what follows goes to the benchmark."""
    program = Path(__file__).parents[3] / "benchmarks" / "twins.py"
    if not program.is_file():
        raise DomainError("Benchmarks come with the source", value="none here", remedy="Run this in a checkout.")
    os.chdir(program.parents[1])
    os.execv(sys.executable, [sys.executable, "-m", "benchmarks.twins", *context.args])  # noqa: S606 - our own


def _columns(run: Trajectory, names: Sequence[str]) -> list[str]:
    """Labels of the table for the names asked for; the first outputs or states where none were."""
    if not names:
        return list(run.columns)[:8]
    labels = []
    for name in names:
        own = [label for label in run.columns if label == name or label.partition("[")[0] == name]
        if not own:
            run[name]  # raises with what there is
        labels += own
    return labels


def _described(made: Model) -> dict[str, Any]:
    kinds = ("state", "algebraic", "input", "parameter", "definition", "output")
    return {
        "name": made.name,
        "title": made.title,
        "time_unit": made.time_unit,
        "source": made.source,
        "digest": made.digest(),
        **{kind + "s": [{**_plain(q), "kind": kind} for q in made.group(kind)] for kind in kinds},  # type: ignore[arg-type]
        "events": [{"name": e.name, "arguments": [_plain(a) for a in e.arguments]} for e in made.events],
        "equations": list(made.equations()),
        "limits": list(made.limits),
    }


def _fitted(found: Fit, level: float) -> dict[str, Any]:
    return {
        "model": found.model.name,
        "parameters": found.parameters,
        "intervals": found.intervals(level),
        "level": level,
        "chi_square": found.chi_square,
        "evaluations": found.evaluations,
        "warnings": list(found.identifiability.warnings),
    }


def _checked(one: Check) -> dict[str, Any]:
    return {**_plain(one), "error": one.error, "passed": one.passed}


def _plain(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _default(values: tuple[float, ...]) -> str:
    shown = [f"{value:g}" for value in values[:3]]
    return ", ".join(shown) + (" ..." if len(values) > 3 else "")


def _bounds(lower: float, upper: float) -> str:
    return f"{lower:g} to {upper:g}" if np.isfinite([lower, upper]).any() else ""
