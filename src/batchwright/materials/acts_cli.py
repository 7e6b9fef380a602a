"""The commands of ``batchwright material`` that change something; what needs a signature is on the pages alone."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from batchwright import record
from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.materials import finding, queries, services
from batchwright.materials.models import Allocation, Container, Definition, Location, Lot
from batchwright.materials.services.lots import Part
from batchwright.people.console import console_actor

app = typer.Typer()
console = Console(soft_wrap=True, highlight=False)
Why = Annotated[str, typer.Option("--reason", help="Why; stands in the record.")]
Must = Annotated[str, typer.Option("--reason", help="Why; stands in the record.", show_default=False)]
Name = Annotated[str, typer.Argument(metavar="LOT", help="Lot as printed, or its id at another system.")]
Box = Annotated[str, typer.Argument(metavar="CONTAINER", help="Container as printed, or its scanned label.")]
Amount = Annotated[str, typer.Argument(help="Amount, such as '1.5 kg'.")]
Place = Annotated[str, typer.Option(help="Code of the location.")]
Once = Annotated[str | None, typer.Option("--key", help="Key of this very command; sent twice, it acts once.")]


def lot_of(actor: record.Actor, name: str) -> Lot:
    """Find the lot that somebody named.

    Args:
        actor: Who asks.
        name: As printed, or its id at another system.

    Returns:
        The lot.

    Raises:
        BadInput: If there is none that the actor may see.
    """
    found = queries.lot(actor, name)
    if found is None:
        raise BadInput("There is no such lot", value=name, remedy="See `batchwright material lots`.")
    return found


def _container(actor: record.Actor, name: str) -> Container:
    found = finding.container(name, actor)
    if found is None:
        raise BadInput("There is no such container", value=name, remedy="See `batchwright material stock`.")
    return found


def _location(actor: record.Actor, code: str) -> Location:
    found = queries.locations(actor).filter(code=code).first()
    if found is None:
        raise BadInput("There is no such location", value=code, limit=", ".join(_codes(actor)))
    return found


def _codes(actor: record.Actor) -> list[str]:
    return list(queries.locations(actor).values_list("code", flat=True))


def _material(actor: record.Actor, code: str) -> Definition:
    found = queries.definition(actor, code)
    if found is None:
        raise BadInput("There is no such material", value=code)
    return found


def _said(text: str, receipt: record.Receipt) -> None:
    again = ", as before" if receipt.repeated else ""
    console.print(f"{text} (entry #{receipt.seq}{again}).")


@app.command()
def make(
    material: Annotated[str, typer.Argument(help="Code of the material that is made.")],
    nominal: Annotated[str, typer.Option(help="Batch size, such as '60 kg'.")] = "",
    reason: Why = "",
    key: Once = None,
) -> None:
    """Begin a lot that is made here."""
    actor = console_actor()
    receipt = services.make_lot(
        actor=actor, definition=_material(actor, material), reason=reason, idempotency_key=key,
        nominal=Quantity.parse(nominal) if nominal else None,
    )  # fmt: skip
    _said(f"Lot {receipt.subject.removeprefix('lot/')} of {material} begun", receipt)


@app.command()
def fill(name: Name, amount: Amount, location: Place, reason: Why = "", key: Once = None) -> None:
    """Fill what was made into a container."""
    actor = console_actor()
    one = lot_of(actor, name)
    receipt = services.produce(
        actor=actor, lot=one, amount=Quantity.parse(amount), location=_location(actor, location), reason=reason,
        idempotency_key=key,
    )  # fmt: skip
    made = queries.containers(actor, one).order_by("-id")[0]
    _said(f"{amount} of lot {one.identifier} filled into {made.identifier}", receipt)


@app.command()
def count_in(name: Name, amount: Amount, location: Place, reason: Must, key: Once = None) -> None:
    """List a container of a lot that was taken over from another system."""
    actor = console_actor()
    one = lot_of(actor, name)
    receipt = services.count_in(
        actor=actor, lot=one, amount=Quantity.parse(amount), location=_location(actor, location), reason=reason,
        idempotency_key=key,
    )  # fmt: skip
    made = queries.containers(actor, one).order_by("-id")[0]
    _said(f"{amount} of lot {one.identifier} counted in as {made.identifier}", receipt)


@app.command()
def divide(box: Box, amount: Amount, location: Place = "", reason: Why = "", key: Once = None) -> None:
    """Put an amount into a new container of the same lot."""
    actor = console_actor()
    source = _container(actor, box)
    receipt = services.split_container(
        actor=actor, container=source, amount=Quantity.parse(amount), reason=reason, idempotency_key=key,
        location=_location(actor, location) if location else None, expected_version=source.version,
    )  # fmt: skip
    made = queries.containers(actor, source.lot).order_by("-id")[0]
    _said(f"{amount} of {source.identifier} put into {made.identifier}", receipt)


def _convert(kind: str, parts: list[str], location: str, reason: str, key: str | None) -> None:
    actor = console_actor()
    read = []
    for part in parts:
        box, equals, amount = part.partition("=")
        if not equals:
            raise BadInput("This names no container and amount", value=part, limit="CONTAINER=AMOUNT")
        found = _container(actor, box)
        read.append(Part(found, Quantity.parse(amount), found.version))
    receipt = services.convert_lots(
        actor=actor, kind=kind, parts=read, location=_location(actor, location), reason=reason, idempotency_key=key
    )
    lots = ", ".join(sorted({part.container.lot.identifier for part in read}))
    _said(f"{lots} {kind} into lot {receipt.subject.removeprefix('lot/')}, in quarantine", receipt)


Parts = Annotated[list[str], typer.Argument(metavar="CONTAINER=AMOUNT...", help="What goes in: 'C-0001-X=2 kg'.")]


@app.command()
def split(parts: Parts, location: Place, reason: Must, key: Once = None) -> None:
    """Make part of a lot a lot of its own."""
    _convert("split", parts, location, reason, key)


@app.command()
def merge(parts: Parts, location: Place, reason: Must, key: Once = None) -> None:
    """Make lots of one material one."""
    _convert("merged", parts, location, reason, key)


@app.command()
def rework(parts: Parts, location: Place, reason: Must, key: Once = None) -> None:
    """Make a lot out of one that is worked on again, also out of a rejected one."""
    _convert("reworked", parts, location, reason, key)


@app.command(name="end-allocation")
def end_allocation(
    number: Annotated[int, typer.Argument(help="As `batchwright material allocations` says.")],
    reason: Must,
    key: Once = None,
) -> None:
    """End a promise without use."""
    actor = console_actor()
    one = Allocation.visible_to(actor).filter(pk=number).first()
    if one is None:
        raise BadInput("There is no such allocation", value=number, remedy="See `batchwright material allocations`.")
    receipt = services.end_allocation(
        actor=actor, allocation=one, reason=reason, expected_version=one.version, idempotency_key=key
    )
    _said(f"Allocation {number} to {one.purpose} ended", receipt)


@app.command()
def certify(
    name: Name,
    assay: Annotated[str, typer.Option(help="Assay with its unit, such as '98.6 %'.")],
    certificate: Annotated[str, typer.Option(help="Number of the certificate.")],
    water: Annotated[str, typer.Option(help="Water with its unit, such as '0.4 %'.")] = "",
    reason: Why = "",
    key: Once = None,
) -> None:
    """Enter what the certificate of a lot says of its potency."""
    actor = console_actor()
    one = lot_of(actor, name)
    receipt = services.certify_lot(
        actor=actor, lot=one, assay=Quantity.parse(assay), water=Quantity.parse(water) if water else None,
        certificate=certificate, reason=reason, expected_version=one.version, idempotency_key=key,
    )  # fmt: skip
    _said(record.history(one, actor).get(seq=receipt.seq).sentence, receipt)


@app.command(name="sample")
def take_samples(
    name: Name, sample: Annotated[str, typer.Option(help="Number of the sample.")], reason: Why = "", key: Once = None
) -> None:
    """Take the planned samples of a delivery."""
    actor = console_actor()
    one = lot_of(actor, name)
    receipt = services.sample_lot(
        actor=actor, lot=one, sample_name=sample, reason=reason, expected_version=one.version, idempotency_key=key
    )
    entry = record.history(one, actor).get(seq=receipt.seq)
    _said(entry.sentence, receipt)


@app.command()
def reconcile(
    name: Name,
    reason: Must,
    exception: Annotated[str, typer.Option(help="What explains a difference beyond the limit.")] = "",
    key: Once = None,
) -> None:
    """Set what came in of a lot beside what became of it."""
    actor = console_actor()
    one = lot_of(actor, name)
    receipt = services.reconcile_lot(
        actor=actor, lot=one, reason=reason, exception=exception, expected_version=one.version, idempotency_key=key
    )
    _said(record.history(one, actor).get(seq=receipt.seq).sentence, receipt)

