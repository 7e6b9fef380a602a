"""Typed entry data: what an entry of one type says, readable for as long as records are kept.

A type string such as ``lot.released/1`` names a meaning and its version. It is never renamed and never re-used: when
the facts change, a new class takes ``/2`` and the old class stays, so that a record of the first day still reads
(21 CFR 11.10(b), (c)).
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, DomainError

_TYPE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+/[1-9][0-9]*")


class EntryData(BaseModel):
    """The domain facts of one entry; subclasses are registered with :func:`entry_type`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    type: ClassVar[str] = ""
    """The type string, set by :func:`entry_type`."""
    reason_required: ClassVar[bool] = False
    """Whether the act is refused without a reason (21 CFR 11.10(e): changes shall not obscure)."""

    def sentence(self) -> str:
        """Say in the reader's language what happened.

        Returns:
            One sentence without the actor and the time, which the entry carries itself.
        """
        facts = ", ".join(f"{name} {value}" for name, value in self.content().items() if value not in (None, "", []))
        return f"{self.type}: {facts}"

    def content(self) -> dict[str, Any]:
        """Give the facts as the record stores them.

        Returns:
            JSON values without binary floats: decimals, dates and times as text.
        """
        return {name: _plain(value) for name, value in self}

    @classmethod
    def read(cls, content: dict[str, Any]) -> Self:
        """Read stored facts back.

        Args:
            content: What :meth:`content` gave.

        Returns:
            The typed data.

        Raises:
            BadInput: If the stored facts do not fit the type.
        """
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise BadInput(f"Stored data do not fit {cls.type}", value=str(error.errors()[0]["loc"])) from error


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: _plain(part) for name, part in value}
    if isinstance(value, datetime):
        return clock.iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, set | frozenset):
        return sorted(_plain(part) for part in value)
    if hasattr(value, "as_json"):
        return _plain(value.as_json())
    return value


Data = TypeVar("Data", bound=EntryData)
_registry: dict[str, type[EntryData]] = {}


def entry_type(name: str) -> Callable[[type[Data]], type[Data]]:
    """Register a class as the reader and writer of one entry type.

    Args:
        name: ``capability.event/version`` in lower case, the event in the past tense.

    Returns:
        The decorator.

    Raises:
        DomainError: If the name is malformed or taken by another class.
    """
    if not _TYPE.fullmatch(name):
        raise DomainError("An entry type is misnamed", value=name, limit="thing.happened/1", remedy="Rename it.")

    def register(cls: type[Data]) -> type[Data]:
        known = _registry.get(name)
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise DomainError("An entry type is taken", value=name, remedy="Give the new meaning a new version.")
        cls.type = name
        _registry[name] = cls
        return cls

    return register


def known_types() -> dict[str, type[EntryData]]:
    """Give every registered entry type.

    Returns:
        Type strings and their classes.
    """
    return dict(_registry)


def read(name: str, content: dict[str, Any]) -> EntryData | None:
    """Read stored facts of any type.

    Args:
        name: The entry's type string.
        content: The entry's data as stored.

    Returns:
        The typed data, or ``None`` where no installed capability knows the type (shown to the reader as such).

    Raises:
        BadInput: If the type is known and the facts do not fit it.
    """
    cls = _registry.get(name)
    return None if cls is None else cls.read(content)
