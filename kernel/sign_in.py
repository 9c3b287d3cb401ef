"""The door: signing in by steps, in place when a session is over, by a link; and signing out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, current_app, flash, jsonify, redirect, request, session, url_for
from flask_wtf.csrf import generate_csrf

from kernel import pages, second_factor
from kernel.actor import VISITOR
from kernel.attempts import (
    MINUTES,
    SIGN_IN,
    Attempt,
    let_in,
    next_stage,
    note_attempt,
    try_at_once,
    try_code,
    try_password,
)
from kernel.db import transaction
from kernel.errors import Invalid, Refused
from kernel.identity import current_actor, current_identity, current_session
from kernel.links import ask_for_link, use_link
from kernel.passwords import choose_password
from kernel.scope import whole
from kernel.sessions import Entrant, attempts_left, end_session, end_sessions_of, forget_cookie
from kernel.speech import gettext as _, ngettext
from kernel.views import PUBLIC, Page, door
from kernel.words import Sentence

MOST_LETTERS = 5  # asked for from one address, and for one account, an hour
MOST_LINKS = 20  # tried from one address in a quarter of an hour
HOUR = 60
STAGES = {"code": "SignIn.code", "factor": "SignIn.factor", "password": "SignIn.password"}
Problems = Mapping[str, Sequence[Sentence]]
CLEARED = '"cache", "storage"'


def too_many() -> str:
    """Say that there were too many attempts."""
    return _("Too many attempts. Please wait %(n)s minutes.", n=MINUTES)


def wrong_password(left: int) -> str:
    """Say that account or password is wrong, not which, and how many attempts are left."""
    return ngettext(
        "Account or password is wrong. %(num)s attempt is left.",
        "Account or password is wrong. %(num)s attempts are left.",
        left,
    )


def safe_next(told: str | None = None) -> str:
    """Give where to go next: a path of this house, nothing else."""
    told = request.args.get("next", "") if told is None else told
    is_path = told.startswith("/") and not told.startswith(("//", "/\\")) and "\\" not in told
    return told if is_path and all(ord(sign) > 31 for sign in told) else url_for("Home.index")  # noqa: PLR2004


class SignIn(Page):
    """The one door for all."""

    kind = "SignIn"
    route_base = ""
    default_view = "login"

    @door("/login/", PUBLIC, methods=("GET", "POST"))
    def login(self) -> Response | str | tuple[str, int]:
        if current_actor().user_id is not None:
            return redirect(safe_next())  # type: ignore[return-value]
        if request.method == "GET":
            return self.render("kernel/login.html", username="", problem="")
        told, password = request.form.get("username", ""), request.form.get("password", "")
        attempt = try_password(told, password, address=_address())
        if attempt.is_one_too_many:
            return self._refuse(attempt.username, too_many(), 429)
        if attempt.user_id is None:
            return self._refuse(attempt.username, wrong_password(attempt.left), 401)
        return self._go_on(attempt, safe_next())

    def _refuse(self, username: str, problem: str, code: int) -> tuple[str, int]:
        return self.render("kernel/login.html", username=username, problem=problem), code

    def _go_on(self, attempt: Attempt, target: str) -> Response:
        """Let somebody in, or lead them to the next step; each step has a token and a form token of its own."""
        _enter(attempt)
        where = safe_next(target) if attempt.stage == "open" else url_for(STAGES[attempt.stage], next=target)
        return redirect(where)  # type: ignore[return-value]

    # The steps after the password

    @door("/login/code/", PUBLIC, methods=("GET", "POST"))
    def code(self) -> Response | str | tuple[str, int]:
        """Ask for the code of the phone, or one of the recovery codes."""
        entrant = _entrant("code")
        if entrant is None:
            return self._anew()
        if request.method == "GET":
            return self._ask_code()
        attempt = try_code(entrant.user_id, entrant.username, request.form.get("code", ""), address=_address())
        if attempt.is_one_too_many:
            return self._ask_code(too_many()), 429
        if attempt.user_id is None:
            return self._ask_code(second_factor.WRONG.render()), 401
        return self._go_on(attempt, safe_next())

    def _ask_code(self, problem: str = "") -> str:
        hint = _("Six figures from the app on your phone, or one of your recovery codes.")
        field = code_field(hint, problem)
        return self._form(_("Second step"), "", [field], confirm=_("Sign in"))

    @door("/login/factor/", PUBLIC, methods=("GET", "POST"))
    def factor(self) -> Response | str | tuple[str, int]:
        """Let somebody whose role needs a second factor set it up; they come in with its first code."""
        entrant = _entrant("factor")
        if entrant is None:
            return self._anew()
        problem = ""
        if request.method == "POST":
            if attempts_left(f"code:{entrant.user_id}", most=MOST_LINKS, minutes=MINUTES) < 0:
                problem = too_many()
            else:
                try:
                    with transaction():
                        codes = second_factor.confirm(entrant.user_id, request.form.get("code", ""), actor=SIGN_IN)
                except Invalid as invalid:
                    problem = str(invalid.reasons[0])
                else:
                    return self._show_codes(entrant, codes)
        offered = second_factor.offer(entrant.user_id, entrant.username, actor=SIGN_IN)
        if offered is None:
            return self._anew()
        secret, address = offered
        picture = second_factor.drawn_as_png(address)
        field = code_field(_("Six figures that the app shows now."), problem)
        page = self.render("kernel/factor_entry.html", secret=secret, picture=picture, field=field)
        return (page, 422) if problem else page

    def _show_codes(self, entrant: Entrant, codes: list[str]) -> str:
        stage = next_stage(entrant.user_id, has_factor=True)
        attempt = Attempt(entrant.username, entrant.user_id, 0, stage, has_factor=True)
        _enter(attempt)
        target = safe_next() if stage == "open" else url_for(STAGES[stage], next=safe_next())
        return self.render("kernel/codes_entry.html", codes=codes, next_url=target)

    @door("/login/password/", PUBLIC, methods=("GET", "POST"))
    def password(self) -> Response | str | tuple[str, int]:
        """Ask for a password of the person's own, after one that somebody else knows."""
        entrant = _entrant("password")
        if entrant is None:
            return self._anew()
        title, lead = (
            _("Choose your password"),
            _("Somebody else knows the present one. Choose one that only you know."),
        )
        if request.method == "GET":
            return self._form(title, lead, new_password_fields({}))
        try:
            with transaction(), whole(SIGN_IN, "User.first_password"):
                choose_password(entrant.user_id, read_new_password())
        except Invalid as invalid:
            return self._form(title, lead, new_password_fields(invalid.problems)), 422
        note_attempt("first_password", entrant.username, entrant.user_id, address=_address())
        end_sessions_of(entrant.user_id)
        has_factor = second_factor.has_factor(entrant.user_id, actor=SIGN_IN)
        return self._go_on(Attempt(entrant.username, entrant.user_id, 0, "open", has_factor), safe_next())

    def _anew(self) -> Response:
        if current_actor().user_id is not None:
            return redirect(safe_next())  # type: ignore[return-value]
        return redirect(url_for("SignIn.login", next=safe_next()))  # type: ignore[return-value]

    # By a link

    @door("/login/forgotten/", PUBLIC, methods=("GET", "POST"))
    def forgotten(self) -> Response | str | tuple[str, int]:
        """Send a link to whoever forgot their password; the answer is the same for everybody."""
        title = _("Forgotten your password")
        if request.method == "GET":
            return self._form(title, "", [_who_field()], confirm=_("Send me a link"))
        told = request.form.get("who", "").replace("\x00", "").strip()[:320]
        if not told:
            return self._form(title, "", [_who_field(_("Please fill this in."))], confirm=_("Send me a link")), 422
        counts = [
            attempts_left(f"link-{key}", most=MOST_LETTERS, minutes=HOUR) for key in (_address(), told.casefold())
        ]
        if min(counts) < 0:
            return self._form(title, "", [_who_field(too_many())], confirm=_("Send me a link")), 429
        with transaction():
            ask_for_link(told, actor=VISITOR)
        sent = _(
            "If there is such an account, a letter with a link is on its way to its address. It is good for 30 minutes."
        )
        return self.render("kernel/door_told.html", heading=_("Look into your mail"), text=sent)

    @door("/login/link/", PUBLIC, methods=("GET", "POST"))
    def link(self) -> Response | str | tuple[str, int]:
        """Let the person of a link choose a password; looking at the page changes nothing."""
        title = _("Choose your password")
        if request.method == "GET":
            return self._form(title, "", link_fields({}))
        if attempts_left(f"use-link:{_address()}", most=MOST_LINKS, minutes=MINUTES) < 0:
            return self._form(title, "", link_fields({}), errors=[too_many()]), 429
        token = request.form.get("token", "").strip().rpartition("#")[2]
        new, again = request.form.get("new", ""), request.form.get("again", "")
        try:
            with transaction():
                user_id = use_link(token, new=new, again=again, actor=VISITOR)
        except Invalid as invalid:
            return self._form(title, "", link_fields(invalid.problems, token)), 422
        except Refused as refused:
            errors = [reason.render() for reason in refused.reasons]
            return self._form(title, "", link_fields({}), errors=errors), 409
        end_sessions_of(user_id)
        flash(_("Your password is chosen. Sign in with it."), "success")
        return redirect(url_for("SignIn.login"))  # type: ignore[return-value]

    # In place, for a page whose session is over

    @door("/login/again", PUBLIC, methods=("GET", "POST"))
    def again(self) -> Any:
        """Say who is signed in and with which form token; or take a sign-in from the dialog of an open page."""
        identity = current_identity()
        if request.method == "POST" and identity is None:
            return self._come_back()
        if identity is None:
            return jsonify(user=None, dialog=self.render("kernel/again.html"))
        return jsonify(user=identity.id, token=generate_csrf())

    def _come_back(self) -> Any:
        username, password = request.form.get("username", ""), request.form.get("password", "")
        if not username or not password:
            return jsonify(problem=_("Please fill this in.")), 422
        attempt = try_at_once(username, password, request.form.get("code", ""), address=_address())
        if attempt.is_one_too_many:
            return jsonify(problem=too_many()), 429
        if attempt.user_id is None:
            return jsonify(problem=wrong_password(attempt.left)), 401
        if attempt.stage == "code":
            return jsonify(problem=_("Type the code of your phone as well."), wants_code=True), 401
        if attempt.stage != "open":
            return jsonify(problem=_("Your password is to be changed first: open the sign-in page.")), 401
        _enter(attempt)
        return jsonify(user=attempt.user_id)

    @door("/logout/", PUBLIC, methods=("POST",))
    def logout(self) -> Response:
        mine = current_session()
        if mine.token:
            end_session(mine.token)
        response: Response = redirect(url_for("SignIn.login"))  # type: ignore[assignment]
        forget_cookie(current_app, response)
        response.headers["Clear-Site-Data"] = CLEARED
        mine.token, mine.modified = "", False
        return response

    @door("/lang/<locale>", PUBLIC)
    def language(self, locale: str) -> Response:
        """Choose the language of this browser's session."""
        if locale in {"zh", "en"}:
            session["locale"] = locale
        return redirect(safe_next())  # type: ignore[return-value]

    def _form(
        self,
        title: str,
        lead: str,
        fields: list[pages.FieldView],
        *,
        confirm: str = "",
        errors: list[str] | None = None,
    ) -> str:
        shown = {"heading": title, "lead": lead, "fields": fields, "confirm": confirm or _("Save"), "errors": errors}
        return self.render("kernel/door_form.html", **shown)


def _address() -> str:
    return request.remote_addr or ""


def _entrant(stage: str) -> Entrant | None:
    """Give who is in the middle of signing in, if this step is what is asked of them now."""
    entrant = current_session().entrant
    return entrant if entrant is not None and entrant.stage == stage else None


def _enter(attempt: Attempt) -> None:
    mine = current_session()
    if mine.token:
        end_session(mine.token)
    if attempt.stage == "factor" and attempt.user_id is not None:
        with transaction():
            second_factor.begin(attempt.user_id, actor=SIGN_IN)
    locale, agent = session.get("locale", "zh"), request.user_agent.string
    mine.hand_out(let_in(attempt, locale=locale, address=_address(), agent=agent), attempt.stage)


def read_new_password() -> str:
    """Read a new password that was typed twice, as it was typed: a space may belong to it.

    Raises Invalid when the two differ.
    """
    new = request.form.get("new", "")
    if new != request.form.get("again", ""):
        raise Invalid({"again": [Sentence("The two new passwords are not the same.")]})
    return new


def new_password_fields(problems: Problems) -> list[pages.FieldView]:
    """Give the questions for a new password, twice."""
    told = {name: [sentence.render() for sentence in problems.get(name, ())] for name in ("new", "again")}
    hint = _("At least 12 characters; a sentence is fine.")
    return [
        pages.FieldView(
            "new", _("New password"), "password", hint=hint, autocomplete="new-password", errors=told["new"]
        ),
        pages.FieldView(
            "again", _("New password again"), "password", autocomplete="new-password", errors=told["again"]
        ),
    ]


def link_fields(problems: Problems, token: str = "") -> list[pages.FieldView]:
    """Give the questions of a link: its code, which a script takes out of the address, and the new password."""
    hint = _("It is what stands after # in the link of your letter.")
    code = pages.FieldView("token", _("Code of the link"), hint=hint, value=token, autocomplete="off")
    return [code, *new_password_fields(problems)]


def code_field(hint: str, problem: str = "") -> pages.FieldView:
    """Give the question for the code of a phone."""
    errors = [problem] if problem else []
    return pages.FieldView("code", _("Code"), hint=hint, autocomplete="one-time-code", errors=errors)


def _who_field(problem: str = "") -> pages.FieldView:
    errors = [problem] if problem else []
    return pages.FieldView("who", _("Account or e-mail"), autocomplete="username", errors=errors)
