"""Weighing from a terminal: by who proves it with the own password, by the same services as the pages."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from batchwright.execution.cli import app
from batchwright.execution.operators_cli import PASSWORDS
from batchwright.plant.adapters.simulator import ScaleServer, SimulatedScale
from batchwright.recipes import text as texts
from batchwright.recipes.adapters.weighing_orders import read_weighing
from tests.execution.dispensary import Dispensary, q
from tests.materials.warehouse import Warehouse
from tests.people.plant import PASSWORD

Run = Callable[..., Any]


@pytest.fixture
def dispensary(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dispensary]:
    """A batch that waits for its active substance, and a simulated scale whose loads rest at once."""
    monkeypatch.setenv(PASSWORDS, json.dumps(dict.fromkeys(("operator", "supervisor"), PASSWORD)))
    with ScaleServer(SimulatedScale(settle_seconds=0)) as line:
        made = Dispensary(warehouse, line).open()
        warehouse.plant.accept("operator")
        yield made


@pytest.fixture
def run(dispensary: Dispensary) -> Run:
    """Run a command of weighing on the step."""
    number = dispensary.own().number

    def running(name: str, *words: str, refused: bool = False) -> Any:
        found = CliRunner().invoke(app, ["weigh", name, number, "weigh_api", *words, "--json"])
        assert found.exit_code == (1 if refused else 0), found.output
        return json.loads(found.stdout)

    return running


@pytest.mark.requirement("211.101(b)")
def test_a_dispensing_is_carried_out_from_a_terminal(dispensary: Dispensary, run: Run) -> None:
    lot = dispensary.lot("60 kg")
    box, by, hand = dispensary.box(lot), ("--as", "operator"), ("--vessel", "D-17", "--scale", "SC-01")
    source, second = ("--source", box), ("--second", "supervisor")
    assert run("show")["lines"][0]["waits_for"].startswith("Active substance waits for the potency")
    assert run("stage", "--lot", box, *by)["assay"] == "98.6 %"
    dispensary.line.scale.put(q("2.310 kg"))
    assert "not known to be clean" in json.dumps(run("ready", *hand, *by, refused=True))
    assert run("ready", *hand, *by, "--new")["tare"] == "2.310 kg"
    dispensary.line.scale.put(q("40 kg"))
    shown = run("bar", *source, *hand)
    assert (shown["net"], shown["side"], shown["low"]) == ("37.690 kg", "too little", "48.731 kg")
    assert "Nobody has checked the weight" in json.dumps(run("record", *source, *hand, *by, refused=True))
    made = run("record", *source, *hand, *by, *second, "--key", "k-1")
    assert (made["net"], made["complete"]) == ("37.690 kg", False)
    assert run("record", *source, *hand, *by, *second, "--key", "k-1")["repeated"]
    (weight,) = run("show", *source, *hand)["weights"]
    assert weight["checked_by"] == "supervisor"
    assert run("return", str(weight["key"]), *by, *second, "--reason", "wrong drum")["net"] == "37.690 kg"
    dispensary.line.scale.put(q("51.089 kg"))
    assert run("record", *source, *hand, *by, *second)["complete"]
    number = dispensary.own().number
    words = CliRunner().invoke(app, ["weigh", "show", number, "weigh_api"]).stdout
    assert "48.779 kg of lot" in words
    report = CliRunner().invoke(app, ["weigh", "report", number]).stdout
    assert read_weighing(report.encode(), "report.xml").reports[0].weighed[0].lot == lot.identifier
    unknown = CliRunner().invoke(app, ["weigh", "show", number, "fill"])
    assert "no such dispensing" in str(unknown.exception)


def test_a_weighing_order_becomes_the_text_of_a_recipe(
    dispensary: Dispensary, reference_data: Path, tmp_path: Path
) -> None:
    file, out = reference_data / "batchml" / "PRO-20121210181416-27942.xml", tmp_path / "order.yaml"
    refused = CliRunner().invoke(app, ["weigh", "order", str(file)])
    assert "gives no tolerance" in str(refused.exception)
    done = CliRunner().invoke(app, ["weigh", "order", str(file), "--tolerance", "0.5 %", "--out", str(out)])
    assert "recipe ORDER-258456 with 4 lines" in done.stdout
    found = texts.read(out.read_text("utf-8"), out.name).recipe
    assert [str(one.value) for one in found.formula.parameters] == [
        "5.000 kg", "50.000 kg", "811.000 kg", "100.000 kg", "966.000 kg"
    ]  # fmt: skip
