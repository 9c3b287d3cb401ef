"""The product's own values; only run.py and the tests read them."""

from __future__ import annotations

from kernel.settings import Settings

MODULES = ("orgs", "grants", "evaluation")


def settings() -> Settings:
    """Read the environment. Raises pydantic.ValidationError, which says what cannot be right."""
    return Settings(modules=MODULES)
