"""What this module hands to the house."""

from __future__ import annotations

from evaluation import models
from evaluation.security import GRID, ROLES
from evaluation.sentences import SENTENCES
from evaluation.states import TONES
from kernel.module import Module

MODULE = Module(
    name="evaluation",
    depends=("orgs", "grants"),
    roles=ROLES,
    grid=GRID,
    models=(
        models.IndicatorSetRecord,
        models.Review,
        models.ReviewItem,
        models.Agency,
        models.AgencyMember,
        models.Evaluation,
        models.EvaluationScore,
    ),
    tones=TONES,
    sentences=SENTENCES,
)
