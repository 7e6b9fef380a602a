"""One GMP table of six columns."""

from django.db import models

from batchwright import record


class Container(record.GmpModel):
    """A container of material; the change that is measured moves it to another place."""

    code = models.CharField(max_length=20, unique=True)
    material = models.CharField(max_length=80)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit = models.CharField(max_length=10)
    received_at = models.DateTimeField()
    place = models.CharField(max_length=40)

    class Meta:
        app_label = "bench_plant"
        db_table = "bench_container"

    def __str__(self) -> str:
        return self.code

    @property
    def subject(self) -> str:
        """What people call it."""
        return f"container/{self.code}"
