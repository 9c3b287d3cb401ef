"""Writing an application together: who is here, who is asked to submit, and a withdrawn one taken up again."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from grants.models import Application, ApplicationMilestone, ApplicationPresence, BudgetLine, TeamMember
from grants.notices.applications import ASKED_TO_SUBMIT
from grants.operations.application_form import note_open_points
from grants.operations.applications import start_application
from grants.operations.newer_forms import form_before, going_over, put_answers
from grants.queries.applying import PRESENT
from grants.rules.applications import may_be_edited
from grants.rules.calls import takes_applications
from grants.rules.fields import TEXTS
from grants.states import ApplicationState
from kernel.actor import Actor
from kernel.clock import now, today
from kernel.db import db
from kernel.errors import Refused
from kernel.files import copy_file, files_of
from kernel.people import Account
from kernel.words import Sentence
from kernel.workflow import deed, refuse_if

COPIED = (
    "category_code",
    "lot_id",
    "district_code",
    "starts_on",
    "ends_on",
    *TEXTS,
    "requested",
    "own_funds",
    "donated_funds",
    "people",
    "person_times",
    "sessions",
)


@deed("edit", "Application")
def note_presence(application: Application, *, actor: Actor, section: str) -> bool:
    """Say that a person has a part of the form open now; rows of those who have gone are cleared away.

    Written past the trail: it says nothing of what was done, and is forgotten within minutes. Gives whether there is
    anybody in the organization whom it could concern; where there is not, nothing is written.
    """
    colleagues = select(Account.user_id).where(
        Account.organization_id == application.organization_id, Account.user_id != actor.user_id
    )
    if db.session.scalars(colleagues.limit(1)).first() is None:
        return False
    moment = now()
    row = {
        "application_id": application.id,
        "organization_id": application.organization_id,
        "user_id": actor.user_id,
        "name": actor.name,
        "section": section,
        "seen_at": moment,
    }
    connection = db.session.connection()
    connection.execute(delete(ApplicationPresence).where(ApplicationPresence.seen_at < moment - PRESENT * 3))
    connection.execute(
        insert(ApplicationPresence)
        .values(**row, created_at=moment, version=1)
        .on_conflict_do_update(
            index_elements=["application_id", "user_id"],
            set_={"section": section, "seen_at": moment, "name": actor.name},
        )
    )
    return True


@deed("edit", "Application")
def ask_to_submit(application: Application, *, actor: Actor) -> int:
    """Ask the administrators of the organization to look the application over and submit it; once a day.

    Gives how many were told now. Raises Refused when it can no longer be handed in, or when there is nobody to ask.
    """
    refuse_if(may_be_edited(application))
    if not set(ASKED_TO_SUBMIT.to(application)) - {actor.user_id}:
        raise Refused(Sentence("Your organization has no administrator with an account. Please call the Centre."))
    return ASKED_TO_SUBMIT.tell(
        application, actor=actor, occasion=f"{today().isoformat()}-{actor.user_id}", who=actor.name
    )


@deed("create", "Application")
def copy_application(application: Application, *, actor: Actor) -> Application:
    """Take a withdrawn application up again as a new draft under the same call, its files included.

    The declaration is made anew; of the call's own questions those are answered that are still asked. Raises Refused when it was not withdrawn, or when the call takes none any more.
    """
    if application.state is not ApplicationState.WITHDRAWN:
        raise Refused(Sentence("Only a withdrawn application is taken up again as a new draft."))
    refuse_if(takes_applications(application.call))
    copy = start_application(application.call, actor=actor, title=application.title)
    for name in COPIED:
        setattr(copy, name, getattr(application, name))
    owner = {"application_id": copy.id, "organization_id": copy.organization_id}
    copy.budget_lines = [BudgetLine(**owner, **_values(one, LINE)) for one in application.budget_lines]
    copy.milestones = [ApplicationMilestone(**owner, **_values(one, MILESTONE)) for one in application.milestones]
    copy.team = [TeamMember(**owner, **_values(one, MEMBER)) for one in application.team]
    copy.section_versions = dict(application.section_versions)
    told = going_over(application, form_before(copy))
    copy.left_answers = [list(one) for one in told.left]
    put_answers(copy, told.answers)
    db.session.flush()
    held = {(file.kind, file.sha256) for file in files_of(copy)}
    for file in files_of(application):
        if (file.kind, file.sha256) not in held:
            copy_file(file, owner=copy, actor=actor)
    note_open_points(copy)
    return copy


LINE = ("position", "source", "head", "content", "price", "quantity", "unit", "amount")
MILESTONE = ("position", "title", "starts_on", "ends_on")
MEMBER = ("position", "name", "role", "qualification", "has_licence")


def _values(row: object, names: tuple[str, ...]) -> dict[str, object]:
    return {name: getattr(row, name) for name in names}
