"""Checkpoints: when they are signed, over what, and what a site refuses to sign."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import DatabaseError

from batchwright import record
from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.record import keyring, keys, queries, services, verification, verifier
from batchwright.record.models import Checkpoint, Cosignature, Entry, Node, Witness
from batchwright.record.witness import Witness as Outside
from tests.gmp import plant
from tests.gmp.entries import NoteMade
from tests.properties.history import run, unguarded
from tests.record.concurrency import at_once
from tests.record.sites import OUTSIDE, Site, register, signed

pytestmark = [pytest.mark.usefixtures("site"), pytest.mark.requirement("11.10(e)")]


def notes(count: int) -> None:
    for number in range(count):
        plant.say(str(number))


class TestWhenTheyAreSigned:
    def test_a_checkpoint_covers_every_entry_and_the_next_one_only_what_is_new(self) -> None:
        notes(3)
        first = signed()
        assert first.tree_size == Entry.objects.count() == 4
        assert str(first) == "checkpoint at 4"
        assert services.checkpoint() is None
        plant.say("more")
        assert signed().tree_size == 5
        assert verification.verify().checkpoints == 2

    def test_an_empty_record_has_none_due(self) -> None:
        assert services.checkpoint_if_due() is None
        assert queries.latest_checkpoint() is None

    def test_one_is_due_when_the_oldest_entry_without_one_has_waited_long_enough(self, site: Site) -> None:
        site.configure(checkpoint_seconds=60)
        signed()
        receipt = plant.say("waits")
        plant.say("waits less")
        with clock.frozen(receipt.at + timedelta(seconds=59)):
            assert services.checkpoint_if_due() is None
        with clock.frozen(receipt.at + timedelta(seconds=60)):
            made = services.checkpoint_if_due()
            assert made is not None
            assert made.tree_size == receipt.seq + 1
            assert services.checkpoint_if_due() is None

    def test_one_is_due_when_enough_entries_have_none(self, site: Site) -> None:
        site.configure(checkpoint_seconds=86400, checkpoint_entries=3)
        signed()
        notes(2)
        assert services.checkpoint_if_due() is None
        notes(1)
        assert services.checkpoint_if_due() is not None

    def test_the_very_first_one_falls_due_too(self, site: Site) -> None:
        site.configure(checkpoint_seconds=86400, checkpoint_entries=2)
        notes(1)
        assert services.checkpoint_if_due() is None
        notes(1)
        assert services.checkpoint_if_due() is not None

    @pytest.mark.parametrize("attempt", range(3))
    def test_two_processes_that_sign_at_once_make_one_checkpoint(self, attempt: int) -> None:
        keyring.signing_key()
        notes(3)
        answers = at_once([services.checkpoint] * 4)
        assert not [answer for answer in answers if isinstance(answer, Exception)], answers
        assert Checkpoint.objects.count() == 1
        assert verification.verify().whole

    def test_two_processes_that_start_on_an_empty_plant_share_one_key_and_one_history(self, site: Site) -> None:
        words = [sys.executable, "-m", "batchwright.cli", "record", "checkpoint", "--json"]
        environment = site.environment()
        started = [
            subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)
        ]
        answers = [(process.communicate(timeout=300), process.returncode) for process in started]
        assert [code for _, code in answers] == [0, 0], answers
        assert [file.name for file in site.keys.iterdir()] == ["site-1-0.pem"]
        assert Checkpoint.objects.count() == Entry.objects.count() == 1
        assert verification.verify().whole

    def test_whoever_comes_second_to_the_same_head_makes_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        signed()
        monkeypatch.setattr(queries, "latest_checkpoint", lambda: None)
        assert services.checkpoint() is None
        assert Checkpoint.objects.count() == 1

    def test_afterwards_the_ledger_is_closed_again(self) -> None:
        made = signed()
        with pytest.raises(DatabaseError, match="refused"):
            Node.objects.create(level=8, index=9, hash=bytes(made.root))


def edited(seq: int) -> None:
    with unguarded("record_entry"):
        run("UPDATE record_entry SET body = %s WHERE seq = %s", altered_body(seq), seq)


def altered_body(seq: int) -> bytes:
    return bytes(Entry.objects.get(seq=seq).body).replace(b'"text":"', b'"text":"x')


def nonsense(seq: int) -> None:
    with unguarded("record_entry"):
        body = b"nonsense"
        run("UPDATE record_entry SET body = %s, hash = %s WHERE seq = %s", body, verifier.leaf_hash(body), seq)


def without(seq: int) -> None:
    with unguarded("record_entry"):
        run("DELETE FROM record_entry WHERE seq >= %s", seq)


def missing(seq: int) -> None:
    with unguarded("record_entry"):
        run("DELETE FROM record_entry WHERE seq = %s", seq)


def other_tree(_seq: int) -> None:
    with unguarded("record_checkpoint"):
        run("UPDATE record_checkpoint SET pending = %s", bytes(64))


def short_tree(_seq: int) -> None:
    with unguarded("record_checkpoint"):
        run("UPDATE record_checkpoint SET pending = %s", bytes(31))


@pytest.mark.requirement("11.10(a)")
class TestWhatIsNotSigned:
    @pytest.mark.parametrize(
        ("deed", "seq", "cause"),
        [
            (edited, 8, "edited"),
            (edited, 6, "edited"),
            (nonsense, 6, "edited"),
            (without, 5, "truncated"),
            (without, 1, "truncated"),
            (missing, 7, "deleted"),
            (other_tree, 0, "rewritten"),
            (short_tree, 0, "format"),
        ],
    )
    def test_the_site_signs_over_no_past_that_was_altered(
        self, site: Site, deed: Callable[[int], None], seq: int, cause: str
    ) -> None:
        keyring.signing_key()
        notes(5)
        assert signed().tree_size == 6
        notes(4)
        deed(seq)
        site.configure(checkpoint_seconds=1)
        with clock.frozen(clock.now() + timedelta(hours=1)), pytest.raises(verifier.Broken) as found:
            services.checkpoint_if_due()
        assert found.value.cause == cause
        with pytest.raises(verifier.Broken):
            services.checkpoint()
        assert Checkpoint.objects.count() == 1

    def test_after_a_refusal_the_ledger_is_closed_again(self) -> None:
        signed()
        plant.say("x")
        edited(2)
        with pytest.raises(verifier.Broken):
            services.checkpoint()
        with pytest.raises(DatabaseError, match="refused"):
            Node.objects.create(level=8, index=9, hash=bytes(32))


def grown(size: int) -> None:
    """Let the record grow to a size."""
    notes(size - Entry.objects.count())


def places() -> list[tuple[int, int]]:
    return list(Node.objects.order_by("level", "index").values_list("level", "index"))


class TestKeptHashesOfTheTree:
    @pytest.fixture
    def small(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Keep subtrees of 4 and of 16 leaves, so that few entries fill two levels."""
        monkeypatch.setattr(queries, "NODE_STEP", 2)
        monkeypatch.setattr(services, "BLOCK", 4)
        monkeypatch.setattr("batchwright.record.contents.NODE_STEP", 2)

    def test_a_subtree_is_kept_as_soon_as_a_checkpoint_has_all_of_it(self, small: None) -> None:
        keyring.signing_key()
        expected: list[tuple[int, int]] = []
        for size, new in ((3, []), (4, [(2, 0)]), (5, []), (8, [(2, 1)]), (15, [(2, 2)]), (16, [(2, 3), (4, 0)])):
            grown(size)
            signed()
            expected += new
            assert places() == sorted(expected), size
        node = Node.objects.get(level=4)
        assert str(node) == "level 4 index 0"
        assert bytes(node.hash) == bytes(Checkpoint.objects.get(tree_size=16).root)
        assert verification.verify().whole

    def test_one_checkpoint_may_fill_many(self, small: None) -> None:
        grown(38)
        head = signed()
        assert places() == [(2, index) for index in range(9)] + [(4, 0), (4, 1)]
        leaves = [bytes(leaf) for leaf in Entry.objects.order_by("seq").values_list("hash", flat=True)]
        for seq in (1, 16, 17, 32, 33, 39):
            proof = queries.inclusion_proof(seq, head.tree_size)
            assert proof == verifier.inclusion_proof(leaves, seq - 1)
        for size in (1, 4, 15, 16, 17, 38):
            assert queries.consistency_proof(size, 39) == verifier.consistency_proof(leaves, size)
        assert verification.verify().whole

    def test_the_256th_entry_fills_the_first_one(self) -> None:
        keyring.signing_key()
        grown(255)
        signed()
        assert places() == []
        grown(256)
        head = signed()
        assert places() == [(8, 0)]
        assert bytes(Node.objects.get().hash) == bytes(head.root)
        leaves = [bytes(leaf) for leaf in Entry.objects.order_by("seq").values_list("hash", flat=True)]
        assert queries.inclusion_proof(200, 256) == verifier.inclusion_proof(leaves, 199)
        assert verification.verify().whole

    def test_a_proof_of_what_is_not_in_the_tree_is_refused(self) -> None:
        signed()
        with pytest.raises(verifier.Broken):
            queries.inclusion_proof(2, 1)
        assert queries.StoredTree()(0, 7) is None
        assert queries.StoredTree()(8, 0) is None


class TestWitnesses:
    def test_a_witness_is_registered_once(self) -> None:
        receipt = register(OUTSIDE)
        known = Witness.objects.get()
        assert (known.name, known.sponsor, str(known)) == (OUTSIDE.name, None, OUTSIDE.name)
        entry = Entry.objects.get(seq=receipt.seq)
        assert (entry.subject, entry.sentence) == (known.subject, f"Witness {OUTSIDE.name} registered")
        with pytest.raises(DomainError, match="registered already"):
            register(OUTSIDE)
        assert Witness.objects.count() == 1

    def test_the_same_command_again_gives_the_first_receipt(self) -> None:
        first = register(OUTSIDE, idempotency_key="k")
        again = register(OUTSIDE, idempotency_key="k")
        assert (again.seq, again.repeated) == (first.seq, True)

    def test_a_sponsors_witness_is_the_sponsors_to_see(self) -> None:
        register(OUTSIDE, sponsor="ACME")
        assert queries.entries_visible_to(plant.SPONSOR_A).count() == 1
        assert queries.entries_visible_to(plant.SPONSOR_B).count() == 0

    @pytest.mark.parametrize(
        ("name", "vkey", "words"),
        [
            (OUTSIDE.name, "nonsense", "no verifier key"),
            (OUTSIDE.name, OUTSIDE.vkey, "not the cosignature key of that witness"),
            ("other", OUTSIDE.cosigner.vkey, "not the cosignature key of that witness"),
        ],
    )
    def test_what_is_not_the_cosignature_key_of_that_witness_is_refused(self, name: str, vkey: str, words: str) -> None:
        with pytest.raises(DomainError, match=words):
            services.register_witness(actor=plant.SUPERVISOR, name=name, vkey=vkey)
        assert Entry.objects.count() == 0


class TestCosignatures:
    @pytest.fixture
    def line(self) -> str:
        """A cosignature on the checkpoint at 2."""
        register(OUTSIDE)
        return Outside(OUTSIDE, (keyring.signing_key().public,)).consider(signed().note)

    def test_one_is_kept_once(self, line: str) -> None:
        first = services.add_cosignature(2, line)
        assert str(first) == f"{OUTSIDE.name} on 2"
        assert services.add_cosignature(2, line).pk == first.pk
        assert Cosignature.objects.count() == 1
        report = verification.verify()
        assert (report.whole, report.cosignatures) == (True, 1)

    def test_the_same_one_sent_twice_at_once_is_kept_once(self, line: str) -> None:
        answers = at_once([lambda: services.add_cosignature(2, line)] * 4)
        assert len({answer.pk for answer in answers if isinstance(answer, Cosignature)}) == 1, answers
        assert not [answer for answer in answers if isinstance(answer, Exception)]

    def test_when_it_came_twice_the_ledger_is_closed_again(self, line: str) -> None:
        services.add_cosignature(2, line)
        services.add_cosignature(2, line)
        with pytest.raises(DatabaseError, match="refused"):
            Node.objects.create(level=8, index=9, hash=bytes(32))

    def test_one_on_no_checkpoint_of_ours_is_refused(self, line: str) -> None:
        for size in (1, 0, -1, 10**30):
            with pytest.raises(DomainError, match="no such checkpoint"):
                services.add_cosignature(size, line)

    def test_one_that_does_not_hold_is_refused(self, line: str) -> None:
        plant.say("later")
        later = signed().tree_size
        site_line = keyring.signing_key().sign_note(
            Checkpoint.objects.get(tree_size=2).note.partition("\n\n")[0] + "\n"
        )
        for size, sent in ((later, line), (2, "nonsense"), (2, site_line.splitlines()[-1]), (2, "\ud800"), (2, "")):
            with pytest.raises(DomainError, match="no cosignature of a registered witness"):
                services.add_cosignature(size, sent)

    def test_one_of_a_witness_that_may_not_cosign_any_more_is_refused(self, line: str) -> None:
        witness = Witness.objects.get()
        with record.entry(NoteMade(text="left"), actor=plant.SUPERVISOR, subject=witness) as entry:
            entry.update(witness, is_active=False)
        with pytest.raises(DomainError, match="no cosignature of a registered witness"):
            services.add_cosignature(2, line)

    def test_a_sponsors_copy_names_no_other_sponsors_witness(self, line: str) -> None:
        others = [keys.SigningKey(f"{code}.example/w", Ed25519PrivateKey.generate()) for code in ("a", "b")]
        for other, sponsor in zip(others, ("ACME", "BETA"), strict=True):
            register(other, sponsor=sponsor)
        head = signed()
        for witness in (OUTSIDE, *others):
            own = Outside(witness, (keyring.signing_key().public,)).consider(head.note)
            services.add_cosignature(head.tree_size, own)

        def named(sponsor: str | None) -> list[str]:
            return [found.witness for found in queries.cosignatures_for(head, sponsor)]

        assert named(None) == [OUTSIDE.name]
        assert named("ACME") == [OUTSIDE.name, "a.example/w"]
        assert named("BETA") == [OUTSIDE.name, "b.example/w"]


def test_a_migration_of_the_database_is_recorded() -> None:
    receipt = services.record_migration(["plant.0001_initial", "plant.0002_more"], "1.2.3")
    entry = Entry.objects.get(seq=receipt.seq)
    assert (entry.type, entry.subject, entry.actor) == ("schema.migrated/1", "site/database", "site")
    assert entry.sentence == "Database brought to version 1.2.3 in 2 steps"
