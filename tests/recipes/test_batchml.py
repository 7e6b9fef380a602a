"""A recipe of another system: whatever its file says is taken over or reported, and its defects have their place."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from batchwright import recipes
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials.adapters import foreign_xml
from batchwright.materials.adapters.foreign_xml import parse
from batchwright.recipes import text
from batchwright.recipes.adapters import rest
from batchwright.recipes.adapters.batchml_reading import RecipeReading, counts, read_master_recipe
from batchwright.recipes.adapters.batchml_writing import write_master_recipe
from batchwright.recipes.adapters.reading import first_of_each
from batchwright.recipes.adapters.schemas import faults_of
from batchwright.recipes.phases import Weigh
from batchwright.recipes.procedure import MasterRecipe
from batchwright.recipes.values import ChoiceValue, FormulaValue, Limits, Proportional, TextValue, Unread
from tests.recipes.batchml_samples import END, HEADER, LOGIC, MIX, PARAMETER, V0401, document, read


@pytest.fixture(scope="module")
def cough_syrup(reference_data: Path) -> RecipeReading:
    """A real recipe of V02, with the defects that it has."""
    file = reference_data / "batchml" / "cough_syrup_v02.xml"
    return read_master_recipe(file.read_bytes(), file.name)


@pytest.mark.requirement("Annex 11, 5")
def test_a_real_recipe_is_taken_over_with_every_element_step_transition_and_link(cough_syrup: RecipeReading) -> None:
    assert cough_syrup.version == "V02"
    assert counts(cough_syrup.recipe) == {
        "elements": {"procedure": 1, "unit procedure": 2, "operation": 11, "phase": 36}, "steps": 80, "transitions": 58,
        "links": 167, "links_by_kind": {"ControlLink": 155, "ParallelConvergent": 6, "ParallelDivergent": 6},
        "parameters": 51,
    }  # fmt: skip
    assert cough_syrup.recipe.header.product_name == "Cough Syrup Demo"
    assert "link-end-dangling" not in cough_syrup.as_json()["defects_by_code"]


@pytest.mark.requirement("Annex 11, 5")
def test_the_defects_of_a_real_recipe_are_listed_with_line_path_and_id(cough_syrup: RecipeReading) -> None:
    found = cough_syrup.as_json()["defects_by_code"]
    assert (found["condition-blank"], found["link-end-missing"], found["unit-unknown"]) == (21, 12, 9)
    first = {one.code: one for _, one in first_of_each(cough_syrup.defects)}
    size = first["unit-unknown"]
    assert (size.line, size.path, size.value) == (
        27, "BatchInformation/MasterRecipe/Header/BatchSize/Nominal", "5000 Kilolitres",
    )  # fmt: skip
    assert "Did you mean 'kL'?" in size.sentence
    assert (first["link-end-missing"].line, first["link-end-missing"].id) == (464, "1204071208531-C94")
    assert "This ParallelDivergent has no FromID and no ToID" in str(first["link-end-missing"])
    nominal = cough_syrup.recipe.header.batch_size.nominal
    assert isinstance(nominal, Unread), "a unit that is not UCUM is kept as written, never guessed"


@pytest.mark.requirement("ALCOA+ complete")
def test_nothing_of_a_real_file_is_dropped_unreported(cough_syrup: RecipeReading, reference_data: Path) -> None:
    root = ET.parse(reference_data / "batchml" / "cough_syrup_v02.xml").getroot()
    said = [(one.text or "").strip() for one in root.iter() if (one.text or "").strip()]
    leaves = sum(1 for one in root.iter() if not len(one))
    attributes = sum(len(one.attrib) for one in root.iter())
    reported = {one.path: one for one in cough_syrup.reported}
    left = sum(one.count for one in cough_syrup.reported if one.example)
    assert len(cough_syrup.taken) + left == len(said)
    assert len(cough_syrup.taken) + sum(one.count for one in cough_syrup.reported) == leaves + attributes
    dates = [one for path, one in reported.items() if path.endswith("/VersionDate") and one.example]
    assert {one.example for one in dates} == {"3/24/2008", "3/24/32008"}


@pytest.mark.requirement("11.10(b)")
def test_a_real_recipe_is_written_as_v0700_and_comes_back(cough_syrup: RecipeReading, reference_data: Path) -> None:
    content = write_master_recipe(cough_syrup.recipe)
    assert faults_of(parse(content, "export"), reference_data / "batchml" / "schema-v0700", "export") == []
    back = read_master_recipe(content, "export")
    assert (back.version, back.recipe) == ("V0700", cough_syrup.recipe)
    found = back.as_json()["defects_by_code"]
    assert found["condition-blank"] == 21, "its defects are still its defects"
    assert "link-end-missing" not in found, "a junction names what the links around it lead from and to"


def test_a_whole_recipe_of_v0700_has_no_defect() -> None:
    reading = read()
    assert (reading.defects, reading.reported, reading.version) == ((), (), "V0700")
    (sugar,) = reading.recipe.formula.parameters
    assert (sugar.name, sugar.kind, sugar.value, sugar.scaling) == (
        "Sugar", "input", Quantity("12.50", "kg"), Proportional(),
    )  # fmt: skip
    assert [(one.id, one.kind, one.element) for one in reading.recipe.logic.steps] == [
        ("s1", "element", "mix"), ("s2", "end", "end"),
    ]  # fmt: skip


def test_a_recipe_may_be_the_root_of_its_file() -> None:
    content = document().replace(b"<BatchInformation xmlns", b"<MasterRecipe xmlns").replace(b"<MasterRecipe>", b"")
    content = content.replace(b"</MasterRecipe></BatchInformation>", b"</MasterRecipe>")
    assert read_master_recipe(content, "recipe.xml").recipe == read().recipe


def codes(**parts: str) -> list[str]:
    return [one.code for one in read(**parts).defects]


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"space": "urn:nobody"}, "version-unknown"),
        ({"after": "<MasterRecipe><ID>R-2</ID></MasterRecipe>"}, "several-recipes"),
        ({"logic": LOGIC.replace("TRUE", " ")}, "condition-blank"),
        ({"logic": LOGIC.replace("ControlLink", "", 1)}, "link-type"),
        ({"logic": LOGIC.replace("<ID>l1</ID>", "<ID/>")}, "id-missing"),
        ({"logic": LOGIC.replace("<ID>l1</ID>", "<ID>l2</ID>")}, "id-twice"),
        ({"logic": LOGIC.replace("<FromIDValue>s1<", "<FromIDValue>gone<")}, "link-end-dangling"),
        ({"logic": LOGIC.replace("<FromIDValue>s1<", "<FromIDValue><")}, "link-end-missing"),
        ({"logic": LOGIC.replace(">Step<", "><", 1)}, "link-end-type"),
        ({"logic": LOGIC.replace("Internal", "", 1)}, "link-end-scope"),
        ({"logic": LOGIC.replace("<Depiction>Line", "<EvaluationOrder>1.5</EvaluationOrder><Depiction>Line", 1)},
         "order-unreadable"),
        ({"elements": END}, "element-missing"),
        ({"elements": MIX + MIX + END}, "id-twice"),
        ({"elements": MIX.replace("<ID>mix</ID>", "") + END}, "id-missing"),
        ({"elements": MIX.replace("Phase", "Allocation") + END}, "element-type"),
        ({"elements": MIX.replace("<ID>mix</ID>", "<ID>mix</ID><VersionDate>3/24/32008</VersionDate>") + END},
         "version-date"),
        ({"formula": PARAMETER.replace("<ID>1</ID>", "")}, "id-missing"),
        ({"formula": PARAMETER.replace("ProcessInput", "")}, "parameter-type"),
        ({"formula": PARAMETER.replace("Yes", "maybe")}, "scaled-unreadable"),
        ({"formula": PARAMETER.replace("Yes</Scaled>", "Yes</Scaled><ScaleReference>10</ScaleReference>")},
         "scale-reference"),
        ({"formula": PARAMETER.replace("12.50", "much")}, "amount-unreadable"),
        ({"formula": PARAMETER.replace(">kg<", ">Kilograms<")}, "unit-unknown"),
        ({"formula": PARAMETER.replace("Constant", "External")}, "not-constant"),
        ({"formula": PARAMETER.replace("decimal", "string")}, "unit-of-a-word"),
        ({"formula": PARAMETER.replace("<Scaled>", "<Value/><Scaled>")}, "several-values"),
        ({"header": "<Header><EffectiveDate>2026-11-22T12:00:00</EffectiveDate></Header>"}, "time-without-zone"),
        ({"header": "<Header><EffectiveDate>3/24/2008</EffectiveDate></Header>"}, "time-unreadable"),
        ({"header": "<Header><EffectiveDate>2026-11-22T12:00:00.1234567Z</EffectiveDate></Header>"}, "time-finer"),
        ({"elements": MIX.replace("<RecipeElementType>", "<EquipmentRequirement><ID>e</ID><Constraint/><Constraint/>"
                                  "</EquipmentRequirement><RecipeElementType>") + END}, "several-constraints"),
    ],
)  # fmt: skip
def test_each_defect_of_a_file_is_named(parts: dict[str, str], code: str) -> None:
    assert set(codes(**parts)) - {"element-missing"} == {code} - {"element-missing"}
    assert code in codes(**parts)


def test_times_of_a_header_that_are_no_times_are_kept_as_written_in_its_history() -> None:
    log = "<ModificationLog><ModifiedDate>2008-03-25 13:15:45</ModifiedDate><Author>pw</Author></ModificationLog>"
    one = "<ApprovedBy>js</ApprovedBy><ApprovalDate>2008-03-25T13:15:45+01:00</ApprovalDate>"
    both = f"<IndividualApproval>{one}</IndividualApproval><IndividualApproval/>"
    history = f"<ApprovalHistory><Version>2</Version>{both}</ApprovalHistory>"
    header = read(header=f"<Header>{log}<ModificationLog/>{history}</Header>").recipe.header
    assert [(entry.author, entry.at, entry.written_at) for entry in header.modifications] == [
        ("pw", None, "2008-03-25 13:15:45"),
    ]  # fmt: skip
    (approval,) = header.approvals
    assert (approval.by, approval.version, str(approval.at)) == ("js", "2", "2008-03-25 12:15:45+00:00")


def test_a_choice_is_read_with_the_words_of_its_set() -> None:
    choice = PARAMETER.replace("12.50", "red").replace("decimal", "Enumeration").replace(">kg<", "><")
    named = choice.replace("</UnitOfMeasure>", "</UnitOfMeasure><EnumerationSetID>7</EnumerationSetID>")
    words = "".join(
        f"<Enumeration><EnumerationString>{word}</EnumerationString></Enumeration>" for word in ("red", "blue")
    )
    sets = f"<EnumerationSet><ID>7</ID>{words}</EnumerationSet>"
    value = read(formula=named + named.replace("<ID>1<", "<ID>2<"), after=sets).recipe.formula.parameters[1].value
    assert value == ChoiceValue(choice="red", of=("red", "blue"))
    assert codes(formula=named.replace("red", "green"), after=sets) == ["choice-unknown"]
    assert codes(formula=named) == ["enumeration-missing"]
    assert codes(after=sets + sets) == ["id-twice"]
    assert read(formula=choice).recipe.formula.parameters[0].value == ChoiceValue(choice="red")


def test_a_text_an_equation_and_a_number_without_unit_are_read_as_what_they_are() -> None:
    plain = PARAMETER.replace(">kg<", ">NULL<")
    assert read(formula=plain).recipe.formula.parameters[0].value == Quantity("12.50", "1")
    word = plain.replace("decimal", "string")
    assert read(formula=word).recipe.formula.parameters[0].value == TextValue(text="12.50")
    equation = PARAMETER.replace("Constant", "Equation").replace("12.50", "a * 2")
    assert read(formula=equation).recipe.formula.parameters[0].value == FormulaValue(formula="a * 2", unit="kg")


def test_batch_sizes_may_have_units_of_their_own() -> None:
    size = '<BatchSize><Nominal>2</Nominal><Max unitCode="L">3000</Max><UnitOfMeasure>kL</UnitOfMeasure></BatchSize>'
    read_size = read(header=f"<Header>{size}</Header>").recipe.header.batch_size
    assert (read_size.nominal, read_size.minimum, read_size.maximum) == (
        Quantity("2", "kL"), None, Quantity("3000", "L"),
    )  # fmt: skip


def test_a_link_with_several_ends_becomes_one_link_for_each() -> None:
    end = "<{0}ID><{0}IDValue>{1}</{0}IDValue><{0}Type>{2}</{0}Type><IDScope>Internal</IDScope></{0}ID>"
    froms, tos = (
        end.format("From", "s1", "Step") + end.format("From", "s2", "Step"),
        end.format("To", "t1", "Transition"),
    )
    for kind, target in (("ParallelConvergent", "many"), ("ControlLink", "t1")):
        link = f"<Link><ID>many</ID>{froms}{tos}{tos}<LinkType>{kind}</LinkType><Depiction>Line</Depiction></Link>"
        reading = read(logic=LOGIC.replace("<Step>", f"{link}<Step>", 1))
        assert [one.code for one in reading.defects] == ["several-ends"]
        more = {one.id: (one.source, one.target) for one in reading.recipe.logic.links if "/" in one.id}
        source, end_of = more["many/from/2"]
        assert source is not None
        assert end_of is not None
        assert (source.id, end_of.id) == ("s2", target)
        assert more["many/to/2"][1] is not None


def test_what_an_equipment_requirement_asks_is_kept_as_written() -> None:
    constraint = "<Constraint><ID>volume</ID><Condition>&gt;= 100 L</Condition></Constraint>"
    wanted = f"<EquipmentRequirement><ID>e</ID>{constraint}<Description>vessel</Description></EquipmentRequirement>"
    (one,) = read(header=HEADER + wanted).recipe.equipment
    assert (one.property, one.condition, one.equipment_class) == ("volume", ">= 100 L", "vessel")
    assert codes(header=HEADER + wanted.replace("<ID>e</ID>", "")) == ["id-missing"]


def test_comments_attributes_and_stray_texts_are_reported_too() -> None:
    content = document(
        header='<!-- secret --><?note it?><Header lang="en">stray<ProductID>P<!-- x -->-1</ProductID></Header>'
    )
    reading = read_master_recipe(b"<!-- before -->" + content + b"<!-- after -->", "sample.xml")
    assert reading.recipe.header.product == "P-1"
    assert sorted((one.path.rpartition("/")[2], one.example) for one in reading.reported) == [
        ("@lang", "en"), ("Header", "stray"), ("comment()", "before"), ("comment()", "secret"), ("comment()", "x"),
        ("processing-instruction()", "it"),
    ]  # fmt: skip


EXAMPLES = sorted((Path(recipes.__file__).parent / "examples").glob("*.yaml"))


@pytest.mark.parametrize("file", EXAMPLES, ids=[one.stem for one in EXAMPLES])
def test_the_recipes_that_come_along_go_out_and_come_back(file: Path) -> None:
    recipe = text.read(file.read_bytes(), file.name).recipe
    reading = read_master_recipe(write_master_recipe(recipe), "export")
    assert reading.recipe == recipe
    assert reading.defects == ()


@pytest.fixture
def rich() -> MasterRecipe:
    """A recipe that says more than BatchML has elements for."""
    recipe = read().recipe
    weigh = recipe.elements[0].model_copy(update={"phase": Weigh(what="sugar", target="1")})
    sugar = recipe.formula.parameters[0].model_copy(update={"limits": Limits(action_low=Quantity("12.0", "kg"))})
    formula = recipe.formula.model_copy(update={"parameters": (sugar,)})
    return recipe.model_copy(update={"elements": (weigh,), "formula": formula})


@pytest.mark.requirement("11.10(b)")
def test_what_batchml_has_no_place_for_comes_back_too(rich: MasterRecipe) -> None:
    content = write_master_recipe(rich)
    assert read_master_recipe(content, "export").recipe == rich
    assert content.count(b"<ID>batchwright:rest/1</ID>") == 2


def test_what_another_system_has_edited_since_is_kept_and_the_conflict_is_reported(rich: MasterRecipe) -> None:
    content = write_master_recipe(rich).replace(b"<ValueString>12.50<", b"<ValueString>99.00<")
    reading = read_master_recipe(content, "edited.xml")
    (sugar,) = reading.recipe.formula.parameters
    assert (sugar.value, sugar.limits) == (Quantity("99.00", "kg"), Limits(action_low=Quantity("12.0", "kg")))
    removed = write_master_recipe(rich).replace(b"<Formula>", b"<Formula><!--").replace(b"</Formula>", b"--></Formula>")
    again = read_master_recipe(removed, "edited.xml")
    assert [(one.code, one.value) for one in again.defects] == [("edited-elsewhere", "formula/parameters/1/limits")]
    assert again.recipe.formula.parameters == ()


@pytest.mark.parametrize("content", ["{", "{}", "[[1]]", "[[[], 1, 2]]", "[[[1], 1, 2]]", "[" * 100_000, ""])
def test_what_stands_beside_batchml_is_refused_where_it_is_no_list_of_changes(content: str) -> None:
    beside = ("<OtherInformation><ID>batchwright:rest/1</ID><Value><ValueString>{}</ValueString></Value>"
              "</OtherInformation>")  # fmt: skip
    with pytest.raises(BadInput, match=r"sample.xml, line 14: (This is no JSON|These are no changes)"):
        read(elements=MIX + END + beside.format(content))
    with pytest.raises(BadInput, match="This is no JSON"):
        read(elements=MIX + END + "<OtherInformation><ID>batchwright:rest/1</ID></OtherInformation>")


def test_what_stands_beside_batchml_cannot_make_what_no_recipe_may_hold() -> None:
    change = '[[["id"],"R-1",""]]'
    value = f"<Value><ValueString>{change}</ValueString></Value>"
    beside = f"<OtherInformation><ID>batchwright:rest/1</ID>{value}</OtherInformation>"
    with pytest.raises(BadInput, match="This cannot stand in a recipe: id"):
        read(elements=MIX + END + beside)


def test_a_file_that_would_not_give_the_recipe_back_is_never_handed_out(
    rich: MasterRecipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "changes", lambda *_: [])
    with pytest.raises(DomainError, match="BatchML cannot hold this recipe exactly: R-1"):
        write_master_recipe(rich)


LAUGHS = "<!DOCTYPE a [<!ENTITY a 'haha'>{}]>".format(
    "".join(f"<!ENTITY {name} '{f'&{before};' * 10}'>" for before, name in zip("abcde", "bcdef", strict=True))
).encode()
HOSTILE = "document type|no XML"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no XML"),
        (b"no xml", "no XML"),
        (document()[:300], "no XML"),
        (document().replace(b"R-1", b"&undefined;"), "no XML"),
        (LAUGHS + b"<BatchInformation><MasterRecipe><ID>&f;</ID></MasterRecipe></BatchInformation>", HOSTILE),
        (LAUGHS + b'<BatchInformation x="&f;"/>', HOSTILE),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><BatchInformation>&x;</BatchInformation>', HOSTILE),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><BatchInformation/>', "document type"),
        (b"<a>" * 150 + b"</a>" * 150, "nested too deep"),
        (b"<a>" * 100_000 + b"</a>" * 100_000, "no XML"),
        (b"<a>" + b"x" * 1_000_001 + b"</a>", "text is too long"),
        (b'<a b="' + b"x" * 1_000_001 + b'"/>', "text is too long"),
        (b"<a " + b" ".join(b"a%d='1'" % number for number in range(50_000)) + b"/>", "too many attributes"),
        (b"<a>" + b"<b/>" * 2_000_001 + b"</a>", "too many elements"),
        (b"<a>" + b" " * foreign_xml.LARGEST + b"</a>", "too large"),
        (b"<BatchInformation/>", "holds no MasterRecipe: BatchInformation"),
        (b"<BatchProductionRecord/>", "batchml review"),
        (document().replace(b"<ID>R-1</ID>", b""), "recipe has no ID"),
        (document().replace(b"R-1", b"R`1"), "This cannot stand in a recipe: id: 'R`1'"),
        (document().replace(b"TRUE", b"x" * 20_000), "This cannot stand in a recipe: condition"),
    ],
)  # fmt: skip
def test_rubbish_and_hostile_files_are_refused_in_one_sentence(content: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refusal:
        read_master_recipe(content, "rubbish.xml")
    assert str(refusal.value).startswith("rubbish.xml")
    assert len(str(refusal.value)) < 400


def test_a_deep_recipe_is_read_up_to_the_limit_of_depth() -> None:
    def nested(levels: int) -> str:
        start = "<RecipeElement><ID>e</ID><RecipeElementType>Phase</RecipeElementType>"
        return start * levels + "</RecipeElement>" * levels

    deepest = foreign_xml.DEEPEST - 3
    assert sum(1 for _ in read(elements=nested(deepest), logic="").recipe.walk()) == deepest
    with pytest.raises(BadInput, match="nested too deep"):
        read(elements=nested(deepest + 1), logic="")


def test_a_schema_is_found_in_its_folder_by_root_and_version(reference_data: Path) -> None:
    schemas = reference_data / "batchml" / "schema-v0401"
    assert faults_of(parse(document(space=V0401), "x"), schemas, "x") != []
    file = schemas / "BatchML-V0401-BatchInformation.xsd"
    (first, *_) = faults_of(parse(document(space=V0401), "x"), file, "x")
    assert first.path.startswith("BatchInformation/MasterRecipe")
    assert first.line == int(str(first).split(":")[0].removeprefix("line "))
    record = reference_data / "batchml" / "batch_production_record_v0401.xml"
    (fault,) = faults_of(parse(record.read_bytes(), "record"), schemas, "record")
    assert fault.as_json() == {
        "line": 2, "element": "BatchProductionRecord/ID",
        "message": "Element 'ID': This element is not expected. Expected is ( EntryID ).",
    }  # fmt: skip


def test_a_schema_that_is_not_there_or_is_none_is_refused(tmp_path: Path) -> None:
    root = parse(document(), "x")
    with pytest.raises(BadInput, match="The folder holds no schema for such a document: BatchInformation of"):
        faults_of(root, tmp_path, "x")
    with pytest.raises(BadInput, match="The schema cannot be read"):
        faults_of(root, tmp_path / "none.xsd", "x")
    broken = tmp_path / "broken.xsd"
    broken.write_text("<schema/>", encoding="utf-8")
    with pytest.raises(BadInput, match="The schema cannot be read"):
        faults_of(root, broken, "x")
