"""What this module does from the command line."""

from __future__ import annotations

from pathlib import Path

import click

from kernel.actor import Actor
from kernel.db import transaction
from kernel.errors import Refused
from kernel.tables import ImportPreview, preview, read_table, write_rejects
from orgs.operations import ImportedOrganization, ImportResult, import_organizations
from orgs.schemas import HEADINGS, ORGANIZATION_COLUMNS, OnceEach


@click.command("import-organizations")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Where rows that cannot be taken go.")
def import_command(file: Path, rejects: Path | None) -> None:
    """Take a list of organizations in: names, credit codes and, where stated, grades."""
    try:
        shown, result = take_in(file, actor=Actor.system("import-organizations"))
    except Refused as refused:
        raise click.ClickException(" ".join(reason.render() for reason in refused.reasons)) from refused
    click.echo(
        f"{shown.total} rows: {result.new} new, {result.changed} changed, {result.same} as before, {len(shown.bad)} bad"
    )
    if shown.bad:
        target = rejects or Path(f"{file.stem}.rejects.csv")
        target.write_bytes(write_rejects(shown, target.name))
        click.echo(f"What was not taken, and why: {target}")


def take_in(file: Path, *, actor: Actor) -> tuple[ImportPreview, ImportResult]:
    """Read a list and take its good rows in, in one transaction.

    Raises Refused when the file is no such list.
    """
    table = read_table(file, file.name, wanted=HEADINGS)
    shown = preview(table, ORGANIZATION_COLUMNS, check=OnceEach())
    rows = [ImportedOrganization(**row.values) for row in shown.good]
    with transaction():
        return shown, import_organizations(rows, actor=actor, source=file.name, bad=len(shown.bad))
