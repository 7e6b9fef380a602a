"""A batch record with something of everything in it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from batchwright.execution.document import BatchDocument
from batchwright.execution.document_parts import (
    AttemptLine,
    ElementLine,
    EquipmentLine,
    ExceptionLine,
    FormulaLine,
    Heading,
    InspectionLine,
    InstrumentLine,
    LabelSpecimen,
    Master,
    MaterialLine,
    Pair,
    Person,
    PhaseRun,
    ReasonLine,
    RecordStatement,
    ReviewLine,
    Revision,
    SampleLine,
    SignatureLine,
    TestLine,
    ValueLine,
    WeighingLine,
    YieldLine,
)

START = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
OPERATOR = Person(id="a.novak", name="Anna Nováková", role="operator")
SECOND = Person(id="m.beck", name="Matthias Beck", role="operator")
SUPERVISOR = Person(id="s.ito", name="Sakura Itō", role="supervisor")
QA = Person(id="q.adams", name="Quentin Adams", role="qa")
APPROVED = "5f0c" * 16


def after(minutes: int) -> datetime:
    """A moment of the batch."""
    return START + timedelta(minutes=minutes)


def signature(meaning: str, of: str, signer: Person, minutes: int, method: str = "password") -> SignatureLine:
    """A signature that holds."""
    return SignatureLine(
        of=of, meaning=meaning, signer=signer, at=after(minutes), method=method, shown_sha256="ab12" * 16, seq=minutes
    )


def attempt(number: int, minutes: int, *entered: ValueLine, verdict: str = "accepted", **more: Any) -> AttemptLine:
    """An attempt of the operator."""
    return AttemptLine(number=number, by=OPERATOR, at=after(minutes), verdict=verdict, entered=entered, **more)


PH = "pH of the granulation liquid"
PHASES = (
    PhaseRun(
        path="granulate/clear#1/check", position=3, name="Check that the granulation suite is clear", kind="clear line",
        around=("Granulation", "Make ready"), unit="HSG-01", text="Look at every point with the lamp of the suite.",
        role="operator", second_person=True, state="Complete", began=after(0), ended=after(12),
        attempts=(
            attempt(
                1, 10, ValueLine(field="point_1", name="No material of the batch before", text="yes"),
                ValueLine(field="point_2", name="No document of the batch before", text="yes"), checked_by=SECOND,
            ),
        ),
    ),
    PhaseRun(
        path="granulate/mix/ph", position=4, name="Measure pH", kind="enter", around=("Granulation", "Mix"),
        unit="HSG-01", text="Take 20 mL from the vessel and measure at 25 °C.", role="operator", state="Complete",
        began=after(12), ended=after(31),
        attempts=(
            attempt(
                1, 20, ValueLine(field="ph", name=PH, text="7,4", limits="6.9 [pH] to 7.6 [pH]"), verdict="refused",
                reasons=(ReasonLine(sentence=f"{PH} is no number with a unit of the plant", value="7,4"),),
            ),
            attempt(
                2, 24,
                ValueLine(
                    field="ph", name=PH, text="7.9", limits="6.9 [pH] to 7.6 [pH]", verdict="out of limit",
                    source="sensor", instrument="PH-07", calibrated_until=after(60 * 24 * 30), classification="CPP",
                ),
                verdict="out of limit", exceptions=("EX-0007",),
            ),
            attempt(
                3, 31, ValueLine(field="ph", name=PH, text="7.5", limits="6.9 [pH] to 7.6 [pH]", verdict="within",
                                 source="sensor", instrument="PH-07", calibrated_until=after(60 * 24 * 30)),
                kind="correct", reason="Measured again after 10 min of mixing", checked_by=SECOND,
                left=(Pair(name="ph", value="7.5 [pH]"),),
            ),
        ),
    ),
    PhaseRun(
        path="granulate/dry#2", position=5, name="Dry", kind="automated", around=("Granulation", "Dry"), unit="FBD-02",
        state="Complete", began=after(31), ended=after(95),
        attempts=(attempt(1, 95, ValueLine(field="outlet", name="Outlet temperature", text="48.2 Cel", source="module",
                                            limits="at most 52 Cel", verdict="within", classification="KPP")),),
    ),
    PhaseRun(path="granulate/rinse", position=6, name="Rinse the chute", kind="instruct", state="Complete",
             around=("Granulation", "Dry"), began=after(95), skipped=True),
)  # fmt: skip
EXCEPTIONS = (
    ExceptionLine(
        number="EX-0007", kind="out of limit", severity="critical", sentence=f"{PH} 7.9 [pH] is above 7.6 [pH]",
        path="granulate/mix/ph", field="ph", value="7.9 [pH]", limit="<= 7.6 [pH]", raised_by=OPERATOR,
        raised_at=after(24), cause="Binder solution not yet mixed through.",
        impact="None: pH within its limits after 10 min, no material had been discharged.",
        signatures=(signature("reviewed", "batch/FCT40-0412/exception/EX-0007", SUPERVISOR, 120),
                    signature("approved", "batch/FCT40-0412/exception/EX-0007", QA, 240, "passkey")),
        closed_at=after(240),
    ),
    ExceptionLine(number="EX-0008", kind="redline", severity="major", sentence="Rinse the chute is not performed",
                  raised_by=SUPERVISOR, raised_at=after(90)),
)  # fmt: skip


def tablets(**changes: Any) -> BatchDocument:
    """The record of a batch of film-coated tablets, or one that differs from it."""
    batch = "batch/FCT40-0412"
    content: dict[str, Any] = {
        "heading": Heading(
            batch="FCT40-0412", product="FCT40", product_name="Film-coated tablets", strength="40 mg", lot="L-0042-K",
            size="250.000 kg", sponsor="ACME", sponsor_name="Acme Pharma N.V.", site="Leuven solids", state="Complete",
            planned_for=after(-30), began=after(0), ended=after(300), zone="Europe/Brussels", made_at=after(400),
        ),
        "master": Master(
            recipe="FCT40", version="3", name="Film-coated tablets 40 mg", sha256=APPROVED, approved_sha256=APPROVED,
            effective=after(-9000), signatures=(signature("authored", "recipe/FCT40/3", SUPERVISOR, -9100),
                                                signature("approved", "recipe/FCT40/3", QA, -9050)),
        ),
        "revisions": (
            Revision(number=1, sha256="1a2b" * 16, why="the batch begins", by=SUPERVISOR, at=after(-60)),
            Revision(number=2, sha256="3c4d" * 16, why="the potency of A-0238", by=OPERATOR, at=after(-20)),
        ),
        "exceptions": EXCEPTIONS,
        "redlines": (Pair(name="EX-0008", value="Phase Rinse the chute is not performed"),),
        "formula": (
            FormulaLine(
                path="dispense/api", name="API-4", kind="input", material="API-4", value="48.690 kg",
                limits="48.641 kg to 48.739 kg", classification="CPP",
                explanation="48.690 kg = 48.000 kg x 250.000 kg / 250.000 kg / (0.9878 x (1 - 0.002))",
            ),
            FormulaLine(path="dispense/lactose", name="Lactose", kind="input", material="LAC", value="150.310 kg",
                        explanation="gives way to API-4", provisional=True),
        ),
        "phases": PHASES,
        "never_begun": (ElementLine(element="rework", name="Rework the granules", around=("Granulation",)),),
        "materials": (
            MaterialLine(material="API-4", name="Active substance 4", lot="A-0238", supplier_lot="S/22-1180",
                         expires_on=date(2027, 6, 30), status="released", amount="48.684 kg"),
            MaterialLine(material="BOT60", name="Bottle HDPE 60 mL", use="container or closure", lot="B-0011",
                         description="white, child-resistant closure", status="released", amount="6000 {pc}"),
        ),
        "weighings": (
            WeighingLine(
                line="dispense/api", material="API-4", lot="A-0238", source="C-000112-4", vessel="D-17",
                gross="50.994 kg", tare="2.310 kg", net="48.684 kg", factor="4929/5000", method="net",
                read_from="scale", scale="SC-04", calibrated_until=after(60 * 24 * 50), by=OPERATOR,
                checked_by=SECOND, at=after(5), charged=True,
            ),
        ),
        "equipment": (
            EquipmentLine(unit="HSG-01", name="High-shear granulator 600 L", element="granulate",
                          requirements=("working volume at least 500 L",), began=after(0), ended=after(95),
                          condition="clean until 2026-11-25, qualified"),
        ),
        "instruments": (
            InstrumentLine(tag="PH-07", name="pH meter", calibrated_until=after(60 * 24 * 30), values=2),
            InstrumentLine(tag="SC-04", name="Floor scale", calibrated_until=after(60 * 24 * 50), values=1),
        ),
        "inspections": (
            InspectionLine(area="PACK-2", when="before", at=after(-5), by=OPERATOR, checked_by=SECOND),
            InspectionLine(area="PACK-2", when="after", at=after(301), by=OPERATOR, checked_by=SECOND),
        ),
        "samples": (SampleLine(point="S1", place="Blender, top", amount="10 g", containers=3, tests=("LOD", "assay"),
                               by=OPERATOR, at=after(80)),),
        "tests": (
            TestLine(name="Loss on drying", result="1.8 %", limits="at most 2.5 %", verdict="within"),
            TestLine(name="Examination of packed bottles", result="conforms", verdict="within", examination=True),
        ),
        "yields": (YieldLine(id="granules", name="Yield of granules", percent="98.50 %", verdict="within",
                             sentence="98.50 % = 246.25 kg / 250 kg, at least 96.0 %"),),
        "labels": (
            LabelSpecimen(
                title="Active substance 4", container="D-17", elements="(91)C-000113-2(92)A-0238",
                lines=(Pair(name="Batch", value="FCT40-0412"), Pair(name="Net", value="48.684 kg")), at=after(6),
                by=OPERATOR,
            ),
        ),
        "signatures": (
            *EXCEPTIONS[0].signatures,
            signature("reviewed", batch, QA, 380, "passkey"),
        ),
        "reviews": (
            ReviewLine(code="record", verdict="fine", sentence="The record verifies", why="chain and tables agree"),
            ReviewLine(code="exception", about="EX-0008", verdict="blocks", sentence="EX-0008 is open"),
            ReviewLine(code="attempts", verdict="needs judgement", sentence="Measure pH: 1 attempt was refused before",
                       judgement="A comma was typed; the value was the same.", judged_by=QA, judged_at=after(370)),
        ),
        "record": RecordStatement(
            subject=batch, entries=61, first_seq=48150, last_seq=48211, site="leuven.example", tree_size=48220,
            root="c0de" * 16, key="leuven.example+12345678+AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/abcdefghi=",
        ),
    }  # fmt: skip
    return BatchDocument.model_validate({**content, **changes})
