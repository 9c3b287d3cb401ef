"""P3: the last minutes of a call: two thousand organizations save, attach and submit against its closing moment.

The house is the one that `run.py serve` brings up, web and database on this machine; the applicants are threads with a
session each. The call closes while the last of them are still at it. What was answered is then held against what the
database has: nothing that was acknowledged is lost or there twice, nothing came in after the moment, nobody was refused
before it.
"""

from __future__ import annotations

import re
import secrets
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from random import Random
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import Connection, create_engine, text

import config
from bench.start import House, served
from bench.table import Figure
from grants.rules.fields import TEXTS
from kernel.database import running_server
from kernel.sessions import hash_of
from kernel.settings import Settings

FOLDER = "bench-rush"
APPLICANTS = 2000
AT_ONCE = 12
SHARE_IN_TIME = 0.8
"""The part of the applicants who are through when the moment of the closing is set, `NOTICE` seconds ahead of it."""
NOTICE = 4.0
P95_LIMIT = 0.5
RATE_LEAST = 40.0
BOUNDARY = "b7c2e1d0"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
KEY = re.compile(r'name="key"[^>]*value="([^"]+)"')
VERSION = re.compile(r'data-version="(\d+)"')

PROTOTYPE = """
    SELECT a.id, a.call_id FROM application a JOIN call c ON c.id = a.call_id
    WHERE a.state = 'submitted' AND a.quota_id IS NOT NULL AND NOT c.has_lots ORDER BY a.id LIMIT 1
    """
DICE = Random(2000)
NEED = (
    "镇上三百余位独居老人子女多在外地，村妇联走访时发现他们最怕节日；学校门口每天下午有四十多名孩子无人接送，居委会腾出两间"
    "教室，请退休教师轮流看护，晚饭由社区食堂按成本价供应。前来的母亲说，最难的不是钱，是没有一个可以说话的人。"
)
WRITTEN = ("title", *TEXTS)
OF_A_CALL = ("call_quota", "call_rule")
PARTS = ("budget_line", "application_milestone", "team_member")


@dataclass
class Sent:
    """One request as it was answered: when it was sent and answered, by which code."""

    what: str
    sent: float
    answered: float
    code: int


@dataclass
class Applicant:
    """One organization's person with a draft that is complete, and what came of the last minutes."""

    application: int
    token: str
    mark: str
    requests: list[Sent] = field(default_factory=list)
    saved: bool = False
    attached: bool = False
    receipt: bool = False
    refused_at: tuple[float, float] | None = None


def measure() -> list[Figure]:
    """Let the call close over two thousand applicants, in a house of their own; gives what went wrong, and how fast."""
    with served(FOLDER) as house:
        return rush_at(house)


def rush_at(house: House) -> list[Figure]:
    """Let the last minutes pass in this house."""
    settings = Settings(modules=config.MODULES, var=house.var)
    with running_server(settings) as server:
        engine = create_engine(server.owner_url)
        with engine.begin() as connection:
            call, applicants = prepare(connection)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
            begun = time.time()
            closing = press(house, connection, call, applicants)
            taken = time.time() - begun
            figures = [*counted(connection, call, applicants, closing), *timed(applicants, taken)]
        engine.dispose()
    return figures


# What there is before the last minutes


def prepare(connection: Connection) -> tuple[int, list[Applicant]]:
    """Open a call of the bench's own, and give every organization a person with a session and a complete draft."""
    prototype, like = connection.execute(text(PROTOTYPE)).one()
    mark = secrets.token_hex(4)
    open_now = {
        "number": f"'RUSH-{mark}'",
        "state": "'open'",
        "closes_at": "now() + interval '50 minutes'",
        "form_number": "0",  # its own questions stay with the call that asked them
        "cap_first_time": "cap_per_project",  # half of the organizations had no contract yet; nobody shall be refused for it
    }
    call = _copied(connection, "call", f"id = {like}", open_now)
    for part in OF_A_CALL:
        _copied(connection, part, f"call_id = {like}", {"call_id": str(call)})
    organizations = connection.scalars(
        text("SELECT id FROM organization WHERE status = 'active' ORDER BY id LIMIT :most"), {"most": APPLICANTS}
    ).all()
    applicants = []
    for place, organization in enumerate(organizations):
        name, token = f"rush-{mark}-{place}", secrets.token_urlsafe(24)
        _person(connection, name, organization, token)
        application = _draft(connection, prototype, organization, f"{mark}-{place}", call)
        applicants.append(Applicant(application, token, name))
    return call, applicants


def _person(connection: Connection, name: str, organization: int, token: str) -> None:
    user = connection.scalar(
        text(
            "INSERT INTO ab_user (id, first_name, last_name, username, email, active, created_on, changed_on)"
            " VALUES (nextval('ab_user_id_seq'), :name, '', :name, :name || '@yulan.example', true, now(), now())"
            " RETURNING id"
        ),
        {"name": name},
    )
    connection.execute(
        text(
            "INSERT INTO ab_user_role (id, user_id, role_id) SELECT nextval('ab_user_role_id_seq'), :user, id"
            " FROM ab_role WHERE name = 'org_admin'"
        ),
        {"user": user},
    )
    connection.execute(
        text(
            "INSERT INTO account (user_id, organization_id, locale, must_change_password, version, created_at)"
            " VALUES (:user, :organization, 'zh', false, 1, now())"
        ),
        {"user": user, "organization": organization},
    )
    connection.execute(
        text(
            "INSERT INTO web_session (id, user_id, data) VALUES"
            " (:id, :user, jsonb_build_object('csrf_token', md5(:id), 'locale', 'zh'))"
        ),
        {"id": hash_of(token), "user": user},
    )


def _draft(connection: Connection, prototype: int, organization: int, number: str, call: int) -> int:
    """Copy an application that was handed in, with all its parts and files, back into a draft of another's."""
    other: dict[str, Any] = {
        "number": f"'RUSH-{number}'",
        "call_id": str(call),
        "organization_id": str(organization),
        "state": "'draft'",
        "form_version_id": "NULL",
        "quota_id": "NULL",
        "submitted_at": "NULL",
        "submitted_by_id": "NULL",
        "submission_key": "NULL",
        "version_number": "0",
        "return_reason": "NULL",
        "return_due_on": "NULL",
        "declared": "false",
        "open_points": "'[]'::jsonb",
    }
    application = _copied(connection, "application", f"id = {prototype}", other)
    _write_anew(connection, application)
    for part in PARTS:
        of = {"application_id": str(application), "organization_id": str(organization)}
        _copied(connection, part, f"application_id = {prototype}", of)
    files = {
        "owner_id": str(application),
        "organization_id": str(organization),
        "public_id": "gen_random_uuid()",
        "superseded_by_id": "NULL",
    }
    _copied(connection, "stored_file", f"owner_kind = 'Application' AND owner_id = {prototype}", files)
    return application


def _write_anew(connection: Connection, application: int) -> None:
    """Give an application texts that nobody else wrote, as long as those it was copied with."""
    wanted = f"SELECT {', '.join(WRITTEN)} FROM application WHERE id = :pk"
    told = connection.execute(text(wanted), {"pk": application}).mappings().one()
    own = {name: shuffled(told[name]) for name in WRITTEN}
    put = ", ".join(f"{name} = :{name}" for name in WRITTEN)
    connection.execute(text(f"UPDATE application SET {put} WHERE id = :pk"), {"pk": application, **own})


def shuffled(told: str) -> str:
    """Give the letters of a text in another order: as long, and nobody else's."""
    return "".join(DICE.sample(told, len(told)))


def _copied(connection: Connection, table: str, where: str, other: dict[str, str]) -> int:
    """Copy rows with some columns otherwise; gives the id of the last."""
    columns = connection.scalars(
        text(
            "SELECT column_name FROM information_schema.columns WHERE table_name = :table"
            " AND is_generated = 'NEVER' AND is_identity = 'NO' AND column_name <> 'id' ORDER BY ordinal_position"
        ),
        {"table": table},
    ).all()
    values = ", ".join(other.get(name, name) for name in columns)
    copies = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE {where} RETURNING id"
    return max(connection.scalars(text(copies)).all(), default=0)


# The last minutes


def press(house: House, connection: Connection, call: int, applicants: list[Applicant]) -> float:
    """Let all applicants come, many at once; gives the moment at which the call closed."""
    place = urlsplit(house.address)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(hurry, str(place.hostname), int(place.port or 80), one) for one in applicants]
        while sum(one.done() for one in running) < len(running) * SHARE_IN_TIME:
            time.sleep(0.05)
        closing = time.time() + NOTICE
        connection.execute(
            text("UPDATE call SET closes_at = to_timestamp(:moment) WHERE id = :call"),
            {"moment": closing, "call": call},
        )
        for one in running:
            one.result()
    return closing


def hurry(host: str, port: int, one: Applicant) -> None:
    """Save a text, attach a file, declare and submit, as a person does in the last minutes."""
    form = f"/applications/{one.application}/form"
    page = _ask(one, "page", host, port, "GET", f"{form}/need")
    csrf, version = TOKEN.search(page), VERSION.search(page)
    if csrf is None or version is None:
        return
    saved = {
        "csrf_token": csrf.group(1),
        "version": version.group(1),
        "need": one.mark + shuffled(NEED),
    }
    _ask(one, "save", host, port, "POST", f"{form}/need", saved, {"X-Autosave": "1", "Accept": "application/json"})
    one.saved = one.requests[-1].code == HTTPStatus.OK
    _ask(one, "attach", host, port, "POST", f"/applications/{one.application}/files", _upload(one, csrf.group(1)))
    one.attached = one.requests[-1].code == HTTPStatus.FOUND
    page = _ask(one, "page", host, port, "GET", f"{form}/declaration")
    key = KEY.search(page)
    if key is None:
        return
    _ask(
        one,
        "submit",
        host,
        port,
        "POST",
        f"/applications/{one.application}/submit",
        {"csrf_token": csrf.group(1), "key": key.group(1), "declared": "1"},
    )
    last = one.requests[-1]
    one.receipt = last.code == HTTPStatus.FOUND
    if last.code == HTTPStatus.CONFLICT:
        one.refused_at = (last.sent, last.answered)


def _upload(one: Applicant, csrf: str) -> bytes:
    parts = {"csrf_token": csrf, "kind": "other"}
    told = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{one.mark}.pdf"\r\n'
    return (told + head + "Content-Type: application/pdf\r\n\r\n").encode() + PDF + f"\r\n--{BOUNDARY}--\r\n".encode()


def _ask(
    one: Applicant,
    what: str,
    host: str,
    port: int,
    method: str,
    url: str,
    data: dict[str, str] | bytes | None = None,
    more: dict[str, str] | None = None,
) -> str:
    headers = {"Cookie": f"yulan=s.{one.token}", "Connection": "close", **(more or {})}
    if isinstance(data, dict):
        data = urlencode(data).encode()
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    elif data is not None:
        headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
    sent, line = time.time(), HTTPConnection(host, port, timeout=60)
    try:
        line.request(method, url, data, headers)
        answer = line.getresponse()
        page, code = answer.read().decode(), answer.status
    except (HTTPException, OSError):
        page, code = "", 0
    finally:
        line.close()
    one.requests.append(Sent(what, sent, time.time(), code))
    return page


# What came of it


def counted(connection: Connection, call: int, applicants: list[Applicant], closing: float) -> Iterator[Figure]:
    """Hold what was answered against what is there."""
    there = {
        row.id: row
        for row in connection.execute(
            text(
                "SELECT a.id, a.state, a.need, a.submitted_at,"
                " (SELECT count(*) FROM application_version v WHERE v.application_id = a.id) AS versions,"
                " (SELECT count(*) FROM stored_file f WHERE f.owner_kind = 'Application' AND f.owner_id = a.id"
                "  AND f.original_name LIKE 'rush-%') AS files"
                " FROM application a WHERE a.call_id = :call"
            ),
            {"call": call},
        )
    }
    lost = double = late = early = 0
    for one in applicants:
        row = there[one.application]
        lost += one.saved and not row.need.startswith(one.mark)
        lost += one.attached and row.files == 0
        lost += one.receipt and row.versions == 0
        double += row.versions > 1 or row.files > 1
        late += row.submitted_at is not None and row.submitted_at.timestamp() >= closing
        early += one.refused_at is not None and one.refused_at[1] < closing
    in_time = sum(one.receipt for one in applicants)
    errors = sum(
        sent.code not in {HTTPStatus.OK, HTTPStatus.FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}
        for one in applicants
        for sent in one.requests
    )
    refused = sum(one.refused_at is not None for one in applicants)
    told = f"{in_time} handed in, {refused} refused after the moment"
    for what, number in (
        ("acknowledged and not there", lost),
        ("there twice", double),
        ("taken after the closing moment", late),
        ("refused before the closing moment", early),
        ("answered with a fault or not at all", errors),
    ):
        yield Figure("P3", f"rush: {what}", number, 0, "requests", is_count=True, beside=told)
    answered = in_time + refused
    yield Figure("P3", "rush: left without a verdict", len(applicants) - answered, 0, "people", is_count=True)


def timed(applicants: list[Applicant], taken: float) -> Iterator[Figure]:
    """Give the 95th percentile of all answers, and how many there were in a second."""
    times = [sent.answered - sent.sent for one in applicants for sent in one.requests]
    p95 = statistics.quantiles(times, n=20)[-1]
    rate = len(times) / taken
    by_kind = {what: [] for what in ("page", "save", "attach", "submit")}
    for one in applicants:
        for sent in one.requests:
            by_kind[sent.what].append(sent.answered - sent.sent)
    told = ", ".join(f"{what} {statistics.median(taken) * 1000:.0f} ms" for what, taken in by_kind.items() if taken)
    yield Figure("P3", "rush: seconds for 95 of 100 answers", p95, P95_LIMIT, "s", beside=f"medians: {told}")
    yield Figure(
        "P3", "rush: seconds for forty answers", RATE_LEAST / rate, 1.0, "s", beside=f"{rate:.0f} answers a second"
    )
