"""An application as plain values, frozen at its submission: what reviewers read and versions are compared by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from grants.models import Application
from grants.queries.forms import frozen_form
from grants.rules.fields import TEXTS
from grants.states import AttachmentKind
from kernel.files import files_of


def snapshot_of(application: Application) -> dict[str, Any]:
    """Give everything that was handed in as JSON: amounts as decimal strings, days in ISO, files by their hashes."""
    held = [
        {"kind": file.kind, "name": file.original_name, "sha256": file.sha256, "id": str(file.public_id)}
        for file in files_of(application)
    ]
    by_kind: dict[str, list[dict[str, str]]] = {}
    for file in held:
        by_kind.setdefault(file["kind"], []).append(file)
    form = frozen_form(application, by_kind)
    attachments = [file for file in held if file["kind"] in _asked_kinds(form)]
    return {
        **({"form": form} if form else {}),
        "number": application.number,
        "call": {"id": application.call_id, "number": application.call.number, "title": application.call.title},
        "organization": _organization(application),
        "title": application.title,
        "category": {"code": application.category_code, "name": str(application.category or "")},
        "lot": str(application.lot or ""),
        "district": application.district_code,
        "starts_on": _day(application.starts_on),
        "ends_on": _day(application.ends_on),
        **{name: getattr(application, name) for name in TEXTS},
        "people": application.people,
        "person_times": application.person_times,
        "sessions": application.sessions,
        "requested": str(application.requested),
        "own_funds": str(application.own_funds),
        "donated_funds": str(application.donated_funds),
        "budget_lines": [_line(line) for line in application.budget_lines],
        "milestones": [
            {"title": one.title, "starts_on": _day(one.starts_on), "ends_on": _day(one.ends_on)}
            for one in application.milestones
        ],
        "team": [
            {
                "name": one.name,
                "role": one.role,
                "qualification": one.qualification,
                "has_licence": one.has_licence,
            }
            for one in application.team
        ],
        "attachments": attachments,
    }


def _asked_kinds(form: Mapping[str, Any] | None) -> set[str]:
    """Give the kinds of files that are asked for; the file of a question that is not asked any more stays behind."""
    sections = form["sections"] if form else ()
    own = {f"answer-{answer['key']}" for section in sections for answer in section["answers"]}
    return own | {kind.value for kind in AttachmentKind}


def written(told: Mapping[str, Any]) -> str:
    """Write plain values in the one way that a hash and a comparison can rely on."""
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _organization(application: Application) -> dict[str, Any]:
    organization = application.organization
    return {
        "id": organization.id,
        "name": organization.name,
        "credit_code": organization.credit_code,
        "type": organization.type.value,
        "founded_on": _day(organization.founded_on),
        "staff_count": organization.staff_count,
        "volunteer_count": organization.volunteer_count,
        "rating": organization.rating_grade.value if organization.rating_grade else None,
        "rating_valid_to": _day(organization.rating_valid_to),
        "projects_total": organization.projects_total,
    }


def _line(line: Any) -> dict[str, str]:
    return {
        "source": line.source.value,
        "head": line.head.value,
        "content": line.content,
        "price": str(line.price),
        "quantity": str(line.quantity),
        "unit": line.unit,
        "amount": str(line.amount),
    }


def _day(day: Any) -> str | None:
    return day.isoformat() if day else None
