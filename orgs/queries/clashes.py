"""What two files of one organization cannot both keep: two inspections of a year, two ratings of one day, and the like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from orgs.queries.file_lines import Dossier, RatingLine
from orgs.ratings import validity
from orgs.states import DocumentKind, RatingState

MANY: Final = frozenset({DocumentKind.LICENCE, DocumentKind.OTHER})
"""Kinds of documents of which several count at a time."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Records of both files of which those of one side are kept; the lines are those of the file (queries.dossier).

    `kind` is rating, inspection, entry, project, document or account. Of the last two the other side's stay on record
    as earlier ones, of the others they are set aside with the merge.
    """

    key: str
    kind: str
    ours: Sequence[Any]
    theirs: Sequence[Any]


def clashes_between(ours: Dossier, theirs: Dossier) -> list[Clash]:
    """Give what two files cannot both keep, in the order of the file; the keys stay while nothing changes."""
    return [
        *_ratings(ours, theirs),
        *_pairs("inspection", ours.inspections, theirs.inspections, lambda one: one.year),
        *_pairs("entry", ours.entries, theirs.entries, lambda one: (one.kind, one.listed_on, one.source)),
        *_pairs("project", ours.past, theirs.past, lambda one: (one.year, one.name)),
        *_pairs("document", _single(ours), _single(theirs), lambda one: one.kind),
        *_pairs("account", _current(ours), _current(theirs), lambda _one: True),
    ]


def _pairs(kind: str, ours: Sequence[Any], theirs: Sequence[Any], same: Any) -> list[Clash]:
    others = {same(one): one for one in theirs}
    pairs = [(one, others[same(one)]) for one in ours if same(one) in others]
    return [Clash(f"{kind}:{one.id}", kind, (one,), (other,)) for one, other in pairs]


def _single(dossier: Dossier) -> list[Any]:
    return [one for one in dossier.documents if one.counts and one.kind not in MANY]


def _current(dossier: Dossier) -> list[Any]:
    return [one for one in dossier.accounts if one.until is None]


def _ratings(ours: Dossier, theirs: Dossier) -> list[Clash]:
    """Bring ratings together that cannot stand beside each other, with all that clash with the same ones."""
    found: list[Clash] = []
    left = list(ours.ratings)
    while left:
        mine, others, grown = [left.pop(0)], list[RatingLine](), True
        while grown:
            more = [two for two in theirs.ratings if two not in others and any(_clash(one, two) for one in mine)]
            also = [one for one in left if any(_clash(one, two) for two in (*others, *more))]
            others, mine, grown = [*others, *more], [*mine, *also], bool(more or also)
            left = [one for one in left if one not in also]
        if others:
            found.append(Clash(f"rating:{min(one.id for one in mine)}", "rating", tuple(mine), tuple(others)))
    return found


def _clash(one: RatingLine, other: RatingLine) -> bool:
    """Two ratings of one day clash, and two of the same rules that count on some of the same days."""
    if one.announced_on is None or other.announced_on is None:
        return False
    if one.announced_on == other.announced_on:
        return True
    if not one.state is other.state is RatingState.VALID or _regime(one) is not _regime(other):
        return False
    assert one.valid_from is not None
    assert one.valid_to is not None
    assert other.valid_from is not None
    assert other.valid_to is not None
    return one.valid_from <= other.valid_to and other.valid_from <= one.valid_to


def _regime(line: RatingLine) -> Any:
    assert line.announced_on is not None
    return validity(line.announced_on).regime
