"""Every command on instruments, cut off between its changes and the commit: nothing half-done stays."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from batchwright import people, record
from batchwright.people.models import Challenge, PlantSession
from batchwright.plant import models, services
from batchwright.plant.adapters.simulator import ScaleServer, SimulatedScale
from batchwright.plant.services import calibrating
from tests.people.plant import ADDRESS, PASSWORD
from tests.plant.floor import Floor
from tests.plant.metrology import BAD, GOOD, PDF, Metrology, kg

TABLES: tuple[Any, ...] = (
    models.Instrument, models.Calibration, models.DailyCheck, models.LogbookLine, people.Signature, record.Entry,
)  # fmt: skip
Command = Callable[[Metrology], Any]


class PlugPulledError(Exception):
    """The machine stopped here."""


def _approve(metrology: Metrology) -> Any:
    challenge = Challenge.objects.filter(signed_table="plant_calibration").latest("pk")
    return services.approve_calibration(
        actor=metrology.actor("qa"), calibration=metrology.calibration("SC-02"), name=challenge.statement_sha256,
        session=PlantSession.objects.select_related("user").get(pk=challenge.session_id), address=ADDRESS,
        given=people.PasswordEvidence(PASSWORD, "qa"),
    )  # fmt: skip


def _on(command: Callable[..., Any], name: str, tag: str, **facts: Any) -> Command:
    return lambda metrology: command(actor=metrology.actor(name), instrument=metrology.read(tag), **facts)


COMMANDS: dict[str, Command] = {
    "add_instrument": lambda metrology: metrology.add_scale("SC-09"),
    "change_instrument": _on(services.change_instrument, "qa", "SC-01", reason="x", changes={"name": "Other"}),
    "hold_instrument": _on(services.hold_instrument, "operator", "SC-01", reason="x"),
    "free_instrument": _on(services.free_instrument, "qa", "SC-03", reason="x"),
    "retire_instrument": _on(services.retire_instrument, "qa", "SC-01", reason="x"),
    "calibrate": lambda metrology: metrology.calibrate(found=BAD, left=GOOD, certificate=("c.pdf", PDF)),
    "approve_calibration": _approve,
    "check_instrument": lambda metrology: metrology.check(),
    "take_reading": lambda metrology: services.take_reading(
        actor=metrology.actor("operator"), scale=metrology.read(), purpose="x"
    ),
}


@pytest.fixture
def workday(floor: Floor) -> Iterator[Metrology]:
    """Something of everything, so that every command has something to act on."""
    floor.plant.accept("process_engineer")
    metrology = Metrology(floor.plant)
    with ScaleServer(SimulatedScale(settle_seconds=0)) as line:
        line.scale.put(kg("12.5"))
        metrology.add_scale("SC-01", floor.unit(), protocol="sbi", host="127.0.0.1", port=line.port)
        metrology.calibrated()
        metrology.check()
        metrology.add_scale("SC-02")
        row = metrology.calibrate("SC-02")
        floor.plant.prepare("qa", row, "approved", floor.plant.session("qa"), calibrating.shown(row))
        metrology.add_scale("SC-03")
        services.hold_instrument(actor=metrology.actor("operator"), instrument=metrology.read("SC-03"), reason="x")
        yield metrology


def _state() -> dict[str, list[dict[str, Any]]]:
    return {table._meta.db_table: list(table._default_manager.order_by("pk").values()) for table in TABLES}


@pytest.mark.requirement("11.10(e)")
def test_a_command_on_an_instrument_that_is_cut_off_leaves_nothing(
    workday: Metrology, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pull(*_: object) -> None:
        raise PlugPulledError

    before = _state()
    for name, command in COMMANDS.items():
        with monkeypatch.context() as patch:
            patch.setattr(record.OpenEntry, "append", pull)
            with pytest.raises(PlugPulledError):
                command(workday)
        assert _state() == before, name
    for name in ("take_reading", "check_instrument", "approve_calibration", "change_instrument", "free_instrument"):
        COMMANDS[name](workday)
    assert len(_state()["record_entry"]) == len(before["record_entry"]) + 5


def test_every_command_on_instruments_is_cut_off_here() -> None:
    words = ("instrument", "calibrat", "reading")
    commands = {name for name in services.__all__ if any(word in name for word in words)}
    assert commands == COMMANDS.keys()
