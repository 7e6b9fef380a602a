"""Recipes as text: read with places, refused with reasons, written back equal, edited with comments kept."""

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from batchwright.kernel.errors import BadInput
from batchwright.kernel.quantity import Quantity
from batchwright.recipes import text, yaml_tree
from batchwright.recipes.flow import expanded, shortened
from batchwright.recipes.procedure import MasterRecipe, Parameter, ProcedureLogic

EXAMPLES = sorted((Path(text.__file__).parent / "examples").glob("*.yaml"))
SCHEMA = Path(__file__).parents[2] / "docs" / "reference" / "recipe.schema.json"
SOURCE = """\
# head comment
id: FCT20
version: 1
header:
  batch_size: {nominal: 200 kg, minimum: 100 kg}   # size
  effective: 2026-01-01T00:00:00Z
formula:
  parameters:
    - id: api
      value: 48.000 kg # keep
      scaling: {rule: potency}
      description: |
        two
        lines
elements:
  - id: p
    level: procedure
    logic:
      flow: [begin -> a -> t -> end]
      transitions: {t: a complete}
    elements:
      - {id: a, level: phase, phase: {kind: instruct, text: hi, second_person: true}, safety: []}
"""


def changed(old: str, new: str) -> str:
    assert old in SOURCE, old
    return SOURCE.replace(old, new, 1)


def test_digits_are_taken_as_they_are_written() -> None:
    recipe = text.read(SOURCE.encode(), "r.yaml").recipe
    assert recipe.version == "1"
    value = recipe.formula.parameters[0].value
    assert isinstance(value, Quantity)
    assert str(value) == "48.000 kg"
    assert text.read("\ufeff" + SOURCE).recipe == text.read(("\ufeff" + SOURCE).encode()).recipe == recipe


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        (
            "48.000 kg",
            "48.000 kgg",
            10,
            "the unit 'kgg' is not known: 'kgg' (limit: a case-sensitive UCUM code). Did you mean 'kg'?",
        ),
        ("48.000 kg", "{}", 10, "A value is an amount such as 48.000 kg"),
        ("48.000 kg", "[]", 10, "A value is an amount"),
        ("48.000 kg", "true", 10, "A value is an amount"),
        ("level: phase", "levl: phase", 22, "'level' is missing (1 more). Add level."),
        ("kind: instruct", "kind: instrct", 22, "has an unknown word: instrct (limit: instruct, enter,"),
        ("kind: instruct, ", "", 22, "does not say its kind"),
        ("rule: potency", "rule: pot", 11, "unknown word: pot (limit: fixed, proportional"),
        ("rule: potency", "", 11, "does not say its rule"),
        (
            "level: procedure",
            "level: proc",
            17,
            "'level' has an unknown word: proc (limit: procedure, unit procedure, operation or phase)",
        ),
        ("- id: api", "- name: api", 9, "'id' is missing"),
        ("text: hi", "text: true", 22, 'Put it between quotation marks: "true".'),
        (
            "second_person: true",
            "second_persn: true",
            22,
            "there is no key 'second_persn' here. Did you mean 'second_person'?",
        ),
        ("second_person: true", "xyzzy: true", 22, "there is no key 'xyzzy' here. Remove it."),
        ("nominal: 200 kg", "nominal: [2]", 5, "This is not an amount"),
        ("safety: []", "safety: hot", 22, "input should be a valid tuple"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00", 6, "effective"),
        ("2026-01-01T00:00:00Z", "soon", 6, "input should be a valid datetime"),
        ("id: api", "id: ''", 9, "should have at least 1 character"),
        (
            "begin -> a -> t -> end",
            "begin",
            19,
            "a chain is two names or more with arrows between them: begin (limit: a -> b -> c)",
        ),
        ("begin -> a -> t -> end", "begin -> -> end", 19, "a chain is two names"),
        (
            "begin -> a -> t -> end",
            "begin -> a -> begin -> a",
            19,
            "this link stands twice: begin -> a. Remove one of them.",
        ),
        ("flow: [begin -> a -> t -> end]", "flow: begin -> a", 19, "flow is a list"),
        ("transitions: {t: a complete}", "junctions: [x]", 19, "junctions are names with their kinds"),
        (
            "transitions: {t: a complete}",
            "junctions: {x: fork}",
            19,
            "the junction x has an unknown kind: fork (limit: parallel split, parallel join, choice, choice join)",
        ),
        ("transitions: {t: a complete}", "transitions: [x]", 19, "a transition has an id and a condition"),
        ("transitions: {t: a complete}", "transition: {}", 19, "the short form has no such key: transition"),
        ("{t: a complete}", "{t: [a]}", 20, "input should be a valid string"),
        ("id: FCT20", "id: FCT20\nid: x", 3, "the key 'id' stands twice, first in line 2"),
        ("id: FCT20", "- x", 3, "this is not YAML"),
        ("hi", "!!python/object:os.system hi", 22, "tags are not read"),
        ("id: FCT20", "? [a]\n: b", 2, "a key has to be a word"),
        ("id: FCT20", "{", 4, "this is not YAML"),
    ],
)
def test_a_refusal_says_line_value_limit_and_remedy(old: str, new: str, line: int, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        text.read(changed(old, new), "r.yaml")
    assert str(refused.value).startswith(f"r.yaml, line {line}: ")
    assert said in str(refused.value)


def test_every_problem_is_told_at_once_with_line_and_column() -> None:
    with pytest.raises(text.RecipeTextError) as refused:
        text.read(changed("48.000 kg", "48.000 kgg").replace("level: phase", "level: phas"), "r.yaml")
    assert [(one.line, one.column, one.path) for one in refused.value.problems] == [
        (10, 14, ("formula", "parameters", 0, "value")),
        (22, 24, ("elements", 0, "elements", 0, "level")),
    ]
    assert "(1 more)" in str(refused.value)


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8)
)
DEEP = "a: &a0 [x]\n" + "".join(f"k{i}: &a{i} [[[[[*a{i - 1}]]]]]\n" for i in range(1, 15))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (BOMB, "too many values when its aliases are followed (limit: 50000)"),
        (DEEP, "nested too deep when its aliases are followed (limit: 40)"),
        ("[" * 100, "nested too deep"),
        ("- " * 1000 + "x", "nested too deep"),
        ("x" * 1_000_001, "too large: 1000001 bytes"),
        ("a: &a [*a]", "names nothing before it: a"),
        ("a: *b", "names nothing before it: b"),
        ("&a a: &a b", "anchor is set twice"),
        ("a: &x 1\n" + "b: [" + "*x," * 101 + "]", "too many aliases"),
        ("%YAML 9.9\n---\na: b", "incompatible"),
        ("", "empty"),
        ("---\na\n---\nb", "more than one document"),
        ("\x00", "not YAML"),
        ("!!binary aGk=", "tags are not read"),
        ("!x y", "tags are not read"),
        ("<<: {id: x}", "'id' is missing (1 more)"),
        ("'", "not YAML"),
        ("@", "not YAML"),
    ],
)
def test_what_could_harm_the_reader_is_refused(source: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        text.read(source, "r.yaml")
    assert said in str(refused.value)


def test_the_number_of_values_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_tree, "MOST_NODES", 100)
    with pytest.raises(BadInput, match=r"r.yaml, line 100: the text has too many values \(limit: 100\)"):
        text.read("- 1\n" * 101, "r.yaml")


def test_chains_may_stand_beside_transitions_that_are_written_in_full() -> None:
    chains = {"flow": ["a -> t -> b"], "transitions": [{"id": "t", "condition": "true", "description": "always"}]}
    logic = ProcedureLogic.model_validate(expanded(chains)[0])
    assert [one.description for one in logic.transitions] == ["always"]
    assert [one.source.kind for one in logic.links if one.source] == ["step", "transition"]


def test_bytes_that_are_not_utf_8_are_refused_at_their_line() -> None:
    with pytest.raises(BadInput, match=r"r.yaml, line 2: the text is not UTF-8"):
        text.read(b"id: x\nname: \xff", "r.yaml")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_what_is_written_reads_back_equal(path: Path) -> None:
    recipe = text.read(path.read_bytes(), path.name).recipe
    assert text.read(text.write(recipe)).recipe == recipe
    assert MasterRecipe.model_validate_json(recipe.model_dump_json()) == recipe


def test_the_published_schema_is_that_of_the_types_and_holds_for_the_examples() -> None:
    assert json.loads(SCHEMA.read_text()) == text.schema(), "python -m tests.tools.pages writes it"
    validator = jsonschema.Draft202012Validator(text.schema())
    for path in EXAMPLES:
        plain = YAML(typ="rt", pure=True).load(path.read_text())
        found = [error.message for error in validator.iter_errors(json.loads(json.dumps(plain, default=str)))]
        assert found == []
    assert not validator.is_valid({"id": "x", "unknown": 1})


def test_an_edit_changes_its_value_and_keeps_every_comment() -> None:
    place = ("formula", "parameters", 0)
    edited = text.edited(
        SOURCE,
        {
            (*place, "value"): "49.00 kg",
            ("header", "product"): "FCT: 20",
            (*place, "scaling", "assay"): "as is",
            (*place, "description"): "one",
        },
    )
    expected = (
        changed("48.000 kg", "49.00 kg")
        .replace("batch_size:", 'product: "FCT: 20"\n  batch_size:')
        .replace("{rule: potency}", "{assay: as is, rule: potency}")
    )
    assert edited == expected.replace("description: |\n        two\n        lines\n", "description: one\n")
    assert text.read(edited).recipe.header.product == "FCT: 20"
    assert text.edited("id: x\nheader: {}", {("header", "product"): "true"}) == 'id: x\nheader: {product: "true"}'
    assert text.edited("id: x", {("id",): "- y"}) == 'id: "- y"'
    assert text.edited("id: x", {("id",): "a: b: c"}) == 'id: "a: b: c"'


@pytest.mark.parametrize("path", [(), ("formula",), ("nowhere", "deep"), ("id", "x"), ("formula", "parameters", 7)])
def test_an_edit_of_what_is_no_single_value_is_refused(path: tuple[str | int, ...]) -> None:
    with pytest.raises(BadInput, match="no single value"):
        text.edited(SOURCE, {path: "x"})


@given(st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_whatever_value_is_put_in_comes_back(value: str) -> None:
    try:
        edited = text.edited(SOURCE, {("id",): value})
    except BadInput:
        return
    assert yaml_tree.read_tree(edited, None).content["id"] == value


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_mutilated_recipes_are_refused_and_never_break_the_reader(data: st.DataObject) -> None:
    source = bytearray(SOURCE.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(source) - 1))
        how = data.draw(st.sampled_from(["cut", "drop", "put", "double"]))
        if how == "cut" and at:
            del source[at:]
        elif how == "drop":
            del source[at : at + data.draw(st.integers(1, 5))]
        elif how == "put":
            source[at:at] = data.draw(
                st.sampled_from(
                    [
                        b"{",
                        b"]",
                        b": ",
                        b"&a ",
                        b"*a",
                        b"!!int ",
                        b"\n  - ",
                        b"\x00",
                        b"\xff",
                        b"%",
                        b"|",
                        b"'",
                        b"->",
                        b"?",
                    ]
                )
            )
        else:
            source[at:at] = source[at : at + 20]
        if not source:
            return
    try:
        recipe = text.read(bytes(source), "fuzz.yaml").recipe
    except BadInput as error:
        if error.file != "fuzz.yaml":
            raise
        return
    assert text.read(text.write(recipe)).recipe == recipe


words = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=12).map(
    lambda one: one.replace("`", "x").strip() or "x"
)


@given(
    st.lists(
        st.tuples(
            words,
            st.one_of(
                words,
                st.sampled_from(
                    [
                        "",
                        "true",
                        "null",
                        "1.50",
                        "~",
                        "a: b",
                        "# no",
                        "- x",
                        "line\nbreak",
                        "|",
                        "2026-01-01",
                        "0x1F",
                        "1e3",
                    ]
                ),
            ),
        ),
        max_size=4,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_words_survive_writing_and_reading(pairs: list[tuple[str, str]]) -> None:
    parameters = [Parameter(id=name, name=value, description=value) for name, value in pairs]
    recipe = MasterRecipe.model_validate(
        {"id": "x", "name": pairs[0][1] if pairs else "", "formula": {"parameters": parameters}}
    )
    assert text.read(text.write(recipe)).recipe == recipe


nodes = st.sampled_from(["begin", "end", "a", "b", "t", "u", "f", "j"])


@given(st.lists(st.tuples(nodes, nodes), max_size=10, unique=True))
@settings(max_examples=100, deadline=None)
def test_the_short_form_of_a_graph_expands_to_the_very_same_graph(pairs: list[tuple[str, str]]) -> None:
    short = {
        "flow": [f"{a} -> {b}" for a, b in pairs],
        "transitions": {"t": "true", "u": None},
        "junctions": {"f": "parallel split", "j": "choice join"},
    }
    logic = ProcedureLogic.model_validate(expanded(short)[0])
    again = shortened(logic)
    assert again is not None
    assert ProcedureLogic.model_validate(expanded(again)[0]) == logic


def test_a_graph_that_the_short_form_cannot_say_is_written_in_full() -> None:
    for link in (
        {"id": "l", "source": {"id": "a"}},
        {"id": "l", "source": {"id": "a"}, "target": {"id": "b"}, "depiction": "Line"},
    ):
        logic = ProcedureLogic.model_validate({"steps": [{"id": "a"}, {"id": "b"}], "links": [link]})
        assert shortened(logic) is None
        recipe = MasterRecipe(id="x", logic=logic)
        assert text.read(text.write(recipe)).recipe == recipe
    arrow = ProcedureLogic.model_validate(
        {
            "steps": [{"id": "a ->"}, {"id": "b"}],
            "links": [{"id": "l", "source": {"id": "a ->", "kind": "step"}, "target": {"id": "b", "kind": "step"}}],
        }
    )
    assert shortened(arrow) is None


def test_a_place_that_is_not_in_the_text_is_that_of_what_is_around_it() -> None:
    source = text.read(SOURCE)
    assert source.line_of(("elements", 0, "logic", "transitions", 0)) == 20
    assert source.line_of(("elements", 0, "logic", "links", 2)) == 19
    assert source.line_of(("yields", 3)) == 2
