"""Verification started from a page: in the background, with progress, cancelled at will."""

import json
import re
import threading
import time
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from typer.testing import CliRunner

from batchwright.kernel import clock
from batchwright.record import runs, verification
from batchwright.record.cli import app
from batchwright.record.findings import Report
from batchwright.record.runs import VerificationRun
from tests.people.plant import Plant


def ended(client: Client, address: str, seconds: float = 120) -> VerificationRun:
    run = VerificationRun.objects.get(pk=address.rstrip("/").split("/")[-1])
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        run.refresh_from_db()
        if run.finished_at is not None:
            return run
        assert client.get(f"{address}progress").status_code in (200, 286)
        time.sleep(0.05)
    raise AssertionError(f"the run did not end: {run.step} {run.done} of {run.total}")


@pytest.mark.requirement("11.10(a)")
def test_a_run_started_from_the_page_ends_whole_and_says_what_it_checked(committed_plant: Plant) -> None:
    client = committed_plant.log_in(Client(), "qa")
    answer = client.post("/record/verify/")
    assert answer.status_code == 302
    assert "Back to where you were" not in client.get(answer.headers["Location"]).content.decode()
    run = ended(client, answer.headers["Location"])
    assert run.state == "whole"
    shown = client.get(answer.headers["Location"]).content.decode()
    assert f"Whole: all {run.covered_to} entries" in shown
    assert "Rows compared with their last images" in shown
    assert client.get(f"{answer.headers['Location']}progress").status_code == 286
    assert "Earlier checks" in client.get("/record/verify/").content.decode()
    assert runs.latest_outcome() == run


def test_who_was_sent_to_verify_the_record_is_led_back_and_never_out_of_the_plant(committed_plant: Plant) -> None:
    client = committed_plant.log_in(Client(), "qa")
    begun = client.post("/record/verify/", {"next": "/batches/B-1/review/"}).headers["Location"]
    assert '<a class="button primary" href="/batches/B-1/review/">' in client.get(begun).content.decode()
    ended(client, begun.partition("?")[0])
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"):
        again = client.post("/record/verify/", {"next": elsewhere}).headers["Location"]
        assert "next" not in again
        ended(client, again)
        page = client.get(f"{begun.partition('?')[0]}?next={elsewhere}").content.decode()
        assert (elsewhere in re.findall('href="([^"]*)"', page), "Back to where you were" in page) == (False, False)


def test_the_record_can_be_verified_while_one_waits(committed_plant: Plant) -> None:
    found, kept = runs.wait_for(committed_plant.actor("qa"))
    assert kept
    run = runs.latest_outcome()
    assert run is not None
    assert (run.state, run.started_by, run.report) == ("whole", "qa", found.as_json())


def test_the_record_is_verified_while_others_write(committed_plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading connection of SQLite may not write once somebody else has: the progress goes another way."""
    written: list[int] = []
    reader = threading.get_ident()

    def write(step: str, done: int, total: int) -> bool:
        assert threading.get_ident() == reader
        other = threading.Thread(target=_write_and_close, args=(written,))
        other.start()
        other.join()
        return True

    monkeypatch.setattr(runs, "_BEAT", timedelta(0))
    found, _kept = runs.wait_for(committed_plant.actor("qa"), write)
    assert found.complete
    assert written, "somebody wrote in the middle of it"
    run = runs.latest_outcome()
    assert run is not None
    assert (run.state, run.report) == ("whole", found.as_json())


def _write_and_close(written: list[int]) -> None:
    try:
        other = VerificationRun.objects.create(
            started_at=clock.now(), started_by="-", started_name="-", heard_at=clock.now(), finished_at=clock.now()
        )
        written.append(VerificationRun.objects.filter(pk=other.pk).delete()[0])
    finally:
        connection.close()


@pytest.mark.usefixtures("committed_plant")
def test_a_verification_from_a_terminal_counts_and_one_of_a_single_subject_does_not() -> None:
    assert CliRunner().invoke(app, ["verify", "user/qa"], catch_exceptions=False).exit_code == 0
    assert runs.latest_outcome() is None
    said = CliRunner().invoke(app, ["verify", "--json"], catch_exceptions=False)
    run = runs.latest_outcome()
    assert run is not None
    assert run.state == "whole"
    assert run.started_by.startswith("console:")
    assert json.loads(said.stdout) == run.report


def test_a_run_can_be_cancelled_and_says_nothing_about_the_rest(committed_plant: Plant) -> None:
    client = committed_plant.log_in(Client(), "qa")

    def slow(*, progress: Any) -> Any:
        for done in range(6000):
            if not progress("chain", done, 6000):
                break
            time.sleep(0.01)
        return Report(complete=False)

    with mock.patch.object(verification, "verify", slow), mock.patch.object(runs, "_BEAT", timedelta(0)):
        address = client.post("/record/verify/").headers["Location"]
        again = client.post("/record/verify/").headers["Location"]
        assert again == address, "one run at a time"
        shown = client.get(address).content.decode()
        assert 'hx-trigger="every 1s"' in shown
        assert "Cancel check" in shown
        assert client.post(f"{address}cancel").headers["Location"] == address
        run = ended(client, address)
    assert run.state == "cancelled"
    assert "says nothing about the rest" in client.get(address).content.decode()
    assert runs.latest_outcome() is None


def test_a_run_whose_process_is_gone_is_said_to_be_lost_and_blocks_nobody(committed_plant: Plant) -> None:
    client = committed_plant.log_in(Client(), "qa")
    past = clock.now() - timedelta(minutes=5)
    lost = VerificationRun.objects.create(started_at=past, heard_at=past, started_by="qa", started_name="Qa")
    assert "perhaps by a restart" in client.get(f"/record/verify/{lost.id}/").content.decode()
    assert ended(client, client.post("/record/verify/").headers["Location"]).state == "whole"
    assert client.get("/record/verify/00000000-0000-4000-8000-000000000000/").status_code == 404


def test_a_fault_is_shown_with_its_place_and_cause(committed_plant: Plant) -> None:
    client = committed_plant.log_in(Client(), "qa")
    now = clock.now()
    finding = {"cause": "edited", "message": "the bytes are not those that were hashed", "seq": 3}
    row = {"cause": "row", "message": "differs from its last image", "seq": None, "table": "people_user", "key": "7"}
    run = VerificationRun.objects.create(
        started_at=now, heard_at=now, finished_at=now, started_by="qa", started_name="Qa",
        report={**Report().as_json(), "whole": False, "findings": [finding, row], "more_findings": 4,
                "unknown_types": {"old.type/1": 2}},
    )  # fmt: skip
    shown = client.get(f"/record/verify/{run.id}/").content.decode()
    assert 'href="/record/3/"' in shown
    assert "people_user 7" in shown
    assert "And 4 more" in shown
    assert "old.type/1 (2)" in shown
