"""Whatever recipe there is comes back from BatchML as it was; whatever file there is, is read or refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchwright.kernel.errors import BadInput
from batchwright.materials.adapters.foreign_xml import parse
from batchwright.recipes.adapters import rest
from batchwright.recipes.adapters.batchml_reading import read_master_recipe
from batchwright.recipes.adapters.batchml_writing import write_master_recipe
from batchwright.recipes.adapters.production_record import RecordReading, not_reviewed, read_production_record
from batchwright.recipes.adapters.reading import Reading
from batchwright.recipes.adapters.schemas import faults_of
from batchwright.recipes.adapters.weighing_orders import read_weighing
from batchwright.recipes.foreign_review import review
from batchwright.recipes.procedure import MasterRecipe
from tests.recipes.batchml_samples import RECIPES, document
from tests.recipes.test_batchml_review import record_file
from tests.recipes.test_batchml_weighing import ORDER, REPORT

QUICK = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.fixture(scope="session")
def schema_v0700(reference_data: Path) -> Path:
    """Folder of the schemas of V0700."""
    return reference_data / "batchml" / "schema-v0700"


@pytest.mark.requirement("11.10(b)")
@QUICK
@given(recipe=RECIPES)
def test_every_recipe_comes_back_from_batchml_as_it_was(recipe: MasterRecipe) -> None:
    back = read_master_recipe(write_master_recipe(recipe), "back.xml").recipe
    assert back.model_dump(mode="json") == recipe.model_dump(mode="json")


@settings(QUICK, max_examples=10)
@given(recipe=RECIPES)
def test_every_export_follows_the_schema(recipe: MasterRecipe, schema_v0700: Path) -> None:
    content = write_master_recipe(recipe)
    assert faults_of(parse(content, "export"), schema_v0700, "export") == []


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """A file with bytes changed, a piece cut off or out, or two elements exchanged."""
    content = bytearray(whole)
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["byte", "cut", "swap", "text"]))
        here = draw(st.integers(0, max(len(content) - 1, 0)))
        if kind == "byte" and content:
            content[here] = draw(st.integers(0, 255))
        elif kind == "cut":
            del content[here : here + draw(st.integers(0, 200))]
        elif kind == "text":
            content[here:here] = draw(
                st.sampled_from([b"<!-- a -->", b"9" * 400, b"&#10;", b"<Any>x</Any>", b"\xe9", b"`"])
            )
        else:
            tags = list(re.finditer(rb"<(\w+)>[^<]*</\1>", bytes(content)))
            if len(tags) > 1:
                one, other = sorted(
                    draw(st.lists(st.sampled_from(tags), min_size=2, max_size=2)), key=lambda tag: tag.start()
                )
                if one.end() <= other.start():
                    content[other.start() : other.end()], content[one.start() : one.end()] = one.group(), other.group()
    return bytes(content)


Reader = Callable[[bytes, str], Reading]
SAMPLES: list[tuple[Reader, bytes]] = [
    (read_master_recipe, document()), (read_weighing, ORDER), (read_weighing, REPORT),
    (read_production_record, record_file()),
]  # fmt: skip


@settings(QUICK, max_examples=100)
@given(data=st.data(), sample=st.sampled_from(SAMPLES))
def test_a_damaged_file_is_refused_with_a_sentence_or_accounted_for_whole(
    data: st.DataObject, sample: tuple[Reader, bytes]
) -> None:
    reader, whole = sample
    content = data.draw(damaged(whole))
    refused: BadInput | None = None
    reading: Reading | None = None
    try:
        reading = reader(content, "damaged.xml")
    except BadInput as refusal:
        refused = refusal
    if reading is None:
        assert refused is not None
        assert refused.place.startswith("damaged.xml, line ")
        return
    assert len(reading.taken) + sum(one.count for one in reading.reported) == said_in(content)
    if isinstance(reading, RecordReading):
        assert all(one.sentence for one in [*review(reading.record), *not_reviewed(reading)])


def said_in(content: bytes) -> int:
    """How many things a file says or leaves empty, counted another way than by the reader."""
    root = parse(content, "count")
    elements = [one for one in root.iter() if isinstance(one.tag, str)]
    others = sum(1 for one in root.getroottree().xpath("//comment() | //processing-instruction()"))
    texts = sum(1 for one in elements if not len(one.xpath("*")) or "".join(one.xpath("text()")).strip())
    return texts + others + sum(len(one.attrib) for one in elements)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from("abc"), inside, max_size=3)
    | st.lists(st.fixed_dictionaries({"id": st.sampled_from("xyz"), "v": inside}), max_size=3), max_leaves=8,
)  # fmt: skip
CONTENT = st.dictionaries(st.sampled_from("abc"), JSON.filter(lambda one: one is not None), max_size=3)


def without_nothing(content: object) -> object:
    """The content as a dump without None gives it."""
    if isinstance(content, dict):
        return {key: without_nothing(value) for key, value in content.items() if value is not None}
    return [without_nothing(one) for one in content] if isinstance(content, list) else content


@given(said=CONTENT, meant=CONTENT)
def test_what_is_noted_beside_batchml_leads_from_what_it_says_to_what_is_meant(
    said: dict[str, object], meant: dict[str, object]
) -> None:
    one, other = without_nothing(said), without_nothing(meant)
    assert isinstance(one, dict)
    assert isinstance(other, dict)
    noted = rest.from_text(rest.as_text(rest.changes(one, other)))
    assert rest.apply(one, noted) == []
    assert one == other
