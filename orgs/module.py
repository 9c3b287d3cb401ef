"""What this module hands to the house."""

from __future__ import annotations

from kernel.module import Module

MODULE = Module(name="orgs")
