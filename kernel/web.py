"""What every answer carries and what every mistake looks like: headers, error pages, request ids, static files."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import (
    Flask,
    Response,
    current_app,
    g,
    has_request_context,
    jsonify,
    make_response,
    render_template,
    request,
    send_from_directory,
    session,
    url_for,
)
from flask_wtf.csrf import CSRFError, CSRFProtect
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, NotFound as HttpNotFound, SecurityError

from kernel.catalogue import folder_of
from kernel.clock import now
from kernel.db import db, is_away
from kernel.errors import Invalid, NotFound, Refused, Stale
from kernel.words import Sentence

log = logging.getLogger("yulan.web")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
}
YEAR = 31_536_000
SECRETS = {"csrf_token", "password", "current", "new", "again", "proof_password", "proof_code", "code", "token"}
FOR_PROGRAMS = "/api/"
PASSED_ON = {"Allow", "Retry-After", "WWW-Authenticate"}
PLAINLY = {
    400: Sentence("This could not be read"),
    401: Sentence("Please sign in"),
    403: Sentence("This is not yours to do"),
    404: Sentence("Nothing found here"),
    405: Sentence("Not in this way"),
    413: Sentence("This is too large"),
    500: Sentence("Something broke on our side"),
    503: Sentence("Closed for a moment"),
}
"""What a program is told where there is no reason of its own; a person reads the same on a page."""
WORTH_KEEPING = 20  # characters: what somebody would not like to write twice
VERSION = re.compile(r"[0-9a-f]{12}")
BOOTSTRAP_FILES = {"css/bootstrap.min.css", "js/bootstrap.min.js", "umd/popper.min.js"}


class JsonLines(logging.Formatter):
    """One JSON object a line, with the number of the request; a line break in a value cannot forge a line."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": now().isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "from": record.name,
            "say": record.getMessage(),
        }
        if has_request_context() and "request_id" in g:
            told |= {"request": g.request_id, "method": request.method, "path": request.path}
            identity = getattr(session, "identity", None)
            told["user"] = None if identity is None else identity.id
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def log_to_stderr(level: str) -> None:
    """Send the log of this process to stderr, as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)


def wants_json() -> bool:
    """Say whether this caller is a program or a script of ours rather than a person's page."""
    return request.path.startswith(FOR_PROGRAMS) or "X-Autosave" in request.headers


class FormGuard(CSRFProtect):
    """Asks every write for the token of its form, so that no foreign page writes with a person's cookie.

    Programs show their token with each request, which no browser does by itself; under their address a cookie alone
    is asked like everywhere.
    """

    def protect(self, *, apply_exemptions: bool = False) -> None:
        by_cookie = getattr(session, "identity", None) is not None and not getattr(session, "is_program", False)
        if request.path.startswith(FOR_PROGRAMS) and not by_cookie:
            return
        super().protect(apply_exemptions=apply_exemptions)


def init_web(app: Flask, *, secure: bool, modules: tuple[str, ...]) -> None:
    """Give the application its headers, error pages, request ids and static files."""
    app.before_request(_number_request)
    app.after_request(_harden_secure if secure else _harden)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(Invalid, _invalid)
    app.register_error_handler(NotFound, _not_found)
    app.register_error_handler(Stale, _stale)
    app.register_error_handler(CSRFError, _form_too_old)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(SQLAlchemyError, _broken_off)
    app.register_error_handler(Exception, _fault)
    _serve_static(app, modules)


def _number_request() -> None:
    g.request_id = uuid4().hex[:16]
    db.session().info["request_id"] = g.request_id


def _harden(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static" or response.status_code >= HTTPStatus.BAD_REQUEST:
        response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Request-Id"] = g.get("request_id", "")
    return response


def _harden_secure(response: Response) -> Response:
    response.headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
    return _harden(response)


def problem(
    code: int,
    reasons: tuple[Sentence | str, ...] = (),
    fields: Mapping[str, tuple[Sentence, ...]] | None = None,
) -> tuple[Response | str, int]:
    """Answer with one envelope for programs or one page for people."""
    told = [str(reason) for reason in reasons]
    if wants_json():
        problems = {name: [str(sentence) for sentence in sentences] for name, sentences in (fields or {}).items()}
        told = told or [str(PLAINLY[code])] if code in PLAINLY else told
        return jsonify(code=code, reasons=told, fields=problems, request=g.get("request_id", "")), code
    back = request.referrer if request.referrer and request.referrer.startswith(request.host_url) else None
    number = g.get("request_id", "")
    shown = {"code": code, "reasons": told, "request_id": number, "back_url": back, "kept": g.get("kept", ())}
    try:
        page = render_template("kernel/error.html", **shown)
    except SQLAlchemyError:
        # The database is away: the page's frame needs it, this sentence does not.
        log.exception("an error page could not be drawn")
        return Response(f"503 {number}\n", status=503, content_type="text/plain"), HTTPStatus.SERVICE_UNAVAILABLE
    return page, code


def _refused(refused: Refused) -> Any:
    db.session.rollback()
    return problem(HTTPStatus.CONFLICT, refused.reasons)


def _invalid(invalid: Invalid) -> Any:
    db.session.rollback()
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, invalid.reasons, invalid.problems)


def _not_found(_error: NotFound) -> Any:
    return problem(HTTPStatus.NOT_FOUND)


def _stale(stale: Stale) -> Any:
    db.session.rollback()
    return problem(HTTPStatus.CONFLICT, stale.reasons)


def _form_too_old(_error: CSRFError) -> Any:
    cookie = request.cookies.get(current_app.config["SESSION_COOKIE_NAME"], "")
    if not cookie.startswith("s.") or getattr(session, "identity", None) is not None:
        log.warning("a form came without the token of its session")
        return problem(HTTPStatus.BAD_REQUEST)
    g.kept = [text for name, text in request.form.items() if name not in SECRETS and len(text) > WORTH_KEEPING]
    return problem(HTTPStatus.UNAUTHORIZED)


def _http(error: HTTPException) -> Any:
    if isinstance(error, SecurityError):
        return Response(status=error.code)  # a forged host: no page of ours has an address there
    if error.response is not None or (error.code or 500) < HTTPStatus.BAD_REQUEST:
        return error
    if error.code == HTTPStatus.FORBIDDEN:
        log.warning("a door was refused")
    answer = make_response(problem(error.code or HTTPStatus.INTERNAL_SERVER_ERROR))
    answer.headers.extend((name, value) for name, value in error.get_headers() if name in PASSED_ON)
    return answer


def _broken_off(error: SQLAlchemyError) -> Any:
    if not is_away(error):
        return _fault(error)
    log.error("the database did not answer", exc_info=error)
    db.session.rollback()
    return problem(HTTPStatus.SERVICE_UNAVAILABLE)


def _fault(error: Exception) -> Any:
    log.error("a request failed", exc_info=error)
    db.session.rollback()
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR)


def _serve_static(app: Flask, modules: tuple[str, ...]) -> None:
    bootstrap = Path(find_spec("flask_bootstrap").origin).parent / "static/bootstrap5"  # type: ignore[union-attr,arg-type]
    roots = {"bootstrap": bootstrap} | {name: folder_of(name) / "static" / name for name in ("kernel", *modules)}
    files = [bootstrap / name for name in sorted(BOOTSTRAP_FILES)]
    files += sorted(path for name, root in roots.items() if name != "bootstrap" for path in root.rglob("*"))
    version = fingerprint(files)

    def serve(filename: str) -> Response:
        first, _slash, rest = filename.partition("/")
        asked, filename = (first, rest) if VERSION.fullmatch(first) else ("", filename)
        top, _slash, rest = filename.partition("/")
        if top not in roots or (top == "bootstrap" and rest not in BOOTSTRAP_FILES):
            raise HttpNotFound
        response = send_from_directory(roots[top], rest)
        # Another version's address is asked for while the nodes are brought up to date, and must not stay in a cache.
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if asked == version else "no-cache"
        return response

    @lru_cache(maxsize=500)
    def asset(filename: str) -> str:
        return url_for("static", filename=f"{version}/{filename}")

    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=serve)
    app.jinja_env.globals["asset"] = asset


@lru_cache(maxsize=500)
def address_of(endpoint: str) -> str:
    """Give the address of a page that needs nothing to be found; the map of routes is asked once."""
    return url_for(endpoint)


def fingerprint(files: Iterable[Path]) -> str:
    """Give the first characters of a hash over files and their names: the version in their address.

    It stands before the name, as a folder, so that what a script imports by its neighbour's name has it too.
    """
    told = hashlib.sha256()
    for path in files:
        if path.is_file():
            told.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return told.hexdigest()[:12]
