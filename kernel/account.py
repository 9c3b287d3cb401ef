"""The pages that everybody has: the home page, the inbox, one's own account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from markupsafe import Markup

from kernel import pages, second_factor
from kernel.actor import Actor
from kernel.arguments import read_arguments
from kernel.attempts import MINUTES, MOST_PROOFS
from kernel.audit import note_event
from kernel.clock import local, now, today
from kernel.db import transaction
from kernel.drawing import day_words
from kernel.errors import Invalid, NotFound, Refused
from kernel.identity import current_actor, current_identity, current_session
from kernel.module import MODULES, Figure, Task
from kernel.own_sessions import OpenSession, end_session_named, open_sessions_of
from kernel.passwords import CHANGE, change_password
from kernel.proof import PASSWORD, proof_fields, take_proof
from kernel.sessions import attempts_left, end_sessions_of, forget_attempts
from kernel.sign_in import code_field, too_many
from kernel.speech import gettext as _, ngettext
from kernel.views import PUBLIC, Page, door, field_of, typed_values
from kernel.words import Sentence
from kernel.workflow import has_proved

NEAR_DAYS = 3
TASKS_AT_ONCE = 12


class Home(Page):
    """What is mine to do now; for staff the year's money besides, for the public what is open."""

    kind = "Home"
    route_base = ""

    @door("/", PUBLIC)
    def index(self) -> str:
        actor = current_actor()
        tasks = tasks_of(actor)
        figures = sorted(self._figures(actor), key=lambda figure: figure.order)
        home = pages.HomePage(
            greeting=self._greeting(actor),
            lead=self._lead(actor, tasks),
            tasks=[task_view(task) for task in tasks[:TASKS_AT_ONCE]],
            more_tasks=[task_view(task) for task in tasks[TASKS_AT_ONCE:]],
            top=self._drawn(figures, "top"),
            main=self._drawn(figures, "main"),
            aside=self._drawn(figures, "aside"),
        )
        template = "kernel/home.html" if actor.user_id else "kernel/welcome.html"
        return self.render(template, home=home)

    def _figures(self, actor: Actor) -> list[Figure]:
        return [figure for module in MODULES for tell in module.figures for figure in tell(actor)]

    def _drawn(self, figures: list[Figure], place: str) -> list[Markup]:
        # The templates escape by themselves; what they give is markup of ours.
        return [
            Markup(render_template(figure.template, **figure.context))  # noqa: S704
            for figure in figures
            if figure.place == place
        ]

    def _greeting(self, actor: Actor) -> str:
        hour = local(now()).hour
        words = _("Good morning") if hour < 12 else _("Good afternoon") if hour < 18 else _("Good evening")  # noqa: PLR2004
        return _("%(greeting)s, %(name)s", greeting=words, name=actor.name) if actor.user_id else _("Welcome")

    def _lead(self, actor: Actor, tasks: list[Task]) -> str:
        if actor.user_id is None:
            return ""
        late = sum(1 for task in tasks if task.due_on is not None and task.due_on < today())
        if not tasks:
            return day_words(today())
        told = ngettext("%(num)s thing waits for you", "%(num)s things wait for you", len(tasks))
        overdue = ngettext(", %(num)s is overdue", ", %(num)s are overdue", late) if late else ""
        return f"{day_words(today())} · {told}{overdue}"


def tasks_of(actor: Actor) -> list[Task]:
    """Give all that waits for a person, whichever module it belongs to; what has a day first, by its day."""
    if actor.user_id is None:
        return []
    told = [task for module in MODULES for tell in module.tasks for task in tell(actor)]
    return sorted(told, key=lambda task: (task.due_on is None, task.due_on or today()))


def task_view(task: Task) -> pages.TaskView:
    """Draw one line of the to-do list, with how much time is left."""
    hint = task.hint.render() if task.hint else ""
    if task.due_on is None:
        return pages.TaskView(task.text.render(), task.url, hint)
    days = (task.due_on - today()).days
    if days < 0:
        label, tone = ngettext("%(num)s day overdue", "%(num)s days overdue", -days), "bad"
    elif days == 0:
        label, tone = _("Today"), "warn"
    else:
        label = ngettext("%(num)s day left", "%(num)s days left", days)
        tone = "warn" if days <= NEAR_DAYS else "idle"
    return pages.TaskView(task.text.render(), task.url, hint, (label, day_words(task.due_on)[5:], tone))


class Account(Page):
    """My own account: my password, my second factor, and where I am signed in."""

    kind = "Account"
    route_base = "/account"

    @door("/", PUBLIC, methods=("GET", "POST"))
    def index(self) -> Response | str | tuple[str, int]:
        """Show the account; take a new password."""
        actor = current_actor()
        if actor.user_id is None:
            return _to_sign_in()
        if request.method == "GET":
            return self._page({})
        if attempts_left(f"prove:{actor.user_id}", most=MOST_PROOFS, minutes=MINUTES) < 0:
            return self._page({}, [too_many()]), 429
        try:
            # What was typed is read for what is missing, and then taken as it is: a space may belong to a password.
            asked = {name: request.form.get(name, "") for name in read_arguments(CHANGE, typed_values())}
            with transaction():
                change_password(actor=actor, **asked)
        except Invalid as invalid:
            return self._page(invalid.problems), 422
        forget_attempts(f"prove:{actor.user_id}")
        end_sessions_of(actor.user_id, but=current_session().token)
        flash(_("Your password is changed; other sessions of yours are ended."), "success")
        return redirect(url_for("Account.index"))  # type: ignore[return-value]

    def _page(self, problems: Any, errors: Sequence[str] = ()) -> str:
        actor = current_actor()
        assert actor.user_id is not None
        fields = [
            pages.FieldView(
                **{name: getattr(shown, name) for name in ("name", "label", "hint", "required", "errors")},
                kind="password",
                autocomplete="current-password" if argument.name == "current" else "new-password",
            )
            for argument in CHANGE
            for shown in [field_of(argument, {}, problems)]
        ]
        sessions = [session_view(one) for one in open_sessions_of(actor.user_id, mine=current_session().token)]
        has_factor = second_factor.has_factor(actor.user_id, actor=actor)
        shown = {"fields": fields, "errors": errors, "sessions": sessions, "has_factor": has_factor}
        return self.render("kernel/account.html", name=actor.name, **shown)

    @door("/sessions", PUBLIC, methods=("POST",))
    def end(self) -> Response:
        """End one of my sessions by its name, or all but this one."""
        actor = current_actor()
        if actor.user_id is None:
            return _to_sign_in()
        name = request.form.get("name", "")
        if name:
            if not end_session_named(actor.user_id, name):
                raise NotFound
        else:
            end_sessions_of(actor.user_id, but=current_session().token)
        with transaction():
            note_event("User", actor=actor, action="end_sessions", subject_id=actor.user_id)
        flash(_("Signed out there."), "success")
        return redirect(url_for("Account.index"))  # type: ignore[return-value]

    @door("/factor", PUBLIC, methods=("GET", "POST"))
    def factor(self) -> Response | str | tuple[str, int]:
        """Set up the second factor, draw new recovery codes, or take it away; each after a proof of who one is."""
        actor = current_actor()
        if actor.user_id is None:
            return _to_sign_in()
        if request.method == "GET":
            return self._factor_page(actor.user_id, {})
        if request.form.get("deed") == "begin":
            with transaction():
                second_factor.begin(actor.user_id, actor=actor)
            return redirect(url_for("Account.factor"))  # type: ignore[return-value]
        problems: Any = take_proof()
        if not problems and not has_proved(current_actor()):
            problems = {PASSWORD: (Sentence("Please fill this in."),)}
        if problems:
            return self._wrong_factor(actor.user_id, problems)
        try:
            with transaction():
                codes = self._change_factor(request.form.get("deed", ""), actor.user_id)
        except Invalid as invalid:
            return self._wrong_factor(actor.user_id, invalid.problems)
        current_session()["has_factor"] = bool(codes)
        end_sessions_of(actor.user_id, but=current_session().token)
        if codes:
            return self.render("kernel/codes.html", codes=codes)
        flash(_("Your second factor is taken away."), "success")
        return redirect(url_for("Account.index"))  # type: ignore[return-value]

    def _change_factor(self, name: str, user_id: int) -> list[str]:
        actor = current_actor()
        if name == "codes":
            return second_factor.renew_codes(user_id, actor=actor)
        if name == "remove":
            if second_factor.is_required(actor.roles):
                raise Refused(Sentence("Your role asks for a second factor."))
            second_factor.take_away(user_id, actor=actor)
            return []
        if attempts_left(f"code:{user_id}", most=MOST_PROOFS, minutes=MINUTES) < 0:
            raise Refused(Sentence("Too many attempts. Please wait {n} minutes.", n=MINUTES))
        return second_factor.confirm(user_id, request.form.get("code", ""), actor=actor)

    def _wrong_factor(self, user_id: int, problems: Any) -> Response | tuple[str, int]:
        page = self._factor_page(user_id, problems)
        return (page, 422) if isinstance(page, str) else page

    def _factor_page(self, user_id: int, problems: Any) -> Response | str:
        actor = current_actor()
        proof = proof_fields(problems)
        if second_factor.has_factor(user_id, actor=actor):
            left = second_factor.codes_left(user_id, actor=actor)
            required = second_factor.is_required(actor.roles)
            return self.render("kernel/factor.html", left=left, proof=proof, required=required)
        identity = current_identity()
        assert identity is not None
        offered = second_factor.offer(user_id, identity.username, actor=actor)
        if offered is None:
            return redirect(url_for("Account.index", _anchor="factor"))  # type: ignore[return-value]
        secret, address = offered
        told = [str(sentence) for sentence in problems.get("code", ())]
        field = code_field(_("Six figures that the app shows now."), *told)
        picture = second_factor.drawn_as_png(address)
        return self.render("kernel/factor_setup.html", secret=secret, picture=picture, fields=[field, *proof])


def _to_sign_in() -> Response:
    return redirect(url_for("SignIn.login", next=url_for("Account.index")))  # type: ignore[return-value]


def session_view(one: OpenSession) -> dict[str, Any]:
    """Draw one session: its device in words, where from, since when, last seen."""
    return {
        "name": one.name,
        "device": device_words(one.agent, is_program=one.is_program),
        "address": one.address,
        "since": pages.moment_words(local(one.created_at)),
        "seen": pages.moment_words(local(one.seen_at)),
        "is_this": one.is_this,
    }


BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def device_words(agent: str, *, is_program: bool) -> str:
    """Name the device of a session from what its browser says of itself: Firefox, Windows."""
    if is_program:
        return _("A program")
    told = [next((name for sign, name in known if sign in agent), "") for known in (BROWSERS, SYSTEMS)]
    return ", ".join(filter(None, told)) or _("Unknown device")
