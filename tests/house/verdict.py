"""How a test of the house says what is wrong: by name, one a line."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def none_of(found: Iterable[object]) -> None:
    """Fail with every name that was found; a mapping's names come with their values."""
    told = [f"{name}: {value}" for name, value in found.items()] if isinstance(found, dict) else [str(x) for x in found]
    if told:
        pytest.fail("\n".join([f"{len(told)} found:", *told]), pytrace=False)
