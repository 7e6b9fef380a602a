"""The site's keys: the first one, its files, who follows whom, and what a stolen one may no longer do."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from django.db import connection, connections

from batchwright import record
from batchwright.kernel.errors import DomainError, Unavailable
from batchwright.record import keyring, keys, services, verification, verifier
from batchwright.record.entries import SiteKeyRegistered, SiteKeyRotated
from batchwright.record.models import Checkpoint, Entry, SiteKey, TimeStamp
from tests.gmp import plant
from tests.properties.history import run, unguarded
from tests.record import authority
from tests.record.authority import Authority
from tests.record.concurrency import at_once
from tests.record.sites import Site, rotate, signed

pytestmark = [pytest.mark.usefixtures("site"), pytest.mark.requirement("11.10(e)")]


def causes(*, keys: tuple[str, ...] = ()) -> list[str]:
    return [finding.cause for finding in verification.verify(keys=keys).findings]


def messages() -> str:
    return "\n".join(str(finding) for finding in verification.verify().findings)


def recorded(data: record.EntryData) -> None:
    with record.entry(data, actor=plant.SUPERVISOR, subject="site-key/forged", reason="forged"):
        pass


class TestTheFirstKey:
    def test_it_is_made_for_its_owner_alone_and_recorded_once(self, site: Site) -> None:
        key = keyring.signing_key()
        assert keyring.signing_key().vkey == key.vkey
        assert [file.name for file in site.keys.iterdir()] == ["site-1-0.pem"]
        assert site.key_file().stat().st_mode & 0o777 == 0o600
        entry = Entry.objects.get()
        assert (entry.type, entry.actor, entry.content["data"]["vkey"]) == ("site_key.registered/1", "site", key.vkey)
        assert entry.sentence == f"Site key {key.public.fingerprint.replace(' ', '')[:16]} registered"
        assert entry.subject == SiteKey.objects.get().subject
        assert str(SiteKey.objects.get()) == key.vkey

    def test_it_signs_under_the_sites_name_without_blanks_and_plus_signs(self, site: Site) -> None:
        site.configure(site_name="Plant + Lab  North")
        assert keyring.origin() == "Plant-Lab-North"
        assert keyring.signing_key().name == "Plant-Lab-North"

    @pytest.mark.parametrize("attempt", range(3))
    def test_processes_that_start_at_once_share_one(self, site: Site, attempt: int) -> None:
        answers = at_once([keyring.signing_key] * 4)
        made = {answer.vkey for answer in answers if isinstance(answer, keys.SigningKey)}
        assert len(made) == 1, answers
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        assert Entry.objects.count() == SiteKey.objects.count() == 1

    def test_a_key_that_was_made_and_not_yet_recorded_is_taken_up(self, site: Site) -> None:
        left = keys.create(site.keys / "site-1-0.pem", keyring.origin())
        assert keyring.signing_key().vkey == left.vkey


@pytest.mark.requirement("11.10(c)")
class TestTheFile:
    def test_another_key_in_its_place_is_refused(self, site: Site) -> None:
        keyring.signing_key()
        signed()
        site.key_file().unlink()
        keys.create(site.key_file(), keyring.origin())
        with pytest.raises(DomainError, match="on disk is not the one on record"):
            keyring.signing_key()
        with pytest.raises(DomainError, match="on disk is not the one on record"):
            keyring.key_at(1)
        assert "the key that this site holds is not the last one on record" in messages()

    def test_a_key_that_others_can_read_signs_nothing_and_is_found(self, site: Site) -> None:
        signed()
        site.key_file().chmod(0o644)
        with pytest.raises(DomainError, match="Others than its owner"):
            services.checkpoint()
        assert "Others than its owner" in messages()

    def test_a_key_that_is_gone_is_unavailable_and_the_record_still_verifies(self, site: Site) -> None:
        signed()
        site.key_file().unlink()
        with pytest.raises(Unavailable, match="is not there"):
            keyring.signing_key()
        assert verification.verify().whole

    def test_a_lost_key_is_replaced_only_by_saying_that_it_is_lost(self, site: Site) -> None:
        signed()
        site.key_file().unlink()
        with pytest.raises(Unavailable, match="rotate to a new one"):
            rotate("lost")
        rotate("the disk failed", compromised=True)
        signed()
        assert verification.verify().whole


class TestRotation:
    def test_the_old_key_names_the_new_one(self, site: Site) -> None:
        old = keyring.signing_key()
        before = signed()
        receipt = rotate("yearly")
        new = keyring.signing_key()
        known, findings = keyring.registered()
        assert findings == []
        assert [found.key.vkey for found in known] == [old.vkey, new.vkey]
        assert (known[1].seq, known[1].reason) == (receipt.seq, "yearly")
        assert known[1].handover is not None
        verifier.verify_handover(known[1].handover, old.public, new.public)
        retired = SiteKey.objects.get(vkey=old.vkey)
        assert (retired.retired_at_seq, retired.retired_why) == (before.tree_size, "rotated")
        assert Entry.objects.get(seq=receipt.seq).sentence.startswith("Site key rotated; new key ")
        assert keyring.key_at(1).vkey == old.vkey
        assert keyring.key_at(receipt.seq).vkey == new.vkey
        after = signed()
        verifier.verify_checkpoint(before.note, [old.public])
        verifier.verify_checkpoint(after.note, [new.public])
        assert verification.verify().whole
        assert causes(keys=(old.vkey,)) == ["checkpoint"]
        assert verification.verify(keys=(old.vkey, new.vkey)).whole

    def test_a_compromised_key_hands_nothing_over(self, site: Site) -> None:
        old = keyring.signing_key()
        receipt = rotate("stolen", compromised=True)
        assert keyring.registered()[0][1].handover is None
        assert SiteKey.objects.get(vkey=old.vkey).retired_why == "compromised"
        assert Entry.objects.get(seq=receipt.seq).sentence.startswith("Site key replaced after a compromise; new key ")
        signed()
        assert verification.verify().whole

    def test_without_a_key_there_is_nothing_to_rotate(self) -> None:
        with pytest.raises(DomainError, match="no site key yet"):
            rotate()

    def test_a_rotation_without_a_reason_is_refused_and_can_be_made_again_with_one(self, site: Site) -> None:
        keyring.signing_key()
        with pytest.raises(DomainError, match="A reason is required"):
            rotate("")
        rotate("yearly")
        assert len(list(site.keys.iterdir())) == 2
        assert verification.verify().whole

    def test_of_two_rotations_at_once_one_is_told_of_the_other(self, site: Site) -> None:
        keyring.signing_key()
        answers = at_once([rotate, rotate])
        assert sorted(type(answer).__name__ for answer in answers) in (["Receipt", "Receipt"], ["Receipt", "Stale"])
        signed()
        assert verification.verify().whole

    def test_a_checkpoint_signed_by_a_retired_key_is_found(self, site: Site) -> None:
        old = keyring.signing_key()
        rotate("stolen", compromised=True)
        plant.say("after")
        head = services._sign_head  # what a thief does with the old key, at the plant's own database
        with pytest.MonkeyPatch.context() as thief, services._appending():
            thief.setattr(keyring, "key_at", lambda _size: old)
            stolen = head()
        assert stolen is not None
        report = verification.verify()
        assert [finding.cause for finding in report.findings] == ["checkpoint"]
        assert f"checkpoint of size {stolen.tree_size}" in str(report.findings[0])

    def test_another_database_is_read_without_looking_at_this_sites_disk(self, site: Site) -> None:
        keyring.signing_key()
        site.key_file().chmod(0o644)
        connections.databases["copy"] = {**connections.databases["default"], "NAME": site.database.name}
        try:
            assert keyring.registered("copy")[1] == []
        finally:
            connections["copy"].close()
            del connections["copy"]
            del connections.databases["copy"]

    def test_every_key_in_the_table_and_on_disk_is_kept(self, site: Site) -> None:
        old = keyring.signing_key()
        rotate()
        new = keyring.signing_key()
        stray = keys.create(site.keys / "site-9-9.pem", keyring.origin())
        assert [key.vkey for key in keyring.kept()] == [old.vkey, new.vkey, stray.vkey]

    def test_a_key_that_others_can_read_is_not_kept(self, site: Site) -> None:
        keys.create(site.keys / "site-9-9.pem", keyring.origin())
        (site.keys / "site-9-9.pem").chmod(0o644)
        assert keyring.kept() == []


class TestForgedSuccession:
    """Somebody who can write entries names a key of his own as the site's next one."""

    @pytest.fixture
    def own(self, site: Site, tmp_path: Path) -> keys.SigningKey:
        return keys.create(tmp_path / "own.pem", keyring.origin())

    def rotated(self, old: keys.SigningKey, new: keys.SigningKey, handover: str | None) -> None:
        recorded(
            SiteKeyRotated(
                old_vkey=old.vkey, new_vkey=new.vkey, new_fingerprint="f" * 64, compromised=False, handover=handover
            )
        )

    def test_a_handover_by_another_key_is_found(self, own: keys.SigningKey) -> None:
        current = keyring.signing_key()
        self.rotated(current, own, keys.handover(own, own))
        assert "no trusted key" in messages()

    def test_a_handover_to_another_key_is_found(self, own: keys.SigningKey) -> None:
        current = keyring.signing_key()
        self.rotated(current, own, keys.handover(current, current))
        assert "handed over to another key" in messages()

    def test_a_key_that_was_never_the_sites_cannot_hand_over(self, own: keys.SigningKey) -> None:
        keyring.signing_key()
        self.rotated(own, own, keys.handover(own, own))
        assert "took over from a key that was not the site's" in messages()

    def test_a_key_that_nobody_handed_over_to_is_found(self, own: keys.SigningKey) -> None:
        self.rotated(keyring.signing_key(), own, None)
        assert "did not hand over" in messages()

    def test_a_second_first_key_is_found(self, own: keys.SigningKey) -> None:
        keyring.signing_key()
        recorded(SiteKeyRegistered(site="x", vkey=own.vkey, fingerprint="f" * 64))
        assert "a second first key" in messages()
        assert [known.seq for known in keyring.registered()[0]] == [1]

    def test_a_rotation_before_any_key_is_found(self, own: keys.SigningKey) -> None:
        self.rotated(own, own, keys.handover(own, own))
        assert keyring.registered()[0] == []
        assert "not the site's" in messages()

    def test_what_is_no_key_is_found(self) -> None:
        keyring.signing_key()
        recorded(SiteKeyRotated(old_vkey="x", new_vkey="y", new_fingerprint="", compromised=True, handover=None))
        assert [finding.cause for finding in keyring.registered()[1]] == ["signature"]

    def test_facts_of_another_shape_are_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        keyring.signing_key()
        monkeypatch.setattr(Entry, "data", {"vkey": 5})
        assert [finding.cause for finding in keyring.registered()[1]][:1] == ["unreadable"]

    def test_facts_that_nobody_can_read_any_more_name_no_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        keyring.signing_key()
        monkeypatch.setattr(Entry, "typed", None)
        assert keyring.registered()[0] == []

    def test_before_any_key_is_on_record_nothing_can_be_signed(self) -> None:
        with pytest.raises(DomainError, match="No site key is on record yet: size 5"):
            keyring.key_at(5)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority.serving(authority.made(tmp_path_factory.mktemp("authority"))) as serving:
        yield serving


def root_file(folder: Path, trusted: Authority) -> Path:
    path = folder / "roots.pem"
    path.write_bytes(trusted.root.public_bytes(serialization.Encoding.PEM))
    return path


def altered(statement: str, *values: object) -> None:
    """Change a time stamp as the database's owner could, its guards put back afterwards."""
    with unguarded("record_timestamp"):
        run(statement, *values)


class TestTimeStamps:
    def test_without_an_authority_the_sites_own_key_states_the_time(self, site: Site) -> None:
        head = signed()
        stamp = TimeStamp.objects.get()
        assert (stamp.kind, stamp.checkpoint_id) == ("local/1", head.tree_size)
        assert str(stamp) == f"local/1 on {head.tree_size}"
        assert verification.verify().timestamps == 1

    @pytest.mark.skipif(shutil.which("openssl") is None, reason="the local time-stamp authority needs openssl")
    def test_an_outside_authority_states_the_time(self, site: Site, tmp_path: Path, outside: Authority) -> None:
        site.configure(tsa_url=outside.url, tsa_roots=root_file(tmp_path, outside))
        signed()
        assert TimeStamp.objects.get().kind == "rfc3161/1"
        assert verification.verify().whole
        site.configure(tsa_url="", tsa_roots=None)
        assert "No certificate is trusted" in messages()
        stranger = authority.made(tmp_path)
        site.configure(tsa_roots=root_file(tmp_path, stranger))
        assert "does not hold" in messages()

    def test_an_authority_that_does_not_answer_leaves_the_checkpoint_standing(
        self, site: Site, tmp_path: Path, outside: Authority
    ) -> None:
        site.configure(tsa_url="http://127.0.0.1:9/", tsa_roots=root_file(tmp_path, outside))
        with pytest.raises(Unavailable, match="does not answer"):
            services.checkpoint()
        assert Checkpoint.objects.count() == 1
        assert TimeStamp.objects.count() == 0
        assert verification.verify().whole

    def test_an_altered_stamp_is_found(self, site: Site) -> None:
        signed()
        altered("UPDATE record_timestamp SET kind = 'sundial/1'")
        assert "kind 'sundial/1' is not known" in messages()
        altered("UPDATE record_timestamp SET kind = 'local/1', token = %s", b"no note")
        assert causes() == ["timestamp"]

    def test_a_stamp_beside_which_stands_another_time_is_found(self, site: Site) -> None:
        signed()
        altered("UPDATE record_timestamp SET at = '2020-01-01 00:00:00'" + zone())
        assert "beside it stands 2020-01-01" in messages()


def zone() -> str:
    return "" if connection.vendor == "sqlite" else "::timestamptz"
