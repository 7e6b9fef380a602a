"""Tables that stand for any capability's: a lot, its containers, and one row with every kind of column."""

from typing import ClassVar

from django.db import models

from batchwright import record


class Lot(record.GmpModel):
    """A lot of material."""

    class Status(models.TextChoices):
        QUARANTINE = "quarantine"
        RELEASED = "released"
        REJECTED = "rejected"

    name = models.CharField(max_length=60, unique=True)
    mass = models.DecimalField(max_digits=12, decimal_places=3)
    status = models.CharField(max_length=20, choices=Status, default=Status.QUARANTINE)
    note = models.TextField(blank=True, default="")
    made_on = models.DateField(null=True)
    facts = models.JSONField(default=dict)
    photo = models.BinaryField(null=True)
    pin = models.CharField(max_length=100, default="")

    secret_fields: ClassVar[frozenset[str]] = frozenset({"pin"})

    class Meta:
        db_table = "gmp_lot"

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        return f"lot/{self.name}"


class Container(record.GmpModel):
    """A container that holds some of a lot."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="containers")
    place = models.CharField(max_length=40)

    class Meta:
        db_table = "gmp_container"

    def __str__(self) -> str:
        return f"{self.place} of {self.lot}"


class Specimen(record.GmpModel):
    """One column of every kind that the record can hold."""

    class Grade(models.IntegerChoices):
        LOW = 1
        HIGH = 2

    text = models.TextField(null=True)
    code = models.CharField(max_length=40, null=True)
    mark = models.SlugField(max_length=40, null=True)
    small = models.SmallIntegerField(null=True)
    whole = models.IntegerField(null=True)
    big = models.BigIntegerField(null=True)
    grade = models.IntegerField(choices=Grade, null=True)
    exact = models.DecimalField(max_digits=15, decimal_places=4, null=True)
    yes = models.BooleanField(null=True)
    day = models.DateField(null=True)
    moment = models.DateTimeField(null=True)
    hour = models.TimeField(null=True)
    key = models.UUIDField(null=True)
    facts = models.JSONField(null=True)
    content = models.BinaryField(null=True)
    other = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "gmp_specimen"

    def __str__(self) -> str:
        return f"specimen {self.pk}"
