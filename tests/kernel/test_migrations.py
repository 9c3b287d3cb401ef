"""The numbered line of migrations: each step leads up and back, and its end is what the models say."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from kernel.database import Server, check_migrations, migrate, owner_engine, scratch_database
from kernel.database.migrations import SCRIPTS, revisions, take_back

THINGS = text(
    """
    SELECT 'table ' || relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'S')
    UNION ALL
    SELECT 'routine ' || p.oid::regprocedure FROM pg_proc p
    LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
    WHERE p.pronamespace = 'public'::regnamespace AND d.objid IS NULL
    UNION ALL
    SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT 'constraint ' || conname || ' on ' || conrelid::regclass FROM pg_constraint WHERE conrelid <> 0
    AND connamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = 'public'
    """
)


@pytest.fixture
def scratch(server: Server) -> Iterator[Server]:
    with scratch_database(server, f"yulan_scratch_{os.getpid()}") as empty:
        yield empty


def things_in(database: Server) -> set[str]:
    with owner_engine(database.owner_url).connect() as connection:
        return set(connection.scalars(THINGS)) - {"table alembic_version"}


def test_the_line_makes_what_the_models_say(scratch: Server) -> None:
    migrate(scratch.owner_url)
    assert check_migrations(scratch.owner_url) is None


def test_every_step_can_be_taken_back_and_again(scratch: Server) -> None:
    before: dict[str, set[str]] = {}
    for revision in revisions():
        before[revision] = things_in(scratch)
        migrate(scratch.owner_url, revision)
    there = things_in(scratch)
    for revision in reversed(revisions()):
        take_back(scratch.owner_url, f"{revision}-1" if before[revision] else "base")
        left = things_in(scratch)
        assert {thing for thing in left ^ before[revision] if "alembic_version" not in thing} == set(), revision
    migrate(scratch.owner_url)
    assert things_in(scratch) == there


def test_the_numbers_of_the_line_have_no_gap_and_name_their_files() -> None:
    files = sorted(path.name for path in (SCRIPTS / "versions").glob("*.py"))
    assert [name[:4] for name in files] == revisions() == [f"{number:04}" for number in range(1, len(files) + 1)]
