"""Signing in and out for programs: the same password, throttle and sessions as at the door for people.

A token is the secret of a row among the sign-in sessions, which keep its hash alone. So it is dead as soon as its
session is: at signing out, at a change of password, when the account is locked, when the sessions are ended.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, jsonify, request

from kernel.api.door import Api, entry
from kernel.api.fields import Sent, object_of
from kernel.api.requests import body_sent, read_body, turn_away
from kernel.api.shapes import shape
from kernel.attempts import LONGEST_PASSWORD, MINUTES, OPEN, let_in, try_at_once
from kernel.choices import Coded
from kernel.identity import current_session
from kernel.sessions import LONGEST_OF_PROGRAM, end_session
from kernel.views import PUBLIC
from kernel.words import Sentence

LOCALES = ("zh", "en")


class Provider(Coded):
    """Who looks at the password: the house itself."""

    DB = "db", "Database"


SIGN_IN = shape(
    "SignIn",
    {
        "username": Sent(str, most=128),
        "password": Sent(str, most=LONGEST_PASSWORD),
        "code": Sent(str, required=False, default="", most=40),
        "provider": Sent(Provider, required=False),
    },
)
CODE_NEEDED = Sentence("This account asks for the code of its phone besides: send it as “code”.")
ON_PAGES = Sentence("Sign in on the pages first: your account asks for something there that no program can give.")
LOGGED_IN = object_of(access_token=str, token_type=str, expires_in=int)


class Tokens(Api):
    """A token for a password, and its end."""

    route_base = "/api/v1/security"

    @entry("/login", PUBLIC, methods=("POST",))
    def login(self) -> Response:
        """Give a token to whoever knows a password."""
        body = body_sent()
        told = read_body(SIGN_IN(), body)
        address, code = request.remote_addr or "", told.get("code", "")
        # A password is taken as it was sent: a space may belong to it.
        attempt = try_at_once(told["username"], body["password"], code, address=address)
        if attempt.is_one_too_many:
            wait = Sentence("Too many attempts. Please wait {n} minutes.", n=MINUTES)
            turn_away(HTTPStatus.TOO_MANY_REQUESTS, wait, Retry_After=str(MINUTES * 60))
        if attempt.user_id is None:
            wrong = Sentence("Account, password or code is wrong. Attempts left: {left}.", left=attempt.left)
            turn_away(HTTPStatus.UNAUTHORIZED, wrong, WWW_Authenticate="Bearer")
        if attempt.stage == "code":
            turn_away(HTTPStatus.UNAUTHORIZED, fields={"code": [CODE_NEEDED]}, WWW_Authenticate="Bearer")
        if attempt.stage != OPEN:
            turn_away(HTTPStatus.FORBIDDEN, ON_PAGES)
        locale = request.accept_languages.best_match(LOCALES, default=LOCALES[0])
        agent = request.user_agent.string
        token = let_in(attempt, locale=locale, address=address, agent=agent, is_program=True)
        lifetime = int(LONGEST_OF_PROGRAM.total_seconds())
        return jsonify({"access_token": token, "token_type": "bearer", "expires_in": lifetime})

    @entry("/logout", PUBLIC, methods=("POST",))
    def logout(self) -> tuple[str, int]:
        """End the session of the token that is shown."""
        mine = current_session()
        if mine.identity is None or not mine.is_program:
            turn_away(HTTPStatus.UNAUTHORIZED, WWW_Authenticate="Bearer")
        end_session(mine.token)
        return "", HTTPStatus.NO_CONTENT
