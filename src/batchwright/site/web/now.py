"""What is running, what is late, what is wrong? Suite by suite, for the page, the terminal and the JSON edge."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batchwright import record
from batchwright.execution.present import present
from batchwright.kernel import clock
from batchwright.people import access, permissions
from batchwright.plant import queries as plant
from batchwright.plant.queries import Branch
from batchwright.plant.suites import suites
from batchwright.site.web.now_rows import TONES, BatchNow, SuiteNow, UnitNow, counted, who_of


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody is needed for.

    Attributes:
        what: A verb with its number.
        page: Name of the address where it is done.
        state: State of the batches that the page lists; "" for all.
    """

    what: str
    page: str
    state: str = ""

    @property
    def href(self) -> str:
        """Where it is done: found only when a page shows it, for the terminal need not load all pages."""
        return f"{reverse(self.page)}?{urlencode({'state': self.state})}" if self.state else reverse(self.page)


@dataclass(frozen=True, slots=True)
class Need:
    """Somebody who is needed.

    Attributes:
        who: The role, or who else.
        acts: For what.
    """

    who: str
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Now:
    """The plant now.

    Attributes:
        at: The moment.
        suites: Row by row.
        needs: Who is needed in all, by role; none for a sponsor's people.
        has_units: Whether the reader sees any unit.
    """

    at: datetime
    suites: tuple[SuiteNow, ...]
    needs: tuple[Need, ...]
    has_units: bool

    @property
    def batches(self) -> tuple[BatchNow, ...]:
        """Every batch."""
        return tuple(one for suite in self.suites for one in suite.batches)

    @property
    def tone(self) -> str:
        """The tone of what is worst."""
        return max((one.tone for one in self.suites), key=TONES.index, default="normal")

    @property
    def sentence(self) -> str:
        """The answer in one line."""
        return _("%(what)s.") % {"what": counted(self.batches)[:1].upper() + counted(self.batches)[1:]}


def now_of(actor: record.Actor) -> Now:
    """Tell what goes on, with a bounded number of queries however much it is.

    Args:
        actor: Who reads.

    Returns:
        The plant suite by suite; for a sponsor's people the own batches alone.

    Raises:
        Refused: If the actor may not see batches.
    """
    at = clock.now()
    found = [BatchNow(one, at) for one in present(actor)]
    if actor.sponsor is not None or not access.may(actor, "plant.read"):
        own = SuiteNow("", _("Your batches") if actor.sponsor is not None else _("Batches"), (), tuple(found))
        return Now(at, (own,) if found else (), (), has_units=False)
    places = suites(actor)
    area_of = {unit.element.tag: suite.area.pk for suite in places for unit in suite.units}
    by_area: dict[int | None, list[BatchNow]] = {}
    inside: dict[str, str] = {}
    for one in found:
        area = next((area_of[tag] for tag in one.present.units if tag in area_of), None)
        by_area.setdefault(area, []).append(one)
        for step in one.present.doing:
            inside.setdefault(step.run.unit, one.number)
    rows = [
        SuiteNow(suite.area.tag, suite.area.name, _units(suite.units, inside), tuple(by_area.get(suite.area.pk, ())))
        for suite in places
    ]
    if None in by_area:
        name = _("Without a unit") if places else _("Batches")
        rows.append(SuiteNow("", name, (), tuple(by_area[None])))
    return Now(at, tuple(rows), needs_by_role(actor, found), has_units=bool(area_of))


def _units(branches: Sequence[Branch], inside: Mapping[str, str]) -> tuple[UnitNow, ...]:
    return tuple(
        UnitNow(one, use.batch if (use := one.state and one.state.use) else inside.get(one.element.tag, ""))
        for one in branches
    )


def needs_by_role(actor: record.Actor, batches: Iterable[BatchNow]) -> tuple[Need, ...]:
    """Add up who is needed.

    Args:
        actor: Who reads.
        batches: What goes on.

    Returns:
        By role, in the order of the table of roles; last what needs a second person.
    """
    numbers: dict[tuple[str, str], int] = {}
    for one in batches:
        blocked = bool(one.present.exceptions)
        for wanted in one.present.wanted:
            if wanted.what == "review" and blocked:
                continue
            key = who_of(wanted), wanted.what
            numbers[key] = numbers.get(key, 0) + 1
    cleanings, clearances = plant.to_verify(actor)
    waiting = len(cleanings) + len(clearances)
    if waiting:
        numbers[_("a second person"), "verify"] = waiting
    work = "execution:work" if access.may(actor, "step.perform") else "execution:batches"
    done_on = {
        "start": ("execution:batches", "Idle"), "restart": ("execution:batches", "under way"), "step": (work,),
        "check": (work,), "decide": ("execution:batches",), "assess": ("execution:exceptions",),
        "sign": ("execution:exceptions",), "review": ("execution:batches", "to review"), "verify": ("plant:units",),
    }  # fmt: skip
    order = {str(role.name): rank for rank, role in enumerate(permissions.ROLES)}
    by_who: dict[str, list[Act]] = {}
    for (who, what), number in numbers.items():
        by_who.setdefault(who, []).append(Act(_what(what, number), *done_on[what]))
    sorted_ones = sorted(by_who.items(), key=lambda item: order.get(item[0].split(_(" or "))[0], len(order)))
    return tuple(Need(who[:1].upper() + who[1:], tuple(acts)) for who, acts in sorted_ones)


def _what(what: str, number: int) -> str:
    words = {
        "start": ngettext("start %(n)s batch", "start %(n)s batches", number),
        "restart": ngettext("restart or stop %(n)s batch", "restart or stop %(n)s batches", number),
        "step": ngettext("perform %(n)s open step", "perform %(n)s open steps", number),
        "check": ngettext("check %(n)s step", "check %(n)s steps", number),
        "decide": ngettext("let %(n)s batch go on", "let %(n)s batches go on", number),
        "assess": ngettext("assess %(n)s exception", "assess %(n)s exceptions", number),
        "sign": ngettext("sign %(n)s exception", "sign %(n)s exceptions", number),
        "review": ngettext("review %(n)s record", "review %(n)s records", number),
        "verify": ngettext("verify %(n)s cleaning or clearance", "verify %(n)s cleanings and clearances", number),
    }
    return words[what] % {"n": number}


def told(seen: Now) -> dict[str, Any]:
    """Tell the plant as plain JSON values.

    Args:
        seen: The plant now.

    Returns:
        Suites with their units and batches, and who is needed.
    """
    return {
        "at": clock.iso(seen.at), "summary": seen.sentence,
        "suites": [
            {
                "area": suite.tag, "name": suite.name,
                "units": [{"unit": one.tag, "state": one.state, "batch": one.batch} for one in suite.units],
                "batches": [_told(one) for one in suite.batches],
            }
            for suite in seen.suites
        ],
        "needs": [{"who": one.who, "what": [act.what for act in one.acts]} for one in seen.needs],
    }  # fmt: skip


def _told(one: BatchNow) -> dict[str, Any]:
    batch, late, left = one.present.batch, one.present.late, one.present.left
    return {
        "batch": one.number, "product": batch.product, "name": batch.name, "state": batch.state,
        "units": list(one.present.units),
        "steps": [
            {"name": step.run.name, "unit": step.run.unit, "kind": step.run.kind, "awaits": step.run.awaits}
            for step in one.present.doing
        ],
        "waits": one.present.waits,
        "late_seconds": None if late is None else int(late.total_seconds()),
        "left_seconds": None if left is None else int(left.total_seconds()),
        "open_exceptions": [
            {"number": row.number, "severity": row.severity, "sentence": row.sentence} for row in one.present.exceptions
        ],
        "needs": [{"what": wanted.what, "roles": list(wanted.roles)} for wanted in one.present.wanted],
    }  # fmt: skip
