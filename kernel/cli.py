"""The commands of `run.py`: the kernel's own, and those that the modules bring."""

from __future__ import annotations

import copy
import functools
import logging
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from kernel import accounts, audit, workflow
from kernel.actor import Actor
from kernel.app import app_url_of, load_house
from kernel.backup import keep_in_mind, make_backup, verified
from kernel.clock import today
from kernel.database import (
    DatabaseProblem,
    check_migrations as compare_models,
    migrate as run_migrations,
    owner_engine,
    owner_url_of,
    running_server,
    scratch_database,
)
from kernel.db import db, transaction
from kernel.environment import NotAsSet, read_settings
from kernel.errors import Invalid, NotFound, Refused
from kernel.firstday import empty, is_empty, load_demo
from kernel.module import MODULES
from kernel.msgids import missing
from kernel.passwords import hash_of_password, random_password
from kernel.prepare import at_work, expect_tables, prepare, write_reference_data, write_roles
from kernel.processes import follow_clock
from kernel.restore import restore as bring_back, tail_is_there
from kernel.scope import see_as, whole
from kernel.settings import Settings
from kernel.supervise import answer as answer_at, serve as supervise, serve_node

TALKATIVE = ("alembic", "apscheduler", "flask_appbuilder", "mail.log")
ARCHIVE = click.Path(path_type=Path, dir_okay=False)
FAULT = 1
NOT_AS_SET = 2


class House(click.Group):
    """The kernel's commands and the modules'; the latter find a database at work and are read only when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_module_commands(ctx.obj)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or _module_commands(ctx.obj).get(cmd_name)


def _module_commands(settings: Settings) -> dict[str, click.Command]:
    load_house(settings.modules)
    return {str(command.name): _with_database(command) for module in MODULES for command in module.commands}


def _with_database(command: click.Command) -> click.Command:
    """Give the command with a database at work and the right to see all, under the command's own name."""
    inner = command.callback
    wrapped = copy.copy(command)

    @functools.wraps(inner or (lambda: None))
    def run(*args: object, **kwargs: object) -> Any:
        with at_work(click.get_current_context().find_root().obj):
            see_as(Actor.system(str(command.name)))
            return inner(*args, **kwargs) if inner else None

    wrapped.callback = run
    return wrapped


@click.group(cls=House, invoke_without_command=True)
@click.pass_context
def house(context: click.Context) -> None:
    """Yulan: grants for non-profit organizations. Without a command it serves the whole system."""
    if context.invoked_subcommand is None:
        context.invoke(serve)


@house.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Serve database, web, jobs and mail until told to stop."""
    supervise(settings, click.echo)


@house.command()
@click.pass_obj
def web(settings: Settings) -> None:
    """Be one web node of several over one database; SIGHUP takes up new code and settings without a pause."""
    serve_node(settings, click.echo)


@house.command(hidden=True)
@click.option("--on", type=int, required=True)
@click.option("--tell", type=int, required=True)
@click.pass_obj
def answer(settings: Settings, on: int, tell: int) -> None:
    """Be one generation of a web node's workers; `web` starts it."""
    answer_at(settings, on, tell)


@house.command()
@click.pass_obj
def jobs(settings: Settings) -> None:
    """Run what runs by the clock; `serve` starts it, several web nodes need one or two of it."""
    with at_work(settings) as ready:
        expect_tables(app_url_of(ready))
        follow_clock(ready)


@house.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the tables to where this release needs them, with everybody's rights and the reference data."""
    with running_server(settings) as server:
        prepare(settings, server)
    click.echo("The tables are as this release needs them.")


@house.command("check-migrations")
@click.pass_obj
def check_migrations(settings: Settings) -> None:
    """Compare the models with what the migrations make of an empty database."""
    own = settings.model_copy(update={"database_url": None, "app_database_url": None})
    with running_server(own) as server, scratch_database(server, "yulan_check") as scratch:
        run_migrations(scratch.owner_url)
        difference = compare_models(scratch.owner_url)
    if difference is not None:
        raise click.ClickException(difference)
    click.echo("The migrations make what the models say.")


@house.command("sync-security")
@click.pass_obj
def sync_security(settings: Settings) -> None:
    """Write roles and permissions into the database as they stand in the code."""
    with at_work(settings):
        write_roles()
    click.echo("Roles and permissions are as the code says.")


@house.command("load-data")
@click.pass_obj
def load_data(settings: Settings) -> None:
    """Load the modules' reference data; what is there stays as it is."""
    with at_work(settings):
        write_reference_data()
    click.echo("The reference data is there.")


@house.command()
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day on which the demo stands; today if left out.")
@click.option("--anew", is_flag=True, help="Empty the embedded database first. A given server is never emptied.")
@click.pass_obj
def demo(settings: Settings, as_of: datetime | None, *, anew: bool) -> None:
    """Load the demo programme into an empty database."""
    with running_server(settings) as server:
        if anew:
            empty(server)
        ready = prepare(settings, server)
        if not is_empty(server):
            raise click.ClickException("There are people in this database; the demo loads into an empty one (--anew).")
        load_demo(ready, server, as_of.date() if as_of else today())
    click.echo("The demo programme is loaded.")


@house.command("create-admin")
@click.pass_obj
def create_admin(settings: Settings) -> None:
    """Make the first system administrator and the first security administrator; their passwords are told once."""
    actor = Actor.system("create-admin")
    told = []
    with at_work(settings), transaction(), whole(actor, "User.create"):
        for role, name in (("sysadmin", "系统管理员"), ("secadmin", "安全管理员")):
            if db.session.scalar(select(User.id).where(User.username == role)) is not None:
                raise click.ClickException(f"There is an account {role} already.")
            password = random_password()
            kept = hash_of_password(password)
            accounts.add_user(role, name, f"{role}@localhost", password_hash=kept, codes=(role,), must_change=True)
            told.append(f"  {role}  {password}")
    click.echo("Keep these; they are shown this once:\n" + "\n".join(told))


@house.command("verify-audit")
@click.option("--against", type=ARCHIVE, help="A backup that knows where the trail stood: a cut tail shows.")
@click.pass_obj
def verify_audit(settings: Settings, against: Path | None) -> None:
    """Recount the chain of the audit trail; name every row that does not fit."""
    manifest = verified(against) if against else None
    with at_work(settings):
        verdict = audit.verify()
        if manifest is not None:
            with owner_engine(owner_url_of(settings)).connect() as connection:
                if lost := tail_is_there(connection, manifest):
                    raise click.ClickException(lost)
    if not verdict.is_whole:
        numbers = ", ".join(str(number) for number in verdict.broken)
        raise click.ClickException(f"The trail has been changed: rows {numbers} of {verdict.rows} do not fit.")
    click.echo(f"The trail is whole: {verdict.rows} rows, head {verdict.head or 'none'}.")


@house.command()
@click.argument("to", type=click.Path(path_type=Path), required=False)
@click.pass_obj
def backup(settings: Settings, to: Path | None) -> None:
    """Write database and attachments of this moment into one archive: TO is a folder, or a file that ends in .tar."""
    place = to or settings.backup_folder or settings.var / "backups"
    with at_work(settings):
        made = make_backup(settings, owner_url_of(settings), place.expanduser().resolve())
        with transaction():
            keep_in_mind(made, actor=Actor.system("backup"))
    told = made.manifest
    click.echo(f"{made.path}: {made.size} bytes, {told.rows} rows, {told.files} files, read again and whole.")
    click.echo(f"Keep this line elsewhere: the trail ends with row {told.trail_number}, {told.trail_hash or 'empty'}.")
    if told.lost:
        raise click.ClickException(
            f"{len(told.lost)} attachments that records name are not in the store: {', '.join(told.lost)}"
        )


@house.command("verify-backup")
@click.argument("archive", type=ARCHIVE)
@click.pass_obj
def verify_backup(_settings: Settings, archive: Path) -> None:
    """Read an archive through and compare every member with its hash."""
    told = verified(archive)
    click.echo(
        f"Whole: release {told.release}, tables {told.revision}, taken {told.taken_at:%Y-%m-%d %H:%M} UTC, "
        f"{told.rows} rows, {told.files} files, trail {told.trail_number} {told.trail_hash or 'empty'}."
    )


@house.command()
@click.argument("archive", type=ARCHIVE)
@click.pass_obj
def restore(settings: Settings, archive: Path) -> None:
    """Bring an archive back into an empty database: all of it, recounted, or nothing."""
    owner_url_of(settings)
    with running_server(settings) as server:
        restored = bring_back(settings, server, archive)
    told = restored.manifest
    click.echo(
        f"Restored: {told.rows} rows in {len(told.tables)} tables and {told.files} files as of "
        f"{told.taken_at:%Y-%m-%d %H:%M} UTC, counted again; the trail goes on after row {told.trail_number}."
    )
    for sentence in restored.advice:
        click.echo(sentence)


@house.command()
@click.pass_obj
def draw(settings: Settings) -> None:
    """Print the diagrams of all workflows as Markdown."""
    _module_commands(settings)
    click.echo(workflow.draw([flow for module in MODULES for flow in module.workflows]))


@house.command()
@click.pass_obj
def words(settings: Settings) -> None:
    """Name every msgid that has no Chinese yet, with its place."""
    lacking = missing(settings.modules)
    for one in lacking:
        click.echo(f"{one.place}: {one.msgid}")
    if lacking:
        raise click.ClickException(f"{len(lacking)} msgids have no Chinese.")
    click.echo("Every msgid has its Chinese.")


def _log_to_terminal(level: str) -> None:
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def main(load_settings: Callable[[], Settings]) -> None:
    """Run one command; what is wrong is told in a sentence, and the exit code says that something was."""
    try:
        settings = read_settings(load_settings)
        _log_to_terminal(settings.log_level)
        house(obj=settings, prog_name="run.py")
    except NotAsSet as refusal:
        click.echo("\n".join(refusal.sentences), err=True)
        sys.exit(NOT_AS_SET)
    except (Refused, Invalid) as refusal:
        click.echo("\n".join(reason.render("en") for reason in refusal.reasons), err=True)
        sys.exit(FAULT)
    except (DatabaseProblem, NotFound, PermissionError, RuntimeError) as problem:
        click.echo(str(problem), err=True)
        sys.exit(FAULT)
    finally:
        db.session.remove()
