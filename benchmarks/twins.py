"""The twins beside their peers: ``batchwright twins bench [--quick] [--json] [--only NAME]``.

Every contender solves the same problem at the same tolerances in the same run; rounds are interleaved and the
median of CPU time is given, with the error against a reference at much tighter tolerances. A peer that cannot be
installed is named. A full run keeps its results in ``benchmarks/results/twins.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from batchwright.twins import (
    Controller,
    Goal,
    Happening,
    Limit,
    LogNormal,
    Schedule,
    Spread,
    Steps,
    Tolerance,
    ensemble,
    fed_batch_culture,
    simulate,
)
from batchwright.twins.chromatograms import load_wash_elute
from batchwright.twins.chromatography import TOLERANCE, column
from batchwright.twins.integration import compiler, lay_out
from batchwright.twins.simulation import integrate
from benchmarks.modelling import peers
from benchmarks.reporting import keeping

RESULTS = Path(__file__).parent / "results" / "twins.json"
RELATIVE, ABSOLUTE = 1e-6, 1e-8
FEEDS = [(24.0 * day, 0.03, 400.0, 40.0) for day in range(3, 14)]
SCHEDULE = Schedule(
    336.0,
    every=1.0,
    happenings=tuple(Happening("bolus", at, {"volume": 1e3 * v, "Glc": g, "Gln": n}) for at, v, g, n in FEEDS),
)
STATES = ("V", "Xv", "Xd", "Glc", "Gln", "Lac", "Amm", "mAb")
SPREAD = Spread({name: LogNormal(value, 0.1) for name, value in list(peers.CULTURE.items())[:8]})
Result = dict[str, Any]


def measure(contenders: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, Result]:
    """CPU and wall time of each contender, interleaved; the first call of each is not counted but given."""
    found: dict[str, Result] = {name: {"first_s": _timed(call)[1]} for name, call in contenders.items()}
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    wall: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, call in contenders.items():
            used, passed = _timed(call)
            cpu[name].append(used)
            wall[name].append(passed)
    for name in contenders:
        found[name] |= {"cpu_ms": 1e3 * median(cpu[name]), "wall_ms": 1e3 * median(wall[name]), "rounds": rounds}
    return found


def _timed(call: Callable[[], Any]) -> tuple[float, float]:
    cpu, wall = time.process_time(), time.perf_counter()
    call()
    return time.process_time() - cpu, time.perf_counter() - wall


def fed_batch(quick: bool) -> Result:
    """A fourteen-day culture: 337 rows, eleven boluses."""
    model, tolerance = fed_batch_culture(), Tolerance(RELATIVE, ABSOLUTE)

    def ours() -> peers.Array:
        run = simulate(model, SCHEDULE, tolerance=tolerance)
        before = ~np.asarray(run.after, dtype=bool)
        return np.array([run[name][before] for name in STATES]).T

    def scipy(method: str, relative: float = RELATIVE, absolute: float = ABSOLUTE) -> peers.Array:
        return peers.run_culture(FEEDS, 336.0, method=method, relative=relative, absolute=absolute)

    tool, layout = compiler(model, tolerance), lay_out(model, SCHEDULE)
    p = model.vector("parameter")
    start = model.start_vector(p)
    tight = scipy("DOP853", 1e-12, 1e-14)
    size = np.abs(tight).max(axis=0)
    contenders: dict[str, Callable[[], Any]] = {
        "batchwright": ours, "batchwright, states only": lambda: integrate(tool, layout, start, p),
        "scipy LSODA": lambda: scipy("LSODA"), "scipy BDF": lambda: scipy("BDF"),
    }  # fmt: skip
    found = measure(contenders, 5 if quick else 25)
    for name, call in contenders.items():
        if name != "batchwright, states only":
            found[name]["error"] = float(np.max(np.abs(call() - tight) / np.where(size > 0, size, 1.0)))
    return {
        "problem": "fed-batch CHO, 8 states, 14 days, 11 boluses, 337 rows; error: largest over rows and states, "
        "over the largest value of the state",
        "tolerance": [RELATIVE, ABSOLUTE], "contenders": found, "aim": "<= 2 ms CPU",
    }  # fmt: skip


def members(quick: bool) -> Result:
    """Ten thousand cultures on two processes, 15 rows each."""
    count, few = (500, 10) if quick else (10_000, 100)
    schedule = Schedule(336.0, every=24.0, happenings=SCHEDULE.happenings)
    model, outputs = fed_batch_culture(), ("VCD", "titre")
    before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    with ProcessPoolExecutor(2) as pool:
        began = time.perf_counter()
        many = ensemble(model, schedule, SPREAD, members=count, seed=1, outputs=outputs, executor=pool)
        passed = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)  # complete once the pool has ended
    began = time.perf_counter()
    alone = ensemble(model, schedule, SPREAD, members=few, seed=1, outputs=outputs)
    one_process = time.perf_counter() - began
    drawn = SPREAD.draw(model, few, 1)
    began, cpu = time.perf_counter(), time.process_time()
    for row in drawn:
        own = peers.CULTURE | dict(zip(SPREAD.of, map(float, row), strict=True))
        peers.run_culture(
            FEEDS, 336.0, method="LSODA", relative=RELATIVE, absolute=ABSOLUTE, every=24.0, parameters=own
        )
    peer, peer_cpu = time.perf_counter() - began, time.process_time() - cpu
    found = {
        f"batchwright, {count} on 2 processes": {
            "wall_s": passed,
            "cpu_s": used.ru_utime + used.ru_stime - before,
            "failed": len(many.failed),
        },
        f"batchwright, {few} in this process": {"wall_s": one_process, "failed": len(alone.failed)},
        f"scipy LSODA, {few} in this process": {"wall_s": peer, "cpu_s": peer_cpu},
        f"scipy LSODA, {count} on 2 processes, projected": {"wall_s": peer_cpu * count / few / 2},
    }
    return {
        "problem": f"{count} cultures, 8 parameters drawn",
        "contenders": found,
        "aim": "<= 15 s for 10,000 on 2 cores",
    }


def drying(quick: bool) -> Result:
    """Primary drying of the worked example of Pikal's model."""
    from batchwright.twins.primary_drying import dry, example_schedule

    tolerance = Tolerance(RELATIVE, ABSOLUTE)
    tight = peers.drying("Radau", 1e-12, 1e-14)
    contenders: dict[str, Callable[[], tuple[float, float]]] = {
        "batchwright, table every 0.1 h": lambda: _end(dry(example_schedule(), tolerance=tolerance)[1]),
        "batchwright, end only": lambda: _end(dry(example_schedule(every=7.0), tolerance=tolerance)[1]),
        "scipy LSODA": lambda: peers.drying("LSODA", RELATIVE, ABSOLUTE),
        "scipy RK45": lambda: peers.drying("RK45", RELATIVE, ABSOLUTE),
    }
    found = measure(contenders, 5 if quick else 25)
    for name, call in contenders.items():
        end, front = call()
        found[name] |= {"error_h": abs(end - tight[0]), "error_K": abs(front - tight[1])}
    return {
        "problem": "primary drying, 2 mL, 150 mTorr, shelf -35 to 20 Cel", "tolerance": [RELATIVE, ABSOLUTE],
        "contenders": found, "reference": {"end_h": tight[0], "front_Cel": tight[1]}, "aim": "<= 2 ms",
        "not_installed": "LyoPRONTO is in no registry that is reached here",
    }  # fmt: skip


def _end(end: Any) -> tuple[float, float]:
    return float(end.time), float(end.front)


def chromatography(quick: bool) -> Result:
    """General rate, three proteins, steric mass action, load-wash-elute."""
    from batchwright.twins.chromatograms import load_wash_elute, peak
    from batchwright.twins.chromatography import TOLERANCE, column

    schedule = load_wash_elute(load={"A": 1.0, "B": 1.0, "C": 1.0})
    models = {"batchwright, 2 elements of degree 4, 2 nodes in a bead": column()}
    fine = simulate(
        column(elements=4, order=4, points=4), schedule, tolerance=Tolerance(1e-8, 1e-10, linear_solver="qr")
    )
    contenders: dict[str, Callable[[], Any]] = {
        name: partial(simulate, model, schedule, tolerance=TOLERANCE) for name, model in models.items()
    }
    found = measure(contenders, 2 if quick else 5)
    for name, call in contenders.items():
        run = call()
        found[name]["error"] = max(
            float(np.max(np.abs(run[f"out_{p}"] - fine[f"out_{p}"])) / np.max(fine[f"out_{p}"])) for p in "ABC"
        )
        found[name]["peaks_s"] = [peak(run, p).time for p in "ABC"]
    return {
        "problem": "GRM, SMA, salt and three proteins, 2000 s; error: largest distance of a curve over its "
        "height, against 4 elements, 4 nodes, 1e-8",
        "contenders": found,
        "not_installed": "CADET (cadet-core) has no wheel for this Python; its 1.0 s for 20x5 cells is of another run",
        "aim": "no slower than CADET at equal error",
    }  # fmt: skip


def control(quick: bool) -> Result:
    """A step of model-predictive control: 24 stages of 6 h, feed between 0 and 3 mL/h, glucose below 40 mM."""
    stages, stage, most, steps = 24, 6.0, 0.003, 3 if quick else 10
    model = fed_batch_culture()
    fed = {"Glc_feed": 400.0, "Gln_feed": 20.0}
    in_force = 0.0008  # both begin their search here; from no feed at all IPOPT ends in a worse local optimum
    ours = Controller(
        model, Schedule(stages * stage, inputs={**fed, "feed": in_force}), stages=stages, moves={"feed": (0.0, most)},
        goal=Goal(end={"mAb": 1.0}),
        limits=(Limit("Glc", upper=40.0), Limit("V", upper=1.5)),
    )  # fmt: skip
    theirs = peers.do_mpc_controller(stages, stage, most)
    state = dict(zip(STATES, peers.CULTURE_START, strict=True))
    if theirs is not None:
        theirs.x0 = np.array(peers.CULTURE_START)
        theirs.u0 = np.array([in_force])
        theirs.set_initial_guess()
    spent: dict[str, list[tuple[float, float]]] = {"batchwright": [], "do-mpc": []}
    feeds: dict[str, list[float]] = {"batchwright": [], "do-mpc": []}
    planned: dict[str, list[float]] = {"batchwright": [], "do-mpc": []}
    for step in range(steps):
        plan: list[Any] = []
        spent["batchwright"].append(_timed(lambda: plan.append(ours.solve(state, begin=stage * step))))  # noqa: B023
        feed = float(plan[0].inputs["feed"][0])
        feeds["batchwright"].append(feed)
        planned["batchwright"].append(_reached(state, stage, plan[0].inputs["feed"], fed))
        if theirs is not None:
            point, answer = np.array([state[name] for name in STATES]), []
            spent["do-mpc"].append(_timed(lambda: answer.append(theirs.make_step(point))))  # noqa: B023
            feeds["do-mpc"].append(float(answer[0][0, 0]))
            own = np.array([float(theirs.opt_x_num["_u", k, 0]) for k in range(stages)]) * float(
                theirs.scaling["_u", "feed"]
            )
            planned["do-mpc"].append(_reached(state, stage, own, fed))
        run = simulate(model, Schedule(stage, inputs={"feed": max(feed, 0.0), **fed}), start=state)
        state = {name: run.last(name) for name in STATES}
    found: dict[str, Result] = {
        name: {
            "first_ms": 1e3 * rows[0][1], "wall_ms": 1e3 * median(w for _, w in rows[1:]),
            "cpu_ms": 1e3 * median(c for c, _ in rows[1:]), "feeds_mL_h": [round(1e3 * f, 3) for f in feeds[name]],
            "titre_reached_g_L": [round(g, 5) for g in planned[name]],
        }
        for name, rows in spent.items() if rows
    }  # fmt: skip
    return {
        "problem": "fed-batch CHO, 24 x 6 h, Radau of degree 3, IPOPT, warm start; feed of the successive "
        "plans and the titre that each plan reaches when it is simulated",
        "contenders": found, "aim": "<= 0.5 x do-mpc",
        **({} if theirs is not None else {"not_installed": "do-mpc: pip install do-mpc"}),
    }  # fmt: skip


def _reached(state: Mapping[str, float], stage: float, feeds: peers.Array, fed: Mapping[str, float]) -> float:
    """Titre at the end of a plan, simulated."""
    times = (stage * np.arange(len(feeds))).tolist()
    profile = Steps(times, np.clip(feeds, 0.0, 1.0).tolist())
    run = simulate(fed_batch_culture(), Schedule(stage * len(feeds), inputs={**fed, "feed": profile}), start=state)
    return run.last("mAb")


def spread_out(quick: bool) -> Result:
    """The same ensemble in this process, on a process pool and on a Dask cluster; cost against members."""
    model, outputs = fed_batch_culture(), ("VCD", "titre")
    schedule = Schedule(336.0, every=24.0, happenings=SCHEDULE.happenings)
    sizes = (50, 100) if quick else (250, 500, 1000, 2000)

    def run(count: int, executor: Any) -> tuple[Any, float]:
        began = time.perf_counter()
        many = ensemble(model, schedule, SPREAD, members=count, seed=3, outputs=outputs, executor=executor)
        return many.values, time.perf_counter() - began

    run(4, None)
    cost: dict[str, dict[int, float]] = {"in this process": {}, "process pool of 2": {}}
    values: dict[str, Any] = {}
    for count in sizes:
        values["here"], cost["in this process"][count] = run(count, None)
    with ProcessPoolExecutor(2) as pool:
        run(4, pool)
        for count in sizes:
            values["pool"], cost["process pool of 2"][count] = run(count, pool)
    same = {"process pool": bool(np.array_equal(values["here"], values["pool"]))}
    try:
        distributed = import_module("distributed")
    except ModuleNotFoundError:
        return {"problem": "one ensemble, three executors", "wall_s": cost, "identical": same, "not_installed": "dask"}
    with (
        distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        cost["dask, 2 workers"] = {}
        executor = client.get_executor()
        run(4, executor)
        for count in sizes:
            values["dask"], cost["dask, 2 workers"][count] = run(count, executor)
    same["dask"] = bool(np.array_equal(values["here"], values["dask"]))
    return {"problem": "one ensemble of fed-batch cultures, three executors", "wall_s": cost, "identical": same}


def by_states(quick: bool) -> Result:
    """One ensemble of a lumped-rate column on ever finer beds: CPU time of a member against the number of states."""
    cost: dict[int, float] = {}
    schedule = load_wash_elute(load={"A": 1.0, "B": 1.0, "C": 1.0}, every=10.0)
    spread = Spread({"ka_A": LogNormal(35.5, 0.05)})
    count = 4 if quick else 16
    for elements in (1, 2, 4, 8) if quick else (1, 2, 4, 8, 16):
        model = column(transport="lumped-rate", elements=elements)
        run = partial(ensemble, model, schedule, spread, outputs=("out_A",), tolerance=TOLERANCE, seed=1)
        run(members=2)
        began = time.process_time()
        run(members=count)
        cost[len(model.labels("state"))] = (time.process_time() - began) / count
    return {"problem": "members of a lumped-rate column", "cpu_s_per_member_by_states": cost}


PARTS: Mapping[str, Callable[[bool], Result]] = {
    "fed-batch": fed_batch, "ensemble": members, "drying": drying, "chromatography": chromatography, "control": control,
    "executors": spread_out, "states": by_states,
}  # fmt: skip


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and members")
    parser.add_argument("--json", action="store_true", help="JSON for machines")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="measure only this")
    asked = parser.parse_args()
    keeping.end_when_told()
    warnings.filterwarnings("ignore", category=UserWarning, module="do_mpc")
    warnings.filterwarnings("ignore", category=FutureWarning, module="casadi")
    machine = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count(),
               "load": os.getloadavg()[0]}  # fmt: skip
    found: dict[str, Any] = {"machine": machine}
    for name in asked.only or PARTS:
        with keeping.measured(found, name):
            found[name] = PARTS[name](asked.quick)
        if not asked.quick:
            keeping.write(RESULTS, found)
        if not asked.json:
            print(f"\n{name}: {json.dumps(found[name], indent=2)}")
    if asked.json:
        print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
