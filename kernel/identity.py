"""Who stands at the door of this request."""

from __future__ import annotations

from flask import g, has_request_context, session

from kernel.actor import Actor, ReaderKind
from kernel.permissions import permissions_of
from kernel.sessions import Identity, WebSession


def current_session() -> WebSession:
    """Give this request's own session."""
    mine = session._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  (werkzeug's proxies offer no other way)
    assert isinstance(mine, WebSession)
    return mine


def current_identity() -> Identity | None:
    """Give the signed-in person of this request, or None for a visitor."""
    identity: Identity | None = getattr(session, "identity", None)
    return identity


def current_actor() -> Actor:
    """Give the actor of this request; a visitor has the public's permissions."""
    if not has_request_context():
        return Actor(name="visitor", permissions=permissions_of(("public",)))
    if "actor" not in g:
        identity = current_identity()
        g.actor = (
            identity.actor
            if identity
            else Actor(name="visitor", kind=ReaderKind.PUBLIC, permissions=permissions_of(("public",)))
        )
    actor: Actor = g.actor
    return actor


def renew_identity(identity: Identity) -> None:
    """Let the rest of this request know its person anew: they just proved who they are."""
    current_session().identity = identity
    g.actor = identity.actor


def current_locale() -> str:
    """Give the language of this request's reader: what they chose, else Chinese."""
    try:
        mine = session._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  (asked for each cell and word)
    except RuntimeError:  # no request
        return "zh"
    identity: Identity | None = getattr(mine, "identity", None)
    chosen = mine.get("locale") or (identity.locale if identity else None)
    return chosen if chosen in {"zh", "en"} else "zh"
