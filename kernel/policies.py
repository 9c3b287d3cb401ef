"""Row-level security and grants, written into the database from the models' own scopes.

Run after every migration: what a rule of `kernel.scope` says, the database says too, for the reader's role.
"""

from __future__ import annotations

from sqlalchemy import Connection, False_, text
from sqlalchemy.dialects import postgresql

from kernel.actor import ReaderKind
from kernel.database import APP, READERS
from kernel.db import METADATA, Fact
from kernel.scope import RULES, all_records, policy_reader

FAB_TABLES = tuple(sorted(name for name in METADATA.tables if name.startswith("ab_")))
READ_BY_DOOR = (*FAB_TABLES, "account", "deputy")
SECRET_COLUMNS = {"password", "registration_hash"}
SHOWN_TO_KEEPERS = {
    "audit_event": "id, seq, at, actor, principal, action, subject_kind, subject_id, created_at",
    "letter": "id, kind, recipient_id, state, tries, last_answer, sent_at, created_at",
}
"""The columns that administrators read of tables whose others hold business content."""


def apply_policies(connection: Connection) -> None:
    """Bring every policy and grant to what the models say; what is there already is written anew."""
    _grant_ground(connection)
    for model in all_records():
        _guard(connection, model)
    _grant_door(connection)


def policies_of(model: type[Fact]) -> dict[ReaderKind, str]:
    """Give reader kind → SQL condition of a model's policies; kinds that see nothing are left out."""
    rule = RULES.get(model)
    if rule is None:
        return {}
    return {
        kind: str(rows.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
        for kind, rows in rule(policy_reader()).items()
        if not isinstance(rows, False_)
    }


def is_append_only(model: type[Fact]) -> bool:
    """Say whether rows of a model are never changed, by nobody."""
    return bool(getattr(model, "__append_only__", False))


def _guard(connection: Connection, model: type[Fact]) -> None:
    table = model.__tablename__
    known = connection.scalars(text("SELECT policyname FROM pg_policies WHERE tablename = :t"), {"t": table}).all()
    lines = [f'DROP POLICY "{name}" ON {table}' for name in known]
    lines.append(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    lines.append(f"REVOKE ALL ON {table} FROM {', '.join(READERS)}")
    for kind, condition in policies_of(model).items():
        lines.append(
            f"CREATE POLICY see_{kind.value} ON {table} FOR SELECT TO {kind.database_role} USING ({condition})"
        )
        shown = SHOWN_TO_KEEPERS.get(table) if kind is ReaderKind.KEEPER else None
        columns = f" ({shown})" if shown else ""
        lines.append(f"GRANT SELECT{columns} ON {table} TO {kind.database_role}")
    lines.append(f"CREATE POLICY deeds ON {table} TO g_deed USING (true) WITH CHECK (true)")
    rights = "SELECT, INSERT" if is_append_only(model) else "SELECT, INSERT, UPDATE, DELETE"
    lines.append(f"GRANT {rights} ON {table} TO g_deed")
    for line in lines:
        connection.exec_driver_sql(line)


def _grant_ground(connection: Connection) -> None:
    everybody = ", ".join((*READERS, APP))
    database = connection.scalar(text("SELECT quote_ident(current_database())"))
    connection.exec_driver_sql(f"GRANT CONNECT ON DATABASE {database} TO {everybody}")  # to ask for its size
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA public TO {everybody}")
    connection.exec_driver_sql(f"GRANT SELECT ON person TO {everybody}")
    connection.exec_driver_sql(f"GRANT SELECT ON alembic_version TO {everybody}")
    connection.exec_driver_sql("GRANT SELECT, INSERT, UPDATE ON number_series TO g_deed")
    for table in FAB_TABLES:
        connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO g_deed")
        connection.exec_driver_sql(f"REVOKE ALL ON {table} FROM g_keeper")
        connection.exec_driver_sql(f"GRANT SELECT ({_shown_of(table)}) ON {table} TO g_keeper")
    connection.exec_driver_sql("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO g_deed")


def _shown_of(table: str) -> str:
    """Name the columns of a table of FAB's that administrators read: all but what a password is kept as."""
    return ", ".join(column.name for column in METADATA.tables[table].columns if column.name not in SECRET_COLUMNS)


def _grant_door(connection: Connection) -> None:
    for table in METADATA.tables.values():
        if table.info.get("is_door"):
            connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table.name} TO {APP}")
    for name in READ_BY_DOOR:
        connection.exec_driver_sql(f"GRANT SELECT ON {name} TO {APP}")
    connection.exec_driver_sql(f"GRANT UPDATE ON ab_user TO {APP}")
    connection.exec_driver_sql(f"CREATE POLICY door ON account FOR SELECT TO {APP} USING (true)")
    connection.exec_driver_sql(f"CREATE POLICY door ON deputy FOR SELECT TO {APP} USING (true)")
    connection.exec_driver_sql(f"GRANT SELECT (recipient_id, read_at) ON message TO {APP}")
    connection.exec_driver_sql(f"CREATE POLICY door ON message FOR SELECT TO {APP} USING (true)")
