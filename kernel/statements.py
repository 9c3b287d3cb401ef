"""Statements that are built once and carried out many times.

SQLAlchemy keeps what it compiled of a statement on the statement itself, so a form that is derived anew for each
request pays for its whole way to SQL anew. Kept here, a derived form lives as long as the statement it stems from.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

S = TypeVar("S")
MOST_FORMS = 200

_FORMS: WeakKeyDictionary[Any, dict[Hashable, Any]] = WeakKeyDictionary()


def derived(statement: Any, key: Hashable, build: Callable[[], S]) -> S:
    """Give the form of `statement` that `key` names, built at its first use; `build` may ask nothing but the key."""
    forms = _FORMS.setdefault(statement, {})
    found: S | None = forms.get(key)
    if found is None:
        if len(forms) >= MOST_FORMS:
            forms.clear()
        found = forms[key] = build()
    return found
