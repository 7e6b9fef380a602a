"""What people may do: roles, what each holds, and who holds them."""

from __future__ import annotations

from typing import Self

from django.db import models

from batchwright import record
from batchwright.people.models.identity import OfUser, User


class Role(record.GmpModel):
    """A role of this plant, seeded from the default table."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=200)
    gmp = models.BooleanField()
    read_only = models.BooleanField()

    class Meta:
        db_table = "people_role"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> str:
        """What the role is called in the record."""
        return f"role/{self.code}"

    @classmethod
    def visible_to(cls, actor: record.Actor) -> models.QuerySet[Self]:  # noqa: ARG003 - the same for everybody
        """Give the roles; the table of roles is no secret.

        Args:
            actor: Who reads.

        Returns:
            All roles.
        """
        return cls.objects.all()


class Grant(record.GmpModel):
    """One action that a role holds at this plant."""

    role = models.ForeignKey(Role, models.PROTECT, related_name="grants")
    action = models.CharField(max_length=80)

    class Meta:
        db_table = "people_grant"
        ordering = ["role_id", "action"]
        constraints = [models.UniqueConstraint(fields=["role", "action"], name="people_grant_once")]

    def __str__(self) -> str:
        return f"{self.role_id} {self.action}"

    @classmethod
    def visible_to(cls, actor: record.Actor) -> models.QuerySet[Self]:  # noqa: ARG003 - the same for everybody
        """Give the grants; the table of roles is no secret.

        Args:
            actor: Who reads.

        Returns:
            All grants.
        """
        return cls.objects.select_related("role")


class Assignment(OfUser):
    """A role that a person holds for a time; it is ended by its date, never deleted."""

    user = models.ForeignKey(User, models.PROTECT, related_name="assignments")
    role = models.ForeignKey(Role, models.PROTECT, related_name="assignments")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "people_assignment"
        ordering = ["valid_from", "id"]
        constraints = [
            models.CheckConstraint(
                name="people_assignment_in_order",
                condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gte=models.F("valid_from")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role_id}"
