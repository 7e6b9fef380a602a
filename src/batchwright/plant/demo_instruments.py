"""The demo plant's instruments: some in order, some due, overdue, unchecked, or found out of tolerance.

Its scales are simulated: `serve` answers for them on ports of this machine, and is one of the demo's processes.
"""

import socket
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from django.db import connection

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import Unavailable
from batchwright.kernel.quantity import Quantity
from batchwright.people import access
from batchwright.people import demo as people_demo
from batchwright.people.models import User
from batchwright.plant.adapters.simulator import ScaleServer, Scene, SimulatedScale, perform
from batchwright.plant.calibration import Point
from batchwright.plant.models import Calibration, EquipmentElement, Instrument
from batchwright.plant.services import calibrating, instruments

HOST: Final = "127.0.0.1"
CERTIFICATE: Final = b"%PDF-1.4\n% Demo certificate: a real one comes from the calibration laboratory.\n%%EOF\n"


class Specimen(NamedTuple):
    """One scale of the demo."""

    tag: str
    name: str
    unit_tag: str
    unit: str
    capacity: str
    digit: str
    tolerance: str
    checks: tuple[str, ...]
    check_tolerance: str
    protocol: str
    port: int
    calibrated_days_ago: int
    checked: bool
    scenes: tuple[tuple[str, float], ...]


SCALES: Final = (
    Specimen(
        "SC-101", "Dispensing scale", "DB-101", "kg", "60", "0.001", "0.010", ("20", "50"), "0.005", "mt-sics", 47101,
        200, True, (("0", 20), ("2.310", 20), ("50.994", 60)),
    ),
    Specimen(
        "SC-102", "Floor scale", "", "kg", "600", "0.05", "0.5", ("100", "500"), "0.3", "sbi", 47102, 120, False,
        (("0", 30), ("312.45", 60)),
    ),
    Specimen(
        "SC-103", "Analytical balance", "", "g", "220", "0.0001", "0.0010", ("50", "200"), "0.0005", "mt-sics", 47103,
        371, False, (("0", 15), ("12.3456", 45)),
    ),
    Specimen(
        "SC-301", "In-process balance", "FI-301", "g", "2000", "0.01", "0.05", ("500", "1000"), "0.03", "sbi", 47104,
        60, True, (("0", 10), ("5.12", 10), ("5.09", 10)),
    ),
    Specimen(
        "SC-302", "Compounding balance", "CV-301", "kg", "8.2", "0.0001", "0.0010", ("2", "8"), "0.0005", "mt-sics",
        47105, 90, True, (("0", 20), ("2.1254", 40)),
    ),
)  # fmt: skip


class Meter(NamedTuple):
    """One instrument of the demo that is no scale."""

    tag: str
    name: str
    kind: str
    unit_tag: str
    unit: str
    low: str
    high: str
    tolerance: str
    interval_days: int
    calibrated_days_ago: int
    error: str
    """What it showed too much at the upper end, as found."""
    approved: bool = True


METERS: Final = (
    Meter("TT-101", "Product temperature", "temperature", "FB-101", "Cel", "0", "120", "0.5", 365, 90, "0.2"),
    Meter("HT-101", "Exhaust humidity", "humidity", "FB-101", "%", "0", "100", "2", 180, 100, "0.8"),
    Meter("TT-201", "Broth temperature", "temperature", "BR-202", "Cel", "0", "60", "0.2", 365, 200, "0.1"),
    Meter("PH-201", "Broth pH", "ph", "BR-202", "[pH]", "4", "10", "0.1", 30, 21, "0.04"),
    Meter("OT-201", "Dissolved oxygen", "oxygen", "BR-202", "%", "0", "100", "3", 90, 95, "1.1"),
    Meter("CT-201", "Eluate conductivity", "conductivity", "CH-202", "mS/cm", "0", "200", "2", 365, 150, "0.9"),
    Meter("PT-301", "Chamber pressure", "pressure", "LY-302", "mbar", "0", "1000", "5", 180, 1, "9", approved=False),
    Meter("TT-301", "Shelf temperature", "temperature", "LY-302", "Cel", "-55", "60", "0.5", 365, 30, "0.3"),
    # what the other units measure with, all in order
    Meter("JT-101", "Power of the impeller", "other", "GR-101", "kW", "0", "30", "0.3", 365, 120, "0.1"),
    Meter("WT-101", "Main force", "other", "TP-101", "kN", "0", "100", "1", 365, 140, "0.4"),
    Meter("TT-102", "Tablet bed temperature", "temperature", "CO-101", "Cel", "0", "100", "0.5", 365, 60, "0.2"),
    Meter("PH-202", "Broth pH", "ph", "BR-201", "[pH]", "4", "10", "0.1", 180, 40, "0.03"),
    Meter("PH-203", "Broth pH", "ph", "BR-203", "[pH]", "4", "10", "0.1", 180, 45, "0.02"),
    Meter("PH-204", "Broth pH", "ph", "BR-204", "[pH]", "4", "10", "0.1", 180, 50, "0.04"),
    Meter("QT-201", "Turbidity", "other", "HV-201", "[NTU]", "0", "100", "2", 365, 80, "0.6"),
    Meter("CT-202", "Eluate conductivity", "conductivity", "CH-201", "mS/cm", "0", "200", "2", 365, 110, "0.7"),
    Meter("PT-201", "Inlet pressure", "pressure", "VF-201", "bar", "0", "5", "0.05", 365, 90, "0.01"),
    Meter("PT-202", "Transmembrane pressure", "pressure", "UF-201", "bar", "0", "5", "0.05", 365, 70, "0.02"),
    Meter("TT-202", "Plate temperature", "temperature", "BF-201", "Cel", "-80", "40", "1", 365, 100, "0.4"),
    Meter("TT-302", "Solution temperature", "temperature", "CV-301", "Cel", "0", "80", "0.5", 365, 50, "0.1"),
    Meter("PT-302", "Filter pressure", "pressure", "SF-301", "bar", "0", "6", "0.05", 365, 75, "0.02"),
    Meter("TT-303", "Tunnel temperature", "temperature", "TU-301", "Cel", "0", "400", "2", 365, 95, "0.8"),
    Meter("PT-304", "Chamber pressure", "pressure", "LY-301", "mbar", "0", "1000", "5", 180, 20, "1"),
    Meter("ST-301", "Stopper sensor", "other", "CA-301", "mm", "0", "20", "0.2", 365, 130, "0.05"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Crew:
    """Who measures in the demo."""

    quality: record.Actor
    engineer: record.Actor
    operator: record.Actor


def seed() -> None:
    """Bring the demo's instruments into the plant, once, after its equipment is there."""
    if Instrument.objects.exists():
        return
    crew = _Crew(_actor("a.novak"), _actor("s.lindqvist"), _actor("m.kowalska"))
    session, evidence = people_demo.desk_of("a.novak")

    def approve(row: Calibration) -> None:
        prepared = people.prepare(
            actor=crew.quality, row=row, meaning="approved", shown=calibrating.shown(row), session=session
        )
        calibrating.approve_calibration(
            actor=crew.quality, calibration=row, name=prepared.name, given=evidence, session=session,
            address=people_demo.ADDRESS,
        )  # fmt: skip

    for scale in SCALES:
        _add_scale(crew, scale)
        approve(_calibration(scale.tag))
        if scale.checked:
            values = [Quantity(one, scale.unit) for one in scale.checks]
            calibrating.check_instrument(actor=crew.operator, instrument=_instrument(scale.tag), indicated=values)
    for meter in METERS:
        _add_meter(crew, meter)
        if meter.approved:
            approve(_calibration(meter.tag))


def _actor(username: str) -> record.Actor:
    user = User.objects.select_related("sponsor").get(username=username)
    return access.actor_of(user, access.current_role_codes(user)[0])


def _instrument(tag: str) -> Instrument:
    found: Instrument = Instrument.objects.select_related("element__parent").get(tag=tag)
    return found


def _calibration(tag: str) -> Calibration:
    found: Calibration = Calibration.objects.select_related("instrument").filter(instrument__tag=tag).latest("number")
    return found


def _add_scale(crew: _Crew, scale: Specimen) -> None:
    instruments.add_instrument(
        actor=crew.quality, tag=scale.tag, name=scale.name, kind="scale", unit=scale.unit, high=scale.capacity,
        readability=scale.digit, tolerance=scale.tolerance, interval_days=365, check_values=scale.checks,
        check_tolerance=scale.check_tolerance, protocol=scale.protocol, host=HOST, port=scale.port,
        element=EquipmentElement.objects.filter(tag=scale.unit_tag).first(), serial_number=f"SIM-{scale.port}",
        manufacturer="Simulated",
    )  # fmt: skip
    digit, load = Decimal(scale.digit), Decimal(scale.capacity)
    weighings = [Quantity(load / 2 + digit * (number % 3 == 0), scale.unit) for number in range(10)]
    points = [
        Point(Quantity(load * part / 4, scale.unit), Quantity(load * part / 4 + digit * (part % 2), scale.unit))
        for part in range(5)
    ]
    calibrating.calibrate(
        actor=crew.engineer, instrument=_instrument(scale.tag), as_found=points, weighings=weighings,
        standard="Weights of class F1, certificate K-1187 (national metrology institute)",
        calibrated_at=clock.now() - timedelta(days=scale.calibrated_days_ago),
        certificate=(f"{scale.tag}-certificate.pdf", CERTIFICATE),
    )  # fmt: skip


def _add_meter(crew: _Crew, meter: Meter) -> None:
    instruments.add_instrument(
        actor=crew.quality, tag=meter.tag, name=meter.name, kind=meter.kind, unit=meter.unit, low=meter.low,
        high=meter.high, tolerance=meter.tolerance, interval_days=meter.interval_days,
        element=EquipmentElement.objects.get(tag=meter.unit_tag), serial_number=f"IN-{meter.tag}",
    )  # fmt: skip
    low, high, error = Decimal(meter.low), Decimal(meter.high), Decimal(meter.error)

    def compared(wrong: Decimal) -> list[Point]:
        return [
            Point(Quantity(low, meter.unit), Quantity(low, meter.unit)),
            Point(Quantity(high, meter.unit), Quantity(high + wrong, meter.unit)),
        ]

    adjusted = error > Decimal(meter.tolerance)
    calibrating.calibrate(
        actor=crew.engineer, instrument=_instrument(meter.tag), as_found=compared(error),
        as_left=compared(error / 10) if adjusted else (), standard="Reference instrument RI-04, certificate K-1203",
        calibrated_at=clock.now() - timedelta(days=meter.calibrated_days_ago),
    )  # fmt: skip


def settle() -> None:
    """Give each simulated scale a port that nobody listens on, and record where it changes.

    Another demo on this machine may have taken one: its scales must not be read for ours.
    """
    for one in simulated():
        row = _instrument(one.tag)
        if not _is_free(row.port):
            _move(row)


def simulated() -> list[Specimen]:
    """Give the scales of the demo that are still simulated: somebody may have connected a real one, or retired it.

    Returns:
        Each as it was set up.
    """
    rows = Instrument.objects.filter(host=HOST, port__isnull=False, retired_at__isnull=True)
    here = set(rows.values_list("tag", flat=True))
    return [one for one in SCALES if one.tag in here]


def _is_free(port: int | None) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port or 0))
        except OSError:
            return False
    return True


def _move(row: Instrument) -> None:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = int(probe.getsockname()[1])
    instruments.change_instrument(
        actor=_actor("a.novak"), instrument=row, changes={"port": port},
        reason=f"Port {row.port} of this machine is taken; the simulated scale listens on another",
    )  # fmt: skip


def _listening(scale: SimulatedScale) -> ScaleServer:
    """Listen where the instrument says; where that was taken meanwhile, elsewhere."""
    row = _instrument(scale.tag)
    try:
        return ScaleServer(scale, row.port or 0, HOST)
    except Unavailable:
        _move(row)
        return ScaleServer(scale, _instrument(scale.tag).port or 0, HOST)


def serve(ended: threading.Event) -> None:
    """Answer for the demo's scales, at the ports that their instruments are set up for, until told to end.

    Args:
        ended: When set, this returns.
    """
    with ExitStack() as stack:
        players = []
        for one in simulated():
            scale = SimulatedScale(
                tag=one.tag, unit=one.unit, capacity=Decimal(one.capacity), readability=Decimal(one.digit),
                model=f"Simulated {one.capacity} {one.unit}", serial=f"SIM-{one.port}",
            )  # fmt: skip
            stack.enter_context(_listening(scale))
            scenes = tuple(Scene(Quantity(load, one.unit), seconds) for load, seconds in one.scenes)
            players.append(threading.Thread(target=perform, args=(scale, scenes, ended), daemon=True))
        connection.close()  # nothing is asked of the database any more
        for player in players:
            player.start()
        ended.wait()
