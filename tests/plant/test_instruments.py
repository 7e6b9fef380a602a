"""Instruments in the plant: calibrated, approved by a second person, checked each day, or refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.plant import instrument_queries as queries
from batchwright.plant import measuring
from batchwright.plant.adapters.simulator import ScaleServer
from batchwright.plant.models import Calibration, DailyCheck, LogbookLine
from batchwright.plant.services import calibrating, instruments, weighing
from batchwright.plant.verdicts import Remedy
from tests.plant.floor import Floor
from tests.plant.metrology import BAD, GOOD, PDF, WEIGHINGS, Metrology, kg, points

DAY = timedelta(days=1)


def codes(metrology: Metrology, tag: str = "SC-01", load: str | None = None) -> list[str]:
    verdict = measuring.verdict_on(metrology.read(tag), load=None if load is None else kg(load))
    return [one.reason.code for one in verdict.obstacles]


@pytest.mark.requirement("11.10(h)")
@pytest.mark.requirement("211.68(a)")
def test_a_new_scale_is_not_used_before_it_is_calibrated_approved_and_checked(metrology: Metrology) -> None:
    metrology.add_scale()
    assert codes(metrology) == ["not-calibrated", "no-check"]
    row = metrology.calibrate(weighings=WEIGHINGS)
    assert codes(metrology) == ["not-approved", "no-check"]
    metrology.approve(row)
    assert codes(metrology) == ["no-check"]
    metrology.check()
    assert codes(metrology) == []
    assert codes(metrology, load="48.7") == []
    assert codes(metrology, load="60.1") == ["capacity"]
    assert codes(metrology, load="0.9") == ["minimum"]


@pytest.mark.requirement("11.10(h)")
@pytest.mark.requirement("211.160")
def test_a_calibration_ends_with_its_last_day_in_the_zone_of_the_site(metrology: Metrology) -> None:
    metrology.add_scale(check_values=(), check_tolerance="")
    row = metrology.calibrated(at=clock.now() - 364 * DAY)
    assert row.due_on == measuring.day_of(clock.now() + DAY)
    verdict = measuring.verdict_on(metrology.read())
    assert verdict.usable
    assert verdict.changes_at == row.counts_until
    with clock.frozen(row.counts_until - timedelta(seconds=1)):
        assert measuring.verdict_on(metrology.read()).usable
    with clock.frozen(row.counts_until):
        assert codes(metrology) == ["calibration-overdue"]
        with pytest.raises(DomainError, match="calibration overdue"):
            weighing.require_suitable(metrology.read())


@pytest.mark.requirement("11.10(h)")
def test_a_check_counts_for_its_day_only(metrology: Metrology) -> None:
    metrology.add_scale()
    metrology.calibrated()
    metrology.check()
    check = DailyCheck.objects.get()
    assert codes(metrology) == []
    with clock.frozen(check.counts_until):
        assert codes(metrology) == ["no-check"]


def test_a_failed_check_stops_the_scale_and_stays_on_record_beside_the_one_that_passed(metrology: Metrology) -> None:
    metrology.add_scale()
    metrology.calibrated()
    metrology.check("20.006", "50.000")
    assert codes(metrology) == ["check-failed"]
    metrology.check("20.000", "50.000")
    assert codes(metrology) == []
    assert [one.passed for one in DailyCheck.objects.order_by("number")] == [False, True]


@pytest.mark.requirement("211.160")
def test_found_out_of_tolerance_and_left_so_stops_the_instrument_at_once(metrology: Metrology) -> None:
    metrology.add_scale(check_values=(), check_tolerance="")
    metrology.calibrated()
    row = metrology.calibrate(found=BAD)
    assert row.outcome == "failed"
    assert codes(metrology) == ["calibration-failed"]
    metrology.approve(row, reason="scale taken out")
    assert codes(metrology) == ["calibration-failed"]


def test_a_scale_that_was_never_known_to_be_good_lists_everything_it_measured(metrology: Metrology) -> None:
    metrology.add_scale()
    row = metrology.calibrate(found=BAD, left=GOOD)
    assert row.good_since is None
    assert list(queries.impact(metrology.actor("qa"), row)) == []


@pytest.mark.requirement("211.194(d)")
def test_nobody_approves_the_own_calibration(metrology: Metrology) -> None:
    metrology.add_scale()
    calibrating.calibrate(
        actor=metrology.actor("qa"), instrument=metrology.read(), as_found=points(*GOOD), standard="Weights E2"
    )
    with pytest.raises(people.Refused, match="own work"):
        metrology.approve(metrology.calibration())
    metrology.approve(metrology.calibration(), name="qualified_person")
    with pytest.raises(DomainError, match="approved already"):
        metrology.approve(metrology.calibration(), name="qualified_person")


@pytest.mark.requirement("11.70")
def test_the_signature_covers_what_was_found(metrology: Metrology) -> None:
    metrology.add_scale()
    row = metrology.calibrated()
    signature = people.signatures_on(metrology.actor("qa"), row)[0]
    assert signature.status.valid
    shown = calibrating.shown(row)
    assert "As found: 60 kg -> 60.004 kg; 0.004 kg / 0.010 kg; within" in shown
    assert "SC-01" in shown


@pytest.mark.requirement("211.194(d)")
def test_a_certificate_is_kept_with_the_entry_and_must_be_a_pdf(metrology: Metrology) -> None:
    metrology.add_scale()
    row = metrology.calibrate(certificate=("K-118.pdf", PDF))
    assert row.certificate_name == "K-118.pdf"
    entry = record.history(row, metrology.actor("qa")).get()
    assert entry.content["attachments"][0]["sha256"] == row.certificate_sha256
    for name, content in (("x.pdf", b"MZ"), ("", PDF)):
        with pytest.raises(BadInput, match="no document"):
            metrology.calibrate(certificate=(name, content))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"found": ()}, "as found"),
        ({"found": (("30", "30"),)}, "cover the range"),
        ({"weighings": WEIGHINGS[:9]}, "too few"),
        ({"calibrated_at": datetime(2999, 1, 1, tzinfo=UTC)}, "in its turn"),
    ],
)
def test_a_calibration_that_proves_nothing_is_refused(
    metrology: Metrology, change: dict[str, Any], match: str
) -> None:
    metrology.add_scale()
    with pytest.raises(BadInput, match=match):
        metrology.calibrate(**change)
    assert not Calibration.objects.exists()


def test_a_calibration_is_recorded_in_its_turn(metrology: Metrology) -> None:
    metrology.add_scale()
    metrology.calibrate(calibrated_at=clock.now() - DAY)
    with pytest.raises(BadInput, match="in its turn"):
        metrology.calibrate(calibrated_at=clock.now() - 2 * DAY)


def test_a_thermometer_is_compared_in_kelvins_and_has_no_minimum_weight(metrology: Metrology, floor: Floor) -> None:
    metrology.add_thermometer(element=floor.unit())
    row = metrology.calibrate("TT-01", found=(("0.0", "0.2"), ("100.0", "100.4")))
    assert row.as_found[1] == {
        "reference": "100.0 Cel", "indicated": "100.4 Cel", "error": "0.4 K", "allowed": "0.5 K", "within": True
    }  # fmt: skip
    with pytest.raises(BadInput, match="Only a scale"):
        metrology.calibrate("TT-01", found=(("0", "0"), ("100", "100")), weighings=WEIGHINGS)
    with pytest.raises(BadInput, match="no daily check"):
        metrology.check(tag="TT-01")


def test_the_logbook_of_the_unit_tells_of_calibration_and_check(metrology: Metrology, floor: Floor) -> None:
    metrology.add_scale(element=floor.unit())
    metrology.calibrate()
    metrology.check()
    lines = LogbookLine.objects.filter(unit=floor.unit()).order_by("id")
    assert [(one.kind, one.person) for one in lines] == [("calibrated", "Process Engineer"), ("checked", "Operator")]


def test_what_is_mounted_on_a_unit_or_its_modules_is_asked_for_its_verdict(metrology: Metrology, floor: Floor) -> None:
    unit = floor.unit()
    metrology.add_thermometer("TT-01", unit)
    metrology.add_scale("SC-02", unit, check_values=(), check_tolerance="")
    row = metrology.calibrated("SC-02")
    mounted = measuring.mounted_on([unit.pk, floor.unit("GR-2").pk], clock.now())
    assert {key: [(one.tag, one.due_at, one.held) for one in found] for key, found in mounted.items()} == {
        unit.pk: [("SC-02", row.counts_until, ""), ("TT-01", None, "")]
    }
    instruments.hold_instrument(actor=metrology.actor("operator"), instrument=metrology.read("SC-02"), reason="dropped")
    assert measuring.mounted_on([unit.pk], clock.now())[unit.pk][0].held == "dropped"
    assert measuring.unit_of(unit) == unit
    assert measuring.unit_of(unit.parent) is None


def test_a_held_instrument_is_refused_until_it_is_freed(metrology: Metrology) -> None:
    metrology.add_scale(check_values=(), check_tolerance="")
    metrology.calibrated()
    operator, supervisor = metrology.actor("operator"), metrology.actor("supervisor")
    instruments.hold_instrument(actor=operator, instrument=metrology.read(), reason="dropped")
    assert codes(metrology) == ["held"]
    with pytest.raises(DomainError, match="held already"):
        instruments.hold_instrument(actor=operator, instrument=metrology.read(), reason="again")
    with pytest.raises(people.Refused):
        instruments.free_instrument(actor=operator, instrument=metrology.read(), reason="looks fine")
    instruments.free_instrument(actor=supervisor, instrument=metrology.read(), reason="checked after the fall")
    assert codes(metrology) == []
    with pytest.raises(DomainError, match="not held"):
        instruments.free_instrument(actor=supervisor, instrument=metrology.read(), reason="again")


def test_the_verdict_of_a_past_time_is_what_was_effective_then(metrology: Metrology) -> None:
    before = clock.now() - timedelta(microseconds=1)
    metrology.add_scale(check_values=(), check_tolerance="")
    metrology.calibrated()
    usable_at = clock.now()
    instruments.hold_instrument(actor=metrology.actor("operator"), instrument=metrology.read(), reason="dropped")
    assert measuring.verdict_on(metrology.read(), at=usable_at).usable
    assert not measuring.verdict_on(metrology.read()).usable
    with pytest.raises(DomainError, match="was not there yet"):
        measuring.verdict_on(metrology.read(), at=before)


def test_a_retired_instrument_takes_part_in_nothing(metrology: Metrology) -> None:
    metrology.add_scale()
    instruments.retire_instrument(actor=metrology.actor("qa"), instrument=metrology.read(), reason="broken")
    assert codes(metrology)[0] == "retired"
    for act in (metrology.calibrate, metrology.check):
        with pytest.raises(DomainError, match="out of use"):
            act()
    assert list(queries.instruments(metrology.actor("qa"))) == []
    assert queries.instrument(metrology.actor("qa"), "sc-01") is not None


def test_an_instrument_is_moved_and_reached_otherwise_with_a_reason(metrology: Metrology, floor: Floor) -> None:
    metrology.add_scale()
    receipt = instruments.change_instrument(
        actor=metrology.actor("qa"), instrument=metrology.read(), reason="moved",
        changes={
            "element": floor.unit("GR-2"), "protocol": "sbi", "host": "scale-1", "port": 9100, "name": "Floor scale",
        },
    )  # fmt: skip
    entry = record.history(metrology.read(), metrology.actor("qa")).get(seq=receipt.seq)
    assert entry.sentence == (
        "Instrument SC-01 changed (element: - -> GR-2, host: - -> scale-1, port: - -> 9100, protocol: - -> sbi)"
    )
    for changes, match in (
        ({"high_value": "90"}, "not changed"), ({"name": "Floor scale"}, "Nothing would change"),
        ({"port": None}, "has a protocol, an address and a port"), ({"host": "a b"}, "host"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=match):
            instruments.change_instrument(
                actor=metrology.actor("qa"), instrument=metrology.read(), reason="x", changes=dict(changes)
            )


@pytest.mark.parametrize(
    ("facts", "match"),
    [
        ({"high": "0"}, "no extent"),
        ({"readability": ""}, "has a digit"),
        ({"tolerance": "0"}, "more than nothing"),
        ({"check_values": ("70",)}, "outside the range"),
        ({"kind": "ph", "protocol": "sbi", "host": "a", "port": 1}, "Only a scale"),
        ({"protocol": "xbpi", "host": "a", "port": 1}, "protocol"),
        ({"protocol": "sbi"}, "has a protocol, an address and a port"),
        ({"port": 70000}, "port"),
        ({"tag": "sc 1"}, "tag"),
        ({"unit": "stone"}, "stone"),
        ({"high": "1e3"}, "high_value"),
    ],
)
def test_an_instrument_whose_particulars_do_not_fit_is_refused(
    metrology: Metrology, facts: dict[str, Any], match: str
) -> None:
    with pytest.raises(BadInput, match=match):
        metrology.add_scale(**{"tag": "SC-09", **facts})


def test_a_tag_serves_once(metrology: Metrology) -> None:
    metrology.add_scale()
    with pytest.raises(DomainError, match="taken"):
        metrology.add_scale()


def test_who_may_not_is_refused(metrology: Metrology, line: ScaleServer) -> None:
    with pytest.raises(people.Refused):
        instruments.add_instrument(
            actor=metrology.actor("operator"), tag="A", name="A", kind="ph", unit="[pH]", high="14", tolerance="0.1",
            interval_days=30,
        )  # fmt: skip
    metrology.add_scale(protocol="sbi", host="127.0.0.1", port=line.port)
    for name in ("inspector", "administrator"):
        with pytest.raises(people.Refused):
            metrology.check(name=name)
        with pytest.raises(people.Refused):
            weighing.take_reading(actor=metrology.actor(name), scale=metrology.read(), purpose="x")
    with pytest.raises(people.Refused):
        queries.instruments(metrology.actor("sponsor_a"))
    with pytest.raises(people.Refused):
        weighing.read_scale(actor=metrology.actor("sponsor_a"), scale=metrology.read())


@pytest.mark.requirement("211.68(a)")
def test_the_calendar_begins_with_what_is_overdue(metrology: Metrology) -> None:
    for tag in ("SC-01", "SC-02", "SC-03"):
        metrology.add_scale(tag, check_values=(), check_tolerance="")
    metrology.calibrated("SC-02", at=clock.now() - 360 * DAY)
    metrology.calibrated("SC-03", at=clock.now() - 370 * DAY)
    months = queries.calendar(metrology.actor("inspector"))
    assert [one.instrument.tag for one in months[0].due] == ["SC-01", "SC-03"]
    assert months[0].first is None
    due = months[1].due[0]
    assert (due.instrument.tag, months[1].first) == ("SC-02", due.due_on.replace(day=1) if due.due_on else None)


def test_instruments_are_found_by_tag_name_place_and_kind(metrology: Metrology, floor: Floor) -> None:
    metrology.add_scale()
    metrology.add_thermometer(element=floor.unit())
    actor = metrology.actor("inspector")
    assert [one.tag for one in queries.instruments(actor, text="gr-1")] == ["TT-01"]
    assert [one.tag for one in queries.instruments(actor, kind="scale")] == ["SC-01"]
    assert [one.tag for one in queries.mounted(actor, floor.unit().pk)] == ["TT-01"]
    shown = queries.shown(queries.judged(list(queries.instruments(actor, text="SC-01")))[0])
    assert (shown["usable"], shown["codes"], shown["remedy"]) == (
        False, ["not-calibrated", "no-check"], Remedy.CALIBRATE.value
    )  # fmt: skip
    assert shown["range"] == {"low": {"value": "0", "unit": "kg"}, "high": {"value": "60", "unit": "kg"}}


def test_a_repeated_form_acts_once(metrology: Metrology) -> None:
    metrology.add_scale()
    first = calibrating.check_instrument(
        actor=metrology.actor("operator"), instrument=metrology.read(), indicated=[kg("20"), kg("50")],
        idempotency_key="k1",
    )  # fmt: skip
    again = calibrating.check_instrument(
        actor=metrology.actor("operator"), instrument=metrology.read(), indicated=[kg("20"), kg("50")],
        idempotency_key="k1",
    )  # fmt: skip
    assert (again.seq, again.repeated) == (first.seq, True)
    assert DailyCheck.objects.count() == 1


def test_two_people_who_hold_at_once_are_told_apart(metrology: Metrology) -> None:
    metrology.add_scale()
    stale = metrology.read()
    instruments.change_instrument(
        actor=metrology.actor("qa"), instrument=metrology.read(), reason="renamed", changes={"name": "Other"}
    )
    with pytest.raises(record.Stale):
        instruments.hold_instrument(actor=metrology.actor("operator"), instrument=stale, reason="dropped")


def test_the_digits_of_an_instrument_stay_as_entered(metrology: Metrology) -> None:
    one = metrology.add_scale(high="60.00")
    assert one.high.value.as_tuple() == Decimal("60.00").as_tuple()
