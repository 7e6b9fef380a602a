"""The time of a plant that is played through faster than this machine's clock runs: a demo, a trial of a long day.

A small file in the plant folder says when and where such a time began and how fast it runs, so that all processes of
the plant, and whoever looks into it from the command line, see the same time. Without the file the machine's clock is
the plant's. A plant that is no demo refuses the file.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.site.configuration import Configuration

FILE: Final = "plant-time.json"
FASTEST: Final = 1_000.0
"""In one second of a machine people have to be able to do something still."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How time runs in a plant.

    Args:
        speed: Seconds that pass in the plant in one second of this machine.
        ahead_seconds: How far the plant's time is ahead of this machine's now.
    """

    speed: float
    ahead_seconds: float


def install(configuration: Configuration) -> None:
    """Let this process see the time of its plant.

    Args:
        configuration: Of the plant.

    Raises:
        BadInput: If the file cannot be read.
        DomainError: If the plant is no demo.
    """
    time = _read(configuration.plant_folder)
    if time is None:
        return
    if not configuration.demo:
        raise DomainError(
            "the time of this plant is made up, and it is no demo", value=str(configuration.plant_folder / FILE),
            limit="the machine's clock", remedy="Remove the file, and find out who put it there.",
        )  # fmt: skip
    clock.set_source(time)


def pace(configuration: Configuration) -> Pace | None:
    """Say how time runs in a plant whose time is made up.

    Args:
        configuration: Of the plant.

    Returns:
        The pace; None where the machine's clock is the plant's.
    """
    time = _read(configuration.plant_folder)
    return None if time is None else Pace(time.speed, (time() - clock.system()).total_seconds())


def begin(configuration: Configuration, speed: float, *, last: datetime | None) -> None:
    """Begin a new pace, with the time that the plant has reached.

    A plant whose time has run ahead goes on from there: nothing is ever written before what is on record.

    Args:
        configuration: Of the plant.
        speed: Seconds that pass in the plant in one second of this machine.
        last: When the last entry was written; None for an empty record.

    Raises:
        BadInput: If the speed is not between 1 and the fastest one.
    """
    if not 1 <= speed <= FASTEST:
        raise BadInput("the plant's time cannot run at this speed", value=f"{speed:g}", limit=f"1 to {FASTEST:g}")
    machine = clock.system()
    reached = machine if last is None else max(machine, last)
    path = configuration.plant_folder / FILE
    if speed == 1 and reached == machine:
        path.unlink(missing_ok=True)
        clock.set_source(clock.system)
        return
    said = {"machine": clock.iso(machine), "plant": clock.iso(reached), "speed": speed}
    passing = path.with_suffix(".new")
    passing.write_text(json.dumps(said), encoding="utf-8")
    passing.replace(path)
    install(configuration)


def _read(folder: Path) -> clock.SimulatedTime | None:
    path = folder / FILE
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise BadInput("the plant's time cannot be read", file=str(path), remedy="Start the demo again.") from error
    try:
        return clock.SimulatedTime(clock.parse(said["machine"]), clock.parse(said["plant"]), float(said["speed"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput("the plant's time cannot be read", file=str(path), remedy="Start the demo again.") from error
