"""What is still being written: how far each draft is, and what was asked of those in correction."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from grants.demo import words
from grants.demo.applying import Wish
from grants.models import Application, CorrectionPoint
from grants.operations.application_form import note_open_points
from grants.states import APPLICATION_EDITABLE, ApplicationState, Section
from kernel.demo import Stage

OFFICER = "沈经办"


def load_writing(stage: Stage, wishes: Iterable[Wish]) -> None:
    """Write the officer's notes on the parts of what was sent back, and note what each form still lacks."""
    stage.load(
        CorrectionPoint,
        [
            {
                "application_id": wish.id,
                "section": section.value,
                "comment": comment,
                "section_version": 0,
                "version_number": 1,
                "author": OFFICER,
            }
            for wish in wishes
            if wish.state is ApplicationState.RETURNED
            for section, comment in ((Section.TEAM, words.TEAM_NOTE), (Section.ATTACHMENTS, words.FILES_NOTE))
        ],
    )
    wanted = select(Application).where(Application.state.in_(APPLICATION_EDITABLE)).order_by(Application.id)
    for application in stage.session.scalars(wanted).all():
        note_open_points(application)
