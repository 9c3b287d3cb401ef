"""The doors of saved views: keeping one from a register's address, and the list of them to rename, share or remove."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, current_app, flash, redirect, request, url_for

from kernel import pages
from kernel.arguments import arguments_of, read_arguments
from kernel.db import transaction
from kernel.errors import Invalid, NotFound, Refused
from kernel.identity import current_actor
from kernel.lists import ListState
from kernel.people import names_of
from kernel.saved_views import SavedView, change_view, remove_view, save_view
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, RecordView, door, field_of, typed_values

ASKED = arguments_of(save_view)


def register_named(name: str) -> RecordView:
    """Give the register of this endpoint that the reader may list; raises NotFound for any other."""
    found = next((view for view in current_app.appbuilder.baseviews if view.endpoint == name), None)  # type: ignore[attr-defined]
    if not isinstance(found, RecordView) or not current_actor().may("list", found.kind):
        raise NotFound
    return found


def _yes(told: bool) -> str:  # noqa: FBT001  (a cell)
    return _("Yes") if told else ""


class SavedViews(RecordView):
    """My views of registers and those that colleagues share."""

    model = SavedView
    kind = "SavedView"
    route_base = "/views"
    title = _l("Saved views")
    base_order = "name"
    keeps_views = False
    columns = (
        Column("name", _l("Name of the view"), lambda view: view.name, sort=SavedView.name),
        Column("register", _l("Register"), lambda view: str(register_named(view.register).title)),
        Column("owner", _l("Whose"), lambda view: view.owner_name),
        Column("shared", _l("Shared"), lambda view: _yes(view.is_shared)),
        Column("default", _l("Opens the register"), lambda view: _yes(view.is_default)),
    )

    def list_page(self, state: ListState, records: Sequence[Any], paging: pages.Paging) -> pages.ListPage:
        names = names_of(view.owner_id for view in records)
        for view in records:
            view.owner_name = names.get(view.owner_id, "")
        return super().list_page(state, records, paging)

    def record_page(self, record: SavedView) -> pages.RecordPage:
        register = register_named(record.register)
        opened = pages.Link(_("Open the view"), register.list_url(**record.address), "box-arrow-up-right")
        return pages.RecordPage(
            title=record.name,
            crumbs=self.crumbs(record),
            buttons=self._deeds(record),
            actions=[opened],
            facts=[
                (_("Register"), str(register.title)),
                (_("Whose"), names_of([record.owner_id]).get(record.owner_id, "")),
                (_("Shared"), _("Yes") if record.is_shared else _("No")),
                (_("Opens the register"), _("Yes") if record.is_default else _("No")),
            ],
        )

    @door("/new/<register>", "save", methods=("GET", "POST"))
    def create(self, register: str) -> Response | str | tuple[str, int]:
        """Keep what the address asks of a register under a name."""
        view = register_named(register)
        asked = ListState.read(request.args, columns=view.columns, filters=view.filters, order=view.base_order)
        address = asked.values()
        if request.method == "GET":
            return self._asked(view, address, {}, {})
        typed = typed_values()
        try:
            with transaction():
                save_view(register, address, actor=current_actor(), **read_arguments(ASKED, typed))
        except Invalid as invalid:
            return self._asked(view, address, typed, invalid.problems), 422
        except Refused as refused:
            return self._asked(view, address, typed, {}, [one.render() for one in refused.reasons]), 409
        flash(_("The view is saved."), "success")
        return redirect(view.list_url(**address))  # type: ignore[return-value]

    def _asked(
        self, register: RecordView, address: dict[str, Any], typed: Any, problems: Any, errors: Sequence[str] = ()
    ) -> str:
        page = pages.FormPage(
            _("Save as a view"),
            url_for("SavedViews.create", register=register.endpoint, **address),
            [field_of(argument, typed, problems) for argument in ASKED],
            lead=_("Filters, search and order of “%(register)s” as they are now.", register=register.title),
            crumbs=[(str(register.title), register.list_url()), (_("Save as a view"), None)],
            back_url=register.list_url(**address),
            errors=errors,
        )
        return self.render("kernel/form.html", form_page=page)

    # One view

    def _deeds(self, view: SavedView, typed: Any = None, problems: Any = None) -> list[pages.ButtonView]:
        if view.owner_id != current_actor().user_id:
            return []
        begun = typed or {"name": view.name, "is_shared": view.is_shared, "is_default": view.is_default}
        fields = [field_of(argument, begun, problems or {}) for argument in ASKED]
        return [
            self._button(view, "change", _("Change the view"), "pencil", fields),
            self._button(view, "remove", _("Remove the view"), "trash", [], style="bad"),
        ]

    def _button(
        self, view: SavedView, name: str, label: str, icon: str, fields: list[pages.FieldView], *, style: str = "quiet"
    ) -> pages.ButtonView:
        dialog = pages.DialogView(label, view.name, fields, label)
        return pages.ButtonView(name, label, url_for("SavedViews.deed", pk=view.id, name=name), icon, style, dialog)

    @door("/<int:pk>/deeds/<name>", "save", methods=("GET", "POST"))
    def deed(self, pk: int, name: str) -> Response | str | tuple[str, int]:
        """Change or remove one's own view; without script the question stands on a page of its own."""
        view = self.find(pk)
        typed = typed_values() if request.method == "POST" else None
        if request.method == "GET":
            return self._question(view, name)
        try:
            with transaction():
                if name == "change":
                    change_view(view, actor=current_actor(), **read_arguments(ASKED, typed or {}))
                elif name == "remove":
                    remove_view(view, actor=current_actor())
                else:
                    raise NotFound
        except Invalid as invalid:
            return self._question(self.find(pk), name, typed, invalid.problems), 422
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return self._question(self.find(pk), name, typed, errors=told), 409
        flash(_("The view is changed.") if name == "change" else _("The view is removed."), "success")
        return redirect(self.list_url())  # type: ignore[return-value]

    def _question(
        self, view: SavedView, name: str, typed: Any = None, problems: Any = None, errors: Sequence[str] = ()
    ) -> str:
        button = next((one for one in self._deeds(view, typed, problems) if one.name == name), None)
        if button is None:
            raise NotFound
        step = pages.StepPage(button, view.name, self.record_url(view), self.crumbs(view), list(errors))
        return self.render("kernel/step.html", step=step)
