"""What this module hands to the house."""

from __future__ import annotations

from kernel.module import Module
from orgs.commands import import_command
from orgs.jobs import EXPIRE_RATINGS
from orgs.models import CreditEntry, District, Inspection, Organization, Rating, ServiceField
from orgs.operations import load_reference
from orgs.security import GRID, ROLES
from orgs.sentences import SENTENCES
from orgs.states import TONES
from orgs.workflows import RATING

MODULE = Module(
    name="orgs",
    commands=(import_command,),
    workflows=(RATING,),
    jobs=(EXPIRE_RATINGS,),
    roles=ROLES,
    grid=GRID,
    data=(load_reference,),
    sentences=SENTENCES,
    models=(Organization, Rating, Inspection, CreditEntry, District, ServiceField),
    tones=TONES,
)
