"""What people signed, and the sessions and shown statements that a signature is bound to."""

from __future__ import annotations

from typing import Self

from django.db import models

from batchwright import record
from batchwright.people.models.identity import Passkey, User


class Signature(record.GmpModel):
    """An electronic signature; its proof stands in the entry that holds it, its validity is derived, never stored."""

    signer = models.ForeignKey(User, models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=150)
    role = models.CharField(max_length=40)
    sponsor = models.CharField(max_length=40, blank=True)
    meaning = models.CharField(max_length=40)
    subject_text = models.CharField(max_length=200)
    signed_table = models.CharField(max_length=63)
    signed_key = models.BigIntegerField()
    signed_version = models.PositiveIntegerField()
    shown = models.TextField()
    shown_sha256 = models.CharField(max_length=64)
    statement_sha256 = models.CharField(max_length=64, unique=True)
    method = models.CharField(max_length=20)
    passkey = models.ForeignKey(Passkey, models.PROTECT, null=True, blank=True, related_name="signatures")
    signed_at = models.DateTimeField()

    class Meta:
        db_table = "people_signature"
        ordering = ["signed_at", "id"]
        indexes = [
            models.Index(fields=["signed_table", "signed_key"], name="people_signature_row"),
            models.Index(fields=["subject_text"], name="people_signature_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.printed_name} {self.meaning} {self.subject_text}"

    @property
    def subject(self) -> str:
        """What was signed, as the record calls it."""
        return self.subject_text

    @classmethod
    def visible_to(cls, actor: record.Actor) -> models.QuerySet[Self]:
        """Give the signatures that an actor may see.

        Args:
            actor: Who reads.

        Returns:
            All for the plant's own people; for a sponsor's, those on the own company's records.
        """
        signatures = cls.objects.select_related("signer", "passkey")
        return signatures.all() if actor.sponsor is None else signatures.filter(sponsor=actor.sponsor)


class PlantSession(models.Model):
    """One continuous session of one person (21 CFR 11.200(a)(1)); no record of the plant, so not a GMP table."""

    session_key = models.CharField(max_length=64, unique=True)
    """SHA-256 of the session cookie's key: reading this table lets nobody take a session over."""
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    method = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=20, blank=True)
    fully_signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "people_session"
        ordering = ["started_at"]

    def __str__(self) -> str:
        return f"session of {self.user_id}"


class Challenge(models.Model):
    """A statement that was shown and waits for its signature: single use, short-lived, bound to one session."""

    statement_sha256 = models.CharField(max_length=64, unique=True)
    statement = models.JSONField()
    session = models.ForeignKey(PlantSession, models.CASCADE, related_name="+")
    signed_table = models.CharField(max_length=63)
    signed_key = models.BigIntegerField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "people_challenge"

    def __str__(self) -> str:
        return self.statement_sha256
