"""How existing organizations come by their accounts: the Centre's letters, and the public page that takes their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from sqlalchemy import Select

from kernel import pages
from kernel.actor import Actor
from kernel.arguments import arguments_of, read_arguments
from kernel.attempts import MINUTES
from kernel.chosen import chosen_ids
from kernel.clock import local, now, today
from kernel.db import transaction
from kernel.drawing import day_words
from kernel.errors import Invalid, Refused
from kernel.identity import current_actor, current_locale
from kernel.lists import ListState
from kernel.module import Figure
from kernel.proof import proof_fields, take_proof
from kernel.sessions import attempts_left
from kernel.sign_in import too_many
from kernel.speech import gettext as _, lazy_gettext as _l, ngettext
from kernel.steps import field_of, typed_values
from kernel.views import Column, Filter, Page, RecordView, Search, door
from kernel.words import Sentence
from orgs import queries
from orgs.credit_code import normalize
from orgs.models import Organization
from orgs.operations import claim_account, write_claim_letters
from orgs.operations.claims import MOST_LETTERS, too_many_letters
from orgs.queries.claims import UNCLAIMED, has_letter, letters_of, sorted_for_letters
from orgs.reference import districts
from orgs.reports.claim_letter import build_claim_letters
from orgs.views import cells
from orgs.views.chosen import NOUN, chosen_row

Problems = Mapping[str, Sequence[Sentence]]

MOST_CLAIMS_OF_ADDRESS = 20  # in a quarter of an hour: an office that claims several accounts may mistype a few
MOST_CLAIMS_OF_ORGANIZATION = 10  # in an hour, from everywhere
HOUR = 60
LONGEST_CODE = 18
CLAIM = arguments_of(claim_account)


class ClaimView(RecordView):
    """The organizations for which nobody acts, and the letters that are on their way to them."""

    model = Organization
    kind = "Claim"
    route_base = "/claims"
    title = _l("Organizations without an account")
    base_order = "name"
    has_records = False
    search = Search(_l("Name, former name, pinyin or credit code"), queries.found_by)
    columns = (
        Column("name", _l("Organization / credit code"), lambda one: one.name, sort=Organization.name_pinyin),
        Column(
            "district",
            _l("District"),
            lambda one: cells.district_name(one.district_code),
            sort=Organization.district_code,
        ),
        Column("type", _l("Type"), lambda one: cells.word(one.type), sort=Organization.type),
        Column(
            "projects", _l("Projects in all"), lambda one: one.projects_total, Organization.projects_total, numeric=True
        ),
        Column("letter", _l("Letter"), lambda one: one.letter),
    )
    filters = (
        Filter(
            "letter",
            _l("Letter"),
            lambda: [("none", _("None yet")), ("open", _("Good still")), ("over", _("Too old"))],
            has_letter,
        ),
        Filter(
            "district",
            _l("District"),
            lambda: list(districts(current_locale()).items()),
            lambda code: Organization.district_code == code,
        ),
    )

    def query(self) -> Select[Any]:
        return UNCLAIMED

    def list_lead(self) -> str:
        return _("Choose organizations and print a letter for each: with its code they claim their account themselves.")

    def list_page(self, state: ListState, records: Sequence[Any], paging: pages.Paging) -> pages.ListPage:
        until = letters_of(one.id for one in records)
        for one in records:
            one.letter = letter_cell(until.get(one.id))
        page = super().list_page(state, records, paging)
        if current_actor().may("write_letters", "Claim"):
            page.bulk_url = url_for("ClaimView.letters")
            page.bulk = (("write_letters", _("Print letters"), "envelope"),)
        return page

    def record_url(self, record: Organization) -> str:
        return f"/organizations/{record.id}"

    def row_code(self, record: Organization) -> str:
        return record.credit_code

    def row_label(self, record: Organization) -> str:
        return record.name

    def empty(self, state: ListState) -> pages.EmptyView:
        if state.is_narrowed:
            return super().empty(state)
        return pages.EmptyView(_("Every organization has an account"), icon="check2-circle")

    @door("/letters", "write_letters", methods=("POST",))
    def letters(self) -> Response | str | tuple[str, int]:
        """Ask once more for the chosen organizations, then give the letters as one file, the only one there will be."""
        chosen = chosen_ids()
        if not chosen:
            flash(_("Choose one organization at least."), "warning")
            return redirect(self.list_url())  # type: ignore[return-value]
        if "sure" not in request.form:
            return letters_page(chosen)
        try:
            if wrong := take_proof():
                raise Invalid(wrong)
            with transaction():
                written = write_claim_letters(chosen, actor=current_actor())
                content = build_claim_letters(written, day=today()).build()
        except Invalid as invalid:
            return letters_page(chosen, invalid.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            told = [reason.render() for reason in refused.reasons]
            return letters_page(chosen, {}, told), HTTPStatus.CONFLICT
        answer = Response(content, mimetype="application/pdf", headers={"Cache-Control": "private, no-store"})
        answer.headers.set("Content-Disposition", "attachment", filename=f"claim-letters-{now():%Y%m%d-%H%M}.pdf")
        return answer


def letters_page(chosen: Sequence[int], problems: Problems | None = None, errors: Sequence[str] = ()) -> str:
    """Ask once more: to whom letters would go, to whom they cannot and why, and for the password."""
    able, left = sorted_for_letters(chosen)
    if len(able) > MOST_LETTERS:
        errors = [*errors, too_many_letters(len(able)).render()]
    if not able:
        errors = [*errors, _("None of these organizations can be sent a letter.")]
    title = ngettext("Print %(num)s letter", "Print %(num)s letters", len(able))
    page = pages.FormPage(
        title=title,
        lead=_("The codes stand in this file alone: keep it until the letters are printed, then delete it."),
        url=url_for("ClaimView.letters"),
        fields=proof_fields(problems),
        crumbs=[(str(ClaimView.title), url_for("ClaimView.index")), (_("Print letters"), None)],
        back_url=url_for("ClaimView.index"),
        errors=errors,
        confirm=_("Make the letters"),
        note=(
            "info",
            _("Each code is good for 60 days. Earlier letters of these organizations are void from then on."),
        ),
    )
    return render_template(
        "orgs/claim_letters.html",
        form_page=page,
        chosen=[one.id for one in able],
        able=[chosen_row(one) for one in able],
        noun=NOUN,
        able_title=title,
        left=[chosen_row(one, why=why.render()) for one, why in left],
        shown=MOST_LETTERS,
        changes="",
    )


class ClaimPage(Page):
    """Where whoever holds a letter claims the account of their organization; open to all, telling nobody anything."""

    kind = "Claim"
    route_base = "/claim"

    @door("/", "claim", methods=("GET", "POST"))
    def index(self) -> str | tuple[str, int]:
        """Take both codes, a name and an address; the answer to a wrong code is always the same."""
        if request.method == "GET":
            return self._form({}, {})
        typed = typed_values()
        if is_one_too_many(str(typed.get("credit_code", ""))):
            return self._form(typed, {}, [too_many()]), HTTPStatus.TOO_MANY_REQUESTS
        try:
            arguments = read_arguments(CLAIM, {**typed, "locale": current_locale()})
            with transaction():
                claim_account(actor=current_actor(), **arguments)
        except Invalid as invalid:
            return self._form(typed, invalid.problems), HTTPStatus.UNPROCESSABLE_ENTITY
        except Refused as refused:
            return self._form(typed, {}, [reason.render() for reason in refused.reasons]), HTTPStatus.CONFLICT
        told = _(
            "A letter with a link is on its way to %(email)s. Open the link within 7 days and choose your password."
            " If no letter comes, use the codes once more and compare the address.",
            email=arguments["email"],
        )
        return self.render("orgs/claimed.html", heading=_("Look into your mail"), text=told)

    def _form(self, typed: Mapping[str, Any], problems: Problems, errors: Sequence[str] = ()) -> str:
        fields = [claim_field(field_of(one, typed, problems)) for one in CLAIM if one.name != "locale"]
        page = pages.FormPage(
            title=_("Claim your organization's account"),
            lead=_("The Centre has sent your organization a letter with a code. With it you become its administrator."),
            url=url_for("ClaimPage.index"),
            fields=fields,
            back_url=url_for("Home.index"),
            errors=errors,
            confirm=_("Claim the account"),
        )
        return self.render("orgs/claim.html", form_page=page)


def figures(actor: Actor) -> list[Figure]:
    """Show a visitor the way to their organization's account."""
    return [] if actor.user_id is not None else [Figure("orgs/claim_figure.html", {}, "aside", 90)]


def letter_cell(until: Any) -> Any:
    """Say until when an organization's letter is good."""
    if until is None:
        return cells.drawn("letter", "", False)
    return cells.drawn("letter", day_words(local(until).date()), until < now())


def claim_field(field: pages.FieldView) -> pages.FieldView:
    """Let nothing of the codes be kept by the browser, and the address be typed as one."""
    if field.name in {"credit_code", "code"}:
        return replace(field, autocomplete="off")
    if field.name == "consent":
        return replace(field, required=True)
    return (
        replace(field, kind="email", autocomplete="email")
        if field.name == "email"
        else replace(field, autocomplete="name")
    )


def is_one_too_many(credit_code: str) -> bool:
    """Count a try of this address and of this organization's, so that nobody guesses codes."""
    known = normalize(credit_code)[:LONGEST_CODE]
    counts = [
        attempts_left(f"claim-from:{request.remote_addr}", most=MOST_CLAIMS_OF_ADDRESS, minutes=MINUTES),
        attempts_left(f"claim-of:{known}", most=MOST_CLAIMS_OF_ORGANIZATION, minutes=HOUR),
    ]
    return min(counts) < 0
