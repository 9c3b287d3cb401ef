"""Pairs of organizations that may be one: what speaks for it, both side by side, and what was decided."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from markupsafe import Markup
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from kernel import pages
from kernel.actor import Actor
from kernel.identity import current_actor
from kernel.people import names_of
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, Filter, RecordView, Search
from orgs import queries
from orgs.models import Organization, PossibleDuplicate
from orgs.queries import found_by
from orgs.states import DuplicateState, DuplicateStrength, Evidence
from orgs.views import cells
from orgs.views.comparing import compared_lines, reason_words
from orgs.workflows import POSSIBLE_DUPLICATE


def _names_one(word: str) -> Any:
    wanted = select(Organization.id).where(found_by(word))
    return or_(PossibleDuplicate.first_id.in_(wanted), PossibleDuplicate.second_id.in_(wanted))


class DuplicateView(RecordView):
    """What the comparison found, the likeliest first."""

    model = PossibleDuplicate
    kind = "PossibleDuplicate"
    route_base = "/duplicates"
    title = _l("Possible duplicates")
    base_order = "-score"
    workflow = POSSIBLE_DUPLICATE
    options = (joinedload(PossibleDuplicate.first), joinedload(PossibleDuplicate.second))
    record_options = (
        joinedload(PossibleDuplicate.first).undefer_group("contacts"),
        joinedload(PossibleDuplicate.second).undefer_group("contacts"),
    )
    search = Search(_l("Name, former name, pinyin or credit code"), _names_one)
    columns = (
        Column("first", _l("One organization"), lambda pair: pair.first.name),
        Column(
            "second",
            _l("The other organization"),
            lambda pair: cells.drawn("named", pair.second.name, pair.second.credit_code),
        ),
        Column("reasons", _l("What speaks for it"), lambda pair: cells.drawn("lines", reason_words(pair.reasons))),
        Column(
            "score",
            _l("Strength"),
            lambda pair: cells.drawn("state_or", pair.strength, ""),
            sort=PossibleDuplicate.score,
        ),
        Column("found_on", _l("Found on"), lambda pair: pair.found_on, sort=PossibleDuplicate.found_on),
        Column("state", _l("State"), lambda pair: cells.drawn("state_or", pair.state, "")),
    )
    filters = (
        Filter(
            "state",
            _l("State"),
            lambda: [(state.value, cells.word(state)) for state in DuplicateState],
            lambda code: PossibleDuplicate.state == DuplicateState(code),
        ),
        Filter(
            "strength",
            _l("Strength"),
            lambda: [(strength.value, cells.word(strength)) for strength in DuplicateStrength],
            lambda code: PossibleDuplicate.strength == DuplicateStrength(code),
        ),
        Filter(
            "evidence",
            _l("What speaks for it"),
            lambda: [(kind.value, cells.word(kind)) for kind in Evidence],
            lambda code: PossibleDuplicate.reasons.contains([[code]]),
        ),
    )
    labels = {"reason": _l("Reason"), "decided_on": _l("Decided on")}

    def list_lead(self) -> str:
        return _(
            "Organizations are compared whenever a name, code, account or contact changes. Only staff see the pairs."
        )

    def row_code(self, record: PossibleDuplicate) -> str:
        return record.first.credit_code

    def record_page(self, record: PossibleDuplicate) -> pages.RecordPage:
        page = super().record_page(record)
        page.title = _("%(one)s and %(other)s", one=record.first.name, other=record.second.name)
        page.chip = (record.strength.tone, record.strength.icon, cells.word(record.strength))
        page.facts = facts_of(record)
        page.actions = merge_links(record, current_actor())
        accounts = queries.current_accounts((record.first_id, record.second_id))
        lines = compared_lines(record.first, record.second, accounts)
        page.cards = [
            pages.PanelView(
                "reasons", _("What speaks for it"), _drawn("reasons", reasons=reason_words(record.reasons))
            ),
            pages.PanelView(
                "compared",
                _("Side by side"),
                _drawn("compared", first=record.first, second=record.second, lines=lines),
                flush=True,
            ),
        ]
        return page


def merge_links(pair: PossibleDuplicate, actor: Actor) -> list[pages.Link]:
    """Give the way to the merge of a pair: to the one that is proposed, or to propose one."""
    if pair.state is not DuplicateState.OPEN:
        return []
    if (merge := queries.open_merge_of(pair.first_id, pair.second_id)) is not None:
        return [pages.Link(_("Merge to be approved"), url_for("MergeView.record", pk=merge), "arrow-left-right")]
    if not actor.may("propose", "OrganizationMerge"):
        return []
    url = url_for("MergeView.propose", pk=pair.first_id, credit_code=pair.second.credit_code)
    return [pages.Link(_("Merge two files"), url, "arrow-left-right", primary=True)]


def facts_of(pair: PossibleDuplicate) -> list[tuple[Any, ...]]:
    """Give when a pair was found, and what was decided by whom."""
    person = names_of((pair.decided_by_id,)).get(pair.decided_by_id or 0)
    told = [
        (_("Found on"), pair.found_on),
        (_("Decided on"), pair.decided_on),
        (_("Decided by"), person),
        (_("Why they are not the same"), pair.reason, True),
    ]
    return [fact for fact in told if fact[1] not in {None, ""}]


def _drawn(template: str, **told: Any) -> Markup:
    return Markup(render_template(f"orgs/{template}.html", **told))  # noqa: S704  (templates escape)
