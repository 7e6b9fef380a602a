"""Typed facts: named for good, readable in every version that ever was."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel

from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.record import EntryData, entry_type, typed

pytestmark = pytest.mark.requirement("11.10(b)")


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed, "_registry", dict(typed._registry))


class Part(BaseModel):
    amount: Decimal


def test_facts_are_stored_as_plain_json_without_floats() -> None:
    @entry_type("thing.weighed/1")
    class Weighed(EntryData):
        at: datetime
        on: date
        mass: Decimal
        parts: list[Part]
        places: tuple[str, ...]
        marks: frozenset[str]
        more: dict[str, Decimal]
        nothing: None = None

    data = Weighed(
        at=datetime(2026, 5, 1, tzinfo=UTC), on=date(2026, 5, 1), mass=Decimal("1.50"),
        parts=[Part(amount=Decimal("1E+2"))], places=("a",), marks=frozenset({"b", "a"}), more={"x": Decimal("0.10")},
    )  # fmt: skip
    stored = {
        "at": "2026-05-01T00:00:00.000000Z", "on": "2026-05-01", "mass": "1.50", "parts": [{"amount": "100"}],
        "places": ["a"], "marks": ["a", "b"], "more": {"x": "0.10"}, "nothing": None,
    }  # fmt: skip
    assert data.content() == stored
    assert typed.read("thing.weighed/1", stored) == data
    assert data.sentence().startswith("thing.weighed/1: at 2026-05-01T00:00:00.000000Z, on 2026-05-01, mass 1.50")
    assert "nothing" not in data.sentence()


def test_a_quantity_is_stored_with_its_unit() -> None:
    assert typed._plain({"mass": Quantity("1.50", "kg")}) == {"mass": Quantity("1.50", "kg").as_json()}


@pytest.mark.requirement("11.10(c)", "Annex 11, 17")
def test_old_versions_stay_readable_beside_new_ones() -> None:
    @entry_type("thing.moved/1")
    class Moved1(EntryData):
        place: str

    @entry_type("thing.moved/2")
    class Moved2(EntryData):
        place: str
        shelf: int

    assert typed.read("thing.moved/1", {"place": "A"}) == Moved1(place="A")
    assert typed.read("thing.moved/2", {"place": "A", "shelf": 3}) == Moved2(place="A", shelf=3)
    assert {"thing.moved/1", "thing.moved/2"} <= set(typed.known_types())


def test_a_type_that_no_capability_knows_is_said_to_be_unknown() -> None:
    assert typed.read("thing.lost/1", {}) is None


@pytest.mark.parametrize("content", [{}, {"place": "A", "more": 1}, {"place": []}])
def test_facts_that_do_not_fit_their_type_are_bad_input(content: dict[str, Any]) -> None:
    @entry_type("thing.kept/1")
    class Kept(EntryData):
        place: str

    with pytest.raises(BadInput, match=r"do not fit thing.kept/1"):
        Kept.read(content)


@pytest.mark.parametrize("name", ["kept/1", "Thing.kept/1", "thing.kept", "thing.kept/0", "thing.kept/01", "a b.c/1"])
def test_a_misnamed_type_is_refused(name: str) -> None:
    with pytest.raises(DomainError, match="misnamed"):
        entry_type(name)


def test_a_type_means_one_thing_for_ever() -> None:
    @entry_type("thing.made/1")
    class Made(EntryData):
        pass

    assert entry_type("thing.made/1")(Made) is Made
    with pytest.raises(DomainError, match=r"taken: thing.made/1"):

        @entry_type("thing.made/1")
        class Another(EntryData):
            pass
