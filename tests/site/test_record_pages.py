"""The record explorer: what a reader sees of what happened, and what another sponsor never learns."""

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from batchwright import record
from batchwright.kernel import clock
from batchwright.people import services
from batchwright.record import services as services_of_record
from batchwright.record import verifier
from batchwright.record.access import requires
from batchwright.record.models import Checkpoint, Entry
from batchwright.record.services import checkpoint
from batchwright.record.templatetags import record_words
from batchwright.record.web import exploring, filters, presentation
from tests.people.plant import Plant


@pytest.fixture
def qa(plant: Plant, client: Client) -> Client:
    return plant.log_in(client, "qa")


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def bare(answer: Any, address: str) -> str:
    """A page without what differs from one request to the next."""
    own = rf'value="[0-9A-Za-z]{{64}}"|{re.escape(answer.headers["X-Request-ID"])}'
    return re.sub(own, "", answer.content.decode()).replace(address, "/")


def renamed(plant: Plant) -> record.Receipt:
    return services.change_user(
        actor=plant.actor("qa"), user=plant.user("operator"), printed_name="Olga Weber", email="", reason="married"
    )


@pytest.mark.requirement("11.10(e)")
@pytest.mark.requirement("Annex 11, 8")
def test_an_entry_shows_who_when_why_and_the_values_before_and_after(plant: Plant, qa: Client) -> None:
    receipt = renamed(plant)
    shown = text(qa, f"/record/{receipt.seq}/")
    assert "<del>Operator</del>" in shown
    assert "<ins>Olga Weber</ins>" in shown
    assert "operator@example.com" in shown
    assert "married" in shown
    assert "UTC" in shown
    assert record.entries_visible_to(plant.actor("qa")).get(seq=receipt.seq).hash_hex in shown


def test_an_entry_is_proved_under_the_last_checkpoint_each_time_it_is_shown(plant: Plant, qa: Client) -> None:
    receipt = renamed(plant)
    assert "the next checkpoint will cover it" in text(qa, f"/record/{receipt.seq}/")
    checkpoint()
    assert "proved just now" in text(qa, f"/record/{receipt.seq}/")


@pytest.mark.requirement("11.10(a)")
def test_an_altered_entry_says_so_on_its_own_page(plant: Plant, qa: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    receipt = renamed(plant)
    checkpoint()
    altered = Entry.objects.get(seq=receipt.seq)
    altered.body = bytes(altered.body).replace(b"married", b"MARRIED")
    monkeypatch.setattr(exploring, "_visible_entry", lambda _request, _seq: altered)
    shown = text(qa, f"/record/{receipt.seq}/")
    assert "not those that were hashed" in shown
    assert 'data-tone="stop"' in shown


def test_the_exact_bytes_that_were_hashed_can_be_taken_away(plant: Plant, qa: Client) -> None:
    receipt = renamed(plant)
    answer = qa.get(f"/record/{receipt.seq}/bytes")
    assert answer.content == bytes(Entry.objects.get(seq=receipt.seq).body)
    assert "attachment" in answer.headers["Content-Disposition"]


@pytest.mark.requirement("ALCOA+ available")
def test_the_time_line_is_narrowed_by_subject_person_type_and_day(plant: Plant, qa: Client) -> None:
    receipt = renamed(plant)
    link = f'href="/record/{receipt.seq}/"'
    day = f"{receipt.at:%Y-%m-%d}"
    assert link in text(qa, "/record/")
    assert link in text(qa, "/record/?subject=user/oper")
    assert link in text(qa, f"/record/?actor=qa&type=user.changed/1&since={day}&until={day}")
    assert link not in text(qa, "/record/?actor=analyst")
    assert "No entry that you may see fits" in text(qa, "/record/?until=2001-01-01")


def test_a_filter_that_cannot_be_read_says_so_beside_its_field(qa: Client) -> None:
    shown = text(qa, "/record/?since=yesterday")
    assert "This is no day" in shown
    assert "data-invalid" in shown


def test_pages_of_the_time_line_meet_without_gap_or_overlap(
    plant: Plant, qa: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "PAGE", 7)
    seen: list[int] = []
    address = "/record/"
    while address:
        shown = text(qa, address)
        seen += [int(seq) for seq in re.findall(r'href="/record/(\d+)/"', shown)]
        older = re.search(r'rel="next" href="([^"]+)"', shown)
        address = f"/record/{older[1]}".replace("&amp;", "&") if older else ""
    count = Entry.objects.count()
    assert seen == list(range(count, 0, -1))
    newer = re.search(r'rel="prev" href="([^"]+)"', text(qa, "/record/?before=8"))
    assert newer is not None
    back = [int(seq) for seq in re.findall(r'href="/record/(\d+)/"', text(qa, f"/record/{newer[1]}"))]
    assert back == list(range(14, 7, -1))


def test_the_time_line_costs_the_same_on_the_first_page_and_deep_in_the_past(
    plant: Plant, qa: Client, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: object
) -> None:
    monkeypatch.setattr(filters, "PAGE", 7)
    text(qa, "/record/")
    with django_assert_max_num_queries(40):  # type: ignore[operator]
        text(qa, "/record/?before=20")


def test_a_subject_has_its_story_and_where_it_has_none_there_is_no_page(plant: Plant, qa: Client) -> None:
    receipt = renamed(plant)
    shown = text(qa, "/record/of/user/operator/")
    assert f'href="/record/{receipt.seq}/"' in shown
    assert "Export record" in shown
    text(qa, "/record/of/user/nobody/", status=404)


@pytest.mark.requirement("11.10(b)")
@pytest.mark.requirement("ALCOA+ available")
def test_a_subject_is_exported_as_a_zip_and_the_copy_is_on_record(plant: Plant, qa: Client) -> None:
    renamed(plant)
    answer = qa.post("/record/of/user/operator/export", {"reason": "for the sponsor"})
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as zipped:  # type: ignore[attr-defined]
        assert {"verify.py", "manifest.json", "checkpoint.txt"} <= {name.split("/")[-1] for name in zipped.namelist()}
    exported = Entry.objects.get(type="record.exported/1")
    assert exported.reason == "for the sponsor"
    assert exported.actor == "qa"


def test_nobody_exports_what_is_not_there_or_by_following_a_link(plant: Plant, qa: Client) -> None:
    assert qa.post("/record/of/user/nobody/export").status_code == 404
    assert qa.get("/record/of/user/operator/export").status_code == 405


def test_checkpoints_say_how_far_the_site_signed(plant: Plant, qa: Client) -> None:
    assert "No checkpoint yet" in text(qa, "/record/checkpoints/")
    first = checkpoint()
    renamed(plant)
    second = checkpoint()
    assert first is not None
    assert second is not None
    listed = text(qa, "/record/checkpoints/")
    assert f'href="/record/checkpoints/{second.tree_size}/"' in listed
    shown = text(qa, f"/record/checkpoints/{first.tree_size}/")
    assert "continues this one" in shown
    assert bytes(first.root).hex() in shown
    note = qa.get(f"/record/checkpoints/{first.tree_size}/note")
    assert note.content.decode() == first.note
    text(qa, "/record/checkpoints/999999/", status=404)
    text(qa, "/record/checkpoints/999999/note", status=404)


@pytest.mark.requirement("11.10(d)")
def test_another_sponsors_person_never_learns_that_an_entry_exists(plant: Plant, client: Client) -> None:
    seq = Entry.objects.filter(subject="user/sponsor_b").order_by("seq").values_list("seq", flat=True)[0]
    plant.log_in(client, "sponsor_a")
    with clock.frozen(clock.now()):  # the frame tells the time; the two pages must agree in everything else as well
        hidden = client.get(f"/record/{seq}/")
        absent = client.get("/record/99999999/")
    assert hidden.status_code == absent.status_code == 404
    assert bare(hidden, f"/{seq}/") == bare(absent, "/99999999/")
    for address in (f"/record/{seq}/bytes", "/record/of/user/sponsor_b/", f"/api/record/entries/{seq}"):
        assert client.get(address).status_code == 404
    assert "sponsor_b" not in text(client, "/record/")
    assert "beta" not in text(client, "/record/").lower()
    assert "sponsor_b" not in text(client, "/find?q=sponsor")


def test_a_sponsors_person_reads_but_does_not_verify_the_whole(plant: Plant, client: Client) -> None:
    plant.log_in(client, "sponsor_a")
    assert "Verify now" not in text(client, "/record/")
    assert client.get("/record/verify/").status_code == 403
    assert client.post("/record/verify/").status_code == 403


def test_strangers_are_sent_to_sign_in_and_machines_are_told_so(client: Client) -> None:
    assert client.get("/record/").headers["Location"].startswith("/accounts/login/")
    answer = client.get("/api/record/entries")
    assert answer.status_code == 401


def test_the_json_edge_gives_entries_in_order_and_in_parts(plant: Plant, qa: Client) -> None:
    first = qa.get("/api/record/entries?limit=3").json()
    assert [entry["seq"] for entry in first["entries"]] == [1, 2, 3]
    rest = qa.get(f"/api/record/entries?limit=500&after={first['next_after']}").json()
    assert rest["entries"][0]["seq"] == 4
    assert rest["next_after"] is None
    one = qa.get("/api/record/entries?subject=user/operator&type=user.enrolled/1").json()["entries"]
    assert [entry["data"]["username"] for entry in one] == ["operator"]
    refused = qa.get("/api/record/entries?limit=501")
    assert refused.status_code == 400
    assert refused.json()["limit"] == "1 to 500"


def test_the_json_edge_gives_proofs_that_verify(plant: Plant, qa: Client) -> None:
    assert qa.get("/api/record/entries/3/proof").status_code == 400
    assert qa.get("/api/record/checkpoints/latest").status_code == 404
    first = checkpoint()
    renamed(plant)
    second = checkpoint()
    assert first is not None
    assert second is not None
    proof = qa.get("/api/record/entries/3/proof").json()
    verifier.verify_inclusion(
        leaf=verifier.leaf_hash(qa.get("/api/record/entries/3/bytes").content),
        index=proof["leaf_index"],
        size=proof["tree_size"],
        proof=[bytes.fromhex(part) for part in proof["hashes"]],
        root=bytes(second.root),
    )
    assert qa.get("/api/record/checkpoints/latest").json()["tree_size"] == second.tree_size
    assert qa.get(f"/api/record/checkpoints/{first.tree_size}").json()["note"] == first.note
    assert qa.get("/api/record/checkpoints/999999").status_code == 404
    sizes = f"old={first.tree_size}&new={second.tree_size}"
    assert qa.get(f"/api/record/consistency?{sizes}").json()["hashes"]
    assert qa.get(f"/api/record/consistency?old=0&new={second.tree_size}").status_code == 400
    assert qa.get("/api/record/consistency?old=1&new=999999").status_code == 404


def witness(name: str, sponsor: str | None, head: Checkpoint) -> None:
    """Let somebody outside the plant cosign a checkpoint."""
    key = Ed25519PrivateKey.generate()
    services_of_record.register_witness(
        actor=record.SITE,
        name=name,
        vkey=verifier.VerifierKey.of(name, key, verifier.COSIGNATURE).vkey,
        sponsor=sponsor,
    )
    text = verifier.parse_note(head.note).text
    line = verifier.cosign(text, name=name, key=key, time=int(clock.now().timestamp())).line
    services_of_record.add_cosignature(head.tree_size, line)


def test_witnesses_are_named_to_the_plant_and_a_sponsor_sees_only_its_own(plant: Plant, client: Client) -> None:
    head = checkpoint()
    assert head is not None
    witness("alpha.example/witness", "ALPHA", head)
    witness("beta.example/witness", "BETA", head)
    note = f"/record/checkpoints/{head.tree_size}/note"
    plant.log_in(client, "qa")
    for address in ("/record/checkpoints/", f"/record/checkpoints/{head.tree_size}/", note):
        shown = text(client, address)
        assert "alpha.example" in shown
        assert "beta.example" in shown
    assert "cosigned by 2 witnesses" in text(client, f"/record/checkpoints/{head.tree_size}/")
    plant.log_in(client, "sponsor_a")
    for address in ("/record/checkpoints/", f"/record/checkpoints/{head.tree_size}/", note):
        shown = text(client, address)
        assert "alpha.example" in shown
        assert "beta.example" not in shown


def test_entries_of_a_span_of_time_are_given_to_machines(plant: Plant, qa: Client) -> None:
    receipt = renamed(plant)
    at = clock.iso(receipt.at)
    found = qa.get("/api/record/entries", {"since": at, "until": clock.iso(receipt.at + timedelta(seconds=1))}).json()
    assert [entry["seq"] for entry in found["entries"]] == [receipt.seq]
    assert qa.get("/api/record/entries", {"until": "2001-01-01T00:00:00Z"}).json()["entries"] == []


@pytest.mark.requirement("11.10(g)")
def test_a_role_without_the_action_is_refused_by_pages_and_by_the_json_edge(plant: Plant, client: Client) -> None:
    services.revoke_action(actor=plant.actor("administrator"), role="planner", action="record.read", reason="by test")
    plant.log_in(client, "planner")
    assert client.get("/record/").status_code == 403
    refused = client.get("/api/record/entries")
    assert refused.status_code == 403
    assert refused.json()["value"] == "record.read"


def test_a_view_that_lets_strangers_in_by_mistake_still_sends_them_to_sign_in() -> None:
    @requires("record.read")
    def view(request: HttpRequest) -> HttpResponse:
        raise AssertionError(request)

    answer = view(RequestFactory().get("/record/?page=2"))
    assert answer.status_code == 302
    assert answer.headers["Location"].endswith("?next=/record/%3Fpage%3D2")


def test_a_row_of_a_table_that_no_part_knows_any_more_is_still_shown(plant: Plant) -> None:
    entry = Entry.objects.get(seq=renamed(plant).seq)
    entry.changes[0]["table"] = "retired_table"
    change = next(iter(presentation.changes(entry)))
    assert change.heading.startswith("Retired_table")


def test_stored_facts_of_every_kind_are_written_in_words() -> None:
    facts = [None, "", [], True, False, ["a", "b"], {"value": "1.50", "unit": "kg"}, 7]
    dash = "\N{EN DASH}"
    assert [record_words.stored(fact) for fact in facts] == [
        dash, dash, dash, "yes", "no", "a, b", "value 1.50, unit kg", "7",
    ]  # fmt: skip


def test_the_steps_of_a_check_are_named() -> None:
    assert record_words.step_words("") == "Starting"
    assert "chain" in record_words.step_words("chain")
    assert "people_user" in record_words.step_words("people_user")


def test_the_time_line_runs_from_the_oldest_entry_where_one_asks_for_it(
    qa: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filters, "PAGE", 7)
    every, pages, address = [], [], "/record/?sort=number"
    while address:
        shown = text(qa, address)
        pages.append([int(seq) for seq in re.findall(r'href="/record/(\d+)/"', shown)])
        every += pages[-1]
        newer = re.search(r'rel="next" href="([^"]+)"', shown)
        older = re.search(r'rel="prev" href="([^"]+)"', shown)
        assert (older is None) == (len(pages) == 1), "there is nothing before the first entry"
        address = f"/record/{newer[1]}".replace("&amp;", "&") if newer else ""
    assert every == list(range(1, Entry.objects.count() + 1))
    assert older is not None
    back = text(qa, f"/record/{older[1]}".replace("&amp;", "&"))
    assert [int(seq) for seq in re.findall(r'href="/record/(\d+)/"', back)] == pages[-2]
    first = text(qa, "/record/?sort=number")
    assert '<input type="hidden" name="sort" value="number">' in first
    assert "?actor=qa&amp;sort=number" in text(qa, "/record/?actor=qa")
