"""What two files say differently, with the side that is taken of each: as it is chosen, and as it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel.speech import gettext as _
from orgs import queries
from orgs.models import Organization
from orgs.queries.clashes import Clash, clashes_between
from orgs.queries.merges import BOTH, differing, taken_by_default
from orgs.views import cells
from orgs.views.comparing import FIELDS

OURS, THEIRS, TOGETHER = "ours", "theirs", "both"
PREFIX = "side-"


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of which a side is taken; `both` where the two can stand together; `after` says what becomes of the other."""

    key: str
    label: str
    ours: Sequence[str]
    theirs: Sequence[str]
    side: str
    both: bool = False
    after: str = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """Two files, the first of which stays: what they say differently and what they cannot both keep."""

    survivor: Organization
    other: Organization
    fields: Sequence[Choice]
    clashes: Sequence[Choice]


def weighed(survivor: Organization, other: Organization, taken: Iterable[str] | None) -> Weighed:
    """Weigh two files; `taken` are the entries of the other side that are taken, None for what is taken by default."""
    chosen = set(taken_by_default(survivor, other) if taken is None else taken)
    dossiers = queries.dossiers_of((survivor.id, other.id))
    clashes = clashes_between(dossiers[survivor.id], dossiers[other.id])
    return Weighed(
        survivor,
        other,
        [_field(name, survivor, other, chosen) for name in differing(survivor, other)],
        [_clash(clash, chosen) for clash in clashes],
    )


def taken_from(form: Mapping[str, str]) -> list[str]:
    """Give the entries of the other side that a form takes; both sides together are an entry of their own."""
    told = {name.removeprefix(PREFIX): side for name, side in form.items() if name.startswith(PREFIX)}
    taken = [key for key, side in told.items() if side == THEIRS]
    return taken + [f"{key}+" for key, side in told.items() if side == TOGETHER]


def _field(name: str, survivor: Organization, other: Organization, chosen: set[str]) -> Choice:
    label, drawn = FIELDS[name]
    both = f"{name}+" == BOTH
    side = TOGETHER if both and BOTH in chosen else THEIRS if name in chosen else OURS
    told = [[str(drawn(one)) or "—"] for one in (survivor, other)]
    return Choice(name, str(label), told[0], told[1], side, both)


def _clash(clash: Clash, chosen: set[str]) -> Choice:
    label, after = _words(clash.kind)
    told = [[_line(clash.kind, line) for line in lines] for lines in (clash.ours, clash.theirs)]
    return Choice(clash.key, label, told[0], told[1], THEIRS if clash.key in chosen else OURS, after=after)


def _words(kind: str) -> tuple[str, str]:
    aside = _("The other one is set aside with the merge.")
    return {
        "rating": (_("Rating"), aside),
        "inspection": (_("Annual inspection"), aside),
        "entry": (_("Credit"), aside),
        "project": (_("Project of a past year"), aside),
        "document": (_("Document"), _("The other one stays in the file as a replaced one.")),
        "account": (_("Bank account"), _("The other one stays in the file as an earlier one.")),
    }[kind]


def _line(kind: str, line: Any) -> str:
    """Write a record of a file in one line, as people tell it from another."""
    parts: tuple[Any, ...]
    match kind:
        case "rating":
            parts = (line.grade.value, line.announced_on, cells.word(line.state), line.certificate_number)
        case "inspection":
            parts = (line.year, cells.word(line.result), line.concluded_on)
        case "entry":
            parts = (cells.word(line.kind), cells.span(line.listed_on, line.removed_on), line.source)
        case "project":
            parts = (line.year, line.name, f"{line.amount:,.2f}", line.source)
        case "document":
            parts = (cells.word(line.kind), line.number, cells.span(line.valid_from, line.valid_to))
        case _:
            parts = (line.bank, line.masked, line.holder)
    return " · ".join(str(part) for part in parts if part)
