"""Whether a procedure can be walked from its begin to its end, and its conditions can be true."""

import pytest

from batchwright.recipes import text
from batchwright.recipes.checks import check
from batchwright.recipes.findings import Finding
from batchwright.recipes.logic_graph import LogicGraph, Node, spans
from batchwright.recipes.procedure import ProcedureLogic
from tests.recipes.sound_recipe import BASE, codes, findings

# procedure logic ----------------------------------------------------------------------------------


def logic(flow: str, transitions: str = "", junctions: str = "", elements: str = "a b c d e") -> tuple[Finding, ...]:
    """Findings of one operation with five phases that all do something; a chain a line."""
    short = f"{{flow: [{', '.join(flow.split(';'))}], transitions: {{{transitions}}}, junctions: {{{junctions}}}}}"
    phases = ", ".join(f"{{id: {name}, level: phase, phase: {{kind: instruct, text: x}}}}" for name in elements.split())
    at = BASE.index("            logic: {flow: [begin -> dose")
    source = BASE[:at] + f"            logic: {short}\n            elements: [{phases}]\n"
    source = (
        source.replace("actual: out.net", "actual: api")
        .replace("holds: [{", "safety: []\n#")
        .replace("kind: input", "kind: output")
    )
    found = check(text.read(source).recipe)
    return tuple(one for one in found if one.code not in ("mass", "element-unused"))


FORK = "fork: parallel split, join: parallel join"
ALL = "begin -> fork;fork -> a -> join;fork -> b -> join;join -> t -> end"


@pytest.mark.parametrize(
    ("flow", "transitions", "junctions", "expected"),
    [
        ("begin -> a -> end", "", "", []),
        ("begin -> a -> t -> end", "t: a complete", "", []),
        ("begin -> a -> t -> end", "t: ''", "", ["blank-condition"]),
        ("begin -> a -> t -> end", "t: a completed", "", ["unreadable"]),
        ("begin -> a -> t -> end", "t: z complete", "", ["unknown-reference"]),
        ("begin -> a -> t -> end", "t: speed > 3 kg", "", ["unit-error"]),
        ("begin -> a -> t -> end", "t: speed", "", ["type-error"]),
        ("a -> end", "", "", ["no-begin"]),
        ("begin -> a", "", "", ["no-end", "dead-end"]),
        ("begin -> a -> end;b -> end", "", "", ["unreachable"]),
        ("begin -> a -> end;a -> t -> b", "t: a complete", "", ["dead-end", "ambiguous", "no-way-out"]),
        ("begin -> a -> t -> b -> u -> b;a -> v -> end", "t: a held, u: b held, v: a complete", "", ["no-way-out"] * 3),
        ("begin -> a -> z -> end", "", "", ["step-element"]),
        ("begin -> a -> end -> b", "", "", ["dead-end", "after-end"]),
        (ALL, "t: a complete", FORK, []),
        ("begin -> a -> t -> b -> end;a -> u -> a", "t: a complete, u: a held", "", []),
        ("begin -> a -> t -> end;t -> b -> end", "t: a complete", "", ["ambiguous"]),
        (
            "begin -> pick;pick -> t -> a -> meet;pick -> u -> b -> meet;meet -> end",
            "t: speed > 3 Hz, u: speed <= 3 Hz",
            "pick: choice, meet: choice join",
            [],
        ),
        (
            "begin -> pick;pick -> a -> meet;pick -> u -> b -> meet;meet -> end",
            "u: speed <= 3 Hz",
            "pick: choice, meet: choice join",
            ["ambiguous"],
        ),
        ("begin -> fork;fork -> a -> join -> end", "", FORK, ["unbalanced"]),
        ("begin -> a -> join -> end", "", "join: parallel join", ["unbalanced"]),
        ("begin -> fork;fork -> a -> join;fork -> b -> join;join -> end;a -> u -> a", "u: a held", FORK, ["ambiguous"]),
        ("begin -> a -> end;b -> fork;fork -> c -> end", "", "fork: parallel split", ["unreachable"] * 3),
        (
            "begin -> fork;fork -> a -> join;fork -> b -> join;fork -> c -> end;join -> end",
            "",
            FORK,
            ["branch-left", "branch-left", "unbalanced"],
        ),
        (
            "begin -> fork;fork -> a -> join;fork -> b -> join;fork -> c -> d;join -> end",
            "",
            FORK,
            ["dead-end", "branch-left", "no-way-out", "unbalanced"],
        ),
        (
            "begin -> fork;fork -> a -> join;fork -> b -> join;b -> t -> end;join -> u -> end",
            "t: b held, u: a complete",
            FORK,
            ["branch-left", "branch-left"],
        ),
        (
            "begin -> fork;fork -> a -> end;fork -> b -> end",
            "",
            "fork: parallel split",
            ["branch-left", "branch-left", "unbalanced"],
        ),
        (
            "begin -> f;f -> g;g -> a -> j;g -> b -> j;j -> k;f -> c -> k;k -> end",
            "",
            "f: parallel split, g: parallel split, j: parallel join, k: parallel join",
            [],
        ),
        (
            "begin -> f;f -> g;g -> a -> j;g -> b -> k;f -> c -> j;j -> k;k -> end",
            "",
            "f: parallel split, g: parallel split, j: parallel join, k: parallel join",
            None,
        ),
        (
            "begin -> fork;fork -> a -> join;fork -> b -> join;join -> t -> end;a -> u -> a",
            "t: b complete, u: a held",
            FORK,
            [],
        ),
        (
            "begin -> fork;fork -> a -> v -> join;fork -> b -> join;join -> t -> end;a -> u -> a",
            "t: b complete, u: a held, v: a complete",
            FORK,
            [],
        ),
    ],
)
def test_the_walk_from_begin_to_end_is_checked(
    flow: str, transitions: str, junctions: str, expected: list[str] | None
) -> None:
    found = codes(logic(flow, transitions, junctions))
    if expected is None:
        assert "unbalanced" in found
    else:
        assert sorted(found) == sorted(expected)


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("false", "is false"),
        ("1 > 2", "is false"),
        ("1 / 0 > 2", "has no value"),
        ("speed > 5 Hz and speed < 3 Hz", "nothing is left for speed"),
        ("3 Hz > speed and 5 Hz <= speed", "nothing"),
        ("speed = 3 Hz and speed > 180 1/min", "nothing"),
        ("speed >= 3 Hz and speed <= 3 Hz", ""),
        ("speed > 3 Hz and speed <= 3 Hz", "nothing"),
        ("speed != 3 Hz and speed = 3 Hz", ""),
        ('pick.choice = "red" and pick.choice = "blue"', "both red and blue"),
        ('pick.choice = "green"', "never green"),
        ('"red" = pick.choice', ""),
        ('pick.choice != "green"', ""),
        ("false and a complete", ""),
        ("false or a complete", ""),
        ('speed > 5 Hz and speed < 3 Hz or pick.choice = "green"', "never green"),
        ("not (a complete)", ""),
        ("time since a complete > 2 h and time since a complete < 1 h", "nothing"),
        ("speed < api / api * 3 Hz", ""),
        ('note.text = "a" and note.text = "b"', "both"),
    ],
)
def test_a_condition_that_can_never_be_true_is_found_where_that_can_be_decided(condition: str, why: str) -> None:
    at = BASE.index("            logic: {flow: [begin -> dose")
    quoted = condition.replace("'", "''")
    source = BASE[:at] + (
        f"            logic: {{flow: [begin -> pick -> note -> a -> t -> end], transitions: {{t: '{quoted}'}}}}\n"
        "            elements:\n"
        "              - {id: pick, level: phase, phase: {kind: decide, options: [red, blue]}}\n"
        "              - {id: note, level: phase, phase: {kind: enter, entries: "
        "[{id: text, type: text}, {id: photo, type: picture}]}}\n"
        "              - {id: a, level: phase, phase: {kind: charge, inputs: [api, lactose]}}\n"
    )
    source = source.replace("actual: out.net", "actual: api").replace("holds: [{", "safety: []\n#")
    found = [one for one in check(text.read(source).recipe) if one.severity == "error"]
    assert codes(found) == (["never-true"] if why else [])
    assert why in "".join(one.sentence for one in found)


def test_findings_carry_a_path_that_leads_to_their_line() -> None:
    source = text.read(BASE.replace("t: rest complete", "t: ''"), "r.yaml")
    (found,) = check(source.recipe)
    assert found.place == ("elements", 0, "elements", 0, "elements", 0, "logic", "transitions", 0)
    assert found.where == "p / u / o / t"
    assert source.line_of(found.place) == 1 + BASE[: BASE.index("transitions: {t")].count("\n")
    assert (
        str(check(text.read("id: R").recipe)[-1])
        == "The recipe has 0 procedures and no logic between them. Give one procedure."
    )


# graphs of other systems --------------------------------------------------------------------------


def graph(*links: dict[str, object], steps: str = "a b", transitions: str = "t") -> LogicGraph:
    return LogicGraph.of(
        ProcedureLogic.model_validate(
            {
                "steps": [{"id": one} for one in steps.split()],
                "transitions": [{"id": one} for one in transitions.split()],
                "links": links,
            }
        )
    )


def ends(source: str | None, target: str | None, kind: str = "") -> dict[str, object]:
    return {"source": source and {"id": source, "kind": kind}, "target": target and {"id": target, "kind": kind}}


def test_links_that_miss_an_end_or_lead_nowhere_are_told_and_left_out() -> None:
    found = graph(
        {"id": "1", **ends("a", None)},
        {"id": "2", **ends(None, "b")},
        {"id": "3", **ends("a", "zz")},
        {"id": "4"},
        {"id": "5", **ends("a", "b", "transition")},
    )
    assert found.broken == [
        (0, "the link 1 has no target"),
        (1, "the link 2 has no source"),
        (2, "the target of the link 3 is something zz, which is not there"),
        (3, "the link 4 has no source and target"),
        (4, "the source of the link 5 is transition a, which is not there"),
        (4, "the target of the link 5 is transition b, which is not there"),
    ]
    assert not any(found.after.values())


def test_a_link_may_end_at_another_link_that_is_no_junction() -> None:
    found = graph({"id": "1", **ends("a", "b")}, {"id": "2", **ends("t", "1")})
    assert found.broken == []
    assert found.after[Node("step", "a")] == [Node("link", "1")]
    assert found.after[Node("transition", "t")] == [Node("link", "1")]
    assert found.after[Node("link", "1")] == [Node("step", "b")]


def test_broken_links_and_doubled_ids_are_findings() -> None:
    long_form = (
        "{steps: [{id: begin, kind: begin}, {id: dose, element: dose}, {id: dose, element: rest}, "
        "{id: out, element: out}, {id: two, kind: begin}, {id: end, kind: end}], "
        "links: [{id: l, source: {id: begin}}, {id: m, target: {id: gone}}]}"
    )
    found = findings(("{flow: [begin -> dose -> rest -> t -> out -> end], transitions: {t: rest complete}}", long_form))
    assert {"link-open", "link-dangling", "id-twice", "begins", "unreachable"} <= set(codes(found))


def test_elements_are_counted_in_the_order_of_the_procedure() -> None:
    recipe = text.read(
        BASE.replace("begin -> dose -> rest -> t -> out -> end", "begin -> out -> t -> rest -> end")
    ).recipe
    assert spans(recipe) == {"out": (0, 0), "rest": (1, 1), "dose": (2, 2), "o": (0, 2), "u": (0, 2), "p": (0, 2)}
    two = LogicGraph.of(
        ProcedureLogic.model_validate(
            {
                "steps": [{"id": "x", "kind": "begin"}, {"id": "y", "kind": "begin"}],
                "links": [{"id": "l", **ends("x", "y")}],
            }
        )
    )
    assert [node.id for node in two.in_order()] == ["x", "y"]
