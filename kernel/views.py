"""FAB tamed: the only bases of our pages.

FAB's ModelView is not among them (docs/adr/0002): it keeps a request's filters on the view object, commits by
itself, loads rows past its own filters and offers every column. `RecordView` states what a list and a record offer,
column by column, and holds nothing of a request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, wraps
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_appbuilder import BaseView
from sqlalchemy import Select, bindparam, select

from kernel import pages
from kernel.actor import Actor
from kernel.arguments import read_arguments
from kernel.audit import history_of
from kernel.db import Fact, db, transaction
from kernel.errors import Invalid, NotFound, Refused, Stale
from kernel.exporting import FORMS, Order, send_rows
from kernel.history_words import HistoryWords
from kernel.identity import current_actor, current_locale
from kernel.lists import Column, Filter, ListState, Search, asked_as, count_rows, narrowed, paging_of
from kernel.module import panels_for
from kernel.proof import take_proof
from kernel.rows import Rows
from kernel.saved_tabs import show_saved
from kernel.saved_views import SavedView, saved_views_of
from kernel.speech import gettext as _
from kernel.steps import done_words, field_of, step_button, step_buttons, typed_values, version_typed
from kernel.tables import Export
from kernel.words import word_of
from kernel.workflow import Workflow, lock_as_opened

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R", bound=Fact)

PUBLIC = "public"
"""The verb of doors that stand open to everybody, signed in or not."""


def door(url: str, verb: str, *, kind: str = "", methods: tuple[str, ...] = ("GET",)) -> Callable[[F], F]:
    """Open a route to whoever may `verb` the view's `kind`; the only way in which our views expose anything."""

    def decorate(body: F) -> F:
        @wraps(body)
        def enter(self: Page, *args: Any, **kwargs: Any) -> Any:
            actor = current_actor()
            if verb != PUBLIC and not actor.may(verb, kind or self.kind):
                if actor.user_id is None:
                    return redirect(url_for("SignIn.login", next=request.full_path.rstrip("?")))
                abort(403)
            return body(self, *args, **kwargs)

        enter._urls = [(url, methods)]  # type: ignore[attr-defined]  # noqa: SLF001  (how FAB finds a view's routes)
        enter.door = (verb, kind)  # type: ignore[attr-defined]
        return enter  # type: ignore[return-value]

    return decorate


LARGEST = 2**63 - 1
"""The largest number of a record."""


def find(model: type[R], pk: int, *options: Any) -> R:
    """Give a record of the reader's own sight.

    `options` are eager loads, kept by the caller: those made anew at each call would make each statement a new one.
    Raises NotFound when it is absent or another's: the answer is the same.
    """
    if pk > LARGEST:  # no record has it, and a planned statement would not even take it
        raise NotFound
    # Unique: what is loaded along in the same statement may be many.
    found = db.session.scalars(_one(model, options), {"pk": pk}).unique().first()
    if found is None:
        raise NotFound
    return found


@lru_cache(maxsize=200)
def _one(model: type[R], options: tuple[Any, ...]) -> Select[tuple[R]]:
    """Give the statement that finds one record, always the same, so that what is derived of it is kept."""
    wanted = select(model).where(model.id == bindparam("pk")).options(*options)
    return wanted.execution_options(planned=True)


@lru_cache(maxsize=200)
def everything(view: Any) -> Select[Any]:
    """Give the statement of all rows of a view's model, always the same, so that what is derived of it is kept."""
    return select(view.model)


class Page(BaseView):
    """The hardened base of every view: routes only by `door`, nothing kept between requests."""

    kind: ClassVar[str] = ""
    route_base: ClassVar[str]
    default_view = "index"

    def __init__(self) -> None:
        self.base_permissions: list[str] = []
        self.class_permission_name = self.kind
        self.include_route_methods = {name for name in dir(type(self)) if hasattr(getattr(type(self), name), "door")}
        super().__init__()

    def update_redirect(self) -> None:
        """FAB keeps a history of pages in the session at each look; ours have addresses instead."""

    def render(self, template: str, **context: Any) -> str:
        return render_template(template, **context)


class RecordView(HistoryWords, Rows, Page):
    """A register and the records in it. Subclasses say what there is; they decide nothing about the business.

    A subclass names `model`, `kind`, `title`, `columns`, `base_order`, and, where there are any, `filters`, `search`,
    `views`, `exports`, `options` (eager loads of the list), `shown`, `record_options`, `workflow`; it overrides `query`,
    `cells`, `record_page`, `list_actions`.
    """

    title: ClassVar[Any] = ""
    noun: ClassVar[Any] = ""
    filters: ClassVar[tuple[Filter, ...]] = ()
    search: ClassVar[Search | None] = None
    base_order: ClassVar[str] = "-id"
    record_options: ClassVar[tuple[Any, ...]] = ()
    workflow: ClassVar[Workflow[Any] | None] = None
    list_template: ClassVar[str] = "kernel/list.html"
    record_template: ClassVar[str] = "kernel/record.html"
    exports: ClassVar[tuple[Export[Any], ...]] = ()
    """The columns of the register's files; without any it has none."""
    has_records: ClassVar[bool] = True
    keeps_views: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        if self.workflow is None:
            self.include_route_methods.discard("step")
        if not self.has_records:
            self.include_route_methods.discard("record")
        if not self.exports and type(self).export is RecordView.export:
            self.include_route_methods.discard("export")

    # The list

    def query(self) -> Select[Any]:
        """Give what the register lists, before the reader narrows it."""
        view: Any = type(self)
        return everything(view)

    def counts(self) -> Mapping[str, int | None]:
        """Count the rows of the saved views (see ListState.counts), for a register that shows how many they are."""
        return {}

    def total(self, state: ListState, wanted: Select[Any]) -> tuple[int, bool]:
        """Count the rows: exactly up to ten thousand, by the planner's estimate above."""
        known = state.known_total()
        return count_rows(db.session(), wanted, many=state.is_many) if known is None else (known, False)

    def list_actions(self, actor: Actor) -> Sequence[pages.Link]:
        return ()

    def list_views(self, state: ListState) -> Sequence[pages.TabView]:
        return ()

    def export_links(self, state: ListState) -> list[pages.Link]:
        """Offer the register as it is narrowed now as a file."""
        labels = {"xlsx": _("Export"), "csv": _("Export as CSV")} if self.exports else {}
        return [
            pages.Link(label, f"{self.route_base}/export/{form}{asked_as(state.values())}", "download")
            for form, label in labels.items()
        ]

    def list_lead(self) -> str:
        return ""

    def empty(self, state: ListState) -> pages.EmptyView:
        if state.is_narrowed:
            clear = pages.Link(_("Show all"), self.list_url())
            return pages.EmptyView(_("Nothing matches"), _("Try fewer filters or another word."), "search", clear)
        return pages.EmptyView(_("Nothing here yet"))

    def list_url(self, **values: Any) -> str:
        # Written rather than asked for, as below: its heads, tabs and pages have two dozen.
        return f"{self.route_base}/{asked_as(values)}"

    def saved(self) -> list[SavedView]:
        """Give the saved views of this register that its reader has, as far as its filters and columns know them."""
        if not self.keeps_views or not current_actor().may("save", "SavedView"):
            return []
        known = {column.key for column in self.columns if column.sort is not None} | {"id"}
        found = saved_views_of(self.endpoint)
        return [view for view in found if str(view.address.get("order", "id")).removeprefix("-") in known]

    @door("/", "list")
    def index(self) -> Response | str:
        """The register: one count, one select, whatever the page shows; bare, it opens one's default view."""
        saved = self.saved()
        mine = next((one for one in saved if one.is_default and one.owner_id == current_actor().user_id), None)
        if mine is not None and not request.args:
            return redirect(self.list_url(**mine.address))  # type: ignore[return-value]
        asked = ListState.read(request.args, columns=self.columns, filters=self.filters, order=self.base_order)
        state = replace(asked, counts=self.counts())
        wanted = narrowed(self.query(), state, filters=self.filters, search=self.search)
        total, estimated = self.total(state, wanted)
        records = self.records_of(state, wanted, total)
        page = self.list_page(state, records, paging_of(state, total, self.list_url, estimated=estimated))
        if self.keeps_views and current_actor().may("save", "SavedView") and (saved or page.views or page.filters):
            show_saved(page, state, saved, self.list_url, register=self.endpoint, order=self.base_order)
        return self.render(self.list_template, page=page)

    def list_page(self, state: ListState, records: Sequence[Any], paging: pages.Paging) -> pages.ListPage:
        return pages.ListPage(
            title=str(self.title),
            lead=self.list_lead(),
            columns=state.column_views(self.columns, self.list_url),
            rows=self.rows(records),
            actions=[*self.export_links(state), *self.list_actions(current_actor())],
            views=self.list_views(state),
            search=state.search_view(self.search),
            filters=state.filters_view(self.filters, self.list_url) if self.filters else None,
            keep=state.kept(self.filters),
            total=_("%(count)s match", count=f"{paging.total:,}") if state.is_narrowed else "",
            paging=paging,
            empty=None if records else self.empty(state),
        )

    @door("/export/<form>", "list")
    def export(self, form: str) -> Response:
        """Send every row that matches what was asked, in that order, as a workbook or as csv."""
        if form not in FORMS:
            raise NotFound
        state = ListState.read(request.args, columns=self.columns, filters=self.filters, order=self.base_order)
        wanted = narrowed(self.query(), state, filters=self.filters, search=self.search)
        return self.send_file(state.in_order(wanted, self.columns, self.model), form, urlencode(state.values()))

    def send_file(self, wanted: Select[Any], form: str, asked: str) -> Response:
        order = Order(current_actor(), self.kind, str(self.title), form, asked, current_locale())
        return send_rows(db.session(), wanted.options(*self.options), self.exports, order)

    # One record

    def find(self, pk: int) -> Any:
        return find(self.model, pk, *self.record_options)

    @door("/<int:pk>", "show")
    def record(self, pk: int) -> str:
        record = self.find(pk)
        return self.render(self.record_template, record=self.record_page(record), subject=record)

    def record_page(self, record: Any) -> pages.RecordPage:
        """Give the page of one record; subclasses fill in facts, cards and panels."""
        return pages.RecordPage(
            title=str(record),
            crumbs=self.crumbs(record),
            chip=self.chip(record),
            steps=self.steps(record),
            buttons=self.buttons(record),
            panels=self.foreign_panels(record),
            history=self.entries(history_of(record), self.workflow),
        )

    def crumbs(self, record: Any) -> list[tuple[str, str | None]]:
        return [(str(self.title), self.list_url()), (str(getattr(record, "number", None) or record), None)]

    def chip(self, record: Any) -> tuple[str, str, str] | None:
        state = getattr(record, "state", None)
        if state is None or (self.workflow is not None and state in self.workflow.path):
            return None
        return state.tone, state.icon, _(state.word)

    def steps(self, record: Any) -> list[pages.StepView]:
        """Give the status bar: what is done, where the record stands, what is to come; last, where it ended off its way."""
        if self.workflow is None:
            return []
        path = list(self.workflow.path)
        here = path.index(record.state) if record.state in path else -1
        bar = [
            pages.StepView(_(word_of(state)), "here" if place == here else "done" if place < here else "todo")
            for place, state in enumerate(path)
        ]
        goes_on = any(record.state in step.source for step in self.workflow.transitions.values())
        return bar if here >= 0 or goes_on else [*bar, pages.StepView(_(word_of(record.state)), "stop")]

    def buttons(self, record: Any) -> list[pages.ButtonView]:
        if self.workflow is None:
            return []
        return step_buttons(self.workflow, record, current_actor(), self.step_url)

    def step_url(self, record: Any, name: str) -> str:
        return url_for(f"{self.endpoint}.step", pk=record.id, name=name)

    def foreign_panels(self, record: Any) -> list[pages.PanelView]:
        """Give the tabs that other modules add to this kind of record."""
        actor = current_actor()
        shown = []
        for panel in panels_for(self.kind):
            if panel.of and not actor.may(panel.verb, panel.of):
                continue
            html = panel.render(record, actor)
            if html is not None:
                shown.append(pages.PanelView(panel.key, _(panel.label), html))
        return shown

    # Steps

    @door("/<int:pk>/steps/<name>", "show", methods=("GET", "POST"))
    def step(self, pk: int, name: str) -> Response | str | tuple[str, int]:
        """Take a step, or ask what it needs first; the workflow itself asks who may."""
        if self.workflow is None or name not in self.workflow.transitions:
            raise NotFound
        if not self.workflow.transitions[name].by_person:
            raise NotFound
        if current_actor().user_id is None:
            return redirect(url_for("SignIn.login", next=request.path))  # type: ignore[return-value]
        return take_step(self, self.workflow, self.find(pk), name)


def take_step(
    view: RecordView,
    workflow: Workflow[Any],
    record: Any,
    name: str,
) -> Response | str | tuple[str, int]:
    """Carry out a step from a form: done and back to the record, or the form again with every problem."""
    step = workflow.transitions[name]
    url = view.step_url(record, name)
    if request.method == "GET":
        button = step_button(workflow, step, record, url)
        return view.render("kernel/step.html", step=step_page(view, record, button))
    typed = typed_values()
    try:
        arguments = read_arguments(workflow.arguments[name], typed)
        if step.fresh and (wrong := take_proof()):
            raise Invalid(wrong)
        with transaction():
            lock_as_opened(record, version_typed(), actor=current_actor())
            workflow[name](record, actor=current_actor(), **arguments)
    except Invalid as invalid:
        button = step_button(workflow, step, record, url, typed=typed, problems=invalid.problems)
        return view.render("kernel/step.html", step=step_page(view, record, button)), 422
    except (Refused, Stale) as refused:
        # The transaction is rolled back, so the button carries the version that is saved by now.
        button = step_button(workflow, step, record, url, typed=typed)
        told = [reason.render() for reason in refused.reasons]
        return view.render("kernel/step.html", step=step_page(view, record, button, told)), 409
    flash(done_words(record, _(step.label)), "success")
    return redirect(view.after_step(record, name) if hasattr(view, "after_step") else view.record_url(record))  # type: ignore[return-value]


def step_page(view: RecordView, record: Any, button: pages.ButtonView, errors: Sequence[str] = ()) -> pages.StepPage:
    return pages.StepPage(button, view.row_label(record), view.record_url(record), view.crumbs(record), errors)


__all__ = [
    "PUBLIC",
    "Column",
    "Filter",
    "Page",
    "RecordView",
    "Search",
    "door",
    "field_of",
    "find",
    "step_button",
    "step_buttons",
    "typed_values",
]
