"""Readings in the record: stable, from a scale that is calibrated, checked and suits the load, or none."""

from datetime import timedelta

import pytest

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.kernel.quantity import Quantity
from batchwright.plant import entries, measuring, scales
from batchwright.plant import instrument_queries as queries
from batchwright.plant.adapters.simulator import Fault, ScaleServer
from batchwright.plant.services import weighing
from tests.plant.metrology import BAD, GOOD, WEIGHINGS, Metrology, kg


def ready(metrology: Metrology, line: ScaleServer, protocol: str = "mt-sics") -> None:
    metrology.add_scale(protocol=protocol, host="127.0.0.1", port=line.port)
    metrology.calibrated(weighings=WEIGHINGS)
    metrology.check()


@pytest.mark.requirement("11.10(h)")
@pytest.mark.parametrize("protocol", ["mt-sics", "sbi"])
def test_a_reading_in_the_record_is_stable_from_a_suitable_scale_and_keeps_its_line(
    metrology: Metrology, line: ScaleServer, protocol: str
) -> None:
    ready(metrology, line, protocol)
    line.scale.put(kg("48.684"))
    receipt = weighing.take_reading(actor=metrology.actor("operator"), scale=metrology.read(), purpose="FCT20 step 4.2")
    entry = record.Entry.objects.get(seq=receipt.seq)
    data = entry.content["data"]
    assert (data["value"], data["purpose"]) == ("48.684 kg", "FCT20 step 4.2")
    assert "48.684" in data["raw"]
    assert entry.sentence == "SC-01 read 48.684 kg for FCT20 step 4.2"


@pytest.mark.requirement("11.10(h)")
def test_no_reading_is_recorded_without_stability_calibration_check_and_a_suitable_load(
    metrology: Metrology, line: ScaleServer
) -> None:
    ready(metrology, line)
    operator = metrology.actor("operator")
    soon = timedelta(seconds=1)

    def refused(error: type[Exception], match: str) -> None:
        with pytest.raises(error, match=match):
            weighing.take_reading(actor=operator, scale=metrology.read(), purpose="x", timeout=soon)
        assert not record.Entry.objects.filter(type="reading.taken/1").exists()

    line.scale.put(kg("0.5"))
    refused(DomainError, "below its minimum weight")
    attempt = queries.attempts(operator, metrology.read())[0]
    kept = attempt.content["data"]
    assert (attempt.type, attempt.actor, kept["shown"]) == ("reading.refused/1", "operator", "0.500 kg")
    assert "0.500" in kept["raw"]
    assert "below its minimum weight" in kept["why"]
    assert attempt.sentence.startswith("SC-01 gave no value for x: This instrument cannot be used now")
    line.scale.put(kg("61"))
    refused(scales.Overload, "above its capacity")
    line.scale.put(kg("10"))
    line.scale.fault = Fault.UNSTABLE
    refused(scales.Unstable, "did not come to rest")
    line.scale.fault = Fault.CUT
    refused(Unavailable, "cut")
    line.scale.fault, line.scale.shown_unit = Fault.NONE, "g"
    refused(scales.WrongUnit, "another unit")
    line.scale.shown_unit = ""
    metrology.check("20.500", "50.000")
    refused(DomainError, "failed its check")
    metrology.check()
    metrology.calibrate(found=BAD)
    refused(DomainError, "out of tolerance")


def test_a_scale_that_is_not_on_a_line_is_read_by_a_person(metrology: Metrology) -> None:
    metrology.add_scale()
    with pytest.raises(DomainError, match="not on a line"):
        weighing.read_scale(actor=metrology.actor("operator"), scale=metrology.read())


def test_a_live_reading_is_looked_at_by_whoever_may_see_the_plant_and_leaves_no_trace(
    metrology: Metrology, line: ScaleServer
) -> None:
    metrology.add_scale(protocol="sbi", host="127.0.0.1", port=line.port)
    before = record.Entry.objects.count()
    line.scale.put(kg("3.2"))
    reading = weighing.read_scale(actor=metrology.actor("inspector"), scale=metrology.read())
    assert reading.value == kg("3.200")
    assert record.Entry.objects.count() == before


def test_a_reading_that_grew_old_is_not_recorded(
    metrology: Metrology, line: ScaleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(metrology, line)
    line.scale.put(kg("10"))
    long_ago = clock.now() - timedelta(seconds=11)
    old = scales.Reading(Quantity("10.000", "kg"), stable=True, at=long_ago, raw="S S     10.000 kg")
    monkeypatch.setattr("batchwright.plant.adapters.mt_sics.MtSicsScale.read_stable", lambda *_: old)
    operator = metrology.actor("operator")
    with pytest.raises(DomainError, match="grew old"):
        weighing.take_reading(actor=operator, scale=metrology.read(), purpose="x")
    moving = scales.Reading(Quantity("10.000", "kg"), stable=False, at=clock.now(), raw="S D     10.000 kg")
    data = entries.ReadingTaken(tag="-", value="-", read_at=clock.now(), raw="-")
    with (
        pytest.raises(DomainError, match="Only a stable reading counts"),
        record.entry(data, actor=operator, subject="batch/B-1") as entry,
    ):
        weighing.keep_reading(entry, scale=metrology.read(), reading=moving, purpose="x")


@pytest.mark.requirement("11.10(h)")
def test_found_out_of_tolerance_lists_what_was_measured_since_it_was_last_good(
    metrology: Metrology, line: ScaleServer
) -> None:
    metrology.add_scale(check_values=(), check_tolerance="", protocol="mt-sics", host="127.0.0.1", port=line.port)
    good = metrology.calibrated()
    line.scale.put(kg("12.5"))
    for number in (1, 2):
        weighing.take_reading(actor=metrology.actor("operator"), scale=metrology.read(), purpose=f"B-{number} step 4")
    other = entries.ReadingTaken(tag="-", value="-", read_at=clock.now(), raw="-", purpose="B-3 step 4")
    reading = weighing.read_stable(actor=metrology.actor("operator"), scale=metrology.read())
    with record.entry(other, actor=metrology.actor("operator"), subject="batch/B-3") as entry:
        weighing.keep_reading(entry, scale=metrology.read(), reading=reading, purpose="B-3 step 4")
    row = metrology.calibrate(found=BAD, left=GOOD)
    assert (row.outcome, row.good_since) == ("adjusted", good.calibrated_at)
    assert not measuring.verdict_on(metrology.read()).usable
    listed = queries.impact(metrology.actor("qa"), row)
    assert [one.content["data"]["purpose"] for one in listed] == [
        "B-3 step 4", "B-2 step 4", "B-1 step 4"
    ], "also where it was read for an act of another capability"
    assert list(queries.impact(metrology.actor("qa"), good)) == []
    with pytest.raises(DomainError, match="say what follows"):
        metrology.approve(row)
    metrology.approve(row, reason="both weighings repeated on SC-02")
    assert measuring.verdict_on(metrology.read()).usable


def test_every_sentence_of_the_record_can_be_read(metrology: Metrology, line: ScaleServer) -> None:
    ready(metrology, line)
    metrology.calibrate(found=BAD, left=GOOD)
    metrology.check("1", "2")
    said = {entry.type: entry.sentence for entry in record.Entry.objects.order_by("seq")}
    assert said["instrument.added/1"] == "Instrument SC-01 Floor scale (0 kg to 60 kg) added"
    assert said["scale.checked/1"] == "Daily check of SC-01 failed"
    assert "out of tolerance, adjusted" in said["instrument.calibrated/1"]
    assert said["calibration.approved/1"].startswith("Calibration 1 of instrument SC-01 approved (passed)")
