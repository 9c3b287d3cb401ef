"""Attempts to come in: counted, tried and written down in one way, for pages and for programs.

A sign-in has up to three steps: the password, the code of a second factor (or its set-up, where the roles ask for
one), and a password of one's own after one that somebody else gave. It is a session when all are done.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from flask import current_app
from flask_appbuilder.security.sqla.models import Role as StoredRole, User, assoc_user_role
from sqlalchemy import func, select

from kernel import second_factor
from kernel.actor import Actor
from kernel.audit import note_event
from kernel.db import db, transaction
from kernel.passwords import is_password_of
from kernel.people import Account
from kernel.scope import whole
from kernel.sessions import (
    attempts_left,
    door as door_tables,
    forget_attempts,
    give_back_attempt,
    start_session,
)

log = logging.getLogger("yulan.door")

MOST_FAILURES = 10  # of one account from one address
MOST_FAILURES_OF_ADDRESS = 60
MOST_FAILURES_OF_ACCOUNT = 100  # from everywhere: far enough off that a stranger locks nobody out with a few guesses
MOST_CODES = 5  # of one account from everywhere: who guesses codes knows the password already
MOST_PROOFS = 10  # of the present password, by whoever sits at an open session
MINUTES = 15
LONGEST_NAME = 128
LONGEST_PASSWORD = 1000  # beyond what can be chosen: longer ones only cost time
OPEN = "open"
SIGN_IN = Actor.system("sign-in")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt came to: whose password it was, or nobody's; below 0 left it was not looked at.

    `stage` names what is asked next: "code", "factor" (set one up), "password" (choose one), or nothing: "open".
    """

    username: str
    user_id: int | None
    left: int
    stage: str = OPEN
    has_factor: bool = False

    @property
    def is_one_too_many(self) -> bool:
        return self.left < 0


def try_password(username: str, password: str, *, address: str) -> Attempt:
    """Count an attempt and look at its password; a wrong one is written down."""
    username = username.replace("\x00", "").strip()[:LONGEST_NAME]
    here, place, account = _counts_of(_known_as(username), address)
    left = min(attempts_left(key, most=most, minutes=MINUTES) for key, most in (here, place, account))
    if left < 0:
        log.warning("too many attempts to sign in from %s", address)
        return Attempt(username, None, left)
    with door_tables():
        user = current_app.appbuilder.sm.auth_user_db(username, password[:LONGEST_PASSWORD])  # type: ignore[attr-defined]
        user_id = user.id if user is not None and user.is_active else None
    if user_id is None:
        note_attempt("sign_in_failed", username, None, address=address)
        return Attempt(username, None, left)
    forget_attempts(here[0])
    give_back_attempt(place[0], account[0])
    has_factor = second_factor.has_factor(user_id, actor=SIGN_IN)
    stage = "code" if has_factor else next_stage(user_id, has_factor=False)
    return Attempt(username, user_id, left, stage, has_factor)


def try_code(user_id: int, username: str, code: str, *, address: str) -> Attempt:
    """Count and look at the code of somebody whose password was right; a wrong one is written down."""
    key = f"code:{user_id}"
    left = attempts_left(key, most=MOST_CODES, minutes=MINUTES)
    if left < 0:
        log.warning("too many codes tried from %s", address)
        return Attempt(username, None, left)
    with transaction():
        is_right = second_factor.is_right(user_id, code, actor=SIGN_IN)
    if not is_right:
        note_attempt("code_failed", username, user_id, address=address)
        return Attempt(username, None, left)
    forget_attempts(key)
    return Attempt(username, user_id, left, next_stage(user_id, has_factor=True), has_factor=True)


def try_at_once(username: str, password: str, code: str, *, address: str) -> Attempt:
    """Look at password and code together, for a program: whose sign-in lacks nothing more has `stage` "open".

    One that must first set up a second factor or choose a password of its own does that on the pages.
    """
    attempt = try_password(username, password, address=address)
    if attempt.stage != "code" or attempt.user_id is None or not code:
        return attempt
    return replace(try_code(attempt.user_id, attempt.username, code, address=address), username=attempt.username)


def next_stage(user_id: int, *, has_factor: bool) -> str:
    """Say what is asked of somebody whose password and code were right."""
    role = StoredRole.__table__.c
    account = Account.__table__.c
    with whole(SIGN_IN, "sign-in"):
        held = select(role.name).join(assoc_user_role, assoc_user_role.c.role_id == role.id)
        roles = db.session.scalars(held.where(assoc_user_role.c.user_id == user_id)).all()
        must_change = db.session.scalar(select(account.must_change_password).where(account.user_id == user_id))
    if second_factor.is_required(roles) and not has_factor:
        return "factor"
    return "password" if must_change else OPEN


def let_in(attempt: Attempt, *, locale: str, address: str, agent: str, is_program: bool = False) -> str:
    """Open the session of an attempt that succeeded, or keep its place for the next step; gives its token.

    Only a sign-in that is whole is written down as one.
    """
    assert attempt.user_id is not None
    token = start_session(
        attempt.user_id,
        locale=locale,
        address=address,
        agent=agent,
        is_program=is_program,
        stage=attempt.stage,
        has_factor=attempt.has_factor,
    )
    if attempt.stage == OPEN:
        note_attempt("sign_in", attempt.username, attempt.user_id, address=address)
    return token


def prove(user_id: int, password: str, code: str, *, has_factor: bool) -> str:
    """Look at the password, and the code where there is one, of somebody who is signed in.

    Gives "", or the field in which the mistake is: "password", "code", or "wait" after too many attempts.
    """
    key = f"prove:{user_id}"
    if attempts_left(key, most=MOST_PROOFS, minutes=MINUTES) < 0:
        return "wait"
    if not is_password_of(user_id, password[:LONGEST_PASSWORD], actor=SIGN_IN):
        return "password"
    if has_factor:
        with transaction():
            if not second_factor.is_right(user_id, code, actor=SIGN_IN):
                return "code"
    forget_attempts(key)
    return ""


def note_attempt(action: str, username: str, user_id: int | None, *, address: str) -> None:
    """Write an attempt into the trail."""
    actor = Actor(name=username or "?", user_id=user_id)
    with transaction():
        note_event("User", actor=actor, action=action, subject_id=user_id, address=address)


def _known_as(told: str) -> str:
    """Give one name for all the names of a person, so that account and address share one count."""
    user = User.__table__.c
    with door_tables() as connection:
        wanted = select(user.id).where((user.username == told) | (func.lower(user.email) == told.casefold()))
        user_id = connection.scalar(wanted.order_by(user.id).limit(1))
    return f"name:{told.casefold()}" if user_id is None else f"user:{user_id}"


def _counts_of(name: str, address: str) -> tuple[tuple[str, int], ...]:
    """Give the three counts that an attempt adds to, each with its most: this account here, this address, this account."""
    return (
        (f"login:{name}@{address}", MOST_FAILURES),
        (f"login-from:{address}", MOST_FAILURES_OF_ADDRESS),
        (f"login-to:{name}", MOST_FAILURES_OF_ACCOUNT),
    )
