"""What a database holds, in numbers that two databases can be compared by; read by the owner of the tables."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, text

from kernel.backup.archive import Manifest, Table

SAME_WORDS = """
SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres';
SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1;
SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0
"""
TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""


def measure(connection: Connection) -> dict[str, Table]:
    """Count every table and add up the content of its rows: 60 bits of each row's hash, whatever the rows' order."""
    connection.exec_driver_sql(SAME_WORDS)
    return {name: _measured(connection, name) for name in connection.scalars(text(TABLES)).all()}


def _measured(connection: Connection, name: str) -> Table:
    row = connection.exec_driver_sql(
        "SELECT count(*), coalesce(sum(('x' || left(md5(t::text), 15))::bit(60)::bigint), 0)::text "
        f'FROM public."{name}" AS t'
    ).one()
    return Table(int(row[0]), str(row[1]))


def head_of_trail(connection: Connection) -> tuple[int, str]:
    """Give the number and the hash of the trail's last row; 0 and nothing for an empty trail."""
    row = connection.execute(text("SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1")).first()
    return (int(row.seq), str(row.hash)) if row else (0, "")


def hash_in_trail(connection: Connection, number: int) -> str | None:
    """Give the hash of one row of the trail; None when there is no such row."""
    found = connection.execute(text("SELECT hash FROM audit_event WHERE seq = :number"), {"number": number})
    return found.scalar()


def differences(manifest: Manifest, found: Mapping[str, Table], head: tuple[int, str]) -> list[str]:
    """Say where a database is not what a manifest tells, the trail first."""
    told = []
    if head != (manifest.trail_number, manifest.trail_hash):
        told.append(
            f"the audit trail ends with row {head[0]} ({head[1][:12]}), "
            f"the manifest with row {manifest.trail_number} ({manifest.trail_hash[:12]})"
        )
    for name in sorted({*manifest.tables, *found}):
        before, now = manifest.tables.get(name), found.get(name)
        if before is None or now is None:
            told.append(f"the table {name} is {'not in the manifest' if before is None else 'lacking'}")
        elif before.rows != now.rows:
            told.append(f"{name} has {now.rows} rows, the manifest tells {before.rows}")
        elif before != now:
            told.append(f"{name} has other content than the manifest tells")
    return told
