"""The door to files, and the demo's page of letters."""

from __future__ import annotations

from uuid import UUID

from flask import Response, current_app

from kernel.clock import local
from kernel.db import transaction
from kernel.errors import NotFound
from kernel.files import find_file, open_file
from kernel.identity import current_actor
from kernel.mailsink import list_messages
from kernel.settings import Settings
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import PUBLIC, Page, door


class Files(Page):
    """Files under their public ids, each found through its reader's scope."""

    kind = "StoredFile"
    route_base = "/files"

    @door("/<uuid:public_id>", PUBLIC)
    def index(self, public_id: UUID) -> Response:
        """Send a file as an attachment; another's file and an absent one are the same 404."""
        actor = current_actor()
        with transaction():
            opened = open_file(actor, find_file(public_id))
        return Response(opened.stream, headers=opened.headers, direct_passthrough=True)


class DemoMail(Page):
    """The letters that the demo's own mail server took; never there where a real mail server is set."""

    kind = "Letter"
    route_base = "/letters"
    title = _l("Letters of the demo")

    @door("/", "list")
    def index(self) -> str:
        settings: Settings = current_app.config["YULAN"]
        if not (settings.embedded and settings.keeps_mail):
            raise NotFound
        letters = [
            (f"{local(letter.arrived_at):%m-%d %H:%M}", ", ".join(letter.recipients), letter.subject, letter.text)
            for letter in list_messages(settings.mail)[:200]
        ]
        return self.render("kernel/letters.html", title=_("Letters of the demo"), letters=letters)
