"""Vials freeze, dry and desorb as published; windows keep the limits; a real run is read and predicted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from batchwright.kernel.errors import BadInput
from batchwright.twins import LogNormal, Observation, Ramp, Run, Schedule, Spread, simulate
from batchwright.twins.drying_runs import VIAL_10R, drying_run, end_of_drying, find_kv_rp, read_log
from batchwright.twins.drying_window import Duct, MeasuredLine, drying_window
from batchwright.twins.errors import DeclarationError, TwinError
from batchwright.twins.freezing import checks as freezing_checks
from batchwright.twins.freezing import freeze
from batchwright.twins.primary_drying import checks, dry, example_schedule, primary_drying
from batchwright.twins.secondary_drying import checks as secondary_checks
from batchwright.twins.secondary_drying import secondary_drying
from tests.twins.examples import DATA

LOG = DATA / "lyophilisation" / "2024-06-04-10_MFD_AH.csv"
real = pytest.mark.skipif(not LOG.exists(), reason="the real freeze-drying run is not in the data folder")


def test_drying_times_and_temperatures_are_those_published() -> None:
    for check in (*checks(), *freezing_checks(), *secondary_checks()):
        assert check.passed, f"{check.name}: {check.value} against {check.reference}"


@pytest.mark.parametrize("shelf", [-60.0, -10.0, 20.0, 100.0])
@pytest.mark.parametrize("pressure", [0.01, 0.15, 2.0])
def test_the_front_is_where_heat_supplied_equals_heat_of_sublimation(shelf: float, pressure: float) -> None:
    model = primary_drying()
    at = model.evaluate(
        ["T_front", "R_p", "K_v", "L_0"], states={"L_dry": 0.2}, inputs={"T_shelf": shelf, "p_chamber": pressure}
    )
    front, resistance, transfer, height = (float(at[name][0]) for name in ("T_front", "R_p", "K_v", "L_0"))
    vapour = 2.698e10 * np.exp(-6144.96 / front)
    heat = 678.0 * 3.14 / resistance / 3600.0 * (vapour - pressure)
    supplied = (shelf + 273.15 - front) / (1 / (3.8 * transfer) + (height - 0.2) / (3.14 * 0.0059))
    assert heat == pytest.approx(supplied, rel=1e-9, abs=1e-12)


def test_the_end_of_drying_does_not_depend_on_the_rows_of_the_table() -> None:
    ends = [dry(example_schedule(every))[1].time for every in (0.05, 0.5, 1.0)]
    assert ends == pytest.approx([ends[0]] * 3, rel=1e-5)


def test_a_schedule_that_ends_with_ice_is_refused() -> None:
    with pytest.raises(TwinError, match="Ice is left"):
        dry(Schedule(1.0))


def test_after_the_last_ice_nothing_sublimes() -> None:
    run = simulate(primary_drying(), Schedule(20.0, inputs={"T_shelf": 10.0}))
    assert run.last("dried") == pytest.approx(100.01, abs=1e-3)
    assert run.last("m_dot") == pytest.approx(0.0, abs=1e-6)


def test_supercooled_water_jumps_to_the_freezing_point_when_ice_forms() -> None:
    run = freeze(Schedule(4.0, every=0.02, inputs={"T_shelf": Ramp([0.0, 1.0], [20.0, -40.0])}), -12.0)
    row = int(np.flatnonzero(run.after)[0])
    assert run["T"][row - 1] == pytest.approx(-12.0, abs=1e-3)
    assert run["T"][row] == pytest.approx(-1.54, abs=1e-6)
    assert run["ice"][row] == pytest.approx(100 * 2.0 * 4.0 * 10.46 / run["H_fus"][row], rel=1e-4)
    assert run.last("T") == pytest.approx(-40.0, abs=0.5)


def test_a_vial_that_stays_warm_does_not_nucleate() -> None:
    with pytest.raises(TwinError, match="temperature of nucleation"):
        freeze(Schedule(2.0, inputs={"T_shelf": 5.0}), -10.0)


def test_a_warmer_shelf_dries_the_cake_further() -> None:
    left = [
        simulate(secondary_drying(), Schedule(6.0, inputs={"T_shelf": shelf})).last("w") for shelf in (10.0, 25.0, 40.0)
    ]
    assert left == sorted(left, reverse=True)


def test_a_window_agrees_with_simulated_vials() -> None:
    window = drying_window([-20.0], [0.1], critical=-25.0, dryer=Duct(0.1), vials=400)
    _, end = dry(Schedule(40.0, every=0.2, inputs={"T_shelf": -20.0, "p_chamber": 0.1}))
    assert window.time[0, 0] == pytest.approx(end.time, rel=1e-4)
    assert window.warmest[0, 0] == pytest.approx(end.warmest, abs=1e-3)


def test_the_spread_of_vials_and_the_dryer_narrow_the_window() -> None:
    shelf, pressure = np.linspace(-40.0, 20.0, 7), np.linspace(0.05, 0.3, 6)
    spread = Spread({"K_C": LogNormal(2.75e-4, 0.2), "A_1": LogNormal(16.0, 0.2)})
    alone = drying_window(shelf, pressure, critical=-25.0, dryer=Duct(0.2), vials=400)
    spread_out = drying_window(shelf, pressure, critical=-25.0, dryer=Duct(0.2), vials=400, spread=spread, members=50)
    choked = drying_window(shelf, pressure, critical=-25.0, dryer=Duct(0.02), vials=4000)
    assert 0 < spread_out.safe.sum() < alone.safe.sum()
    assert choked.safe.sum() < alone.safe.sum()
    best = alone.fastest()
    assert best[2] == alone.time[alone.safe].min()
    assert np.isfinite(spread_out.fastest()[2])


def test_no_safe_combination_is_said_so() -> None:
    window = drying_window([20.0], [0.3], critical=-40.0, dryer=MeasuredLine(-0.182, 11.7), vials=400)
    assert window.capability[0, 0] == pytest.approx(-0.182 + 11.7 * 0.3)
    with pytest.raises(DeclarationError, match="No combination is safe"):
        window.fastest()


@real
def test_the_real_run_is_fitted_and_its_end_lies_in_the_interval_predicted_after_a_third() -> None:
    log = read_log(LOG)
    assert sorted(log.products) == ["TP1", "TP2", "TP4"]
    seen = log.pirani_fall(0.5)
    vial = {**VIAL_10R, "V_fill": 3.0, "c_solid": 0.05}
    early = drying_run(log, until=seen / 3, parameters=vial)
    fit = find_kv_rp(early)
    ends = end_of_drying(fit, early, members=100)
    low, high = np.quantile(ends, [0.05, 0.95])
    assert low < seen < high
    whole = drying_run(log, until=13.5, parameters=vial, end=(seen, 0.5))
    found = find_kv_rp(whole)
    assert found.diagnostics["T_bottom"].rmse < 0.5
    assert np.median(end_of_drying(found, whole, members=50)) == pytest.approx(seen, abs=0.5)


def log_of(tmp_path: Path, *rows: str, header: str = "CycleTime,Phase,TShelfSurface,VacCPM,VacPirani,TP1,TP2") -> Path:
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["Run started", header, *rows]), encoding="utf-8")
    return path


def test_a_log_crosses_midnight_and_leaves_out_thermocouples_that_are_not_connected(tmp_path: Path) -> None:
    log = read_log(
        log_of(tmp_path, "22:00:00,1,0,0,0,0,0", "23:30:00,4,-10,100,160,-30,999.9", "0:30:00,4,-10,100,160,-29,999.9")
    )
    assert log.times.tolist() == [0.0, 1.0]
    assert list(log.products) == ["TP1"]
    with pytest.raises(BadInput, match="does not fall"):
        long = np.arange(0.0, 10.0)
        type(log)(long, long, long + 100, (long + 100) * 1.6, {}).pirani_fall(0.5)


@pytest.mark.parametrize(
    ("rows", "header", "said"),
    [
        (["1:00:00,4,0,0,0,0,0"], "Nothing", "no header"),
        (["1:00:00,4"], "CycleTime,Phase", "lacks a column"),
        (["1:00:00,1,0,0,0,0,0"], "CycleTime,Phase,TShelfSurface,VacCPM,VacPirani,TP1,TP2", "no primary drying"),
        (["1:00:00,x,0,0,0,0,0"], "CycleTime,Phase,TShelfSurface,VacCPM,VacPirani,TP1,TP2", "no number"),
        (["noon,4,0,0,0,0,0"], "CycleTime,Phase,TShelfSurface,VacCPM,VacPirani,TP1,TP2", "cannot be read"),
    ],
)
def test_a_log_that_cannot_be_read_is_refused_with_its_place(
    tmp_path: Path, rows: list[str], header: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        read_log(log_of(tmp_path, *rows, header=header))


def test_an_end_that_is_not_reached_is_infinite() -> None:
    vial = {**VIAL_10R, "V_fill": 3.0}
    schedule = Schedule(5.0, inputs={"T_shelf": -20.0, "p_chamber": 0.1})
    truth = simulate(primary_drying(), schedule, parameters=vial)
    times = [1.0, 2.0, 3.0, 4.0, 5.0]
    run = Run(
        "short",
        schedule,
        (Observation("T_bottom", times, truth.at(times, "T_bottom").tolist(), sd=0.5),),
        parameters=vial,
    )
    fit = find_kv_rp(run)
    assert np.isinf(end_of_drying(fit, run, members=5)).all()
