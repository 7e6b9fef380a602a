"""Reading scales: what a scale shows now, and a value taken into the record.

A line is talked to outside of any transaction: equipment that is slow must not hold the record.
"""

from datetime import timedelta

from django.utils.translation import gettext as _

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.plant import entries, measuring
from batchwright.plant.adapters.connecting import connect
from batchwright.plant.models import Instrument, Measurement
from batchwright.plant.reasons import Reason, plainly
from batchwright.plant.scales import STABLE_WITHIN, Reading, Scale
from batchwright.plant.verdicts import Verdict


def connected(scale: Instrument) -> Scale:
    """Connect to a scale.

    Args:
        scale: The scale.

    Returns:
        The connection; `with` closes it.

    Raises:
        DomainError: If it is not on a line.
        ConnectionLost: If nobody answers there.
    """
    if not scale.protocol or scale.port is None:
        raise DomainError(
            _("This instrument is not on a line"), value=scale.tag,
            remedy=_("Read it yourself, or set up its protocol."),
        )  # fmt: skip
    return connect(scale.protocol, scale.host, scale.port, unit=scale.unit)


def read_scale(*, actor: record.Actor, scale: Instrument) -> Reading:
    """Give what a scale shows now, to be looked at: it may be unstable, and is no value of the record.

    Args:
        actor: Who looks.
        scale: The scale.

    Returns:
        The reading.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is not on a line, or is overloaded, underloaded or in another unit.
        Unavailable: If it does not answer.
    """
    people.authorize(actor, "plant.read")
    with connected(scale) as line:
        return line.read()


def read_stable(*, actor: record.Actor, scale: Instrument, timeout: timedelta = STABLE_WITHIN) -> Reading:
    """Give a stable value of a scale, outside of any transaction; `keep_reading` then takes it into a record.

    Args:
        actor: Who reads.
        scale: The scale.
        timeout: How long to wait for stability.

    Returns:
        The reading.

    Raises:
        Refused: If the actor may not.
        DomainError: If it is not on a line, or does not come to rest, or is overloaded, underloaded or in another unit.
        Unavailable: If it does not answer.
    """
    people.authorize(actor, "instrument.read")
    with connected(scale) as line:
        return line.read_stable(timeout)


def require_suitable(scale: Instrument, *, load: Quantity | None = None) -> Verdict:
    """Refuse an instrument that must not be used now, or not for this load (21 CFR 11.10(h)).

    Args:
        scale: The instrument.
        load: What is to be measured; None to judge the instrument alone.

    Returns:
        The verdict, which is good.

    Raises:
        DomainError: If something speaks against it; every reason is said.
    """
    verdict = measuring.verdict_on(scale, load=load)
    if not verdict.usable:
        raise DomainError(
            _("This instrument cannot be used now"), value=scale.tag if load is None else f"{scale.tag}, {load}",
            limit="; ".join(said(one) for one in verdict.reasons), remedy=_("See what to do on its page."),
        )  # fmt: skip
    return verdict


def said(reason: Reason) -> str:
    """Say a reason in the reader's language, with times in UTC, for errors and terminals."""
    return reason.said(_, plainly)


@record.command
def take_reading(
    *,
    actor: record.Actor,
    scale: Instrument,
    purpose: str,
    timeout: timedelta = STABLE_WITHIN,
    idempotency_key: str | None = None,
) -> record.Receipt:
    """Take a stable value from a suitable scale into the record, with the line as it came.

    What is refused is kept as an attempt, with its reason and what the scale showed; it counts as no value.

    Args:
        actor: Who takes it.
        scale: The scale.
        purpose: For what, such as a batch and a step.
        timeout: How long to wait for stability.
        idempotency_key: Key of this very command.

    Returns:
        Where the entry stands; its data hold the value.

    Raises:
        Refused: If the actor may not.
        DomainError: If the scale is not calibrated, not checked today, held, or does not suit the load, or does not
            come to rest.
        Unavailable: If it does not answer.
    """
    people.authorize(actor, "instrument.read")
    found: list[Reading] = []
    try:
        return _taken(actor, scale, purpose.strip(), timeout, idempotency_key, found)
    except (people.Refused, record.AlreadyRecorded):
        raise
    except DomainError as error:
        _keep_attempt(actor, scale, purpose.strip(), found, error)
        raise


def _taken(
    actor: record.Actor, scale: Instrument, purpose: str, timeout: timedelta, key: str | None, found: list[Reading]
) -> record.Receipt:
    """Read and record; what was read is put into `found`, also where it is refused then."""
    require_suitable(scale)
    with connected(scale) as line:
        reading = line.read_stable(timeout)
    found.append(reading)
    data = entries.ReadingTaken(
        tag=scale.tag, value=str(reading.value), read_at=reading.at, raw=reading.raw, purpose=purpose
    )
    with record.entry(data, actor=actor, subject=scale, idempotency_key=key) as entry:
        keep_reading(entry, scale=scale, reading=reading, purpose=purpose)
    return entry.receipt


def keep_reading(
    entry: record.OpenEntry, *, scale: Instrument, reading: Reading, purpose: str, tare: bool = False
) -> Measurement:
    """Take a reading down inside the entry of the act that it was read for, such as a weighing.

    Judged again inside, with the value itself: the scale may have been held since it was read.

    Args:
        entry: The open entry; its actor has read it.
        scale: The scale.
        reading: A stable reading.
        purpose: For what, such as a batch and a step.
        tare: Whether it is an empty vessel, whose weight may be below the minimum weight of the scale: that is asked
            of what is weighed into it (USP <41>).

    Returns:
        What is kept; `instrument_queries.impact` finds the entry by it.

    Raises:
        Refused: If the actor may not.
        DomainError: If the scale does not suit now or not for this load, the reading was not stable, or is too old.
    """
    people.authorize(entry.actor, "instrument.read")
    require_suitable(entry.lock(scale), load=None if tare else reading.value)
    _require_now(scale, reading)
    if not reading.stable:
        raise DomainError(_("Only a stable reading counts"), value=f"{scale.tag}, {reading.value}")
    return entry.create(
        Measurement(
            instrument=scale, value=str(reading.value), read_at=reading.at, raw=reading.raw[:200],
            purpose=purpose[:200],
        )
    )  # fmt: skip


def _keep_attempt(
    actor: record.Actor, scale: Instrument, purpose: str, found: list[Reading], error: DomainError
) -> None:
    """Write down that a value was asked for and why none counts; a rejected value is kept beside its reason."""
    data = entries.ReadingRefused(
        tag=scale.tag, why=str(error)[:1000], purpose=purpose, shown=str(found[0].value) if found else "",
        raw=found[0].raw if found else "",
    )  # fmt: skip
    # Without the key of the command: the same try may be repeated once the scale suits.
    with record.entry(data, actor=actor, subject=scale):
        people.authorize(actor, "instrument.read")


def _require_now(scale: Instrument, reading: Reading) -> None:
    late = (clock.now() - reading.at) / clock.pace()
    if late > STABLE_WITHIN:
        raise DomainError(
            _("The reading grew old before it was recorded"), value=f"{scale.tag}, {late.total_seconds():.0f} s",
            limit=f"{STABLE_WITHIN.total_seconds():.0f} s", remedy=_("Read again."),
        )  # fmt: skip
