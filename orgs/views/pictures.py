"""The register in pictures: where organizations are, what they are, how they are rated, how old, whose rating ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from flask import url_for

from kernel.charts import Cell, Chart, Series
from kernel.clock import today
from kernel.identity import current_locale
from kernel.speech import gettext as _, lazy_gettext as _l, ngettext
from kernel.views import Page, door
from orgs import queries
from orgs.queries import Pictures
from orgs.reference import district_tiles
from orgs.states import OrganizationType, RatingGrade
from orgs.views import cells

YEARS_SHOWN: Final = 20


class RegisterPictures(Page):
    """What the register is made of today; each number of a place, a kind or a grade leads to its organizations."""

    kind = "Organization"
    route_base = "/organizations/pictures"
    title = _l("The register in pictures")

    @door("/", "list")
    def index(self) -> str:
        """Show the pictures, the map first."""
        day = today()
        counted = queries.pictures_on(day)
        charts = {
            "districts": _by_district(counted),
            "ratings": _by_rating(counted),
            "types": _by_type(counted),
            "ends": _ending(counted),
            "founded": _by_year(counted, day),
        }
        return self.render("orgs/pictures.html", title=self.title, total=counted.total, day=day, charts=charts)


def _register(**chosen: Any) -> str:
    return url_for("OrganizationView.index", **chosen)


def _by_district(counted: Pictures) -> Chart:
    tiles = district_tiles(current_locale())
    elsewhere = sum(count for code, count in counted.districts.items() if code not in tiles)
    return Chart(
        "tiles",
        _("By district"),
        ngettext(
            "The sixteen districts of Shanghai, each at its place; %(count)s organization names none.",
            "The sixteen districts of Shanghai, each at its place; %(count)s organizations name none.",
            elsewhere,
            count=elsewhere,
        )
        if elsewhere
        else _("The sixteen districts of Shanghai, each at its place."),
        unit=_("organizations"),
        cells=tuple(
            Cell(tile.name, counted.districts.get(code, 0), tile.column, tile.row, _register(district=code))
            for code, tile in tiles.items()
        ),
    )


def _by_rating(counted: Pictures) -> Chart:
    grades: Sequence[RatingGrade | None] = (*RatingGrade, None)
    return _bars(
        _("By rating"),
        _("Ratings that count today."),
        [(cells.word(grade) if grade else _("without a rating"), counted.ratings.get(grade, 0)) for grade in grades],
        (*(_register(rating=grade.value) for grade in RatingGrade), ""),
    )


def _by_type(counted: Pictures) -> Chart:
    kinds = sorted(counted.types, key=lambda kind: (-counted.types[kind], list(OrganizationType).index(kind)))
    return _bars(
        _("By type"),
        _("What kind of body they are, by their credit code."),
        [(cells.word(kind), counted.types[kind]) for kind in kinds],
        tuple(_register(type=kind.value) for kind in kinds),
    )


def _bars(title: str, desc: str, counted: Sequence[tuple[str, int]], urls: tuple[str, ...]) -> Chart:
    labels, counts = tuple(label for label, _count in counted), tuple(count for _label, count in counted)
    return Chart("bars", title, desc, labels=labels, series=(Series(_("organizations"), counts),), urls=urls)


def _ending(counted: Pictures) -> Chart:
    months = tuple(counted.ends)
    return Chart(
        "columns",
        _("Ratings that end, by month"),
        ngettext(
            "%(count)s rating ends within twelve months.",
            "%(count)s ratings end within twelve months.",
            sum(counted.ends.values()),
            count=sum(counted.ends.values()),
        ),
        unit=_("organizations"),
        labels=tuple(f"{month:%y-%m}" for month in months),
        series=(Series(_("Ratings that end"), tuple(counted.ends[month] for month in months)),),
    )


def _by_year(counted: Pictures, day: date) -> Chart:
    first = day.year - YEARS_SHOWN + 1
    years = range(first, day.year + 1)
    before = sum(count for year, count in counted.founded.items() if year is not None and year < first)
    unknown = counted.founded.get(None, 0)
    return Chart(
        "columns",
        _("By year of founding"),
        ngettext(
            "The last %(years)s years; %(before)s organization is older, of %(unknown)s the year is not on record.",
            "The last %(years)s years; %(before)s organizations are older, of %(unknown)s the year is not on record.",
            before,
            years=YEARS_SHOWN,
            before=before,
            unknown=unknown,
        )
        if unknown
        else ngettext(
            "The last %(years)s years; %(before)s organization is older.",
            "The last %(years)s years; %(before)s organizations are older.",
            before,
            years=YEARS_SHOWN,
            before=before,
        ),
        unit=_("organizations"),
        labels=tuple(f"{year % 100:02d}" for year in years),
        series=(Series(_("Founded in the year"), tuple(counted.founded.get(year, 0) for year in years)),),
    )
