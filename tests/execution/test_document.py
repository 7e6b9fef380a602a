"""What 21 CFR 211.188 asks for stands in the document of a batch, and what is not there is said."""

import pytest

from batchwright.execution.document import BatchDocument, Clause, canonical_json, clauses, digest
from tests.execution.documents import OPERATOR, PHASES, after, tablets


def line(code: str, document: BatchDocument | None = None) -> Clause:
    """What the document has for a line of 21 CFR 211.188."""
    return next(one for one in clauses(document or tablets()) if one.code == f"211.188{code}")


@pytest.mark.requirement("211.188(a)")
@pytest.mark.requirement("11.50(b)")
def test_the_document_reproduces_the_master_with_its_signatures_and_says_where_it_is_another() -> None:
    document = tablets()
    assert [one.meaning for one in document.master.signatures] == ["authored", "approved"]
    assert line("(a)").found == 3
    assert line("(a)").lacking == ""
    other = document.master.model_copy(update={"sha256": "00" * 32})
    assert line("(a)", tablets(master=other)).lacking == "the control recipe is not the approved master"
    unsigned = document.master.model_copy(update={"signatures": ()})
    assert line("(a)", tablets(master=unsigned)).lacking == "no signature on the master is on record"


@pytest.mark.requirement("211.188(b)(1)")
def test_each_phase_has_its_dates_and_a_complete_one_without_a_time_is_named() -> None:
    assert line("(b)(1)").found == 7
    assert line("(b)(1)").lacking == ""
    undated = PHASES[0].model_copy(update={"ended": None})
    assert line("(b)(1)", tablets(phases=(undated,))).lacking == f"complete without a time: {undated.name}"


@pytest.mark.requirement("211.188(b)(2)")
def test_major_equipment_stands_with_what_was_asked_of_it_and_how_it_was() -> None:
    unit = tablets().equipment[0]
    assert (unit.unit, unit.requirements) == ("HSG-01", ("working volume at least 500 L",))
    assert unit.condition == "clean until 2026-11-25, qualified"
    assert line("(b)(2)").found == 1


@pytest.mark.requirement("211.188(b)(3)")
def test_each_lot_stands_by_its_number_and_one_that_was_only_weighed_is_named() -> None:
    assert tablets().materials[0].lot == "A-0238"
    assert line("(b)(3)").lacking == ""
    assert line("(b)(3)", tablets(materials=())) == Clause(
        "211.188(b)(3)", "Each lot of component or in-process material", "materials", 0,
        "weighed and not listed: A-0238",
    )  # fmt: skip


@pytest.mark.requirement("211.188(b)(4)")
def test_weights_stand_with_gross_tare_and_net_and_those_by_hand_are_counted() -> None:
    weight = tablets().weighings[0]
    assert (weight.gross, weight.tare, weight.net) == ("50.994 kg", "2.310 kg", "48.684 kg")
    by_hand = weight.model_copy(update={"scale": ""})
    assert line("(b)(4)", tablets(weighings=(weight, by_hand))).lacking == "not read from a scale: 1"


@pytest.mark.requirement("211.188(b)(5)")
def test_results_that_were_held_against_limits_stand_together_without_those_of_refused_attempts() -> None:
    document = tablets()
    assert [value.text for _, value in document.controls] == ["7.9", "7.5", "48.2 Cel"]
    assert (line("(b)(5)").found, line("(b)(5)").lacking) == (5, "beyond a limit: 1")
    open_test = document.tests[0].model_copy(update={"verdict": "open"})
    assert line("(b)(5)", tablets(tests=(open_test,))).lacking == "beyond a limit: 1; open tests: 1"


@pytest.mark.requirement("211.188(b)(6)")
def test_areas_are_inspected_before_and_after_and_a_missing_look_is_named() -> None:
    before, later = tablets().inspections
    assert line("(b)(6)").lacking == ""
    assert line("(b)(6)", tablets(inspections=(before,))).lacking == "PACK-2 was not found clear after use"
    dirty = before.model_copy(update={"clear": False})
    assert line("(b)(6)", tablets(inspections=(dirty, later))).lacking == "PACK-2 was not found clear before use"


@pytest.mark.requirement("211.188(b)(7)")
def test_the_actual_yield_stands_with_its_share_of_the_theoretical_one() -> None:
    made = tablets().yields[0]
    assert made.percent == "98.50 %"
    assert made.sentence == "98.50 % = 246.25 kg / 250 kg, at least 96.0 %"
    unknown = made.model_copy(update={"verdict": "not known"})
    assert line("(b)(7)", tablets(yields=(unknown,))).lacking == "not known: Yield of granules"


@pytest.mark.requirement("211.188(b)(8)")
def test_labels_stand_as_specimens_with_the_symbol_that_was_printed() -> None:
    assert tablets().labels[0].elements == "(91)C-000113-2(92)A-0238"
    assert line("(b)(8)").found == 1


@pytest.mark.requirement("211.188(b)(9)")
def test_containers_and_closures_are_described() -> None:
    assert [one.description for one in tablets().materials if one.use == "container or closure"] == [
        "white, child-resistant closure"
    ]
    assert line("(b)(9)").found == 1


@pytest.mark.requirement("211.188(b)(10)")
def test_samples_stand_with_who_took_them_where_and_what_for() -> None:
    sample = tablets().samples[0]
    assert (sample.place, sample.containers, sample.tests) == ("Blender, top", 3, ("LOD", "assay"))
    assert sample.by == OPERATOR
    assert line("(b)(10)").found == 1


@pytest.mark.requirement("211.188(b)(11)")
def test_who_performed_and_who_checked_stands_at_each_step_and_an_unchecked_one_is_named() -> None:
    assert line("(b)(11)").lacking == ""
    done = PHASES[0].attempts[0].model_copy(update={"checked_by": None})
    alone = PHASES[0].model_copy(update={"attempts": (done,)})
    assert line("(b)(11)", tablets(phases=(alone,))).lacking == f"checked by nobody: {alone.name}"


@pytest.mark.requirement("211.188(b)(12)")
def test_investigations_stand_with_cause_impact_and_signatures_and_the_open_ones_are_counted() -> None:
    closed = tablets().exceptions[0]
    assert closed.cause
    assert closed.impact
    assert [one.meaning for one in closed.signatures] == ["reviewed", "approved"]
    assert line("(b)(12)").lacking == "open: 1"
    assert line("(b)(12)", tablets(exceptions=(closed,))).lacking == ""


@pytest.mark.requirement("211.188(b)(13)")
def test_the_examination_of_packed_products_stands_among_the_tests() -> None:
    assert line("(b)(13)").found == 1


@pytest.mark.requirement("211.188")
def test_every_line_of_the_clause_is_answered_even_where_nothing_is_on_record() -> None:
    bare = tablets(
        **dict.fromkeys(
            (
                "phases", "materials", "weighings", "equipment", "inspections", "samples", "tests", "yields", "labels",
                "exceptions", "signatures", "formula",
            ),
            (),
        )
    )  # fmt: skip
    answered = clauses(bare)
    assert [one.code for one in answered] == ["211.188(a)", *(f"211.188(b)({number})" for number in range(1, 14))]
    assert [one.code for one in answered if one.found] == ["211.188(a)"]


@pytest.mark.requirement("11.10(b)")
def test_a_machine_reads_back_what_was_written_to_the_letter() -> None:
    document = tablets()
    written = canonical_json(document)
    assert BatchDocument.model_validate_json(written) == document
    assert canonical_json(BatchDocument.model_validate_json(written)) == written
    assert b'"made_at":"2026-11-22T12:40:00.000000Z"' in written
    assert digest(document) != digest(tablets(labels=()))


def test_refused_attempts_and_open_exceptions_are_counted() -> None:
    assert (tablets().refused, tablets().open_exceptions) == (1, 1)
    assert after(1) > after(0)
