"""The search of the frame: what it finds, for whom, at what cost, and by which index."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import Connection, text

from kernel.finding import search_pattern
from kernel.module import MODULES
from tests.house.world import PEOPLE, World

ORG_READERS = ("org_admin", "org_lead", "org_finance")


def found(world: World, role: str, word: str) -> dict[str, list[dict[str, str]]]:
    """Give what a role's person finds: kind → hits."""
    client = world.client(role)
    told = client.get("/search/found", query_string={"q": word}).json
    assert told is not None
    return {group["title"]: group["hits"] for group in told["groups"]}


def names(hits: list[dict[str, str]]) -> list[str]:
    return [hit["name"] for hit in hits]


@pytest.mark.parametrize(
    "word",
    ["木兰家庭", "木兰", "ｍｌｊｔｆｗ", "52310119QQ00004779", "５２３１０１１９ｑｑ００００４７７９", "qq0000477"],
)
def test_an_organization_is_found_by_any_part_of_its_name_its_initials_and_its_code(world: World, word: str) -> None:
    assert "示例·木兰家庭服务中心" in names(found(world, "officer", word)["机构名录"])


@pytest.mark.parametrize("word", ["2026-XM-0001", "xm-0001", "屋檐", "屋檐下的", "木兰家庭"])
def test_a_project_is_found_by_its_number_its_title_and_its_organization(world: World, word: str) -> None:
    hits = found(world, "officer", word)["项目"]

    assert {"屋檐下的倾听——单亲与重组家庭亲子沟通支持"} <= set(names(hits))
    assert {hit["url"] for hit in hits} <= {f"/projects/{pk}" for pk in world.all_of(world.model("Project"))}


def test_the_exact_number_comes_first_and_the_register_holds_the_rest(world: World) -> None:
    told = world.client("officer").get("/search/found?q=2026-XM").json
    assert told is not None
    projects = next(group for group in told["groups"] if group["title"] == "项目")
    everything = len(world.all_of(world.model("Project")))
    page = world.client("officer").get(projects["all"]["url"]).get_data(as_text=True)

    shown = int(re.findall(r"\d+", projects["all"]["name"])[0])
    assert len(projects["hits"]) == 5
    assert 5 < shown <= everything
    assert f"{shown} " in page
    assert found(world, "officer", "2026-XM-0002")["项目"][0]["number"] == "2026-XM-0002"


def test_pages_are_found_by_their_name_in_the_readers_language(world: World) -> None:
    assert found(world, "officer", "预算")["前往"] == [{"name": "年度预算", "number": "", "hint": "", "url": "/years/"}]
    assert "前往" not in found(world, "org_admin", "预算")


@pytest.mark.parametrize("word", ["", " ", "木", "%", "_%", "\\", "' OR 1=1 --", "\x00\x00"])
def test_what_is_too_short_or_strange_finds_nothing_and_breaks_nothing(world: World, word: str) -> None:
    assert found(world, "officer", word) == {}


@pytest.mark.parametrize("role", ORG_READERS)
def test_an_organization_finds_only_what_is_its_own(world: World, role: str) -> None:
    """Each thing of everybody is asked for by its own number; only what the reader sees may come."""
    own = {name: {f"{pk}" for pk in world.seen_by(role, world.model(name))} for name in ("Project", "Application")}
    for word in ("2026-XM", "2027-SB", "2025-", "示例", "家庭"):
        for title, name in (("项目", "Project"), ("申报", "Application")):
            hits = found(world, role, word).get(title, [])
            assert {hit["url"].rpartition("/")[2] for hit in hits} <= own[name]
        assert "机构名录" not in found(world, role, word)


def canaries(world: World) -> list[tuple[str, int, str]]:
    """Give (kind's title, id, number) of records, one of each state and kind, to be asked for by number."""
    with world.connection.begin_nested():
        world.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
        asked = text(
            "SELECT '项目', max(id), max(number) FROM project GROUP BY organization_id UNION ALL"
            " SELECT '申报', max(id), max(number) FROM application GROUP BY organization_id, state UNION ALL"
            " SELECT '评估', max(id), max(number) FROM evaluation GROUP BY organization_id UNION ALL"
            " SELECT '协议', max(id), max(number) FROM contract GROUP BY organization_id"
        )
        rows = [tuple(row) for row in world.connection.execute(asked)]
        world.connection.exec_driver_sql("SET LOCAL ROLE NONE")
    return rows


MODELS = {"项目": "Project", "申报": "Application", "评估": "Evaluation", "协议": "Contract"}


@pytest.mark.parametrize("role", sorted(PEOPLE))
def test_nobody_finds_by_number_what_they_do_not_see(world: World, role: str) -> None:
    asked = canaries(world)[::4]
    seen = {title: set(world.seen_by(role, world.model(name))) for title, name in MODELS.items()}

    wrong = [
        (title, hit["url"])
        for _title, _pk, number in asked
        for title, hits in found(world, role, number).items()
        if title in seen
        for hit in hits
        if int(hit["url"].rpartition("/")[2]) not in seen[title]
    ]

    assert len(asked) > 20
    assert wrong == []


@pytest.mark.parametrize("role", sorted(PEOPLE))
def test_a_search_costs_one_statement_a_kind_and_eight_at_most(world: World, role: str) -> None:
    answer = world.ask(world.client(role), "/search/?q=家庭")

    assert answer.code == 200
    assert len(answer.statements) <= 8


def test_a_visitor_is_sent_to_the_door(world: World) -> None:
    assert world.ask(world.client("public"), "/search/?q=家庭").kind == "sign-in"
    assert world.ask(world.client("public"), "/search/found?q=家庭").kind == "sign-in"


def plan_of(connection: Connection, table: str, word: str) -> str:
    connection.exec_driver_sql("SET LOCAL ROLE g_staff")
    asked = text(f"EXPLAIN SELECT id FROM {table} WHERE search_text LIKE :pattern")
    plan = "\n".join(connection.scalars(asked, {"pattern": search_pattern(word)}))
    connection.exec_driver_sql("SET LOCAL ROLE NONE")
    return plan


@pytest.mark.parametrize("word", ["苜蓿", "苜蓿园", "xm-0019"])
@pytest.mark.parametrize("table", ["organization", "call", "application", "project", "contract", "evaluation"])
def test_every_kind_is_found_by_its_index(world: World, table: str, word: str) -> None:
    """Seldom words of two characters, which a plain trigram index does not know, go by the index too."""
    world.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")

    plan = plan_of(world.connection, table, word)

    assert f"ix_{table}_search_text" in plan
    assert "Seq Scan" not in plan


def test_two_characters_need_no_reading_of_the_whole_table(world: World) -> None:
    """Among some thousand titles; the same word without its pair would be looked for in every row."""
    world.connection.exec_driver_sql("CREATE TEMP TABLE many (search_text text)")
    filled = text(
        "INSERT INTO many SELECT yulan_search_text('2027-XM-' || n, '第' || n || '届' || md5(n::text) || '社区家庭服务')"
        " FROM generate_series(1, 5000) AS n"
    )
    world.connection.execute(filled)
    world.connection.exec_driver_sql("CREATE INDEX ON many USING gin (search_text gin_trgm_ops)")
    world.connection.exec_driver_sql("ANALYZE many")
    asked = text("EXPLAIN SELECT * FROM many WHERE search_text LIKE :pattern")

    paired = "\n".join(world.connection.scalars(asked, {"pattern": search_pattern("苜蓿")}))
    unpaired = "\n".join(world.connection.scalars(asked, {"pattern": "%苜蓿%"}))

    assert "Bitmap Index Scan" in paired
    assert "Seq Scan" not in paired
    assert "Seq Scan" in unpaired


def test_every_register_that_is_searched_from_the_frame_has_a_search_of_its_own() -> None:
    finds: list[Any] = [find for module in MODULES for find in module.finds]

    assert [find.view.__name__ for find in finds if find.view.search is None] == []
    assert [len(find.rows.selected_columns) for find in finds] == [4] * len(finds)
