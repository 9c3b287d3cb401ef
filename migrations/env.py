"""How alembic sees the models: every module is loaded, the connection is handed over by `kernel.database.migrate`."""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection

import config
from kernel import calendar, numbering  # noqa: F401  (their tables)
from kernel.app import load_house
from kernel.db import METADATA, Choice


def is_ours(thing: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:  # noqa: FBT001  (alembic's)
    """Leave the database views to their own migration."""
    return not (kind == "table" and thing.info.get("is_view")) and name != "alembic_version"


def as_plain(kind: str, thing: Any, _context: Any) -> str | bool:
    """Write coded choices as the strings that they are, so that a migration needs no class of ours."""
    return f"sa.String(length={thing.impl.length})" if kind == "type" and isinstance(thing, Choice) else False


def run(connection: Connection) -> None:
    """Run the migrations on a connection that somebody else opened."""
    load_house(config.MODULES)
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        include_object=is_ours,
        render_item=as_plain,
        compare_type=True,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
