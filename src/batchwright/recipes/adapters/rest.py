"""What BatchML has no place for, carried beside it so that a round trip loses nothing.

The writer reads its own BatchML back and notes where that says less than the recipe: a list of changes, each with its
place, what BatchML says there and what is meant. The reader applies a change only where the file still says what was
noted, so that what another system has edited since is never overwritten; such a conflict is reported.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from batchwright.kernel.errors import BadInput

IDENTIFIER = "batchwright:rest/1"
"""Identifier of the OtherInformation that holds the changes."""


@dataclass(frozen=True, slots=True)
class Change:
    """One place where BatchML says less than is meant.

    Attributes:
        place: Keys down to it; an item of a list is named by its id.
        was: What the BatchML beside it says; None if nothing.
        meant: What is meant; None if nothing.
    """

    place: tuple[str, ...]
    was: Any
    meant: Any


def changes(said: Mapping[str, Any], meant: Mapping[str, Any]) -> list[Change]:
    """Compare what BatchML says with what is meant.

    Args:
        said: Content that was read back.
        meant: Content that was written.

    Returns:
        The differences; none if BatchML says it all.
    """
    found: list[Change] = []
    _compare(dict(said), dict(meant), (), found)
    return found


def _compare(said: Any, meant: Any, place: tuple[str, ...], found: list[Change]) -> None:
    if said == meant:
        return
    if isinstance(said, dict) and isinstance(meant, dict):
        for key in sorted(said.keys() | meant.keys()):
            _compare(said.get(key), meant.get(key), (*place, key), found)
    elif (left := _by_id(said)) is not None and (right := _by_id(meant)) is not None and list(left) == list(right):
        for key, item in left.items():
            _compare(item, right[key], (*place, key), found)
    else:
        found.append(Change(place, said, meant))


def _by_id(items: Any) -> dict[str, Any] | None:
    """Items of a list by their id, in order; None where they have none or share it."""
    if not isinstance(items, list):
        return None
    if not all(isinstance(one, dict) and isinstance(one.get("id"), str) for one in items):
        return None
    named = {one["id"]: one for one in items}
    return named if len(named) == len(items) else None


def apply(said: dict[str, Any], noted: Sequence[Change]) -> list[Change]:
    """Put changes into what was read.

    Args:
        said: Content that was read; it is changed.
        noted: The changes.

    Returns:
        Those that were left out, as the file no longer says what they were noted for.
    """
    conflicts = []
    named: dict[int, tuple[Any, dict[str, Any]]] = {}
    for change in noted:
        holder: Any = said
        for key in change.place[:-1]:
            holder = _within(holder, key, named)
        if not isinstance(holder, dict) or holder.get(change.place[-1]) != change.was:
            conflicts.append(change)
        elif change.meant is None:
            holder.pop(change.place[-1], None)
        else:
            holder[change.place[-1]] = change.meant
    return conflicts


def _within(holder: Any, key: str, named: dict[int, tuple[Any, dict[str, Any]]]) -> Any:
    """One step down; the items of a list are named once, however many changes are noted for them."""
    if isinstance(holder, dict):
        return holder.get(key)
    if id(holder) not in named:
        named[id(holder)] = (holder, _by_id(holder) or {})
    return named[id(holder)][1].get(key)


def as_text(noted: Sequence[Change]) -> str:
    """Write changes as JSON in ASCII."""
    return json.dumps([[list(one.place), one.was, one.meant] for one in noted], separators=(",", ":"), sort_keys=True)


def from_text(text: str) -> list[Change]:
    """Read what `as_text` wrote.

    Args:
        text: The JSON.

    Returns:
        The changes.

    Raises:
        BadInput: If it has another form.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput("This is no JSON of changes", value=str(error)) from error
    if not isinstance(content, list) or not all(_is_change(one) for one in content):
        raise BadInput("These are no changes", value=text[:80], limit="[[place, was, meant], ...]")
    return [Change(tuple(one[0]), one[1], one[2]) for one in content]


def _is_change(one: Any) -> bool:
    return (
        isinstance(one, list) and len(one) == 3 and isinstance(one[0], list) and len(one[0]) > 0
        and all(isinstance(key, str) for key in one[0])
    )  # fmt: skip
