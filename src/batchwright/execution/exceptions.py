"""Exceptions: what was not as the recipe says, how grave it is, who signs it, and what it stands in the way of.

The severity decides between one and two signatures, always of different people, and never by the one alone who caused
it. An exception is never taken out; it is open until its cause and its impact are written and its signatures are given
(21 CFR 211.192). What is open stands in the way of release; what is grave and unassessed, of completion.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal

from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.recipes.procedure import Moment
from batchwright.recipes.values import Name, Part, Text


class Severity(StrEnum):
    """How grave an exception is."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


class Kind(StrEnum):
    """What was not as it should be."""

    OUT_OF_LIMIT = "out of limit"
    ALERT = "alert limit"
    LATE_ENTRY = "late entry"
    CORRECTION = "correction"
    REDLINE = "redline"
    OVERRIDDEN_SEQUENCE = "overridden sequence"
    OVERRIDDEN_DECISION = "overridden decision"
    EQUIPMENT = "equipment"
    MANUAL_VALUE = "value by hand"
    YIELD = "yield"
    MATERIAL = "material"
    HOLD_TIME = "hold time"
    COMMAND = "command"
    LOST_CONNECTION = "lost connection"
    REMARK = "remark"


SEVERITY: Final[Mapping[Kind, Severity]] = MappingProxyType(
    {
        Kind.OUT_OF_LIMIT: Severity.MAJOR,
        Kind.ALERT: Severity.MINOR,
        Kind.LATE_ENTRY: Severity.MINOR,
        Kind.CORRECTION: Severity.MINOR,
        Kind.REDLINE: Severity.MAJOR,
        Kind.OVERRIDDEN_SEQUENCE: Severity.CRITICAL,
        Kind.OVERRIDDEN_DECISION: Severity.MAJOR,
        Kind.EQUIPMENT: Severity.MAJOR,
        Kind.MANUAL_VALUE: Severity.MINOR,
        Kind.YIELD: Severity.MAJOR,
        Kind.MATERIAL: Severity.CRITICAL,
        Kind.HOLD_TIME: Severity.MAJOR,
        Kind.COMMAND: Severity.MINOR,
        Kind.LOST_CONNECTION: Severity.MINOR,
        Kind.REMARK: Severity.MINOR,
    }
)
"""How grave an exception of a kind is at the least."""

_ORDER = list(Severity)


def severity_of(kind: Kind, classification: Literal["none", "KPP", "CPP"] = "none") -> Severity:
    """How grave an exception is.

    Args:
        kind: What was not as it should be.
        classification: Of the parameter that it is about.

    Returns:
        The severity of the kind; beyond an action limit critical for a critical process parameter, and minor for a
        parameter that is neither critical nor key.
    """
    if kind is Kind.OUT_OF_LIMIT:
        return {"CPP": Severity.CRITICAL, "KPP": Severity.MAJOR, "none": Severity.MINOR}[classification]
    return SEVERITY[kind]


class Raised(Part):
    """An exception when it is raised."""

    kind: Kind
    severity: Severity
    sentence: Text
    path: str = ""
    """Run of the element that it is about; "" for the batch."""
    field: str = ""
    value: Text = ""
    limit: Text = ""


def raised(
    kind: Kind, sentence: str, *, path: str = "", field: str = "", value: object = "", limit: object = "",
    classification: Literal["none", "KPP", "CPP"] = "none",
) -> Raised:  # fmt: skip
    """Raise an exception with the severity of its kind.

    Args:
        kind: What was not as it should be.
        sentence: What happened, for people.
        path: Run of the element.
        field: Field of the phase.
        value: What was found.
        limit: What would have been right.
        classification: Of the parameter.

    Returns:
        The exception.
    """
    severity = severity_of(kind, classification)
    return Raised(
        kind=kind, severity=severity, sentence=sentence, path=path, field=field, value=str(value), limit=str(limit)
    )


class Seat(Part):
    """A signature that is asked for."""

    meaning: Text
    roles: tuple[Name, ...]
    """Codes of the roles of which the signer has one."""


SEATS: Final[Mapping[Severity, tuple[Seat, ...]]] = MappingProxyType(
    {
        Severity.MINOR: (Seat(meaning="reviewed", roles=("supervisor", "qa", "qualified_person")),),
        Severity.MAJOR: (
            Seat(meaning="reviewed", roles=("supervisor",)),
            Seat(meaning="approved", roles=("qa", "qualified_person")),
        ),
        Severity.CRITICAL: (
            Seat(meaning="reviewed", roles=("supervisor", "qa")),
            Seat(meaning="approved", roles=("qualified_person",)),
        ),
    }
)
"""The signatures that each severity asks for; a site may have its own."""


class Given(Part):
    """A signature that was given."""

    by: Name
    role: Name
    meaning: Text
    at: Moment


class BatchException(Part):
    """An exception of a batch, with what became of it."""

    number: Name
    raised: Raised
    at: Moment
    by: Name
    """Person who caused it or noticed it."""
    cause: Text = ""
    impact: Text = ""
    signatures: tuple[Given, ...] = ()
    closed: Moment | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it."""
        return self.closed is None


def raise_severity(exception: BatchException, severity: Severity) -> BatchException:
    """Judge an exception to be graver than its kind; never less grave, and never once somebody has signed.

    Args:
        exception: The exception.
        severity: How grave it is.

    Returns:
        The exception.

    Raises:
        DomainError: It would be less grave, or carries a signature.
    """
    now = exception.raised.severity
    if _ORDER.index(severity) < _ORDER.index(now):
        raise DomainError("an exception is not made less grave", value=severity, limit=f"{now} or graver")
    if exception.signatures:
        raise DomainError("this exception has been signed as it is", value=exception.number,
                          remedy="Raise another exception that refers to it.")  # fmt: skip
    return exception.model_copy(update={"raised": exception.raised.model_copy(update={"severity": severity})})


def missing(exception: BatchException, seats: Mapping[Severity, tuple[Seat, ...]] = SEATS) -> tuple[Seat, ...]:
    """The signatures that an exception still needs.

    Args:
        exception: The exception.
        seats: The signatures that each severity asks for.

    Returns:
        Those that nobody has given, in their order.
    """
    given = {one.meaning for one in exception.signatures}
    return tuple(seat for seat in seats[exception.raised.severity] if seat.meaning not in given)


def sign(exception: BatchException, given: Given, seats: Mapping[Severity, tuple[Seat, ...]] = SEATS) -> BatchException:
    """Add a signature, in the order of the seats; the last one closes.

    Args:
        exception: The exception, with its cause and its impact.
        given: The signature.
        seats: The signatures that each severity asks for.

    Returns:
        The exception, closed where no signature is missing any more.

    Raises:
        DomainError: It is closed, its cause or impact is not written, it is not this signature's turn, the role may
            not, the person has signed already or caused it, or the signature is older than what it signs.
    """
    wanted = missing(exception, seats)
    if not exception.is_open or not wanted:
        raise DomainError("this exception is closed", value=exception.number)
    if not exception.cause.strip() or not exception.impact.strip():
        raise DomainError("cause and impact are not written", value=exception.number, remedy="Write both, then sign.")
    seat = wanted[0]
    if given.meaning != seat.meaning:
        raise DomainError(
            "this signature has another meaning than the next one", value=given.meaning, limit=seat.meaning
        )
    if given.role not in seat.roles:
        raise DomainError(
            "this role does not sign this",
            value=given.role,
            limit=", ".join(seat.roles),
            remedy="Ask somebody of one of these roles.",
        )
    if given.by == exception.by or any(one.by == given.by for one in exception.signatures):
        raise DomainError(
            "this signature is another person's", value=given.by,
            limit="who neither caused the exception nor has signed it", remedy="Ask somebody else.",
        )  # fmt: skip
    latest = max([exception.at, *(one.at for one in exception.signatures)])
    if given.at < latest:
        raise DomainError(
            "the signature is older than what it signs", value=clock.iso(given.at), limit=clock.iso(latest)
        )
    closed = given.at if len(wanted) == 1 else None
    return exception.model_copy(update={"signatures": (*exception.signatures, given), "closed": closed})


def blocks_completion(exceptions: Sequence[BatchException]) -> tuple[BatchException, ...]:
    """What has to be assessed before a batch is complete: open ones that are critical and carry no signature.

    Args:
        exceptions: Of the batch.

    Returns:
        Those that stand in the way.
    """
    return tuple(
        one for one in exceptions if one.is_open and one.raised.severity is Severity.CRITICAL and not one.signatures
    )


def blocks_release(exceptions: Sequence[BatchException]) -> tuple[BatchException, ...]:
    """What has to be closed before a batch is released: every open one.

    Args:
        exceptions: Of the batch.

    Returns:
        Those that stand in the way.
    """
    return tuple(one for one in exceptions if one.is_open)
