"""The way of an organization's people to their own file."""

from __future__ import annotations

from flask import Response, redirect, url_for

from kernel.errors import NotFound
from kernel.identity import current_actor
from kernel.views import Page, door


class MyOrganization(Page):
    """One address for everybody's own organization, for links in notices."""

    kind = "Organization"
    route_base = "/organization"

    @door("/", "show_own")
    def index(self) -> Response:
        """Lead to the organization that the reader acts for."""
        organization_id = current_actor().organization_id
        if organization_id is None:
            raise NotFound
        return redirect(url_for("OrganizationView.record", pk=organization_id))  # type: ignore[return-value]
