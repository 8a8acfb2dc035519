"""The `svidok` command: every role and every task; each imports what it needs only when it is called."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from storage.errors import ArchiveError
from workers.commands.groups import GROUPS
from workers.commands.terminal import AsJson, Host, Port, Vault, read_settings, say, settings_of, tell

app = typer.Typer(
    help="A self-hosted archive and verification workbench for video testimony.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)


def main() -> None:
    """Run the command; what went wrong on purpose is one sentence on standard error and an exit code."""
    # Work is done side by side, not split: threads of one matrix product wait for each other longer than they save.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except ArchiveError as error:
        say(error.sentence)
        if "--json" in sys.argv:
            tell(json.dumps({"error": {"code": error.code, "sentence": error.sentence}}))
        sys.exit(getattr(error, "exit_code", 1))


@app.command()
def up(
    vault: Vault = None,
    host: Host = None,
    port: Port = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open a browser.")] = False,
) -> None:
    """The whole stack on this machine; Ctrl-C stops it."""
    from workers.local import Stack
    from workers.stack.announce import Announcement

    settings = read_settings(vault=vault, host=host, port=port)
    settings.refuse_open_host()
    announcement = Announcement(settings, say=tell, open_browser=not no_browser)
    say("Starting the database, the broker, the way out, a worker, the keeper and the API.")
    Stack(settings, say=say, when_ready=announcement.ready).run()


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    descriptor: Annotated[int | None, typer.Option(hidden=True, help="A socket that listens already.")] = None,
) -> None:
    """The API and the web pages."""
    import socket

    from workers.commands import serving

    settings = read_settings(host=host, port=port)
    settings.refuse_open_host()
    serving.serve(settings, None if descriptor is None else socket.socket(fileno=descriptor))


@app.command()
def work(
    queue: Annotated[list[str] | None, typer.Option(help="Only these queues; may be given again.")] = None,
) -> None:
    """A worker: fetches, decodes, analyses."""
    settings = read_settings(worker_queues=",".join(queue) if queue else None)
    from workers.app import app as celery
    from workers.app import served

    celery.worker_main(
        [
            *("worker", "--pool=prefork", f"--concurrency={settings.worker_processes}"),
            *("--without-gossip", "--without-mingle", f"--loglevel={settings.log_level}"),
            f"--queues={','.join(served(settings))}",
        ]
    )


@app.command()
def keep() -> None:
    """The keeper: returns lost work, rings the doorbell, runs the schedule."""
    from workers import keeper

    keeper.run(read_settings())


@app.command()
def egress() -> None:
    """The only way out: a proxy that vets every address."""
    from workers import egress as proxy

    settings = read_settings()
    settings.way_out_log.mkdir(mode=0o700, parents=True, exist_ok=True)
    proxy.run(settings.way_out, settings.way_out_log, settings.egress_exceptions)


@app.command()
def migrate() -> None:
    """Bring the database to the form this version expects; prints a set-up link while nobody can log in yet."""
    from workers.stack.parts import url_of
    from workers.stack.preparation import prepare

    settings = read_settings()
    setup_token = prepare(settings)
    if setup_token is not None:
        tell(f"{settings.public_url or url_of(settings)}/setup#{setup_token}")


@app.command()
def ingest(
    url_or_file: Annotated[str, typer.Argument()] = "",
    vault: Vault = None,
    table: Annotated[
        Path | None, typer.Option("--from", exists=True, dir_okay=False, help="A CSV of addresses instead of one.")
    ] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when every step has ended.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Capture again what is known already.")] = False,
    as_json: AsJson = False,
) -> None:
    """Submit an address, a file or a list to the running stack of a vault, or to one started for the duration."""
    from workers.commands import ingestion, listing

    if bool(url_or_file) == (table is not None):
        raise typer.BadParameter("name an address or a file, or a list with --from")
    if table is not None:
        if again:
            raise typer.BadParameter("a list captures nothing again; name that address alone")
        sys.exit(listing.run(read_settings(vault=vault), table, wait=wait, as_json=as_json))
    wish = ingestion.Wish(wait=wait, again=again, as_json=as_json)
    sys.exit(ingestion.run(read_settings(vault=vault), url_or_file, wish))


@app.command()
def analyse(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    as_json: AsJson = False,
) -> None:
    """The media analysis of one file, in a box; no server, no vault."""
    from rich.console import Console

    from workers.commands import alone

    with Console(stderr=True).status("Looking through the pictures …") as status:
        document = alone.analyse(
            read_settings(), file, lambda told: status.update(f"Looking through the pictures: {told['progress']:.0%}")
        )
    if as_json:
        tell(json.dumps(document, ensure_ascii=False, indent=1))
        return
    tell("\n".join(alone.in_words(document)))


@app.command()
def renew(
    items: Annotated[list[str] | None, typer.Argument(help="Items, such as itm_….")] = None,
    older: Annotated[bool, typer.Option("--older", help="All that an older version has analysed.")] = False,
    every: Annotated[bool, typer.Option("--all", help="All there are: a model or a program is new here.")] = False,
    vault: Vault = None,
) -> None:
    """Analyse what was collected anew, by the versions, models and programs that are here now."""
    from workers.commands import renewal

    if [bool(items), older, every].count(True) != 1:
        raise typer.BadParameter("name items, or say --older, or --all")
    settings = settings_of(vault)
    count = renewal.of_items(settings, items) if items else renewal.of_all(settings, only_older=older)
    turn = "takes its turn" if items else "waits for all other work"
    say(f"The analysis of {count} items is owed anew; it {turn}, and what is known is not done twice.")


@app.command()
def match(
    first: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    second: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    as_json: AsJson = False,
) -> None:
    """Whether two files are copies of one another, and which span of the one is which of the other; no server."""
    from rich.console import Console

    from workers.commands import alone

    with Console(stderr=True).status("Looking through the pictures …") as status:
        found = alone.match(
            read_settings(),
            (first, second),
            lambda told: status.update(f"Looking through the pictures: {told['progress']:.0%}"),
        )
    if as_json:
        tell(json.dumps(found, ensure_ascii=False, indent=1))
        return
    tell(", ".join([found["relation"].replace("_", " "), *_ways(found["transform"])]))
    for span in found["spans"]:
        tell(
            f"  {span['a_start_s']:10.3f} – {span['a_end_s']:10.3f} s  is  "
            f"{span['b_start_s']:10.3f} – {span['b_end_s']:10.3f} s  ({span['score']:.2f})"
        )
    if heard := found["heard"]:
        why = f": {heard['why'].replace('_', ' ')}" if heard["why"] else ""
        tell(f"  sound {found['sound']}{why}; agrees {heard['agrees_s']:.1f} s, differs {heard['differs_s']:.1f} s")


def _ways(transform: Mapping[str, Any]) -> list[str]:
    """What was done to the pictures of the first to make the second's, in words."""
    ways = [way for way in ("mirrored", "cropped") if transform[way]]
    return ways if transform["speed"] == 1 else [*ways, f"the second takes {transform['speed']:.3g} times as long"]


@app.command()
def redact(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    target: Annotated[Path, typer.Option("-o", "--output", help="The new file, MP4.")],
    faces: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Boxes to hide, instead of looking for faces.")
    ] = None,
    vault: Vault = None,
) -> None:
    """A copy of one file with solid boxes over faces, and the boxes beside it; no server. Exit 1: nothing to hide."""
    from rich.console import Console

    from workers.commands import alone

    with Console(stderr=True).status("Looking for faces …") as status:
        found = alone.redact(
            read_settings(vault=vault),
            file,
            target,
            faces,
            lambda told: status.update(f"Looking for faces, or hiding them: {told['progress']:.0%}"),
        )
    if not found.tracks:
        tell("No face was found, so no copy was made. That does not mean that there is none.")
        sys.exit(1)
    tell(f"{target}  {len(found.tracks)} faces hidden. Look through it: a machine misses faces, and the sound stays.")


@app.command()
def export(
    item: Annotated[str, typer.Argument(help="The item, such as itm_….")],
    target: Annotated[Path, typer.Option("-o", "--output", help="A new folder, or a file that ends in .zip.")],
    vault: Vault = None,
) -> None:
    """Write the evidence package of an item: files, custody events, proofs, report."""
    from workers.commands import packaging

    key = packaging.export(settings_of(vault), item, target)
    say(f"{target} is signed with {key}")


@app.command()
def verify(
    package: Annotated[Path, typer.Argument(exists=True, readable=True, help="A package: a folder or a ZIP file.")],
    key_file: Annotated[
        Path | None, typer.Option("--key", help="A file with keys you trust, one a line, as in ledger/keys.txt.")
    ] = None,
    roots: Annotated[
        Path | None, typer.Option(help="Root certificates (PEM) of time stamp authorities you trust.")
    ] = None,
    blocks: Annotated[
        Path | None, typer.Option(help="Blocks you looked up: height and Merkle root, as explorers show it, a line.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a package offline: 0 proved, 1 altered or missing, 2 no package, 3 intact and not proved."""
    from workers.commands import checking

    sys.exit(checking.check(package, checking.trust_in(key_file, roots, blocks), as_json=as_json))


@app.command()
def audit(vault: Vault = None, as_json: AsJson = False) -> None:
    """Read every file, every event and every checkpoint again: 0 where all is as it was written, else 1."""
    from workers.commands import auditing

    sys.exit(auditing.audit(settings_of(vault), as_json=as_json))


@app.command()
def rebuild(
    vault: Annotated[Path, typer.Option("--from", exists=True, file_okay=False, help="The vault to read.")],
) -> None:
    """Write the whole database again from the vault's files and ledger alone, into an empty one."""
    from workers.commands import rebuilding

    sys.exit(rebuilding.run(read_settings(vault=vault), say=say))


@app.command()
def backup(
    target: Annotated[
        Path, typer.Argument(help="The folder of the backup; the same one each time, so that only new files go.")
    ],
    keys: Annotated[Path, typer.Option(help="Where the key and the tombstones go: another place than the backup.")],
    vault: Vault = None,
) -> None:
    """Write a backup of database, ledger and files, while the stack runs or not; what was erased goes from it."""
    from workers.commands import backing

    sys.exit(backing.back_up(settings_of(vault), target, keys, say))


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="The folder of the backup.")],
    keys: Annotated[Path, typer.Option(exists=True, file_okay=False, help="Where its key and the tombstones are.")],
    vault: Vault = None,
    checkpoint: Annotated[
        Path | None, typer.Option(exists=True, help="The newest checkpoint that somebody outside has noted.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say whether it would restore.")] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Restore although newer events are known; the ledger will say so.")
    ] = False,
    accept_damage: Annotated[
        bool, typer.Option("--accept-damage", help="Restore all else where files are missing or altered in the backup.")
    ] = False,
) -> None:
    """Verify a backup and put it back into an empty vault: 0, or 1 with what is wrong."""
    from workers.commands import backing

    settings = read_settings(vault=vault)
    if check:
        sys.exit(backing.check(settings, source, keys, checkpoint, say))
    accepted = {"accept_loss": accept_loss, "accept_damage": accept_damage}
    sys.exit(backing.restore(settings, source, keys, checkpoint, **accepted, say=say))


@app.command()
def doctor(vault: Vault = None, as_json: AsJson = False) -> None:
    """Whether this installation is safe: versions, sandbox, way out, stores, clock, room."""
    from workers.doctor import examination

    findings = examination.examine(read_settings(vault=vault))
    tell(examination.as_json(findings) if as_json else examination.as_text(findings))
    sys.exit(1 if examination.is_unsafe(findings) else 0)


@app.command()
def witness(
    folder: Annotated[Path, typer.Option(help="Where it keeps its key and what it has seen; its own, nobody else's.")],
    name: Annotated[str, typer.Option(help="The name it cosigns by, such as witness.example.org/w1.")],
    log: Annotated[list[str], typer.Option(help="The key of a ledger to watch, as GET /api/v1/ledger/keys tells it.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8421,
) -> None:
    """A witness: cosigns what other archives' ledgers sign, as long as nothing in them is rewritten; prints its key."""
    from workers.commands import witnessing
    from workers.ledger.witness import Witness

    logs = witnessing.keys_of_logs(log)
    signer = witnessing.own_key(folder, name, read_settings().ledger_passphrase.get_secret_value())
    tell(str(signer.public))
    witnessing.serve(Witness(folder, signer, logs), signer.public, host, port)


@app.command()
def bench(
    name: str,
    as_json: AsJson = False,
) -> None:
    """One of the benchmarks of a checkout."""
    folder = Path(__file__).parent.parent / "bench"
    known = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    if name not in known:
        raise typer.BadParameter(f"no benchmark {name!r}; there are: {', '.join(known) or 'none, outside a checkout'}")
    # One thread, as the engine has in its box: others would only wait for one another, and count as work.
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    argv = [sys.executable, str(folder / f"{name}.py"), *(["--json"] if as_json else [])]
    os.execve(sys.executable, argv, alone)  # noqa: S606


if __name__ == "__main__":
    main()
