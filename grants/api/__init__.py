"""Calls, applications, projects and instalments for programs."""

from __future__ import annotations

from grants.api.applications import Applications
from grants.api.calls import Calls
from grants.api.delivery import Instalments, Projects

__all__ = ["Applications", "Calls", "Instalments", "Projects"]
