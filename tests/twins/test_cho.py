"""The fed-batch culture on three real runs, and what its reader refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]

from batchwright.kernel.errors import BadInput, Unavailable
from batchwright.twins import Happening, Run, Schedule, simulate
from batchwright.twins.cho import fed_batch_culture
from batchwright.twins.cho_data import read_runs
from batchwright.twins.cho_study import Study, forecast_as_data_come_in, predict_held_out
from tests.twins.examples import DATA

WORKBOOK = DATA / "cho" / "fed_batch_igg_3_runs.xlsx"
needs_data = pytest.mark.skipif(not WORKBOOK.exists(), reason="the three CHO runs are not here (BATCHWRIGHT_DATA)")


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    """The three runs, glutamine and asparagine taken together."""
    return read_runs(WORKBOOK, amide_pool=True)


@pytest.fixture(scope="module")
def study(runs: list[Run]) -> Study:
    """Fitted on two, judged on the third."""
    return predict_held_out(runs[:2], runs[2])


def test_a_fed_culture_keeps_its_glucose_and_its_cells() -> None:
    boluses = tuple(Happening("bolus", 24.0 * day, {"volume": 30.0, "Glc": 400.0, "Gln": 40.0}) for day in range(3, 10))
    run = simulate(fed_batch_culture(gases=True, extended=True), Schedule(240.0, happenings=boluses))
    assert run.last("V") == pytest.approx(1.21)
    assert run["viability"].max() <= 100.0 + 1e-6
    for name in fed_batch_culture(gases=True, extended=True).labels("state"):
        assert run[name].min() > -1e-3 * max(abs(run[name]).max(), 1e-12)


@needs_data
def test_the_workbook_holds_three_runs_of_thirteen_samples(runs: list[Run]) -> None:
    assert [run.name for run in runs] == ["11", "12", "21"]
    for run in runs:
        assert {len(o.times) for o in run.observations} == {12}
        assert run.start["V"] == 0.074
        assert sum(h.event == "sample" for h in run.schedule.happenings) == 13
    fed = [h for h in runs[0].schedule.happenings if h.event == "bolus"]
    assert fed[0].arguments == {"volume": 1.31, "Glc": 400.0, "Gln": pytest.approx(16.6555, rel=1e-4)}
    plain = read_runs(WORKBOOK)
    assert plain[0].start["Gln"] == pytest.approx(2.3714, rel=1e-4)


@needs_data
@pytest.mark.slow
def test_the_third_run_is_predicted_from_the_other_two(study: Study) -> None:
    errors = {output.name: output.relative_rmse for output in study.report.outputs}
    assert errors["titre"] < 0.08
    assert errors["VCD"] < 0.12
    assert errors["Glc"] < 0.10
    assert errors["Gln"] < 0.06
    assert max(errors.values()) < 0.18
    inside = [output.coverage * output.count for output in study.report.outputs]
    assert sum(inside) / sum(output.count for output in study.report.outputs) > 0.7


@needs_data
@pytest.mark.slow
def test_the_forecast_error_of_the_cells_falls_as_data_come_in(runs: list[Run], study: Study) -> None:
    errors, _ = forecast_as_data_come_in(study.fit, runs[2], output="VCD", members=30)
    early, late = [np.mean([e.remaining for e in part]) for part in (errors[:4], errors[7:])]
    assert late < 0.7 * early


def sheet(change: Callable[[Workbook], None], path: Path) -> Path:
    """A small workbook of the right form, with something wrong in it."""
    book = Workbook()
    measured = book.active
    assert measured is not None
    measured.title = "Measured Data"
    names = [
        "Viable Cell Concentration (10^6 cells/mL)",
        "Dead Cell Concentration (10^6 cells/mL)",
        "IgG (mg/L)",
        "Glucose (mM)",
        "Glutamine (mM)",
        "Lactate (mM)",
        "NH3 (mM)",
    ]
    from datetime import datetime, timedelta

    measured.append(["Experiment Data"])
    measured.append(["Date", "Cell Line", "ID", "Initial Volume (mL)", "Sample Volume (mL)", "F", *names])
    begin = datetime(2020, 1, 1)  # noqa: DTZ001 - a laboratory sheet has no zone
    for day in range(3):
        measured.append([begin + timedelta(days=day), "A", 1, 100, 1, 2.0 * (day == 1), 0.3, None, 1, 25, 3, 1, 1])
    feeds = book.create_sheet("Feed Concentration")
    for row in (["ID", 1], ["Feed Name", "F"], ["Glucose (mM)", 400], ["Glutamine (mM)", None]):
        feeds.append(row)
    change(book)
    book.save(path)
    return path


def test_a_sheet_of_the_right_form_is_read(tmp_path: Path) -> None:
    found = read_runs(sheet(lambda _: None, tmp_path / "good.xlsx"))
    assert [h.event for h in found[0].schedule.happenings] == ["sample", "sample", "bolus", "sample"]
    assert np.isnan(found[0].observations[1].values[0])


def put(cell: str, value: object) -> Callable[[Workbook], None]:
    """A change of one measured cell."""

    def change(book: Workbook) -> None:
        book["Measured Data"][cell] = value

    return change


def drop_feed_row(book: Workbook) -> None:
    book["Feed Concentration"].delete_rows(3)


def drop_sheet(book: Workbook) -> None:
    book.remove(book["Feed Concentration"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (put("G3", "many"), r"line 3: A value is no number.*'many'"),
        (put("A4", "yesterday"), r"line 4: A date cannot be read"),
        (put("G2", "Cells"), "A column is missing"),
        (drop_feed_row, "A row of the feeds is missing"),
        (drop_sheet, "lacks a sheet"),
    ],
)
def test_a_sheet_that_cannot_be_read_says_where(
    change: Callable[[Workbook], None], message: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=message):
        read_runs(sheet(change, tmp_path / "bad.xlsx"))


def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_runs(tmp_path / "none.xlsx")


def test_without_openpyxl_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(Unavailable, match="Install"):
        read_runs(tmp_path / "any.xlsx")
