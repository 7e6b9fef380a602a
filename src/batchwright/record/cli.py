"""``batchwright record``: what can be done with the record from a terminal."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from django.conf import settings
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from batchwright.kernel import clock
from batchwright.kernel.errors import DomainError
from batchwright.record import exporting, keyring, keys, plant_log, queries, runs, services, verification, verifier
from batchwright.record import replay as rebuilding
from batchwright.record import witness as witnessing
from batchwright.record.actor import Actor
from batchwright.record.models import Entry

app = typer.Typer(no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False, markup=False)
progress_console = Console(stderr=True)
Json = Annotated[bool, typer.Option("--json", help="Write JSON for machines.")]
Subject = Annotated[str | None, typer.Argument(help="Only this subject, for example lot/L-0042-K.")]


def _administrator() -> Actor:
    """Whoever has a shell on the plant's machine acts as the site, under the name of that account."""
    return Actor(id="site", name=f"Site administration ({getpass.getuser()})", role="site")


def _console() -> Actor:
    """The same, where nothing is written to the record and the table of roles says what a shell may do."""
    account = getpass.getuser()
    return Actor(id=f"console:{account}", name=f"Console ({account})", role="console")


@contextmanager
def _bar(quiet: bool) -> Iterator[Callable[[str, int, int], bool]]:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}"), TimeRemainingColumn())
    with Progress(*columns, console=progress_console, transient=True, disable=quiet) as bar:
        tasks: dict[str, Any] = {}

        def tell(step: str, done: int, total: int) -> bool:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=done, total=total)
            return True

        yield tell


def _say_json(content: Any) -> None:
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False))


@app.command()
def verify(
    subject: Subject = None,
    key: Annotated[list[str] | None, typer.Option(help="Trusted site key, name+id+base64; repeatable.")] = None,
    as_json: Json = False,
) -> None:
    """Check the chain, the tree, the checkpoints, the signatures and every row; exit code 1 if anything is wrong.

    Of the whole record, with the site's own keys, it counts: the pages show it, and the review of a batch asks for it.
    """
    with _bar(as_json) as tell:
        kept = True
        if subject is None and not key:
            report, kept = runs.wait_for(_console(), tell)
        else:
            report = verification.verify(subject=subject, keys=tuple(key or ()), progress=tell)
    if as_json:
        _say_json(report.as_json())
    else:
        for finding in report.findings:
            console.print(f"WRONG  {finding}", style="bold")
        if report.more_findings:
            console.print(f"       and {report.more_findings} more")
        console.print(
            f"{report.scope}: {report.entries:,} entries, {report.rows:,} rows, {report.checkpoints} checkpoints, "
            f"{report.cosignatures} cosignatures, {report.attestations} signatures, {report.attachments} attachments"
        )
        for name, count in report.unknown_types.items():
            console.print(f"       {count} entries of type {name} are read by no installed capability")
        covered = f"; entries up to #{report.covered_to} are under a signed checkpoint" if report.covered_to else ""
        console.print(("The record is whole" if report.whole else "The record is NOT whole") + covered + ".")
        if not kept:
            console.print("The database cannot be written to: this check is not kept, and no review can count on it.")
    if not report.whole:
        raise typer.Exit(1)


@app.command()
def replay(
    into: Annotated[str, typer.Option(help="The new database: a SQLite file, or postgresql://...")],
    as_json: Json = False,
) -> None:
    """Rebuild a new database from the ledger and compare it with the live one; exit code 1 if they differ."""
    address = into if "://" in into else f"sqlite:////{str(Path(into).absolute()).lstrip('/')}"
    with _bar(as_json) as tell:
        report = rebuilding.replay(settings.CONFIGURATION.database_at(address), progress=tell)
    if as_json:
        _say_json(report.as_json())
    else:
        table = Table("table", "rows", "comparison")
        for compared in report.tables:
            more = f" and {compared.more} more" if compared.more else ""
            said = "equal" if compared.equal else f"differs in {', '.join(compared.different)}{more}"
            table.add_row(compared.table, f"{compared.rows:,}", said)
        for name, count in report.left_out.items():
            table.add_row(name, f"{count:,}", "left out: no installed capability has this table")
        console.print(table)
        console.print("The rebuilt plant equals the live one." if report.equal else "The rebuilt plant DIFFERS.")
    if not report.equal:
        raise typer.Exit(1)


@app.command()
def export(
    subject: Annotated[str, typer.Argument(help="What to export, for example lot/L-0042-K.")],
    to: Annotated[Path, typer.Option(help="The zip file to write.")] = Path("record.zip"),
    reason: Annotated[str, typer.Option(help="What the copy is for; it is recorded.")] = "",
    as_json: Json = False,
) -> None:
    """Write one zip with a subject's record and the program that verifies it anywhere."""
    if to.exists():
        raise DomainError("The file exists already", value=str(to), remedy="Name another one with --to.")
    with to.open("xb") as file:
        try:
            made = exporting.export(subject, actor=_administrator(), to=file, reason=reason)
        except BaseException:
            to.unlink()  # half a copy would stand in the way of the next one
            raise
    if as_json:
        _say_json({"file": str(to), "subject": subject, "entries": made.entries, "tree_size": made.tree_size})
    else:
        console.print(f"{to}: {made.entries} entries of {subject} under checkpoint #{made.tree_size:,}.")
        console.print(f"Check it anywhere: python {to.stem}/verify.py (after unzipping; needs only cryptography).")


@app.command()
def show(
    what: Annotated[str | None, typer.Argument(help="An entry's number, or a subject; nothing for the latest.")] = None,
    entry_type: Annotated[
        str | None, typer.Option("--type", help="Only this type, for example user.enrolled/1.")
    ] = None,
    actor: Annotated[str | None, typer.Option(help="Only this person's entries.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """Show one entry whole, or entries as sentences."""
    found = _found(what, entry_type, actor, limit)
    if as_json:
        _say_json([{**entry.envelope, "hash": entry.hash_hex} for entry in found])
        return
    for entry in found:
        console.print(f"#{entry.seq:<7} {clock.iso(entry.at)}  {entry.actor_name} ({entry.actor_role})")
        console.print(f"         {entry.sentence}" + (f" - {entry.reason}" if entry.reason else ""))
    if what is not None and what.isdecimal() and found:
        console.print_json(data=found[0].envelope)
        console.print(f"hash {found[0].hash_hex}")


@app.command()
def diff(
    what: Annotated[str, typer.Argument(help="An entry's number, or a subject for all its changes.")],
    as_json: Json = False,
) -> None:
    """Show what entries changed: each row, each column, before and after."""
    lines = [
        {"seq": entry.seq, "at": clock.iso(entry.at), "actor": entry.actor_name, "table": change["table"],
         "key": change["key"], "columns": _columns(change)}
        for entry in _found(what, None, None, 10_000)
        for change in entry.changes
    ]  # fmt: skip
    if as_json:
        _say_json(lines)
        return
    for line in lines:
        console.print(f"#{line['seq']} {line['at']} {line['actor']}: {line['table']} {line['key']}")
        for name, (before, after) in line["columns"].items():
            console.print(f"    {name}: {before!r} -> {after!r}")


def _columns(change: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    before, after = change["before"] or {}, change["after"] or {}
    names = [*before, *(name for name in after if name not in before)]
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _found(what: str | None, entry_type: str | None, actor: str | None, limit: int) -> list[Entry]:
    entries = queries.entries_visible_to(_administrator())
    if what is not None:
        entries = entries.filter(seq=int(what)) if what.isdecimal() else entries.filter(subject=what)
        if not entries.exists():
            raise DomainError("The record has no such entry or subject", value=what, remedy="batchwright record show")
    if entry_type is not None:
        entries = entries.filter(type=entry_type)
    if actor is not None:
        entries = entries.filter(actor=actor)
    return list(entries.order_by("-seq")[:limit])[::-1]


@app.command()
def checkpoint(as_json: Json = False) -> None:
    """Sign a checkpoint over all entries now, and print the latest one."""
    services.checkpoint()
    latest = queries.latest_checkpoint()
    if latest is None:
        raise DomainError("The record is empty", remedy="There is nothing to sign yet.")
    if as_json:
        _say_json({"tree_size": latest.tree_size, "root": bytes(latest.root).hex(), "note": latest.note})
    else:
        typer.echo(latest.note, nl=False)


@app.command("rotate-key")
def rotate_key(
    reason: Annotated[str, typer.Option(help="Why.")],
    compromised: Annotated[bool, typer.Option(help="The old key can no longer be trusted.")] = False,
    as_json: Json = False,
) -> None:
    """Let a new site key take over from the present one."""
    receipt = keyring.rotate(actor=_administrator(), reason=reason, compromised=compromised)
    services.checkpoint()
    vkey = keyring.signing_key().vkey
    if as_json:
        _say_json({"entry": receipt.seq, "vkey": vkey})
    else:
        console.print(f"Entry #{receipt.seq}. Tell everybody who pinned the old key about the new one:\n{vkey}")


@app.command()
def witness(
    key: Annotated[Path, typer.Option(help="The witness's key file; made if it is not there.")],
    name: Annotated[str, typer.Option(help="The name it cosigns under, for example sponsor-a.example/witness.")],
    state: Annotated[Path | None, typer.Option(help="What it saw last; by default beside the key.")] = None,
    plant: Annotated[str | None, typer.Option(help="Address of the plant; nothing for the one here.")] = None,
    site_key: Annotated[list[str] | None, typer.Option(help="The site's key, name+id+base64; repeatable.")] = None,
    show_key: Annotated[bool, typer.Option("--show-key", help="Print the witness's own key and stop.")] = False,
    as_json: Json = False,
) -> None:
    """Cosign the plant's latest checkpoint if it continues what was seen before; exit code 1 if it does not."""
    signer = keys.load(key, name) if key.exists() else keys.create(key, name)
    if show_key:
        typer.echo(signer.cosigner.vkey)
        return
    seen_file = state or key.with_suffix(".seen.json")
    trusted = [verifier.VerifierKey.parse(text) for text in site_key or []]
    known = witnessing.load(seen_file, signer, trusted)
    if not known.site_keys:
        raise DomainError(
            "The witness trusts no key of the site yet",
            remedy="Get it from the plant by a second way and give it once with --site-key.",
        )
    log: plant_log.PlantLog = plant_log.RemoteLog(plant) if plant else plant_log.LocalLog()
    note = log.checkpoint()
    shown = verifier.Checkpoint.parse(verifier.parse_note(note).text)
    seen = known.seen
    proof = log.consistency(seen.size, shown.size) if seen is not None and seen.size < shown.size else []
    try:
        line = known.consider(note, proof)
    except witnessing.Fork as fork:
        _say_fork(fork, as_json)
        raise typer.Exit(1) from fork
    except verifier.Broken as broken:
        raise DomainError(
            "The checkpoint is not signed by a key this witness trusts", limit=broken.message,
            remedy="If the plant rotated its key, get the new one by a second way and give it with --site-key.",
        ) from broken  # fmt: skip
    known.save(seen_file)
    log.send(shown.size, line)
    if as_json:
        _say_json({"tree_size": shown.size, "root": shown.root.hex(), "line": line, "since": seen and seen.size})
    else:
        since = f", which continues #{seen.size:,}" if seen is not None else ""
        console.print(f"Cosigned the checkpoint at #{shown.size:,}{since}.")


def _say_fork(fork: witnessing.Fork, as_json: bool) -> None:
    if as_json:
        _say_json({"fork": fork.cause, "message": fork.message, "seen": fork.seen, "shown": fork.shown})
        return
    console.print(f"NOT cosigned: {fork.message}")
    console.print("Keep both notes; together they show what the plant signed:\n")
    console.print(f"{fork.seen}\n{fork.shown}")


@app.command("register-witness")
def register_witness(
    name: Annotated[str, typer.Option(help="The witness's name, as in its key.")],
    vkey: Annotated[str, typer.Option(help="The key that `batchwright record witness --show-key` prints.")],
    sponsor: Annotated[str | None, typer.Option(help="Code of the sponsor it belongs to.")] = None,
    as_json: Json = False,
) -> None:
    """Let somebody outside the plant cosign its checkpoints."""
    receipt = services.register_witness(actor=_administrator(), name=name, vkey=vkey, sponsor=sponsor)
    if as_json:
        _say_json({"entry": receipt.seq, "witness": name})
    else:
        console.print(f"Entry #{receipt.seq}: {name} may cosign.")
