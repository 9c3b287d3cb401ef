"""Which texts of an application count when it is compared: what its writer wrote, part by part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from grants.rules.fields import LABELS, TEXTS

NOT_WRITTEN: Final = frozenset({"passport", "file", "choice", "choices", "date", "number"})
"""Kinds of answers that nobody writes in words of their own."""


def texts_of(snapshot: Mapping[str, Any]) -> dict[str, str]:
    """Give the written parts of what was handed in: the name of the part → its text; empty ones are left out."""
    told = {name: str(snapshot.get(name) or "") for name in TEXTS}
    told["milestones"] = "\n".join(one["title"] for one in snapshot.get("milestones", ()))
    told |= {f"form.{key}": text for key, _label, text in _answers(snapshot)}
    return {name: text for name, text in told.items() if text.strip()}


def labels_of(snapshot: Mapping[str, Any]) -> dict[str, tuple[str, bool]]:
    """Give the heading of each part, and whether it is a msgid (a question of a call is asked as staff wrote it)."""
    built_in = {name: (LABELS[name], True) for name in TEXTS}
    return (
        built_in
        | {"milestones": ("Milestones", True)}
        | {f"form.{key}": (label, False) for key, label, _text in _answers(snapshot)}
    )


def _answers(snapshot: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for section in (snapshot.get("form") or {}).get("sections", ()):
        for answer in section["answers"]:
            if answer.get("kind") not in NOT_WRITTEN:
                yield answer["key"], answer["label"], "\n".join(_written(answer.get("value")))


def _written(value: Any) -> Iterator[str]:
    """Give every text of an answer, however deep a table has put it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _written(one)
    elif isinstance(value, list):
        for one in value:
            yield from _written(one)
