"""What a page shows, as plain values that the templates of the look expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    url: str
    icon: str = ""
    primary: bool = False


@dataclass(frozen=True, slots=True)
class NavLink:
    label: str
    url: str
    icon: str = ""
    count: int = 0
    hot: bool = False
    current: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    title: str
    items: Sequence[NavLink]


class Nav(tuple[NavGroup, ...]):
    """The navigation, equal to another that shows the same."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ShellUser:
    id: int
    name: str
    role_label: str
    account: str = ""
    idle: int = 0
    """Seconds after which a session without any request is over."""

    @property
    def initial(self) -> str:
        return self.name[:1]


@dataclass(slots=True)
class Shell:
    """What stands around every page."""

    kind: str
    locale: str
    nav: Sequence[NavGroup] = ()
    tabs: Sequence[NavLink] = ()
    menu: Sequence[Link] = ()
    foot: Sequence[Link] = ()
    user: ShellUser | None = None
    unread: int = 0
    notices: Sequence[tuple[str, str]] = ()
    home_url: str = "/"
    inbox_url: str = "/inbox/"
    search_url: str | None = None


@dataclass(frozen=True, slots=True)
class FieldView:
    """One question of a form; `errors` stand between hint and control."""

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    required: bool = True
    choices: Sequence[tuple[Any, str]] = ()
    value: Any = None
    errors: Sequence[Any] = ()
    unit: str = ""
    rows: int = 4
    accept: str = ""
    maxlength: int | None = None
    autocomplete: str = ""
    disabled: bool = False
    multiple: bool = False


@dataclass(frozen=True, slots=True)
class DialogView:
    title: str
    text: str
    fields: Sequence[FieldView]
    confirm: str


@dataclass(frozen=True, slots=True)
class ButtonView:
    """One step of a record, to be pressed, or with the reason why not."""

    name: str
    label: str
    url: str
    icon: str = ""
    style: str = "primary"
    dialog: DialogView | None = None
    disabled: bool = False
    reason: str = ""
    version: int | None = None
    is_page: bool = False
    """Whether the step asks so much that it has a page of its own, at `url`."""


@dataclass(frozen=True, slots=True)
class StepView:
    label: str
    status: str


@dataclass(frozen=True, slots=True)
class Entry:
    who: str
    when: str
    what: str
    changes: Sequence[tuple[str, str, str]] = ()
    text: str = ""
    initial: str = ""


@dataclass(frozen=True, slots=True)
class PanelView:
    key: str
    title: str
    html: Any = ""
    count: int | None = None
    link: Link | None = None
    flush: bool = False


@dataclass(slots=True)
class RecordPage:
    """One record with its steps, facts, parts and history."""

    title: str
    crumbs: Sequence[tuple[str, str | None]] = ()
    subtitle: Any = ""
    chip: tuple[str, str, str] | None = None
    steps: Sequence[StepView] = ()
    buttons: Sequence[ButtonView] = ()
    actions: Sequence[Link] = ()
    facts: Sequence[tuple[Any, ...]] = ()
    notes: Sequence[tuple[str, str]] = ()
    cards: Sequence[PanelView] = ()
    panels: Sequence[PanelView] = ()
    panels_title: str = ""
    aside: Sequence[PanelView] = ()
    history: Sequence[Entry] = ()
    history_more: str = ""
    prev_url: str = ""
    next_url: str = ""
    position: str = ""


@dataclass(frozen=True, slots=True)
class ColumnView:
    key: str
    label: str
    sort_url: str | None = None
    sorted: str | None = None
    numeric: bool = False
    hide_phone: bool = False


@dataclass(frozen=True, slots=True)
class RowView:
    id: Any
    url: str
    cells: Mapping[str, Any]
    label: str = ""
    code: str = ""
    actions: Sequence[Link] = ()
    drawn: dict[str, Markup] = field(default_factory=dict, compare=False)
    """What was drawn of this row, for one that is kept: the look of its columns → its cells."""


@dataclass(frozen=True, slots=True)
class SearchView:
    name: str
    value: str
    placeholder: str


class Offered(tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]):
    """The filters that can be added: label, name, choices; equal to others that show the same."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class FiltersView:
    active: Sequence[tuple[str, str]]
    offered: Offered


@dataclass(frozen=True, slots=True)
class TabView:
    label: str
    url: str
    count: Any = None
    current: bool = False


@dataclass(frozen=True, slots=True)
class Paging:
    first: int
    last: int
    total: int
    estimated: bool = False
    prev_url: str | None = None
    next_url: str | None = None
    pages: Sequence[tuple[str, str, bool] | None] = ()
    sizes: Sequence[tuple[int, str, bool]] = ()


@dataclass(frozen=True, slots=True)
class EmptyView:
    title: str
    text: str = ""
    icon: str = "inbox"
    action: Link | None = None


@dataclass(slots=True)
class ListPage:
    """A register: what is listed, how it can be narrowed, ordered and paged."""

    title: str
    columns: Sequence[ColumnView]
    rows: Sequence[RowView]
    lead: str = ""
    crumbs: Sequence[tuple[str, str | None]] = ()
    actions: Sequence[Link] = ()
    views: Sequence[TabView] = ()
    view_links: list[Link] = field(default_factory=list)
    search: SearchView | None = None
    filters: FiltersView | None = None
    keep: Sequence[tuple[str, str]] = ()
    total: str = ""
    bulk: Sequence[tuple[str, str, str]] = ()
    bulk_url: str = ""
    bulk_all: str = ""
    bulk_asked: str = ""
    paging: Paging | None = None
    empty: EmptyView | None = None


@dataclass(slots=True)
class FormPage:
    """A page with one form."""

    title: str
    url: str
    fields: Sequence[FieldView] = ()
    groups: Sequence[tuple[str, str, Sequence[FieldView]]] = ()
    lead: str = ""
    crumbs: Sequence[tuple[str, str | None]] = ()
    back_url: str = ""
    errors: Sequence[Any] = ()
    confirm: str = ""
    version: int | None = None
    autosave: tuple[str, str] | None = None
    note: tuple[str, str] | None = None
    can_send: bool = True


@dataclass(slots=True)
class StepPage:
    button: ButtonView
    record_title: str
    back_url: str
    crumbs: Sequence[tuple[str, str | None]] = ()
    errors: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class TaskView:
    label: str
    url: str
    text: str = ""
    due: tuple[str, str, str] | None = None
    chip: tuple[str, str, str] | None = None


@dataclass(slots=True)
class HomePage:
    """The first page after signing in."""

    greeting: str
    lead: str = ""
    actions: Sequence[Link] = ()
    tasks: Sequence[TaskView] = ()
    more_tasks: Sequence[TaskView] = ()
    main: Sequence[Any] = field(default_factory=list)
    aside: Sequence[Any] = field(default_factory=list)
    top: Sequence[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class MessageView:
    id: int
    subject: str
    text: str
    when: str
    url: str
    unread: bool


@dataclass(slots=True)
class InboxPage:
    title: str
    items: Sequence[MessageView]
    read_url: str = ""
    views: Sequence[TabView] = ()
    filters: FiltersView | None = None
    keep: Sequence[tuple[str, str]] = ()
    actions: Sequence[Link] = ()
    paging: Paging | None = None
    empty: EmptyView | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """One field that two people changed: mine and theirs, side by side."""

    name: str
    label: str
    mine: Any
    theirs: Any
    kind: str = "text"
    choices: Sequence[tuple[Any, str]] = ()


@dataclass(slots=True)
class MergePage:
    url: str
    version: int
    pairs: Sequence[Pair]
    title: str = ""
    who: str = ""
    when: str = ""
    keep: Sequence[tuple[str, str]] = ()
    crumbs: Sequence[tuple[str, str | None]] = ()
    back_url: str = ""


def moment_words(moment: datetime) -> str:
    """Write a moment as lists show it: 11-27 17:00."""
    return f"{moment:%m-%d %H:%M}"


@dataclass(frozen=True, slots=True)
class StateView:
    tone: str
    icon: str
    label: str
