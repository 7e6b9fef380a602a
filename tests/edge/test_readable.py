"""What no engine could keep is refused before anybody asks a database about it."""

import pytest
from django.test import Client

from tests.people.plant import Plant


@pytest.mark.parametrize("address", ["/find?text=%00", "/materials/lots/%00", "/accounts/login/?next=%00", "/?%00=1"])
def test_an_address_with_nul_is_refused(address: str, plant: Plant) -> None:
    assert plant.log_in(Client(), "qa").get(address).status_code == 400


def test_a_session_that_is_named_with_nul_is_refused(db: None) -> None:
    assert Client(headers={"Cookie": 'sessionid="\\000abcdefghijk"'}).get("/").status_code == 400


def test_a_form_with_nul_is_refused(db: None) -> None:
    answer = Client().post("/accounts/login/", {"login": "a\x00b", "password": "c"})
    assert answer.status_code == 400
    assert b"Traceback" not in answer.content


@pytest.mark.parametrize("source", ["a\x00b", ["a\x00b"], {"a\x00b": 1}])
def test_a_text_in_json_with_nul_is_refused(source: object, plant: Plant) -> None:
    client = plant.log_in(Client(), "qa")
    answer = client.post("/api/recipes/check", {"source": source}, content_type="application/json")
    assert (answer.status_code, answer.json()) == (400, {"detail": "Cannot parse request body"})


def test_a_text_in_json_that_only_writes_about_nul_is_read(plant: Plant) -> None:
    client = plant.log_in(Client(), "qa")
    answer = client.post("/api/recipes/check", {"source": "\\u0000", "more": [1]}, content_type="application/json")
    assert answer.status_code == 200


def test_below_the_json_edge_what_is_not_there_is_told_in_json(plant: Plant) -> None:
    answer = plant.log_in(Client(), "qa").get("/api/record/entries/-1")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
