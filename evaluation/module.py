"""What this module hands to the house."""

from __future__ import annotations

from evaluation import models
from evaluation.demo import load_demo
from evaluation.operations import agencies, followers, results, sheets, verdicts
from evaluation.operations.reference import load_indicator_sets
from evaluation.security import GRID, ROLES
from evaluation.sentences import SENTENCES
from evaluation.states import TONES
from evaluation.workflows import EVALUATION, REVIEW
from kernel.module import Module

DEEDS = (agencies, followers, results, sheets, verdicts)
"""The files that carry out the steps and follow those of projects."""

MODULE = Module(
    name="evaluation",
    depends=("orgs", "grants"),
    workflows=(REVIEW, EVALUATION),
    roles=ROLES,
    grid=GRID,
    data=(load_indicator_sets,),
    demo=load_demo,
    models=tuple(getattr(models, name) for name in models.__all__ if name != "OVERALL"),
    tones=TONES,
    sentences=SENTENCES,
)
