"""A form that comes twice is carried out once: pressed twice, sent again after "connection died", four at once.

Every form of our pages holds a key of its own. The first deed of the request takes that key in its own transaction
(`claim_form`), so that it stands there exactly when the deed does; whoever comes later with the same key and the same
content is led to where the first one ended. What was refused has left its key free.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import time
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, flash, g, redirect, request
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from kernel.actor import Actor
from kernel.api.keys import KeptAnswer
from kernel.clock import now
from kernel.db import db, transaction
from kernel.identity import current_actor
from kernel.scope import whole
from kernel.speech import gettext as _
from kernel.web import wants_json

log = logging.getLogger("yulan.web")

FIELD = "form_key"
NOT_ITS_CONTENT = {FIELD, "csrf_token"}
GLANCES, PAUSE = 20, 0.1  # how often, and after how many seconds, one looks for the answer of the first


class Again(Exception):  # noqa: N818  (an answer, not an error)
    """The same form has been carried out already."""


def guard_forms(app: Flask) -> None:
    """Let every form of the application be carried out once."""
    app.before_request(_offer_claim)
    app.after_request(_keep_place)
    app.register_error_handler(Again, _lead_there)
    app.jinja_env.globals["form_key"] = partial(secrets.token_hex, 12)


def _offer_claim() -> None:
    """Put the form's claim at hand for the first deed of this request; a script's save has versions instead."""
    info, actor = db.session().info, current_actor()
    info.pop("claim", None)
    if request.method == "POST" and actor.user_id is not None and not wants_json() and request.form.get(FIELD):
        info["claim"] = partial(_claim, actor, _key())


def _key() -> str:
    """Give the key under which this form stands: the same text with another content is another form."""
    uploads = ((name, f"{upload.filename}") for name, upload in request.files.items(multi=True))
    fields = (pair for pair in request.form.items(multi=True) if pair[0] not in NOT_ITS_CONTENT)
    told = repr((request.path, request.form[FIELD], sorted(fields), sorted(uploads), request.content_length))
    return "form:" + hmac.new((current_app.secret_key or "").encode(), told.encode(), hashlib.sha256).hexdigest()  # type: ignore[union-attr]


def _claim(actor: Actor, key: str) -> None:
    """Take the key; who comes second waits here for the first one's end. Raises Again."""
    g.form = (actor, key)
    wanted = insert(KeptAnswer).values(user_id=actor.user_id, key=key, request_hash="", created_at=now())
    if db.session.scalar(wanted.on_conflict_do_nothing().returning(KeptAnswer.id)) is None:
        raise Again


def _keep_place(response: Response) -> Response:
    """Write down where the deed led to, for whoever comes again."""
    form = g.pop("form", None)
    if form is not None and response.status_code in {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}:
        actor, key = form
        mine = (KeptAnswer.user_id == actor.user_id, KeptAnswer.key == key)
        try:
            with transaction(), whole(actor, "keep place"):
                kept = {"status": response.status_code, "location": response.location}
                db.session.execute(update(KeptAnswer).where(*mine).values(**kept))
        except SQLAlchemyError:
            log.exception("where a form led to could not be kept")  # the deed itself is done
            db.session.rollback()
    return response


def _lead_there(_again: Again) -> Response:
    db.session.rollback()
    actor, key = g.pop("form")
    flash(_("This was done already. It was not done a second time."), "success")
    return redirect(_place_of(actor, key) or _back())  # type: ignore[return-value]


def _place_of(actor: Actor, key: str) -> str:
    """Give where the first one was led to; its deed is committed, its answer may be on its way."""
    wanted = select(KeptAnswer.location).where(KeptAnswer.user_id == actor.user_id, KeptAnswer.key == key)
    for _glance in range(GLANCES):
        with whole(actor, "find place"):
            place = db.session.scalar(wanted)
        db.session.rollback()
        if place:
            return place
        time.sleep(PAUSE)
    return ""


def _back() -> str:
    """Give the page from which the form came, if it is of this house."""
    came = urlsplit(request.referrer or "")
    return came.path if came.netloc == request.host and came.path.startswith("/") else "/"
