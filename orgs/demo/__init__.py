"""The organizations of the demo programme, and the people who sign in for the Centre and for two of them."""

from __future__ import annotations

from kernel.demo import Stage
from orgs.demo.circulars import load_circulars
from orgs.demo.deputies import load_deputies
from orgs.demo.duplicates import load_duplicates
from orgs.demo.imports import load_imports
from orgs.demo.listings import load_listings
from orgs.demo.passports import load_passports
from orgs.demo.past import load_past_projects
from orgs.demo.people import load_people
from orgs.demo.register import load_register
from orgs.demo.requests import load_requests

__all__ = ["load_demo"]


def load_demo(stage: Stage) -> None:
    """Set up the register, then the people; whoever signs in as `org` belongs to its first organization."""
    first, second = load_register(stage)
    load_people(stage, first, second)
    load_deputies(stage)
    load_listings(stage, first)
    load_passports(stage, first, second)
    load_past_projects(stage, first, second)
    load_imports(stage, first)
    load_requests(stage, first)
    load_duplicates(stage, first, second)
    load_circulars(stage, first, second)
