"""Containers, and the double-entry ledger of what moved into and out of them."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from batchwright.materials.models.definitions import Location
from batchwright.materials.models.lots import Lot
from batchwright.people.models.tenancy import Owned


class Container(Owned):
    """Part of a lot in one place: a drum, a bag, a pallet (ISA-95 MaterialSublot); what people scan."""

    owners: ClassVar[tuple[str, ...]] = ("lot__sponsor",)
    read_with: ClassVar[tuple[str, ...]] = ("lot__definition", "lot__sponsor", "lot__supplier", "location")

    identifier = models.CharField(max_length=24, unique=True)
    sscc = models.CharField(max_length=18, blank=True, validators=[RegexValidator(r"^(\d{18})?$")])
    """GS1 serial shipping container code, where the container carries one."""
    kind = models.CharField(max_length=40, blank=True)
    """What it is, such as drum or tray; "" where nobody said it."""
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="containers")
    location = models.ForeignKey(Location, models.PROTECT, related_name="containers")
    amount_e6 = models.BigIntegerField(default=0)
    """What is in it, in millionths of the definition's unit; the latest movement says the same."""
    held = models.BooleanField(default=False)
    """On hold while the rest of the lot is not."""
    held_by = models.CharField(max_length=80, blank=True)
    """Id of who put it on hold; another person frees it."""
    to_sample = models.BooleanField(default=False)
    """Whether the plan of the material asks for a sample of it."""

    signed_fields: ClassVar[dict[str, frozenset[str]]] = {"approved": frozenset({"identifier", "lot_id"})}
    """What the signature of who freed it covers; what happens to its content later does not undo that."""

    class Meta:
        db_table = "materials_container"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="materials_container_not_negative", condition=Q(amount_e6__gte=0)),
            models.CheckConstraint(name="materials_container_held_by", condition=Q(held=True) | Q(held_by="")),
            models.UniqueConstraint(fields=["sscc"], name="materials_container_sscc", condition=~Q(sscc="")),
        ]

    def __str__(self) -> str:
        return self.identifier

    @property
    def subject(self) -> str:
        """What the container is called in the record."""
        return f"container/{self.identifier}"


class MovementKind(models.TextChoices):
    """What happened to an amount. The two sides of each are containers, or one container and the named outside."""

    RECEIPT = "receipt", _("received")
    PRODUCTION = "production", _("made")
    FOUND = "found", _("found in a count")
    TRANSFER = "transfer", _("transferred")
    CONVERSION = "conversion", _("became another lot")
    CONSUMPTION = "consumption", _("consumed")
    SAMPLE = "sample", _("sampled")
    DESTRUCTION = "destruction", _("destroyed")
    SHIPMENT = "shipment", _("shipped")
    MISSING = "missing", _("missing in a count")


INWARD = (MovementKind.RECEIPT, MovementKind.PRODUCTION, MovementKind.FOUND)
WITHIN = (MovementKind.TRANSFER, MovementKind.CONVERSION)
OUTWARD = (
    MovementKind.CONSUMPTION, MovementKind.SAMPLE, MovementKind.DESTRUCTION, MovementKind.SHIPMENT,
    MovementKind.MISSING,
)  # fmt: skip
USING = (MovementKind.CONSUMPTION, MovementKind.SHIPMENT)
"""What asks for an approved lot that has not expired."""


class Movement(Owned):
    """An amount that left one side and entered the other, in one row: neither side can be forgotten."""

    owners: ClassVar[tuple[str, ...]] = ("lot__sponsor",)
    read_with: ClassVar[tuple[str, ...]] = ("lot__definition", "origin", "target", "into_lot")

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=12, choices=MovementKind.choices)
    amount_e6 = models.BigIntegerField()
    origin = models.ForeignKey(Container, models.PROTECT, null=True, blank=True, related_name="outgoing")
    origin_after_e6 = models.BigIntegerField(null=True, blank=True)
    target = models.ForeignKey(Container, models.PROTECT, null=True, blank=True, related_name="incoming")
    target_after_e6 = models.BigIntegerField(null=True, blank=True)
    into_lot = models.ForeignKey(Lot, models.PROTECT, null=True, blank=True, related_name="inputs")
    """What it was used for, or became."""
    reference = models.CharField(max_length=80, blank=True)
    """Shipment, sample, count or order."""
    moved_on = models.DateField()
    """The day, in the zone of the site."""
    moved_at = models.DateTimeField()

    class Meta:
        db_table = "materials_movement"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="materials_movement_positive", condition=Q(amount_e6__gt=0)),
            models.CheckConstraint(
                name="materials_movement_two_sides",
                condition=Q(kind__in=INWARD, origin__isnull=True, target__isnull=False)
                | Q(kind__in=WITHIN, origin__isnull=False, target__isnull=False)
                | Q(kind__in=OUTWARD, origin__isnull=False, target__isnull=True),
            ),
            models.CheckConstraint(
                name="materials_movement_into",
                condition=Q(kind__in=("consumption", "conversion"), into_lot__isnull=False)
                | ~Q(kind__in=("consumption", "conversion")) & Q(into_lot__isnull=True),
            ),
            models.CheckConstraint(
                name="materials_movement_sides_differ",
                condition=Q(origin__isnull=True) | Q(target__isnull=True) | ~Q(origin=models.F("target")),
            ),
            models.CheckConstraint(
                name="materials_movement_after",
                condition=Q(origin_after_e6__isnull=True) | Q(origin_after_e6__gte=0),
            ),
        ]
        indexes = [models.Index(fields=["lot", "kind"], name="materials_movement_lot")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_e6} of {self.lot_id}"


class Allocation(Owned):
    """An amount in a container that is promised to something."""

    owners: ClassVar[tuple[str, ...]] = ("lot__sponsor",)
    read_with: ClassVar[tuple[str, ...]] = ("container", "lot__definition")

    container = models.ForeignKey(Container, models.PROTECT, related_name="allocations")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="allocations")
    amount_e6 = models.BigIntegerField()
    purpose = models.CharField(max_length=80)
    """What it is promised to: a batch or an order."""
    allocated_on = models.DateField()
    state = models.CharField(
        max_length=8, default="open", choices=[("open", _("open")), ("used", _("used")), ("ended", _("ended"))]
    )

    class Meta:
        db_table = "materials_allocation"
        ordering = ["id"]
        constraints = [models.CheckConstraint(name="materials_allocation_positive", condition=Q(amount_e6__gt=0))]
        indexes = [models.Index(fields=["container", "state"], name="materials_allocation_open")]

    def __str__(self) -> str:
        return f"{self.amount_e6} of {self.container_id} for {self.purpose}"
