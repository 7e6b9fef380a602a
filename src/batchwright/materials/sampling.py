"""How many containers of a delivery are sampled, and which: pure (21 CFR 211.84(b)).

A material's plan is one of four: none; every container; one more than the square root of their number, rounded up; or
a table of the material's own. The containers are spread evenly over the delivery, first and last among them, so that
no pallet is left out and a second reckoning gives the same.
"""

from enum import StrEnum
from math import isqrt

from django.utils.translation import gettext as _

from batchwright.kernel.errors import BadInput


class Sampling(StrEnum):
    """How many containers of a delivery are sampled."""

    NONE = "none"
    ALL = "all"
    ROOT = "root"
    TABLE = "table"


REST = "*"
"""Stands in the last row of a table: however many there are."""


def table(text: str) -> tuple[tuple[int | None, int], ...]:
    """Read a table of a material's own.

    Args:
        text: Rows such as ``3:2, 10:3, *:5``: of up to 3 containers 2 are sampled, of up to 10 three, of more 5.

    Returns:
        Rows in their order: the most containers, None for any number, and how many of them are sampled.

    Raises:
        BadInput: If a row cannot be read, the numbers do not grow, or the last row leaves deliveries out.
    """
    rows: list[tuple[int | None, int]] = []
    for row in filter(None, (part.strip() for part in text.replace("\n", ",").split(","))):
        most, _colon, many = (part.strip() for part in row.partition(":"))
        known = (most == REST or most.isdecimal()) and many.isdecimal() and int(many) > 0
        if not known or (rows and rows[-1][0] is None):
            raise _unread(row)
        upper = None if most == REST else int(most)
        if upper is not None and (upper <= (rows[-1][0] or 0 if rows else 0) or int(many) > upper):
            raise _unread(row)
        rows.append((upper, int(many)))
    if not rows or rows[-1][0] is not None:
        raise _unread(text)
    return tuple(rows)


def _unread(row: str) -> BadInput:
    return BadInput(
        _("This row of a sampling table cannot be read"), value=row, limit="3:2, 10:3, *:5",
        remedy=_("Say 'up to:how many' with growing numbers; the last row begins with *."),
    )  # fmt: skip


def number(plan: str, containers: int, *, rows: str = "") -> int:
    """Say how many containers of a delivery are sampled.

    Args:
        plan: As `Sampling`.
        containers: How many came.
        rows: The material's own table, for that plan.

    Returns:
        How many, never more than came.

    Raises:
        BadInput: If the table cannot be read.
    """
    match Sampling(plan):
        case Sampling.NONE:
            return 0
        case Sampling.ALL:
            return containers
        case Sampling.ROOT:
            root = isqrt(containers)
            return min(root + (root * root < containers) + 1, containers)
        case Sampling.TABLE:
            many = next(many for most, many in table(rows) if most is None or containers <= most)
            return min(many, containers)


def places(containers: int, many: int) -> tuple[int, ...]:
    """Say which containers of a delivery are sampled.

    Args:
        containers: How many came.
        many: How many are sampled, at most as many.

    Returns:
        Their places, from 0, spread evenly; the first is among them, and the last where there are two.
    """
    if many <= 1:
        return tuple(range(many))
    return tuple(at * (containers - 1) // (many - 1) for at in range(many))
