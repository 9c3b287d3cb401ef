"""Signing in and out for programs: the same password, throttle and sessions as at the door for people.

A token is the secret of a row among the sign-in sessions, which keep its hash alone. So it is dead as soon as its
session is: at signing out, at a change of password, when the account is locked, when the sessions are ended.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, jsonify, request
from marshmallow import Schema

from kernel.api.door import Api, entry
from kernel.api.fields import Sent, object_of
from kernel.api.requests import body_sent, read_body, turn_away
from kernel.attempts import MINUTES, let_in, try_password
from kernel.choices import Coded
from kernel.identity import current_session
from kernel.sessions import LONGEST_OF_PROGRAM, end_session
from kernel.views import PUBLIC
from kernel.words import Sentence

LOCALES = ("zh", "en")


class Provider(Coded):
    """Who looks at the password: the house itself."""

    DB = "db", "Database"


SIGN_IN: Any = Schema.from_dict(
    {"username": Sent(str, most=128), "password": Sent(str, most=128), "provider": Sent(Provider, required=False)},
    name="SignIn",
)
LOGGED_IN = object_of(access_token=str, token_type=str, expires_in=int)


class Tokens(Api):
    """A token for a password, and its end."""

    route_base = "/api/v1/security"

    @entry("/login", PUBLIC, methods=("POST",))
    def login(self) -> Response:
        """Give a token to whoever knows a password."""
        told = read_body(SIGN_IN(), body_sent())
        address = request.remote_addr or ""
        attempt = try_password(told["username"], told["password"], address=address)
        if attempt.is_one_too_many:
            wait = Sentence("Too many attempts. Please wait {n} minutes.", n=MINUTES)
            turn_away(HTTPStatus.TOO_MANY_REQUESTS, wait, Retry_After=str(MINUTES * 60))
        if attempt.user_id is None:
            wrong = Sentence("Account or password is wrong. Attempts left: {left}.", left=attempt.left)
            turn_away(HTTPStatus.UNAUTHORIZED, wrong, WWW_Authenticate="Bearer")
        locale = request.accept_languages.best_match(LOCALES, default=LOCALES[0])
        agent = request.user_agent.string
        token = let_in(attempt, locale=locale, address=address, agent=agent, is_program=True)
        lifetime = int(LONGEST_OF_PROGRAM.total_seconds())
        return jsonify(access_token=token, token_type="bearer", expires_in=lifetime)

    @entry("/logout", PUBLIC, methods=("POST",))
    def logout(self) -> tuple[str, int]:
        """End the session of the token that is shown."""
        mine = current_session()
        if mine.identity is None or not mine.is_program:
            turn_away(HTTPStatus.UNAUTHORIZED, WWW_Authenticate="Bearer")
        end_session(mine.token)
        return "", HTTPStatus.NO_CONTENT
