"""How units are used: their state, cleanings, clearances, campaigns, qualification, and the logbook of all that."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from batchwright.people.models import Sponsor
from batchwright.plant.models.base import CODE, PlantModel
from batchwright.plant.models.hierarchy import EquipmentClass, EquipmentElement


class State(models.TextChoices):
    """In what state a unit is; the words of `batchwright.plant.states`."""

    CLEAN = "clean", _("clean")
    DIRTY = "dirty", _("dirty")
    IN_USE = "in_use", _("in use")
    HELD = "held", _("held")
    OUT_OF_SERVICE = "out_of_service", _("out of service")


class CleaningKind(models.TextChoices):
    """How far a cleaning goes."""

    MINOR = "minor", _("minor")
    FULL = "full", _("full")


class QualificationKind(models.TextChoices):
    """Stages of qualification (EU GMP Annex 15)."""

    INSTALLATION = "IQ", _("installation qualification")
    OPERATION = "OQ", _("operational qualification")
    PERFORMANCE = "PQ", _("performance qualification")
    REQUALIFICATION = "RQ", _("requalification")


class LineKind(models.TextChoices):
    """What a line of the logbook tells of."""

    USE_BEGUN = "use_begun", _("use begun")
    USE_ENDED = "use_ended", _("use ended")
    TAKEN_OVER = "taken_over", _("taken over from the paper logbook")
    CLEANED = "cleaned", _("cleaned")
    CLEANING_VERIFIED = "cleaning_verified", _("cleaning verified")
    CLEARED = "cleared", _("line cleared")
    CLEARANCE_VERIFIED = "clearance_verified", _("line clearance verified")
    CAMPAIGN_OPENED = "campaign_opened", _("campaign opened")
    CAMPAIGN_CLOSED = "campaign_closed", _("campaign closed")
    HELD = "held", _("held")
    FREED = "freed", _("freed")
    TAKEN_OUT = "taken_out", _("taken out of service")
    RETURNED = "returned", _("returned to service")
    QUALIFIED = "qualified", _("qualified")
    CALIBRATED = "calibrated", _("calibrated")
    CHECKED = "checked", _("checked")


class CleaningProcedure(PlantModel):
    """One edition of how a class of units is cleaned, and for how long that lasts (21 CFR 211.67(b))."""

    code = models.CharField(max_length=40, validators=[CODE])
    edition = models.CharField(max_length=20)
    title = models.CharField(max_length=150)
    equipment_class = models.ForeignKey(EquipmentClass, models.PROTECT, related_name="cleaning_procedures")
    kind = models.CharField(max_length=10, choices=CleaningKind.choices)
    clean_hold_minutes = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    """How long a unit stays clean after it; None without limit."""
    dirty_hold_minutes = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    """How soon after use it must be begun for its validation to hold; None without limit."""
    effective_at = models.DateTimeField()

    class Meta:
        db_table = "plant_cleaning_procedure"
        ordering = ["code", "effective_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["code", "edition"], name="plant_cleaning_procedure_once"),
            models.CheckConstraint(
                name="plant_cleaning_procedure_kind", condition=models.Q(kind__in=CleaningKind.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.edition}"

    @property
    def subject(self) -> str:
        """What the procedure is called in the record."""
        return f"cleaning-procedure/{self.code}"


class ChangeoverRule(PlantModel):
    """What a class of units asks for between batches, from a day on; the latest effective one holds."""

    equipment_class = models.ForeignKey(EquipmentClass, models.PROTECT, related_name="changeover_rules")
    same_product = models.CharField(
        max_length=10, choices=[*CleaningKind.choices, ("none", _("none"))], default=CleaningKind.MINOR
    )
    """Cleaning between two batches of one campaign."""
    other_product = models.CharField(max_length=10, choices=CleaningKind.choices, default=CleaningKind.FULL)
    """Cleaning before another product, and at the end of a campaign."""
    campaign_batches = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    campaign_days = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    needs_clearance = models.BooleanField(default=True)
    effective_at = models.DateTimeField()

    class Meta:
        db_table = "plant_changeover_rule"
        ordering = ["equipment_class_id", "effective_at", "id"]

    def __str__(self) -> str:
        return f"changeover {self.equipment_class_id} {self.effective_at:%Y-%m-%d}"

    @property
    def subject(self) -> str:
        """What the rule is called in the record: it belongs to its class."""
        return self.equipment_class.subject


class OfUnit(PlantModel):
    """A row that belongs to one unit and is told of under its name."""

    unit = models.ForeignKey(EquipmentElement, models.PROTECT, related_name="+")

    class Meta:
        abstract = True

    @property
    def subject(self) -> str:
        """What the row is about in the record."""
        return self.unit.subject


class Campaign(OfUnit):
    """Batches of one product that follow each other on a unit."""

    unit = models.ForeignKey(EquipmentElement, models.PROTECT, related_name="campaigns")
    number = models.PositiveIntegerField()
    product = models.CharField(max_length=60)
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    max_batches = models.PositiveIntegerField(null=True, blank=True)
    max_days = models.PositiveIntegerField(null=True, blank=True)
    """Both limits as the changeover rule said when the campaign was opened."""

    class Meta:
        db_table = "plant_campaign"
        ordering = ["unit_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "number"], name="plant_campaign_once"),
            models.UniqueConstraint(
                fields=["unit"], name="plant_campaign_one_open", condition=models.Q(closed_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}/{self.number} {self.product}"


class Use(OfUnit):
    """One batch on one unit, from begin to end (21 CFR 211.182, 211.188(b)(2))."""

    unit = models.ForeignKey(EquipmentElement, models.PROTECT, related_name="uses")
    number = models.PositiveIntegerField()
    product = models.CharField(max_length=60)
    batch = models.CharField(max_length=60)
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, null=True, blank=True, related_name="+")
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, blank=True, related_name="uses")
    began_at = models.DateTimeField()
    began_by = models.CharField(max_length=63)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=63, blank=True)

    class Meta:
        db_table = "plant_use"
        ordering = ["unit_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "number"], name="plant_use_once"),
            models.UniqueConstraint(
                fields=["unit"], name="plant_use_one_open", condition=models.Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}/{self.number} {self.batch}"


class Cleaning(OfUnit):
    """One cleaning of a unit, verified by a second person."""

    unit = models.ForeignKey(EquipmentElement, models.PROTECT, related_name="cleanings")
    number = models.PositiveIntegerField()
    procedure = models.ForeignKey(CleaningProcedure, models.PROTECT, related_name="cleanings")
    product_before = models.CharField(max_length=60, blank=True)
    """What was cleaned off; "" where nothing was made since the last cleaning."""
    soiled_at = models.DateTimeField(null=True, blank=True)
    """When the use before it ended; None where nothing was made since the last verified cleaning."""
    cleaned_at = models.DateTimeField()
    cleaned_by = models.CharField(max_length=63)
    cleaned_by_name = models.CharField(max_length=150)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.CharField(max_length=63, blank=True)
    verified_by_name = models.CharField(max_length=150, blank=True)

    signed_fields: ClassVar[dict[str, frozenset[str]]] = {
        "verified": frozenset({"unit_id", "procedure_id", "cleaned_at", "cleaned_by", "verified_at"}),
    }
    """What the signature covers; a later change of one of these columns voids it."""

    class Meta:
        db_table = "plant_cleaning"
        ordering = ["unit_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "number"], name="plant_cleaning_once"),
            models.CheckConstraint(
                name="plant_cleaning_second_person", condition=~models.Q(verified_by=models.F("cleaned_by"))
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def subject(self) -> str:
        """What the cleaning is called in the record."""
        return f"cleaning/{self.unit.tag}/{self.number}"


class LineClearance(OfUnit):
    """One look that nothing of the last batch is left (21 CFR 211.130(e)), verified by a second person."""

    unit = models.ForeignKey(EquipmentElement, models.PROTECT, related_name="clearances")
    number = models.PositiveIntegerField()
    product = models.CharField(max_length=60)
    batch = models.CharField(max_length=60)
    """For what the line was cleared."""
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, null=True, blank=True, related_name="+")
    cleared_at = models.DateTimeField()
    cleared_by = models.CharField(max_length=63)
    cleared_by_name = models.CharField(max_length=150)
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.CharField(max_length=63, blank=True)
    verified_by_name = models.CharField(max_length=150, blank=True)
    spent_at = models.DateTimeField(null=True, blank=True)
    """When a use, a cleaning or another clearance made it void; a clearance serves once."""

    signed_fields: ClassVar[dict[str, frozenset[str]]] = {
        "verified": frozenset({"unit_id", "product", "batch", "cleared_at", "cleared_by", "verified_at"}),
    }
    """What the signature covers; that it was used later does not undo it."""

    class Meta:
        db_table = "plant_line_clearance"
        ordering = ["unit_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "number"], name="plant_line_clearance_once"),
            models.CheckConstraint(
                name="plant_line_clearance_second_person", condition=~models.Q(verified_by=models.F("cleared_by"))
            ),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def subject(self) -> str:
        """What the clearance is called in the record."""
        return f"clearance/{self.unit.tag}/{self.number}"


class UnitState(OfUnit):
    """The state of one unit; every command on the unit writes this row, so that two at once cannot both succeed."""

    unit = models.OneToOneField(EquipmentElement, models.PROTECT, related_name="state")
    state = models.CharField(max_length=20, choices=State.choices, default=State.DIRTY)
    since = models.DateTimeField()
    before = models.CharField(max_length=20, choices=State.choices, blank=True)
    """The state to which it returns when it is freed; "" unless it is held or out of service."""
    why = models.CharField(max_length=300, blank=True)
    """Why it is held or out of service."""
    dirty_since = models.DateTimeField(null=True, blank=True)
    """When the last use ended, until a cleaning after it is verified."""
    cleaning = models.ForeignKey(Cleaning, models.PROTECT, null=True, blank=True, related_name="+")
    """The last cleaning since which nothing was made."""
    clearance = models.ForeignKey(LineClearance, models.PROTECT, null=True, blank=True, related_name="+")
    """The clearance that is not spent."""
    campaign = models.ForeignKey(Campaign, models.PROTECT, null=True, blank=True, related_name="+")
    """The campaign that is open."""
    use = models.ForeignKey(Use, models.PROTECT, null=True, blank=True, related_name="+")
    """The use that is going on."""
    last_use = models.ForeignKey(Use, models.PROTECT, null=True, blank=True, related_name="+")
    """The last use that ended."""
    full_cleaning = models.ForeignKey(Cleaning, models.PROTECT, null=True, blank=True, related_name="+")
    """The last full cleaning that was verified since the last use; before another product there must be one."""

    class Meta:
        db_table = "plant_unit_state"
        ordering = ["unit__tag"]
        constraints = [
            models.CheckConstraint(name="plant_unit_state_known", condition=models.Q(state__in=State.values))
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.state}"


class Qualification(OfUnit):
    """One stage of a unit's qualification, with the day on which it lapses."""

    unit = models.ForeignKey(EquipmentElement, models.PROTECT, related_name="qualifications")
    kind = models.CharField(max_length=4, choices=QualificationKind.choices)
    number = models.PositiveIntegerField()
    document = models.CharField(max_length=120)
    qualified_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    """When it must be done again; None if never."""
    approved_by = models.CharField(max_length=63)
    approved_by_name = models.CharField(max_length=150)

    class Meta:
        db_table = "plant_qualification"
        ordering = ["unit_id", "qualified_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "kind", "number"], name="plant_qualification_once"),
            models.CheckConstraint(
                name="plant_qualification_kind", condition=models.Q(kind__in=QualificationKind.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.kind} {self.document}"


class LogbookLine(OfUnit):
    """One line of a unit's logbook (21 CFR 211.182), written in the entry of the act itself and readable by itself."""

    unit = models.ForeignKey(EquipmentElement, models.PROTECT, related_name="logbook")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20, choices=LineKind.choices)
    product = models.CharField(max_length=60, blank=True)
    batch = models.CharField(max_length=60, blank=True)
    detail = models.CharField(max_length=300, blank=True)
    """Procedure, document or reason."""
    person = models.CharField(max_length=150)
    """The printed name."""
    username = models.CharField(max_length=63)
    role = models.CharField(max_length=40)

    class Meta:
        db_table = "plant_logbook_line"
        ordering = ["-id"]
        indexes = [models.Index(fields=["unit", "at"], name="plant_logbook_unit_at")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.at:%Y-%m-%d %H:%M} {self.kind}"
