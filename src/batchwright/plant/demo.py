"""The demo plant's equipment, brought in through the same commands as everywhere, and once.

Where each unit stood before is taken over from its paper logbook, as a site does on its first day; what follows is
done by the people of the demo, with their signatures.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from batchwright import people, record
from batchwright.kernel import clock
from batchwright.people import access
from batchwright.people import demo as people_demo
from batchwright.people.models import Sponsor, User
from batchwright.plant import demo_plant, services, showing
from batchwright.plant.facts import Intended
from batchwright.plant.models import (
    Cleaning,
    CleaningProcedure,
    EquipmentClass,
    EquipmentElement,
    LineClearance,
    UnitState,
    Use,
)

HOURS: Final = timedelta(hours=1)
DAYS: Final = timedelta(days=1)
PAPER: Final = "Paper logbook closed on the first day of this system"

LAST: Final[dict[str, tuple[str, str, float, float | None]]] = {
    # unit: product, batch, hours since that ended, hours since the full cleaning after it (None: not cleaned)
    "DB-101": ("FCT-10", "FCT10-26-040", 30, 6),
    "GR-101": ("FCT-10", "FCT10-26-040", 28, 20),
    "FB-101": ("FCT-10", "FCT10-26-038", 7 * 24 + 8, 7 * 24 + 2),
    "BL-101": ("FCT-10", "FCT10-26-040", 9, None),
    "TP-101": ("FCT-10", "FCT10-26-039", 40, 33),
    "TP-102": ("FCT-10", "FCT10-26-037", 90, 80),
    "CO-101": ("FCT-10", "FCT10-26-039", 20, None),
    "BK-101": ("FCT-10", "FCT10-26-039", 18, 14),
    "BP-101": ("FCT-10", "FCT10-26-036", 120, 110),
    "BC-201": ("MAB-7", "MAB7-26-009", 90, 16),
    "BR-201": ("MAB-7", "MAB7-26-009", 80, 70),
    "BR-202": ("MAB-7", "MAB7-26-009", 40, 34),
    "BR-203": ("MAB-7", "MAB7-26-009", 14, None),
    "BR-204": ("MAB-7", "MAB7-26-008", 60, 50),
    "BR-205": ("MAB-7", "MAB7-26-007", 30 * 24, 29 * 24),
    "HV-201": ("MAB-7", "MAB7-26-008", 58, 50),
    "CH-201": ("MAB-7", "MAB7-26-008", 50, 46),
    "CH-202": ("MAB-7", "MAB7-26-008", 48, 44),
    "PV-201": ("MAB-7", "MAB7-26-008", 49, 44),
    "PV-202": ("MAB-7", "MAB7-26-008", 48, 44),
    "VF-201": ("MAB-7", "MAB7-26-008", 46, 42),
    "UF-201": ("MAB-7", "MAB7-26-008", 44, 40),
    "BF-201": ("MAB-7", "MAB7-26-008", 72, 60),
    "CV-301": ("VAX-LYO", "VAX-26-014", 30, 26),
    "SF-301": ("VAX-LYO", "VAX-26-014", 28, 24),
    "TU-301": ("VAX-LYO", "VAX-26-014", 25, 20),
    "FI-301": ("VAX-LYO", "VAX-26-014", 24, 12),
    "LY-301": ("VAX-LYO", "VAX-26-013", 70, 60),
    "LY-302": ("VAX-LYO", "VAX-26-012", 60, 50),
    "CA-301": ("VAX-LYO", "VAX-26-013", 20, None),
    "IN-301": ("VAX-LYO", "VAX-26-013", 16, 12),
}
LAPSED: Final = "LY-302"
"""The unit whose requalification is overdue."""


def seed() -> None:
    """Build the demo plant, once, after its people are there."""
    if EquipmentElement.objects.exists():
        return
    qa = _actor("a.novak")
    _define(qa)
    _build(qa)
    for tag in LAST:
        _take_over(qa, tag)
    _today()
    if find_spec("batchwright.plant.demo_instruments") is not None:
        import_module("batchwright.plant.demo_instruments").seed()


def make_way(tag: str, intended: Intended) -> None:
    """Let the floor end what stands in a batch's way in a unit: another batch, and the campaign of another product.

    Args:
        tag: Of the unit; nothing is done to one that this batch is or was in.
        intended: What is going to be made.
    """
    unit, operator = _unit(tag), _actor("m.kowalska")
    if Use.objects.filter(unit=unit, batch=intended.batch).exists():
        return
    state = UnitState.objects.select_related("use", "campaign").get(unit=unit)
    if state.use is not None:
        services.end_use(actor=operator, unit=unit, reason=f"Made way for {intended.batch}")
    if state.campaign is not None and state.campaign.product != intended.product:
        services.close_campaign(actor=operator, unit=unit, reason=f"Made way for {intended.product}")


def _actor(username: str) -> record.Actor:
    user = User.objects.select_related("sponsor").get(username=username)
    return access.actor_of(user, access.current_role_codes(user)[0])


def _define(qa: record.Actor) -> None:
    for code, name, offered in demo_plant.CLASSES:
        services.define_class(actor=qa, code=code, name=name, offered=offered)
    kinds = {one.code: one for one in EquipmentClass.objects.all()}
    long_ago = clock.now() - 400 * DAYS
    for code, title, of, kind, clean, dirty in demo_plant.PROCEDURES:
        services.issue_cleaning_procedure(
            actor=qa, code=code, edition="3", title=title, equipment_class=kinds[of], kind=kind,
            clean_hold_minutes=clean, dirty_hold_minutes=dirty, effective_at=long_ago, reason=PAPER,
        )  # fmt: skip
    for of, (same, batches, days, clearance) in demo_plant.CHANGEOVERS.items():
        services.set_changeover_rule(
            actor=qa, equipment_class=kinds[of], same_product=same, campaign_batches=batches, campaign_days=days,
            needs_clearance=clearance, effective_at=long_ago, reason="Cleaning validation master plan, edition 5",
        )  # fmt: skip


def _build(qa: record.Actor) -> None:
    kinds = {one.code: one for one in EquipmentClass.objects.all()}

    def add(tag: str, name: str, level: str, parent: EquipmentElement | None, **more: Any) -> EquipmentElement:
        services.add_equipment(actor=qa, tag=tag, name=name, level=level, parent=parent, **more)
        return _unit(tag)

    site = add("SITE-1", "Riverside plant", "site", add("OPEN-CDMO", "Open CDMO", "enterprise", None))
    for area_tag, area_name, cell_tag, cell_name, units in demo_plant.SUITES:
        cell = add(cell_tag, cell_name, "process_cell", add(area_tag, area_name, "area", site))
        for number, one in enumerate(units, start=1):
            unit = add(
                one.tag, one.name, "unit", cell, equipment_class=kinds[one.equipment_class], offered=one.narrowed,
                manufacturer=one.manufacturer, serial_number=f"{one.manufacturer[:2].upper()}-{20260 + number}",
            )  # fmt: skip
            for tag, name in one.modules:
                add(tag, name, "equipment_module", unit, manufacturer=one.manufacturer)


def _unit(tag: str) -> EquipmentElement:
    found: EquipmentElement = EquipmentElement.objects.select_related("parent", "equipment_class").get(tag=tag)
    return found


def _procedure(unit: EquipmentElement, kind: str) -> CleaningProcedure:
    found: CleaningProcedure = CleaningProcedure.objects.get(equipment_class=unit.equipment_class, kind=kind)
    return found


def _take_over(qa: record.Actor, tag: str) -> None:
    product, batch, ended, cleaned = LAST[tag]
    unit, now = _unit(tag), clock.now()
    use = services.PaperUse(product, batch, now - (ended + 10) * HOURS, now - ended * HOURS)
    cleaning = None
    if cleaned is not None:
        full = _procedure(unit, "full")
        cleaning = services.PaperCleaning(full, now - cleaned * HOURS, "Maria Kowalska", "Joseph Okafor")
    services.take_over_unit(
        actor=qa, unit=unit, reason=PAPER, use=use, cleaning=cleaning, qualifications=_stages(tag, now)
    )


def _stages(tag: str, now: datetime) -> tuple[services.PaperQualification, ...]:
    """Installed and tested once; the performance is qualified again every three years."""
    began = now - (1107 if tag == LAPSED else 700) * DAYS
    return tuple(
        services.PaperQualification(
            kind, f"{kind}-{tag}-01", began, "Ana Novák", began + 1095 * DAYS if kind == "PQ" else None
        )
        for kind in ("IQ", "OQ", "PQ")
    )


def _today() -> None:
    """What the people did since: some units are in use, some wait for a second person, some are stopped."""
    operator, supervisor, engineer = _actor("m.kowalska"), _actor("j.okafor"), _actor("s.lindqvist")
    sign = _signer(supervisor)
    altair, meridian = Sponsor.objects.get(code="ALTAIR"), Sponsor.objects.get(code="MERIDIAN")
    campaign = {"GR-101": ("FCT-10", altair), "TP-101": ("FCT-10", altair)}
    for tag, (product, sponsor) in campaign.items():
        services.open_campaign(actor=operator, unit=_unit(tag), product=product, sponsor=sponsor)
    for tag, product, batch, sponsor in (
        ("GR-101", "FCT-10", "FCT10-26-041", altair), ("BR-204", "MAB-7", "MAB7-26-009", altair),
        ("LY-301", "VAX-LYO", "VAX-26-014", meridian), ("TP-101", "FCT-10", "FCT10-26-040", altair),
        ("FI-301", "VAX-LYO", "VAX-26-015", meridian),
    ):  # fmt: skip
        if tag != "BR-204":
            services.clear_line(actor=operator, unit=_unit(tag), product=product, batch=batch, sponsor=sponsor)
        if tag not in ("BR-204", "FI-301"):
            found = LineClearance.objects.select_related("unit").get(unit__tag=tag)
            sign(found, showing.of_clearance(found), services.verify_clearance, clearance=found)
        if tag not in ("TP-101", "FI-301"):
            services.begin_use(actor=operator, unit=_unit(tag), product=product, batch=batch, sponsor=sponsor)
    coater = _unit("CO-101")
    services.clean_unit(actor=operator, unit=coater, procedure=_procedure(coater, "full"))
    capper = _unit("CA-301")
    services.clean_unit(actor=operator, unit=capper, procedure=_procedure(capper, "full"))
    done = Cleaning.objects.select_related("unit", "procedure").get(unit=capper)
    sign(done, showing.of_cleaning(done), services.verify_cleaning, cleaning=done)
    services.hold_unit(
        actor=operator, unit=_unit("TP-102"), reason="Punch tips worn beyond the limit at the in-process check"
    )
    services.take_out(actor=engineer, unit=_unit("BP-101"), reason="Feeder motor replaced, waits for the part")


def _signer(actor: record.Actor) -> Callable[..., record.Receipt]:
    """Let a person of the demo sign, at one desk."""
    session, evidence = people_demo.desk_of(actor.id)

    def sign(row: record.GmpModel, shown: str, command: Callable[..., record.Receipt], **facts: Any) -> record.Receipt:
        prepared = people.prepare(actor=actor, row=row, meaning="verified", shown=shown, session=session)
        return command(
            actor=actor, name=prepared.name, given=evidence, session=session, address=people_demo.ADDRESS, **facts
        )

    return sign
