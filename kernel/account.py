"""The doors that everybody uses: signing in and out, the home page, the inbox, one's own account."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _, ngettext
from markupsafe import Markup

from kernel import pages
from kernel.actor import Actor
from kernel.arguments import read_arguments
from kernel.attempts import MINUTES, let_in, try_password
from kernel.clock import local, now, today
from kernel.db import transaction
from kernel.errors import Invalid, Refused
from kernel.identity import current_actor, current_session
from kernel.module import MODULES, Figure, Task
from kernel.passwords import CHANGE, change_password
from kernel.sessions import end_session, end_sessions_of, forget_cookie
from kernel.views import PUBLIC, Page, door, field_of, typed_values

NEAR_DAYS = 3


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
            return self.render("kernel/login.html", form=None, problem="")
        return self._try_sign_in()

    def _try_sign_in(self) -> Response | tuple[str, int]:
        address = request.remote_addr or ""
        attempt = try_password(request.form.get("username", ""), request.form.get("password", ""), address=address)
        if attempt.is_one_too_many:
            return self._refuse(attempt.username, _("Too many attempts. Please wait %(n)s minutes.", n=MINUTES), 429)
        if attempt.user_id is None:
            words = ngettext(
                "Account or password is wrong. %(num)s attempt is left.",
                "Account or password is wrong. %(num)s attempts are left.",
                attempt.left,
            )
            return self._refuse(attempt.username, words, 401)
        locale, agent = session.get("locale", "zh"), request.user_agent.string
        mine = current_session()
        mine.token, mine.identity = let_in(attempt, locale=locale, address=address, agent=agent), None
        return redirect(safe_next())  # type: ignore[return-value]

    def _refuse(self, username: str, problem: str, code: int) -> tuple[str, int]:
        return self.render("kernel/login.html", form={"username": {"data": username}}, problem=problem), code

    @door("/logout/", PUBLIC, methods=("POST",))
    def logout(self) -> Response:
        mine = current_session()
        if mine.token:
            end_session(mine.token)
        response: Response = redirect(url_for("SignIn.login"))  # type: ignore[assignment]
        forget_cookie(current_app, response)
        response.headers["Clear-Site-Data"] = '"cache"'
        mine.token, mine.modified = "", False
        return response

    @door("/lang/<locale>", PUBLIC)
    def language(self, locale: str) -> Response:
        """Choose the language of this browser's session."""
        if locale in {"zh", "en"}:
            session["locale"] = locale
        return redirect(safe_next())  # type: ignore[return-value]


def safe_next() -> str:
    """Give where to go next: a path of this house, nothing else."""
    told = request.args.get("next", "")
    is_path = told.startswith("/") and not told.startswith(("//", "/\\")) and "\\" not in told
    return told if is_path and all(ord(sign) > 31 for sign in told) else url_for("Home.index")  # noqa: PLR2004


class Home(Page):
    """What is mine to do now; for staff the year's money besides, for the public what is open."""

    kind = "Home"
    route_base = ""

    @door("/", PUBLIC)
    def index(self) -> str:
        actor = current_actor()
        tasks = sorted(self._tasks(actor), key=lambda task: (task.due_on is None, task.due_on or today()))
        figures = sorted(self._figures(actor), key=lambda figure: figure.order)
        home = pages.HomePage(
            greeting=self._greeting(actor),
            lead=self._lead(actor, tasks),
            tasks=[task_view(task) for task in tasks[:12]],
            top=self._drawn(figures, "top"),
            main=self._drawn(figures, "main"),
            aside=self._drawn(figures, "aside"),
        )
        template = "kernel/home.html" if actor.user_id else "kernel/welcome.html"
        return self.render(template, home=home)

    def _tasks(self, actor: Actor) -> list[Task]:
        if actor.user_id is None:
            return []
        return [task for module in MODULES for tell in module.tasks for task in tell(actor)]

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
        told = ngettext("%(num)s thing waits for you", "%(num)s things wait for you", len(tasks))
        overdue = ngettext(", %(num)s is overdue", ", %(num)s are overdue", late) if late else ""
        return f"{day_words(today())} · {told}{overdue}"


def day_words(day: Any) -> str:
    """Write a day with its weekday: 2026-11-24 周二."""
    names = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return f"{day:%Y-%m-%d} {names[day.weekday()]}"


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


class Inbox(Page):
    """What was told to me."""

    kind = "Inbox"
    route_base = "/inbox"

    @door("/", PUBLIC)
    def index(self) -> Response | str:
        actor = current_actor()
        if actor.user_id is None:
            return redirect(url_for("SignIn.login", next=request.path))  # type: ignore[return-value]
        items = [
            pages.MessageView(
                id=message.id,
                subject=message.title.render(),
                text=message.told.render(),
                when=pages.moment_words(local(message.created_at)),
                url=message.link,
                unread=message.read_at is None,
            )
            for message in inbox_of(actor.user_id)
        ]
        read_url = url_for("Inbox.read") if any(item.unread for item in items) else ""
        return self.render("kernel/inbox.html", inbox=pages.InboxPage(_("Messages"), items, read_url))

    @door("/read", PUBLIC, methods=("POST",))
    def read(self) -> Response:
        actor = current_actor()
        if actor.user_id is not None:
            with transaction():
                mark_read(actor.user_id, actor=actor)
        return redirect(url_for("Inbox.index"))  # type: ignore[return-value]


class Account(Page):
    """My own account: who I am here, and my password."""

    kind = "Account"
    route_base = "/account"

    @door("/", PUBLIC, methods=("GET", "POST"))
    def index(self) -> Response | str | tuple[str, int]:
        actor = current_actor()
        if actor.user_id is None:
            return redirect(url_for("SignIn.login", next=request.path))  # type: ignore[return-value]
        if request.method == "GET":
            return self._form({}, ())
        try:
            # What was typed is read for what is missing, and then taken as it is: a space may belong to a password.
            asked = {name: request.form.get(name, "") for name in read_arguments(CHANGE, typed_values())}
            with transaction():
                change_password(actor=actor, **asked)
        except Invalid as invalid:
            return self._form(invalid.problems, ()), 422
        except Refused as refused:
            return self._form({}, tuple(reason.render() for reason in refused.reasons)), 409
        end_sessions_of(actor.user_id, but=current_session().token)
        flash(_("Your password is changed; other sessions of yours are ended."), "success")
        return redirect(url_for("Account.index"))  # type: ignore[return-value]

    def _form(self, problems: Any, errors: tuple[str, ...]) -> str:
        fields = [
            pages.FieldView(
                **{name: getattr(shown, name) for name in ("name", "label", "hint", "required", "errors")},
                kind="password",
                autocomplete="current-password" if argument.name == "current" else "new-password",
            )
            for argument in CHANGE
            for shown in [field_of(argument, {}, problems)]
        ]
        form = pages.FormPage(
            title=_("Account and security"),
            lead=current_actor().name,
            url=url_for("Account.index"),
            groups=[(_("Change the password"), "", fields)],
            confirm=_("Change the password"),
            errors=errors,
        )
        return self.render("kernel/form.html", form_page=form)
