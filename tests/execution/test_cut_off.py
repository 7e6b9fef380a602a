"""Every command of execution, cut off between its changes and the commit, leaves nothing; two at once do not cross."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from batchwright import record
from batchwright.execution import services
from batchwright.execution.exceptions import Kind
from batchwright.execution.models import (
    Answer,
    Attempt,
    Batch,
    BatchException,
    ControlText,
    Judgement,
    Run,
    Weighing,
)
from batchwright.execution.redlines import SkipPhase
from batchwright.execution.states import Command
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.people.models import Signature
from tests.execution.shift import OPERATE, SIGNED, Shift
from tests.record.concurrency import at_once

TABLES: tuple[Any, ...] = (
    Answer, Attempt, Batch, BatchException, ControlText, Judgement, Run, Weighing, Signature, record.Entry,
)  # fmt: skip
LOG_IN = "login.succeeded/1"
DRYER = Path(__file__).with_name("dryer.yaml").read_text("utf-8")


class PlugPulledError(Exception):
    """The machine stopped here."""


def state() -> dict[str, list[dict[str, Any]]]:
    """Every row that execution writes."""
    rows = {table._meta.db_table: list(table._default_manager.order_by("pk").values()) for table in TABLES}
    entries = record.Entry._meta.db_table
    rows[entries] = [row for row in rows[entries] if row["type"] != LOG_IN]
    return rows


def a_day(shift: Shift) -> list[tuple[str, Callable[[], Any]]]:
    """Commands in an order in which each can be given; what they act on is read when they are."""
    signed = shift.batch(SIGNED)
    clear = {"point_1": "yes", "point_2": "yes"}
    drying = shift.started(DRYER)
    shift.command(drying, Command.HOLD, reason="steam has failed")
    qa = shift.actor("qa")

    def judge() -> None:
        shift.verify_record()
        for one in services.review_of(qa, shift.read(signed)).of("needs judgement"):
            services.judge_check(actor=qa, batch=shift.read(signed), key=one.key, text="seen, and no risk")

    def review() -> None:
        batch = shift.read(signed)
        signature = shift.sign("qa", batch, "reviewed", services.shown_for_review(qa, batch))
        services.review_batch(actor=qa, batch=batch, **signature)

    def close() -> None:
        for one in BatchException.objects.filter(batch=signed, closed_at__isnull=True).select_related("batch__sponsor"):
            shift.close(one)

    def finish() -> None:
        heat = {"temperature": "86.0", "_checker": shift.actor("supervisor")}
        path = OPERATE + "reckon"
        for step, values in (
            ("heat", heat), ("look", {"choice": "clear"}), ("weights", {"weight": "100.0"}),
            ("weights", {"weight": "100.0"}), ("sample", {"assay_sample": "2"}), ("fill", {"filled": "99.0"}),
        ):  # fmt: skip
            shift.do(signed, step, **values)
        services.perform(actor=shift.actor("operator"), batch=shift.read(signed), path=path, values={})

    def sign() -> None:
        run = Run.objects.select_related("batch__sponsor").get(batch=signed, element="confirm")
        shown = services.shown_for_step(shift.read(signed), run.path)
        signature = shift.sign("supervisor", run, "performed", shown)
        services.sign_step(actor=shift.actor("supervisor"), run=run, **signature)

    return [
        ("create_batch", lambda: services.create_batch(
            actor=shift.actor("planner"), recipe="SYR1", size=Quantity("100", "kg"), units={})),
        ("go_on", lambda: services.go_on(
            actor=services.CLOCK, batch=shift.read(drying), settled=frozenset({"make/drying/dry/fluidise"}))),
        ("command_batch", lambda: shift.command(signed, Command.START)),
        ("perform", lambda: shift.do(signed, "clear", **clear)),
        ("check", lambda: shift.check(signed, "clear")),
        ("raise_exception", lambda: services.raise_exception(
            actor=shift.actor("operator"), batch=shift.read(signed), kind=Kind.REMARK, sentence="a label lay there")),
        ("assess_exception", lambda: shift.assess(shift.exception(signed))),
        ("sign_exception", lambda: shift.close(shift.exception(signed))),
        ("perform to the last step", finish),
        ("correct", lambda: services.correct(
            actor=shift.actor("operator"), batch=shift.read(signed), path=OPERATE + "fill", values={"filled": "98.5"},
            checker=shift.actor("supervisor"), reason="misread")),
        ("sign_step", sign),
        ("close what is open", close),
        ("judge_check", judge),
        ("review_batch", review),
        ("redline", lambda: services.redline(
            actor=shift.actor("supervisor"), batch=shift.read(drying), change=SkipPhase(phase="take_out"),
            reason="it stays in the dryer")),
    ]  # fmt: skip


@pytest.mark.requirement("11.10(e)")
def test_a_command_that_is_cut_off_before_its_commit_leaves_nothing(
    shift: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = record.OpenEntry.append

    def pull(entry: record.OpenEntry, gate: Any) -> None:
        # who signs logs in first: an entry of its own, and not the one that is cut off
        if entry.data.type.startswith(("login.", "statement.", "record.")):
            append(entry, gate)
            return
        raise PlugPulledError

    shift.workshop.plant.accept("supervisor", "qa", "qualified_person", "operator")
    for name, command in a_day(shift):
        before = state()
        with monkeypatch.context() as patch:
            patch.setattr(record.OpenEntry, "append", pull)
            with pytest.raises(PlugPulledError):
                command()
        assert state() == before, name
        command()
        assert state() != before, f"{name} acts once the machine is back"


@pytest.mark.requirement("11.10(f)")
def test_of_several_who_perform_one_step_or_order_one_batch_at_once_one_wins_and_nothing_is_lost(
    committed_shift: Shift,
) -> None:
    shift = committed_shift
    batch = shift.batch()
    seen = batch.version
    both = ("operator", "supervisor")
    starts = at_once([partial(shift.command, batch, Command.START, name, expected_version=seen) for name in both])
    assert sorted(isinstance(one, record.Receipt) for one in starts) == [False, True]
    assert any(isinstance(one, record.Stale | DomainError) for one in starts), starts
    shift.do(batch, "clear", point_1="yes", point_2="yes", _checker=shift.actor("supervisor"))
    people = ("operator", "supervisor", "analyst", "qa")
    heats = at_once([partial(shift.do, batch, "heat", name, temperature=f"86.{n}") for n, name in enumerate(people)])
    won = [one for one in heats if isinstance(one, record.Receipt)]
    lost = [one for one in heats if isinstance(one, DomainError)]
    assert (len(won), len(lost)) == (1, 3), heats
    assert all("is complete and is not performed again" in str(one) for one in lost)
    assert len(shift.attempts(batch, "heat")) == 1
    shift.do(batch, "look", choice="clear")
    # branches beside each other: both go through, in whatever order
    beside = at_once(
        [
            partial(shift.do, batch, "weights", "operator", weight="100.0"),
            partial(shift.do, batch, "sample", "supervisor", assay_sample="2"),
            partial(shift.command, batch, Command.HOLD, "supervisor", reason="steam has failed"),
        ]
    )
    assert isinstance(beside[2], record.Receipt), beside
    kept = Attempt.objects.filter(batch=batch, run__element__in=["weights", "sample"], verdict="accepted").count()
    assert kept == sum(isinstance(one, record.Receipt) for one in beside[:2]), "what was acknowledged is there"
    assert shift.read(batch).state == "Held"
