"""Joining lots in the genealogy, deeper ones below, so that the database itself can refuse a circle."""

from collections import defaultdict

from django.utils.translation import gettext as _

from batchwright import record
from batchwright.kernel.errors import DomainError
from batchwright.materials.models import Descent, Lot


def descend(entry: record.OpenEntry, *, parent: Lot, child: Lot, kind: str) -> Descent:
    """Say that a lot was made from another, once.

    Args:
        entry: The open entry.
        parent: What was used.
        child: What was made; it and what came of it are put deeper where they have to be.
        kind: As `DescentKind`.

    Returns:
        The descent, which may have stood there before.

    Raises:
        DomainError: If a lot would be made from itself.
    """
    known: Descent | None = Descent.objects.filter(parent=parent, child=child).first()
    if known is not None:
        return known
    above, below = entry.lock(parent), entry.lock(child)
    if parent.pk == child.pk:
        raise _circle(parent, child)
    if above.depth >= below.depth:
        _deepen(entry, above, below)
        if child.pk == below.pk:
            child.depth, child.version = below.depth, below.version
    return entry.create(Descent(parent=parent, child=child, kind=kind))


def _deepen(entry: record.OpenEntry, parent: Lot, child: Lot) -> None:
    """Put the child below the parent, and everything below the child that would no longer be below it."""
    wanted, waiting = {child.pk: parent.depth + 1}, [child.pk]
    lots = {child.pk: child}
    below: dict[int, list[Lot]] = defaultdict(list)
    while waiting:
        key = waiting.pop()
        if key not in below:
            below[key] = [one.child for one in Descent.objects.filter(parent_id=key).select_related("child")]
        for one in below[key]:
            if one.pk == parent.pk:
                raise _circle(parent, child)
            lots.setdefault(one.pk, one)
            least = wanted[key] + 1
            if max(lots[one.pk].depth, wanted.get(one.pk, 0)) < least:
                wanted[one.pk] = least
                waiting.append(one.pk)
    # The deepest first: at no moment stands a lot above what it was made from.
    for key in sorted(wanted, key=lambda one: -wanted[one]):
        entry.update(lots[key], depth=wanted[key])


def _circle(parent: Lot, child: Lot) -> DomainError:
    return DomainError(
        _("A lot would be made from itself"), value=f"{parent.identifier} -> {child.identifier}",
        limit=_("%(parent)s was made from %(child)s") % {"parent": parent.identifier, "child": child.identifier},
        remedy=_("Make a new lot for what comes of it."),
    )  # fmt: skip
