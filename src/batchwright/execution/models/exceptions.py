"""Exceptions of batches, and the judgements of reviewers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from batchwright.execution.exceptions import Kind, Severity
from batchwright.execution.models.attempts import Attempt
from batchwright.execution.models.batches import Batch, Run, _OfBatch

_KINDS = [one.value for one in Kind]
_SEVERITIES = [one.value for one in Severity]
_COVERED = frozenset({
    "number", "batch_id", "run_id", "kind", "severity", "sentence", "field", "value", "limit", "raised_by", "cause",
    "impact",
})  # fmt: skip


class BatchException(_OfBatch):
    """Something that was not as the recipe says; never deleted, closed by its last signature (21 CFR 211.192)."""

    number = models.CharField(max_length=24, unique=True)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="exceptions")
    run = models.ForeignKey(Run, models.PROTECT, null=True, blank=True, related_name="exceptions")
    attempt = models.ForeignKey(Attempt, models.PROTECT, null=True, blank=True, related_name="exceptions")
    kind = models.CharField(max_length=20)
    severity = models.CharField(max_length=8)
    sentence = models.TextField()
    path = models.CharField(max_length=400, blank=True)
    field = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=200, blank=True)
    limit = models.CharField(max_length=200, blank=True)
    raised_by = models.CharField(max_length=150)
    raised_by_name = models.CharField(max_length=150)
    raised_at = models.DateTimeField()
    cause = models.TextField(blank=True)
    impact = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    signed_fields: ClassVar[dict[str, frozenset[str]]] = {
        "reviewed": _COVERED, "approved": _COVERED, "rejected": _COVERED,
    }

    class Meta:
        db_table = "execution_exception"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="execution_exception_kind", condition=models.Q(kind__in=_KINDS)),
            models.CheckConstraint(
                name="execution_exception_severity", condition=models.Q(severity__in=_SEVERITIES)
            ),
            models.CheckConstraint(
                name="execution_exception_closed",
                condition=models.Q(closed_at__isnull=True) | ~models.Q(cause="") & ~models.Q(impact=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["batch"], name="execution_exception_open", condition=models.Q(closed_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> str:
        """What the exception is called in the record."""
        return f"{self.batch.subject}/exception/{self.number}"


class Judgement(_OfBatch):
    """What a reviewer said to a check that asks for judgement; the latest for a check counts."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="judgements")
    check_key = models.TextField()
    """Key of the check, which holds its facts: with other facts it is another check."""
    text = models.TextField()
    by = models.CharField(max_length=150)
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        db_table = "execution_judgement"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text
