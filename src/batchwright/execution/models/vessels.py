"""What is filled in a dispensing: which drum or bag, why it is clean, and what it weighs empty."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from batchwright.execution.models.batches import Batch, Run, _OfBatch
from batchwright.materials.models import Container


class CleanAs(models.TextChoices):
    """Why a vessel counts as clean."""

    UNIT = "unit", _("a unit of the plant, judged by its own state")
    NEW = "new", _("new, used for the first time")


class Vessel(_OfBatch):
    """A container that a dispensing fills, made ready before anything is weighed into it (21 CFR 211.101(b))."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="vessels")
    run = models.ForeignKey(Run, models.PROTECT, related_name="vessels")
    code = models.CharField(max_length=60)
    clean_as = models.CharField(max_length=8, choices=CleanAs.choices)
    tare = models.CharField(max_length=60, blank=True)
    """What it weighs empty; "" in a reverse dispense, which weighs the source."""
    before = models.CharField(max_length=60, blank=True)
    """In a reverse dispense, what the source weighed gross before anything was taken out."""
    before_of = models.ForeignKey(Container, models.PROTECT, related_name="+", null=True, blank=True)
    """The source that was weighed."""
    read_from = models.CharField(max_length=10)
    """scale or manual."""
    scale = models.CharField(max_length=60, blank=True)
    raw = models.CharField(max_length=200, blank=True)
    """The line as the scale sent it."""
    by = models.CharField(max_length=150)
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        db_table = "execution_vessel"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "code"], name="execution_vessel_once"),
            models.CheckConstraint(name="execution_vessel_clean", condition=models.Q(clean_as__in=CleanAs.values)),
            models.CheckConstraint(
                name="execution_vessel_weighed", condition=~models.Q(tare="") | ~models.Q(before="")
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def subject(self) -> str:
        """What the vessel is called in the record."""
        return f"{self.batch.subject}/vessel/{self.code}"
