"""Adding, changing, holding and retiring instruments."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.plant import entries
from batchwright.plant.adapters.connecting import PROTOCOLS
from batchwright.plant.calibration import Tolerance
from batchwright.plant.models import EquipmentElement, Instrument
from batchwright.plant.services.common import refuse_taken

CHANGEABLE: Final = ("name", "element", "protocol", "host", "port")
"""What may be changed; range, tolerance and interval belong to a calibration, so a new instrument takes their place."""


@record.command
def add_instrument(
    *,
    actor: record.Actor,
    tag: str,
    name: str,
    kind: str,
    unit: str,
    high: str,
    tolerance: str,
    interval_days: int,
    low: str = "0",
    tolerance_percent: str = "0",
    readability: str = "",
    element: EquipmentElement | None = None,
    check_values: Sequence[str] = (),
    check_tolerance: str = "",
    protocol: str = "",
    host: str = "",
    port: int | None = None,
    manufacturer: str = "",
    model_name: str = "",
    serial_number: str = "",
    reason: str = "",
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Add an instrument; it is used only once a calibration of it is approved.

    Args:
        actor: Who adds it.
        tag: Its tag, never used before.
        name: What people call it.
        kind: scale, temperature, ph or another kind.
        unit: UCUM code in which it measures.
        high: Upper end of its range, or the capacity of a scale; a number in the unit.
        tolerance: What it may be wrong by; a number in the unit, or of kelvins for a temperature.
        interval_days: Days from one calibration to the next.
        low: Lower end of its range.
        tolerance_percent: And by so many per cent of the reference.
        readability: Its digit; needed of a scale.
        element: What it is mounted on; None where it is portable.
        check_values: References of its daily check, in the unit; none where there is no daily check.
        check_tolerance: What it may be wrong by in the check, in the unit.
        protocol: What a scale speaks: mt-sics or sbi; "" where a person reads it.
        host: Its address.
        port: Its TCP port.
        manufacturer: Who made it.
        model_name: Its type.
        serial_number: Its serial number.
        reason: Why.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If the tag is taken.
        BadInput: If a particular is malformed.
    """
    row = record.checked(
        Instrument(
            tag=tag, name=name, kind=kind, element=element, unit=Quantity(1, unit).unit, low_value=low,
            high_value=high, digit_value=readability, tolerance_value=tolerance, tolerance_percent=tolerance_percent,
            interval_days=interval_days, check_values=list(check_values), check_tolerance_value=check_tolerance,
            protocol=protocol, host=host, port=port, manufacturer=manufacturer, model_name=model_name,
            serial_number=serial_number,
        ), exclude=("element",),
    )  # fmt: skip
    _require_sound(row)
    data = entries.InstrumentAdded(
        tag=tag, name=name, kind=kind, mounted_on="" if element is None else element.tag,
        span=f"{row.low} to {row.high}", serial_number=serial_number,
    )  # fmt: skip
    with record.entry(data, actor=actor, subject=row, reason=reason, idempotency_key=idempotency_key) as entry:
        people.authorize(actor, "instrument.define")
        refuse_taken(Instrument, tag=tag)
        entry.create(row)
    return entry.receipt


def tolerance_of(row: Instrument) -> Tolerance:
    """Give what an instrument may be wrong by in a calibration."""
    return Tolerance(Quantity(row.tolerance_value, row.difference), Decimal(row.tolerance_percent or "0"))


def check_tolerance_of(row: Instrument) -> Tolerance:
    """Give what an instrument may be wrong by in its daily check."""
    return Tolerance(Quantity(row.check_tolerance_value, row.difference))


def _require_sound(row: Instrument) -> None:
    """Refuse an instrument whose particulars do not fit each other."""
    if row.low >= row.high:
        raise BadInput(_("The range has no extent"), value=f"{row.low} to {row.high}", limit=_("from less to more"))
    tolerance = tolerance_of(row)
    if row.is_scale and (row.readability is None or row.readability.value <= 0):
        more = _("more than 0 %(unit)s") % {"unit": row.unit}
        raise BadInput(_("A scale has a digit"), value=row.digit_value, limit=more)
    if row.is_scale:
        tolerance.at(row.high)
    if row.check_values:
        check_tolerance_of(row)
        for value in row.check_values:
            if not row.low <= Quantity(value, row.unit) <= row.high:
                raise BadInput(
                    _("A check reference lies outside the range"), value=value, limit=f"{row.low} to {row.high}"
                )
    _require_reachable(row)


def _require_reachable(row: Instrument) -> None:
    if row.protocol and not row.is_scale:
        raise BadInput(_("Only a scale is read over a line"), value=row.kind, limit=_("scale"))
    if row.protocol and row.protocol not in PROTOCOLS:
        raise BadInput(_("This protocol is not known"), value=row.protocol, limit=", ".join(PROTOCOLS))
    if bool(row.protocol) != (row.port is not None) or (row.protocol and not row.host):
        raise BadInput(
            _("A scale on a line has a protocol, an address and a port; another has none of them"),
            value=f"{row.protocol or '-'} {row.host or '-'} {row.port or '-'}",
        )


@record.command
def change_instrument(
    *,
    actor: record.Actor,
    instrument: Instrument,
    reason: str,
    changes: dict[str, object],
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Change where an instrument is mounted, what people call it, or how it is reached.

    Args:
        actor: Who changes it.
        instrument: The instrument.
        reason: Why.
        changes: New values of name, element, protocol, host and port; what is not named stays.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        BadInput: If something else would be changed, nothing changes, or the values do not fit each other.
        DomainError: If the instrument is retired.
        Stale: If it was changed meanwhile.
    """
    unknown = sorted(set(changes) - set(CHANGEABLE))
    if unknown:
        raise BadInput(_("This is not changed"), value=", ".join(unknown), limit=", ".join(CHANGEABLE))
    new = {name: value for name, value in changes.items() if getattr(instrument, name) != value}
    if not new:
        raise BadInput(_("Nothing would change"), value=instrument.tag)
    data = entries.InstrumentChanged(
        tag=instrument.tag, before={name: _text(getattr(instrument, name)) for name in new},
        after={name: _text(value) for name, value in new.items()},
    )  # fmt: skip
    with record.entry(
        data, actor=actor, subject=instrument, reason=reason, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "instrument.define")
        fresh = entry.lock(instrument)
        require_present(fresh)
        for name, value in new.items():
            setattr(fresh, name, value)
        _require_reachable(record.checked(fresh, exclude=("element",)))
        entry.update(instrument, expected_version=expected_version, **new)
    return entry.receipt


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.tag if isinstance(value, EquipmentElement) else str(value)


def require_present(instrument: Instrument) -> None:
    """Refuse to work with an instrument that left the plant.

    Args:
        instrument: As it is now.

    Raises:
        DomainError: If it is retired.
    """
    if instrument.retired_at is not None:
        raise DomainError(
            _("This instrument is out of use"), value=instrument.tag, limit=clock.iso(instrument.retired_at),
            remedy=_("Use another instrument."),
        )  # fmt: skip


@record.command
def hold_instrument(
    *,
    actor: record.Actor,
    instrument: Instrument,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Stop an instrument at once; it takes no signature, so that nothing delays it.

    Args:
        actor: Who stops it.
        instrument: The instrument.
        reason: Why.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is held already or retired.
    """
    data = entries.InstrumentHeld(tag=instrument.tag)
    with record.entry(
        data, actor=actor, subject=instrument, reason=reason, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "instrument.hold")
        fresh = entry.lock(instrument)
        require_present(fresh)
        if fresh.held_since is not None:
            raise DomainError(_("The instrument is held already"), value=fresh.tag, limit=fresh.held_why)
        entry.update(
            instrument, expected_version=expected_version, held_since=clock.now(), held_why=reason.strip()[:300]
        )
    return entry.receipt


@record.command
def free_instrument(
    *,
    actor: record.Actor,
    instrument: Instrument,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """End the hold on an instrument; whatever else speaks against it still does.

    Args:
        actor: Who frees it.
        instrument: The instrument.
        reason: On what ground.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is not held.
    """
    data = entries.InstrumentFreed(tag=instrument.tag)
    with record.entry(
        data, actor=actor, subject=instrument, reason=reason, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "instrument.free")
        if entry.lock(instrument).held_since is None:
            raise DomainError(_("The instrument is not held"), value=instrument.tag)
        entry.update(instrument, expected_version=expected_version, held_since=None, held_why="")
    return entry.receipt


@record.command
def retire_instrument(
    *,
    actor: record.Actor,
    instrument: Instrument,
    reason: str,
    expected_version: int | None = None,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Take an instrument out of use for good; its history stays.

    Args:
        actor: Who retires it.
        instrument: The instrument.
        reason: Why.
        expected_version: Version the decision was made on.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is retired already.
    """
    data = entries.InstrumentRetired(tag=instrument.tag)
    with record.entry(
        data, actor=actor, subject=instrument, reason=reason, idempotency_key=idempotency_key
    ) as entry:
        people.authorize(actor, "instrument.define")
        require_present(entry.lock(instrument))
        entry.update(instrument, expected_version=expected_version, retired_at=clock.now())
    return entry.receipt
