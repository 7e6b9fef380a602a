"""Queries that are laid out once answer as those that are built each time, and ask the database each time."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from batchwright import record
from batchwright.people.models import Assignment, User
from tests.people.plant import Plant

LONG_AGO, LATER = datetime(2020, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)


def _begun(before: datetime, role: str | None = None) -> QuerySet[Assignment]:
    found = Assignment.objects.select_related("user__sponsor", "role").filter(valid_from__lt=before).order_by("id")
    return found if role is None else found.filter(role__code=role)


def test_a_prepared_query_answers_as_the_same_query_built_anew(plant: Plant) -> None:
    prepared = record.Prepared(_begun, before=datetime, role=str)
    assert prepared.all(before=LONG_AGO) == []
    for given in ({"before": LATER}, {"before": LATER, "role": "operator"}, {"before": LATER, "role": "qa"}):
        wanted = list(_begun(**given))
        found = prepared.all(**given)
        assert found
        assert [one.__dict__.keys() for one in found] == [one.__dict__.keys() for one in wanted]
        assert found == wanted
        assert [one.valid_from for one in found] == [one.valid_from for one in wanted]
        assert [one.user.tenant for one in found] == [one.user.tenant for one in wanted]


def test_a_prepared_query_asks_the_database_once_and_sees_what_changed(plant: Plant) -> None:
    prepared = record.Prepared(lambda key: User.objects.select_related("sponsor").filter(pk=key), key=int)
    user = plant.user("operator")
    with CaptureQueriesContext(connection) as asked:
        found = prepared.first(key=user.pk)
        assert found is not None
        assert (found.printed_name, found.tenant) == (user.printed_name, None)
    assert len(asked) == 1
    assert prepared.first(key=-1) is None


def test_a_prepared_query_gives_columns_as_well(plant: Plant) -> None:
    names = record.Prepared(
        lambda name: User.objects.filter(username=name).values_list("username", "password_changed_at"), name=str
    )
    moments = record.Prepared(
        lambda name: User.objects.filter(username=name).values_list("password_changed_at", flat=True), name=str
    )
    user = plant.user("operator")
    assert names.all(name="operator") == [("operator", user.password_changed_at)]
    assert moments.first(name="operator") == user.password_changed_at


def test_what_does_not_stand_in_a_query_cannot_be_given_to_it(plant: Plant) -> None:
    prepared = record.Prepared(lambda name: User.objects.filter(username="operator"), name=str)  # noqa: ARG005
    with pytest.raises(ValueError, match="cannot be prepared for name"):
        prepared.all(name="operator")


def test_columns_that_need_no_reading_come_as_the_database_gives_them(plant: Plant) -> None:
    names = record.Prepared(
        lambda name: User.objects.filter(username=name).values_list("username", flat=True), name=str
    )
    assert names.all(name="operator") == ["operator"]


def test_a_prepared_query_keeps_few_forms_of_itself(plant: Plant) -> None:
    given = {f"name_{number}": str for number in range(70)}

    def built(**names: str) -> QuerySet[User]:
        return User.objects.filter(username__in=list(names.values()))

    prepared = record.Prepared(built, **given)
    for number in range(70):
        assert prepared.all(**{f"name_{number}": "operator"}) == [plant.user("operator")]
    assert len(prepared._laid) <= 64


def test_a_query_that_gives_dictionaries_cannot_be_prepared(plant: Plant) -> None:
    prepared = record.Prepared(lambda name: User.objects.filter(username=name).values("username"), name=str)
    with pytest.raises(ValueError, match="whole objects or values_list"):
        prepared.all(name="operator")


def test_a_prepared_query_takes_lists_of_every_length(plant: Plant) -> None:
    prepared = record.Prepared(
        lambda names, keys=None: User.objects.filter(
            **({"username__in": names} if keys is None else {"username__in": names, "pk__in": keys})
        ).order_by("username"),
        names=list[str], keys=list[int],
    )  # fmt: skip
    people = {name: plant.user(name) for name in ("operator", "qa", "supervisor")}
    for names in (["operator"], {"operator", "qa"}, ("supervisor", "qa", "operator"), ["nobody"]):
        wanted = sorted(set(names) & people.keys())
        assert [one.username for one in prepared.all(names=names)] == wanted
    assert prepared.all(names=people.keys(), keys=[people["qa"].pk]) == [people["qa"]]
    assert len(prepared._laid) == 4  # one, two, four names; and four with one key
    with CaptureQueriesContext(connection) as asked:
        assert prepared.all(names=[]) == []
    assert not asked


def test_a_row_of_which_some_columns_are_read_later_is_a_row_like_any_other(plant: Plant) -> None:
    user = plant.user("operator")
    late = User.objects.only("username").get(pk=user.pk)
    assert late.get_deferred_fields()
    assert late.printed_name == user.printed_name
    entry = record.Entry.objects.defer("body").order_by("-seq").first()
    assert entry is not None
    assert entry.get_deferred_fields() == {"body"}
    assert entry.content["type"] == entry.type
