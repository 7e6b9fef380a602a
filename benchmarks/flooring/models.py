"""What the peer writes: a step as one row, without a record."""

from django.db import models


class PlainStep(models.Model):
    """A step as most applications keep it."""

    batch = models.CharField(max_length=60)
    path = models.CharField(max_length=400)
    values = models.JSONField(default=dict)
    by = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "bench_plain_step"

    def __str__(self) -> str:
        return self.path
