"""What people were trained in."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models

from batchwright.people.models.identity import User
from batchwright.people.models.tenancy import PlantsOwn


class Qualification(PlantsOwn):
    """Something a person can be trained in; its content is a document with editions."""

    code = models.CharField(max_length=40, unique=True, validators=[RegexValidator(r"^[A-Z0-9][A-Z0-9-]{1,39}$")])
    title = models.CharField(max_length=150)

    class Meta:
        db_table = "people_qualification"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> str:
        """What the qualification is called in the record."""
        return f"qualification/{self.code}"


class Edition(PlantsOwn):
    """One version of a qualification's document; a verdict uses the one that was effective then (law 4)."""

    read_with: ClassVar[tuple[str, ...]] = ("qualification",)

    qualification = models.ForeignKey(Qualification, models.PROTECT, related_name="editions")
    edition = models.CharField(max_length=20)
    document = models.CharField(max_length=200)
    effective_at = models.DateTimeField()
    validity_days = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        db_table = "people_edition"
        ordering = ["qualification_id", "effective_at", "id"]
        constraints = [models.UniqueConstraint(fields=["qualification", "edition"], name="people_edition_once")]

    def __str__(self) -> str:
        return f"{self.document} {self.edition}"


class Need(PlantsOwn):
    """A role or operation that asks for a qualification, from a day on."""

    read_with: ClassVar[tuple[str, ...]] = ("qualification",)

    qualification = models.ForeignKey(Qualification, models.PROTECT, related_name="needs")
    needed_for = models.CharField(max_length=120)
    """``role/operator`` or ``operation/weighing``."""
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "people_need"
        ordering = ["needed_for", "qualification_id"]
        indexes = [models.Index(fields=["needed_for"], name="people_need_for")]

    def __str__(self) -> str:
        return f"{self.needed_for} {self.qualification_id}"


class TrainingRecord(PlantsOwn):
    """One person's training on one edition: planned, read and understood, assessed by somebody else."""

    read_with: ClassVar[tuple[str, ...]] = ("user", "user__sponsor", "edition", "edition__qualification")

    user = models.ForeignKey(User, models.PROTECT, related_name="trainings")
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="trainings")
    number = models.PositiveIntegerField(default=1)
    planned_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    achieved_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    signed_fields: ClassVar[dict[str, frozenset[str]]] = {
        "read_and_understood": frozenset({"user_id", "edition_id", "read_at"}),
        "assessed_competent": frozenset({"user_id", "edition_id", "read_at", "achieved_at", "expires_at"}),
    }
    """What each signature covers; a later change of one of these columns voids it."""

    class Meta:
        db_table = "people_training_record"
        ordering = ["user_id", "edition_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["user", "edition", "number"], name="people_training_record_once")
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def subject(self) -> str:
        """What the training is called in the record."""
        parts = (self.user.username, self.edition.qualification.code, self.edition.edition, str(self.number))
        return "/".join(("training", *parts))
