"""What this module does from the command line."""

from __future__ import annotations

from pathlib import Path

import click

from grants.operations.lots import Imported, import_lots
from grants.queries.calls import call_numbered
from grants.schemas import read_lots
from kernel.actor import Actor
from kernel.db import transaction
from kernel.errors import Refused
from kernel.money import format_yuan
from kernel.scope import whole
from kernel.tables import ImportPreview, write_rejects
from kernel.words import Sentence


@click.command("import-lots")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--call", "number", required=True, help="The number of the draft call that the lots belong to.")
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Where rows that cannot be taken go.")
def import_lots_command(file: Path, number: str, rejects: Path | None) -> None:
    """Take a list of lots into a draft call: names and approved amounts, one quota each."""
    try:
        shown, done = take_in(file, number=number, actor=Actor.system("import-lots"))
    except Refused as refused:
        raise click.ClickException(" ".join(reason.render() for reason in refused.reasons)) from refused
    click.echo(
        f"{shown.total} rows: {done.added} new, {done.changed} changed, {done.kept} as before, {len(shown.bad)} bad"
    )
    click.echo(f"The lots of {number} come to {format_yuan(done.total)}")
    if shown.bad:
        target = rejects or Path(f"{file.stem}.rejects.csv")
        target.write_bytes(write_rejects(shown, target.name))
        click.echo(f"What was not taken, and why: {target}")


def take_in(file: Path, *, number: str, actor: Actor) -> tuple[ImportPreview, Imported]:
    """Read a list of lots and take its good rows into a call, in one transaction.

    Raises Refused when the file is no such list, or there is no such draft call.
    """
    shown, rows = read_lots(file, file.name)
    with transaction(), whole(actor, "Call.import_lots"):
        call = call_numbered(number)
        if call is None:
            raise Refused(Sentence("There is no call {number}.", number=number))
        return shown, import_lots(call, actor=actor, rows=rows)
