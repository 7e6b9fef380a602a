"""What every table of the plant has alike."""

from __future__ import annotations

from typing import Self

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from batchwright import record

CODE = RegexValidator(r"^[A-Z0-9][A-Z0-9_.-]{0,39}$", _("Use 1 to 40 of A-Z, 0-9, dot, hyphen and underscore."))


class PlantModel(record.GmpModel):
    """A row about the plant's own equipment, which no sponsor sees: it would tell of other sponsors' batches."""

    class Meta:
        abstract = True

    @classmethod
    def visible_to(cls, actor: record.Actor) -> models.QuerySet[Self]:
        """Give the rows that an actor may know of.

        Args:
            actor: Who reads.

        Returns:
            All for the plant's own people, none for a sponsor's.
        """
        rows = cls.objects.all()
        return rows if actor.sponsor is None else rows.none()
