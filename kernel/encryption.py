"""Columns that only the house can read: encrypted before they reach the database, found again by a keyed hash.

Whoever takes a copy of the database, a backup of it or its log, holds nothing of what stands in them without the key.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Dialect, Text, TypeDecorator

_AT_HAND: list[tuple[MultiFernet, bytes]] = []


def use_data_keys(keys: Sequence[str]) -> None:
    """Let this process encrypt with the first key, and open what any of them encrypted."""
    ciphers = [Fernet(urlsafe_b64encode(_derived(key, b"columns"))) for key in keys]
    _AT_HAND[:] = [(MultiFernet(ciphers), _derived(keys[0], b"fingerprints"))]


def _derived(key: str, purpose: bytes) -> bytes:
    # One secret for the operator to keep, one key for each use: neither tells anything of the other.
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"yulan " + purpose).derive(key.encode())


def _keys() -> tuple[MultiFernet, bytes]:
    if not _AT_HAND:
        raise RuntimeError("no key to encrypt with: furnish() was not called")
    return _AT_HAND[0]


def encrypt(text: str) -> str:
    """Give the text as it is kept: another one each time, and of the same length class only."""
    return _keys()[0].encrypt(text.encode()).decode()


def decrypt(kept: str) -> str:
    """Give back what was encrypted.

    Raises ValueError when none of this process's keys opens it, or when somebody changed it.
    """
    try:
        return _keys()[0].decrypt(kept.encode()).decode()
    except InvalidToken as error:
        raise ValueError("a column cannot be opened: the data key is another one, or the value was changed") from error


def fingerprint(purpose: str, text: str) -> str:
    """Give the same 64 figures for the same text and purpose, of which nobody without the key learns anything.

    By it two rows with the same account are found, though neither can be read in the database (HMAC-SHA256).
    """
    return hmac.new(_keys()[1], f"{purpose}:{text}".encode(), "sha256").hexdigest()


class Encrypted(TypeDecorator[str]):
    """A text kept encrypted; it can be read and written, but not searched, ordered or compared in the database.

    Its column names itself MASKED in the trail (`kernel.audit`).
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else encrypt(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else decrypt(value)
