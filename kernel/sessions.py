"""Sign-in sessions and the throttle, kept in PostgreSQL: ended here, a session is dead everywhere at once.

A visitor without a name has a signed cookie (language, form token); a person has a random token whose hash names a
row. One query gives the session, the user, the roles and the organization.
"""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    case,
    false,
    func,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import CallbackDict

from kernel.actor import Actor, ReaderKind
from kernel.clock import now, today
from kernel.db import METADATA, db, is_away
from kernel.permissions import kind_of, lent_to, permissions_of

log = logging.getLogger("yulan.door")

WEB_SESSION = Table(
    "web_session",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("data", JSONB, nullable=False, server_default="{}"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("ended_at", DateTime(timezone=True)),
    Column("address", Text),
    Column("agent", Text),
    Column("is_program", Boolean, nullable=False, server_default=false()),
    Column("stage", Text, nullable=False, server_default="open"),
    Column("proved_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("stage IN ('open', 'code', 'factor', 'password')", name="stage_known"),
    Index("ix_web_session_user_id", "user_id"),
    info={"is_door": True},
)

THROTTLE = Table(
    "throttle",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("began_at", DateTime(timezone=True), nullable=False),
    Column("count", Integer, nullable=False),
    info={"is_door": True},
)

IDLE = {ReaderKind.STAFF: timedelta(minutes=30), ReaderKind.KEEPER: timedelta(minutes=30)}
IDLE_OTHERS = timedelta(hours=12)
LONGEST = timedelta(days=7)
LONGEST_OF_PROGRAM = timedelta(hours=12)
LONGEST_ENTRY = timedelta(minutes=15)
SEEN_EVERY = timedelta(minutes=1)
NOT_PAGES = ("/static/", "/healthz", "/readyz", "/metrics")
FOR_PROGRAMS = "/api/"


@contextmanager
def door() -> Iterator[Any]:
    """Reach the tables of the door (sessions, throttle), which no reader's role may touch; commits by itself."""
    session = db.session()
    session.rollback()
    view = session.info.pop("view", None)
    try:
        yield session.connection()
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["view"] = view
        if view is None:
            del session.info["view"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in person as pages need them; FAB and Flask-Login take it for their user."""

    actor: Actor
    username: str
    locale: str
    unread: int = 0
    has_factor: bool = False
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    @property
    def id(self) -> int | None:
        return self.actor.user_id

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(sorted(self.actor.roles))

    def get_id(self) -> str:
        return str(self.actor.user_id)


@dataclass(frozen=True, slots=True)
class Entrant:
    """Somebody between two steps of a sign-in: the password was right, and `stage` names what is asked next."""

    user_id: int
    username: str
    stage: str


class WebSession(CallbackDict[str, Any], SessionMixin):
    """What a browser's session holds; `identity` is who is signed in, `token` the secret of the cookie.

    `is_away` says that nobody could be asked: the database does not answer. `is_program` says that a token was shown
    instead of a cookie: nothing is kept between its requests, and one that shows a dead token has no identity.
    """

    def __init__(
        self,
        data: dict[str, Any] | None = None,
        *,
        identity: Identity | None = None,
        token: str = "",
        is_away: bool = False,
        is_program: bool = False,
        entrant: Entrant | None = None,
    ) -> None:
        def changed(_self: object) -> None:
            self.modified = True

        super().__init__(data or {}, changed)
        self.identity = identity
        self.token = token
        self.is_away = is_away
        self.is_program = is_program
        self.entrant = entrant
        self.cookie = ""
        self.modified = False

    def hand_out(self, token: str, stage: str = "open") -> None:
        """Let the answer carry this token to the browser, as a session or as the next step of a sign-in."""
        self.cookie = ("s." if stage == "open" else "p.") + token


_IDENTIFY = text("""
SELECT s.data, s.created_at, s.seen_at, s.proved_at, u.id AS user_id, u.username, u.last_name || u.first_name AS name,
       a.organization_id, coalesce(a.locale, 'zh') AS locale,
       (SELECT count(*) FROM message m WHERE m.recipient_id = u.id AND m.read_at IS NULL) AS unread,
       array(SELECT r.name FROM ab_user_role ur JOIN ab_role r ON r.id = ur.role_id WHERE ur.user_id = u.id) AS roles,
       (SELECT array[d.role, p.id::text, p.last_name || p.first_name]
        FROM deputy d JOIN ab_user p ON p.id = d.principal_id AND p.active JOIN ab_user_role pr ON pr.user_id = p.id
        JOIN ab_role r ON r.id = pr.role_id AND r.name = d.role
        WHERE d.deputy_id = u.id AND d.ended_at IS NULL AND :today BETWEEN d.from_day AND d.to_day LIMIT 1) AS standing
FROM web_session s JOIN ab_user u ON u.id = s.user_id LEFT JOIN account a ON a.user_id = u.id
WHERE s.id = :id AND s.stage = 'open' AND s.is_program = :is_program AND s.ended_at IS NULL AND u.active
""").execution_options(planned=True)

_ENTRANT = text("""
SELECT s.data, s.created_at, s.stage, u.id AS user_id, u.username FROM web_session s JOIN ab_user u ON u.id = s.user_id
WHERE s.id = :id AND s.stage <> 'open' AND s.ended_at IS NULL AND u.active
""")


def hash_of(token: str) -> str:
    """Give what the database keeps of a token: its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()


def identify(token: str, *, is_program: bool = False) -> WebSession | None:
    """Find the living session of a token; one that was idle or open for too long is ended."""
    asked = {"id": hash_of(token), "is_program": is_program, "today": today()}
    row = db.session().connection().execute(_IDENTIFY, asked).mappings().first()
    if row is None:
        return None
    kind, moment = kind_of(row["roles"]), now()
    longest = LONGEST_OF_PROGRAM if is_program else LONGEST
    if moment - row["seen_at"] > IDLE.get(kind, IDLE_OTHERS) or moment - row["created_at"] > longest:
        end_session(token)
        return None
    if moment - row["seen_at"] > SEEN_EVERY:
        _mark_seen(token, moment)
    lent = lent_to(row["roles"], row["standing"])
    actor = Actor(
        name=row["name"],
        user_id=row["user_id"],
        kind=kind,
        roles=frozenset(row["roles"]),
        permissions=permissions_of((*row["roles"], "public")) | lent["borrowed"],
        organization_id=row["organization_id"],
        proved_at=row["proved_at"],
        **lent,
    )
    data, has_factor = row["data"], bool(row["data"].get("has_factor"))
    identity = Identity(actor, row["username"], data.get("locale") or row["locale"], row["unread"], has_factor)
    return WebSession(dict(row["data"]), identity=identity, token=token, is_program=is_program)


def entrant_of(token: str) -> WebSession | None:
    """Find the sign-in that a token is in the middle of; one that takes too long begins anew."""
    row = db.session().connection().execute(_ENTRANT, {"id": hash_of(token)}).mappings().first()
    if row is None or now() - row["created_at"] > LONGEST_ENTRY:
        return None
    entrant = Entrant(row["user_id"], row["username"], row["stage"])
    return WebSession(dict(row["data"]), token=token, entrant=entrant)


def prove_session(token: str) -> None:
    """Write down that the person of a session just proved once more who they are."""
    with door() as connection:
        wanted = update(WEB_SESSION).where(WEB_SESSION.c.id == hash_of(token))
        connection.execute(wanted.values(proved_at=now()))


def _mark_seen(token: str, moment: datetime) -> None:
    with door() as connection:
        wanted = update(WEB_SESSION).where(WEB_SESSION.c.id == hash_of(token))
        connection.execute(wanted.values(seen_at=moment))


def start_session(
    user_id: int,
    *,
    locale: str,
    address: str,
    agent: str,
    is_program: bool = False,
    stage: str = "open",
    has_factor: bool = False,
) -> str:
    """Open a session for a person who has just proved who they are; gives the token of the cookie or the program.

    One whose `stage` is not "open" is no session yet: it only knows who is in the middle of signing in.
    """
    token = secrets.token_urlsafe(32)
    data: dict[str, Any] = {"csrf_token": secrets.token_hex(20), "locale": locale, "has_factor": has_factor}
    row = {"id": hash_of(token), "user_id": user_id, "data": data, "address": address, "agent": agent[:300]}
    row |= {"is_program": is_program, "stage": stage, "proved_at": now()}
    with door() as connection:
        connection.execute(insert(WEB_SESSION), row | {"seen_at": now(), "created_at": now()})
    return token


def end_session(token: str) -> None:
    """End one session: the cookie is worth nothing from here on."""
    with door() as connection:
        wanted = update(WEB_SESSION).where(WEB_SESSION.c.id == hash_of(token))
        connection.execute(wanted.values(ended_at=now()))


def end_sessions_of(user_id: int, *, but: str = "") -> None:
    """End all sessions of a person, but for one token: after a change of password, of roles, or a lock-out."""
    with door() as connection:
        living = (WEB_SESSION.c.user_id == user_id, WEB_SESSION.c.ended_at.is_(None))
        wanted = update(WEB_SESSION).where(*living, WEB_SESSION.c.id != hash_of(but))
        connection.execute(wanted.values(ended_at=now()))


class YulanSessions(SessionInterface):
    """Flask's door to the sessions above."""

    def _signer(self, app: Flask) -> URLSafeSerializer:
        return URLSafeSerializer(app.secret_key or "", salt="visitor")

    def open_session(self, app: Flask, request: Request) -> WebSession:
        if request.path.startswith(NOT_PAGES):
            return WebSession()
        if request.path.startswith(FOR_PROGRAMS) and "Authorization" in request.headers:
            return self._living(_bearer(request), is_program=True)
        cookie = request.cookies.get(app.config["SESSION_COOKIE_NAME"], "")
        if cookie.startswith(("s.", "p.")):
            return self._living(cookie[2:], find=entrant_of if cookie.startswith("p.") else None)
        if cookie.startswith("v."):
            try:
                return WebSession(self._signer(app).loads(cookie[2:]))
            except BadSignature:
                return WebSession()
        return WebSession()

    def _living(
        self, token: str, *, is_program: bool = False, find: Callable[[str], WebSession | None] | None = None
    ) -> WebSession:
        try:
            found = identify(token, is_program=is_program) if find is None else find(token)
            return found or WebSession(is_program=is_program)
        except SQLAlchemyError as error:
            if not is_away(error):
                raise
            log.exception("no session can be read")
            db.session.remove()
            return WebSession(is_away=True)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        assert isinstance(session, WebSession)
        if session.is_program:
            return
        name = app.config["SESSION_COOKIE_NAME"]
        if session.cookie:
            self._set(app, response, name, session.cookie)
        elif session.token:
            if session.modified:
                self._keep(session)
        elif session.modified:
            self._set(app, response, name, "v." + str(self._signer(app).dumps(dict(session))))

    def _keep(self, session: WebSession) -> None:
        wanted = update(WEB_SESSION).where(WEB_SESSION.c.id == hash_of(session.token))
        try:
            with door() as connection:
                connection.execute(wanted.values(data=json.loads(json.dumps(dict(session), default=str))))
        except SQLAlchemyError as error:
            if not is_away(error):
                raise
            # The request is over: that its deed was done is worth more than the line "done" on the next page.
            log.exception("a session cannot be kept")
            db.session.remove()

    def _set(self, app: Flask, response: Response, name: str, value: str) -> None:
        response.set_cookie(
            name,
            value,
            httponly=True,
            samesite="Lax",
            secure=bool(app.config["SESSION_COOKIE_SECURE"]),
            path="/",
        )


def _bearer(request: Request) -> str:
    """Give the token that a program shows; anything else under that header is nobody's."""
    shown = request.authorization
    return (shown.token or "") if shown is not None and shown.type == "bearer" else ""


def forget_cookie(app: Flask, response: Response) -> None:
    """Let the browser forget its session; a __Host- cookie is deleted only with the marks that it was set with."""
    name, secure = app.config["SESSION_COOKIE_NAME"], bool(app.config["SESSION_COOKIE_SECURE"])
    response.delete_cookie(name, path="/", httponly=True, samesite="Lax", secure=secure)


def attempts_left(key: str, *, most: int, minutes: int) -> int:
    """Count one attempt under `key`, and give how many are left after it; below 0 there were too many.

    Counted in the database, so that all workers and all ways in share one count, and before the attempt is looked at,
    so that many at once are as many. The count begins anew `minutes` after its first.
    """
    moment = now()
    is_old = THROTTLE.c.began_at < moment - timedelta(minutes=minutes)
    first = insert(THROTTLE).values(key=key, began_at=moment, count=1)
    counted = first.on_conflict_do_update(
        index_elements=[THROTTLE.c.key],
        set_={
            "count": case((is_old, 1), else_=THROTTLE.c.count + 1),
            "began_at": case((is_old, moment), else_=THROTTLE.c.began_at),
        },
    ).returning(THROTTLE.c.count)
    with door() as connection:
        return most - int(connection.scalar(counted) or 0)


def give_back_attempt(*keys: str) -> None:
    """Take one attempt off these counts: it was a sign-in that succeeded."""
    with door() as connection:
        mine = update(THROTTLE).where(THROTTLE.c.key.in_(keys), THROTTLE.c.count > 0)
        connection.execute(mine.values(count=THROTTLE.c.count - 1))


def forget_attempts(key: str) -> None:
    """Begin a count anew: after a sign-in that succeeded."""
    with door() as connection:
        connection.execute(THROTTLE.delete().where(THROTTLE.c.key == key))
