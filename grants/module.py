"""What this module hands to the house."""

from __future__ import annotations

from grants import models
from grants.commands import import_lots_command
from grants.demo import load_demo
from grants.jobs import CLOSE_NOTICES, OPEN_AND_CLOSE_CALLS
from grants.operations.reference import load_reference
from grants.security import GRID
from grants.sentences import SENTENCES
from grants.states import TONES
from grants.workflows.applications import APPLICATION
from grants.workflows.awards import AWARD_LIST
from grants.workflows.calls import CALL
from grants.workflows.contracts import CONTRACT
from grants.workflows.delivery import ACTIVITY, EXPENSE, REPORT
from grants.workflows.money import INSTALMENT
from grants.workflows.objections import OBJECTION
from grants.workflows.projects import PROJECT
from grants.workflows.years import FISCAL_YEAR
from kernel.module import Module

MODULE = Module(
    name="grants",
    depends=("orgs",),
    commands=(import_lots_command,),
    workflows=(
        FISCAL_YEAR,
        CALL,
        APPLICATION,
        AWARD_LIST,
        OBJECTION,
        CONTRACT,
        PROJECT,
        INSTALMENT,
        ACTIVITY,
        REPORT,
        EXPENSE,
    ),
    jobs=(OPEN_AND_CLOSE_CALLS, CLOSE_NOTICES),
    grid=GRID,
    data=(load_reference,),
    demo=load_demo,
    sentences=SENTENCES,
    models=tuple(getattr(models, name) for name in models.__all__),
    tones=TONES,
)
