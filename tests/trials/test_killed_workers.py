"""Nothing half done: workers are killed at random while a hundred deeds are sent; each deed is done once or not at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from kernel import audit
from kernel.clock import now
from kernel.db import db
from kernel.files import Storage
from kernel.module import MODULES
from kernel.permissions import permissions_of
from kernel.scope import all_records, whole
from kernel.workflow import Transition, Workflow
from tests.factories.hostile import SOUND_PDF
from tests.house.verdict import none_of
from tests.house.world import SYSTEM
from tests.trials.conftest import Person, Serving, Trial, until

SEED = 20261124
DEEDS = 100
KILLS, DELAY = 20, 0.03  # how many, and at most how many seconds after a deed was sent
EACH = 3  # steps of one kind
BOUNDARY = "f4c1b8"
STAFF = ("officer", "director", "finance", "funder")

PATHS = {
    "Activity": "/activities",
    "Application": "/applications",
    "AwardList": "/award-lists",
    "Call": "/calls",
    "Contract": "/contracts",
    "Evaluation": "/evaluations",
    "Expense": "/expenses",
    "FiscalYear": "/years",
    "Instalment": "/instalments",
    "Objection": "/objections",
    "Project": "/projects",
    "Rating": "/ratings",
    "Report": "/reports",
}


@dataclass
class Sent:
    """One deed as it was sent: by whom, where, what; how to see in the database what came of it; the last answer."""

    role: str
    url: str
    data: dict[str, Any]
    effects: str
    """SQL that counts how often the deed is done: 1, or 0 when it was refused."""
    kind: str = ""
    code: int = 0
    step: Transition[Any] | None = None
    subject: int = 0


def filled(flow: Workflow[Any], step: Transition[Any]) -> dict[str, str] | None:
    """Fill in what a step asks; None when it asks for more than words, money and days."""
    plain = {"text": "示例说明", "textarea": "示例说明文字，供试验之用。", "money": "1.00", "number": "1"}
    data = {}
    for argument in flow.arguments[step.name]:
        if argument.kind == "choice":
            data[argument.name] = argument.choices[0][0]
        elif argument.kind == "checkbox":
            data[argument.name] = "1"
        elif argument.kind in {"date", "file"}:
            return None
        else:
            data[argument.name] = plain[argument.kind]
    return data


def steps_to_take(connection: Connection) -> Iterator[Sent]:
    """Give steps of all kinds of records, each of a record of its own."""
    actors = {role: frozenset(permissions_of((role,))) for role in STAFF}
    for flow in [flow for module in MODULES for flow in module.workflows]:
        path = PATHS.get(flow.kind)
        table = next(model.__tablename__ for model in all_records() if model.__name__ == flow.kind)
        used: set[int] = set()
        for step in flow.transitions.values():
            data = filled(flow, step)
            role = next((role for role in STAFF if (step.verb, flow.kind) in actors[role]), None)
            if path is None or data is None or role is None or not step.by_person or step.fresh:
                continue
            states = ", ".join(f"'{state.value}'" for state in step.source)
            asked = text(f"SELECT id, version FROM {table} WHERE state IN ({states}) ORDER BY id DESC LIMIT 30")
            rows = [row for row in connection.execute(asked) if row.id not in used][:EACH]
            for row in rows:
                used.add(row.id)
                effects = (
                    f"SELECT count(*) FROM audit_event WHERE action = '{flow.kind}.{step.name}'"
                    f" AND subject_kind = '{flow.kind}' AND subject_id = {row.id}"
                    f" AND changes -> 'state' ->> 1 = '{step.target.value}' AND seq > :seq"
                )
                url = f"{path}/{row.id}/steps/{step.name}"
                yield Sent(role, url, {"version": str(row.version), **data}, effects, step=step, subject=row.id)


def set_asides(connection: Connection) -> Iterator[Sent]:
    """Give movements of money without end, each with a note of its own."""
    year = connection.scalar(text("SELECT id FROM fiscal_year WHERE state = 'approved' ORDER BY year DESC LIMIT 1"))
    for number in range(DEEDS):
        data = {"aside": "reserve", "amount": f"{number + 1}.00", "reason": f"试验第{number}笔"}
        effects = f"SELECT count(*) FROM journal WHERE note = '{data['reason']}'"
        yield Sent("finance", f"/years/{year}/deeds/set-aside", data, effects)


def writings(connection: Connection, organization: int) -> Iterator[Sent]:
    """Give saves and files of a draft: only the last save must be found."""
    wanted = text(
        "SELECT a.id FROM application a JOIN call c ON c.id = a.call_id WHERE a.organization_id = :own"
        " AND a.state IN ('draft', 'returned') AND c.state = 'open' ORDER BY a.id LIMIT 1"
    )
    draft = connection.scalar(wanted, {"own": organization})
    assert draft is not None, "the world has no draft that can be written in"
    for number in range(10):
        need = f"第{number}稿：受访母亲多数不知道怎样和孩子谈家里的变化，缺少持续陪伴与家庭间互助。"
        effects = f"SELECT count(*) FROM application WHERE id = {draft} AND need = '{need}'"
        yield Sent("org_admin", f"/applications/{draft}/form/need", {"need": need}, effects)
        content = SOUND_PDF + f"% {number}\n%%EOF\n".encode()
        effects = f"SELECT count(*) FROM stored_file WHERE sha256 = '{sha256(content).hexdigest()}'"
        data = {"kind": "other", "file": content}
        yield Sent(
            "org_admin", f"/applications/{draft}/files", data, effects, f"multipart/form-data; boundary={BOUNDARY}"
        )


def body_of(sent: Sent, csrf: str, key: str) -> dict[str, str] | bytes:
    """Give the form as a browser sends it, with whose it is and which one."""
    fields = {"csrf_token": csrf, "form_key": key, **sent.data}
    if not sent.kind:
        return {name: str(value) for name, value in fields.items()}
    parts = b""
    for name, value in fields.items():
        more = f'; filename="{key}.pdf"' if isinstance(value, bytes) else ""
        content = value if isinstance(value, bytes) else value.encode()
        parts += (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"
        )
    return parts + f"--{BOUNDARY}--\r\n".encode()


def send_all(person: Person, mine: list[Sent], dice: Random, begun: list[Sent]) -> None:
    """Send one person's deeds one after the other, each until there is an answer."""
    person.come_in()
    for sent in mine:
        body = body_of(sent, person.csrf, f"{dice.getrandbits(96):024x}")
        begun.append(sent)
        sent.code, _place, _page = person.insist("POST", sent.url, body, sent.kind)


def kill_workers(serving: Serving, begun: list[Sent], dice: Random) -> None:
    """Kill a worker, any, shortly after each of some deeds was sent, however fast the machine is."""
    for place in sorted(dice.sample(range(DEEDS), KILLS)):
        until(lambda place=place: len(begun) > place, f"deed {place}", pause=0.001)
        time.sleep(dice.uniform(0, DELAY))
        until(serving.workers, "a worker")
        dice.choice(serving.workers() or serving.children).kill()


@pytest.mark.slow
def test_a_hundred_deeds_under_workers_that_are_killed_are_each_done_once_or_not_at_all(
    trial: Trial, owner: Connection, world_people: dict[str, Any], serving: Callable[..., Serving]
) -> None:
    web = serving("web")
    deeds = [*steps_to_take(owner), *writings(owner, world_people["org_admin"])]
    deeds += list(set_asides(owner))[: DEEDS - len(deeds)]
    assert len(deeds) == DEEDS
    start = {name: owner.scalar(text(f"SELECT coalesce(max({name}), 0) FROM {table}")) for name, table in MARKS}
    by_role: dict[str, list[Sent]] = {}
    for sent in deeds:
        by_role.setdefault(sent.role, []).append(sent)
    people = {role: Person(web.port, trial.tokens[role, "zh"]) for role in by_role}
    people["officer"].come_in()

    begun: list[Sent] = []
    with ThreadPoolExecutor(len(people) + 1) as pool:
        killing = pool.submit(kill_workers, web, begun, Random(SEED))
        sending = [pool.submit(send_all, people[role], by_role[role], Random(role), begun) for role in people]
        for one in [killing, *sending]:
            one.result()

    assert sum(person.lost for person in people.values()) >= 3
    done = [sent for sent in deeds if sent.code == 302]
    assert len(done) >= DEEDS * 0.6, sorted({(sent.url, sent.code) for sent in deeds if sent.code != 302})
    none_of(wrong_effects(owner, deeds, start["seq"]))
    none_of(wrong_books(owner))
    none_of(wrong_notices(owner, done, start["message.id"]))
    none_of(wrong_files(owner, trial, start["stored_file.id"]))
    db.session.remove()
    assert audit.verify().is_whole


MARKS = (("seq", "audit_event"), ("message.id", "message"), ("stored_file.id", "stored_file"))


def wrong_effects(owner: Connection, deeds: list[Sent], seq: int) -> Iterator[str]:
    """Name each deed that is done more or less often than it was told."""
    saves = [sent for sent in deeds if sent.url.endswith("/form/need")]
    for sent in deeds:
        if sent in saves[:-1]:
            continue
        found = owner.scalar(text(sent.effects), {"seq": seq} if ":seq" in sent.effects else {})
        if found != (sent.code == 302):
            yield f"{sent.url} {sent.data if not sent.kind else ''} was answered {sent.code} and is done {found} times"


def wrong_books(owner: Connection) -> Iterator[str]:
    """Name every journal that does not sum to zero, and every balance that is not the sum of its postings."""
    for told, asked in {
        "journal": "SELECT journal_id FROM posting GROUP BY journal_id HAVING sum(amount) <> 0 OR count(*) <> 2",
        "account": "SELECT a.id FROM ledger_account a LEFT JOIN posting p ON p.account_id = a.id GROUP BY a.id"
        " HAVING a.balance <> coalesce(sum(p.amount), 0)",
        "sum": "SELECT 1 FROM posting HAVING sum(amount) <> 0",
        "journal without postings": "SELECT id FROM journal WHERE id NOT IN (SELECT journal_id FROM posting)",
    }.items():
        yield from (f"{told} {row[0]}" for row in owner.execute(text(asked)))


def wrong_notices(owner: Connection, done: list[Sent], first: int) -> Iterator[str]:
    """Name each step whose people were not told, or told twice."""
    asked = text(
        "SELECT recipient_id, count(*) AS times FROM message WHERE id > :first AND kind = :kind AND subject_id = :pk GROUP BY 1"
    )
    for sent in done:
        for notice in sent.step.notices if sent.step else ():
            rows = owner.execute(asked, {"first": first, "kind": notice.key, "pk": sent.subject}).all()
            if any(row.times != 1 for row in rows):
                yield f"{sent.url}: {rows}"
            yield from [f"{sent.url}: nobody was told"] * (not rows and has_recipients(sent, notice))


def has_recipients(sent: Sent, notice: Any) -> bool:
    """Say whether there is anybody to tell but the one who did it."""
    model = next(model for model in all_records() if sent.step and model.__name__ == KINDS[sent.url.split("/")[1]])
    with whole(SYSTEM, "tests"):
        record = db.session.scalars(select(model).where(model.id == sent.subject)).one()
        people = set(notice.to(record))
    return len(people) > 1


KINDS = {path.strip("/"): kind for kind, path in PATHS.items()}


def wrong_files(owner: Connection, trial: Trial, first: int) -> Iterator[str]:
    """Name each new row without its file, and each file that no row knows after the night's sweep."""
    storage = Storage(trial.var / "files")
    known = set(owner.scalars(text("SELECT sha256 FROM stored_file")))
    for digest in owner.scalars(text("SELECT sha256 FROM stored_file WHERE id > :first"), {"first": first}):
        if not storage.holds(digest):
            yield f"no file for {digest}"
    storage.sweep(known, before=now() + timedelta(minutes=1))
    left = {path.name for path in storage.root.rglob("*") if path.is_file()} - known
    yield from (f"orphan {name}" for name in left)
