"""Reading changes nothing: no page that is asked for by GET writes anything but that somebody was there."""

from __future__ import annotations

import re

from sqlalchemy import text

from kernel.files import Storage, use_storage
from kernel.permissions import kind_of
from tests.house.access import ACCESS
from tests.house.test_access import address, model_of, rules
from tests.house.verdict import none_of
from tests.house.world import VISITOR, World

WRITES = re.compile(
    r'^\s*(?:WITH\b.*\b)?(INSERT INTO|UPDATE|DELETE FROM|TRUNCATE)\s+"?(\w+)', re.IGNORECASE | re.DOTALL
)
OF_THE_DOOR = {"web_session", "throttle"}
"""When somebody was last seen, which language they chose, how often something was tried."""
READS_ARE_WRITTEN = {"Files.index", "Inbox.message", *(name for name in ACCESS if name.endswith(".export"))}
"""Who takes a list out or opens a restricted file goes into the trail, as the domain asks; an opened message is no longer new."""


def readers(endpoint: str) -> list[str]:
    """Give one role of each kind of reader that comes in: what a page does depends on the kind, not on the name."""
    seen = {}
    for role in sorted(ACCESS[endpoint].get):
        seen.setdefault("visitor" if role == VISITOR else kind_of((role,)), role)
    return list(seen.values())


def addresses(world: World, endpoint: str, role: str) -> list[str]:
    """Give the address of a route for a role's own record, with the junk and the narrowing that people send along."""
    arguments = rules(world.app)[endpoint].arguments
    if "public_id" in arguments or "code" in arguments or "token" in arguments:
        return []
    if "pk" not in arguments:
        url = address(world, endpoint)
        return [url, f"{url}?q=1&page=2&order=-id&delete=1&state=draft"]
    mine = world.seen_by(role, model_of(world, endpoint))
    return [address(world, endpoint, mine[0])] if mine else []


def books(world: World) -> dict[str, str]:
    """Give a check sum of every table of the house but the door's."""
    wanted = text(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND has_table_privilege('g_deed', oid, 'SELECT')"
    )
    tables = sorted(set(world.connection.scalars(wanted)) - OF_THE_DOOR)
    told = {}
    with world.connection.begin_nested():
        world.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
        for table in tables:
            asked = f"SELECT count(*), sum(hashtextextended(row::text, 7)::numeric) FROM {table} AS row"
            told[table] = str(world.connection.execute(text(asked)).one())
        world.connection.exec_driver_sql("SET LOCAL ROLE NONE")
    return told


def test_no_page_that_is_read_writes_anything(world: World) -> None:
    use_storage(Storage(world.app.config["YULAN"].files))
    before, written, asked = books(world), [], 0
    for endpoint in sorted(name for name, row in ACCESS.items() if row.get and name not in READS_ARE_WRITTEN):
        for role in readers(endpoint):
            for url in addresses(world, endpoint, role):
                answer = world.ask(world.client(role), url)
                asked += 1
                told = {found[2] for line in answer.statements if (found := WRITES.match(line))} - OF_THE_DOOR
                written += [f"{role} {url}: {', '.join(sorted(told))}"] * bool(told)

    none_of(written)
    assert books(world) == before
    assert asked > 150


def test_a_write_is_seen_by_the_trial_above() -> None:
    seen = [
        "INSERT INTO message (kind) VALUES (1)",
        'update "call" set version = 2',
        "DELETE FROM job_run",
        "WITH gone AS (SELECT 1)\nDELETE FROM job_run",
    ]
    unseen = ["SELECT 1", "SET LOCAL ROLE g_org", "SELECT set_config('a', 'UPDATE x', true)"]

    assert [WRITES.match(line) is not None for line in seen] == [True] * 4
    assert [WRITES.match(line) is not None for line in unseen] == [False] * 3


def test_no_deed_is_done_by_following_a_link(world: World) -> None:
    """A deed's own address takes a form alone: GET shows its questions or is refused."""
    read = {rule.rule for name, rule in rules(world.app).items() if name in ACCESS and ACCESS[name].get}
    buttons = sorted(
        name for name, row in ACCESS.items() if row.post and not row.get and rules(world.app)[name].rule not in read
    )

    found = []
    for endpoint in buttons:
        role = min(ACCESS[endpoint].post - {VISITOR})
        for url in addresses(world, endpoint, role):
            answer = world.ask(world.client(role), url)
            if answer.code != 405:
                found.append(f"{url}: {answer.code}")

    none_of(found)
