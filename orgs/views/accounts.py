"""The bank accounts that organizations are paid to: masked in the register, in full to those who verify them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, flash, redirect, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from kernel import pages
from kernel.db import transaction
from kernel.errors import Refused
from kernel.identity import current_actor
from kernel.people import names_of
from kernel.speech import gettext as _, lazy_gettext as _l
from kernel.views import Column, Filter, RecordView, Search, door
from orgs import rules
from orgs.models import BankAccount, Organization
from orgs.operations import verify_account
from orgs.queries import found_by
from orgs.views import cells
from orgs.views.profile_changes import in_fours

ACTIONS = {
    "BankAccount.record": _l("Account entered"),
    "BankAccount.verify": _l("Account verified"),
    "ProfileChange.approve": _l("Account entered"),
}
CHECKED = {"yes": _l("Verified"), "no": _l("To be verified"), "ended": _l("Earlier account")}


def _of_state(code: str) -> Any:
    is_current = BankAccount.until.is_(None)
    if code == "ended":
        return ~is_current
    return is_current & (BankAccount.verified_on.is_(None) if code == "no" else BankAccount.verified_on.is_not(None))


class BankAccountView(RecordView):
    """Which accounts are verified and which wait, and each with its number for the one who compares it."""

    model = BankAccount
    kind = "BankAccount"
    route_base = "/accounts"
    title = _l("Bank accounts")
    options = (joinedload(BankAccount.organization),)
    record_options = (joinedload(BankAccount.organization),)
    search = Search(
        _l("Name, former name, pinyin or credit code"),
        lambda told: BankAccount.organization_id.in_(select(Organization.id).where(found_by(told))),
    )
    columns = (
        Column("organization", _l("Organization / credit code"), lambda one: one.organization.name),
        Column("bank", _l("Bank and branch"), lambda one: one.bank),
        Column("number", _l("Account number"), lambda one: one.masked),
        Column("since", _l("Counts"), lambda one: cells.span(one.since, one.until)),
        Column("verified", _l("Verified on"), lambda one: one.verified_on or _("To be verified")),
    )
    filters = (Filter("checked", _l("State"), lambda: [(key, str(word)) for key, word in CHECKED.items()], _of_state),)
    labels = {
        "holder": _l("Account holder"),
        "bank": _l("Bank and branch"),
        "number": _l("Account number"),
        "since": _l("From"),
        "until": _l("Until"),
        "verified_on": _l("Verified on"),
    }

    def row_code(self, record: BankAccount) -> str:
        return record.organization.credit_code

    def row_label(self, record: BankAccount) -> str:
        return f"{record.organization.name} {record.masked}"

    def record_page(self, record: BankAccount) -> pages.RecordPage:
        page = super().record_page(record)
        actor = current_actor()
        may_verify = actor.may("verify", self.kind)
        people = names_of((record.recorded_by_id, record.verified_by_id))
        page.title = self.row_label(record)
        page.chip = _chip(record)
        page.facts = [
            (_("Account holder"), record.holder),
            (_("Bank and branch"), record.bank),
            (_("Account number"), in_fours(record.number) if may_verify else record.masked),
            (_("Counts"), cells.span(record.since, record.until)),
            (_("Entered by"), people.get(record.recorded_by_id)),
            (_("Verified on"), record.verified_on),
            (_("Verified by"), people.get(record.verified_by_id or 0)),
        ]
        if may_verify and rules.account_is_to_be_verified(record) is None:
            page.buttons = [self._button(record)]
        return page

    def crumbs(self, record: BankAccount) -> list[tuple[str, str | None]]:
        own = (record.organization.name, url_for("OrganizationView.record", pk=record.organization_id))
        return [(str(self.title), self.list_url()), own, (record.masked, None)]

    def _action(self, event: Any, workflow: Any) -> str:
        return str(ACTIONS[event.action]) if event.action in ACTIONS else super()._action(event, workflow)

    def _button(self, record: BankAccount) -> pages.ButtonView:
        label = _("Verify the account")
        told = _("Compare holder, bank and number with the bank's paper first.")
        reason = rules.is_verified_by_another(record, current_actor())
        return pages.ButtonView(
            "verify",
            label,
            url_for("BankAccountView.verify", pk=record.id),
            "patch-check",
            "primary",
            pages.DialogView(label, told, [], label),
            disabled=reason is not None,
            reason=reason.render() if reason else "",
        )

    @door("/<int:pk>/verify", "verify", methods=("GET", "POST"))
    def verify(self, pk: int) -> Response | str | tuple[str, int]:
        """Say that an account was compared with the bank's paper, or ask first."""
        account = self.find(pk)
        page = pages.StepPage(
            self._button(account), self.row_label(account), self.record_url(account), self.crumbs(account)
        )
        if request.method == "GET":
            return self.render("kernel/step.html", step=page)
        try:
            with transaction():
                verify_account(account, actor=current_actor())
        except Refused as refused:
            page.errors = [reason.render() for reason in refused.reasons]
            return self.render("kernel/step.html", step=page), HTTPStatus.CONFLICT
        flash(_("The account is verified"), "success")
        return redirect(self.record_url(account))  # type: ignore[return-value]


def _chip(account: BankAccount) -> tuple[str, str, str]:
    if account.until is not None:
        return "idle", "archive", str(CHECKED["ended"])
    if account.verified_on is None:
        return "warn", "person-exclamation", str(CHECKED["no"])
    return "ok", "check-circle-fill", str(CHECKED["yes"])
