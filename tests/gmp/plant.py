"""Acts of the tests' plant, written as any capability's services are."""

from decimal import Decimal
from typing import Any

from batchwright import record
from tests.gmp.entries import ContainerFilled, LotChanged, LotReceived, LotRejected, LotRemoved, NoteMade
from tests.gmp.models import Container, Lot

OPERATOR = record.Actor(id="o.moreau", name="Odile Moreau", role="operator")
SUPERVISOR = record.Actor(id="s.lindqvist", name="Sven Lindqvist", role="supervisor")
SPONSOR_A = record.Actor(id="a.client", name="Anna Client", role="sponsor", sponsor="ACME")
SPONSOR_B = record.Actor(id="b.client", name="Ben Client", role="sponsor", sponsor="BETA")


@record.command
def receive_lot(
    name: str,
    mass: Decimal | str = "1.500",
    *,
    actor: record.Actor = OPERATOR,
    sponsor: str | None = None,
    idempotency_key: str | None = None,
    **values: Any,
) -> record.Receipt:
    """Take a lot in."""
    data = LotReceived(name=name, mass=Decimal(mass))
    with record.entry(data, actor=actor, sponsor=sponsor, idempotency_key=idempotency_key) as entry:
        entry.subject = entry.create(Lot(name=name, mass=mass, **values))
    return entry.receipt


@record.command
def change_lot(
    lot: Lot,
    *,
    actor: record.Actor = OPERATOR,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
    reason: str = "",
    **values: Any,
) -> record.Receipt:
    """Change columns of a lot."""
    data = LotChanged(name=lot.name)
    with record.entry(data, actor=actor, subject=lot, reason=reason, idempotency_key=idempotency_key) as entry:
        entry.update(lot, expected_version=expected_version, **values)
    return entry.receipt


@record.command
def reject_lot(lot: Lot, *, reason: str, actor: record.Actor = SUPERVISOR) -> record.Receipt:
    """Reject a lot."""
    with record.entry(LotRejected(name=lot.name), actor=actor, subject=lot, reason=reason) as entry:
        entry.update(lot, status=Lot.Status.REJECTED)
    return entry.receipt


@record.command
def remove_lot(lot: Lot, *, actor: record.Actor = SUPERVISOR) -> record.Receipt:
    """Take a lot's row out."""
    with record.entry(LotRemoved(name=lot.name), actor=actor, subject=lot) as entry:
        entry.delete(lot)
    return entry.receipt


@record.command
def fill_container(lot: Lot, place: str, *, actor: record.Actor = OPERATOR) -> record.Receipt:
    """Put some of a lot into a container."""
    with record.entry(ContainerFilled(lot=lot.name, place=place), actor=actor, subject=lot) as entry:
        entry.create(Container(lot=lot, place=place))
    return entry.receipt


def say(text: str, *, actor: record.Actor = OPERATOR, subject: str = "note/1", **more: Any) -> record.Receipt:
    """Record something that changes no table."""
    with record.entry(NoteMade(text=text), actor=actor, subject=subject, **more) as entry:
        pass
    return entry.receipt


def lot_named(name: str) -> Lot:
    """Read a lot as it is now."""
    found: Lot = Lot.objects.get(name=name)
    return found
