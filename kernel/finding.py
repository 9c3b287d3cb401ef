"""How a typed word finds records: one text per record, one pattern per word, one index for both.

A record that can be found keeps all that it is found by in one text, `search_text`, under a trigram index. A trigram
index knows whole words of two characters, but no two characters inside a longer word, and two Chinese characters are
what people type most: so neighbouring characters stand in the text a second time, as words of two.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import ColumnElement, Computed, Index

PAIR = 2


def plain(text: str) -> str:
    """Write a text as it is compared: full-width signs as narrow ones, in small letters, without blanks around."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def search_pattern(word: str) -> str:
    """Give the LIKE pattern, escaped by a backslash, that finds a typed word in a `search_text`."""
    told = plain(word)
    escaped = told.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    is_pair = len(told) == PAIR and not told.isascii() and " " not in told
    return f"% {escaped} %" if is_pair else f"%{escaped}%"


def holds(search_text: Any, word: str) -> ColumnElement[bool]:
    """Say in SQL that a record's `search_text` holds a typed word."""
    found: ColumnElement[bool] = search_text.like(search_pattern(word))
    return found


def searched_by(number: str, title: str = "''") -> Computed:
    """Let the database keep a record's `search_text`, of its number and its title; both are SQL over its columns."""
    return Computed(f"yulan_search_text({number}, {title})", persisted=True)


def search_index(table: str) -> Index:
    """Give the index that a search in `search_text` uses."""
    ops = {"search_text": "gin_trgm_ops"}
    return Index(f"ix_{table}_search_text", "search_text", postgresql_using="gin", postgresql_ops=ops)
