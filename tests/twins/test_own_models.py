"""Penicillin, nanoparticle mixing, T cells and the press: what holds of each beyond its reference numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq

from batchwright.twins import Happening, Ramp, Schedule, Steps, simulate
from batchwright.twins.compression import tablet_press
from batchwright.twins.demonstrations import demonstration
from batchwright.twins.lnp import lnp_mixing
from batchwright.twins.penicillin import penicillin, recipe
from batchwright.twins.t_cell_study import forecast_patients
from batchwright.twins.t_cells import expansion


def test_a_penicillin_batch_grows_then_makes_penicillin_then_ages() -> None:
    run = simulate(penicillin(), recipe())
    assert run.at(30.0, "P")[0] < 1.0
    assert run.at(100.0, "P")[0] > 15.0
    assert run.at(200.0, "A3")[0] > 10 * run.at(100.0, "A3")[0]
    for name in ("A0", "A1", "P", "S", "DO"):
        assert run[name].min() > -1e-6
    assert run.last("yield") == pytest.approx(run.last("P") * run.last("V") / 1000)


def test_the_vessel_holds_what_went_in_less_what_went_out() -> None:
    still = dict.fromkeys(("F_s", "F_oil", "F_w", "F_PAA"), 0.0)
    run = simulate(penicillin(), Schedule(2.0, inputs={**still, "F_out": 1000.0}))
    lost = 5.8e4 - run.last("V")
    evaporated = 5.24e-4 * 5.8e4 * (np.exp(2.5 * 0.25) - 1) * 2  # 25 K above freezing
    assert lost == pytest.approx(2000.0 / 1.1005 + evaporated, rel=0.01)


def test_a_vessel_too_acid_or_too_warm_grows_less() -> None:
    at = penicillin().evaluate
    usual, acid, warm = (
        float(at(["mu"], inputs=inputs)["mu"][0]) for inputs in ({}, {"pH": 4.5}, {"T": 32.0})
    )  # fmt: skip
    assert acid < 0.9 * usual
    assert warm < 0.8 * usual


def test_more_organic_solvent_means_more_ethanol_and_the_size_follows_the_regression() -> None:
    at = lnp_mixing().evaluate
    names = ["ethanol_mixed", "ethanol_out", "size"]
    even = {name: float(v[0]) for name, v in at(names, inputs={"Q_aq": 6.0, "Q_org": 6.0, "Q_dil": 0.0}).items()}
    assert even["ethanol_mixed"] == pytest.approx(0.5)
    assert even["ethanol_out"] == pytest.approx(0.5)
    assert even["size"] == pytest.approx(80.0 * (1 / 3) ** -0.20, rel=1e-5)


def test_rinsing_with_buffer_alone_adds_no_lipid() -> None:
    run = simulate(lnp_mixing(), Schedule(5.0, inputs={"Q_aq": 0.0, "Q_org": Steps([0, 2], [3.0, 0.0])}))
    assert run.last("m_lipid") == pytest.approx(3.0 * 2.0 * 6.0)
    assert run.last("m_rna") == 0.0


def test_a_medium_exchange_brings_glucose_and_takes_lactate_but_no_cells() -> None:
    happening = Happening("exchange", 3.0, {"part": 0.5, "glc": 25.0, "il2": 100.0})
    run = simulate(expansion(), Schedule(4.0, happenings=(happening,)))
    before, after = (
        {name: float(run.at(3.0, name, side)[0]) for name in ("X", "Glc", "Lac", "V")} for side in ("before", "after")
    )
    assert after["X"] == before["X"]
    assert after["Glc"] == pytest.approx(0.5 * before["Glc"] + 12.5)
    assert after["Lac"] == pytest.approx(0.5 * before["Lac"])


def test_a_feed_dilutes_and_a_sample_does_not() -> None:
    done = (
        Happening("feed", 1.0, {"added": 100.0, "glc": 0.0, "il2": 0.0}),
        Happening("sample", 2.0, {"taken": 50.0}),
    )
    run = simulate(expansion(), Schedule(3.0, happenings=done))
    assert run.at(1.0, "X", "after")[0] == pytest.approx(0.5 * run.at(1.0, "X")[0])
    assert run.at(2.0, "X", "after")[0] == run.at(2.0, "X")[0]
    assert run.last("V") == pytest.approx(150.0)


@pytest.mark.slow
def test_forecasts_of_t_cells_get_better_and_their_intervals_hold() -> None:
    study = forecast_patients(8, days=(3.0, 7.0))
    assert study.error[:, 1].mean() < study.error[:, 0].mean() < 0.3
    assert study.inside.mean() >= 0.8
    assert study.error.mean() < study.persistent.mean()


def test_the_force_in_closed_form_is_the_root_of_kawakitas_relation() -> None:
    point = {"m": 230.0}
    found = tablet_press().evaluate(["force", "H", "h_s", "F_b"], states=point, inputs={"fill": 7.0, "edge": 1.9})
    force, powder, solid, per_b = (float(found[name][0]) for name in ("force", "H", "h_s", "F_b"))
    gap = 1.9 + 2 * 0.495

    def surplus(value: float) -> float:
        height = gap + value / 20.0
        return value * (height - solid) - per_b * (powder - height)

    assert force == pytest.approx(brentq(surplus, max(0.0, 20.0 * (solid - gap)), 1e3), rel=1e-9)


def test_the_press_presses_harder_when_the_gap_closes_or_the_tablet_is_heavier() -> None:
    run = simulate(tablet_press(), Schedule(1.0, inputs={"edge": Ramp([0, 1], [2.3, 1.9])}))
    assert (np.diff(run["force"]) > 0).all()
    forces = [
        float(tablet_press().evaluate(["force"], states={"m": mass})["force"][0]) for mass in (215.0, 224.0, 233.0)
    ]
    assert forces == sorted(forces)
    assert run.last("made") == pytest.approx(120_000.0)


def test_powder_lower_than_the_gap_is_not_pressed() -> None:
    loose = tablet_press().evaluate(["force"], states={"m": 100.0}, inputs={"fill": 2.0, "edge": 4.0})
    assert float(loose["force"][0]) < 0.01


def test_every_demonstration_runs_and_shows_what_it_names() -> None:
    for model in (penicillin(), lnp_mixing(), expansion(), tablet_press()):
        shown = demonstration(model.name)
        assert shown is not None
        run = simulate(model, shown.schedule)
        assert all(np.isfinite(run[name]).all() for name in shown.show)
    assert demonstration("nothing") is None
