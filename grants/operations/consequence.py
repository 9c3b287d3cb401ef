"""What follows from a deed on records of another kind."""

from __future__ import annotations

from dataclasses import replace

from kernel.actor import Actor


def in_consequence(actor: Actor) -> Actor:
    """Let the system take a step that follows from a person's deed; the trail keeps the person's name and account."""
    return replace(actor, is_system=True)
