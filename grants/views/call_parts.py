"""The parts of a call as its designer lists them: where each is changed, what it holds, and how it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from grants.models import Call
from grants.questions import Definition
from grants.rules.call_design import Gap
from grants.rules.calls import head_caps
from grants.rules.eligibility.choosing import Chosen
from grants.states import AttachmentKind, BudgetHead, TargetKind
from grants.views import cells
from grants.views.call_form import PARTS
from kernel.money import format_percent, format_yuan, sum_of
from kernel.speech import gettext as _, ngettext


@dataclass(frozen=True, slots=True)
class DesignPart:
    """One part: its place in the list of gaps, its name, where it is changed, and what it holds in words."""

    code: str
    label: str
    url: str
    told: str


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part in the list, as the macro of tasks shows it."""

    label: str
    url: str | None
    text: str
    chip: tuple[str, str, str] | None


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that is missing or would be better, and where it is mended."""

    text: str
    url: str


def designer_parts(call: Call, *, form: Definition, chosen: Chosen, documents: int) -> list[DesignPart]:
    """Give all parts in the order in which a call is built."""
    plain = _plain(call)
    own = {
        "quotas": (_("Categories and quotas"), url_for("CallView.quotas", pk=call.id), _quotas(call)),
        "lots": (_("Lots"), url_for("CallView.lots", pk=call.id), _lots(call)),
        "eligibility": (
            _("Conditions for applying"),
            url_for("CallRules.index", pk=call.id),
            ngettext("%(num)s rule", "%(num)s rules", len(chosen)),
        ),
        "form": (_("Form"), url_for("CallForms.index", pk=call.id), _form(form)),
        "documents": (
            _("Documents to download"),
            url_for("CallDocuments.index", pk=call.id),
            ngettext("%(num)s file", "%(num)s files", documents),
        ),
    }
    order = (
        *("basics", "dates", "quotas", "lots", "money", "heads", "instalments", "targets"),
        *("eligibility", "form", "attachments", "review", "procedure", "documents"),
    )
    return [DesignPart(code, *own[code]) if code in own else plain[code] for code in order]


def _plain(call: Call) -> dict[str, DesignPart]:
    caps = [f"{cells.word(head)} {format_percent(percent)}" for head, percent in head_caps(call).items()]
    comma = _(", ")
    told = {
        "basics": f"{call.title} · {cells.word(call.nature)}",
        "dates": _("%(start)s to %(end)s", start=cells.moment(call.opens_at), end=cells.moment(call.closes_at)),
        "money": _(
            "%(cap)s yuan a project, %(first)s for first-timers, fiscal share %(share)s",
            cap=format_yuan(call.cap_per_project),
            first=format_yuan(call.cap_first_time),
            share=format_percent(call.fiscal_percent),
        ),
        "heads": _(
            "%(count)s of %(all)s heads; caps: %(caps)s",
            count=len(call.budget_heads),
            all=len(BudgetHead),
            caps=comma.join(caps),
        ),
        "instalments": " / ".join(format_percent(part) for part in call.instalment_percents),
        "targets": comma.join(cells.word(kind) for kind in TargetKind if kind.value in call.target_kinds),
        "attachments": comma.join(cells.word(AttachmentKind(kind)) for kind in call.required_attachments) or "—",
        "review": ngettext(
            "%(count)s reviewer an application at least",
            "%(count)s reviewers an application at least",
            call.reviewers_least,
            count=call.reviewers_least,
        ),
        "procedure": _(
            "Working days: %(corrections)s for corrections, %(notice)s of public notice",
            corrections=call.correction_days,
            notice=call.notice_days,
        ),
    }
    return {
        code: DesignPart(code, str(PARTS[code][0]), url_for("CallDesigner.part", pk=call.id, name=code), words)
        for code, words in told.items()
    }


def _quotas(call: Call) -> str:
    if not call.quotas:
        return _("none yet")
    return _(
        "%(total)s yuan in quotas (%(count)s)",
        count=len(call.quotas),
        total=format_yuan(sum_of(quota.amount for quota in call.quotas)),
    )


def _lots(call: Call) -> str:
    lots = cells.lots_of(call)
    if not lots:
        return _("none: organizations propose projects of their own")
    return ngettext(
        "%(count)s lot, %(total)s yuan",
        "%(count)s lots, %(total)s yuan",
        len(lots),
        count=len(lots),
        total=format_yuan(sum_of(lot.amount for lot in lots)),
    )


def _form(form: Definition) -> str:
    count = sum(1 for _question in form.questions())
    if not count:
        return _("the built-in parts alone")
    return _("sections: %(sections)s, questions: %(questions)s", sections=len(form.sections), questions=count)


def line_of(part: DesignPart, gaps: Sequence[Gap], *, may_change: bool, read_url: str) -> PartLine:
    """Say how a part stands: what blocks the proposal first, then advice; who may not change it reads it in words."""
    mine = [gap for gap in gaps if gap.part == part.code]
    blocking = [gap for gap in mine if gap.blocks]
    if blocking:
        chip = ("bad", "exclamation-octagon-fill", _("Missing"))
    elif mine:
        chip = ("warn", "exclamation-triangle-fill", _("Have a look"))
    else:
        chip = ("ok", "check-circle-fill", _("Complete"))
    return PartLine(part.label, part.url if may_change else f"{read_url}#{part.code}", part.told, chip)
