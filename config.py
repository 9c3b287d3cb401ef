"""The product's own values; only run.py and the tests read them."""

from __future__ import annotations

from kernel.settings import Settings

MODULES = ("orgs", "grants", "evaluation")
"""The business modules in the order of their arrows. Which roles need a second factor is set from outside, see
docs/sign-in.md for the list that is recommended."""


def settings() -> Settings:
    """Read the environment. Raises pydantic.ValidationError, which says what cannot be right."""
    return Settings(modules=MODULES)
