"""What every table of the plant has alike."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from batchwright.people.models.tenancy import PlantsOwn

CODE = RegexValidator(r"^[A-Z0-9][A-Z0-9_.-]{0,39}$", _("Use 1 to 40 of A-Z, 0-9, dot, hyphen and underscore."))


class PlantModel(PlantsOwn):
    """A row about the plant's own equipment, which no sponsor sees: it would tell of other sponsors' batches."""

    class Meta:
        abstract = True
