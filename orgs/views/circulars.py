"""The notices that the Centre sent to several organizations at once: staff read to whom, an organization its own."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from kernel import pages
from kernel.actor import ReaderKind
from kernel.clock import local
from kernel.identity import current_actor
from kernel.people import names_of
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, RecordView
from orgs.models import Circular
from orgs.views import cells
from orgs.views.chosen import organizations_of

SHOWN = 200


class CircularView(RecordView):
    """What was said to which organizations, and when."""

    model = Circular
    kind = "Circular"
    route_base = "/circulars"
    title = _l("Notices sent")
    columns = (
        Column("headline", _l("Subject"), lambda one: one.headline),
        Column("sent", _l("Sent"), lambda one: f"{local(one.created_at):%Y-%m-%d %H:%M}", sort=Circular.created_at),
        Column("to", _l("Organizations"), lambda one: len(one.organization_ids), numeric=True),
        Column("people", _l("People"), lambda one: one.people, sort=Circular.people, numeric=True),
    )
    base_order = "-sent"

    def list_lead(self) -> str:
        return _("Choose organizations in the register and press “Send a notice”: each notice stands here.")

    def record_page(self, record: Circular) -> pages.RecordPage:
        page = super().record_page(record)
        page.subtitle = _("Sent %(when)s", when=f"{local(record.created_at):%Y-%m-%d %H:%M}")
        page.history = []
        cards = [pages.PanelView("text", _("Text of the circular"), cells.drawn("kept_lines", record.text))]
        if current_actor().kind is ReaderKind.STAFF:
            names = names_of([record.sent_by_id])
            page.facts = [
                *([(_("Sent by"), names[record.sent_by_id])] if record.sent_by_id in names else []),
                (_("People who were told"), str(record.people)),
            ]
            cards.append(pages.PanelView("to", _("To whom"), self._receivers(record)))
        page.cards = cards
        return page

    def _receivers(self, record: Circular) -> Markup:
        found = organizations_of(record.organization_ids[:SHOWN])
        more = len(record.organization_ids) - len(found)
        return cells.drawn("receivers", [(one.name, f"/organizations/{one.id}") for one in found], more)

    def crumbs(self, record: Circular) -> list[tuple[str, str | None]]:
        return super().crumbs(record) if current_actor().may("list", "Circular") else []

    def row_label(self, record: Any) -> str:
        return str(record)
