"""Addresses of databases."""

from pathlib import Path

import pytest

from batchwright.kernel.errors import BadInput
from batchwright.site import database

FOLDER = Path("/plant")


def test_no_address_means_a_file_in_the_plant_folder() -> None:
    assert database.parse("", FOLDER)["NAME"] == "/plant/plant.sqlite3"


def test_three_slashes_are_relative_to_the_plant_folder_and_four_are_absolute() -> None:
    assert database.parse("sqlite:///records.sqlite3", FOLDER)["NAME"] == "/plant/records.sqlite3"
    assert database.parse("sqlite:////var/lib/plant/records%20a.sqlite3", FOLDER)["NAME"] == (
        "/var/lib/plant/records a.sqlite3"
    )


def test_writers_on_sqlite_queue_at_begin_and_commits_reach_the_disk() -> None:
    options = database.parse("", FOLDER)["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "synchronous=FULL" in options["init_command"]
    assert options["timeout"] == 20


@pytest.mark.requirement("11.10(e)")
def test_no_framework_owns_a_transaction() -> None:
    for address in ("", "postgresql:///plant"):
        assert database.parse(address, FOLDER)["ATOMIC_REQUESTS"] is False


def test_a_postgresql_address_is_read_in_all_its_parts() -> None:
    read = database.parse("postgresql://qa%40site:p%2Fw@db.example.com:6432/plant?sslmode=require", FOLDER)
    assert [read[part] for part in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == [
        "qa@site", "p/w", "db.example.com", "6432", "plant",
    ]  # fmt: skip
    assert read["OPTIONS"]["sslmode"] == "require"
    assert read["OPTIONS"]["client_encoding"] == "UTF8"


def test_a_socket_folder_stands_for_the_host() -> None:
    assert database.parse("postgresql://qa@/plant?host=/run/postgresql&port=6000", FOLDER)["HOST"] == "/run/postgresql"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("mysql://host/plant", "kind of database is not known: mysql"),
        ("plant.sqlite3", "kind of database is not known: none"),
        ("sqlite://plant.sqlite3", "needs three slashes"),
        ("sqlite:///:memory:", "not kept in memory"),
        ("sqlite:///", "needs three slashes"),
        ("postgresql://host", "needs the name of a database"),
        ("postgresql://host:port/plant", "port of the database"),
        ("postgresql://host/plant?sslmod=on", "sslmod (limit: connect_timeout, host"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_with_its_reason(address: str, reason: str) -> None:
    with pytest.raises(BadInput) as refused:
        database.parse(address, FOLDER)
    assert reason in str(refused.value)
