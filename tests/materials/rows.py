"""Rows that the constraints and rules of materials take; `tests.gmp.filling` asks for them."""

from batchwright.materials.models import Allocation, Container, Descent, Lot, Movement, Supplier
from batchwright.record.open_entry import OpenEntry
from tests.gmp.filling import fill, plain, row_of


@row_of(Lot)
def lot(entry: OpenEntry) -> Lot:
    """A lot that may be used on any day."""
    return _lot_at(entry, depth=0)


def _lot_at(entry: OpenEntry, depth: int) -> Lot:
    return plain(
        entry, Lot, origin="received", supplier=fill(entry, Supplier), supplier_lot="S-1", status="approved",
        expires_on=None, retest_on=None, depth=depth,
    )  # fmt: skip


@row_of(Container)
def container(entry: OpenEntry) -> Container:
    """A container that somebody filled."""
    filled = plain(entry, Container, amount_e6=0, held=False)
    plain(
        entry, Movement, lot=filled.lot, kind="receipt", origin=None, origin_after_e6=None,
        target=filled, target_after_e6=5, amount_e6=5, into_lot=None,
    )  # fmt: skip
    entry.update(filled, amount_e6=5)
    return filled


@row_of(Movement)
def movement(entry: OpenEntry) -> Movement:
    """What filled a container."""
    found: Movement = Movement.objects.get(target=container(entry))
    return found


@row_of(Descent)
def descent(entry: OpenEntry) -> Descent:
    """A lot made from one of less depth."""
    return plain(entry, Descent, parent=lot(entry), child=_lot_at(entry, depth=1))


@row_of(Allocation)
def allocation(entry: OpenEntry) -> Allocation:
    """Some of what is in a container."""
    held = container(entry)
    return plain(entry, Allocation, container=held, lot=held.lot, amount_e6=1, state="open")
