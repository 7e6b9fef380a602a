"""django-simple-history: the same six columns, with who and why."""

from typing import Any

from django.db import models
from simple_history.models import HistoricalRecords


def _who(historical: Any) -> str | None:
    user: str | None = historical.history_user_id
    return user


def _set_who(historical: Any, user: str | None) -> None:
    historical.history_user_id = user


class TrackedContainer(models.Model):
    """A container whose every save writes a copy into a history table."""

    code = models.CharField(max_length=20, unique=True)
    material = models.CharField(max_length=80)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit = models.CharField(max_length=10)
    received_at = models.DateTimeField()
    place = models.CharField(max_length=40)

    # The user as plain text, as Batchwright keeps it: no foreign key to look at, which is the peer's quicker way.
    history = HistoricalRecords(
        history_user_id_field=models.CharField(max_length=150, null=True),
        history_user_getter=_who,
        history_user_setter=_set_who,
        use_base_model_db=True,
    )

    class Meta:
        app_label = "bench_peers"
        db_table = "bench_tracked_container"

    def __str__(self) -> str:
        return self.code
