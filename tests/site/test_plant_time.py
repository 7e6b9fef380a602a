"""The time of a plant that is played through faster than its machine's clock runs."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.site import plant_time
from batchwright.site.configuration import Configuration

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[clock.HandClock]:
    """The clock of the machine, which nobody moves but the test; afterwards all is as before."""
    hand = clock.HandClock(NOON)
    monkeypatch.setattr(clock, "system", hand)
    before = clock.set_source(hand)
    yield hand
    clock.set_source(before)


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    monkeypatch.setenv("BATCHWRIGHT_PLANT_FOLDER", str(tmp_path))  # outweighs what is given
    return Configuration(demo=True)


def test_without_a_file_the_machines_clock_is_the_plants(
    machine: clock.HandClock, configuration: Configuration
) -> None:
    plant_time.install(configuration)
    assert clock.now() == machine.now
    assert plant_time.pace(configuration) is None


def test_time_runs_faster_from_where_the_plant_has_come_to_in_every_process(
    machine: clock.HandClock, configuration: Configuration
) -> None:
    plant_time.begin(configuration, 60, last=NOON - MINUTE)
    machine.advance(MINUTE)
    assert clock.now() == NOON + timedelta(hours=1)
    clock.set_source(machine)  # another process begins with the machine's
    plant_time.install(configuration)
    assert clock.now() == NOON + timedelta(hours=1)
    assert plant_time.pace(configuration) == plant_time.Pace(60, 59 * 60)


def test_a_plant_that_has_run_ahead_stands_there_and_is_taken_up_there(
    machine: clock.HandClock, configuration: Configuration
) -> None:
    plant_time.begin(configuration, 60, last=None)
    machine.advance(MINUTE)
    ahead = clock.now()
    plant_time.begin(configuration, 1, last=ahead)
    machine.advance(MINUTE)
    assert clock.now() == ahead + MINUTE
    machine.advance(timedelta(hours=1))
    plant_time.begin(configuration, 1, last=ahead)
    assert clock.now() == machine.now, "the machine's clock has caught up"
    assert not (configuration.plant_folder / plant_time.FILE).exists()


@pytest.mark.parametrize("speed", [0.0, -1.0, 0.5, 1e9, float("nan")])
def test_a_speed_that_helps_nobody_is_refused(configuration: Configuration, speed: float) -> None:
    with pytest.raises(BadInput, match="cannot run at this speed"):
        plant_time.begin(configuration, speed, last=None)


def test_a_plant_that_is_no_demo_refuses_made_up_time(machine: clock.HandClock, configuration: Configuration) -> None:
    plant_time.begin(configuration, 60, last=None)
    clock.set_source(machine)
    real = configuration.model_copy(update={"demo": False})
    with pytest.raises(DomainError, match="made up"):
        plant_time.install(real)
    assert clock.now() == machine.now


@pytest.mark.parametrize(
    "said",
    ["", "{", "[]", "{}", '{"machine": "today"}', json.dumps({"machine": 1, "plant": 2, "speed": 3}),
     json.dumps({"machine": clock.iso(NOON), "plant": clock.iso(NOON), "speed": "fast"}),
     json.dumps({"machine": clock.iso(NOON), "plant": clock.iso(NOON), "speed": 0})],
)  # fmt: skip
def test_a_file_that_says_no_time_is_refused(configuration: Configuration, said: str) -> None:
    (configuration.plant_folder / plant_time.FILE).write_text(said, encoding="utf-8")
    with pytest.raises(BadInput, match=r"cannot be read|cannot run|must go on"):
        plant_time.install(configuration)
