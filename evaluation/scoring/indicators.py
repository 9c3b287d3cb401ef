"""Indicator sets: a tree of weighted items, read from data and checked before it is used.

A set is data (`evaluation/data/indicator_sets.json`, or what the Centre makes of it) and never changes once used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from evaluation.states import ADJUSTMENTS, IndicatorKind
from kernel.words import Sentence


@dataclass(frozen=True, slots=True)
class Indicator:
    """One item of a set; a group is the sum of its children, whose weights sum to its own.

    `parameters` by kind: checklist `checks` (texts) and optional `scores` (number of yes → points); threshold
    `table` ([ratio from, points], best first); over_target `explain_above` (default 1.3); deduct `per_unit`;
    direct optional `step`; bonus and penalty `cap`. `origin` says whether the item is sourced or a default of ours.
    """

    code: str
    name: str
    weight: Decimal
    kind: IndicatorKind
    parameters: Mapping[str, Any] = field(default_factory=dict)
    children: tuple[Indicator, ...] = ()
    name_en: str = ""
    origin: str = ""

    def walk(self) -> Iterator[Indicator]:
        """Give the item and all below it, in the order of the sheet."""
        yield self
        for child in self.children:
            yield from child.walk()

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Indicator:
        """Read an item from its JSON; without a kind, children make it a group and nothing makes it direct."""
        children = tuple(cls.load(child) for child in stored.get("children", ()))
        usual = IndicatorKind.GROUP if children else IndicatorKind.DIRECT
        return cls(
            code=stored["code"],
            name=stored["name"],
            weight=Decimal(str(stored.get("weight", 0))),
            kind=IndicatorKind(stored.get("kind", usual)),
            parameters=stored.get("parameters", {}),
            children=children,
            name_en=stored.get("name_en", ""),
            origin=stored.get("origin", ""),
        )


@dataclass(frozen=True, slots=True)
class IndicatorSet:
    """A whole sheet: what adds up to `total`, what is added or taken off within caps, and what vetoes."""

    code: str
    name: str
    total: Decimal
    indicators: tuple[Indicator, ...]
    bonuses: tuple[Indicator, ...] = ()
    penalties: tuple[Indicator, ...] = ()
    vetoes: tuple[Indicator, ...] = ()
    bonus_cap: Decimal = Decimal(0)
    penalty_cap: Decimal = Decimal(0)
    pass_mark: Decimal | None = None
    name_en: str = ""
    source: str = ""
    tie_item: str = ""

    def walk(self) -> Iterator[Indicator]:
        """Give every weighted item of the set, groups before their children."""
        for indicator in self.indicators:
            yield from indicator.walk()

    @property
    def leaves(self) -> tuple[Indicator, ...]:
        return tuple(item for item in self.walk() if item.kind is not IndicatorKind.GROUP)

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> IndicatorSet:
        """Read a set from its JSON."""
        pass_mark = stored.get("pass_mark")
        parts = {
            part: tuple(Indicator.load(item) for item in stored.get(part, ()))
            for part in ("indicators", "bonuses", "penalties", "vetoes")
        }
        return cls(
            code=stored["code"],
            name=stored["name"],
            total=Decimal(str(stored["total"])),
            bonus_cap=Decimal(str(stored.get("bonus_cap", 0))),
            penalty_cap=Decimal(str(stored.get("penalty_cap", 0))),
            pass_mark=None if pass_mark is None else Decimal(str(pass_mark)),
            name_en=stored.get("name_en", ""),
            source=stored.get("source", ""),
            tie_item=stored.get("tie_item", ""),
            **parts,
        )


def set_problems(sheet: IndicatorSet) -> list[Sentence]:
    """Say everything that keeps a set from being used; nothing when it may be."""
    everything = [*sheet.walk(), *sheet.bonuses, *sheet.penalties, *sheet.vetoes]
    problems = [
        Sentence("The code {code} stands for more than one item.", code=code)
        for code, times in Counter(item.code for item in everything).items()
        if times > 1
    ]
    problems += _sum_problem(sheet.name, sheet.total, sheet.indicators)
    for item in everything:
        problems += item_problems(item)
    return problems


def item_problems(item: Indicator) -> list[Sentence]:
    """Say what is wrong with one item: its weight, its children, its parameters."""
    if item.kind is IndicatorKind.GROUP:
        if not item.children:
            return [Sentence("{name}: a group needs items.", name=item.name)]
        return _sum_problem(item.name, item.weight, item.children)
    if item.children:
        return [Sentence("{name}: only a group has items of its own.", name=item.name)]
    if item.kind is IndicatorKind.VETO:
        return []
    if item.kind in ADJUSTMENTS:
        return _positive(item, "cap")
    if item.weight <= 0:
        return [Sentence("{name}: the weight must be above zero.", name=item.name)]
    return _parameter_problems(item)


def points_of(item: Indicator) -> list[tuple[Decimal, Decimal]]:
    """Give a table of points as (from, points), best first: of a checklist by number of yes, else by ratio."""
    table = item.parameters.get("scores") if item.kind is IndicatorKind.CHECKLIST else item.parameters.get("table")
    rows = table.items() if isinstance(table, Mapping) else (table or ())
    return sorted(((Decimal(str(start)), Decimal(str(points))) for start, points in rows), reverse=True)


def _sum_problem(name: str, whole: Decimal, parts: tuple[Indicator, ...]) -> list[Sentence]:
    total = sum((part.weight for part in parts), Decimal(0))
    if total == whole:
        return []
    return [Sentence("{name}: its items weigh {total} together, not {weight}.", name=name, total=total, weight=whole)]


def _parameter_problems(item: Indicator) -> list[Sentence]:
    match item.kind:
        case IndicatorKind.CHECKLIST:
            if not item.parameters.get("checks"):
                return [Sentence("{name}: a checklist needs questions.", name=item.name)]
            return _table_problems(item) if "scores" in item.parameters else []
        case IndicatorKind.THRESHOLD:
            return _table_problems(item)
        case IndicatorKind.DEDUCT:
            return _positive(item, "per_unit")
        case _:
            return []


def _table_problems(item: Indicator) -> list[Sentence]:
    rows = points_of(item)
    if not rows or rows[-1][0] != 0:
        return [Sentence("{name}: the table must go down to 0.", name=item.name)]
    points = [row[1] for row in rows]
    if points[0] != item.weight or points[-1] < 0 or points != sorted(points, reverse=True):
        return [Sentence("{name}: points must fall from {weight} and not below 0.", name=item.name, weight=item.weight)]
    return []


def _positive(item: Indicator, parameter: str) -> list[Sentence]:
    if Decimal(str(item.parameters.get(parameter, 0))) > 0:
        return []
    return [Sentence("{name}: “{parameter}” must be above zero.", name=item.name, parameter=parameter)]
