"""How the Centre sees an organization as of a day: what it may do, what it may not, and why."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, redirect, render_template, request, url_for
from markupsafe import Markup

from kernel import pages
from kernel.account import task_view, tasks_of
from kernel.actor import Actor, ReaderKind
from kernel.arguments import read_value
from kernel.clock import today
from kernel.errors import Invalid, NotFound
from kernel.identity import current_actor
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Page, door, find
from kernel.words import one_after_another
from orgs import queries
from orgs.models import Organization
from orgs.standing import Standing
from orgs.states import Activity, Verdict
from orgs.views.passport import passport


class StandingView(Page):
    """One page for staff and for the organization itself: the same rules, the same words."""

    kind = "Organization"
    route_base = "/organizations"
    title = _l("Standing")

    @door("/<int:pk>/standing", "show")
    def record(self, pk: int) -> str:
        """Show what an organization may and may not do as of the day that is asked for."""
        actor, organization = current_actor(), find(Organization, pk)
        day, problem = _day_asked()
        standing = queries.standing(pk, day)
        return self.render(
            "orgs/standing.html",
            title=_("Standing"),
            organization=organization,
            crumbs=_crumbs(organization, actor),
            day=day,
            problem=problem,
            activities=[_activity(standing, activity) for activity in Activity],
            reasons=standing.reasons,
            passport=passport(organization, queries.documents_of(pk)),
            tasks=_asked_of(actor),
        )

    @door("/own/standing", "show_own")
    def own(self) -> Response:
        """Lead to the standing of the organization that the reader acts for."""
        organization_id = current_actor().organization_id
        if organization_id is None:
            raise NotFound
        return redirect(url_for("StandingView.record", pk=organization_id))  # type: ignore[return-value]


def standing_card(organization_id: int) -> Markup:
    """Draw what an organization may and may not do today, with the reasons, for its record."""
    standing = queries.standing(organization_id, today())
    told = [_activity(standing, activity) for activity in Activity]
    url = url_for("StandingView.record", pk=organization_id)
    return Markup(render_template("orgs/standing_card.html", activities=told, url=url))  # noqa: S704  (templates escape)


def _day_asked() -> tuple[date, str]:
    """Read the day of the address; what cannot be read is told, and today is shown."""
    try:
        day: date = read_value("day", request.args.get("day"), date, required=False, default=today())
    except Invalid as invalid:
        return today(), one_after_another(sentence.render() for sentence in invalid.problems["day"])
    return day, ""


def _activity(standing: Standing, activity: Activity) -> dict[str, Any]:
    verdict = standing.verdict(activity)
    return {
        "activity": activity,
        "verdict": verdict,
        "until": standing.until(activity),
        "reasons": [] if verdict is Verdict.YES else standing.why(activity),
    }


def _asked_of(actor: Actor) -> list[pages.TaskView] | None:
    """Give what the organization's own people have to do, here and in its calls and projects; None for who is not of it."""
    return [task_view(task) for task in tasks_of(actor)] if actor.kind is ReaderKind.ORG else None


def _crumbs(organization: Organization, actor: Actor) -> list[tuple[str, str | None]]:
    register = [(_("Register of organizations"), url_for("OrganizationView.index"))]
    own = (organization.name, url_for("OrganizationView.record", pk=organization.id))
    return [*(register if actor.may("list", "Organization") else []), own, (_("Standing"), None)]
