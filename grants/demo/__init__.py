"""The programme's years, calls, applications, awards, projects and money for the demo."""

from __future__ import annotations

from grants.demo.adjustments import load_adjustments
from grants.demo.applications import load_applications
from grants.demo.awards import load_awards
from grants.demo.books import Books
from grants.demo.bundles import load_bundles
from grants.demo.calls import load_calls, load_years
from grants.demo.closing import close_books, tell_organizations
from grants.demo.contracts import load_contract_papers
from grants.demo.forms import load_answers, load_forms, load_questions
from grants.demo.inbox import load_inbox
from grants.demo.papers import load_papers
from grants.demo.projects import load_projects
from grants.demo.writing import load_writing
from kernel.demo import Stage

__all__ = ["load_demo"]


def load_demo(stage: Stage) -> None:
    """Set up three years of the programme, in the order in which things happen."""
    books = Books(stage)
    years = load_years(stage, books)
    load_adjustments(stage, books, list(years.values()))
    calls = load_calls(stage, books, years)
    forms = load_forms(stage, calls)
    applications = load_applications(stage, calls, forms)
    load_answers(stage, applications, forms)
    load_papers(stage, applications)
    load_awards(stage, books, applications)
    runs = load_projects(stage, books, applications)
    load_contract_papers(stage)
    close_books(stage, books, years.values(), calls)
    books.write()
    tell_organizations(stage, runs)
    load_bundles(stage, applications)
    load_questions(stage, calls)
    load_writing(stage, applications)
    load_inbox(stage)
