"""What this module does from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from kernel.actor import Actor
from kernel.db import transaction
from kernel.errors import Refused
from kernel.tables import ImportPreview, ImportRow, preview, read_pieces, write_rejects
from orgs.operations import ImportResult, import_organizations
from orgs.schemas import HEADINGS, ORGANIZATION_COLUMNS, OnceEach


@click.command("import-organizations")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Where rows that cannot be taken go.")
def import_command(file: Path, rejects: Path | None) -> None:
    """Take a list of organizations in: names, credit codes and, where stated, grades."""
    try:
        taken = take_in(file, actor=Actor.system("import-organizations"))
    except Refused as refused:
        raise click.ClickException(" ".join(reason.render() for reason in refused.reasons)) from refused
    click.echo(
        f"{taken.total} rows: {taken.result.new} new, {taken.result.changed} changed, {taken.result.same} as before, "
        f"{len(taken.rejects.bad)} bad"
    )
    if taken.rejects.bad:
        target = rejects or Path(f"{file.stem}.rejects.csv")
        target.write_bytes(write_rejects(taken.rejects, target.name))
        click.echo(f"What was not taken, and why: {target}")


@dataclass(frozen=True, slots=True)
class ListTaken:
    """How many rows a list had, those that stayed out, and what the others did."""

    total: int
    rejects: ImportPreview
    result: ImportResult


def take_in(file: Path, *, actor: Actor) -> ListTaken:
    """Read a list and take its good rows in, in one transaction; a .csv may be as long as it likes.

    Raises Refused when the file is no such list.
    """
    check, counted = OnceEach(), 0
    bad: list[ImportRow] = []
    headers: tuple[str, ...] = ()

    def checked() -> Iterator[ImportPreview]:
        nonlocal counted, headers
        for table in read_pieces(file, file.name, wanted=HEADINGS):
            shown = preview(table, ORGANIZATION_COLUMNS, check=check)
            counted, headers = counted + shown.total, shown.headers
            bad.extend(shown.bad)
            yield shown

    with transaction():
        result = import_organizations(checked(), actor=actor, source=file.name)
    return ListTaken(counted, ImportPreview(headers, (), tuple(bad)), result)
