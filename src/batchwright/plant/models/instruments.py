"""Instruments: what measures, its calibrations and its daily checks.

Values are kept as the digits that were entered, in the instrument's own unit; comparisons are kept with what they were
judged by, so that a later change of a tolerance changes no verdict of the past.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from batchwright.kernel import units
from batchwright.kernel.quantity import Quantity
from batchwright.plant.models.base import CODE, PlantModel
from batchwright.plant.models.hierarchy import EquipmentElement

NUMBER = RegexValidator(r"^(-?\d{1,20}(\.\d{1,20})?)?$", _("Use digits, with a dot before the decimals."))
HOST = RegexValidator(r"^[A-Za-z0-9.:_-]{0,253}$", _("Use a name or an address of the network."))


class InstrumentKind(models.TextChoices):
    """What an instrument measures."""

    SCALE = "scale", _("scale")
    TEMPERATURE = "temperature", _("temperature")
    PH = "ph", _("pH")
    PRESSURE = "pressure", _("pressure")
    OXYGEN = "oxygen", _("dissolved oxygen")
    CONDUCTIVITY = "conductivity", _("conductivity")
    FLOW = "flow", _("flow")
    HUMIDITY = "humidity", _("humidity")
    OTHER = "other", _("other")


class Protocol(models.TextChoices):
    """What a scale speaks; the names of `batchwright.plant.adapters.connecting`."""

    NONE = "", _("none: read by a person")
    MT_SICS = "mt-sics", _("MT-SICS (Mettler-Toledo)")
    SBI = "sbi", _("SBI (Sartorius)")


class Result(models.TextChoices):
    """What a calibration came to; the words of `batchwright.plant.calibration`."""

    PASSED = "passed", _("passed")
    ADJUSTED = "adjusted", _("adjusted")
    FAILED = "failed", _("failed")


class Instrument(PlantModel):
    """Something that measures, mounted on a piece of equipment or standing by itself."""

    tag = models.CharField(max_length=40, unique=True, validators=[CODE])
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=20, choices=InstrumentKind.choices)
    element = models.ForeignKey(
        EquipmentElement, models.PROTECT, null=True, blank=True, related_name="instruments"
    )
    """What it is mounted on; None where it is portable."""
    manufacturer = models.CharField(max_length=100, blank=True)
    model_name = models.CharField(max_length=100, blank=True)
    serial_number = models.CharField(max_length=60, blank=True)
    unit = models.CharField(max_length=40)
    """UCUM code in which it measures."""
    low_value = models.CharField(max_length=42, default="0", validators=[NUMBER])
    high_value = models.CharField(max_length=42, validators=[NUMBER])
    """End of its range; the capacity of a scale."""
    digit_value = models.CharField(max_length=42, blank=True, validators=[NUMBER])
    """Its readability."""
    tolerance_value = models.CharField(max_length=42, validators=[NUMBER])
    """What it may be wrong by in a calibration, in the unit or, for a temperature, its difference."""
    tolerance_percent = models.CharField(max_length=10, default="0", validators=[NUMBER])
    interval_days = models.PositiveIntegerField(validators=[MinValueValidator(1), MaxValueValidator(3650)])
    check_values = models.JSONField(default=list, blank=True)
    """References of the daily check, as numbers in the unit; none where there is no daily check."""
    check_tolerance_value = models.CharField(max_length=42, blank=True, validators=[NUMBER])
    protocol = models.CharField(max_length=20, choices=Protocol.choices, blank=True)
    host = models.CharField(max_length=253, blank=True, validators=[HOST])
    port = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    held_since = models.DateTimeField(null=True, blank=True)
    held_why = models.CharField(max_length=300, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "plant_instrument"
        ordering = ["tag"]
        constraints = [
            models.CheckConstraint(name="plant_instrument_kind", condition=models.Q(kind__in=InstrumentKind.values)),
            models.CheckConstraint(
                name="plant_instrument_reached",
                condition=models.Q(protocol="", port__isnull=True)
                | ~models.Q(protocol="") & models.Q(port__isnull=False) & ~models.Q(host=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tag} {self.name}"

    @property
    def subject(self) -> str:
        """What the instrument is called in the record."""
        return f"instrument/{self.tag}"

    @property
    def is_scale(self) -> bool:
        """Whether it weighs."""
        return self.kind == InstrumentKind.SCALE

    @property
    def low(self) -> Quantity:
        """Lower end of its range."""
        return Quantity(self.low_value, self.unit)

    @property
    def high(self) -> Quantity:
        """Upper end of its range; the capacity of a scale."""
        return Quantity(self.high_value, self.unit)

    @property
    def readability(self) -> Quantity | None:
        """Its digit."""
        return Quantity(self.digit_value, self.difference) if self.digit_value else None

    @property
    def difference(self) -> str:
        """UCUM code in which two of its values differ: K for Cel."""
        return units.parse(self.unit).difference or self.unit


class OfInstrument(PlantModel):
    """Something that was done with one instrument."""

    class Meta:
        abstract = True

    def _subject(self, kind: str, instrument: Instrument, number: int) -> str:
        return f"{kind}/{instrument.tag}/{number}"


class Calibration(OfInstrument):
    """One comparison with references, as found and as left, with its certificate and its approval."""

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="calibrations")
    number = models.PositiveIntegerField()
    calibrated_at = models.DateTimeField()
    due_on = models.DateField()
    """Last day, in the zone of the site, on which it counts."""
    counts_until = models.DateTimeField()
    """The end of that day."""
    tolerance = models.CharField(max_length=80)
    as_found = models.JSONField()
    """Comparisons: reference, indicated, error and allowed as quantities, and whether it was within."""
    as_left = models.JSONField(default=list, blank=True)
    outcome = models.CharField(max_length=10, choices=Result.choices)
    impact = models.BooleanField(default=False)
    """Whether it was found out of tolerance."""
    good_since = models.DateTimeField(null=True, blank=True)
    """When it was last known to be in tolerance before; what was measured since may be wrong where there is impact."""
    weighings = models.JSONField(default=list, blank=True)
    """Repeated weighings of one load, as numbers in the unit of the instrument."""
    minimum_value = models.CharField(max_length=42, blank=True, validators=[NUMBER])
    """Smallest net weight that may be weighed, by these weighings (USP <41>)."""
    standard = models.CharField(max_length=200)
    """The references that were used, and to what they are traceable."""
    certificate_name = models.CharField(max_length=150, blank=True)
    certificate_sha256 = models.CharField(max_length=64, blank=True)
    performed_by = models.CharField(max_length=63)
    performed_by_name = models.CharField(max_length=150)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=63, blank=True)
    approved_by_name = models.CharField(max_length=150, blank=True)

    signed_fields: ClassVar[dict[str, frozenset[str]]] = {
        "approved": frozenset(
            {
                "instrument_id", "calibrated_at", "due_on", "tolerance", "as_found", "as_left", "outcome", "weighings",
                "minimum_value", "standard", "certificate_sha256", "performed_by", "approved_at",
            }
        ),
    }  # fmt: skip
    """What the signature covers; a later change of one of these columns voids it."""

    class Meta:
        db_table = "plant_calibration"
        ordering = ["instrument_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["instrument", "number"], name="plant_calibration_once"),
            models.CheckConstraint(
                name="plant_calibration_second_person", condition=~models.Q(approved_by=models.F("performed_by"))
            ),
            models.CheckConstraint(name="plant_calibration_outcome", condition=models.Q(outcome__in=Result.values)),
        ]
        indexes = [models.Index(fields=["instrument", "calibrated_at"], name="plant_calibration_at")]

    def __str__(self) -> str:
        return self.subject

    @property
    def subject(self) -> str:
        """What the calibration is called in the record."""
        return self._subject("calibration", self.instrument, self.number)

    @property
    def minimum(self) -> Quantity | None:
        """Smallest net weight that may be weighed."""
        return Quantity(self.minimum_value, self.instrument.unit) if self.minimum_value else None

    @property
    def points(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """The comparisons by stage, as they are shown."""
        return [(stage, rows) for stage, rows in (("as_found", self.as_found), ("as_left", self.as_left)) if rows]


class DailyCheck(OfInstrument):
    """One check of an instrument with its check references; it counts for the day on which it was done."""

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="checks")
    number = models.PositiveIntegerField()
    checked_at = models.DateTimeField()
    counts_until = models.DateTimeField()
    """The end of its day in the zone of the site."""
    points = models.JSONField()
    passed = models.BooleanField()
    checked_by = models.CharField(max_length=63)
    checked_by_name = models.CharField(max_length=150)

    class Meta:
        db_table = "plant_daily_check"
        ordering = ["instrument_id", "number"]
        constraints = [models.UniqueConstraint(fields=["instrument", "number"], name="plant_daily_check_once")]
        indexes = [models.Index(fields=["instrument", "checked_at"], name="plant_daily_check_at")]

    def __str__(self) -> str:
        return self._subject("check", self.instrument, self.number)


class Measurement(OfInstrument):
    """A value that was read and counts, taken down in the entry of the act that it was read for."""

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="measurements")
    value = models.CharField(max_length=80)
    """With the digits and in the unit that the instrument sent."""
    read_at = models.DateTimeField()
    raw = models.CharField(max_length=200)
    """The line as it came."""
    purpose = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "plant_measurement"
        ordering = ["id"]
        indexes = [models.Index(fields=["instrument", "read_at"], name="plant_measurement_at")]

    def __str__(self) -> str:
        return f"{self.value} of {self.instrument_id}"
