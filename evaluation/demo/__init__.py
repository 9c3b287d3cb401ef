"""The reviews and evaluations behind the scores of the demo programme, and the people who give them."""

from __future__ import annotations

from evaluation.demo.evaluations import load_evaluations
from evaluation.demo.inbox import load_inbox
from evaluation.demo.people import load_people
from evaluation.demo.reviews import load_reviews
from evaluation.demo.sights import Sights
from kernel.demo import Stage

__all__ = ["load_demo"]


def load_demo(stage: Stage) -> None:
    """Set up experts and an agency, then every sheet so that it comes to the score that the programme tells."""
    agency, panels = load_people(stage)
    sights = Sights(stage)
    load_reviews(stage, sights, panels)
    load_evaluations(stage, sights, agency)
    sights.write()
    load_inbox(stage, panels[0])
