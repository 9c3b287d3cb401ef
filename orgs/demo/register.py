"""The register: organizations with names, codes, ratings, inspections and what stands against a few of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from kernel.demo import Stage, weighted
from orgs.credit_code import check_digits_for
from orgs.demo import words
from orgs.demo.duplicates import make_alike
from orgs.demo.inspections import credit_rows, inspection_rows, newest_inspection
from orgs.demo.ratings import rating_rows, ratings_for, shown_columns
from orgs.models import CreditEntry, Inspection, Organization, Rating
from orgs.names import name_columns
from orgs.reference import districts, rows_of
from orgs.states import OrganizationStatus, OrganizationType

ORGANIZATIONS = 2200
FEWEST = 45
PRIME = 611_953  # spreads the running numbers, so that codes do not count up from one organization to the next

SERVICE = (OrganizationType.SERVICE_INSTITUTION, "52")
INSTITUTION = (OrganizationType.PUBLIC_INSTITUTION, "12")
TYPES = (
    (SERVICE, 71),
    ((OrganizationType.ASSOCIATION, "51"), 18),
    ((OrganizationType.FOUNDATION, "53"), 2),
    ((OrganizationType.OTHER_SOCIAL, "59"), 1),
    ((OrganizationType.ENTERPRISE, "91"), 4),
    (INSTITUTION, 2),
    ((OrganizationType.PEOPLES_GROUP, "13"), 2),
)
# The two whose people sign in, and two that never qualify, are there at any size.
FIXED = {0: SERVICE, 1: SERVICE, 2: INSTITUTION}
ENDING = 3
# Where organizations work, roughly as many as people live there.
WEIGHTS = {"310115": 22, "310112": 11, "310104": 9, "310107": 8, "310110": 8, "310106": 8, "310113": 7, "310105": 6}
USUAL_WEIGHT = 4
STATUSES = (
    (OrganizationStatus.ACTIVE, 955),
    (OrganizationStatus.DEREGISTERED, 25),
    (OrganizationStatus.LIQUIDATING, 12),
    (OrganizationStatus.REVOKED, 8),
)


def load_register(stage: Stage) -> tuple[int, int]:
    """Write all organizations with what hangs on them; gives the ids of the two whose people sign in."""
    dice = stage.draw("register")
    ids = stage.ids(Organization, stage.count(ORGANIZATIONS, least=FEWEST))
    rows = [_organization(stage, dice, pk, place) for place, pk in enumerate(ids)]
    make_alike(rows)
    given = [ratings_for(dice, row, stage.as_of, is_first=place < 2) for place, row in enumerate(rows)]  # noqa: PLR2004
    inspections = [inspection_rows(dice, row, stage.as_of, is_first=place < 2) for place, row in enumerate(rows)]  # noqa: PLR2004
    for row, ratings, years in zip(rows, given, inspections, strict=True):
        row.update(shown_columns(ratings, stage.as_of) | newest_inspection(years))
    _name_representatives(stage.draw("representatives"), rows)
    stage.load(Organization, rows)
    stage.load(Rating, _flat([rating_rows(row, ratings) for row, ratings in zip(rows, given, strict=True)]))
    stage.load(Inspection, _flat(inspections))
    stage.load(CreditEntry, credit_rows(stage.draw("credit"), rows, stage.as_of))
    return ids[0], ids[1]


def _name_representatives(dice: Random, rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        row["legal_representative"] = dice.choice(words.SURNAMES) + dice.choice(words.GIVEN)


def _flat(parts: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    return [row for part in parts for row in part]


def _organization(stage: Stage, dice: Random, pk: int, place: int) -> dict[str, Any]:
    is_first = place < 2  # noqa: PLR2004  (the two whose people sign in)
    kind, prefix = FIXED.get(place) or weighted(dice, TYPES)
    district = _district(dice)
    name, fields = _named(kind, place)
    founded = stage.as_of - timedelta(days=dice.randint(3, 24) * 365 + dice.randint(0, 364))
    code = _credit_code(prefix, district, founded, place)
    status = OrganizationStatus.ACTIVE if is_first else weighted(dice, STATUSES)
    status = OrganizationStatus.LIQUIDATING if place == ENDING else status
    return {
        "id": pk,
        **name_columns(name, _former(dice, name, is_first=is_first), code),
        "type": kind,
        "status": status,
        "registrar": f"{districts()[district]}民政局",
        "supervising_unit": f"{districts()[district]}妇女联合会" if dice.random() < 0.6 else "无（直接登记）",  # noqa: PLR2004
        "founded_on": founded,
        "district_code": district,
        "service_fields": list(fields),
        "has_party_organization": dice.random() < 0.4,  # noqa: PLR2004
        "has_womens_federation": dice.random() < 0.3,  # noqa: PLR2004
        "staff_count": 12 if is_first else max(1, round(dice.lognormvariate(1.9, 0.7))),
        "volunteer_count": 86 if is_first else round(dice.lognormvariate(3.2, 0.9)),
        "address": f"{districts()[district]}示例{dice.choice(words.ROADS)}路{dice.randint(1, 999)}号",
        "contact_name": dice.choice(words.SURNAMES) + dice.choice(words.GIVEN),
        # No number begins with 100 in mobile numbering, so that nobody is ever called.
        "contact_phone": f"100{dice.randint(0, 99_999_999):08d}",
        "created_at": stage.moment(stage.as_of - timedelta(days=dice.randint(500, 900))),
    }


def _district(dice: Random) -> str:
    codes = list(districts())
    return dice.choices(codes, [WEIGHTS.get(code, USUAL_WEIGHT) for code in codes])[0]


def _named(kind: OrganizationType, place: int) -> tuple[str, tuple[str, ...]]:
    """Give a name that no other organization has, and the fields that it promises."""
    if place < 2:  # noqa: PLR2004
        return (words.FIRST, words.SECOND)[place], (words.TRADES[0][1], words.TRADES[1][1])[place]
    brand = words.BRANDS[place % len(words.BRANDS)]
    round_of_trades, step = divmod(place // len(words.BRANDS), len(words.TRADES))
    trade, fields = words.TRADES[(place + step) % len(words.TRADES)]
    suffixes = words.SUFFIXES[kind.value]
    more = "" if round_of_trades == 0 else "新"
    return f"{words.MARK}{brand}{more}{trade}{suffixes[place // 7 % len(suffixes)]}", fields


def _former(dice: Random, name: str, *, is_first: bool) -> list[str]:
    if is_first or dice.random() > 0.04:  # noqa: PLR2004
        return []
    return [name.replace(words.MARK, f"{words.MARK}原", 1)]


def _credit_code(prefix: str, district: str, founded: date, place: int) -> str:
    """Give a code with both checks, whose own number begins with QQ, as no registrar has given it."""
    abolished = {row["code"]: row["abolished_code"] for row in rows_of("districts")}[district]
    area = abolished if abolished and founded.year < 2010 else district  # noqa: PLR2004  (before the mergers)
    first = f"{prefix}{area}QQ{(place * PRIME + 47) % 1_000_000:06d}"
    return first + check_digits_for(first)
