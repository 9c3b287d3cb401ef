"""What the database refuses, people can read: every constraint has its sentence, and each sentence its Chinese."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import Float, Numeric, text
from sqlalchemy.orm import Session

import config
from kernel.catalogue import merged
from kernel.db import CONSTRAINT_SENTENCES, METADATA, db
from tests.house.verdict import none_of

REFUSING = text("""
SELECT conname AS name FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE contype IN ('c', 'u', 'x') AND connamespace = 'public'::regnamespace AND relname NOT LIKE 'ab\\_%'
UNION
SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
WHERE indisunique AND NOT indisprimary AND t.relnamespace = 'public'::regnamespace AND t.relname NOT LIKE 'ab\\_%'
""")
KEYS = text("SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace")
RAISED = text("SELECT prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace")


@pytest.fixture
def names(app: Flask, db_session: Session) -> set[str]:
    """The full names of everything by which the database refuses a row, but for the general ones."""
    found = set(db.session.connection().scalars(REFUSING))
    return {name for name in found if not name.endswith("_known") and not name.startswith("alembic")}


def test_every_constraint_has_a_sentence(names: set[str]) -> None:
    none_of(sorted(names - CONSTRAINT_SENTENCES.keys()))


def test_every_sentence_belongs_to_a_constraint(names: set[str]) -> None:
    raised = " ".join(db.session.connection().scalars(RAISED))
    keys = set(db.session.connection().scalars(KEYS))
    known = names | keys | {name for name in CONSTRAINT_SENTENCES if name in raised}

    none_of(sorted(CONSTRAINT_SENTENCES.keys() - known))


def test_every_sentence_has_its_chinese(app: Flask) -> None:
    words = merged(config.MODULES)
    bare = [
        name
        for name, sentence in CONSTRAINT_SENTENCES.items()
        if not (found := words.get(sentence.msgid)) or not found.string
    ]

    none_of(sorted(bare))


def test_a_sentence_is_for_people_and_names_no_table(app: Flask) -> None:
    odd = [
        name
        for name, sentence in CONSTRAINT_SENTENCES.items()
        if not re.fullmatch(r"[A-Z0-9“].*[.”]", sentence.msgid, re.DOTALL)
        or re.search(r"\b[a-z]+_[a-z_]+\b", sentence.msgid)
    ]

    none_of(sorted(odd))


def test_every_name_fits_the_database(names: set[str]) -> None:
    none_of(sorted(name for name in names if len(name) >= 63))


def test_money_is_never_a_float(app: Flask) -> None:
    floats = [
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if isinstance(column.type, Float) or (isinstance(column.type, Numeric) and not column.type.asdecimal)
    ]

    none_of(floats)


def test_every_moment_is_aware(app: Flask, db_session: Session) -> None:
    naive = db.session.connection().execute(
        text(
            "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type = 'timestamp without time zone' AND table_name NOT LIKE 'ab\\_%'"
        )
    )

    none_of([row[0] for row in naive])
