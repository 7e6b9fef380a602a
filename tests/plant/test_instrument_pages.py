"""The pages of instruments: what people see there, what they do there, and what sponsors' people do not find."""

import re
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from batchwright.kernel import clock
from batchwright.plant.adapters.simulator import Fault, ScaleServer
from batchwright.plant.models import Calibration, DailyCheck, Instrument
from tests.people.plant import PASSWORD
from tests.plant.floor import Floor
from tests.plant.metrology import BAD, GOOD, PDF, WEIGHINGS, Metrology, kg

DAY = timedelta(days=1)


def at(name: str, *arguments: object) -> str:
    return reverse(f"plant:{name}", args=arguments)


def text(client: Client, address: str, status: int = 200, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == status, answer.content.decode()[-1500:]
    return str(answer.content.decode())


def comparisons(*rows: tuple[str, str, str]) -> dict[str, str]:
    """What somebody writes into the table of a calibration."""
    held: dict[str, str] = {}
    for number in range(1, 6):
        reference, found, left = rows[number - 1] if number <= len(rows) else ("", "", "")
        held |= {f"reference_{number}": reference, f"found_{number}": found, f"left_{number}": left}
    return held


def sign(client: Client, address: str, username: str) -> Any:
    page = client.get(address)
    assert page.status_code == 200, page.content.decode()[-1500:]
    name = page.context["prepared"].statement.sha256
    form = {"statement": name, "username": username, "method": "password", "password": PASSWORD}
    return client.post(address, {**form, "idempotency_key": name[:20]})


def test_a_value_is_read_into_the_record_and_a_refused_one_is_kept_as_such(
    metrology: Metrology, floor: Floor, line: ScaleServer
) -> None:
    metrology.add_scale(protocol="mt-sics", host="127.0.0.1", port=line.port)
    metrology.calibrated(weighings=WEIGHINGS)
    operator = floor.plant.log_in(Client(), "operator")
    line.scale.put(kg("48.684"))
    form = {"purpose": "FCT20 step 4.2", "idempotency_key": "read"}
    refused = operator.post(at("instrument-read", "SC-01"), form)
    assert refused.status_code == 400
    assert "never checked" in refused.content.decode()
    metrology.check()
    assert operator.post(at("instrument-read", "SC-01"), form).status_code == 302
    assert operator.post(at("instrument-read", "SC-01"), form).status_code == 302
    page = text(operator, at("instrument", "SC-01"))
    assert page.count("SC-01 read 48.684 kg for FCT20 step 4.2") == 1
    assert "SC-01 gave no value for FCT20 step 4.2: This instrument cannot be used now" in page
    assert at("instrument-read", "SC-01") not in text(
        floor.plant.log_in(Client(), "planner"), at("instrument", "SC-01")
    )


def test_what_waits_for_an_instrument_stands_on_the_first_page_of_who_may_do_it(
    metrology: Metrology, floor: Floor
) -> None:
    metrology.add_scale("SC-01")
    metrology.calibrated("SC-01")
    metrology.add_scale("SC-02")
    qa, operator, engineer = (floor.plant.log_in(Client(), name) for name in ("qa", "operator", "process_engineer"))
    page = text(operator, "/")
    assert "Check SC-01" in page
    assert at("instrument-check", "SC-01") in page
    assert "Calibrate SC-02" in text(engineer, "/")
    metrology.calibrate("SC-02")
    page = text(qa, "/")
    assert "Approve calibration of SC-02" in page
    assert at("calibration", "SC-02", 1) in page
    assert "Approve calibration" not in text(engineer, "/")
    assert "Check SC-01" not in text(floor.plant.log_in(Client(), "sponsor_a"), "/")


def test_a_scale_goes_from_new_to_usable_on_its_pages(metrology: Metrology, floor: Floor) -> None:
    engineer, qa, operator = (floor.plant.log_in(Client(), name) for name in ("process_engineer", "qa", "operator"))
    added = qa.post(
        at("instrument-add"),
        {
            "tag": "SC-01", "name": "Floor scale", "kind": "scale", "element": "GR-1", "unit": "kg", "low": "0",
            "high": "60", "readability": "0.001", "tolerance": "0.010", "interval_days": "365", "check_values": "20 50",
            "check_tolerance": "0.005", "idempotency_key": "add",
        },
    )  # fmt: skip
    assert added.status_code == 302, added.content.decode()
    page = text(engineer, at("instrument", "SC-01"))
    assert "Cannot be used: not calibrated; never checked with its check weights." in page
    assert f'class="button primary" href="{at("instrument-calibrate", "SC-01")}"' in page
    assert "It was never calibrated." in page
    form = text(engineer, at("instrument-calibrate", "SC-01"))
    assert 'value="15"' in form
    assert "± 0.010 kg" in form
    sent = engineer.post(
        at("instrument-calibrate", "SC-01"),
        {
            **comparisons(("0", "0.000", ""), ("30", "30.001", ""), ("60", "60.004", "")),
            "standard": "E2 weights, K-118", "idempotency_key": "c1",
            "weighings": " ".join(str(one.value) for one in WEIGHINGS),
            "certificate": SimpleUploadedFile("K-118.pdf", PDF, "application/pdf"),
        },
    )  # fmt: skip
    assert sent.status_code == 302, sent.content.decode()
    page = text(qa, at("instrument", "SC-01"))
    assert "See calibration to be approved" in page
    page = text(qa, at("calibration", "SC-01", 1))
    assert "In tolerance as found." in page
    assert "K-118.pdf" in page
    (link,) = re.findall(r'href="(/record/[0-9]+/files/[0-9a-f]{64})"', page)
    assert qa.get(link).content == PDF
    assert "Approve calibration" in page
    assert "Approve calibration" not in text(engineer, at("calibration", "SC-01", 1))
    assert sign(qa, at("calibration-approve", "SC-01", 1), "qa").status_code == 302
    page = text(operator, at("instrument", "SC-01"))
    assert "Cannot be used: never checked with its check weights." in page
    assert "Check scale" in page
    checked = operator.post(
        at("instrument-check", "SC-01"), {"shown_1": "20.001", "shown_2": "50.000", "idempotency_key": "k1"}
    )
    assert checked.status_code == 302
    page = text(operator, at("instrument", "SC-01"))
    assert "Can be used. Its calibration counts to" in page
    assert "This changes by the clock" in page
    assert "Approved by" in text(operator, at("calibration", "SC-01", 1))
    assert text(operator, at("unit", "GR-1")).count("SC-01") > 0


def test_what_was_found_out_of_tolerance_is_approved_with_a_word_on_what_follows(
    metrology: Metrology, floor: Floor
) -> None:
    metrology.add_scale(check_values=(), check_tolerance="")
    metrology.calibrate(found=BAD, left=GOOD)
    qa = floor.plant.log_in(Client(), "qa")
    page = text(qa, at("calibration", "SC-01", 1))
    assert "Out of tolerance as found, adjusted" in page
    assert "No reading of it is in the record since then." in page
    approve = at("calibration-approve", "SC-01", 1)
    assert "say what follows" in text(qa, approve)
    assert "It is empty, and nothing is recorded without it. Fill it in." in text(qa, approve, status=400, reason=" ")
    page = text(qa, approve, reason="Batches B-1 and B-2 weighed again")
    assert "What follows: Batches B-1 and B-2 weighed again" in page
    assert sign(qa, f"{approve}?reason=Weighed+again", "qa").status_code == 302
    assert Calibration.objects.get().approved_by == "qa"
    again = qa.post(f"{approve}?reason=x", {"statement": "0" * 64, "username": "qa", "password": PASSWORD})
    assert again.status_code in (400, 403)


def test_an_own_calibration_is_not_approved(metrology: Metrology, floor: Floor) -> None:
    metrology.add_scale()
    metrology.calibrate()
    engineer = floor.plant.log_in(Client(), "process_engineer")
    assert engineer.get(at("calibration-approve", "SC-01", 1)).status_code == 403


def test_what_is_written_wrong_is_said_beside_its_field_and_nothing_is_lost(metrology: Metrology, floor: Floor) -> None:
    metrology.add_scale()
    engineer = floor.plant.log_in(Client(), "process_engineer")
    wrong = {
        **comparisons(("0", "0,0", ""), ("", "30", "")), "standard": "E2", "weighings": "1 2 x", "idempotency_key": "c",
    }  # fmt: skip
    answer = engineer.post(at("instrument-calibrate", "SC-01"), wrong)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "0,0" in page
    assert "Say what the reference is." in page
    assert "1 2 x" in page
    few = {**comparisons(("30", "30", "")), "standard": "E2", "idempotency_key": "d"}
    answer = engineer.post(at("instrument-calibrate", "SC-01"), few)
    assert answer.status_code == 400
    assert "do not cover the range" in answer.content.decode()
    assert not Calibration.objects.exists()


def test_a_scale_is_held_freed_and_retired(metrology: Metrology, floor: Floor) -> None:
    metrology.add_scale()
    operator, supervisor, qa = (floor.plant.log_in(Client(), name) for name in ("operator", "supervisor", "qa"))

    def does(client: Client, act: str, version: int) -> int:
        form = {"reason": "dropped", "expected_version": str(version), "idempotency_key": f"{act}{version}"}
        return client.post(at("instrument-act", "SC-01", act), form).status_code

    assert does(operator, "hold", 1) == 302
    page = text(supervisor, at("instrument", "SC-01"))
    assert "held since" in page
    assert "dropped" in page
    assert f'class="button primary" href="{at("instrument-act", "SC-01", "free")}"' in page
    assert does(operator, "free", 2) == 403
    assert does(supervisor, "free", 1) == 409
    assert does(supervisor, "free", 2) == 302
    assert does(qa, "retire", 3) == 302
    page = text(qa, at("instrument", "SC-01"))
    assert "out of use since" in page
    assert "Hold instrument" not in page
    assert does(qa, "break", 4) == 404


def test_the_live_value_is_what_the_scale_shows_now_or_why_it_shows_nothing(
    metrology: Metrology, floor: Floor, line: ScaleServer
) -> None:
    metrology.add_scale(protocol="mt-sics", host="127.0.0.1", port=line.port)
    operator = floor.plant.log_in(Client(), "operator")
    assert 'hx-trigger="load, every 2s"' in text(operator, at("instrument", "SC-01"))
    live = at("instrument-live", "SC-01")
    line.scale.put(kg("48.684"))
    page = text(operator, live)
    assert "48.684" in page
    assert "stable" in page
    line.scale.fault = Fault.UNSTABLE
    assert "not stable" in text(operator, live)
    line.scale.fault = Fault.CUT
    page = text(operator, live)
    assert "no value" in page
    assert "cut in the middle of a line" in page
    assert '48.684 <span class="unit">' not in page


def test_the_check_takes_over_a_stable_value_only(metrology: Metrology, floor: Floor, line: ScaleServer) -> None:
    metrology.add_scale(protocol="sbi", host="127.0.0.1", port=line.port)
    operator = floor.plant.log_in(Client(), "operator")
    assert "Read scale" in text(operator, at("instrument-check", "SC-01"))
    row = at("instrument-check-row", "SC-01", 1)
    line.scale.put(kg("20.002"))
    assert 'value="20.002"' in text(operator, row)
    line.scale.fault = Fault.UNSTABLE
    page = text(operator, row)
    assert "The scale is not stable: 20.002 kg" in page
    assert 'value="20.002"' not in page
    line.scale.fault = Fault.BUSY
    assert "cannot carry this out now" in text(operator, row)
    assert operator.get(at("instrument-check-row", "SC-01", 3)).status_code == 404
    missing = operator.post(at("instrument-check", "SC-01"), {"shown_1": "20", "idempotency_key": "m"})
    assert missing.status_code == 400
    assert not DailyCheck.objects.exists()


def test_an_instrument_without_a_daily_check_says_so(metrology: Metrology, floor: Floor) -> None:
    metrology.add_thermometer(element=floor.unit())
    operator = floor.plant.log_in(Client(), "operator")
    assert "has no daily check" in text(operator, at("instrument-check", "TT-01"))
    page = text(operator, at("instrument", "TT-01"))
    assert "Daily checks" not in page
    assert "What it shows now" not in page
    assert "Weighings of one load" not in text(operator, at("instrument-calibrate", "TT-01"))


def test_lists_say_what_can_be_used_and_what_is_due(metrology: Metrology, floor: Floor) -> None:
    inspector = floor.plant.log_in(Client(), "inspector")
    assert "The plant has no instrument yet." in text(inspector, at("instruments"))
    assert "Nothing is to be calibrated." in text(inspector, at("calendar"))
    for tag in ("SC-01", "SC-02"):
        metrology.add_scale(tag, check_values=(), check_tolerance="")
    row = metrology.calibrated("SC-02", at=clock.now() - 300 * DAY)
    page = text(inspector, at("instruments"))
    assert "2 instruments: 1 can be used." in page
    assert "SC-01" not in text(inspector, at("instruments"), verdict="usable")
    assert "SC-02" not in text(inspector, at("instruments"), verdict="not")
    assert "No instrument fits." in text(inspector, at("instruments"), text="zzz")
    page = text(inspector, at("calendar"))
    assert "1 instrument waits for its calibration now." in page
    assert row.due_on.isoformat() in page
    assert page.index("SC-01") < page.index("SC-02")


def test_a_sponsors_person_finds_no_instrument(metrology: Metrology, floor: Floor) -> None:
    metrology.add_scale()
    metrology.calibrate()
    sponsor = floor.plant.log_in(Client(), "sponsor_a")
    for address in (
        at("instruments"), at("calendar"), at("instrument", "SC-01"), at("instrument-live", "SC-01"),
        at("calibration", "SC-01", 1), at("calibration-approve", "SC-01", 1), at("instrument-check-row", "SC-01", 1),
        at("instrument-act", "SC-01", "hold"), at("instrument-add"),
    ):  # fmt: skip
        assert sponsor.get(address).status_code == 404, address


def test_what_is_not_there_is_not_found(metrology: Metrology, floor: Floor) -> None:
    qa = floor.plant.log_in(Client(), "qa")
    for address in (at("instrument", "SC-77"), at("calibration", "SC-77", 1), at("instrument-live", "sc-77")):
        assert qa.get(address).status_code == 404


def test_adding_a_bad_instrument_says_why(metrology: Metrology, floor: Floor) -> None:
    qa = floor.plant.log_in(Client(), "qa")
    form = {
        "tag": "SC-01", "name": "Scale", "kind": "scale", "unit": "kg", "low": "0", "high": "60", "tolerance": "0.01",
        "interval_days": "365", "idempotency_key": "x",
    }  # fmt: skip
    answer = qa.post(at("instrument-add"), form)
    assert answer.status_code == 400
    assert "A scale has a digit" in answer.content.decode()
    assert not Instrument.objects.exists()
