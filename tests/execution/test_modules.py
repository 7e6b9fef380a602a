"""Modules that run services: the contract that each adapter keeps, and what becomes of it in a batch."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from batchwright.execution import services
from batchwright.execution.adapters.modules import Behaviour, SimulatedModule
from batchwright.execution.models import Attempt, Batch
from batchwright.execution.modules import Module, ModuleState, Order, Wanted
from batchwright.execution.states import Command
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.recipes.values import Limits
from tests.execution.shift import Shift

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DRYER = Path(__file__).with_name("dryer.yaml").read_text("utf-8")
LIMITS = Limits.model_validate({"action_low": "40 Cel", "action_high": "55 Cel"})
ORDER = Order(
    key="run-1", service="Dry", parameters={"Duration": "20 min", "Inlet": "60 Cel"},
    wanted=(Wanted(id="temperature", unit="Cel", limits=LIMITS, expected="45.0 Cel"),),
)  # fmt: skip
Made = Callable[..., Module]


@pytest.fixture(params=["simulated"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Made:
    """Makes the module anew for each question, as after a restart of whoever asks."""
    return {"simulated": lambda **others: SimulatedModule("FBD-1", tmp_path, **others)}[request.param]


def at(minutes: float) -> Any:
    return clock.frozen(START + timedelta(minutes=minutes))


# ---------------------------------------------------------------------------------------------------------- contract
def test_a_service_runs_once_however_often_it_is_ordered_and_reports_when_it_is_complete(made: Made) -> None:
    with at(0):
        assert made().ask("run-1") is None
        assert made().start(ORDER).state is ModuleState.EXECUTE
    with at(15):
        assert made().start(ORDER).since == START
        assert made().ask("run-1").results == {}  # type: ignore[union-attr]
    with at(25):
        told = made().ask("run-1")
    assert told is not None
    assert (told.state, told.since) == (ModuleState.COMPLETED, START + timedelta(minutes=20))
    assert told.results == {"temperature": "45.0 Cel"}


def test_a_held_service_stands_and_goes_on_where_it_stood(made: Made) -> None:
    with at(0):
        made().start(ORDER)
    with at(5):
        assert made().hold("run-1").state is ModuleState.HELD
    with at(60):
        assert made().ask("run-1").state is ModuleState.HELD  # type: ignore[union-attr]
        assert made().resume("run-1").state is ModuleState.EXECUTE
    with at(74):
        assert made().ask("run-1").state is ModuleState.EXECUTE  # type: ignore[union-attr]
    with at(76):
        assert made().ask("run-1").state is ModuleState.COMPLETED  # type: ignore[union-attr]


def test_a_service_that_is_stopped_or_aborted_does_not_come_back_and_one_that_ended_takes_no_command(
    made: Made,
) -> None:
    with at(0):
        made().start(ORDER)
        made().start(ORDER.model_copy(update={"key": "run-2"}))
        made().start(ORDER.model_copy(update={"key": "run-3"}))
    with at(1):
        assert made().stop("run-1").state is ModuleState.STOPPED
        assert made().abort("run-2").state is ModuleState.ABORTED
        assert made().hold("run-1").state is ModuleState.STOPPED
    with at(30):
        for command in ("hold", "resume", "stop", "abort"):
            assert getattr(made(), command)("run-3").state is ModuleState.COMPLETED
        assert made().ask("run-1").state is ModuleState.STOPPED  # type: ignore[union-attr]
        with pytest.raises(DomainError, match="no such order"):
            made().hold("run-9")


def test_a_simulated_module_drifts_fails_and_is_slow_as_it_is_told(tmp_path: Path) -> None:
    told = Behaviour(
        speed=Decimal(2), settle_seconds=Decimal(60), drifts={"temperature": "above"}, fails=("Dry",)
    )
    module = SimulatedModule("FBD-1", tmp_path)
    module.behave(told)
    with at(0):
        module.start(ORDER)
    with at(6):
        failed = SimulatedModule("FBD-1", tmp_path).ask("run-1")
        assert failed is not None
        assert (failed.state, failed.sentence) == (ModuleState.ABORTED, "Dry failed in the middle")
        assert module.resume("run-1").state is ModuleState.UNHOLDING
    with at(18):
        found = module.ask("run-1")
    assert found is not None
    assert (found.state, found.results) == (ModuleState.COMPLETED, {"temperature": "60.5 Cel"})


# ------------------------------------------------------------------------------------------------------- in a batch
@pytest.fixture
def dryer(tmp_path: Path) -> SimulatedModule:
    return SimulatedModule("Dryer", tmp_path)


def looked(dryer: SimulatedModule) -> int:
    return services.run_modules(lambda tag: SimulatedModule(tag, dryer._file.parent))


def state(shift: Shift, batch: Batch, name: str = "fluidise") -> str:
    return batch.runs.get(element=name).state


@pytest.mark.requirement("211.68(b)")
def test_a_module_performs_its_phase_and_its_values_stand_in_the_record_as_its_own(
    shift: Shift, dryer: SimulatedModule
) -> None:
    batch = shift.started(DRYER)
    began = clock.now()
    assert looked(dryer) == looked(dryer) == 0, "it runs"
    with clock.frozen(began + timedelta(minutes=21)):
        assert (looked(dryer), looked(dryer)) == (1, 0)
        run = batch.runs.get(element="fluidise")
        attempt = Attempt.objects.get(run=run)
        assert (run.state, attempt.by, attempt.verdict) == ("Complete", "module:Dryer", "accepted")
        assert [(one["source"], one["instrument"]) for one in attempt.entered] == [("module", "Dryer")]
        assert shift.exceptions(batch) == []
        assert services.watch_the_clock() == 0, "the powder is still hot"
        assert not batch.runs.filter(element="take_out").exists()
    with clock.frozen(began + timedelta(minutes=52)):
        assert (services.watch_the_clock(), services.watch_the_clock()) == (1, 0)
        assert state(shift, batch, "take_out") == "Running"


@pytest.mark.requirement("211.192")
def test_a_value_of_a_module_beyond_its_limit_raises_an_exception(shift: Shift, dryer: SimulatedModule) -> None:
    dryer.behave(Behaviour(drifts={"temperature": "above"}, speed=Decimal(10**9)))
    batch = shift.started(DRYER)
    looked(dryer)
    looked(dryer)
    assert (state(shift, batch), shift.exceptions(batch)) == ("Complete", [("out of limit", "critical")])


def test_a_hold_is_passed_on_and_the_batch_is_held_when_the_module_has_come_to_rest(
    shift: Shift, dryer: SimulatedModule
) -> None:
    dryer.behave(Behaviour(settle_seconds=Decimal(60)))
    batch = shift.started(DRYER)
    began = clock.now()
    looked(dryer)
    for _again in range(2):
        shift.command(batch, Command.HOLD, reason="steam has failed")
        assert (state(shift, batch), shift.read(batch).state) == ("Holding", "Holding")
        assert looked(dryer) == 0
        began += timedelta(minutes=2)
        with clock.frozen(began):
            assert looked(dryer) == 1
            assert (state(shift, batch), shift.read(batch).state) == ("Held", "Held")
            shift.command(batch, Command.RESTART)
            assert (state(shift, batch), looked(dryer)) == ("Restarting", 0)
        began += timedelta(minutes=2)
        with clock.frozen(began):
            assert looked(dryer) == 1
            assert (state(shift, batch), shift.read(batch).state) == ("Running", "Running")


def test_a_module_that_fails_holds_its_phase_until_somebody_lets_it_go_on(
    shift: Shift, dryer: SimulatedModule
) -> None:
    dryer.behave(Behaviour(fails=("Dryer",), speed=Decimal(10**9)))
    batch = shift.started(DRYER)
    looked(dryer)
    looked(dryer)
    looked(dryer)
    assert (state(shift, batch), shift.exceptions(batch)) == ("Held", [("command", "minor")])
    path = batch.runs.get(element="fluidise").path
    shift.command(batch, Command.RESTART, path=path)
    looked(dryer)
    looked(dryer)
    assert state(shift, batch) == "Complete"


@pytest.mark.requirement("Annex 11, 16")
def test_without_a_module_its_phase_is_entered_by_hand_with_a_reason_and_takes_every_command(shift: Shift) -> None:
    batch = shift.started(DRYER)
    path = batch.runs.get(element="fluidise").path
    shift.command(batch, Command.HOLD, reason="steam has failed")
    assert (services.run_modules(lambda _: None), state(shift, batch)) == (1, "Held")
    shift.command(batch, Command.RESTART)
    assert (services.run_modules(lambda _: None), state(shift, batch)) == (1, "Running")
    assert services.run_modules(lambda _: None) == 0
    services.perform(
        actor=shift.actor("operator"), batch=shift.read(batch), path=path, values={"temperature": "50"},
        reason="the module is not connected",
    )  # fmt: skip
    assert ("value by hand", "minor") in shift.exceptions(batch)
