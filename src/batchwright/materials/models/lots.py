"""Lots, and what they were made from."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from batchwright.materials.models.definitions import Definition, Supplier
from batchwright.people.models import Sponsor
from batchwright.people.models.tenancy import Owned, Sponsored

SUPPLIER_LOT = RegexValidator(r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$", _("Printable characters without end blanks."))


class Status(models.TextChoices):
    """As `batchwright.materials.statuses.LotStatus`, with words for people."""

    QUARANTINE = "quarantine", _("quarantine")
    APPROVED = "approved", _("approved")
    HOLD = "hold", _("hold")
    REJECTED = "rejected", _("rejected")


class Origin(models.TextChoices):
    """How a lot came to be in this system."""

    RECEIVED = "received", _("received")
    MADE = "made", _("made here")
    MIGRATED = "migrated", _("migrated")


class Lot(Sponsored):
    """An amount of a material that was made or received as one (ISA-95 MaterialLot)."""

    read_with: ClassVar[tuple[str, ...]] = ("definition", "supplier", "sponsor")

    identifier = models.CharField(max_length=24, unique=True)
    definition = models.ForeignKey(Definition, models.PROTECT, related_name="lots")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUARANTINE)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    supplier = models.ForeignKey(Supplier, models.PROTECT, null=True, blank=True, related_name="lots")
    supplier_lot = models.CharField(max_length=60, blank=True, validators=[SUPPLIER_LOT])
    received_on = models.DateField(null=True, blank=True)
    made_on = models.DateField(null=True, blank=True)
    made_to_the = models.CharField(max_length=5, choices=[("day", _("day")), ("month", _("month"))], default="day")
    """How exactly `made_on` is known; of a month its first day stands there."""
    expires_on = models.DateField(null=True, blank=True)
    """Last day of use, in the zone of the site."""
    retest_on = models.DateField(null=True, blank=True)
    to_sample = models.PositiveIntegerField(default=0)
    """How many containers the plan of the material asked to sample when the lot came."""
    assay = models.CharField(max_length=40, blank=True)
    """Pure substance as the certificate gives it, such as ``98.6 %``; "" where it is not known."""
    water = models.CharField(max_length=40, blank=True)
    """Water as the certificate gives it; "" where it is not known."""
    certificate = models.CharField(max_length=80, blank=True)
    """Number of the certificate that says so."""
    nominal_e6 = models.BigIntegerField(null=True, blank=True)
    """Batch size, in millionths of the definition's unit."""
    source = models.CharField(max_length=40, blank=True)
    """The other system that a migrated lot came from."""
    source_id = models.CharField(max_length=80, blank=True)
    """What the other system calls it."""
    depth = models.PositiveIntegerField(default=0)
    """More than that of every lot it was made from; so no lot is ever made from itself."""
    sponsor = models.ForeignKey(Sponsor, models.PROTECT, null=True, blank=True, related_name="+")

    signed_fields: ClassVar[dict[str, frozenset[str]]] = {
        meaning: frozenset(
            {"identifier", "definition_id", "supplier_id", "supplier_lot", "expires_on", "assay", "water"}
        )
        for meaning in ("approved", "rejected")
    }
    """What each signature covers; a later hold or retest does not undo that the lot was approved."""

    class Meta:
        db_table = "materials_lot"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_id"], name="materials_lot_source", condition=~models.Q(source="")
            ),
            models.CheckConstraint(name="materials_lot_status", condition=models.Q(status__in=Status.values)),
            models.CheckConstraint(
                name="materials_lot_received_whole",
                condition=~models.Q(origin="received")
                | models.Q(supplier__isnull=False, received_on__isnull=False) & ~models.Q(supplier_lot=""),
            ),
        ]
        indexes = [
            models.Index(fields=["definition", "status", "expires_on"], name="materials_lot_pick"),
            models.Index(fields=["supplier_lot"], name="materials_lot_supplier"),
        ]

    def __str__(self) -> str:
        return self.identifier

    @property
    def due_on(self) -> date | None:
        """The day on which it expires or is to be tested again, whichever comes first; None where it has neither."""
        return min((day for day in (self.expires_on, self.retest_on) if day is not None), default=None)

    @property
    def subject(self) -> str:
        """What the lot is called in the record."""
        return f"lot/{self.identifier}"


class DescentKind(models.TextChoices):
    """How one lot came from another."""

    CONSUMED = "consumed", _("consumed")
    SPLIT = "split", _("split")
    MERGED = "merged", _("merged")
    REWORKED = "reworked", _("reworked")


class Descent(Owned):
    """One lot was made from another; how much, the movements say where it is known."""

    owners: ClassVar[tuple[str, ...]] = ("parent__sponsor", "child__sponsor")
    read_with: ClassVar[tuple[str, ...]] = ("parent__definition", "child__definition")

    parent = models.ForeignKey(Lot, models.PROTECT, related_name="descents")
    """What was used."""
    child = models.ForeignKey(Lot, models.PROTECT, related_name="ascents")
    """What was made."""
    kind = models.CharField(max_length=10, choices=DescentKind.choices)

    class Meta:
        db_table = "materials_descent"
        ordering = ["id"]
        constraints = [
            # Both unique keys are read by tracing, one for each direction, without touching the table.
            models.UniqueConstraint(fields=["parent", "child"], name="materials_descent_once"),
            models.CheckConstraint(name="materials_descent_other", condition=~models.Q(parent=models.F("child"))),
        ]
        indexes = [models.Index(fields=["child", "parent"], name="materials_descent_up")]

    def __str__(self) -> str:
        return f"{self.parent_id} -> {self.child_id}"
