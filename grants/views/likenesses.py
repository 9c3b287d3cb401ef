"""What reads alike: a register of pairs for the officer, and both texts side by side with the passages that they share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from markupsafe import Markup, escape
from sqlalchemy.orm import joinedload

from grants.likeness import Passage, Place, Shared, among, prints_of, shared, shingles_of
from grants.models import Application, Likeness
from grants.operations.likeness import decide_likeness
from grants.queries.likeness import common_among, compared_pair, versions_compared, words_for
from grants.rules.texts import labels_of, texts_of
from grants.states import ApplicationState, LikenessDecision, LikenessRelation
from grants.views import cells
from grants.views.deeds import Drawn, form_or_done
from kernel import pages
from kernel.arguments import read_value
from kernel.errors import NotFound
from kernel.identity import current_actor
from kernel.people import names_of
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, Filter, RecordView, door, typed_values

WAITING = "waiting"
EXCERPT = 60


@dataclass(frozen=True, slots=True)
class Side:
    """One of two texts on the page: its heading, its facts, and its parts with the shared passages marked."""

    key: str
    title: str
    facts: Sequence[tuple[Any, ...]]
    parts: Sequence[tuple[str, Markup]]


def _decision_chip(pair: Likeness) -> Any:
    return cells.chip(pair.decision) if pair.decision else _("Waits for a person")


class LikenessView(RecordView):
    """Applications that read like others: what was found, and what an officer made of it."""

    model = Likeness
    kind = "Likeness"
    route_base = "/likenesses"
    title = _l("Texts that are alike")
    base_order = "-text"
    options = (joinedload(Likeness.application),)
    columns = (
        Column("application", _l("Application"), lambda one: one.application.title),
        Column("other", _l("Reads like"), lambda one: one.name),
        Column("relation", _l("Whose it is"), lambda one: cells.chip(one.relation), sort=Likeness.relation),
        Column("title", _l("Titles alike (%)"), lambda one: one.title_percent, Likeness.title_percent, numeric=True),
        Column("text", _l("Text in common (%)"), lambda one: one.text_percent, Likeness.text_percent, numeric=True),
        Column("decision", _l("Decision"), _decision_chip, sort=Likeness.decision),
    )
    filters = (
        Filter(
            "decision",
            _l("Decision"),
            lambda: [(WAITING, _("Waits for a person")), *((one.value, cells.word(one)) for one in LikenessDecision)],
            lambda value: (
                Likeness.decision.is_(None) if value == WAITING else Likeness.decision == LikenessDecision(value)
            ),
        ),
        Filter(
            "relation",
            _l("Whose it is"),
            lambda: [(one.value, cells.word(one)) for one in LikenessRelation],
            lambda value: Likeness.relation == LikenessRelation(value),
        ),
    )

    def row_code(self, record: Likeness) -> str:
        return record.application.number

    def row_label(self, record: Likeness) -> str:
        return f"{record.application.number} / {record.name}"

    @door("/<int:pk>", "show")
    def record(self, pk: int) -> str:
        """Both texts side by side."""
        return self._page(self._found(pk))

    @door("/<int:pk>/judge", "judge", methods=("GET", "POST"))
    def judge(self, pk: int) -> Drawn:
        """Say what both texts come to."""
        pair = self._found(pk)
        typed = typed_values() if request.method == "POST" else {"decision": pair.decision or ""}

        def fields(told: Mapping[str, Any], problems: Mapping[str, Any]) -> list[pages.FieldView]:
            return _questions(told, problems)

        def carry_out() -> tuple[str, str]:
            decide_likeness(
                pair,
                actor=current_actor(),
                decision=read_value("decision", typed.get("decision"), LikenessDecision),
                reason=read_value("reason", typed.get("reason"), str),
            )
            url = url_for("ApplicationView.record", pk=pair.application_id)
            return url, _("The likeness with %(name)s is judged", name=pair.name)

        form = pages.FormPage(
            _("Judge the likeness"),
            request.path,
            lead=pair.told.render(),
            crumbs=[*self._crumbs(pair)[:-1], (_("Judge the likeness"), None)],
            back_url=self.record_url(pair),
            confirm=_("Save the judgement"),
        )
        return form_or_done(self, form, fields=fields, carry_out=carry_out, typed=typed)

    def _found(self, pk: int) -> Likeness:
        pair = compared_pair(pk)
        if pair is None:
            raise NotFound
        return pair

    def _crumbs(self, pair: Likeness) -> list[tuple[str, str | None]]:
        application = pair.application
        return [
            (_("Applications"), url_for("ApplicationView.index")),
            (application.number, url_for("ApplicationView.record", pk=application.id)),
            (_("Compare"), None),
        ]

    def _page(self, pair: Likeness) -> str:
        snapshots = versions_compared(pair)
        mine = snapshots.get(pair.application_id, {})
        theirs = snapshots.get(pair.other_id or 0, {})
        template = shingles_of(words_for(pair.application))
        texts = texts_of(mine)
        template |= among(texts, common_among(prints_of(texts, template)))  # what many have written counts no more
        found = shared(texts, texts_of(theirs), template) if theirs else Shared((), 0)
        may_judge = current_actor().may("judge", "Likeness") and pair.application.state is ApplicationState.SUBMITTED
        who = names_of([pair.decided_by_id]).get(pair.decided_by_id, "") if pair.decided_by_id else ""
        return self.render(
            "grants/likeness.html",
            pair=pair,
            crumbs=self._crumbs(pair),
            told=pair.told.render(),
            sides=[
                _application_side("m", _("This application"), pair.application, mine, found, pair.version_number),
                _other_side(pair, theirs, found),
            ],
            passages=[_passage(number, one, mine, theirs) for number, one in enumerate(found.passages, 1)],
            decision=_decision_chip(pair) if pair.decision else "",
            decider=_("%(who)s, %(when)s", who=who, when=cells.moment(pair.decided_at)) if who else "",
            questions=_questions({}, {}) if may_judge else [],
            judge_url=url_for("LikenessView.judge", pk=pair.id),
        )


def _questions(told: Mapping[str, Any], problems: Mapping[str, Any]) -> list[pages.FieldView]:
    def errors(name: str) -> list[str]:
        return [sentence.render() for sentence in problems.get(name, ())]

    return [
        pages.FieldView(
            "decision",
            _("Decision"),
            "radio",
            choices=[(one.value, cells.word(one)) for one in LikenessDecision],
            value=told.get("decision"),
            errors=errors("decision"),
        ),
        pages.FieldView(
            "reason",
            _("Reason"),
            "textarea",
            hint=_("Staff alone read it; it stays with both applications."),
            value=told.get("reason"),
            errors=errors("reason"),
        ),
    ]


def _application_side(
    key: str, title: str, application: Application, snapshot: Mapping[str, Any], found: Shared, version: int | None
) -> Side:
    facts = [
        (_("Application"), cells.drawn("linked", application.number, _url_of(application))),
        (_("Project"), snapshot.get("title") or application.title),
        (_("Organization"), application.organization.name),
        (_("Call"), application.call.title),
        (_("Submitted at"), cells.moment(application.submitted_at)),
        (_("Version"), str(version or "")),
        (
            _("Targets"),
            _(
                "People: %(people)s · person-times: %(times)s · sessions: %(sessions)s",
                people=f"{application.people:,}",
                times=f"{application.person_times:,}",
                sessions=f"{application.sessions:,}",
            ),
        ),
    ]
    places = [(one.mine if key == "m" else one.theirs) for one in found.passages]
    return Side(key, title, facts, _parts(key, snapshot, places))


def _url_of(application: Application) -> str:
    return url_for("ApplicationView.record", pk=application.id)


def _other_side(pair: Likeness, snapshot: Mapping[str, Any], found: Shared) -> Side:
    if pair.other is not None:
        return _application_side("t", _("What it reads like"), pair.other, snapshot, found, pair.other_version_number)
    project = pair.past_project
    if project is None:
        raise NotFound
    facts = [
        (_("Project"), project.name),
        (_("Organization"), project.organization.name),
        (_("Year"), str(project.year)),
        (_("Amount (yuan)"), cells.money(project.amount)),
        (_("Source"), project.source),
    ]
    return Side("t", _("A project of a past year"), facts, [])


def _parts(key: str, snapshot: Mapping[str, Any], places: Sequence[Place]) -> list[tuple[str, Markup]]:
    """Give each written part with its heading; the passages in it marked by their numbers."""
    labels = labels_of(snapshot)
    numbered = list(enumerate(places, 1))
    return [
        (_heading(labels, part), _marked(key, text, [(n, one) for n, one in numbered if one.part == part]))
        for part, text in texts_of(snapshot).items()
    ]


def _heading(labels: Mapping[str, tuple[str, bool]], part: str) -> str:
    label, is_msgid = labels.get(part, (part, False))
    return _(label) if is_msgid else label


def _marked(key: str, text: str, places: Sequence[tuple[int, Place]]) -> Markup:
    """Mark the passages of a text; each leads to its fellow on the other side, and one inside another is left out."""
    told, done, other = Markup(), 0, "t" if key == "m" else "m"
    for number, place in sorted(places, key=lambda one: (one[1].start, -one[1].end)):
        if place.start < done:
            continue
        told += escape(text[done : place.start])
        told += Markup('<mark class="yl-shared" id="{}-{}"><a href="#{}-{}">{}</a>{}</mark>').format(
            key, number, other, number, number, text[place.start : place.end]
        )
        done = place.end
    return told + escape(text[done:])


def _passage(
    number: int, one: Passage, mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> tuple[int, str, str, int, str]:
    """Give one line of the list of passages: number, part here, part there, signs, how it begins."""
    text = texts_of(mine)[one.mine.part][one.mine.start : one.mine.end]
    excerpt = text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"
    here, there = _heading(labels_of(mine), one.mine.part), _heading(labels_of(theirs), one.theirs.part)
    return number, here, there, one.size, excerpt
