"""Batches in the plant: each act is one entry, every attempt stays, and nothing lives between two acts."""

from datetime import timedelta
from typing import Any

import pytest

from batchwright import people, record
from batchwright.execution import services
from batchwright.execution.states import Command
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError, Unavailable
from tests.execution.shift import OPERATE, Shift


@pytest.mark.requirement("211.188")
def test_a_batch_runs_from_its_start_to_its_end_through_the_commands(shift: Shift) -> None:
    batch = shift.started()
    assert (batch.state, shift.to_do(batch)) == ("Running", ["clear"])
    shift.do(batch, "clear", point_1="yes", point_2="yes")
    assert shift.run(batch, "clear").awaits == "operator"
    shift.check(batch, "clear")
    assert shift.to_do(batch) == ["heat"]
    shift.do(batch, "heat", temperature="82.0")
    shift.do(batch, "look", choice="turbid")
    shift.do(batch, "adjust")
    assert shift.to_do(batch) == ["heat#2"], "the loop asks anew"
    shift.do(batch, "heat#2", temperature="86.5")
    shift.do(batch, "look#2", choice="clear")
    assert shift.to_do(batch) == ["weights", "sample"], "branches are open side by side"
    shift.do(batch, "weights", weight="100.1")
    shift.do(batch, "sample", assay_sample="2")
    assert shift.to_do(batch) == ["weights"], "the join waits for the other branch"
    shift.do(batch, "weights", weight="99.9")
    shift.do(batch, "fill", filled="99.0")
    services.perform(actor=shift.actor("operator"), batch=shift.read(batch), path=OPERATE + "reckon", values={})
    assert shift.run(batch, "reckon").values == {"loss": {"amount": "1.0 kg"}}
    shift.do(batch, "confirm", "supervisor")
    batch = shift.read(batch)
    assert (batch.state, shift.exceptions(batch)) == ("Complete", [])
    assert batch.ended_at is not None
    types = [one.type for one in record.history(batch, shift.actor("qa"))]
    assert types.count("phase.attempted/1") == 12


@pytest.mark.requirement("ALCOA+ contemporaneous")
@pytest.mark.parametrize(("behind", "refused"), [(timedelta(seconds=3), False), (timedelta(hours=1), True)])
def test_what_is_done_by_a_clock_that_is_behind_counts_or_is_refused_and_never_accepted_in_vain(
    shift: Shift, behind: timedelta, refused: bool
) -> None:
    with clock.frozen(clock.now() + behind):  # another server's, or this one's before it was set back
        batch = shift.started()
    if refused:
        with pytest.raises(Unavailable, match="clock of the server is behind"):
            shift.do(batch, "clear", point_1="yes", point_2="yes")
        assert shift.attempts(batch, "clear") == []
    else:
        shift.do(batch, "clear", point_1="yes", point_2="yes")
        shift.check(batch, "clear")
        assert shift.to_do(batch) == ["heat"]


@pytest.mark.requirement("ALCOA+ original")
def test_a_refused_value_is_kept_beside_the_one_that_counts(shift: Shift) -> None:
    batch = shift.started()
    shift.do(batch, "clear", point_1="yes", point_2="yes")
    shift.check(batch, "clear")
    with pytest.raises(services.AttemptRefused, match="more decimals") as refused:
        shift.do(batch, "heat", temperature="82.123", _idempotency_key="tablet-1")
    with pytest.raises(services.AttemptRefused, match="more decimals"):
        shift.do(batch, "heat", temperature="82.123", _idempotency_key="tablet-1")
    assert refused.value.reasons[0].field == "temperature"
    shift.do(batch, "heat", temperature="82.1")
    assert shift.attempts(batch, "heat") == [
        ("perform", "refused", "operator"), ("perform", "accepted", "operator"),
    ]  # fmt: skip
    assert shift.run(batch, "heat").values == {"temperature": {"amount": "82.1 Cel"}}


@pytest.mark.requirement("11.10(f)")
def test_a_step_before_its_turn_is_refused_by_the_service(shift: Shift) -> None:
    batch = shift.started()
    with pytest.raises(DomainError, match="before its turn"):
        shift.do(batch, "fill", filled="99.0")
    assert [one.type for one in record.history(batch, shift.actor("qa"))] == ["batch.created/1", "batch.commanded/1"]


@pytest.mark.requirement("211.188(b)(11)")
def test_the_second_person_is_another_one_and_may_disagree(shift: Shift) -> None:
    batch = shift.started()
    shift.do(batch, "clear", point_1="yes", point_2="yes")
    with pytest.raises(people.Refused, match="own work"):
        shift.check(batch, "clear", "operator")
    with pytest.raises(DomainError, match="second person has to check"):
        shift.do(batch, "clear", point_1="yes", point_2="yes")
    with pytest.raises(DomainError, match="Say why"):
        shift.check(batch, "clear", agrees=False)
    shift.check(batch, "clear", agrees=False, reason="a label lies under the vessel")
    assert shift.to_do(batch) == ["clear"]
    shift.do(batch, "clear", point_1="yes", point_2="yes", _checker=shift.actor("supervisor"))
    assert shift.attempts(batch, "clear") == [
        ("perform", "accepted", "operator"), ("check", "refused", "operator"), ("perform", "accepted", "operator"),
    ]  # fmt: skip
    assert shift.to_do(batch) == ["heat"]


@pytest.mark.requirement("211.192")
def test_a_value_beyond_its_limit_is_taken_in_with_an_exception_and_a_critical_one_keeps_the_batch_open(
    shift: Shift,
) -> None:
    batch = shift.started()
    shift.do(batch, "clear", point_1="yes", point_2="yes", _checker=shift.actor("supervisor"))
    shift.do(batch, "heat", temperature="91.0")
    assert shift.exceptions(batch) == [("out of limit", "critical")]
    shift.do(batch, "look", choice="turbid", _reason="a film on top")
    assert ("overridden decision", "major") in shift.exceptions(batch)


@pytest.mark.requirement("11.10(e)")
def test_a_correction_keeps_both_values_and_needs_a_reason_and_a_second_person(shift: Shift) -> None:
    batch = shift.started()
    shift.do(batch, "clear", point_1="yes", point_2="yes", _checker=shift.actor("supervisor"))
    shift.do(batch, "heat", temperature="86.0")
    correct: Any = {
        "actor": shift.actor("operator"), "batch": batch, "path": OPERATE + "heat",
        "values": {"temperature": "86.5"},
    }  # fmt: skip
    with pytest.raises(services.AttemptRefused, match="second person"):
        services.correct(**correct, checker=None, reason="misread")
    services.correct(**correct, checker=shift.actor("supervisor"), reason="misread")
    assert shift.run(batch, "heat").values == {"temperature": {"amount": "86.5 Cel"}}
    assert ("correction", "minor") in shift.exceptions(batch)
    assert [one[1] for one in shift.attempts(batch, "heat")] == ["accepted", "refused", "accepted"]


def test_a_held_batch_takes_no_values_and_goes_on_where_it_stood(shift: Shift) -> None:
    batch = shift.started()
    with pytest.raises(DomainError, match="needs a reason"):
        shift.command(batch, Command.HOLD)
    shift.command(batch, Command.HOLD, reason="steam has failed")
    assert shift.read(batch).state == "Held"
    with pytest.raises(DomainError, match="Held"):
        shift.do(batch, "clear", point_1="yes", point_2="yes")
    with pytest.raises(DomainError, match="does not take START"):
        shift.command(batch, Command.START)
    shift.command(batch, Command.RESTART)
    assert (shift.read(batch).state, shift.to_do(batch)) == ("Running", ["clear"])
    assert shift.exceptions(batch) == [("command", "minor")]
