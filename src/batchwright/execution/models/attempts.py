"""Attempts at phases, each kept whatever was said of it; weights that count; answers to what a recipe leaves open."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from batchwright.execution.models.batches import Batch, Run, _OfBatch
from batchwright.materials.models import Container, Lot


class AttemptKind(models.TextChoices):
    """What somebody did."""

    PERFORM = "perform", _("performed")
    CHECK = "check", _("checked")
    CORRECT = "correct", _("corrected")


class Verdict(models.TextChoices):
    """What was said of it, as `batchwright.execution.attempts.Judged` says it."""

    ACCEPTED = "accepted", _("accepted")
    OUT_OF_LIMIT = "out of limit", _("accepted, out of limit")
    REFUSED = "refused", _("refused, and kept")


class Attempt(_OfBatch):
    """What somebody or something put in at one moment; never changed and never deleted (ALCOA+: original, complete)."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="attempts")
    run = models.ForeignKey(Run, models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    """In the run, from 1."""
    kind = models.CharField(max_length=10, choices=AttemptKind.choices, default=AttemptKind.PERFORM)
    by = models.CharField(max_length=150)
    by_name = models.CharField(max_length=150)
    role = models.CharField(max_length=40)
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    """When it was really done, where it was entered later."""
    checked_by = models.CharField(max_length=150, blank=True)
    checked_by_name = models.CharField(max_length=150, blank=True)
    reason = models.TextField(blank=True)
    entered = models.JSONField(default=list, blank=True)
    """Each value character for character, with its source, instrument and calibration."""
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    values = models.JSONField(default=dict, blank=True)
    """What it leaves; nothing where it was refused."""
    reasons = models.JSONField(default=list, blank=True)
    """Why it was refused, as `batchwright.execution.attempts.Reason` writes it."""
    complete = models.BooleanField(default=False)
    """Whether the phase was complete with it."""

    class Meta:
        db_table = "execution_attempt"
        ordering = ["run_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="execution_attempt_number"),
            models.CheckConstraint(name="execution_attempt_verdict", condition=models.Q(verdict__in=Verdict.values)),
            models.CheckConstraint(
                name="execution_attempt_other_person",
                condition=models.Q(checked_by="") | ~models.Q(checked_by=models.F("by")) | models.Q(verdict="refused"),
            ),
            models.CheckConstraint(
                name="execution_attempt_refused", condition=~models.Q(verdict="refused") | models.Q(complete=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.number}"

    @property
    def subject(self) -> str:
        """What the attempt is called in the record."""
        return f"{self.batch.subject}/run/{self.run.position}/attempt/{self.number}"


class Weighing(_OfBatch):
    """A weight that counts for a line of the formula; what was refused stands among the attempts."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="weighings")
    run = models.ForeignKey(Run, models.PROTECT, related_name="weighings")
    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="+")
    line = models.CharField(max_length=200)
    """Parameter of the formula."""
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+")
    source = models.ForeignKey(Container, models.PROTECT, related_name="+")
    into = models.ForeignKey(Container, models.PROTECT, related_name="+", null=True, blank=True)
    """Container of the lot that the weight is in now; None where the vessel is no container of the warehouse."""
    vessel = models.CharField(max_length=60)
    """Code of what was filled."""
    net = models.CharField(max_length=60)
    gross = models.CharField(max_length=60, blank=True)
    tare = models.CharField(max_length=60, blank=True)
    factor = models.CharField(max_length=80)
    """Pure substance in the lot, as an exact fraction."""
    method = models.CharField(max_length=10)
    read_from = models.CharField(max_length=10)
    """scale or manual."""
    scale = models.CharField(max_length=60, blank=True)
    calibrated_until = models.DateTimeField(null=True, blank=True)
    raw = models.CharField(max_length=200, blank=True)
    """The line as the scale sent it."""
    last = models.BooleanField(default=False)
    """Whether the line was full with it."""
    emptied = models.BooleanField(default=False)
    """Whether the source was empty then."""
    charged = models.BooleanField(default=False)
    """Whether it has gone into the batch."""
    returned_at = models.DateTimeField(null=True, blank=True)
    """When it was given back; it counts no more then."""

    class Meta:
        db_table = "execution_weighing"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="execution_weighing_once",
                condition=models.Q(charged=False) | models.Q(returned_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.net}"


class Answer(_OfBatch):
    """What an operator decided where the recipe leaves it to one."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="answers")
    key = models.CharField(max_length=900)
    """The question's, as the engine names it."""
    question = models.TextField()
    choice = models.CharField(max_length=200)
    by = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        db_table = "execution_answer"
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["batch", "key"], name="execution_answer_once")]

    def __str__(self) -> str:
        return self.choice
