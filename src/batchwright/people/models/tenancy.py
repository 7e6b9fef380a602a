"""Which rows an actor may know of: stated once, for what a sponsor owns and for what is the plant's alone."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models

from batchwright import record


class Owned(record.GmpModel):
    """A row that a sponsor owns, by itself or through what it belongs to."""

    owners: ClassVar[tuple[str, ...]] = ("sponsor",)
    """Ways to the sponsor, as queries write them; where there are several, each must lead to the same one."""
    read_with: ClassVar[tuple[str, ...]] = ()
    """Rows that are read in the same query."""

    class Meta:
        abstract = True

    @classmethod
    def visible_to(cls, actor: record.Actor) -> models.QuerySet[Self]:
        """Give the rows that an actor may know of.

        Args:
            actor: Who reads.

        Returns:
            All for the plant's own people; for a sponsor's, the own ones.
        """
        rows = _read(cls)
        if actor.sponsor is None:
            return rows
        return rows.filter(**{f"{owner}__code": actor.sponsor for owner in cls.owners})


class Sponsored(Owned):
    """A row with one owner, whose entries carry that sponsor's code."""

    class Meta:
        abstract = True

    @property
    def tenant(self) -> str | None:
        """Code of the sponsor who owns it; None for the plant's own."""
        found: Any = self
        for step in self.owners[0].split("__"):
            found = getattr(found, step)
        return None if found is None else str(found.code)


class PlantsOwn(record.GmpModel):
    """A row that only the plant's own people know of: it would tell a sponsor of others."""

    read_with: ClassVar[tuple[str, ...]] = ()
    """Rows that are read in the same query."""

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
        rows = _read(cls)
        return rows if actor.sponsor is None else rows.none()


def _read(table: Any) -> models.QuerySet[Any]:
    """All rows of a table with what is read beside them; without names Django would read everything."""
    rows: models.QuerySet[Any] = table._default_manager.all()
    return rows.select_related(*table.read_with) if table.read_with else rows
