"""What is encrypted at rest: unreadable in the database, found again by its fingerprint, opened by former keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text

from kernel import encryption
from kernel.db import db
from kernel.encryption import Encrypted, decrypt, encrypt, fingerprint, use_data_keys

KEY, NEXT = "9f2c" * 16, "71ab" * 16
ACCOUNT = "6222 0000 1111 2222 333"


@pytest.fixture(autouse=True)
def keys() -> Iterator[None]:
    before = list(encryption._AT_HAND)
    use_data_keys([KEY])
    yield
    encryption._AT_HAND[:] = before


def test_the_same_text_is_kept_otherwise_each_time_and_read_the_same() -> None:
    first, second = encrypt(ACCOUNT), encrypt(ACCOUNT)
    assert first != second
    assert ACCOUNT not in first
    assert decrypt(first) == decrypt(second) == ACCOUNT


def test_the_database_holds_nothing_that_can_be_read(db_session: object) -> None:
    vault = Table("vault", MetaData(), Column("id", Integer), Column("number", Encrypted), prefixes=["TEMPORARY"])
    connection = db.session.connection()
    vault.create(connection)
    connection.execute(insert(vault), {"id": 1, "number": ACCOUNT})
    connection.execute(insert(vault), {"id": 2, "number": None})
    kept = connection.scalar(text("SELECT number FROM vault WHERE id = 1"))
    assert ACCOUNT not in kept
    assert connection.scalars(select(vault.c.number).order_by(vault.c.id)).all() == [ACCOUNT, None]


def test_a_former_key_opens_what_it_encrypted_and_the_new_one_encrypts() -> None:
    before = encrypt(ACCOUNT)
    use_data_keys([NEXT, KEY])
    assert decrypt(before) == ACCOUNT
    after = encrypt(ACCOUNT)
    use_data_keys([KEY])
    with pytest.raises(ValueError, match="cannot be opened"):
        decrypt(after)


def test_a_changed_value_is_not_opened() -> None:
    kept = encrypt(ACCOUNT)
    changed = kept[:-6] + ("A" if kept[-6] != "A" else "B") + kept[-5:]
    with pytest.raises(ValueError, match="cannot be opened"):
        decrypt(changed)


def test_a_fingerprint_tells_equal_from_other_and_one_purpose_from_another() -> None:
    assert fingerprint("account", ACCOUNT) == fingerprint("account", ACCOUNT)
    assert fingerprint("account", ACCOUNT) != fingerprint("account", ACCOUNT + "4")
    assert fingerprint("account", ACCOUNT) != fingerprint("phone", ACCOUNT)
    mine = fingerprint("account", ACCOUNT)
    use_data_keys([NEXT])
    assert fingerprint("account", ACCOUNT) != mine
