"""The base of every door for programs: FAB's BaseApi with our permissions, and routes by `entry` alone."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

from flask_appbuilder.api import BaseApi

from kernel.api.requests import turn_away
from kernel.identity import current_actor, current_session
from kernel.views import PUBLIC
from kernel.words import Sentence

F = TypeVar("F", bound=Callable[..., Any])
DEAD_TOKEN = Sentence("This token is worth nothing (any more). Please sign in again.")


def entry(url: str, verb: str, *, methods: tuple[str, ...] = ("GET",)) -> Callable[[F], F]:
    """Open a route to whoever may `verb` one of the kinds of this door; a program without a name gets 401."""

    def decorate(body: F) -> F:
        @wraps(body)
        def enter(self: Api, *args: Any, **kwargs: Any) -> Any:
            actor = current_actor()
            if current_session().is_program and actor.user_id is None:
                turn_away(HTTPStatus.UNAUTHORIZED, DEAD_TOKEN, WWW_Authenticate="Bearer")
            if verb != PUBLIC and not any(actor.may(asked, kind) for asked, kind in self.openers(verb)):
                if actor.user_id is None:
                    turn_away(HTTPStatus.UNAUTHORIZED, WWW_Authenticate="Bearer")
                turn_away(HTTPStatus.FORBIDDEN)
            return body(self, *args, **kwargs)

        enter._urls = [(url, methods)]  # type: ignore[attr-defined]  # noqa: SLF001  (how FAB finds an API's routes)
        enter.door = (verb, "")  # type: ignore[attr-defined]
        return enter  # type: ignore[return-value]

    return decorate


class Api(BaseApi):
    """The hardened base of every door for programs: no route but by `entry`, no cookie without its form's token."""

    kinds: ClassVar[tuple[str, ...]] = ()
    csrf_exempt = False

    def __init__(self) -> None:
        self.base_permissions: list[str] = []
        self.class_permission_name = self.kinds[0] if self.kinds else type(self).__name__
        self.include_route_methods = {name for name in dir(type(self)) if hasattr(getattr(type(self), name), "door")}
        super().__init__()

    def openers(self, verb: str) -> tuple[tuple[str, str], ...]:
        """Give the permissions any of which opens a route."""
        return tuple((verb, kind) for kind in self.kinds)
