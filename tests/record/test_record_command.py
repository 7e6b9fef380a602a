"""`batchwright record` as people and scripts meet it: what it says, what it writes, and the exit code."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError

from batchwright import cli, record
from batchwright.record import keyring, keys, queries, runs, services, verifier
from batchwright.record.models import Checkpoint, Cosignature, Entry, SiteKey, Witness
from tests.gmp import plant
from tests.gmp.entries import NoteMade
from tests.gmp.models import Lot
from tests.properties.history import chained, read, rewrite, run, unguarded
from tests.record import rebuilding
from tests.record.sites import OUTSIDE, Site, register, signed

pytestmark = [pytest.mark.usefixtures("site"), pytest.mark.requirement("11.10(b)")]
Said = tuple[int, str, str]
Command = Callable[..., Said]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in this process as its program does; exit code, standard output, standard error."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("getpass.getuser", lambda: "root")

    def run(*words: str) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main(["record", *words])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return int(left.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def lot(site: Site) -> Lot:
    """A lot of two entries whose words look like a terminal's mark-up."""
    plant.receive_lot("L-1", sponsor="ACME")
    found = plant.lot_named("L-1")
    data = NoteMade(text="[/x] seen")
    with record.entry(data, actor=plant.SUPERVISOR, subject=found, reason="[b]", sponsor="ACME") as entry:
        entry.update(found, note="[/] checked", mass="2.000")
    return found


def as_json(said: Said) -> Any:
    assert said[2] == ""
    return json.loads(said[1])


def refused(said: Said, words: str, code: int = 2) -> None:
    """One sentence on standard error, nothing on standard output."""
    assert (said[0], said[1]) == (code, "")
    assert words in said[2]
    assert len(said[2].strip().splitlines()) == 1


def spoilt() -> None:
    with unguarded("gmp_lot"):
        run("UPDATE gmp_lot SET note = '[/red] past the record'")


@pytest.mark.requirement("11.10(a)")
class TestVerify:
    def test_a_copy_that_can_only_be_read_is_checked(self, lot: Lot, command: Command) -> None:
        with mock.patch.object(runs, "_begin", side_effect=OperationalError("attempt to write a readonly database")):
            code, said, _ = command("verify")
        assert (code, "is whole" in said, "this check is not kept" in said) == (0, True, True)

    def test_a_whole_record_is_said_to_be_whole(self, lot: Lot, command: Command) -> None:
        code, said, _ = command("verify")
        assert code == 0
        assert "whole record: 2 entries, 1 rows, 0 checkpoints" in said
        assert said.rstrip().endswith("The record is whole.")
        head = signed()
        code, said, _ = command("verify")
        assert said.rstrip().endswith(
            f"The record is whole; entries up to #{head.tree_size} are under a signed checkpoint."
        )

    def test_what_is_wrong_is_named_and_the_exit_code_is_1(self, lot: Lot, command: Command) -> None:
        spoilt()
        code, said, _ = command("verify")
        assert code == 1
        assert "WRONG  entry #2: gmp_lot 1: changed past the record: note is '[/red] past the record'" in said
        assert "The record is NOT whole" in said
        code, said, error = command("verify", "--json")
        report = json.loads(said)
        assert (code, error, report["whole"], report["findings"][0]["cause"]) == (1, "", False, "row")

    def test_one_subject_is_verified_by_itself(self, lot: Lot, command: Command) -> None:
        code, said, _ = command("verify", "lot/L-1")
        assert (code, "lot/L-1: 2 entries, 1 rows" in said) == (0, True)
        assert as_json(command("verify", "lot/L-1", "--json"))["scope"] == "lot/L-1"
        refused(command("verify", "lot/L-9"), "The record knows no such subject: lot/L-9.")

    def test_it_trusts_the_keys_that_are_given(self, lot: Lot, command: Command) -> None:
        signed()
        assert command("verify", "--key", keyring.signing_key().vkey)[0] == 0
        assert command("verify", "--key", OUTSIDE.vkey)[0] == 1
        refused(command("verify", "--key", "nonsense"), "'nonsense' is not a verifier key")

    def test_entries_that_nobody_can_read_and_findings_past_the_most_are_counted(
        self, lot: Lot, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("batchwright.record.findings.MOST", 1)
        monkeypatch.setattr("batchwright.record.typed.read", lambda *_: None)
        plant.receive_lot("L-2")
        plant.receive_lot("L-3")
        spoilt()
        said = command("verify")[1]
        assert said.count("WRONG") == 1
        assert "       and 2 more\n" in said
        assert "3 entries of type lot.arrived/1 are read by no installed capability" in said


class TestReplay:
    def test_a_rebuilt_plant_equals_the_live_one(self, lot: Lot, command: Command, tmp_path: Path) -> None:
        signed()
        code, said, _ = command("replay", "--into", str(tmp_path / "new.sqlite3"))
        assert code == 0, said
        assert said.rstrip().endswith("The rebuilt plant equals the live one.")
        other = f"sqlite:////{str(tmp_path).lstrip('/')}/other.sqlite3"
        with rebuilding.copies():
            report = as_json(command("replay", "--into", other, "--json"))
        assert (report["equal"], report["entries"]) == (True, Entry.objects.count())

    def test_a_difference_is_named_and_the_exit_code_is_1(self, lot: Lot, command: Command, tmp_path: Path) -> None:
        spoilt()
        with rebuilding.copies():
            code, said, _ = command("replay", "--into", str(tmp_path / "new.sqlite3"))
        assert code == 1
        assert "differs in 1" in said
        assert "The rebuilt plant DIFFERS." in said

    def test_what_no_capability_has_and_rows_past_the_most_are_said(
        self, command: Command, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from batchwright.record import replay

        report = replay.ReplayReport(left_out={"old_table": 7})
        report.tables.append(replay.TableComparison("gmp_lot", 30, different=["1"], more=10))
        monkeypatch.setattr(replay, "replay", lambda *_, **__: report)
        code, said, _ = command("replay", "--into", "x")
        assert code == 1
        assert "differs in 1 and 10 more" in said
        assert "left out: no installed capability has this table" in said

    def test_a_database_that_holds_something_is_left_alone(self, command: Command, tmp_path: Path) -> None:
        import sqlite3

        with sqlite3.connect(tmp_path / "old.sqlite3") as old:
            old.execute("CREATE TABLE kept (id)")
        old.close()
        refused(command("replay", "--into", str(tmp_path / "old.sqlite3")), "is not empty")
        refused(command("replay", "--into", "oracle://x/y"), "oracle")


class TestExport:
    def test_a_copy_is_written_and_verifies(self, lot: Lot, command: Command, tmp_path: Path) -> None:
        path = tmp_path / "lot.zip"
        code, said, _ = command("export", "lot/L-1", "--to", str(path), "--reason", "inspection")
        assert code == 0
        assert f"{path}: 2 entries of lot/L-1 under checkpoint #3." in said
        assert "python lot/verify.py" in said
        assert verifier.verify_export(verifier.open_export(path), [keyring.signing_key().public]).ok
        exported = Entry.objects.order_by("-seq")[0]
        assert (exported.actor, exported.actor_name, exported.reason) == (
            "site", "Site administration (root)", "inspection",
        )  # fmt: skip
        with zipfile.ZipFile(path) as zipped:
            zipped.extractall(tmp_path / "lot")
        done = subprocess.run(
            [sys.executable, tmp_path / "lot" / "verify.py"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout

    def test_it_speaks_json(self, lot: Lot, command: Command, tmp_path: Path) -> None:
        path = str(tmp_path / "lot.zip")
        said = as_json(command("export", "lot/L-1", "--to", path, "--json"))
        assert said == {"file": path, "subject": "lot/L-1", "entries": 2, "tree_size": 3}

    def test_no_file_is_written_over(self, lot: Lot, command: Command, tmp_path: Path) -> None:
        path = tmp_path / "lot.zip"
        path.write_bytes(b"kept")
        refused(command("export", "lot/L-1", "--to", str(path)), "The file exists already")
        assert path.read_bytes() == b"kept"

    def test_what_cannot_be_exported_leaves_no_file(self, lot: Lot, command: Command, tmp_path: Path) -> None:
        path = tmp_path / "lot.zip"
        refused(command("export", "lot/L-9", "--to", str(path)), "knows no such subject: lot/L-9")
        assert not path.exists()
        refused(command("export", "lot/L-1", "--to", str(tmp_path / "none" / "lot.zip")), "No such file")


@pytest.mark.requirement("11.10(e)")
class TestShow:
    def test_entries_are_sentences(self, lot: Lot, command: Command) -> None:
        _, said, _ = command("show")
        first, second, third, fourth = said.splitlines()
        assert first.startswith("#1 ")
        assert first.endswith("Odile Moreau (operator)")
        assert second.strip() == Entry.objects.get(seq=1).sentence
        assert third.endswith("Sven Lindqvist (supervisor)")
        assert fourth.strip().endswith("- [b]")

    def test_one_entry_is_shown_whole(self, lot: Lot, command: Command) -> None:
        said = command("show", "2")[1]
        assert '"text": "[/x] seen"' in said
        assert f"hash {Entry.objects.get(seq=2).hash_hex}" in said

    def test_they_are_narrowed_by_subject_type_person_and_number(self, lot: Lot, command: Command) -> None:
        plant.say("other")

        def seqs(*words: str) -> list[int]:
            return [entry["seq"] for entry in as_json(command("show", *words, "--json"))]

        assert seqs() == [1, 2, 3]
        assert seqs("lot/L-1") == [1, 2]
        assert seqs("--type", "note.made/1") == [2, 3]
        assert seqs("--actor", plant.SUPERVISOR.id) == [2]
        assert seqs("--limit", "2") == [2, 3]
        assert seqs("3", "--type", "lot.arrived/1") == []
        assert command("show", "3", "--type", "lot.arrived/1")[1] == ""

    @pytest.mark.parametrize("what", ["9", "lot/L-9", "9" * 40, "\u00b2"])
    def test_what_is_not_there_is_refused(self, lot: Lot, command: Command, what: str) -> None:
        refused(command("show", what), f"The record has no such entry or subject: {what}")
        refused(command("diff", what), f"The record has no such entry or subject: {what}")

    def test_changes_are_shown_column_by_column(self, lot: Lot, command: Command) -> None:
        said = command("diff", "lot/L-1")[1]
        assert "Odile Moreau: gmp_lot 1" in said
        assert "    name: None -> 'L-1'" in said
        assert "    note: '' -> '[/] checked'" in said
        assert "    mass: '1.500' -> '2.000'" in said
        assert "pin" not in said.split("Sven Lindqvist")[1]
        (line,) = as_json(command("diff", "2", "--json"))
        assert (line["seq"], line["table"], line["key"]) == (2, "gmp_lot", "1")
        assert line["columns"]["mass"] == ["1.500", "2.000"]
        plant.remove_lot(plant.lot_named("L-1"))
        assert "    name: 'L-1' -> None" in command("diff", "3")[1]


class TestCheckpointAndKeys:
    def test_a_checkpoint_is_signed_and_printed(self, lot: Lot, command: Command) -> None:
        assert command("checkpoint")[1] == Checkpoint.objects.get().note
        latest = Checkpoint.objects.get()
        said = as_json(command("checkpoint", "--json"))
        assert said == {"tree_size": 3, "root": bytes(latest.root).hex(), "note": latest.note}

    def test_where_nothing_is_signed_yet_it_says_so(self, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(services, "checkpoint", lambda: None)
        refused(command("checkpoint"), "The record is empty")

    def test_a_key_that_is_gone_is_unavailable(self, site: Site, command: Command) -> None:
        signed()
        site.key_file().unlink()
        refused(command("checkpoint"), "The signing key is not there", code=3)

    def test_the_site_key_is_rotated(self, command: Command) -> None:
        refused(command("rotate-key", "--reason", "yearly"), "There is no site key yet")
        signed()
        refused(command("rotate-key", "--reason", " "), "A reason is required")
        code, said, _ = command("rotate-key", "--reason", "yearly")
        assert (code, said.splitlines()[-1]) == (0, keyring.signing_key().vkey)
        said = as_json(command("rotate-key", "--reason", "stolen", "--compromised", "--json"))
        assert said == {"entry": 3, "vkey": keyring.signing_key().vkey}
        assert SiteKey.objects.get(retired_why="compromised").retired_at_seq == 2
        assert command("verify")[0] == 0


@pytest.mark.requirement("11.10(e)")
class TestWitness:
    @pytest.fixture
    def key(self, tmp_path: Path) -> Path:
        return tmp_path / "witness.pem"

    @pytest.fixture
    def witness(self, command: Command, key: Path) -> Callable[..., Said]:
        """The command of a witness that trusts the site's present key."""

        def run(*words: str) -> Said:
            return command("witness", "--key", str(key), "--name", OUTSIDE.name, *words)

        code, vkey, _ = run("--show-key")
        assert code == 0
        command("register-witness", "--name", OUTSIDE.name, "--vkey", vkey.strip())
        return run

    def trusting(self) -> tuple[str, str]:
        return "--site-key", keyring.signing_key().vkey

    def test_its_key_is_made_once_and_shown(self, command: Command, key: Path) -> None:
        words = ("witness", "--key", str(key), "--name", OUTSIDE.name, "--show-key")
        assert command(*words) == command(*words)
        assert keys.load(key, OUTSIDE.name).cosigner.vkey == command(*words)[1].strip()

    def test_it_is_registered(self, command: Command) -> None:
        words = ("register-witness", "--name", OUTSIDE.name, "--vkey", OUTSIDE.cosigner.vkey)
        assert command(*words, "--sponsor", "ACME")[1] == f"Entry #1: {OUTSIDE.name} may cosign.\n"
        assert Witness.objects.get().sponsor == "ACME"
        refused(command(*words), "This witness is registered already")
        other = keys.SigningKey("other", OUTSIDE.private).cosigner.vkey
        said = as_json(command("register-witness", "--name", "other", "--vkey", other, "--json"))
        assert said == {"entry": 2, "witness": "other"}
        refused(command("register-witness", "--name", "x", "--vkey", "y"), "This is no verifier key")

    def test_it_cosigns_what_continues_what_it_saw(
        self, witness: Callable[..., Said], command: Command, key: Path
    ) -> None:
        refused(witness(), "The witness trusts no key of the site yet")
        trusted = self.trusting()
        refused(witness(*trusted), "There is no checkpoint yet", code=3)
        first = signed()
        assert witness(*trusted)[1] == f"Cosigned the checkpoint at #{first.tree_size:,}.\n"
        assert key.with_suffix(".seen.json").exists()
        plant.say("more")
        second = signed()
        assert witness()[1] == f"Cosigned the checkpoint at #{second.tree_size}, which continues #{first.tree_size}.\n"
        said = as_json(witness("--json"))
        assert (said["tree_size"], said["since"]) == (second.tree_size, second.tree_size)
        assert Cosignature.objects.count() == 2
        assert command("verify")[0] == 0

    def test_what_it_saw_can_be_kept_elsewhere(self, witness: Callable[..., Said], key: Path, tmp_path: Path) -> None:
        signed_first = signed()
        said = as_json(witness(*self.trusting(), "--state", str(tmp_path / "seen"), "--json"))
        assert (said["tree_size"], said["since"]) == (signed_first.tree_size, None)
        assert (tmp_path / "seen").exists()
        assert not key.with_suffix(".seen.json").exists()

    def test_a_second_history_is_not_cosigned_and_both_notes_are_shown(
        self, witness: Callable[..., Said], site: Site
    ) -> None:
        for number in range(3):
            plant.say(str(number))
        seen = signed()
        witness(*self.trusting())
        self.rewritten(seen)
        code, said, _ = witness()
        assert code == 1
        assert said.startswith("NOT cosigned: this checkpoint does not continue the one seen before")
        assert seen.note in said
        latest = queries.latest_checkpoint()
        assert latest is not None
        assert latest.note in said
        code, said, error = witness("--json")
        fork = json.loads(said)
        assert (code, error, fork["fork"], fork["seen"], fork["shown"]) == (1, "", "rewritten", seen.note, latest.note)
        assert Cosignature.objects.count() == 1

    def rewritten(self, seen: Checkpoint) -> None:
        """Another history of the same length, signed by the site's own key: what only a witness can tell."""
        history = read()
        last = history.rows[-1]
        other = last.saying(last.content.replace(b'"reason":""', b'"reason":"x"'))
        rewrite(history, last.seq, chained([other], history.rows[-2]))
        hashes = [bytes(leaf) for leaf in Entry.objects.order_by("seq").values_list("hash", flat=True)]
        head = verifier.Checkpoint(origin=keyring.origin(), size=seen.tree_size, root=verifier.root(hashes))
        with unguarded("record_checkpoint"):
            note = keyring.signing_key().sign_note(head.text)
            run("UPDATE record_checkpoint SET note = %s, root = %s", note, head.root)

    def test_a_key_that_it_does_not_know_is_refused_with_the_remedy(self, witness: Callable[..., Said]) -> None:
        signed()
        witness(*self.trusting())
        keyring.rotate(actor=plant.SUPERVISOR, reason="yearly")
        signed()
        refused(witness(), "not signed by a key this witness trusts")
        assert "get the new one by a second way" in witness()[2]
        assert witness(*self.trusting())[0] == 0

    def test_a_plant_elsewhere_that_does_not_answer_is_unavailable(self, witness: Callable[..., Said]) -> None:
        trusted = self.trusting()
        refused(witness(*trusted, "--plant", "http://127.0.0.1:9"), "The plant does not answer", code=3)
        refused(witness(*trusted, "--plant", "nonsense"), "This is not the address of a plant")


def test_the_program_itself_answers_from_another_process(site: Site, lot: Lot) -> None:
    register(OUTSIDE)
    done = subprocess.run(
        [sys.executable, "-m", "batchwright.cli", "record", "show", "lot/L-1", "--json"],
        env=site.environment(), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [entry["seq"] for entry in json.loads(done.stdout)] == [1, 2]
