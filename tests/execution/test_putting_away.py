"""What a batch made is filled, named, put away where it is kept, and held against what was made: nothing is silent."""

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from typer.testing import CliRunner

from batchwright import materials, people, record
from batchwright.execution import cli, needs, operators_cli, queries, services
from batchwright.execution.documenting import document_of
from batchwright.execution.facts import reconciled
from batchwright.execution.models import Batch
from batchwright.execution.outputs import ID, output_of
from batchwright.kernel.errors import BadInput, DomainError
from batchwright.kernel.quantity import Quantity
from batchwright.materials import queries as store
from batchwright.materials import recalls
from batchwright.materials import services as stock
from batchwright.materials.models import Container, Location, Lot, Movement
from batchwright.materials.services.holding import workers_on
from batchwright.people.models import Sponsor
from batchwright.people.needs import NeedShown
from tests.execution.fillery import SOURCE, Fillery, fills, opened
from tests.execution.replaying import is_whole_and_replays
from tests.execution.shift import Shift
from tests.materials.warehouse import Warehouse, furnish
from tests.people.plant import PASSWORD, Plant
from tests.record.concurrency import at_once


@pytest.fixture
def fillery(warehouse: Warehouse) -> Iterator[Fillery]:
    """A plant with a product, its materials, and a simulated scale."""
    with opened(warehouse) as made:
        yield made


def _lot(fillery: Fillery) -> Lot:
    found = fillery.own().lot
    assert found is not None
    return fillery.warehouse.lot(found)


def _told(fillery: Fillery, name: str = "operator") -> list[NeedShown]:
    return [one for one in needs.needs_of(fillery.actor(name)) if one.kind == "stock"]


def _judged(fillery: Fillery) -> dict[str, str]:
    found = services.review_of(fillery.actor("qa"), fillery.own())
    return {one.verdict: one.sentence for one in found.checks if one.code == "yield" and one.about == "put_away"}


@pytest.mark.requirement("211.103")
@pytest.mark.requirement("211.142")
@pytest.mark.requirement("211.188(b)(7)")
@pytest.mark.requirement("211.188(b)(8)")
@pytest.mark.requirement("211.188(b)(9)")
def test_what_a_batch_made_is_put_away_in_one_entry_and_held_against_its_yield(fillery: Fillery) -> None:
    batch = fillery.made()
    before = fillery.output()
    # 99.50 kg weighed; two samples of 100 g were taken after that
    assert (before.made_e6, before.sampled_e6, before.left_e6) == (99_500_000, 200_000, 99_300_000)
    (told,) = _told(fillery)
    assert (told.url_name, told.url_arguments) == ("execution:put-away", (batch.number,))
    assert not _told(fillery, "analyst"), "who may not, is not told"
    assert list(_judged(fillery)) == ["needs judgement"], "a reviewer sees that nothing is put away"
    entries = record.Entry.objects.count()
    receipt = fillery.put_away("3 x 25 kg", "24.1 kg")
    assert record.Entry.objects.count() == entries + 1, "one entry with all containers"
    assert receipt.subject == batch.subject
    entry = record.Entry.objects.get(seq=receipt.seq)
    made = Container.objects.filter(lot=batch.lot_id).order_by("id")
    assert [(one.kind, one.amount_e6, one.location.code) for one in made] == [
        *[("drum", 25_000_000, "WARM")] * 3, ("drum", 24_100_000, "WARM"),
    ]  # fmt: skip
    assert entry.data["containers"] == [
        *[f"{one.identifier} drum 25 kg" for one in made[:3]], f"{made[3].identifier} drum 24.1 kg",
    ]  # fmt: skip
    assert entry.sentence == (
        f"Batch {batch.number}: 99.1 kg of lot {_lot(fillery).identifier} put away in 4 containers at WARM; of 99.5 kg "
        "made, 0.2 kg not accounted for"
    )
    assert _lot(fillery).status == "quarantine", "nobody has released it"
    assert "operator" in workers_on(_lot(fillery)), "and who put it away does not"
    after = fillery.output()
    assert (after.filled_e6, after.left_e6, after.within) == (99_100_000, 200_000, False)
    assert "not accounted for 0.2 kg" in _judged(fillery)["needs judgement"]
    assert not _told(fillery)
    stock.plan_sampling(
        actor=fillery.actor("qa"), definition=_lot(fillery).definition, sampling="none",
        limit_percent=Decimal("0.5"), reason="SPEC",
    )  # fmt: skip
    assert list(_judged(fillery)) == ["fine"], "0.2 of 99.5 kg is within the material's 0.5 %"
    document = document_of(fillery.actor("qa"), fillery.own())
    assert [(one.container, one.kind, one.amount, one.location) for one in document.stock][-1] == (
        made[3].identifier, "drum", "24.1 kg", "Warm room",
    )  # fmt: skip
    specimen = document.labels[-1]
    assert (specimen.container, made[0].identifier in specimen.elements) == (made[0].identifier, True)
    assert [one.percent for one in document.yields if one.id == "put_away"] == ["99.79 %"]


@pytest.mark.requirement("11.10(e)")
def test_of_two_who_put_away_the_same_product_at_once_one_wins_and_the_record_replays(
    committed_plant: Plant, tmp_path: Path
) -> None:
    with opened(furnish(committed_plant)) as fillery:
        batch = fillery.made()
        seen = _lot(fillery).version
        act = partial(fillery.put_away, "3 x 25 kg", expected_version=seen)
        done = at_once([partial(act, name=name) for name in ("operator", "supervisor")])
        assert sorted(type(one).__name__ for one in done) == ["Receipt", "Stale"], done
        assert Container.objects.filter(lot=batch.lot_id).count() == 3
        assert is_whole_and_replays(tmp_path)


@pytest.mark.requirement("211.142")
def test_a_location_that_does_not_fit_or_more_than_was_made_is_refused_with_what_to_do(fillery: Fillery) -> None:
    batch = fillery.made()
    for place, value in (("COLD", "COLD: 2-8 Cel"), ("STORE", "STORE: no storage class")):
        with pytest.raises(DomainError, match="not kept there") as refused:
            fillery.put_away("25 kg", place=place)
        assert (refused.value.value, refused.value.limit) == (value, "15-25 Cel")
        assert "WARM" in refused.value.remedy
    with pytest.raises(DomainError, match="More is filled than the batch made") as refused:
        fillery.put_away("4 x 25 kg")
    assert (refused.value.value, refused.value.limit) == ("100 kg", "99.3 kg left of 99.5 kg")
    for none in ((), ("0 x 25 kg",), ("501 x 0.1 kg",)):
        with pytest.raises(BadInput, match="into containers"):
            fillery.put_away(*none)
    with pytest.raises(BadInput, match="too long"):
        fillery.put_away("25 kg", kind="d" * 41)
    with pytest.raises(DomainError, match="more than nothing"):
        fillery.put_away("0 kg")
    for name in ("analyst", "planner", "sponsor_a", "qa"):
        with pytest.raises(people.Refused):
            fillery.put_away("25 kg", name=name)
    assert not Container.objects.filter(lot=batch.lot_id).exists(), "what is refused leaves nothing"
    with pytest.raises(DomainError, match="put away with its batch") as refused:
        stock.produce(
            actor=fillery.actor("operator"), lot=_lot(fillery), amount=Quantity("1", "kg"),
            location=Location.objects.get(code="WARM"),
        )  # fmt: skip
    assert refused.value.limit == batch.number, "no way around what was made"
    seen = _lot(fillery).version
    act = partial(fillery.put_away, "4 x 25 kg", reason="the bin's scale reads low", expected_version=seen)
    first, again = act(idempotency_key="k"), act(idempotency_key="k")
    assert (again.seq, again.repeated) == (first.seq, True)
    with pytest.raises(record.Stale):
        fillery.put_away("1 kg", reason="found", expected_version=seen)
    assert Container.objects.filter(lot=batch.lot_id).count() == 4
    assert fillery.output().left_e6 == -700_000
    assert "not accounted for -0.7 kg" in _judged(fillery)["needs judgement"]
    fillery.warehouse.set_status(_lot(fillery), "rejected")
    with pytest.raises(DomainError, match="rejected"):
        fillery.put_away("1 kg", reason="found")


def test_a_batch_that_has_not_ended_or_whose_record_says_no_amount_says_so(fillery: Fillery) -> None:
    fillery.open(SOURCE.replace("id: BLD1", "id: BLD0"))
    with pytest.raises(DomainError, match="has not ended"):
        fillery.put_away("25 kg")
    fillery.batch = None
    client = fillery.warehouse.plant.log_in(Client(), "operator")
    running = Batch.objects.get()
    page = client.get(reverse("execution:put-away", args=[running.number]))
    assert "The batch has not ended" in page.content.decode()


def test_a_batch_into_which_nothing_was_weighed_gets_its_lot_with_what_comes_out(shift: Shift) -> None:
    batch = shift.to_the_end(shift.started())
    operator, place = shift.actor("operator"), {"code": "STORE"}
    stock.define_location(actor=shift.actor("qa"), name="Store", **place)
    store_of = materials.Location.objects.get(**place)
    act = partial(services.put_away, actor=operator, fills=fills(["4 x 24 kg", "3 kg"]), location=store_of)
    with pytest.raises(DomainError, match="no material of the plant"):
        act(batch=shift.read(batch))
    assert needs.needs_of(operator) == []
    stock.define_material(
        actor=shift.actor("qa"), code="SYRUP", name="Syrup", kind="product", unit="kg",
        sponsor=Sponsor.objects.get(code="ALPHA"),
    )  # fmt: skip
    assert [one.kind for one in needs.needs_of(operator)] == ["stock"]
    seen = shift.read(batch)
    act(batch=seen, expected_version=seen.version)
    lot = Lot.objects.get()
    assert (shift.read(batch).lot, lot.status, lot.containers.count()) == (lot, "quarantine", 5)
    with pytest.raises(record.Stale):
        act(batch=shift.read(batch), expected_version=seen.version)
    assert needs.needs_of(operator) == []


@pytest.mark.requirement("211.188(b)(7)")
def test_where_no_yield_is_measured_as_the_product_is_nothing_is_guessed(fillery: Fillery) -> None:
    counted = SOURCE.replace("actual: weigh_bulk.net,", "actual: weigh_bulk.net / 200 mg,").replace(
        "theoretical: api + lactose + silica,", "theoretical: (api + lactose + silica) / 200 mg,"
    )
    batch = fillery.made(counted)
    before = fillery.output()
    assert (before.made_e6, before.left_e6) == (None, None)
    fillery.put_away("4 x 25 kg")
    turn = queries.standing(fillery.actor("qa"), fillery.own()).turn
    (said,) = (one.sentence for one in reconciled(turn, output_of(turn)) if one.id == ID)
    assert said.endswith("how much was made is not on record: no yield of the recipe is measured in kg")
    entry = record.history(batch, fillery.actor("qa")).get(type="batch.put_away/1")
    assert (entry.data["made"], entry.data["unaccounted"]) == ("", "")
    assert entry.sentence.endswith("put away in 4 containers at WARM")


@pytest.mark.requirement("11.10(d)")
def test_it_is_put_away_on_its_page_by_the_api_and_from_the_terminal(
    fillery: Fillery, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, plant = fillery.made(), fillery.warehouse.plant
    client = plant.log_in(Client(), "operator")
    page, address = reverse("execution:batch", args=[batch.number]), reverse("execution:put-away", args=[batch.number])
    assert address in client.get(page).content.decode()
    shown = client.get(address).content.decode()
    assert "99.3" in shown, "what is left is said before anything is written"
    assert shown.index("Warm room") < shown.index("Cold room"), "what fits is offered first"
    form = {
        "kind": "drum", "number": "3", "amount": "25", "part": "", "location": "COLD", "idempotency_key": "p",
        "expected_version": str(_lot(fillery).version),
    }  # fmt: skip
    refused = client.post(address, form)
    assert refused.status_code == 400
    assert "15-25 Cel" in refused.content.decode()
    assert client.post(address, form | {"amount": ""}).status_code == 400, "full containers hold something"
    assert client.post(address, form | {"amount": "many"}).status_code == 400
    assert client.post(address, form | {"number": "0"}).status_code == 400, "nothing is no act"
    for _ in range(2):
        answer = client.post(address, form | {"location": "WARM"})
        assert answer["Location"] == f"{page}#stock"
    stale = client.post(address, form | {"location": "WARM", "idempotency_key": "q"})
    assert stale.status_code == 409, "somebody has put away since"
    for part in client.get(page), client.get(reverse("materials:lot", args=[_lot(fillery).identifier])):
        text = part.content.decode()
        assert "Warm room" in text
        assert address in text
    assert client.get(reverse("materials:labels", args=[_lot(fillery).identifier, "pdf"])).content.startswith(b"%PDF")
    # the JSON edge
    api = f"/api/batches/{batch.number}"
    body: dict[str, Any] = {"containers": [{"amount": "12 kg", "kind": "drum"}], "location": "NOWHERE"}
    assert client.post(f"{api}/put-away", body, "application/json").status_code == 400
    for _ in range(2):
        sent = client.post(
            f"{api}/put-away", body | {"location": "WARM"}, "application/json", headers={"Idempotency-Key": "a"}
        )
        assert sent.status_code == 200, sent.content
    assert sent.json()["repeated"] is True
    told = client.get(f"{api}/output").json()["output"]
    assert (told["made"], told["put_away"], told["not_accounted_for"]) == ("99.5 kg", "87 kg", "12.3 kg")
    assert {one["location"] for one in told["containers"]} == {"WARM"}
    # another sponsor learns nothing, the own one reads
    other, own = plant.log_in(Client(), "sponsor_b"), plant.log_in(Client(), "sponsor_a")
    assert other.get(f"{api}/output").status_code == other.get(page).status_code == 404
    assert other.get(address).status_code == own.get(address).status_code == 403
    assert "Warm room" in own.get(page).content.decode()
    # the terminal
    monkeypatch.setenv(operators_cli.PASSWORDS, json.dumps({"operator": PASSWORD}))
    common = [batch.number, "--as", "operator", "--location", "WARM"]
    said = CliRunner().invoke(cli.app, ["put-away", *common, "2 x 6 kg", "0.3 kg", "--kind", "drum"])
    assert said.exit_code == 0, said.output
    assert "put away at WARM (entry #" in said.output
    shown = CliRunner().invoke(cli.app, ["output", batch.number]).output
    assert "made 99.5 kg, samples 0.2 kg, put away 99.3 kg, not accounted for 0 kg" in shown
    nowhere = ["put-away", batch.number, "--as", "operator", "--location", "X", "1 kg"]
    assert CliRunner().invoke(cli.app, nowhere).exit_code


@pytest.mark.requirement("211.150")
def test_a_recall_tells_the_containers_in_stock_with_their_locations(fillery: Fillery) -> None:
    batch = fillery.made()
    fillery.put_away("3 x 25 kg", "24.3 kg")
    api = Movement.objects.filter(into_lot=batch.lot_id, lot__definition__code="API-4")[0].lot
    (product,) = (one for one in recalls.report(fillery.actor("qa"), api)["touched"] if one["material"] == "BLEND-W")  # type: ignore[attr-defined]
    assert product["on hand"] == "99.3"
    told = [one for one in recalls.containers(fillery.actor("qa"), api) if one["lot"] == _lot(fillery).identifier]
    assert [(one["kind"], one["location"], one["amount"], one["status"]) for one in told] == [
        *[("drum", "WARM", "25 kg", "quarantine")] * 3, ("drum", "WARM", "24.3 kg", "quarantine"),
    ]  # fmt: skip
    client = fillery.warehouse.plant.log_in(Client(), "qa")
    page = client.get(reverse("materials:recall", args=[api.identifier])).content.decode()
    assert "Containers in stock" in page
    assert all(str(one["container"]) in page for one in told)
    other = recalls.in_stock(fillery.actor("sponsor_b"), recalls.impact(fillery.actor("sponsor_b"), _lot(fillery)))
    assert other == [], "another sponsor sees nothing"
    assert store.balance(fillery.actor("qa"), _lot(fillery)).received == 99_300_000


def test_what_is_put_away_after_the_review_needs_a_reason(fillery: Fillery) -> None:
    batch = fillery.made()
    qa = fillery.actor("qa")
    fillery.shift.verify_record()
    for one in services.review_of(qa, batch).of("needs judgement"):
        services.judge_check(actor=qa, batch=fillery.own(), key=one.key, text="It freezes until tomorrow.")
    fresh = fillery.own()
    signature = fillery.shift.sign("qa", fresh, "reviewed", services.shown_for_review(qa, fresh))
    services.review_batch(actor=qa, batch=fresh, **signature)
    assert not _told(fillery)
    with pytest.raises(DomainError, match="reviewed already"):
        fillery.put_away("4 x 24 kg")
    fillery.put_away("4 x 24 kg", reason="frozen as the reviewer wrote")
    assert fillery.output().filled_e6 == 96_000_000


class PlugPulledError(Exception):
    """The machine stopped here."""


@pytest.mark.requirement("11.10(e)")
def test_putting_away_that_is_cut_off_before_its_commit_leaves_nothing(
    fillery: Fillery, monkeypatch: pytest.MonkeyPatch
) -> None:
    fillery.made()

    def state() -> list[list[dict[str, Any]]]:
        tables: tuple[Any, ...] = (Batch, Container, Lot, Movement, record.Entry)
        return [list(table._default_manager.order_by("pk").values()) for table in tables]

    def pull(*_: Any) -> None:
        raise PlugPulledError

    before = state()
    with monkeypatch.context() as patch:
        patch.setattr(record.OpenEntry, "append", pull)
        with pytest.raises(PlugPulledError):
            fillery.put_away("3 x 25 kg")
    assert state() == before
    fillery.put_away("3 x 25 kg")
    assert state() != before
    assert len(fills(["3 x 25 kg"])) == 1
