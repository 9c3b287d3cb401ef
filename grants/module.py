"""What this module hands to the house."""

from __future__ import annotations

from grants import models
from grants.commands import import_lots_command
from grants.jobs import OPEN_AND_CLOSE_CALLS
from grants.operations.reference import load_reference
from grants.security import GRID
from grants.sentences import SENTENCES
from grants.states import TONES
from grants.workflows.applications import APPLICATION
from grants.workflows.calls import CALL
from grants.workflows.years import FISCAL_YEAR
from kernel.module import Module

MODULE = Module(
    name="grants",
    depends=("orgs",),
    commands=(import_lots_command,),
    workflows=(FISCAL_YEAR, CALL, APPLICATION),
    jobs=(OPEN_AND_CLOSE_CALLS,),
    grid=GRID,
    data=(load_reference,),
    sentences=SENTENCES,
    models=tuple(getattr(models, name) for name in models.__all__),
    tones=TONES,
)
