"""What this module does from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from kernel.actor import Actor
from kernel.db import transaction
from kernel.errors import Refused
from kernel.tables import ImportPreview, RejectsFile, preview, read_pieces
from orgs.operations import ImportResult, import_organizations
from orgs.schemas import HEADINGS, ORGANIZATION_COLUMNS, OnceEach


@click.command("import-organizations")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Where rows that cannot be taken go.")
def import_command(file: Path, rejects: Path | None) -> None:
    """Take a list of organizations in: names, credit codes and, where stated, grades."""
    target = rejects or Path(f"{file.stem}.rejects.csv")
    try:
        taken = take_in(file, actor=Actor.system("import-organizations"), rejects=target)
    except Refused as refused:
        raise click.ClickException(" ".join(reason.render() for reason in refused.reasons)) from refused
    click.echo(
        f"{taken.total} rows: {taken.result.new} new, {taken.result.changed} changed, {taken.result.same} as before, "
        f"{taken.bad} bad"
    )
    if taken.bad:
        click.echo(f"What was not taken, and why: {target}")


@dataclass(frozen=True, slots=True)
class ListTaken:
    """How many rows a list had, how many of them stayed out, and what the others did."""

    total: int
    bad: int
    result: ImportResult


def take_in(file: Path, *, actor: Actor, rejects: Path) -> ListTaken:
    """Read a list and take its good rows in, in one transaction; a .csv may be as long as it likes.

    Rows that cannot be taken are written to `rejects` as they come, so that memory stays flat however bad the list is.
    Raises Refused when the file is no such list.
    """
    total = bad = 0

    def checked() -> Iterator[ImportPreview]:
        nonlocal total, bad
        for shown in check_pieces(file):
            total, bad = total + shown.total, bad + len(shown.bad)
            yield shown

    with transaction(), _rejected(checked(), rejects) as pieces:
        result = import_organizations(pieces, actor=actor, source=file.name)
    return ListTaken(total, bad, result)


def check_pieces(file: Path) -> Iterator[ImportPreview]:
    """Read and check a list piece by piece.

    Raises Refused when the file is no such list.
    """
    check = OnceEach()
    for table in read_pieces(file, file.name, wanted=HEADINGS):
        yield preview(table, ORGANIZATION_COLUMNS, check=check)


@contextmanager
def _rejected(pieces: Iterator[ImportPreview], target: Path) -> Iterator[Iterator[ImportPreview]]:
    """Let pieces pass by, and write what is bad in them beside it."""
    with ExitStack() as stack:
        sink: RejectsFile | None = None

        def passing() -> Iterator[ImportPreview]:
            nonlocal sink
            for piece in pieces:
                if piece.bad:
                    sink = sink or RejectsFile(stack.enter_context(target.open("wb")), piece.headers)
                    sink.write(piece.bad)
                yield piece

        yield passing()
