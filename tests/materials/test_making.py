"""Lots that are made here, split, merged and reworked: on pages and from the terminal."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import cli, queries, services
from batchwright.materials.models import Allocation, Container, Descent, Lot
from tests.materials.test_pages import at, text
from tests.materials.warehouse import Warehouse


def run(*arguments: str) -> str:
    answer = CliRunner().invoke(cli.app, list(arguments), catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.stdout


def asked_parts(*containers: Container, **others: Any) -> dict[str, Any]:
    """What the page sends: an amount and the version that was seen of each."""
    form = {"kind": "split", "location": "STORE", "reason": "CAPA 4", **others}
    for one in containers:
        form.setdefault(f"amount_{one.identifier}", "1 kg")
        form[f"version_{one.identifier}"] = str(one.version)
    return form


def test_a_lot_is_begun_and_filled_on_its_pages(warehouse: Warehouse) -> None:
    client = warehouse.plant.log_in(Client(), "operator")
    form = {"definition": "TABLET-A", "nominal": "60 kg", "idempotency_key": "m"}
    for _ in range(2):
        answer = client.post(at("make"), form)
        assert answer.status_code == 302
    lot = Lot.objects.get()
    assert answer["Location"] == at("lot", lot.identifier)
    assert client.post(at("make"), {"definition": "LACTOSE"}).status_code == 400, "a component is not made here"
    filled = {"amount": "59.1 kg", "location": "STORE", "idempotency_key": "f"}
    for _ in range(2):
        assert client.post(at("fill", lot.identifier), filled).status_code == 302
    assert Container.objects.get().amount_e6 == 59_100_000
    assert "59.1" in text(client, at("lot", lot.identifier))
    bought = warehouse.receive("1 kg")
    refused = client.post(at("fill", bought.identifier), filled | {"idempotency_key": "g"})
    assert refused.status_code == 400
    assert "not made here" in refused.content.decode()
    warehouse.set_status(lot, "rejected")
    assert client.post(at("fill", lot.identifier), filled | {"idempotency_key": "h"}).status_code == 400


@pytest.mark.requirement("211.86")
def test_what_is_left_of_a_lot_that_was_taken_over_is_counted_in_retested_and_used_first(
    warehouse: Warehouse,
) -> None:
    lot, client = warehouse.taken_over(), warehouse.plant.log_in(Client(), "supervisor")
    assert "What is left of it in the store is counted in" in text(client, at("lot", lot.identifier))
    form = {"amount": "25 kg", "location": "STORE", "reason": "stock-take 4", "idempotency_key": "c"}
    for _ in range(2):
        assert client.post(at("count-in", lot.identifier), form).status_code == 302
    container = Container.objects.get()
    assert (container.lot, container.amount_e6) == (lot, 25_000_000)
    assert queries.balance(warehouse.actor("qa"), lot).received == 25_000_000
    newer = warehouse.receive("50 kg", number="NEW")
    for name, why in ((newer.identifier, "are not counted in"), ("L-9999-9", "")):
        refused = client.post(at("count-in", name), form | {"idempotency_key": name})
        assert refused.status_code == (400 if why else 404)
        assert why in refused.content.decode()
    with pytest.raises(DomainError, match="in quarantine"):
        services.allocate_from(
            actor=warehouse.actor("planner"), container=container, amount=Quantity("1", "kg"), purpose="order"
        )
    warehouse.retest(lot, newer.due_on - timedelta(days=1))  # type: ignore[operator, arg-type]
    warehouse.decide(warehouse.lot(lot), "approved")
    services.allocate(
        actor=warehouse.actor("planner"), definition=lot.definition, amount=Quantity("30", "kg"), purpose="order"
    )
    promised = dict(Allocation.objects.values_list("container__lot", "amount_e6"))
    assert promised == {lot.pk: 25_000_000, newer.pk: 5_000_000}, "first due, first out"
    assert "counted in as C-" in run("count-in", lot.identifier, "1 kg", "--location", "STORE", "--reason", "again")
    warehouse.set_status(warehouse.lot(lot), "rejected")
    assert client.post(at("count-in", lot.identifier), form | {"idempotency_key": "d"}).status_code == 400


def test_containers_are_scanned_one_after_the_other_and_become_one_lot(warehouse: Warehouse) -> None:
    one, two = (warehouse.container(warehouse.receive("10 kg", number=name)) for name in ("S1", "S2"))
    client = warehouse.plant.log_in(Client(), "supervisor")
    assert "Scan its label" in text(client, at("convert"))
    scan = f"(91){one.identifier}(92){one.lot.identifier}"
    answer = client.get(at("convert"), {"container": scan})
    assert answer["Location"] == f"{at('convert')}?container={one.identifier}", "the scan becomes the plain name"
    assert "No container that you may see is called C-9999-9" in text(client, at("convert"), container="C-9999-9")
    address = f"{at('convert')}?container={one.identifier}&container={two.identifier}"
    page = client.get(address).content.decode()
    assert page.count('value="10 kg"') == 2, "a merge takes everything unless said otherwise"
    form = asked_parts(one, two, kind="merged", idempotency_key="c")
    for _ in range(2):
        answer = client.post(address, form)
        assert answer.status_code == 302, answer.content.decode()[-2000:]
    made = Lot.objects.order_by("-id")[0]
    assert answer["Location"] == at("lot", made.identifier)
    assert sorted(Descent.objects.filter(child=made).values_list("kind", flat=True)) == ["merged", "merged"]
    assert warehouse.container(made).amount_e6 == 2_000_000
    stale = client.post(address, form | {"idempotency_key": "d"})
    assert stale.status_code == 409, "the containers hold less than was seen"
    assert client.post(at("convert"), {"kind": "split", "location": "STORE", "reason": "x"}).status_code == 400


def test_a_promise_is_ended_on_its_page_and_a_container_divided_with_the_version_that_was_seen(
    warehouse: Warehouse,
) -> None:
    lot = warehouse.receive("10 kg")
    container = warehouse.container(lot)
    services.allocate_from(
        actor=warehouse.actor("planner"), container=container, amount=Quantity("9", "kg"), purpose="order 4"
    )
    promise = Allocation.objects.get()
    client = warehouse.plant.log_in(Client(), "planner")
    address = at("end-allocation", str(promise.pk))
    assert address in text(client, at("container", container.identifier))
    assert "9 kg of" in text(client, address)
    divide = at("container-act", container.identifier, "divide")
    form = {"amount": "2 kg", "location": "COLD", "expected_version": str(warehouse.container(lot).version)}
    assert client.post(divide, form).status_code == 400, "what is promised stays where it is"
    assert client.post(address, {"reason": "stopped", "expected_version": "1"}).status_code == 302
    assert client.post(address, {"reason": "stopped", "expected_version": "2"}).status_code == 400, "it is ended"
    assert client.post(divide, form | {"expected_version": "1"}).status_code == 409
    assert client.post(divide, form).status_code == 302
    assert warehouse.container(lot).location.code == "COLD"


def test_the_terminal_makes_fills_divides_splits_merges_reworks_samples_and_reconciles(warehouse: Warehouse) -> None:
    assert "begun (entry #" in run("make", "TABLET-A", "--nominal", "5 kg", "--key", "k")
    assert "as before" in run("make", "TABLET-A", "--nominal", "5 kg", "--key", "k")
    lot = Lot.objects.get()
    assert "filled into C-" in run("fill", lot.identifier, "5 kg", "--location", "STORE")
    name = warehouse.container(lot).identifier
    assert "put into C-" in run("divide", name, "1 kg", "--location", "COLD")
    for command, kind in (("split", "split"), ("rework", "reworked")):
        said = run(command, f"{name}=1 kg", "--location", "STORE", "--reason", "CAPA 4")
        assert f"{lot.identifier} {kind} into lot L-" in said
    warehouse.set_status(lot, "approved")
    assert "merged into lot" in run("merge", f"{name}=1 kg", "--location", "STORE", "--reason", "CAPA 4")
    run("allocate", name, "0.5 kg", "--purpose", "order 7")
    (promised,) = json.loads(run("allocations", "--json"))
    assert (promised["purpose"], promised["amount"]) == ("order 7", "0.5 kg")
    assert "order 7" in run("allocations")
    assert "ended (entry #" in run("end-allocation", str(promised["allocation"]), "--reason", "stopped")
    assert "Nothing is promised" in run("allocations")
    assert "0 % of 5 kg differ, limit none" in run("reconcile", lot.identifier, "--reason", "counted")
    shown = json.loads(run("show", lot.identifier, "--json"))["balance"]
    assert (shown["received"], shown["converted"], shown["unaccounted"]) == ("5 kg", "3 kg", "0 kg")
    services.plan_sampling(
        actor=warehouse.actor("qa"), definition=warehouse.material(), sampling="all", amount=Quantity("1", "g"),
        reason="SPEC",
    )  # fmt: skip
    bought = warehouse.receive("1 kg", "1 kg")
    assert "Sample S-1, 0.002 kg" in run("sample", bought.identifier, "--sample", "S-1")
    wrong = (
        ("make", "NOTHING"), ("fill", "L-9999-9", "1 kg", "--location", "STORE"),
        ("fill", lot.identifier, "1 kg", "--location", "NOWHERE"), ("divide", "C-9999-9", "1 kg"),
        ("split", name, "--location", "STORE", "--reason", "x"), ("end-allocation", "999", "--reason", "x"),
    )  # fmt: skip
    for arguments in wrong:
        with pytest.raises(BadInput):
            run(*arguments)
    with pytest.raises(BadInput, match="stands there twice"):
        run("merge", f"{name}=0.1 kg", f"{name}=0.1 kg", "--location", "STORE", "--reason", "x")


@pytest.mark.requirement("211.84")
def test_the_terminal_allocates_nothing_that_is_on_hold_expired_or_partly_held(warehouse: Warehouse) -> None:
    lot = warehouse.receive("2 kg", "3 kg")
    operator = warehouse.actor("operator")
    services.hold_container(actor=operator, container=warehouse.container(lot, 0), reason="wet")
    with pytest.raises(DomainError, match="container is on hold"):
        run("allocate", warehouse.container(lot, 0).identifier, "1 kg", "--purpose", "x")
    with pytest.raises(DomainError, match="not enough usable material"):
        run("allocate", "LACTOSE", "4 kg", "--purpose", "x")
    run("allocate", "LACTOSE", "3 kg", "--purpose", "x")
    assert Allocation.objects.get().container == warehouse.container(lot, 1)
    assert queries.fitness(lot).usable, "the rest of the lot is"
