"""Archives of applications: how far they are, and the file when it is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, render_template, url_for
from markupsafe import Markup
from sqlalchemy.orm import joinedload

from grants.models import Bundle
from grants.queries.bundles import applications_in
from grants.states import BundleState
from grants.views import cells
from kernel import pages
from kernel.lists import ListState
from kernel.long_work import LongWork, how_far
from kernel.people import names_of
from kernel.speech import gettext as _, lazy_gettext as _l, ngettext
from kernel.views import Column, RecordView, door
from kernel.words import Sentence

SHOWN = 100


class BundleView(RecordView):
    """What was taken out, by whom and when."""

    model = Bundle
    kind = "Bundle"
    route_base = "/bundles"
    title = _l("Archives")
    record_template = "grants/bundle.html"
    record_options = (joinedload(Bundle.file),)
    keeps_views = False
    columns = (
        Column("asked", _l("Asked for at"), lambda one: cells.moment(one.created_at), sort=Bundle.id),
        Column("count", _l("Applications"), lambda one: one.total, numeric=True),
        Column("who", _l("By"), lambda one: one.asked_by),
        Column("state", _l("State"), lambda one: cells.chip(one.state), sort=Bundle.state),
    )

    def list_page(self, state: ListState, records: Sequence[Any], paging: pages.Paging) -> pages.ListPage:
        names = names_of([record.asked_by_id for record in records])
        for record in records:
            record.asked_by = names.get(record.asked_by_id, "—")
        return super().list_page(state, records, paging)

    def row_label(self, record: Bundle) -> str:
        return _title(record)

    def crumbs(self, record: Bundle) -> list[tuple[str, str | None]]:
        return [
            (_("Applications"), url_for("ApplicationView.index")),
            (str(self.title), self.list_url()),
            (_title(record), None),
        ]

    @door("/<int:pk>", "show")
    def record(self, pk: int) -> str:
        bundle = self.find(pk)
        return self.render(self.record_template, record=self.record_page(bundle), subject=bundle, work=work_on(bundle))

    def record_page(self, record: Bundle) -> pages.RecordPage:
        page = super().record_page(record)
        page.title = _title(record)
        names = names_of([record.asked_by_id])
        page.subtitle = _(
            "asked for by %(who)s at %(moment)s",
            who=names.get(record.asked_by_id or 0, "—"),
            moment=cells.moment(record.created_at),
        )
        if record.problem:
            page.notes = [("bad", Sentence.load(record.problem).render())]
        if record.state is BundleState.FORGOTTEN:
            page.notes = [("info", _("An archive is kept for seven days. Please ask for it again."))]
        page.panels = [pages.PanelView("applications", _("Applications"), _applications(record))]
        file = record.file
        if file is not None:
            page.facts = [
                (_("Size"), f"{file.size / 1024 / 1024:,.1f} MB"),
                ("SHA-256", file.sha256),
                (_("Made at"), cells.moment(record.made_at)),
            ]
            page.actions = [
                pages.Link(_("Download"), url_for("Files.index", public_id=file.public_id), "download", primary=True)
            ]
        return page

    @door("/<int:pk>/progress", "show")
    def progress(self, pk: int) -> Response:
        """Tell how far an archive is, for a page that waits for it."""
        return how_far(work_on(self.find(pk)))


def _applications(bundle: Bundle) -> Markup:
    found = applications_in(bundle.application_ids[:SHOWN])
    return Markup(  # noqa: S704  (a template of ours)
        render_template("grants/bundle_content.html", applications=found, more=bundle.total - len(found))
    )


def work_on(bundle: Bundle) -> LongWork | None:
    """Give how far the work on an archive is; nothing when it is over."""
    if bundle.state is not BundleState.WAITING:
        return None
    return LongWork(
        url=url_for("BundleView.progress", pk=bundle.id),
        label=_("Being made"),
        told=ngettext(
            "%(done)s of %(total)s application",
            "%(done)s of %(total)s applications",
            bundle.total,
            done=f"{bundle.done:,}",
            total=f"{bundle.total:,}",
        ),
        done=bundle.done,
        total=bundle.total,
    )


def _title(bundle: Bundle) -> str:
    return ngettext("Archive of %(num)s application", "Archive of %(num)s applications", bundle.total)
