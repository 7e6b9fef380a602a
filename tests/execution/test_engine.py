"""The procedure is walked as it is drawn: in order, in parallel, one of several ways, round and round."""

import pytest

from batchwright.execution.engine import advance, idle
from batchwright.execution.marking import Done, Facts, below, split
from batchwright.execution.outlook import may_perform
from batchwright.execution.plan import Plan
from batchwright.execution.states import State
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.recipes.procedure import MasterRecipe
from tests.execution.graphs import START, Floor, logic, phases, recipe

IN_A_ROW = recipe(logic("begin -> one -> two -> three -> end") + "\n" + phases("one", "two", "three"))
PARALLEL = recipe(
    logic(
        "begin -> split", "split -> a -> join", "split -> b -> c -> join", "join -> both -> d -> end",
        junctions="split: parallel split, join: parallel join", transitions="both: a complete and c complete",
    ) + "\n" + phases("a", "b", "c", "d")
)  # fmt: skip
ENTER = """
            elements:
              - {id: test, level: phase, phase: {kind: enter, entries: [{id: ph, unit: "[pH]"}]}}
              - {id: adjust, level: phase, phase: {kind: instruct, text: do}}
              - {id: go, level: phase, phase: {kind: instruct, text: do}}"""
LOOP = recipe(
    logic(
        "begin -> test", "test -> off -> adjust -> test", "test -> good -> go -> end",
        transitions='off: "test.ph > 7 [pH]", good: "test.ph <= 7 [pH]"',
    ) + ENTER
)  # fmt: skip


def ph(value: str) -> dict[str, Quantity]:
    return {"ph": Quantity(value, "[pH]")}


def test_steps_are_performed_in_their_order_and_the_batch_completes_itself() -> None:
    floor = Floor.started(IN_A_ROW)
    assert floor.now == {"one"}
    floor.do("one").do("two").do("three")
    assert floor.done == ["one", "two", "three"]
    assert floor.state == State.COMPLETE
    assert floor.outlook.status == "ended"
    assert not floor.outlook.sentence
    assert [one.path for one in floor.events if one.kind == "completed"][-4:] == ["p/u/o", "p/u", "p", ""]


@pytest.mark.requirement("11.10(f)")
def test_step_three_before_step_two_is_refused() -> None:
    floor = Floor.started(IN_A_ROW).do("one")
    with pytest.raises(DomainError) as refused:
        may_perform(floor.plan, floor.marking, "p/u/o/three")
    assert refused.value.message == "p / u / Operate / three cannot be performed before its turn"
    assert refused.value.remedy == "Now to be performed: p / u / Operate / two."
    with pytest.raises(DomainError, match="is complete and is not performed again"):
        may_perform(floor.plan, floor.marking, "p/u/o/one")
    for path in ("", "p/u/o", "p/u/o/four"):
        with pytest.raises(DomainError, match="no phase of the recipe"):
            may_perform(floor.plan, floor.marking, path)
    with pytest.raises(DomainError, match="has not begun"):
        advance(floor.plan, floor.marking, Facts(START, {"p/u/o/three": Done(START)}))


def test_nothing_starts_before_the_batch_does() -> None:
    floor = Floor(Plan(IN_A_ROW)).go()
    assert floor.outlook.status == "halted"
    assert floor.outlook.sentence == "Nothing has been started"
    assert floor.events == []
    assert advance(Plan(IN_A_ROW), idle(), Facts(START)).marking == idle()


def test_parallel_branches_run_in_parallel_and_the_join_waits_for_all() -> None:
    floor = Floor.started(PARALLEL)
    assert floor.now == {"a", "b"}
    floor.do("a")
    assert floor.now == {"b"}
    assert [one.why for one in floor.outlook.waits] == ["join"]
    floor.do("b").do("c")
    assert floor.now == {"d"}
    floor.do("d")
    assert floor.state == State.COMPLETE
    assert floor.done == ["a", "b", "c", "d"]


def test_a_loop_gives_each_run_a_number_and_the_latest_value_counts() -> None:
    floor = Floor.started(LOOP).do("test", ph("7.9")).do("adjust").do("test#2", ph("7.5")).do("adjust#2")
    assert floor.now == {"test#3"}
    floor.do("test#3", ph("6.9")).do("go")
    assert floor.state == State.COMPLETE
    assert [one.what for one in floor.events if one.kind == "taken"] == ["off", "off", "good"]


def test_of_alternatives_the_first_that_is_true_is_taken_and_only_it() -> None:
    both = recipe(
        logic(
            "begin -> test -> fork", "fork -> first -> adjust -> meet", "fork -> second -> go -> meet", "meet -> end",
            junctions="fork: choice, meet: choice join", transitions='first: "test.ph > 5 [pH]", second: "true"',
        ) + ENTER
    )  # fmt: skip
    assert Floor.started(both).do("test", ph("6")).now == {"adjust"}
    assert Floor.started(both).do("test", ph("4")).now == {"go"}
    # a condition that cannot be judged is not passed over
    waiting = Floor.started(both).do("test")
    assert waiting.now == set()
    assert waiting.outlook.status == "stuck"
    assert "'test.ph > 5 [pH]' cannot be judged: test.ph has no value yet" in waiting.outlook.sentence


def test_the_order_of_the_links_is_the_order_of_the_alternatives() -> None:
    written = recipe(
        logic("begin -> one", "one -> x -> two -> end", "one -> y -> three -> end", transitions='x: "true", y: "true"')
        + "\n" + phases("one", "two", "three")
    )  # fmt: skip
    assert Floor.started(written).do("one").now == {"two"}
    content = written.model_dump(mode="json")
    inside = content["elements"][0]["elements"][0]["elements"][0]["logic"]["links"]
    for link in inside:
        link["order"] = {"one -> x": 2, "one -> y": 1}.get(link["id"])
    assert Floor.started(MasterRecipe.model_validate(content)).do("one").now == {"three"}


BLANK = recipe(
    logic("begin -> one -> t -> two -> end", transitions='t: ""') + "\n" + phases("one", "two")
)  # fmt: skip
OPEN = recipe(
    logic("begin -> one", "one -> two -> end", "one -> three -> one") + "\n" + phases("one", "two", "three")
)  # fmt: skip


def test_a_blank_condition_is_refused_or_asked_as_the_control_recipe_says() -> None:
    refused = Floor.started(BLANK).do("one")
    assert refused.outlook.status == "stuck"
    assert refused.outlook.sentence == (
        "p / u / Operate, t: nobody has written the condition. The control recipe leaves no decision to the operator"
    )
    asked = Floor.started(Plan(BLANK, operator_decides=True)).do("one")
    assert asked.outlook.status == "question"
    assert asked.outlook.questions[0].options == ("t",)
    assert asked.decide("no such way").outlook.status == "question"
    assert asked.decide("t").now == {"two"}


def test_a_level_that_waits_at_its_very_begin_says_so() -> None:
    first = recipe(logic("begin -> t -> one -> end", transitions='t: ""') + "\n" + phases("one", "two"))
    assert "t: nobody has written the condition" in Floor.started(first).outlook.sentence
    asked = Floor.started(Plan(first, operator_decides=True))
    assert asked.outlook.status == "question"
    assert asked.decide("t").now == {"one"}


def test_branches_that_wait_for_their_conditions_stand_where_they_wait() -> None:
    waiting = recipe(
        logic(
            "begin -> one -> split",
            "split -> s -> two -> join",
            "split -> t -> three -> join",
            "join -> end",
            junctions="split: parallel split, join: parallel join",
            transitions='s: "time since one complete >= 5 min", t: "time since one complete >= 9 min"',
        )
        + "\n"
        + phases("one", "two", "three")
    )
    floor = Floor.started(waiting).do("one")
    assert len(floor.marking.tokens) == 5  # in the batch, the procedure, the unit procedure, and in both branches
    assert floor.outlook.status == "time"
    assert floor.pass_time(minutes=5).now == {"two"}
    assert floor.pass_time(minutes=4).do("two").now == {"three"}
    assert floor.do("three").state == State.COMPLETE


def test_ways_without_conditions_are_asked_anew_in_each_pass() -> None:
    assert "several ways lead on" in Floor.started(OPEN).do("one").outlook.sentence
    floor = Floor.started(Plan(OPEN, operator_decides=True)).do("one").decide("three").do("three").do("one#2")
    assert floor.outlook.questions[0].options == ("two", "three")
    assert floor.decide("two").do("two").marking.state is State.COMPLETE


def test_a_blank_condition_beside_a_written_one_leaves_the_written_one_in_force() -> None:
    mixed = recipe(
        logic("begin -> test", "test -> t -> adjust -> end", "test -> s -> go -> end", transitions=BESIDE) + ENTER
    )
    floor = Floor.started(Plan(mixed, operator_decides=True)).do("test", ph("6"))
    assert floor.outlook.questions[0].options == ("t", "s")
    waiting = floor.decide("s")
    assert "none is true yet of s: test.ph > 7 [pH]" in waiting.outlook.sentence
    floor = Floor.started(Plan(mixed, operator_decides=True)).do("test", ph("8"))
    assert floor.decide("s").now == {"go"}


BESIDE = 't: "", s: "test.ph > 7 [pH]"'


def test_a_step_before_a_join_is_repeated_until_the_join_can_be_passed() -> None:
    repeated = recipe(
        logic(
            "begin -> split",
            "split -> a -> join",
            "split -> b -> join",
            "b -> more -> b",
            "join -> done -> end",
            junctions="split: parallel split, join: parallel join",
            transitions='more: "not a complete", done: "a complete and b complete"',
        )
        + "\n"
        + phases("a", "b")
    )
    floor = Floor.started(repeated).do("b")
    assert floor.now == {"a", "b#2"}  # a runs, so b is done again
    floor.do("a")
    assert floor.now == {"b#2"}
    assert [one.why for one in floor.outlook.waits] == ["join"]
    assert floor.do("b#2").state == State.COMPLETE


def test_ways_to_joins_without_a_condition_behind_are_no_conditions() -> None:
    unclear = recipe(
        logic("begin -> one", "one -> x", "one -> y", "x -> end", "y -> end",
              junctions="x: choice join, y: choice join") + "\n" + phases("one", "two")
    )  # fmt: skip
    assert "several ways lead on" in Floor.started(unclear).do("one").outlook.sentence


def test_time_conditions_wait_for_the_clock() -> None:
    timed = recipe(
        logic("begin -> one -> t -> two -> end", transitions='t: "time since one complete >= 30 min"')
        + "\n" + phases("one", "two")
    )  # fmt: skip
    floor = Floor.started(timed).do("one")
    assert floor.outlook.status == "time"
    assert floor.pass_time(minutes=29).now == set()
    assert floor.pass_time(minutes=1).now == {"two"}


@pytest.mark.requirement("211.111")
def test_a_hold_time_keeps_the_next_step_waiting_and_a_broken_one_is_told() -> None:
    held = recipe(
        logic("begin -> one -> two -> end") + "\n" + phases("one", "two"),
        head="holds: [{id: h, what: Cores, after: one, before: two, at_least: 12 h, at_most: 24 h},"
        " {id: g, after: one, before: two, at_least: 2 h}, {id: k, after: two, before: one, at_least: 1 h}]",
    )
    floor = Floor.started(held).do("one")
    assert floor.outlook.status == "time"
    assert floor.outlook.sentence == "p / u / Operate: two may begin in 12 h"
    assert floor.pass_time(hours=12).now == {"two"}
    assert not [one for one in floor.events if one.kind == "hold broken"]
    late = Floor.started(held).do("one")
    late.pass_time(hours=48)
    broken = [one.sentence for one in late.events if one.kind == "hold broken"]
    assert broken == ["Cores stood for 48 h, longer than 24 h (h)"]


def test_a_skipped_phase_is_passed_and_told() -> None:
    floor = Floor.started(Plan(IN_A_ROW, skipped=frozenset({"two"}))).do("one")
    assert floor.now == {"three"}
    assert floor.done == ["one", "two"]
    with pytest.raises(DomainError, match="was taken out by a redline"):
        may_perform(floor.plan, floor.marking, "p/u/o/two")


@pytest.mark.parametrize(
    ("flow", "more", "why"),
    [
        (("begin -> one", "two -> end"), {}, "behind one: nothing follows, and it is no end"),
        (("begin -> one -> two", "two -> join -> end"), {"junctions": "join: parallel join"},
         "join joins branches that nothing parted"),
        (("begin -> one -> two -> split",), {"junctions": "split: parallel split"}, "nothing follows split"),
        (("begin -> one -> two -> nobody -> end",), {}, "the step nobody stands for nobody, which is not there"),
        (("begin -> one -> t -> two -> end",), {"transitions": "t: 2 kg"}, "'2 kg' is no condition"),
        (("begin -> one -> t -> two -> end",), {"transitions": 't: "false"'}, "none is true yet of t: false"),
        (("begin -> one -> t -> two -> end",), {"transitions": "t: nothing > 1"}, "the recipe has no such value"),
        (("begin -> one -> t -> two -> end",), {"transitions": "t: nothing complete"}, "the recipe has no such step"),
        (("begin -> one -> t -> two -> end",), {"transitions": 't: "((("'}, "cannot be judged"),
        (("one -> two -> end",), {}, "Operate cannot begin: it has no begin, or more than one"),
    ],
)  # fmt: skip
def test_a_batch_that_is_stuck_says_why(flow: tuple[str, ...], more: dict[str, str], why: str) -> None:
    floor = Floor.started(recipe(logic(*flow, **more) + "\n" + phases("one", "two"))).run()
    assert floor.outlook.status == "stuck"
    assert why in floor.outlook.sentence


def test_a_link_that_misses_an_end_keeps_the_level_from_beginning() -> None:
    content = IN_A_ROW.model_dump(mode="json")
    links = content["elements"][0]["elements"][0]["elements"][0]["logic"]["links"]
    links[1]["target"] = None
    floor = Floor.started(MasterRecipe.model_validate(content))
    assert floor.outlook.sentence.endswith("Operate cannot begin: the link one -> two has no target")


def test_a_level_with_several_ends_is_complete_when_the_last_is_reached() -> None:
    open_ended = recipe(
        logic("begin -> split", "split -> one -> end", "split -> two -> end", junctions="split: parallel split")
        + "\n"
        + phases("one", "two")
    )
    floor = Floor.started(open_ended).do("one")
    assert floor.now == {"two"}
    assert floor.do("two").state == State.COMPLETE


def test_a_circle_without_a_phase_is_refused() -> None:
    circle = recipe(
        logic("begin -> x", "x -> a -> x", junctions="x: choice", transitions='a: "true"') + "\n" + phases("one")
    )
    with pytest.raises(DomainError, match="in a circle without a phase"):
        Floor.started(circle)


def test_a_step_that_a_redline_took_away_is_told() -> None:
    floor = Floor.started(IN_A_ROW).do("one")
    other = recipe(logic("begin -> one -> three -> end") + "\n" + phases("one", "two", "three"))
    floor.plan = Plan(other)
    floor.go(done={**floor.facts.done, "p/u/o/two": Done(floor.facts.now)})
    assert "the recipe has no step two any more" in floor.outlook.sentence


def test_a_recipe_with_one_procedure_needs_no_drawing_above_it_and_two_do() -> None:
    content = IN_A_ROW.model_dump(mode="json")
    content["elements"].append({"id": "q", "level": "procedure"})
    floor = Floor.started(MasterRecipe.model_validate(content))
    assert floor.outlook.sentence == "the batch cannot begin: it has no begin, or more than one"
    content["elements"][1]["id"] = "u"
    with pytest.raises(DomainError, match="one id to two elements: u"):
        Plan(MasterRecipe.model_validate(content))
    with pytest.raises(DomainError, match="no such element: nobody"):
        Plan(IN_A_ROW, skipped=frozenset({"nobody"}))


@pytest.mark.parametrize(("element", "run"), [("a", 1), ("a", 2), ("a/b", 3), ("a#b", 1), ("~1", 1), ("a#2", 7)])
def test_a_path_tells_its_parts(element: str, run: int) -> None:
    assert split(below("p/u", element, run)) == ("p/u", element, run)


@pytest.mark.parametrize("path", ["", "a#x", "a#0", "#2", "a/"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(BadInput, match="no path of an element"):
        split(path)
