"""Canonical bytes are RFC 8785's, and what they cannot hold exactly is refused with its place."""

import json

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from batchwright.kernel.errors import BadInput
from batchwright.record import canonical

pytestmark = pytest.mark.requirement("11.10(b)")
WHOLE = st.integers(-canonical.SAFE_INTEGER, canonical.SAFE_INTEGER)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.text(st.characters(max_codepoint=127))
CONTENT = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=30,
)


@given(CONTENT)
def test_the_bytes_are_those_of_an_independent_rfc_8785(content: object) -> None:
    assert canonical.encode(content) == rfc8785.dumps(content)  # type: ignore[arg-type]


@given(CONTENT)
def test_what_was_written_is_read_back(content: object) -> None:
    assert json.loads(canonical.encode(content)) == content


def test_a_tuple_is_a_list() -> None:
    assert canonical.encode({"b": (1, "é"), "a": None}) == '{"a":null,"b":[1,"é"]}'.encode()


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"a": [1, {"b": 1.5}]}, "$.a[1].b cannot be held exactly"),
        ({"a": float("nan")}, "$.a cannot be held exactly"),
        ([b"x"], "$[0] cannot be held exactly"),
        ({1, 2}, "$ cannot be held exactly"),
        ({"a": 2**53}, "$.a is a whole number that readers of JSON may round"),
        ([-(2**53)], "$[0] is a whole number"),
        ({"é": 1}, "$ has a key that is not ASCII text"),
        ({"a": {1: 1}}, "$.a has a key that is not ASCII text"),
        ({"a": "\ud800"}, "$.a holds half of a character"),
    ],
)
def test_what_cannot_be_held_exactly_is_refused_with_its_place(content: object, place: str) -> None:
    with pytest.raises(BadInput) as refused:
        canonical.encode(content)
    assert str(refused.value).startswith(place)
