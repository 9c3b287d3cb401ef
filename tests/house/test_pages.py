"""Every page as everybody reads it: nothing foreign, nothing inline, one heading, few statements, whole in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from kernel import lists
from kernel.db import METADATA, db
from kernel.encryption import Encrypted
from kernel.scope import see_as
from kernel.views import RecordView
from tests.house.access import ACCESS
from tests.house.test_access import address, rows_where, rules
from tests.house.verdict import none_of
from tests.house.world import Answer, World

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MOST_STATEMENTS = 8
OLD = re.compile(
    r"glyphicon.*|panel-(?:default|body|heading)|btn-(?:default|xs)|navbar-inverse|label-default|col-xs-\d+|img-responsive"
)
HAN = re.compile(r"[\u3400-\u9fff]+")
LATIN = re.compile(r"[A-Za-z]{4,}")
DATA = re.compile(
    r"[\w.+•-]+@[\w.-]+|https?://\S+|\b[\w-]+\.(?:pdf|csv|xlsx|docx|png|jpg)\b|\b[0-9A-Z]{12,}\b|\b[0-9a-f]{16,}\b"
)
ENGLISH_IN_CHINESE = {"Ctrl", "English", "Yulan", "xlsx"}
PAGES_OF_BOTH = {"/messages/words/application.submitted"}  # a form for the words of both languages
PARTS = re.compile(r"^/(?:imports|bundles)/\d+/progress$")  # no pages: what a script puts into one
CHINESE_IN_ENGLISH = {
    "中文",
    "序号",
    "项目名称",
    "批复金额",
}  # the language's own name; the columns of a file to import


class Reading(HTMLParser):
    """A page as a machine reads it: its tags with their attributes, and the words that people see."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._hidden = 0
        self._lang: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.words.append(data.strip())

    @cached_property
    def said(self) -> list[str]:
        """Give what is read or spoken: text, labels, placeholders and titles."""
        spoken = [
            value
            for _tag, given in self.tags
            for name, value in given.items()
            if name in {"aria-label", "placeholder", "title", "alt"} and value
        ]
        return [*self.words, *spoken]

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [given for name, given in self.tags if name == tag]


def pages(world: World, locale: str = "zh") -> Iterator[tuple[str, Answer]]:
    """Give every page that opens for somebody, with the first record of their own, as everybody who may read it.

    In English as one of them: what differs by reader has been looked at in Chinese.
    """
    for endpoint, row in sorted(ACCESS.items()):
        rule = rules(world.app)[endpoint]
        if not row.get or {"filename", "public_id", "locale"} & set(rule.arguments):
            continue
        for role in sorted(row.get) if locale == "zh" else [min(row.get - {"public"}, default="public")]:
            pk = None
            if "pk" in rule.arguments:
                model = world.model(row.of) if row.of else world.views[endpoint.split(".")[0]].model
                with_door = set(rows_where(world, model, row.where))
                pk = next((found for found in world.seen_by(role, model) if found in with_door), None)
                if pk is None:
                    continue
            answer = world.read(role, address(world, endpoint, pk), locale=locale)
            if answer.headers.get("Content-Type", "").startswith("text/html") and answer.code != 302:
                yield role, answer


def read(answer: Answer) -> Reading:
    """Read a page once, however many tests look at it."""
    if answer not in READ:
        READ[answer] = Reading(answer.page)
    return READ[answer]


READ: dict[Answer, Reading] = {}


def told(role: str, answer: Answer, what: object) -> str:
    return f"{role} {answer.url}: {what}"


def test_no_page_is_a_fault(world: World) -> None:
    none_of([told(role, answer, answer.code) for role, answer in pages(world) if answer.code >= 500])


def test_a_page_costs_at_most_eight_statements(world: World) -> None:
    none_of(
        [
            told(role, answer, len(answer.statements))
            for role, answer in pages(world)
            if answer.code == 200 and len(answer.statements) > MOST_STATEMENTS
        ]
    )


def test_every_answer_carries_its_headers(world: World) -> None:
    wrong = []
    for role, answer in pages(world):
        given = answer.headers
        if given.get("Content-Security-Policy") != POLICY or given.get("X-Content-Type-Options") != "nosniff":
            wrong.append(told(role, answer, "policy"))
        if given.get("Cache-Control") != "no-store" or given.get("X-Frame-Options") != "DENY":
            wrong.append(told(role, answer, "cache or frame"))

    none_of(wrong)


def test_nothing_is_foreign_inline_or_of_an_older_look(world: World) -> None:
    wrong = set()
    for role, answer in pages(world):
        reading = read(answer)
        for tag, given in reading.tags:
            for name, value in given.items():
                if name == "style" or name.startswith("on"):
                    wrong.add(told(role, answer, f"<{tag} {name}>"))
                if (
                    name in {"src", "href", "action", "srcset", "poster", "data", "formaction"}
                    and re.match(r"\s*(?:[a-z]+:)?//|\s*javascript:|\s*http", value or "", re.IGNORECASE)
                    and not (value or "").startswith("http://localhost/")
                ):
                    wrong.add(told(role, answer, f"<{tag} {name}={value}>"))
            if tag == "style" or (tag == "script" and not given.get("src")):
                wrong.add(told(role, answer, f"inline <{tag}>"))
            old = [one for one in (given.get("class") or "").split() if OLD.fullmatch(one)]
            if old or "data-toggle" in given or "jquery" in (given.get("src") or "").lower():
                wrong.add(told(role, answer, f"older look: {old}"))

    none_of(sorted(wrong))


def test_every_page_has_a_language_one_heading_and_a_title(world: World) -> None:
    wrong = []
    for role, answer in pages(world):
        if PARTS.search(answer.url):
            continue
        reading = read(answer)
        if not (reading.all("html") and reading.all("html")[0].get("lang") == "zh-CN"):
            wrong.append(told(role, answer, "language"))
        if len(reading.all("h1")) != 1:
            wrong.append(told(role, answer, f"{len(reading.all('h1'))} headings"))
        if len(reading.all("main")) != 1:
            wrong.append(told(role, answer, f"{len(reading.all('main'))} main parts"))
        if not re.search(r"<title>[^<]*\S[^<]*</title>", answer.page):
            wrong.append(told(role, answer, "no title"))

    none_of(wrong)


def test_every_form_that_writes_holds_its_token(world: World) -> None:
    wrong = []
    for role, answer in pages(world):
        for form in re.findall(r"<form\b[^>]*method=\"post\"[^>]*>.*?</form>", answer.page, re.DOTALL | re.IGNORECASE):
            if 'name="csrf_token"' not in form:
                wrong.append(told(role, answer, form[:90]))  # noqa: PERF401  (reads better as it is)

    none_of(wrong)


def test_every_id_is_given_once_and_every_label_leads_somewhere(world: World) -> None:
    wrong = []
    for role, answer in pages(world):
        reading = read(answer)
        ids = [given["id"] for _tag, given in reading.tags if given.get("id")]
        wrong += [told(role, answer, f"twice: {one}") for one in sorted({one for one in ids if ids.count(one) > 1})]
        for _tag, given in reading.tags:
            for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
                lost = [one for one in (given.get(name) or "").split() if one not in ids]
                wrong += [told(role, answer, f"{name} leads to nothing: {one}") for one in lost]

    none_of(sorted(set(wrong)))


def test_a_page_in_chinese_has_no_english_words(world: World) -> None:
    data = {*words_of_the_world(world), *ENGLISH_IN_CHINESE}
    wrong = {
        f"{answer.url}: {word}"
        for _role, answer in pages(world)
        if answer.url not in PAGES_OF_BOTH
        for text in read(answer).said
        for word in LATIN.findall(DATA.sub(" ", text))
        if word not in data
    }

    none_of(sorted(wrong))


def test_a_page_in_english_has_no_chinese_words(world: World) -> None:
    data = words_of_the_world(world)
    wrong = {
        f"{answer.url}: {word}"
        for _role, answer in pages(world, "en")
        if answer.url not in PAGES_OF_BOTH
        for text in read(answer).said
        for word in HAN.findall(text)
        if word not in CHINESE_IN_ENGLISH and not any(word in told for told in data)
    }

    none_of(sorted(wrong))


def words_of_the_world(world: World) -> list[str]:
    """Give every text that stands in the world's rows: names, titles, reasons, what people wrote."""
    if "words" not in world.kept:
        found: set[str] = set()
        with world.connection.begin_nested():
            world.connection.exec_driver_sql("SET LOCAL ROLE g_deed")
            columns = world.connection.exec_driver_sql(
                "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
                " AND data_type IN ('text', 'jsonb', 'ARRAY', 'character varying') AND table_name NOT LIKE 'ab\\_%%'"
                " AND table_name NOT IN ('web_session', 'throttle', 'alembic_version', 'message', 'audit_event')"
            ).all()
            for table, column in columns:
                for (text,) in world.connection.exec_driver_sql(f"SELECT DISTINCT {column}::text FROM {table}"):
                    found.update(HAN.findall(text or ""))
                    found.update(LATIN.findall(text or ""))
            for sealed in (column for table in METADATA.sorted_tables for column in table.c):
                if isinstance(sealed.type, Encrypted):
                    for (text,) in world.connection.execute(select(sealed)):
                        found.update(HAN.findall(text or ""))
            world.connection.exec_driver_sql("SET LOCAL ROLE NONE")
        names = [actor.name for actor in world.actors.values()]
        world.kept["words"] = sorted({*found, *names, "officer"})
    return world.kept["words"]


def registers(world: World) -> list[str]:
    return sorted(
        endpoint
        for endpoint in ACCESS
        if endpoint.endswith(".index") and isinstance(world.views.get(endpoint.split(".")[0]), RecordView)
    )


def test_a_register_costs_the_same_for_one_row_and_for_fifty(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong, tried = [], 0
    for endpoint in registers(world):
        role = min(ACCESS[endpoint].get - {"public"})
        client, url, costs = world.client(role), address(world, endpoint), []
        client.get(url)
        for size in (1, 50):
            monkeypatch.setattr(lists, "SIZES", (size, 100))
            answer = world.ask(client, url)
            costs.append((len(answer.statements), answer.page.count("<tr")))
        tried += costs[1][1] > 3
        if costs[0][0] != costs[1][0]:
            wrong.append(f"{role} {url}: {costs[0][0]} for one row, {costs[1][0]} for {costs[1][1] - 1}")
    db.session.remove()

    none_of(wrong)
    assert tried >= 10, "hardly any register has rows to count"


def test_every_register_takes_any_address_without_a_fault(world: World) -> None:
    garbage = (
        "page=-5&size=5000",
        "order=id",
        "q=%25%27%22%5C%00",
        "page=999999",
        "size=abc&page=1e9",
        "state=nothing&x=1",
    )
    wrong = [
        f"{url}?{query}: {answer.code}"
        for endpoint in registers(world)
        for url in [address(world, endpoint)]
        for query in garbage
        if (answer := world.read(min(ACCESS[endpoint].get - {"public"}), f"{url}?{query}")).code != 200
    ]

    none_of(wrong)


def test_every_register_refuses_an_order_that_it_does_not_show(world: World) -> None:
    wrong = [
        f"{url}: {answer.code}"
        for endpoint in registers(world)
        for url in [f"{address(world, endpoint)}?order=password"]
        if (answer := world.read(min(ACCESS[endpoint].get - {"public"}), url)).code != 400
    ]

    none_of(wrong)


def test_every_column_orders_its_register_both_ways(world: World) -> None:
    wrong = []
    for endpoint in registers(world):
        role = min(ACCESS[endpoint].get - {"public"})
        for column in world.views[endpoint.split(".")[0]].columns:
            if column.sort is not None:
                for order in (column.key, f"-{column.key}"):
                    answer = world.read(role, f"{address(world, endpoint)}?order={order}")
                    wrong += [f"{answer.url}: {answer.code}"] if answer.code != 200 else []

    none_of(wrong)


def test_every_filter_narrows_without_a_fault(world: World) -> None:
    wrong = []
    for endpoint in registers(world):
        role = min(ACCESS[endpoint].get - {"public"})
        for entry in world.views[endpoint.split(".")[0]].filters:
            with world.app.test_request_context("/login/"):
                see_as(world.actors[role])
                values = [value for value, _label in entry.choices()][:2]
            for value in values:
                answer = world.read(role, f"{address(world, endpoint)}?{entry.name}={value}")
                wrong += [f"{answer.url}: {answer.code}"] if answer.code != 200 else []

    db.session.remove()

    none_of(wrong)


def test_every_link_of_the_navigation_opens(world: World) -> None:
    wrong = set()
    for role in world.actors:
        home = world.read(role, "/")
        for link in sorted(set(re.findall(r'href="(/[^"]*)"', home.page))):
            if link.startswith(("/static", "/lang", "/logout", "/files")):
                continue
            answer = world.read(role, link.replace("&amp;", "&"))
            if answer.kind not in {"200", "302"}:
                wrong.add(f"{role} {link}: {answer.kind}")

    none_of(sorted(wrong))
