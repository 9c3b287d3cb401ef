"""What this module hands to the house."""

from __future__ import annotations

from grants import models
from grants.sentences import SENTENCES
from kernel.module import Module

MODULE = Module(
    name="grants",
    depends=("orgs",),
    models=tuple(getattr(models, name) for name in models.__all__),
    sentences=SENTENCES,
)
