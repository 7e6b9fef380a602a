"""Batches from a terminal and at the JSON edge: the same services, the same refusals."""

import json
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from batchwright.execution import operators_cli
from batchwright.execution.cli import app
from batchwright.execution.states import Command
from batchwright.kernel.errors import BadInput
from batchwright.people import Refused
from tests.execution.shift import OPERATE, Shift
from tests.people.plant import PASSWORD

CLEAR = OPERATE + "clear"


def asked(client: Client, address: str, token: str = "", **content: Any) -> tuple[int, Any]:
    """Post to the JSON edge."""
    headers = {"Idempotency-Key": token} if token else {}
    answer = client.post(f"/api/batches/{address}", content, content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


@pytest.mark.requirement("11.10(f)")
def test_a_batch_is_read_and_performed_at_the_json_edge(shift: Shift) -> None:
    batch = shift.batch()
    plant = shift.workshop.plant
    plant.accept("supervisor")
    operator, supervisor, foreign = (
        plant.log_in(Client(), name) for name in ("operator", "supervisor", "sponsor_b")
    )
    number = batch.number
    assert asked(foreign, f"{number}/perform", path=CLEAR)[0] == 404
    assert asked(operator, f"{number}/commands", command="LEAP")[0] == 400
    assert asked(operator, f"{number}/commands", "k-1", command="START", expected_version=batch.version)[0] == 200
    stale = asked(operator, f"{number}/commands", command="HOLD", reason="steam", expected_version=batch.version)
    assert stale[0] == 409
    assert [one["batch"] for one in operator.get("/api/batches?state=Running").json()] == [number]
    told = operator.get(f"/api/batches/{number}").json()
    assert [(one["path"], one["second_person"]) for one in told["steps"]] == [(CLEAR, True)]
    assert {one["path"] for one in operator.get("/api/batches/to-do").json()} == {CLEAR}

    values = {"point_1": "yes", "point_2": "no"}
    status, refused = asked(operator, f"{number}/perform", "k-2", path=CLEAR, values=values)
    assert (status, refused["reasons"][0]["field"], refused["reasons"][0]["limit"]) == (422, "point_2", "yes")
    assert asked(operator, f"{number}/perform", "k-2", path=CLEAR, values=values)[1]["entry"] == refused["entry"]
    values = {"point_1": "yes", "point_2": {"text": "yes", "source": "manual"}}  # type: ignore[dict-item]
    done = asked(operator, f"{number}/perform", "k-3", path=CLEAR, values=values)
    assert asked(operator, f"{number}/perform", "k-3", path=CLEAR, values=values) == (
        200, {"entry": done[1]["entry"], "repeated": True},
    )  # fmt: skip
    assert operator.get("/api/batches/to-do").json() == [], "the second person is another one"
    assert asked(operator, f"{number}/check", path=CLEAR)[0] == 403
    assert asked(supervisor, f"{number}/check", path=CLEAR, agrees=False, reason="a label")[0] == 200
    second = {"username": "supervisor", "password": PASSWORD}
    assert asked(operator, f"{number}/perform", path=CLEAR, values=values, second=second)[0] == 200
    assert asked(operator, f"{number}/perform", path=OPERATE + "heat", values={"temperature": "91.0"})[0] == 200
    assert asked(operator, f"{number}/answer", key="none", choice="yes")[0] == 400
    attempts = operator.get(f"/api/batches/{number}/attempts", {"path": CLEAR}).json()
    assert [one["verdict"] for one in attempts] == ["refused", "accepted", "refused", "accepted"]
    found = operator.get(f"/api/batches/{number}/exceptions?only_open=true").json()
    assert [(one["kind"], one["severity"]) for one in found] == [("out of limit", "critical")]
    assert operator.get(f"/api/batches/{number}/attempts", {"path": "none"}).status_code == 404


@pytest.fixture
def passwords(shift: Shift, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody's password is in the environment, and everybody has accepted the statement."""
    everybody = ("operator", "supervisor", "planner")
    shift.workshop.plant.accept(*everybody)
    monkeypatch.setenv(operators_cli.PASSWORDS, json.dumps(dict.fromkeys(everybody, PASSWORD)))


def run(*words: str, code: int = 0) -> Any:
    """Run a command; gives what it says as JSON, or as text."""
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if "--json" in words else result.stdout


@pytest.mark.requirement("11.10(g)")
def test_a_batch_is_made_and_performed_from_a_terminal_by_people_who_prove_who_they_are(
    shift: Shift, passwords: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = ("--as", "operator")
    assert "No batch is found" in run("list")
    made = run("create", "SYR1", "--size", "100 kg", "--number", "B-1", "--as", "planner", "--json")
    assert made["subject"] == "batch/B-1"
    assert [one["batch"] for one in run("list", "--json")] == ["B-1"]
    assert "START" in run("start", "B-1", *by)
    assert "point_1 (yes or no)" in run("show", "B-1")
    wrong = run("perform", "B-1", "clear", *by, "--value", "point_1=no", "--json", code=1)
    assert {one["field"] for one in wrong["reasons"]} == {"point_2"}
    assert "Refused and kept" in run("perform", "B-1", "clear", *by, "--value", "point_1=yes", code=1)
    both = ("--value", "point_1=yes", "--value", "point_2=yes")
    run("perform", "B-1", "clear", *by, *both)
    assert "somebody other than operator" in run("show", "B-1")
    assert "checked" in run("check", "B-1", "clear", "--as", "supervisor")
    run("perform", "B-1", "heat", *by, "--value", "temperature=91.0")
    assert "point_1 yes" in run("attempts", "B-1", "clear")
    assert [one["verdict"] for one in run("attempts", "B-1", "heat", "--json")] == ["out of limit"]
    assert [one["severity"] for one in run("exceptions", "B-1", "--open", "--json")] == ["critical"]
    assert "critical" in run("exceptions")
    assert shift.read("B-1").state == "Running"
    monkeypatch.setenv(operators_cli.PASSWORDS, json.dumps({"operator": "wrong"}))
    with pytest.raises(Refused):
        run("hold", "B-1", *by, "--reason", "steam")
    for words in (("show", "B-9"), ("attempts", "B-1", "fill"), ("perform", "B-1", "heat", *by, "--value", "8")):
        monkeypatch.setenv(operators_cli.PASSWORDS, json.dumps({"operator": PASSWORD}))
        with pytest.raises(BadInput):
            run(*words)


def test_automatic_operators_perform_a_batch_from_a_terminal(shift: Shift, passwords: None) -> None:
    batch = shift.batch()
    done = run("operate", batch.number, "--as", "operator", "--as", "supervisor", "--seed", "3", "--json")
    assert (done["state"], done["widest"], done["waits"]) == ("Complete", 2, "")
    again = shift.batch()
    said = run("operate", again.number, "--as", "operator", "--as", "supervisor", "--until", "complete", "--most", "3")
    assert "3 acts" in said
    assert shift.command(again, Command.HOLD, reason="end of shift").seq
    with pytest.raises(BadInput, match="cannot be asked"):
        run("operate", again.number, "--as", "operator", "--until", "sunset")
    with pytest.raises(BadInput, match="not simulated"):
        run("module", "FBD-1")
