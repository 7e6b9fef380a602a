"""A simulated module, for the demo, for tests and for plants that have none; with faults on demand.

What it does is a function of what was ordered, when, and the time now: it keeps orders in a file and nothing in memory,
so that a process that is killed loses nothing. A service lasts as long as the parameter of it that is a time says.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from pydantic import Field

from batchwright.execution.adapters.module_times import usual_time
from batchwright.execution.modules import Module, ModuleState, Order, Told, Wanted
from batchwright.kernel import clock
from batchwright.kernel.errors import BadInput, BatchwrightError, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.procedure import Moment
from batchwright.recipes.values import Part, Text

_KEPT: Final = 500
"""Orders that are remembered; those before are long over."""


def connecting(kind: str, folder: Path, *, speed: int = 1) -> Callable[[str], Module | None]:
    """Give the way to the modules of a plant.

    Args:
        kind: ``none`` or ``simulated``.
        folder: Where simulated ones keep their files.
        speed: How many times faster than the plant simulated ones are.

    Returns:
        A function that finds the module with a tag; it gives None where the plant has none.
    """
    behaviour = Behaviour(speed=Decimal(speed))
    return (lambda tag: SimulatedModule(tag, folder, behaviour)) if kind == "simulated" else lambda _tag: None


class Behaviour(Part):
    """How a simulated module behaves from now on."""

    speed: Decimal = Field(default=Decimal(1), gt=0)
    """How many times faster than the plant it is."""
    settle_seconds: Decimal = Field(default=Decimal(0), ge=0)
    """How long it takes to come to rest, or to go on."""
    drifts: dict[str, str] = {}
    """Results that leave their limits: ``above`` or ``below``, by id."""
    fails: tuple[Text, ...] = ()
    """Services that fail once in the middle; they succeed when they are resumed."""


class _Act(Part):
    what: str
    at: Moment


class _Kept(Part):
    order: Order
    behaviour: Behaviour
    acts: tuple[_Act, ...]


class _Notebook(Part):
    behaviour: Behaviour = Behaviour()
    orders: dict[str, _Kept] = {}


class SimulatedModule(Module):
    """A module that is not there.

    Args:
        tag: What people call it.
        folder: Where it keeps its file.
        behaviour: How it behaves until `behave` says otherwise.
    """

    def __init__(self, tag: str, folder: Path, behaviour: Behaviour | None = None) -> None:
        super().__init__(tag)
        self._file = folder / f"{quote(tag, safe='')}.json"
        self._behaviour = behaviour or Behaviour()

    def behave(self, behaviour: Behaviour) -> None:
        """Change how orders behave that are started from now on.

        Args:
            behaviour: How.
        """
        with self._open() as notebook:
            notebook["behaviour"] = behaviour.model_dump(mode="json")

    def start(self, order: Order) -> Told:
        """Start a service.

        Args:
            order: What is to run.

        Returns:
            Where it stands.
        """
        with self._open() as notebook:
            if order.key not in notebook["orders"]:
                kept = _Kept(
                    order=order, behaviour=Behaviour.model_validate(notebook["behaviour"]),
                    acts=(_Act(what="start", at=clock.now()),),
                )  # fmt: skip
                notebook["orders"][order.key] = kept.model_dump(mode="json")
                while len(notebook["orders"]) > _KEPT:
                    notebook["orders"].pop(next(iter(notebook["orders"])))
            return _told(_Kept.model_validate(notebook["orders"][order.key]), clock.now())

    def ask(self, key: str) -> Told | None:
        """Ask after an order.

        Args:
            key: Its key.

        Returns:
            Where it stands; None where it is not known.
        """
        kept = self._read().orders.get(key)
        return None if kept is None else _told(kept, clock.now())

    def ends_at(self, key: str) -> datetime | None:
        """Say when an order that executes will be completed, if nobody interferes.

        Args:
            key: Its key.

        Returns:
            The moment; None where it is not known or does not execute.
        """
        kept = self._read().orders.get(key)
        if kept is None or len(kept.acts) > 1 or kept.order.service in kept.behaviour.fails:
            return None
        return kept.acts[0].at + _lasts(kept)

    def hold(self, key: str) -> Told:
        """Bring a service to its safe state.

        Args:
            key: Key of the order.

        Returns:
            Where it stands.
        """
        return self._command(key, "hold", {ModuleState.EXECUTE, ModuleState.UNHOLDING})

    def resume(self, key: str) -> Told:
        """Let a held or failed service go on.

        Args:
            key: Key of the order.

        Returns:
            Where it stands.
        """
        return self._command(key, "resume", {ModuleState.HOLDING, ModuleState.HELD, ModuleState.ABORTED})

    def stop(self, key: str) -> Told:
        """End a service in an orderly way.

        Args:
            key: Key of the order.

        Returns:
            Where it stands.
        """
        ending = {ModuleState.EXECUTE, ModuleState.HOLDING, ModuleState.HELD, ModuleState.UNHOLDING}
        return self._command(key, "stop", ending)

    def abort(self, key: str) -> Told:
        """End a service at once.

        Args:
            key: Key of the order.

        Returns:
            Where it stands.
        """
        ended = {ModuleState.COMPLETED, ModuleState.STOPPED, ModuleState.ABORTING, ModuleState.ABORTED}
        return self._command(key, "abort", set(ModuleState) - ended)

    def _command(self, key: str, what: str, takes: set[ModuleState]) -> Told:
        with self._open() as notebook:
            if key not in notebook["orders"]:
                raise DomainError("the module knows of no such order", value=f"{self.tag}: {key}")
            kept = _Kept.model_validate(notebook["orders"][key])
            now = clock.now()
            if _told(kept, now).state in takes:
                kept = kept.model_copy(update={"acts": (*kept.acts, _Act(what=what, at=now))})
                notebook["orders"][key] = kept.model_dump(mode="json")
            return _told(kept, now)

    def _read(self) -> _Notebook:
        try:
            return _Notebook.model_validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return _Notebook(behaviour=self._behaviour)
        except ValueError as error:
            raise BadInput("the file of a simulated module cannot be read", file=str(self._file)) from error

    @contextmanager
    def _open(self) -> Iterator[dict[str, Any]]:
        """The notebook, for one process at a time; it is replaced as a whole, so that a kill leaves no half."""
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        with self._file.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            notebook = self._read().model_dump(mode="json")
            before = json.dumps(notebook)
            yield notebook
            after = json.dumps(notebook)
            if after != before:
                fresh = self._file.with_suffix(".new")
                fresh.write_text(after, encoding="utf-8")
                fresh.replace(self._file)
                _flush(self._file.parent)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# ------------------------------------------------------------------------------------------------ what it does when
def _told(kept: _Kept, now: datetime) -> Told:
    """Where an order stands: a function of what was done to it and of the time."""
    lasts = _lasts(kept)
    fails_at = lasts / 2 if kept.order.service in kept.behaviour.fails else None
    settle = timedelta(seconds=float(kept.behaviour.settle_seconds))
    state, since, worked = ModuleState.EXECUTE, kept.acts[0].at, timedelta()
    for act, until in zip(kept.acts, (*(one.at for one in kept.acts[1:]), now), strict=True):
        if act.what == "resume" and state is ModuleState.ABORTED:
            worked, fails_at = timedelta(), None
        state, since, worked = _after(act, until, settle, worked, lasts, fails_at)
    if state is ModuleState.COMPLETED:
        return Told(state=state, since=since, results={one.id: _result(kept, one) for one in kept.order.wanted})
    failed = state is ModuleState.ABORTED and kept.acts[-1].what != "abort"
    sentence = f"{kept.order.service} failed in the middle" if failed else ""
    return Told(state=state, since=since, sentence=sentence)


_ENDS = {
    "hold": (ModuleState.HOLDING, ModuleState.HELD),
    "stop": (ModuleState.STOPPING, ModuleState.STOPPED),
    "abort": (ModuleState.ABORTING, ModuleState.ABORTED),
}


def _after(
    act: _Act, until: datetime, settle: timedelta, worked: timedelta, lasts: timedelta, fails_at: timedelta | None
) -> tuple[ModuleState, datetime, timedelta]:  # fmt: skip
    """State, since when, and how long it has worked, at the end of the time that one act governs."""
    if act.what in _ENDS:
        moving, rest = _ENDS[act.what]
        return (moving, act.at, worked) if until < act.at + settle else (rest, act.at + settle, worked)
    begins = act.at + settle if act.what == "resume" else act.at
    if until < begins:
        return ModuleState.UNHOLDING, act.at, worked
    if fails_at is not None and worked + (until - begins) >= fails_at:
        return ModuleState.ABORTED, begins + (fails_at - worked), fails_at
    if worked + (until - begins) >= lasts:
        return ModuleState.COMPLETED, begins + (lasts - worked), lasts
    return ModuleState.EXECUTE, begins, worked + (until - begins)


def _lasts(kept: _Kept) -> timedelta:
    """As long as the first parameter says that is a time; else as such a service usually takes."""
    found = usual_time(kept.order.service, kept.order.procedure)
    for text in kept.order.parameters.values():
        try:
            found = Quantity.parse(text).to("s")
            break
        except BatchwrightError:
            continue  # a text, or an amount of something else
    return timedelta(seconds=float(found.to("s").value / kept.behaviour.speed))


def _result(kept: _Kept, wanted: Wanted) -> str:
    """What the recipe expects; where it drifts, one tenth beyond the limit."""
    way, limits = kept.behaviour.drifts.get(wanted.id), wanted.limits
    if way is None or limits is None:
        return wanted.expected
    bound = limits.in_order[-1 if way == "above" else 0]
    beyond = abs(bound.value) / 10 or Decimal(1)
    return str(Quantity(bound.value + beyond if way == "above" else bound.value - beyond, bound.unit).to(wanted.unit))
