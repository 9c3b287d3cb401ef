"""What this module hands to the house."""

from __future__ import annotations

from kernel.module import Module
from orgs.models import CreditEntry, District, Inspection, Organization, Rating, ServiceField
from orgs.security import GRID, ROLES
from orgs.sentences import SENTENCES
from orgs.states import TONES

MODULE = Module(
    name="orgs",
    roles=ROLES,
    grid=GRID,
    models=(Organization, Rating, Inspection, CreditEntry, District, ServiceField),
    tones=TONES,
    sentences=SENTENCES,
)
