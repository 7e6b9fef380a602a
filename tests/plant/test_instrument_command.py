"""``batchwright plant instruments, calibrate, check, scale ...``, the JSON edge, and the instruments of the demo."""

import json
import queue
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from batchwright import record
from batchwright.kernel.errors import BadInput, DomainError, Unavailable
from batchwright.plant import demo_instruments
from batchwright.plant import instrument_queries as queries
from batchwright.plant.adapters.simulator import Fault, ScaleServer
from batchwright.plant.cli import app
from batchwright.plant.models import Calibration, Instrument
from tests.plant.floor import Floor
from tests.plant.metrology import PDF, WEIGHINGS, Metrology


@pytest.fixture
def metrology(floor: Floor) -> Metrology:
    return Metrology(floor.plant)


def run(*words: str) -> str:
    """Type a command; what it refuses is raised."""
    answer = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


def told(*words: str) -> Any:
    return json.loads(run(*words, "--json"))


def test_a_scale_is_calibrated_checked_and_read_from_a_terminal(
    metrology: Metrology, line: ScaleServer, tmp_path: Path
) -> None:
    assert "No instrument is found" in run("instruments")
    metrology.add_scale(protocol="mt-sics", host="127.0.0.1", port=line.port)
    assert "not calibrated" in run("instruments")
    certificate = tmp_path / "K-118.pdf"
    certificate.write_bytes(PDF)
    weighings = [word for one in WEIGHINGS for word in ("--weighing", str(one.value))]
    said = run(
        "calibrate", "SC-01", "--found", "0=0.000", "--found", "60=60.044", "--left", "0=0.000", "--left", "60=60.001",
        "--standard", "E2", "--certificate", str(certificate), "--reason", "yearly", *weighings,
    )  # fmt: skip
    assert "SC-01 calibrated: adjusted, to " in said
    with pytest.raises(DomainError, match="nobody approved yet"):
        run("scale", "read", "SC-01")
    metrology.approve(Calibration.objects.select_related("instrument").get(), reason="nothing was weighed")
    assert "FAILED" in run("check", "SC-01", "20.1", "50")
    assert "passed" in run("check", "SC-01", "20.000", "50.001")
    run("scale", "put", "SC-01", "48.684 kg")
    assert "SC-01 48.684 kg stable" in run("scale", "read", "SC-01")
    assert told("scale", "read", "SC-01")["value"] == {"value": "48.684", "unit": "kg"}
    run("scale", "fault", "SC-01", "unstable")
    assert "NOT STABLE" in run("scale", "read", "SC-01", "--live")
    run("scale", "fault", "SC-01", "none")
    assert "SC-01 read 48.684 kg for B-1 step 4" in run("scale", "read", "SC-01", "--for", "B-1 step 4")
    taken = told("scale", "read", "SC-01", "--for", "B-1 step 5")
    assert (taken["value"], taken["purpose"]) == ("48.684 kg", "B-1 step 5")
    assert record.Entry.objects.filter(type="reading.taken/1").count() == 2
    shown = told("instrument", "SC-01")
    assert (shown["usable"], shown["calibrations"][0]["outcome"], len(shown["checks"])) == (True, "adjusted", 2)
    assert "usable" in run("instrument", "sc-01")
    months = told("calendar")
    assert months[0]["due"][0]["tag"] == "SC-01"
    assert "SC-01" in run("calendar")
    assert told("instruments", "--kind", "scale")[0]["usable"]


def test_what_cannot_be_is_refused_with_a_word(metrology: Metrology, line: ScaleServer) -> None:
    metrology.add_scale()
    metrology.add_scale("SC-02", protocol="sbi", host="127.0.0.1", port=line.port)
    for words, match in (
        (("instrument", "SC-77"), "no such instrument"),
        (("calibrate", "SC-01", "--found", "20", "--standard", "x"), "REFERENCE=SHOWN"),
        (("scale", "put", "SC-01", "1 kg"), "not on a line"),
        (("scale", "fault", "SC-02", "merry"), "simulated one"),
    ):
        with pytest.raises((BadInput, DomainError), match=match):
            run(*words)
    line.scale.fault = Fault.NONE
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        metrology.add_scale("SC-03", protocol="sbi", host="127.0.0.1", port=probe.getsockname()[1])
        with pytest.raises(Unavailable, match="does not answer"):  # kept while nobody listens
            run("scale", "put", "SC-03", "1 kg")


def test_a_simulated_scale_listens_until_it_is_told_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers: queue.Queue[Any] = queue.Queue()
    monkeypatch.setattr(signal, "signal", lambda _number, handler: handlers.put(handler))

    def interrupt() -> None:
        handlers.get()()

    threading.Thread(target=interrupt, daemon=True).start()
    assert "A simulated scale of 2 kg listens at 127.0.0.1:" in run("scale", "simulate", "--capacity", "2 kg")


def test_machines_read_instruments_and_sponsors_find_none(metrology: Metrology, floor: Floor) -> None:
    metrology.add_scale()
    metrology.calibrate()
    inspector, sponsor = floor.plant.log_in(Client(), "inspector"), floor.plant.log_in(Client(), "sponsor_a")
    listed = inspector.get("/api/plant/instruments").json()
    assert [(one["tag"], one["usable"]) for one in listed] == [("SC-01", False)]
    assert inspector.get("/api/plant/instruments/SC-01").json()["codes"] == ["not-approved", "no-check"]
    calibrations = inspector.get("/api/plant/instruments/SC-01/calibrations").json()
    assert calibrations[0]["as_found"][2]["error"] == "0.004 kg"
    assert inspector.get("/api/plant/instruments/SC-99").status_code == 404
    for path in ("", "/SC-01", "/SC-01/calibrations"):
        assert sponsor.get(f"/api/plant/instruments{path}").status_code == 404


def test_the_instruments_of_the_demo_show_every_state(demo_plant: None) -> None:
    demo_instruments.seed()  # once more changes nothing
    verdicts = {one.instrument.tag: one.verdict for one in queries.judged(list(Instrument.objects.all()))}
    assert len(verdicts) == len(demo_instruments.SCALES) + len(demo_instruments.METERS)
    codes = {tag: [reason.code for reason in verdict.reasons] for tag, verdict in verdicts.items()}
    assert codes["SC-101"] == codes["SC-301"] == codes["TT-101"] == []
    assert codes["SC-102"] == ["no-check"]
    assert codes["SC-103"] == ["calibration-overdue", "no-check"]
    assert codes["OT-201"] == ["calibration-overdue"]
    assert codes["PT-301"] == ["not-approved"]
