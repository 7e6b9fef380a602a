"""The procedure function chart: nothing lies on anything else, words fit, and readers can follow."""


import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from batchwright.recipes import text
from batchwright.recipes.chart import BOX_WIDTH, CHARACTER, CONDITION_WIDTH, Chart, Figure, charts, layout, wrapped
from batchwright.recipes.chart_svg import Mark, description, svg
from batchwright.recipes.procedure import ProcedureLogic
from tests.recipes.examples import NAMES, example


def drawn(flow: str, transitions: str = "", junctions: str = "") -> Chart:
    short = f"{{flow: [{', '.join(flow.split(';'))}], transitions: {{{transitions}}}, junctions: {{{junctions}}}}}"
    recipe = text.read(f"id: R\nelements: [{{id: p, level: procedure, name: Make, logic: {short}}}]").recipe
    return charts(recipe)["p"]


def at(chart: Chart, name: str) -> Figure:
    return next(one for one in chart.figures if one.node.id == name)


def overlaps(chart: Chart) -> list[tuple[str, str]]:
    found = []
    for index, one in enumerate(chart.figures):
        for other in chart.figures[index + 1 :]:
            beside = abs(one.x - other.x) >= (one.width + other.width) / 2
            above = abs(one.y - other.y) >= (one.height + other.height) / 2
            if not (beside or above):
                found.append((one.node.id, other.node.id))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_level_of_the_recipes_is_drawn_without_one_thing_on_another(name: str) -> None:
    recipe = example(name)
    every = charts(recipe)
    assert set(every) == {element.id for element in recipe.walk() if element.level != "phase"}
    for chart in every.values():
        assert overlaps(chart) == []
        whole, bare = etree.fromstring(svg(chart)), etree.fromstring(svg(chart, style=False))
        assert (len(whole.findall("{*}style")), len(bare.findall("{*}style"))) == (1, 0)
        assert all(0 <= x <= chart.width and 0 <= y <= chart.height for way in chart.ways for x, y in way.points)
        for figure in chart.figures:
            room = CONDITION_WIDTH if figure.shape == "transition" else BOX_WIDTH
            assert all(len(line) * CHARACTER <= room for line in figure.lines), figure
            assert figure.x - figure.width / 2 >= 0
            assert figure.x + figure.width / 2 <= chart.width


def test_a_mark_is_a_shape_and_a_word_beside_its_box_and_a_condition_that_waits_has_one_too() -> None:
    chart = drawn("begin -> mix -> dry; dry -> off -> end", transitions="off: mix.ph > 7")
    marks: dict[str, str | Mark] = {
        "step mix": Mark("done", "done, run 2"), "transition off": Mark("waits", "waits"), "dry": "running",
    }  # fmt: skip
    drawing = etree.fromstring(svg(chart, states=marks))
    for kind, word in (("done", "done, run 2"), ("waits", "waits")):
        group = drawing.find(f".//{{*}}g[@class='mark-{kind}']")
        assert group.find("{*}g[@class='glyph']/{*}path") is not None
        assert group.find("{*}text[@class='word']").text == word


def test_the_way_runs_downwards_and_parallel_branches_stand_beside_each_other() -> None:
    chart = drawn(
        "begin -> f;f -> a -> j;f -> b -> j;j -> t -> end", "t: a complete", "f: parallel split, j: parallel join"
    )
    assert (
        at(chart, "begin").y
        < at(chart, "f").y
        < at(chart, "a").y
        < at(chart, "j").y
        < at(chart, "t").y
        < at(chart, "end").y
    )
    assert at(chart, "a").y == at(chart, "b").y
    assert at(chart, "a").x < at(chart, "t").x < at(chart, "b").x
    assert [at(chart, name).shape for name in ("begin", "f", "a", "t", "end")] == [
        "begin",
        "parallel",
        "step",
        "transition",
        "end",
    ]
    assert at(chart, "f").width > at(chart, "b").x - at(chart, "a").x
    assert not any(way.back for way in chart.ways)


def test_a_loop_runs_back_at_the_side_with_an_arrow() -> None:
    chart = drawn("begin -> a -> t -> a;a -> u -> end", "t: a held, u: a complete")
    (loop,) = [way for way in chart.ways if way.back]
    assert (loop.source.id, loop.target.id) == ("t", "a")
    assert min(x for x, _ in loop.points) < min(one.x - one.width / 2 for one in chart.figures)
    assert svg(chart).count('class="head"') == 1


def test_what_follows_gets_columns_of_its_own_where_it_would_lie_on_a_branch() -> None:
    chart = drawn(
        "begin -> a;a -> t -> b -> j;a -> u -> c -> d -> e;a -> v -> j;j -> k -> end;e -> end",
        "t: a held, u: a held, v: a held",
        "j: choice join",
    )
    assert overlaps(chart) == []
    assert at(chart, "j").shape == "alternative"
    assert "When a held, then alternatives." in description(chart)


def test_logic_above_the_procedure_and_what_no_way_reaches_are_drawn_too() -> None:
    recipe = text.read(
        "id: R\nname: All\nlogic: {flow: [begin -> p -> end, x -> y]}\nelements: [{id: p, level: procedure}]"
    ).recipe
    chart = charts(recipe)[""]
    assert chart.title == "All"
    assert {one.node.id for one in chart.figures} == {"begin", "p", "end", "x", "y"}
    assert overlaps(chart) == []


def test_links_that_cannot_be_drawn_are_said_and_an_empty_level_is_an_empty_chart() -> None:
    logic = ProcedureLogic.model_validate(
        {
            "steps": [{"id": "a"}],
            "transitions": [{"id": "t"}],
            "links": [
                {"id": "l", "source": {"id": "a"}},
                {"id": "m", "source": {"id": "a"}, "target": {"id": "t"}},
                {"id": "n", "source": {"id": "t"}, "target": {"id": "m"}},
            ],
        }
    )
    chart = layout(logic, (), "Broken")
    assert chart.left_out == ("The link l has no target",)
    assert description(chart).endswith("The link l has no target.")
    assert "no condition" in svg(chart)
    assert layout(ProcedureLogic(), (), "Empty").figures == ()


def test_the_drawing_can_be_read_by_a_screen_reader_and_followed_by_keyboard() -> None:
    chart = charts(example("film_coated_tablet"))["weigh_out"]
    root = etree.fromstring(
        svg(
            chart,
            lambda element: f"/recipes/FCT40/{element}?a=1&b=2",
            {"dispense_api": "running", "dispense_others": "held"},
        )
    )
    space = {"s": "http://www.w3.org/2000/svg"}
    title, desc = root.find("s:title", space), root.find("s:desc", space)
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert title.text == "Weigh out"
    assert (
        "Parallel branches, then Dispense the active substance and in parallel Dispense the other excipients."
        in desc.text
    )
    assert "Look at the booth after, then end." in desc.text
    links = {one.get("aria-label"): one.get("href") for one in root.findall("s:a", space)}
    assert links["Dispense the active substance, running"] == "/recipes/FCT40/dispense_api?a=1&b=2"
    assert "Dispense the other excipients, held" in links
    assert len(links) == 7
    assert "var(--chart-ink" in svg(chart)
    assert "prefers-color-scheme: dark" in svg(chart)


def test_words_of_others_cannot_leave_their_place_in_the_drawing() -> None:
    recipe = text.read(
        'id: R\nname: "</title><script>"\nlogic: {flow: ["begin -> p -> end"]}\n'
        'elements: [{id: p, level: procedure, name: "\\"><script>x</script>"}]'
    ).recipe
    drawing = svg(charts(recipe)[""], lambda element: f'"{element}')
    assert "<script" not in drawing
    etree.fromstring(drawing)


@given(st.text(max_size=300), st.integers(20, 300), st.integers(1, 5))
@settings(max_examples=60)
def test_whatever_the_words_they_are_broken_into_lines_that_fit(words: str, width: int, most: int) -> None:
    lines = wrapped(words, float(width), most)
    assert 1 <= len(lines) <= most
    assert all(len(line) <= max(4, int(width / CHARACTER)) for line in lines)
    if "..." not in lines[-1]:
        assert "".join(lines).replace(" ", "") == "".join(words.split())


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14))
@settings(max_examples=60, deadline=None)
def test_any_graph_at_all_gets_a_chart_with_all_its_nodes(pairs: list[tuple[int, int]]) -> None:
    steps = [{"id": f"s{index}", "kind": "begin" if index == 0 else "element"} for index in range(6)] + [
        {"id": f"s{index}"} for index in (6, 7)
    ]
    links = [
        {"id": f"l{index}", "source": {"id": f"s{a}"}, "target": {"id": f"s{b}"}} for index, (a, b) in enumerate(pairs)
    ]
    chart = layout(ProcedureLogic.model_validate({"steps": steps, "links": links}), (), "Any")
    assert len(chart.figures) == 8
    assert overlaps(chart) == []
    assert len(chart.ways) == len(set(pairs))
    etree.fromstring(svg(chart))
