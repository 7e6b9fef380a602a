"""Transcription reproduces what was published about it and fits the published data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from batchwright.kernel.errors import BadInput
from batchwright.twins import Run, Schedule, simulate
from batchwright.twins.mrna import FITTED, NUCLEOTIDES, REVISED, TOLERANCE, checks, in_vitro_transcription
from batchwright.twins.mrna_runs import (
    PRIORS,
    START,
    fit,
    read_initial_rates,
    read_nmr,
    read_solubility,
    read_trajectories,
)
from batchwright.twins.mrna_yield import checks as yield_checks
from tests.twins.examples import DATA

FOLDER = DATA / "ivt"
real = pytest.mark.skipif(not FOLDER.exists(), reason="the published transcription runs are not in the data folder")


def test_published_predictions_are_reproduced() -> None:
    for check in (*checks(), *yield_checks()):
        assert check.passed, f"{check.name}: {check.value} against {check.reference}"


def misfit(runs: list[Run], parameters: dict[str, float], full_charge: bool) -> float:
    """Sum of squared weighted residuals."""
    model, whole = in_vitro_transcription(full_charge=full_charge), 0.0
    for run in runs:
        table = simulate(model, run.looked_at(), parameters={**parameters, **run.parameters}, tolerance=TOLERANCE)
        for seen in run.observations:
            whole += float(np.sum(((table.at(seen.times, seen.name) - np.array(seen.values)) / seen.noise) ** 2))
    return whole


@real
@pytest.mark.parametrize(
    ("parameters", "published"),
    [(dict(START), (838.2, 169.5, 363.9)), (dict(REVISED), (333.9, 152.3, 256.6))],
    ids=["start", "fitted"],
)
def test_sums_of_squares_are_those_the_authors_print(
    parameters: dict[str, float], published: tuple[float, float, float]
) -> None:
    sets = (
        read_trajectories(FOLDER / "akama_reaction_trajectories.csv"),
        read_initial_rates(FOLDER / "akama_initial_rate.csv"),
        read_solubility(FOLDER / "akama_mg2ppi_solubility.csv"),
    )
    for runs, reference in zip(sets, published, strict=True):
        assert misfit(runs, parameters, full_charge=True) == pytest.approx(reference, abs=0.06)


@real
def test_the_published_parameters_are_the_ones_in_the_data_folder() -> None:
    powers = [float(line) for line in (FOLDER / "fittedparameters.csv").read_text(encoding="utf-8").split()]
    assert [value[0] for value in FITTED.values()] == pytest.approx(powers)


@real
def test_a_fit_of_some_trajectories_comes_back_to_the_published_misfit() -> None:
    runs = read_trajectories(FOLDER / "akama_reaction_trajectories.csv")[:2]
    found = fit(runs, max_evaluations=12)
    assert set(found.names) == set(FITTED)
    assert misfit(runs, found.parameters, full_charge=False) < misfit(runs, dict(START), full_charge=False) / 2


@real
def test_the_nmr_run_is_read_with_its_cap_and_pyrophosphatase() -> None:
    run = read_nmr(FOLDER / "pfizerNTP.csv")
    assert [seen.name for seen in run.observations] == [*NUCLEOTIDES, "Pi"]
    assert run.parameters["PPase"] == 0.002
    assert run.parameters["Cap"] == 4.0
    table = simulate(in_vitro_transcription(), run.schedule, parameters=run.parameters, tolerance=TOLERANCE)
    assert table.last("PPi") < 0.5
    assert table.last("Pi") > 5.0


def test_free_ions_start_at_equilibrium_at_any_charge() -> None:
    model, rng = in_vitro_transcription(full_charge=True), np.random.default_rng(3)
    for _ in range(40):
        charge = {f"{name}_0": float(rng.uniform(0.0, 20.0)) for name in NUCLEOTIDES}
        charge |= {"Mg_0": float(10 ** rng.uniform(-1.0, 2.0)), "PPi_0": float(rng.uniform(0.0, 5.0))}
        at = model.evaluate(["rate:pH", "rate:pMg"], parameters=charge)
        assert np.abs([at["rate:pH"][0], at["rate:pMg"][0]]).max() * 1e-6 < 1e-6


def test_without_pyrophosphatase_crystals_take_magnesium_and_template() -> None:
    run = simulate(in_vitro_transcription(), Schedule(2.0), tolerance=TOLERANCE)
    assert run.last("solid") > 1.5
    assert run.last("DNA") < 1e-6
    digested = simulate(in_vitro_transcription(), Schedule(2.0), parameters={"PPase": 0.002}, tolerance=TOLERANCE)
    assert digested.last("solid") < 1e-6
    assert digested.last("RNA") > run.last("RNA")


def test_every_prior_belongs_to_a_fitted_parameter() -> None:
    assert set(PRIORS) < set(FITTED)


def test_tables_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    bad = tmp_path / "rates.csv"
    bad.write_text("a\tb\tc\td\n1\t2\tx\t4\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no number"):
        read_initial_rates(bad)
    keys = ["Species", "Times (hrs)", *(f"k{i}" for i in range(16)), "output yield", "outputstd"]
    lines = ["\t".join(keys), *("\t".join(["4", "(1,2)", *[str(i)] * 16, "(1,2)", "0.1"]) for i in (1, 2))]
    bad.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BadInput, match="different runs"):
        read_nmr(bad)
