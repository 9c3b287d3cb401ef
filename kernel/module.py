"""The manifest's type: what a business module hands over to the house."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib import import_module
from typing import Any

import click
from markupsafe import Markup
from sqlalchemy import Select

from kernel import permissions
from kernel.actor import Actor
from kernel.choices import Coded
from kernel.db import Fact, tell_constraints
from kernel.jobs import Job
from kernel.notices import Reminder
from kernel.permissions import Grid, Lending, Role
from kernel.words import Sentence
from kernel.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Task:
    """One line of somebody's to-do list: what, where, until when (Shanghai's day); `count` for a bundle."""

    text: Sentence
    url: str
    hint: Sentence | None = None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the navigation: shown to whoever may `verb` the `kind`; `group` and `label` are msgids."""

    label: str
    endpoint: str
    icon: str
    verb: str
    kind: str
    group: str = ""
    order: int = 50
    values: Mapping[str, Any] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    """Views without an entry of their own whose pages lie under this one."""


@dataclass(frozen=True, slots=True)
class Find:
    """What the search of the frame finds of one kind: its register's own search, shown as a name with two lines.

    `rows` selects id, name, number and a hint, in this order; who may list the register's kind may find it.
    """

    view: type[Any]
    rows: Select[Any]


@dataclass(frozen=True, slots=True)
class Panel:
    """A tab of a record of another module: an organization's projects.

    `render` gives the panel for a record, or None where there is nothing to show to this reader.
    """

    kind: str
    key: str
    label: str
    render: Callable[[Any, Actor], Markup | None]
    verb: str = "show"
    of: str = ""
    order: int = 50


@dataclass(frozen=True, slots=True)
class Figure:
    """A block of the home page, drawn by a template of its module."""

    template: str
    context: Mapping[str, Any]
    place: str = "main"
    order: int = 50


Tasks = Callable[[Actor], Iterable[Task]]
Figures = Callable[[Actor], Iterable[Figure]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """What one business module brings: the kernel collects it and knows no more of it."""

    name: str
    depends: tuple[str, ...] = ()
    pages: tuple[type, ...] = ()
    apis: tuple[type, ...] = ()
    nav: tuple[NavItem, ...] = ()
    finds: tuple[Find, ...] = ()
    panels: tuple[Panel, ...] = ()
    tasks: tuple[Tasks, ...] = ()
    figures: tuple[Figures, ...] = ()
    commands: tuple[click.Command, ...] = ()
    workflows: tuple[Workflow[Any], ...] = ()
    jobs: tuple[Job, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    roles: tuple[Role, ...] = ()
    grid: Grid = field(default_factory=dict)
    lendings: tuple[Lending, ...] = ()
    kept_apart: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Role → kinds of record on which its holders never act as a deputy."""
    data: tuple[Callable[[], None], ...] = ()
    demo: Callable[..., None] | None = None
    sentences: Mapping[str, Sentence] = field(default_factory=dict)
    models: tuple[type[Fact], ...] = ()
    tones: Mapping[type[Coded], Mapping[Coded, tuple[str, str]]] = field(default_factory=dict)
    jinja: Mapping[str, Any] = field(default_factory=dict)


MODULES: list[Module] = []


def load_modules(names: Sequence[str]) -> list[Module]:
    """Import the modules in their order and let the kernel know their tables; a second call changes nothing.

    Raises RuntimeError when a module comes before one that it depends on, or a workflow lacks an operation.
    """
    for name in names:
        if any(module.name == name for module in MODULES):
            continue
        module: Module = import_module(f"{name}.module").MODULE
        if missing := set(module.depends) - {known.name for known in MODULES}:
            raise RuntimeError(f"{name} needs {', '.join(sorted(missing))} before it")
        permissions.declare(module.roles, module.grid)
        permissions.declare_lending(module.lendings, module.kept_apart)
        tell_constraints(module.sentences)
        for workflow in module.workflows:
            workflow.check()
        MODULES.append(module)
    return MODULES


def panels_for(kind: str) -> Iterator[Panel]:
    """Give the panels that the modules add to records of `kind`, in order."""
    found = [panel for module in MODULES for panel in module.panels if panel.kind == kind]
    yield from sorted(found, key=lambda panel: panel.order)


def load_data() -> None:
    """Load every module's reference data; what is there stays as it is."""
    for module in MODULES:
        for load in module.data:
            load()
