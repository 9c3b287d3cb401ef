"""How existing organizations come by their accounts: by the one-time code of a letter that the Centre sent them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final

from sqlalchemy import or_, select

from kernel.accounts import close_account
from kernel.actor import Actor
from kernel.arguments import Ask
from kernel.audit import note_event
from kernel.clock import local, now
from kernel.db import db
from kernel.documents import new_code, read_code
from kernel.errors import Invalid, Refused
from kernel.secrets import derive
from kernel.words import Sentence
from kernel.workflow import deed, lock, refuse_if
from orgs import credit_code as codes, notices
from orgs.models import ClaimCode, Invitation, Organization
from orgs.operations.members import bring_in
from orgs.queries.claims import UNCLAIMED
from orgs.reports.claim_letter import LetterOfClaim
from orgs.security import MemberRole

LASTS: Final = timedelta(days=60)
MOST_LETTERS: Final = 100
WRONG: Final = Sentence(
    "These two codes do not open an account: one of them is not that of the letter, or the letter is too old or used up."
    " Please compare them with the letter; the Centre sends a new one when you ask for it."
)


@deed("write_letters", "Claim", fresh=True)
def write_claim_letters(organization_ids: Sequence[int], *, actor: Actor) -> list[LetterOfClaim]:
    """Give each of these organizations for which nobody acts a new code, good for 60 days; earlier ones are void.

    Raises Refused when somebody acts for each of them by now, or when they are more than one hundred.
    """
    refuse_if(too_many_letters(len(organization_ids)) if len(organization_ids) > MOST_LETTERS else None)
    wanted = UNCLAIMED.where(Organization.id.in_(organization_ids)).order_by(Organization.id)
    found = db.session.scalars(wanted.with_for_update(of=Organization)).all()
    refuse_if(None if found else Sentence("Somebody acts for each of these organizations by now."))
    letters = [_letter_for(organization) for organization in found]
    db.session.flush()
    for organization in found:
        note_event("Organization", actor=actor, subject_id=organization.id)
    return letters


def too_many_letters(count: int) -> Sentence:
    """Say that so many letters cannot be written at once."""
    return Sentence("At most {most} letters at once; these are {count}.", most=MOST_LETTERS, count=count)


@deed("claim", "Claim")
def claim_account(
    *,
    actor: Actor,
    credit_code: Annotated[str, Ask("Unified social credit code", most=40)],
    code: Annotated[
        str, Ask("Code of the letter", hint="16 letters and digits; dashes and small letters do no harm.", most=40)
    ],
    name: Annotated[str, Ask("Your name", most=64)],
    email: Annotated[str, Ask("Your e-mail", hint="A letter with a link goes there; you sign in with it.", most=200)],
    consent: Annotated[
        bool, Ask("I act for this organization, and the Centre may keep my name and e-mail for its account.")
    ] = False,
    locale: Annotated[str, Ask("Language of the letter")] = "zh",
) -> int:
    """Make the bearer of a letter the first administrator of its organization, once they open the link in their mail.

    Until then the letter's code can be used once more, as by who mistyped the address. Gives the user's id.
    Raises Refused with one and the same sentence for whatever does not open the account.
    """
    if not consent:
        raise Invalid({"consent": [Sentence("Please confirm this.")]})
    letter = _letter_of(credit_code, code)
    wanted = UNCLAIMED.where(Organization.id == letter.organization_id)
    organization = db.session.scalars(wanted.with_for_update(of=Organization)).first()
    if organization is None:
        raise Refused(WRONG)
    lock(letter)
    refuse_if(WRONG if letter.withdrawn_at is not None or not _can_begin(letter) else None)
    user_id = bring_in(
        organization,
        actor=actor,
        name=name,
        email=email,
        role=MemberRole.ADMIN,
        locale=locale,
        notice=notices.CLAIMED,
    )
    letter.user_id, letter.claimed_at = user_id, now()
    note_event("Organization", actor=actor, subject_id=organization.id)
    return user_id


def _letter_for(organization: Organization) -> LetterOfClaim:
    former = select(ClaimCode).where(ClaimCode.organization_id == organization.id, ClaimCode.withdrawn_at.is_(None))
    for letter in db.session.scalars(former):
        letter.withdrawn_at = now()
    db.session.flush()
    code, expires_at = new_code(), now() + LASTS
    db.session.add(ClaimCode(organization_id=organization.id, code_hash=_hash_of(code), expires_at=expires_at))
    told = (organization.name, organization.credit_code, organization.address or "")
    return LetterOfClaim(*told, code, local(expires_at).date())


def _letter_of(credit_code: str, code: str) -> ClaimCode:
    """Find a letter by both of its codes, in one statement whatever was typed. Raises Refused."""
    typed = codes.normalize(credit_code)
    known = select(Organization.id).where(
        or_(Organization.credit_code == typed, Organization.former_codes.contains([typed]))
    )
    wanted = select(ClaimCode).where(
        ClaimCode.code_hash == _hash_of(read_code(code)),
        ClaimCode.organization_id.in_(known),
        ClaimCode.withdrawn_at.is_(None),
        ClaimCode.expires_at >= now(),
    )
    letter = db.session.scalars(wanted).first()
    if letter is None:
        raise Refused(WRONG)
    return letter


def _can_begin(letter: ClaimCode) -> bool:
    """Say whether the code opens an account still; whoever was brought in by it and never came is let go of."""
    if letter.user_id is None:
        return True
    invitation = db.session.scalars(select(Invitation).where(Invitation.user_id == letter.user_id)).one()
    if invitation.accepted_at is not None:
        return False
    if invitation.withdrawn_at is None:
        invitation.withdrawn_at = now()
        close_account(letter.user_id)
    return True


def _hash_of(code: str) -> str:
    """Give what the database keeps of a code: who has the database alone cannot try out codes against it."""
    return derive("claim-code", code).hex()
