"""The second factor: a code of the person's own phone (TOTP), and ten recovery codes for the day it is lost.

The database keeps a random number; the secret of the phone is derived of it and of a key that no database holds, so
that a copy of the database opens nothing. Source: RFC 6238; OWASP ASVS 5.0 items 6.3.3, 6.5.1 to 6.5.5.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable
from datetime import datetime
from io import BytesIO

import pyotp
import segno
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from kernel.actor import Actor
from kernel.audit import UNWRITTEN, note_event
from kernel.clock import now
from kernel.db import Fact, Record, db
from kernel.errors import Invalid, Refused
from kernel.notices import Notice, Topic
from kernel.permissions import ROLES
from kernel.scope import Reader, Rows, scope, whole
from kernel.secrets import derive
from kernel.words import Sentence
from kernel.workflow import deed

ISSUER = "Yulan"
STEP = 30  # seconds that a code lasts
WINDOW = 1  # steps before and after the present one, for a clock that is a little off
CODES = 10
COST = 2**14  # of scrypt, for a recovery code
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
WRONG = Sentence("This code is wrong or was used before. Wait for the next one on your phone.")

_REQUIRED: set[str] = set()


def require_of(codes: Iterable[str]) -> None:
    """Let holders of these roles sign in with a second factor alone.

    Raises ValueError for a role that there is not.
    """
    wanted = set(codes)
    if unknown := wanted - ROLES.keys():
        raise ValueError(f"second_factor_roles: there is no role {', '.join(sorted(unknown))}")
    _REQUIRED.clear()
    _REQUIRED.update(wanted)


def is_required(roles: Collection[str]) -> bool:
    """Say whether somebody with these roles needs a second factor."""
    return not _REQUIRED.isdisjoint(roles)


class SecondFactor(Record):
    """A person's phone: asked for at sign-in once it has given its first code."""

    __tablename__ = "second_factor"

    user_id: Mapped[int] = mapped_column(unique=True)
    salt: Mapped[str] = mapped_column(info=UNWRITTEN)
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    last_step: Mapped[int] = mapped_column(default=0, info=UNWRITTEN)


class RecoveryCode(Fact):
    """One of a person's recovery codes, as its hash; each opens once."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(index=True)
    code_hash: Mapped[str] = mapped_column(info=UNWRITTEN)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


@scope(SecondFactor)
def visible_factors(_reader: Reader) -> Rows:
    return {}


@scope(RecoveryCode)
def visible_codes(_reader: Reader) -> Rows:
    return {}


FACTOR_RESET = Notice(
    key="factor_reset",
    topic=Topic.ACCOUNT,
    to=lambda factor: [factor.user_id],
    headline="Your second factor was taken away",
    body="An administrator reset the second factor of your account. If you did not ask for it, tell the Centre at once.",
    link=lambda _factor: "/account/",
)


def _secret_of(factor: SecondFactor) -> str:
    return base64.b32encode(derive("second-factor", f"{factor.user_id}:{factor.salt}")[:20]).decode()


def _factor_of(user_id: int, *, lock: bool = False) -> SecondFactor | None:
    wanted = select(SecondFactor).where(SecondFactor.user_id == user_id)
    return db.session.scalars(wanted.with_for_update() if lock else wanted).first()


def has_factor(user_id: int, *, actor: Actor) -> bool:
    """Say whether a person's phone is asked for at sign-in."""
    with whole(actor, "SecondFactor.look"):
        factor = _factor_of(user_id)
    return factor is not None and factor.confirmed_at is not None


def codes_left(user_id: int, *, actor: Actor) -> int:
    """Count a person's recovery codes that still open."""
    with whole(actor, "RecoveryCode.count"):
        unused = (RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
        return db.session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def begin(user_id: int, *, actor: Actor) -> None:
    """Begin to set a second factor up; what was begun before is gone on with."""
    with whole(actor, "SecondFactor.begin"):
        if _factor_of(user_id, lock=True) is None:
            db.session.add(SecondFactor(user_id=user_id, salt=secrets.token_hex(16)))
            db.session.flush()


def offer(user_id: int, account: str, *, actor: Actor) -> tuple[str, str] | None:
    """Give the secret to put into a phone, and its address for a QR code; the same until a first code confirms it.

    None when no setting up was begun, or it is over.
    """
    with whole(actor, "SecondFactor.offer"):
        factor = _factor_of(user_id)
        if factor is None or factor.confirmed_at is not None:
            return None
        secret = _secret_of(factor)
    return secret, pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=ISSUER)


def drawn_as_png(address: str) -> str:
    """Draw an address as a QR code, for the src of an image."""
    out = BytesIO()
    segno.make(address, error="m").save(out, kind="png", scale=5, border=4)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def confirm(user_id: int, code: str, *, actor: Actor) -> list[str]:
    """Take the first code of a phone: it is asked for from here on. Gives ten recovery codes, shown this once.

    Raises Invalid under "code" when the code is wrong.
    """
    with whole(actor, "SecondFactor.confirm"):
        factor = _factor_of(user_id, lock=True)
        if factor is None or not _is_of_phone(factor, code):
            raise Invalid({"code": [WRONG]})
        if factor.confirmed_at is None:
            factor.confirmed_at = now()
            db.session.flush()
            note_event("User", actor=actor, subject_id=user_id)
        return _new_codes(factor)


def renew_codes(user_id: int, *, actor: Actor) -> list[str]:
    """Give a person ten new recovery codes; the old ones open nothing from here on."""
    with whole(actor, "RecoveryCode.renew"):
        factor = _factor_of(user_id, lock=True)
        if factor is None or factor.confirmed_at is None:
            raise Refused(Sentence("There is no second factor yet."))
        note_event("User", actor=actor, subject_id=user_id)
        return _new_codes(factor)


def is_right(user_id: int, code: str, *, actor: Actor) -> bool:
    """Take one code of the phone or of the recovery list; each is taken once, also by two at the same time."""
    with whole(actor, "SecondFactor.check"):
        factor = _factor_of(user_id, lock=True)
        if factor is None or factor.confirmed_at is None:
            return False
        return _is_of_phone(factor, code) or _is_of_list(factor, code, actor)


def take_away(user_id: int, *, actor: Actor) -> None:
    """Remove a person's own second factor. The door asks whether their roles do without."""
    with whole(actor, "SecondFactor.take_away"):
        if _remove(user_id) is not None:
            note_event("User", actor=actor, subject_id=user_id)


@deed("reset_factor", "User", fresh=True)
def reset_factor(user_id: int, *, actor: Actor) -> None:
    """Take a lost phone out of a person's account; the person is told, and nobody does it to themselves.

    The security administrator may: who resets passwords is another, so that neither alone opens an account.
    """
    if actor.user_id == user_id:
        raise Refused(Sentence("Nobody resets their own second factor."))
    removed = _remove(user_id)
    if removed is None:
        raise Refused(Sentence("There is no second factor yet."))
    FACTOR_RESET.send(removed, actor=actor, occasion=str(removed.id))
    note_event("User", actor=actor, subject_id=user_id)


def _remove(user_id: int) -> SecondFactor | None:
    factor = _factor_of(user_id, lock=True)
    if factor is not None:
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
        db.session.delete(factor)
        db.session.flush()
    return factor


def _is_of_phone(factor: SecondFactor, code: str) -> bool:
    told = "".join(code.split())
    here = int(now().timestamp()) // STEP
    otp = pyotp.TOTP(_secret_of(factor))
    for step in range(here - WINDOW, here + WINDOW + 1):
        if hmac.compare_digest(otp.generate_otp(step), told.encode("ascii", "replace").decode()):
            if step <= factor.last_step:
                return False
            db.session.execute(update(SecondFactor).where(SecondFactor.id == factor.id).values(last_step=step))
            return True
    return False


def _is_of_list(factor: SecondFactor, code: str, actor: Actor) -> bool:
    told = "".join(sign for sign in code.casefold() if sign in ALPHABET)
    if not told:
        return False
    unused = (RecoveryCode.user_id == factor.user_id, RecoveryCode.used_at.is_(None))
    mine = (*unused, RecoveryCode.code_hash == _hash_of(told, factor))
    taken = db.session.scalars(
        update(RecoveryCode).where(*mine).values(used_at=now()).returning(RecoveryCode.id)
    ).first()
    if taken is not None:
        note_event("User", actor=actor, action="RecoveryCode.use", subject_id=factor.user_id)
    return taken is not None


def _new_codes(factor: SecondFactor) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == factor.user_id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(10)) for _ in range(CODES)]
    db.session.add_all([RecoveryCode(user_id=factor.user_id, code_hash=_hash_of(code, factor)) for code in codes])
    db.session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _hash_of(code: str, factor: SecondFactor) -> str:
    # Fifty bits that a person can type are hashed slowly, as a password is; the salt is the person's own.
    return hashlib.scrypt(code.encode(), salt=factor.salt.encode(), n=COST, r=8, p=1).hex()
