"""Exceptions, redlines, signed steps and the review of a batch, as commands."""

import pytest

from batchwright import people, record
from batchwright.execution import services
from batchwright.execution.exceptions import Kind, Severity
from batchwright.execution.redlines import ChangeLimits, SkipPhase
from batchwright.execution.states import Command
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.values import Limits
from tests.execution.shift import OPERATE, SIGNED, Shift


@pytest.mark.requirement("211.192")
@pytest.mark.requirement("Release: open exception or deviation")
def test_a_critical_exception_keeps_a_batch_from_its_end_until_it_is_signed_and_the_review_until_it_is_closed(
    shift: Shift,
) -> None:
    batch = shift.started()
    with pytest.raises(services.AttemptRefused, match="critical exception is not assessed"):
        shift.to_the_end(batch, temperature="91.0")
    grave = shift.exception(batch)
    with pytest.raises(DomainError, match="cause and impact"):
        shift.sign_exception(grave, "supervisor", "reviewed")
    shift.assess(grave)
    with pytest.raises(DomainError, match="another meaning"):
        shift.sign_exception(grave, "qualified_person", "approved")
    with pytest.raises(DomainError, match="role does not sign"):
        shift.sign_exception(grave, "analyst", "reviewed")
    shift.sign_exception(grave, "supervisor", "reviewed")
    shift.do(batch, "confirm", "supervisor")
    batch = shift.read(batch)
    assert batch.state == "Complete"
    shift.verify_record()
    qa = shift.actor("qa")
    blocked = [one.code for one in services.review_of(qa, batch).of("blocks")]
    assert "exception" in blocked
    closed = shift.sign_exception(grave, "qualified_person", "approved")
    assert closed.closed_at is not None
    with pytest.raises(DomainError, match="closed"):
        shift.assess(grave)
    shift.verify_record()
    found = services.review_of(qa, batch)
    assert found.of("blocks") == ()
    assert {one.code for one in found.of("needs judgement")} == {"exception", "value", "attempts", "area"}
    batch = shift.read(batch)
    with pytest.raises(DomainError, match="cannot be signed"):
        services.review_batch(
            actor=qa, batch=batch,
            **shift.sign("qa", batch, "reviewed", services.shown_for_review(qa, batch)),
        )  # fmt: skip
    for one in found.of("needs judgement"):
        services.judge_check(actor=qa, batch=batch, key=one.key, text="seen, and no risk to the product")
    batch = shift.read(batch)
    signature = shift.sign("qa", batch, "reviewed", services.shown_for_review(qa, batch))
    services.review_batch(actor=qa, batch=batch, **signature)
    batch = shift.read(batch)
    assert (batch.reviewed_by, people.signatures_on(qa, batch)[0].status.valid) == ("qa", True)
    services.raise_exception(actor=qa, batch=batch, kind=Kind.REMARK, sentence="a label was found later")
    assert not people.signatures_on(qa, shift.read(batch))[0].status.valid, "what came later voids the review"


@pytest.mark.requirement("211.192")
def test_nobody_reviews_a_batch_that_the_same_person_made(shift: Shift) -> None:
    batch = shift.started()
    shift.do(batch, "clear", "qa", point_1="yes", point_2="yes", _checker=shift.actor("supervisor"))
    shift.command(batch, Command.ABORT, reason="the vessel leaks")
    qa, batch = shift.actor("qa"), shift.read(batch)
    with pytest.raises(people.Refused, match="own work"):
        services.review_batch(
            actor=qa, batch=batch, **shift.sign("qa", batch, "reviewed", services.shown_for_review(qa, batch))
        )


@pytest.mark.requirement("Exception: redline")
def test_a_redline_changes_this_batch_alone_and_is_an_exception(shift: Shift) -> None:
    batch = shift.started()
    wider = ChangeLimits(
        phase="heat", field="temperature",
        limits=Limits(action_low=Quantity("78.0", "Cel"), action_high=Quantity("90.0", "Cel")),
    )  # fmt: skip
    supervisor = shift.actor("supervisor")
    assert services.told(supervisor, batch, wider)
    with pytest.raises(DomainError, match="reason"):
        services.redline(actor=supervisor, batch=batch, change=wider, reason=" ")
    services.redline(actor=supervisor, batch=batch, change=wider, reason="validated in study 12")
    batch = shift.read(batch)
    assert batch.revision == 2
    services.redline(actor=supervisor, batch=batch, change=SkipPhase(phase="sample"), reason="sampled in the tank")
    assert shift.exceptions(batch) == [("redline", "major"), ("redline", "major")]
    shift.do(batch, "clear", point_1="yes", point_2="yes", _checker=supervisor)
    shift.do(batch, "heat", temperature="79.0")
    assert [one[0] for one in shift.exceptions(batch)] == ["redline", "redline"], "79 Cel is within the new limit"
    with pytest.raises(DomainError):
        services.redline(actor=supervisor, batch=shift.read(batch), change=SkipPhase(phase="clear"), reason="late")
    master = batch.recipe_version.text.master
    heat = next(one for one in master.walk() if one.id == "heat")
    assert heat.phase.entries[0].limits.action_low == Quantity("80.0", "Cel")  # type: ignore[union-attr]


def test_an_exception_by_hand_may_be_graver_than_its_kind_and_not_less(shift: Shift) -> None:
    batch, operator = shift.started(), shift.actor("operator")
    services.raise_exception(
        actor=operator, batch=batch, kind=Kind.REMARK, sentence="glass on the floor", severity=Severity.CRITICAL
    )
    with pytest.raises(DomainError, match="less grave"):
        services.raise_exception(
            actor=operator, batch=batch, kind=Kind.MATERIAL, sentence="wet bag", severity=Severity.MINOR
        )
    with pytest.raises(DomainError, match="by itself"):
        services.raise_exception(actor=operator, batch=batch, kind=Kind.YIELD, sentence="low")
    assert shift.exceptions(batch) == [("remark", "critical")]
    assert shift.exception(batch).subject.startswith(f"batch/{batch.number}/exception/E-0001-")


@pytest.mark.requirement("11.50")
def test_a_step_is_completed_with_a_signature_by_the_role_that_the_recipe_names(shift: Shift) -> None:
    batch = shift.started(SIGNED)
    with pytest.raises(DomainError, match="own page"):
        shift.to_the_end(batch)
    run = shift.run(batch, "confirm")
    shown = services.shown_for_step(batch, OPERATE + "confirm")
    assert "Manufacture complete" in shown
    assert "filled 99.0 kg" in shown
    with pytest.raises(DomainError, match="not in the role"):
        services.sign_step(actor=shift.actor("operator"), run=run, **shift.sign("operator", run, "performed", shown))
    services.sign_step(actor=shift.actor("supervisor"), run=run, **shift.sign("supervisor", run, "performed", shown))
    assert shift.read(batch).state == "Complete"
    given = people.signatures_on(shift.actor("qa"), shift.run(batch, "confirm"))
    assert [(one.signature.meaning, one.status.valid) for one in given] == [("performed", True)]
    own = record.entries_visible_to(shift.actor("qa")).filter(subject=run.subject)
    assert [one.type for one in own] == ["phase.signed/1"]


def test_another_sponsor_never_learns_that_a_batch_exists(shift: Shift) -> None:
    batch = shift.started()
    stranger = shift.actor("sponsor_b")
    from batchwright.execution import queries

    assert queries.batch(stranger, batch.number) is None
    assert queries.batch(shift.actor("sponsor_a"), batch.number) == batch
    assert not queries.to_do(stranger).exists()
    assert not record.entries_visible_to(stranger).filter(subject__startswith="batch/").exists()
