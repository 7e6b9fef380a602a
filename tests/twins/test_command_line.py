"""``batchwright twins`` as people and scripts meet it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from batchwright import cli as root
from batchwright.kernel.errors import BadInput, BatchwrightError, DomainError
from batchwright.twins import Observation, Run, Schedule, catalogue, charts, cli, run_files, simulate, studies
from batchwright.twins.arguments import Asked, noise_of, spread_of
from batchwright.twins.catalogue import Entry
from batchwright.twins.checks import Check
from batchwright.twins.cho import fed_batch_culture
from batchwright.twins.cho_study import ForecastError
from batchwright.twins.compression_study import BatchResult, CompressionStudy, Curve
from batchwright.twins.errors import TwinError
from batchwright.twins.fitting import identify
from batchwright.twins.ufdf import filtration
from tests.twins.examples import growth


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.app, list(words), env={"COLUMNS": "200", "NO_COLOR": "1"})


def answer(*words: str) -> Any:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue with the small model of the tests."""
    entry = Entry("growth", "Growth", "ufdf", "filtration")
    monkeypatch.setattr(Entry, "model", lambda self: growth() if self.name == "growth" else filtration())
    monkeypatch.setattr(catalogue, "ENTRIES", (entry,))


def gives(value: Any) -> Callable[..., Any]:
    """A function that gives this whatever it is asked."""
    return lambda *_, **__: value


def refused(*words: str) -> str:
    done = run(*words)
    assert isinstance(done.exception, BatchwrightError), done.output
    return str(done.exception)


def test_the_models_are_listed() -> None:
    assert "fed-batch-cho" in run("list").stdout
    assert {"name": "penicillin", "title": "Penicillin fed-batch (Goldrick, reduced)"} in answer("list")


def test_a_model_shows_its_quantities_its_equations_and_its_limits() -> None:
    shown = run("show", "t-cell-expansion").stdout
    assert "mu_max" in shown
    assert "exchange" in shown
    assert "Not to be trusted" in shown
    document = answer("show", "uf-df")
    assert document["equations"]
    assert {"V", "m_P"} <= {state["name"] for state in document["states"]}
    assert document["parameters"][0]["source"]
    assert document["states"][0]["upper"] is None  # no infinity in JSON
    assert r"f_{\mathrm{pH}}" in run("show", "penicillin").stdout


def test_a_model_runs_its_demonstration_and_what_is_asked_for(tmp_path: Path) -> None:
    assert run("simulate", "uf-df").exit_code == 0
    found = answer(
        "simulate", "uf-df", "--set", "wash=0:0,0.5:1", "--set", "TMP=ramp:0:0.5,1:1.5",
        "--set", "R=0.9", "--set", "V=20",
        "--end", "1", "--every", "0.25", "--show", "V", "--show", "TMP",
    )  # fmt: skip
    assert found["t"] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert found["values"]["TMP"][-1] == pytest.approx(1.5)
    assert found["values"]["V"][0] == 20.0
    assert found["units"] == {"V": "L", "TMP": "bar"}


@pytest.mark.usefixtures("small")
def test_events_can_be_asked_for_and_the_table_and_a_chart_are_written(tmp_path: Path) -> None:
    table, chart = tmp_path / "run.csv", tmp_path / "run.svg"
    done = run(
        "simulate", "growth", "--end", "4", "--happen", "bolus@2:volume=100", "--csv", str(table), "--plot", str(chart)
    )
    assert done.exit_code == 0, done.output
    assert table.read_text(encoding="utf-8").startswith("t")
    assert chart.read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize("kind", [".html", ".png", ".json"])
def test_charts_are_written_in_every_form(kind: str, tmp_path: Path) -> None:
    chart = tmp_path / f"chart{kind}"
    assert run("simulate", "shipper", "--plot", str(chart)).exit_code == 0
    assert chart.stat().st_size > 1000
    if kind == ".html":
        assert "cdn.jsdelivr" not in chart.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("simulate", "weather"), "no such model"),
        (("simulate", "uf-df", "--set", "R"), "NAME=VALUE"),
        (("simulate", "uf-df", "--set", "R=much"), "number"),
        (("simulate", "uf-df", "--set", "J=1"), "cannot be set"),
        (("simulate", "uf-df", "--set", "nothing=1"), "no such name"),
        (("simulate", "uf-df", "--set", "wash=0:x"), "number"),
        (("simulate", "uf-df", "--happen", "bolus"), "event cannot be read"),
        (("simulate", "uf-df", "--show", "nothing"), "no such column"),
        (("simulate", "uf-df", "--plot", "chart.gif"), "cannot be written"),
        (("ensemble", "uf-df", "--spread", "R=flat:0:1"), "distribution"),
        (("study", "weather"), "no such study"),
    ],
)
def test_a_word_that_makes_no_sense_is_refused_with_what_would(words: tuple[str, ...], says: str) -> None:
    assert says in refused(*words)


@pytest.mark.usefixtures("small")
def test_a_model_without_a_demonstration_needs_an_end() -> None:
    assert "--end" in refused("simulate", "growth")
    asked = Asked.of(growth(), [], ["bolus@3:volume=1"], None, None, None, needs_end=False)
    assert asked.schedule.end == 3.0
    assert asked.schedule_given


def test_an_end_before_an_event_of_the_demonstration_drops_the_event() -> None:
    found = answer("simulate", "t-cell-expansion", "--end", "4", "--show", "Glc")
    assert found["t"][-1] == 4.0


def test_a_vector_state_starts_as_given_and_shows_all_its_elements() -> None:
    zeros = ",".join(["0"] * 10)
    found = answer("simulate", "penicillin", "--end", "1", "--set", f"n={zeros}", "--show", "n")
    assert len(found["values"]) == 10


def test_an_ensemble_is_the_same_in_one_process_and_in_two(tmp_path: Path) -> None:
    words = ("ensemble", "shipper", "--spread", "UA=normal:0.5:0.05", "--spread", "m=uniform:1.8:2.2",
             "--members", "20",
             "--end", "6", "--show", "T_p")  # fmt: skip
    alone, two = answer(*words), answer(*words, "--processes", "2")
    assert alone == two
    assert alone["quantiles"]["T_p"]["0.05"][-1] < alone["quantiles"]["T_p"]["0.95"][-1]
    chart = tmp_path / "members.svg"
    assert "T_p" in run(*words, "--plot", str(chart)).stdout
    assert chart.exists()


def test_members_that_fail_are_told() -> None:
    done = run(
        "ensemble", "penicillin", "--spread", "V=lognormal:58000:0.1", "--members", "2", "--end", "1", "--show", "P"
    )
    assert done.exit_code == 0
    assert "members failed" not in done.stdout


def test_checks_pass_and_say_value_reference_and_error() -> None:
    found = answer("check", "lnp-mixing", "moist-heat")
    assert found["failed"] == 0
    assert {"value", "reference", "error", "tolerance", "source", "passed"} <= set(found["checks"][0])
    assert "within tolerance" in run("check", "lnp-mixing").stdout


def test_a_number_out_of_tolerance_is_an_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Entry, "checks", lambda self: (Check(self.name, "x", 1.0, 2.0, 0.1),))
    done = run("check", "uf-df")
    assert done.exit_code == 1
    assert "OUT" in done.stdout


def grown(name: str, mu_max: float) -> Run:
    times = np.arange(1.0, 9.0)
    found = simulate(growth(), Schedule(8.0, at=tuple(times)), parameters={"mu_max": mu_max})
    noise = np.random.default_rng(1).normal(0, 0.01, len(times))
    return Run(
        name, Schedule(8.0), (Observation("X", times.tolist(), (found.at(times, "X") + noise).tolist(), sd=0.01),)
    )


@pytest.mark.usefixtures("small")
def test_a_fit_says_what_was_found_how_well_and_predicts_what_was_held_out(tmp_path: Path) -> None:
    rows = ["run,t,X"]
    for one in (grown("A", 0.4), grown("B", 0.4)):
        seen = one.observations[0]
        rows += [f"{one.name},{t},{v}" for t, v in zip(seen.times, seen.values, strict=True)]
    rows.append("B,8.0,")  # a missing value
    table, chart = tmp_path / "runs.csv", tmp_path / "fit.svg"
    table.write_text("\n".join(rows), encoding="utf-8")
    words = (
        "fit",
        "growth",
        str(table),
        "--free",
        "mu_max",
        "--noise",
        "X=0.01,0.02",
        "--happen",
        "bolus@0.5:volume=0",
    )
    shown = run(*words, "--hold-out", "B", "--plot", str(chart))
    assert shown.exit_code == 0, shown.output
    assert "held out" in shown.stdout
    assert chart.exists()
    found = json.loads(run(*words, "--json").stdout)
    low, high = found["intervals"]["mu_max"]
    assert low < 0.4 < high
    assert found["fitted_on"] == ["A", "B"]
    assert "no such run" in refused(*words, "--hold-out", "C")
    warned = run("fit", "growth", str(table), "--free", "mu_max", "--free", "K", "--noise", "X=0.01", "--set", "Y=0.5")
    assert warned.exit_code == 0, warned.output
    assert "Warning" in warned.stdout


def test_runs_are_read_from_json_with_profiles_events_and_missing_values(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    observation = {"name": "X", "times": [1, 2], "values": [0.1, None], "sd": 0.01}
    inputs = {"feed": {"steps": [[0, 0], [2, 0.1]]}, "b": {"ramp": [[0, 0], [1, 1]]}, "c": 3}
    event = {"event": "bolus", "at": 1, "arguments": {"volume": 5}}
    entry = {
        "name": "A",
        "end": 4,
        "inputs": inputs,
        "happenings": [event],
        "start": {"X": 1},
        "observations": [observation],
    }
    path.write_text(json.dumps({"runs": [entry]}), encoding="utf-8")
    (found,) = run_files.read(path)
    assert found.schedule.happenings[0].arguments == {"volume": 5}
    assert found.schedule.inputs["c"] == 3.0
    assert np.isnan(found.observations[0].values[1])


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.json", "{", "no JSON"),
        ("a.json", "[]", "no list of runs"),
        ("a.json", '{"runs": [{"name": "A"}]}', "lacks a field"),
        ("a.json", '{"runs": [{"name": "A", "end": "x"}]}', "cannot be read"),
        ("a.json", '{"runs": [{"name": "A", "end": 1, "inputs": {"f": {"sine": []}}}]}', "profile"),
        ("a.csv", "time,X\n1,2\n", "no column t"),
        ("a.csv", "t,X\n1,2\n", "no noise"),
        ("a.csv", "t,Y\nx,2\n", "no number"),
        ("a.csv", "t,Y\n,2\n", "time is missing"),
        ("a.txt", "", "kind of file"),
    ],
)
def test_a_file_of_runs_that_cannot_be_read_is_refused(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=says):
        run_files.read(path, noise={"Y": (0.1, 0.0)})


def test_a_file_of_runs_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        run_files.read(tmp_path / "none.json")
    (tmp_path / "none.xlsx").write_bytes(b"no workbook")
    with pytest.raises(BatchwrightError):
        run_files.read(tmp_path / "none.xlsx")


def test_words_for_noise_and_distributions_are_understood() -> None:
    assert noise_of(["X=0.1", "Y=0.1,0.05"]) == {"X": (0.1, 0.0), "Y": (0.1, 0.05)}
    assert set(spread_of(["a=normal:1:2", "b=lognormal:1:0.1"]).of) == {"a", "b"}


def test_the_benchmark_is_started_in_the_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, words: started.append(words))
    monkeypatch.chdir(tmp_path)
    assert run("bench", "--quick").exit_code == 0
    assert started == [[sys.executable, "-m", "benchmarks.twins", "--quick"]]
    monkeypatch.setattr(cli, "__file__", str(tmp_path / "a" / "b" / "c" / "cli.py"))
    assert "checkout" in refused("bench")


def test_a_study_prints_its_findings_and_draws_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    drawing = charts.panels([charts.line(np.arange(3.0), np.arange(3.0), time="t", title="y")])
    found = studies.Findings(("all is well",), {"error": float("nan")}, {"picture": drawing})
    monkeypatch.setattr(studies, "STUDIES", {"made-up": gives(found)})
    assert "all is well" in run("study", "made-up", "--charts", str(tmp_path / "new")).stdout
    assert (tmp_path / "new" / "picture.svg").exists()
    assert answer("study", "made-up") == {"error": None}


def test_the_study_of_the_press_is_told_in_sentences(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from batchwright.twins import compression_study, press_data

    runs = [grown("A", 0.4)]
    fit = identify(growth(), runs, free=["mu_max"])
    hours = np.arange(1.0, 5.0)
    results = tuple(
        BatchResult(number, 4, 6.0, 0.05 * number, 0.5, 0.1, 0.1 / number, 0.9, 0.4, 0.05) for number in (1, 2, 3)
    )
    curves = tuple(Curve(number, hours, hours, hours, hours, hours - 1, hours + 1) for number in (1, 2, 3))
    study = CompressionStudy(fit, (19, 20), 0.8, 0.9, results, curves)
    monkeypatch.setattr(press_data, "read_press", gives([]))
    monkeypatch.setattr(compression_study, "predict_later", gives(study))
    found = studies.study("compression", tmp_path)
    assert any("blind: RMSE 0.500 kN" in sentence for sentence in found.summary)
    assert set(found.drawings) == {"compression-prediction"}


def test_the_study_of_the_culture_is_told_in_sentences(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from batchwright.twins import cho_data, cho_study
    from batchwright.twins.forecasting import Forecast
    from batchwright.twins.validation import ValidationReport, predictions, summarise

    seen = Observation("titre", [24.0, 48.0], [1.0, 5.0], sd=1.0)
    held = Run("C", Schedule(48.0), (seen,))
    fit = identify(fed_batch_culture(), [held], free=["QmAb"])
    found = predictions(fit, [held])
    report = ValidationReport(("A",), ("C",), summarise(fit, found, 0.9), False)
    times = np.array([0.0, 24.0, 48.0])
    made = [Forecast(at, times, ("titre",), ("mg/L",), np.ones((5, 3, 1)), 0) for at in (0.0, 24.0)]
    monkeypatch.setattr(cho_data, "read_runs", gives([held, held, held]))
    monkeypatch.setattr(cho_study, "predict_held_out", gives(cho_study.Study(fit, tuple(found), report)))
    errors = [ForecastError(at, 0.1, 0.2, 0.9) for at in (0.0, 24.0)]
    monkeypatch.setattr(cho_study, "forecast_as_data_come_in", gives((errors, made)))
    told = studies.study("cho", tmp_path)
    assert any("titre forecast at 24 h: error at the end 10.0 %" in sentence for sentence in told.summary)
    assert len(told.drawings) == 3


def test_the_study_of_the_t_cells_is_told_in_sentences(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from batchwright.twins import t_cell_study

    made = t_cell_study.TCellStudy((3.0, 4.0), np.full((2, 2), 0.1), np.full((2, 2), 0.5), np.ones((2, 2)))
    monkeypatch.setattr(t_cell_study, "forecast_patients", lambda: made)
    assert "mean relative error 10.0 %" in studies.study("t-cells", tmp_path).summary[0]
    with pytest.raises(TwinError):
        studies.study("weather", tmp_path)


def test_the_commands_are_mounted_and_need_no_plant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def never() -> None:
        raise AssertionError("a pure command set up Django")

    monkeypatch.setattr("batchwright.site.start.set_up_django", never)
    with pytest.raises(SystemExit) as left:
        root.main(["twins", "check", "lnp-mixing"])
    assert not left.value.code
    with pytest.raises(SystemExit) as left:
        root.main(["twins", "show", "weather"])
    assert left.value.code == 2
    assert "There is no such model" in capsys.readouterr().err
    assert isinstance(DomainError("x"), BatchwrightError)
