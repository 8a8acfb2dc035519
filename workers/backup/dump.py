"""The database as one file, by PostgreSQL's own tools: those that come along serve every server up to their version."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine

from storage.errors import Unavailable
from workers.stack.embedded import BARE_ENVIRONMENT, postgres_program

_TOLD = 500


def dump(engine: Engine, snapshot: str, path: Path) -> None:
    """Write what a transaction that exported `snapshot` sees. Raises: Unavailable with what the tool said.

    Of unlogged tables only the form: what people search with is kept nowhere.
    """
    path.touch(mode=0o600)
    told = ["--format=custom", f"--snapshot={snapshot}", f"--file={path}", "--no-owner", "--no-unlogged-table-data"]
    _run("pg_dump", engine, [*told, *_NO_EXTENSION])


def load(engine: Engine, path: Path) -> None:
    """Write a dump into a database that holds nothing, in one transaction. Raises: Unavailable."""
    _run(
        "pg_restore",
        engine,
        ["--clean", "--if-exists", "--single-transaction", "--no-owner", "--no-privileges", str(path)],
    )


def is_readable(path: Path) -> bool:
    """Whether the tool finds its way through a dump; whether its bytes are the ones written, digests say."""
    listed = subprocess.run(
        [postgres_program("pg_restore"), "--list", str(path)], env=BARE_ENVIRONMENT, capture_output=True, check=False
    )
    return listed.returncode == 0


# Its owner is who made the database, and a restored one has its own.
_NO_EXTENSION = ("--exclude-extension=*",)


def _run(program: str, engine: Engine, arguments: Sequence[str]) -> None:
    """The password goes by the environment: what a program was called with everybody on the machine may read."""
    url = engine.url
    host = url.query.get("host") or url.host or ""
    port = url.query.get("port") or url.port or 5432
    environment = {**BARE_ENVIRONMENT, "PGPASSWORD": url.password or ""}
    places = [f"--host={host}", f"--port={port}", f"--username={url.username}", f"--dbname={url.database}"]
    ended = subprocess.run(
        [postgres_program(program), *places, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode != 0:
        raise Unavailable(f"{program} could not do it: {ended.stderr.strip()[-_TOLD:]}")
