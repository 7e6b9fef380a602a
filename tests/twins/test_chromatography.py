"""Columns: mass leaves that was loaded, CADET's peaks come where they should, and refinement converges."""

from __future__ import annotations

import numpy as np
import pytest

from batchwright.twins import Schedule, Steps, simulate
from batchwright.twins.bed_operators import axis, bead, lobatto
from batchwright.twins.chromatograms import first_moment, load_wash_elute, peak, pool
from batchwright.twins.chromatography import TOLERANCE, Transport, checks, column, general_rate
from batchwright.twins.chromatography_lumped import checks as lumped_checks
from batchwright.twins.errors import DeclarationError
from batchwright.twins.trajectory import Trajectory

LOAD = {"A": 1.0, "B": 1.0, "C": 1.0}


@pytest.fixture(scope="module")
def eluted() -> Trajectory:
    return simulate(general_rate(), load_wash_elute(load=LOAD), tolerance=TOLERANCE)


def test_peaks_and_areas_agree_with_cadet_and_the_first_moment_with_its_closed_form() -> None:
    for check in (*checks(), *lumped_checks()):
        assert check.passed, f"{check.name}: {check.value} against {check.reference}"


def test_refining_the_bed_moves_no_peak_by_a_second(eluted: Trajectory) -> None:
    fine = simulate(column(elements=4, order=4, points=3), load_wash_elute(load=LOAD), tolerance=TOLERANCE)
    for name in LOAD:
        coarse, better = peak(eluted, name), peak(fine, name)
        assert coarse.time == pytest.approx(better.time, abs=0.3)
        assert coarse.height == pytest.approx(better.height, rel=2e-3)


def test_a_narrow_cut_is_purer_and_yields_less(eluted: Trajectory) -> None:
    narrow, wide = pool(eluted, "B", 720.0, 800.0), pool(eluted, "B", 600.0, 950.0)
    assert narrow.purity > wide.purity > 0.8
    assert narrow.yield_ < wide.yield_ < 1.0
    inside = (eluted.times >= 600.0) & (eluted.times <= 950.0)
    areas = {name: np.trapezoid(eluted[f"out_{name}"][inside], eluted.times[inside]) for name in LOAD}
    assert wide.purity == pytest.approx(areas["B"] / sum(areas.values()), rel=1e-4)
    assert wide.volume == pytest.approx(350.0 * 6.6837e-8, rel=1e-6)


@pytest.mark.parametrize("transport", ["general-rate", "lumped-pores", "lumped-rate"])
def test_a_linear_pulse_leaves_whole_and_on_time(transport: Transport) -> None:
    model = column(transport=transport, isotherm="linear", proteins=("A",), elements=4)
    schedule = Schedule(600.0, every=1.0, inputs={"A_in": Steps([0.0, 10.0], [1.0, 0.0])})
    run = simulate(model, schedule, tolerance=TOLERANCE)
    assert run.last("area_A") == pytest.approx(10.0, rel=1e-5)
    left = run.last("area_A") - run["area_A"]
    known = {"eps_c": 0.37, "eps_p": 0.75} | model.defaults()
    if transport != "lumped-rate":
        moment = float(np.trapezoid(left, run.times)) / 10.0
        assert moment == pytest.approx(first_moment(known, 6.6837e-8, 10.0), rel=1e-3)


def test_under_langmuir_binding_a_column_saturates_and_breaks_through() -> None:
    model = column(transport="lumped-pores", isotherm="langmuir", proteins=("A", "B"), elements=4)
    schedule = Schedule(1500.0, inputs={"A_in": 1.0, "B_in": 1.0})
    run = simulate(model, schedule, parameters={"qmax_A": 5.0, "qmax_B": 5.0}, tolerance=TOLERANCE)
    assert run.last("out_A") == pytest.approx(1.0, abs=1e-4)
    load = 10.0 / 5.0  # ka over kd, per mmol/L
    assert run["q_A"][-1, -1] == pytest.approx(5.0 * load / (1 + 2 * load), rel=1e-4)


def test_discrete_operators_conserve_mass_and_differentiate_polynomials_exactly() -> None:
    along, values = axis(3, 4), np.random.default_rng(1).random(15)
    assert along.weights.sum() == pytest.approx(1.0)
    supplied = along.weights @ (along.convection @ values + 0.3 * along.inlet)
    assert supplied == pytest.approx(0.3 - values[-1])
    assert along.weights @ along.dispersion @ values == pytest.approx(0.0, abs=1e-10)
    inside = bead(3)
    radius = np.append(inside.nodes, 1.0)
    np.testing.assert_allclose(inside.laplacian @ radius**4, 20 * inside.nodes**2, atol=1e-10)
    assert inside.gradient @ radius**4 == pytest.approx(4.0)
    assert lobatto(1)[0].tolist() == [-1.0, 1.0]


def test_a_bed_without_elements_or_points_is_refused() -> None:
    for wrong in (lambda: axis(0, 3), lambda: axis(2, 0), lambda: bead(0)):
        with pytest.raises(DeclarationError):
            wrong()
