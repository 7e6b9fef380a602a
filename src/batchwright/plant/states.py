"""The state of a unit: a pure table of which command may follow which state, and where it leads.

A unit is *clean* only once a second person verified its cleaning; until then it stays *dirty*. A hold keeps the state
under it, so that freeing returns to it; the use of a held unit can still be ended. Whoever takes a unit out of service
gets it back dirty. Everything that the table does not name is refused, with the reason. Source: 21 CFR 211.67, 211.182;
EU GMP Part I 3.36 to 3.44 and 5.19 to 5.21.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from batchwright.kernel.errors import DomainError
from batchwright.plant.reasons import Reason, because
from batchwright.plant.reasons import marked as _


class State(StrEnum):
    """In what state a unit is."""

    CLEAN = "clean"
    DIRTY = "dirty"
    IN_USE = "in_use"
    HELD = "held"
    OUT_OF_SERVICE = "out_of_service"


class Command(StrEnum):
    """What can be done to a unit that changes its state."""

    BEGIN_USE = "begin_use"
    END_USE = "end_use"
    CLEAN = "clean"
    VERIFY_CLEANING = "verify_cleaning"
    HOLD = "hold"
    FREE = "free"
    TAKE_OUT = "take_out"
    RETURN_TO_SERVICE = "return_to_service"


STATE_WORDS: Final[Mapping[State, str]] = MappingProxyType(
    {
        State.CLEAN: _("clean"),
        State.DIRTY: _("dirty"),
        State.IN_USE: _("in use"),
        State.HELD: _("held"),
        State.OUT_OF_SERVICE: _("out of service"),
    }
)
"""What people call each state."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a unit stands, as far as the next command depends on it.

    Attributes:
        state: Its state.
        before: The state under a hold, or to which it returns from out of service; None in every other state.
        unverified: Whether it was cleaned since its last use and no second person has verified that yet.
    """

    state: State
    before: State | None = None
    unverified: bool = False

    def __post_init__(self) -> None:
        under = UNDER.get(self.state, frozenset({None}))
        if self.before not in under:
            raise DomainError(
                "this is no position of a unit", value=f"{self.state} over {self.before}",
                limit=", ".join(sorted(str(state) for state in under)),
            )  # fmt: skip


UNDER: Final[Mapping[State, frozenset[State | None]]] = MappingProxyType(
    {
        State.HELD: frozenset({State.CLEAN, State.DIRTY, State.IN_USE}),
        State.OUT_OF_SERVICE: frozenset({State.DIRTY, State.HELD}),
    }
)
"""What can lie under a hold and under being out of service."""

FIRST: Final = Position(State.DIRTY)
"""Where a new unit stands."""


def _hold(now: Position) -> Position:
    return Position(State.HELD, now.state, now.unverified)


def _take_out(now: Position) -> Position:
    return Position(State.OUT_OF_SERVICE, State.HELD if now.state is State.HELD else State.DIRTY)


def _return(now: Position) -> Position:
    return Position(State.HELD, State.DIRTY) if now.before is State.HELD else FIRST


def _free(now: Position) -> Position:
    return Position(now.before or State.DIRTY, None, now.unverified)


def _end_use(now: Position) -> Position:
    return Position(State.HELD, State.DIRTY) if now.state is State.HELD else FIRST


_CLEANED: Final = Position(State.DIRTY, None, unverified=True)

TABLE: Final[Mapping[tuple[State, Command], Callable[[Position], Position]]] = MappingProxyType(
    {
        (State.CLEAN, Command.BEGIN_USE): lambda _now: Position(State.IN_USE),
        (State.DIRTY, Command.BEGIN_USE): lambda _now: Position(State.IN_USE),
        (State.IN_USE, Command.END_USE): _end_use,
        (State.HELD, Command.END_USE): _end_use,
        (State.CLEAN, Command.CLEAN): lambda _now: _CLEANED,
        (State.DIRTY, Command.CLEAN): lambda _now: _CLEANED,
        (State.DIRTY, Command.VERIFY_CLEANING): lambda _now: Position(State.CLEAN),
        (State.CLEAN, Command.HOLD): _hold,
        (State.DIRTY, Command.HOLD): _hold,
        (State.IN_USE, Command.HOLD): _hold,
        (State.HELD, Command.FREE): _free,
        (State.CLEAN, Command.TAKE_OUT): _take_out,
        (State.DIRTY, Command.TAKE_OUT): _take_out,
        (State.HELD, Command.TAKE_OUT): _take_out,
        (State.OUT_OF_SERVICE, Command.RETURN_TO_SERVICE): _return,
    }
)
"""Where each command leads from each state; a pair that is not named is refused, and so is what `refusal` adds."""

_WHY: Final[Mapping[tuple[State, Command], str]] = MappingProxyType(
    {
        (State.IN_USE, Command.BEGIN_USE): _("it is in use already"),
        (State.HELD, Command.BEGIN_USE): _("it is held"),
        (State.OUT_OF_SERVICE, Command.BEGIN_USE): _("it is out of service"),
        (State.IN_USE, Command.CLEAN): _("it is in use; end the use first"),
        (State.HELD, Command.CLEAN): _("it is held; free it first"),
        (State.OUT_OF_SERVICE, Command.CLEAN): _("it is out of service; return it to service first"),
        (State.HELD, Command.VERIFY_CLEANING): _("it is held; free it first"),
        (State.HELD, Command.HOLD): _("it is held already"),
        (State.OUT_OF_SERVICE, Command.HOLD): _("it is out of service, so nobody can use it"),
        (State.IN_USE, Command.TAKE_OUT): _("it is in use; end the use first"),
        (State.OUT_OF_SERVICE, Command.TAKE_OUT): _("it is out of service already"),
    }
)
_WHY_OTHERWISE: Final[Mapping[Command, str]] = MappingProxyType(
    {
        Command.END_USE: _("it is not in use"),
        Command.VERIFY_CLEANING: _("there is no cleaning to verify"),
        Command.FREE: _("it is not held"),
        Command.RETURN_TO_SERVICE: _("it is not out of service"),
    }
)


def refusal(now: Position, command: Command, *, follows_without_cleaning: bool = False) -> Reason | None:
    """Say why a command is refused.

    Args:
        now: Where the unit stands.
        command: What is wanted.
        follows_without_cleaning: Whether the changeover rule lets the next batch follow on a dirty unit.

    Returns:
        The reason; None where the command is allowed.
    """
    pair = (now.state, command)
    if pair not in TABLE:
        return because(f"{command}-refused", _WHY.get(pair) or _WHY_OTHERWISE[command])
    if pair == (State.DIRTY, Command.BEGIN_USE) and (now.unverified or not follows_without_cleaning):
        why = _("its cleaning is not verified yet") if now.unverified else _("it is dirty; clean it first")
        return because(f"{command}-refused", why)
    if pair == (State.DIRTY, Command.VERIFY_CLEANING) and not now.unverified:
        return because(f"{command}-refused", _("there is no cleaning to verify"))
    if pair == (State.HELD, Command.END_USE) and now.before is not State.IN_USE:
        return because(f"{command}-refused", _("it is not in use"))
    if pair == (State.HELD, Command.TAKE_OUT) and now.before is State.IN_USE:
        return because(f"{command}-refused", _("it is in use; end the use first"))
    return None


def step(now: Position, command: Command, *, follows_without_cleaning: bool = False) -> Position:
    """Say where a command leads.

    Args:
        now: Where the unit stands.
        command: What is done.
        follows_without_cleaning: Whether the changeover rule lets the next batch follow on a dirty unit.

    Returns:
        Where it stands then.

    Raises:
        DomainError: The command is refused in this state.
    """
    why = refusal(now, command, follows_without_cleaning=follows_without_cleaning)
    if why is not None:
        raise DomainError(
            f"this cannot be done to the unit now: {why}", value=STATE_WORDS[now.state],
            limit=", ".join(allowed(now, follows_without_cleaning=follows_without_cleaning)),
            remedy="Do one of these first, or choose another unit.",
        )  # fmt: skip
    return TABLE[now.state, command](now)


def allowed(now: Position, *, follows_without_cleaning: bool = False) -> tuple[Command, ...]:
    """The commands that are not refused, in their fixed order.

    Args:
        now: Where the unit stands.
        follows_without_cleaning: Whether the changeover rule lets the next batch follow on a dirty unit.

    Returns:
        The commands; there is always one.
    """
    return tuple(
        command for command in Command
        if refusal(now, command, follows_without_cleaning=follows_without_cleaning) is None
    )  # fmt: skip
