"""Instruments for tests: a scale on a line, a thermometer on a unit, and short ways to calibrate, approve and check."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from batchwright import people, record
from batchwright.kernel.quantity import Quantity
from batchwright.plant.calibration import Point
from batchwright.plant.models import Calibration, EquipmentElement, Instrument
from batchwright.plant.services import calibrating, instruments
from tests.people.plant import ADDRESS, PASSWORD, Plant

PDF = b"%PDF-1.7\n% a certificate\n"
WEIGHINGS = tuple(Quantity(f"50.00{digit}", "kg") for digit in (0, 1, 0, 0, 1, 0, 0, 1, 0, 0))
"""s = 0.483 g; the minimum weight is 0.967 kg."""


def kg(value: str) -> Quantity:
    """A weight."""
    return Quantity(value, "kg")


def points(*pairs: tuple[str, str], unit: str = "kg") -> list[Point]:
    """Comparisons out of reference and indication."""
    return [Point(Quantity(reference, unit), Quantity(shows, unit)) for reference, shows in pairs]


GOOD = (("0", "0.000"), ("30", "30.002"), ("60", "60.004"))
BAD = (("0", "0.000"), ("30", "30.020"), ("60", "60.044"))


@dataclass
class Metrology:
    """Who measures, with what."""

    plant: Plant

    def actor(self, name: str) -> record.Actor:
        """Let somebody act."""
        return self.plant.actor(name)

    def add_scale(self, tag: str = "SC-01", element: EquipmentElement | None = None, **facts: Any) -> Instrument:
        """Add a scale of 60 kg."""
        given: dict[str, Any] = {
            "name": "Floor scale", "kind": "scale", "unit": "kg", "high": "60", "readability": "0.001",
            "tolerance": "0.010", "interval_days": 365, "check_values": ("20", "50"), "check_tolerance": "0.005",
            "serial_number": f"S-{tag}", "element": element,
        } | facts  # fmt: skip
        instruments.add_instrument(actor=self.actor("qa"), tag=tag, **given)
        return self.read(tag)

    def add_thermometer(self, tag: str = "TT-01", element: EquipmentElement | None = None) -> Instrument:
        """Add a thermometer."""
        instruments.add_instrument(
            actor=self.actor("qa"), tag=tag, name="Product temperature", kind="temperature", unit="Cel", low="0",
            high="100", tolerance="0.5", interval_days=180, element=element,
        )  # fmt: skip
        return self.read(tag)

    def read(self, tag: str = "SC-01") -> Instrument:
        """Read an instrument anew."""
        found: Instrument = Instrument.objects.select_related("element__parent").get(tag=tag)
        return found

    def calibrate(self, tag: str = "SC-01", found: Any = GOOD, left: Any = (), **facts: Any) -> Calibration:
        """Calibrate an instrument."""
        one = self.read(tag)
        calibrating.calibrate(
            actor=self.actor("process_engineer"), instrument=one, as_found=points(*found, unit=one.unit),
            as_left=points(*left, unit=one.unit), standard="Weights E2, certificate K-118", **facts,
        )  # fmt: skip
        return self.calibration(tag)

    def calibration(self, tag: str = "SC-01") -> Calibration:
        """Read the latest calibration anew."""
        row: Calibration = Calibration.objects.select_related("instrument").filter(instrument__tag=tag).latest("number")
        return row

    def approve(self, row: Calibration, name: str = "qa", reason: str = "", **facts: Any) -> record.Receipt:
        """Approve a calibration and sign it."""
        session = self.plant.session(name)
        prepared = self.plant.prepare(name, row, "approved", session, calibrating.shown(row, reason))
        return calibrating.approve_calibration(
            actor=self.actor(name), calibration=row, name=prepared.name, session=session, address=ADDRESS,
            given=people.PasswordEvidence(PASSWORD, name), reason=reason, **facts,
        )  # fmt: skip

    def calibrated(self, tag: str = "SC-01", at: datetime | None = None, **facts: Any) -> Calibration:
        """Calibrate an instrument and have it approved."""
        row = self.calibrate(tag, calibrated_at=at, **facts)
        self.approve(row)
        return self.calibration(tag)

    def check(self, *shows: str, tag: str = "SC-01", name: str = "operator") -> record.Receipt:
        """Check a scale."""
        values = [kg(one) for one in shows or ("20.001", "49.998")]
        return calibrating.check_instrument(actor=self.actor(name), instrument=self.read(tag), indicated=values)
