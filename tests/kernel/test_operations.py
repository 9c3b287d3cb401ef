"""What the administrators and their monitors are told: the page of the system's state, /healthz, /readyz and /metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy import Connection, text

from kernel import metrics, system
from kernel.app import trust_proxies
from kernel.backup import Backup
from kernel.clock import now
from kernel.db import db, transaction
from kernel.jobs import JobRun
from kernel.metrics import LANES, Meter, OfRequests, init_metrics
from kernel.policies import apply_policies
from kernel.processes import _give_lane
from kernel.scope import whole
from kernel.upkeep import bytes_words
from tests.conftest import Copy
from tests.factories.people import SYSTEM, person

TOKEN = "q7Lw0ZbT4mXc9RkE2vNf8YhJ6uPdGa3s"
SignIn = Callable[..., FlaskClient]


@pytest.fixture
def keeper(client: FlaskClient, sign_in: SignIn) -> FlaskClient:
    person("sysadmin", "sysadmin")
    return sign_in(client, "sysadmin")


def ran(name: str, *, error: str | None = None, hours: int = 1) -> None:
    """A job ran some hours ago."""
    moment = now() - timedelta(hours=hours)
    with transaction() as session, whole(SYSTEM, "set-up"):
        session.add(JobRun(name=name, started_at=moment, ended_at=moment + timedelta(seconds=2), done=7, error=error))


def backed_up(*, hours: int, lost: int = 0) -> None:
    told = {"rows": 5, "files": 2, "revision": "0011", "trail_number": 9, "trail_hash": "ab" * 32}
    with transaction() as session, whole(SYSTEM, "set-up"):
        moment = now() - timedelta(hours=hours)
        session.add(Backup(name="yulan-1.tar", taken_at=moment, size=12_345_678, lost=lost, **told))


def page_of(client: FlaskClient) -> str:
    answer = client.get("/system/")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_when_all_is_well_the_page_says_so(keeper: FlaskClient) -> None:
    ran("recount-trail")
    backed_up(hours=2)
    page = page_of(keeper)
    assert "一切正常，无需处理。" in page
    assert "12.3 MB" in page
    assert "yulan-1.tar" in page
    assert "完整" in page


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        (lambda: ran("expire-ratings", error="ValueError: no"), "任务 等级到期处理 失败：ValueError: no"),
        (lambda: ran("recount-trail", error="RuntimeError: rows 3"), "操作日志被改动：RuntimeError: rows 3"),
        (lambda: backed_up(hours=40), "最近一次备份已超过一天半。"),
        (lambda: backed_up(hours=1, lost=3), "最近一次备份前已有 3 个附件丢失。"),
    ],
)
def test_what_needs_attention_is_told_in_a_sentence(
    keeper: FlaskClient, trouble: Callable[[], None], sentence: str
) -> None:
    assert sentence not in page_of(keeper)
    trouble()
    page = page_of(keeper)
    assert sentence in page
    assert "一切正常，无需处理。" not in page


def test_a_full_disk_and_old_tables_are_told(keeper: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "free_bytes", lambda _folder: 1_500_000_000)
    measured = system.measures
    monkeypatch.setattr(system, "measures", lambda actor: replace(measured(actor), revision="0001", dead=2))
    page = page_of(keeper)
    assert "附件所在磁盘即将写满：仅剩 1.5 GB。" in page
    assert "数据表与本版本不一致，请运行：run.py migrate" in page
    assert "有 2 封邮件无法送达。" in page


def test_a_job_that_failed_and_ran_well_since_is_no_trouble(keeper: FlaskClient) -> None:
    ran("expire-ratings", error="ValueError: no", hours=2)
    ran("expire-ratings", hours=1)
    assert "失败" not in page_of(keeper)


def test_only_administrators_see_it(client: FlaskClient, sign_in: SignIn) -> None:
    person("officer", "officer")
    assert sign_in(client, "officer").get("/system/").status_code == 403


@pytest.mark.parametrize(("count", "told"), [(999, "999 B"), (1500, "1.5 kB"), (2 * 10**12, "2.0 TB")])
def test_sizes_are_told_as_people_read_them(count: int, told: str) -> None:
    assert bytes_words(count) == told


# Living and ready


def test_to_live_asks_no_database(app: Flask, database: Copy) -> None:
    db.factory.configure(bind=None)
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_to_be_ready_needs_a_database_with_tables_of_this_release(app: Flask, owner_connection: Connection) -> None:
    client = app.test_client()
    assert client.get("/readyz").json == {"status": "ok"}
    head = owner_connection.scalar(text("UPDATE alembic_version SET version_num = '0003' RETURNING '0011'"))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "the tables are older than this release"})
    owner_connection.execute(text("UPDATE alembic_version SET version_num = 'of-the-next-release'"))
    assert client.get("/readyz").status_code == 200, head


def test_without_a_database_it_is_not_ready(app: Flask, committed_database: Copy) -> None:
    from sqlalchemy import create_engine  # noqa: PLC0415  (an engine that leads nowhere, for this story alone)

    db.bind(create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/nowhere"))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "the database does not answer"})


# Metrics


def told_by(client: FlaskClient, **more: object) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics", **more)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.get_data(as_text=True))
    return {
        (sample.name, *(value for _name, value in sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def test_requests_are_counted_by_endpoint_and_status_with_their_statements(app: Flask, keeper: FlaskClient) -> None:
    before = told_by(keeper)
    for _time in range(3):
        assert keeper.get("/jobs/").status_code == 200
    keeper.get("/not-there")
    after = told_by(keeper)
    added = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
    assert added["yulan_requests_total", "JobRunView.index", "200"] == 3
    assert added["yulan_requests_total", "none", "404"] == 1
    assert added["yulan_request_seconds_count", "JobRunView.index"] == 3
    assert added["yulan_request_statements_count", "JobRunView.index"] == 3
    assert 3 * 3 <= added["yulan_request_statements_sum", "JobRunView.index"] <= 3 * 16


def test_the_house_is_told_in_numbers(app: Flask, keeper: FlaskClient) -> None:
    ran("expire-ratings", error="ValueError: no")
    ran("expire-ratings", hours=3)
    backed_up(hours=1)
    told = told_by(keeper)
    assert told["yulan_job_runs_24h", "expire-ratings", "ok"] == 1
    assert told["yulan_job_runs_24h", "expire-ratings", "failed"] == 1
    assert told["yulan_job_last_run_ok", "expire-ratings"] == 0
    assert told["yulan_job_last_run_seconds", "expire-ratings"] == 2
    assert told["yulan_letters", "waiting"] == 0
    assert told["yulan_backup_timestamp_seconds",] == pytest.approx((now() - timedelta(hours=1)).timestamp(), abs=60)
    assert sum(value for key, value in told.items() if key[0] == "yulan_database_connections") >= 1


def test_a_database_that_is_closed_to_the_public_tells_its_size(app: Flask, owner_connection: Connection) -> None:
    name = owner_connection.scalar(text("SELECT quote_ident(current_database())"))
    owner_connection.execute(text(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC"))
    apply_policies(owner_connection)
    assert told_by(app.test_client())["yulan_database_bytes",] > 1_000_000


def test_no_person_is_in_them(app: Flask, keeper: FlaskClient) -> None:
    keeper.get("/people/")
    page = keeper.get("/metrics").get_data(as_text=True)
    assert "sysadmin" not in page
    assert "127.0.0.1" not in page


def test_metrics_are_for_this_machine_alone(client: FlaskClient) -> None:
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "10.1.2.3"}).status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "::1"}).status_code == 200


@pytest.fixture
def guarded(app: Flask) -> Iterator[Flask]:
    """A small application with a token for its monitors."""
    made = Flask("guarded")
    init_metrics(made, app.config["YULAN"].model_copy(update={"metrics_token": SecretStr(TOKEN)}))
    return made


def test_with_a_token_whoever_knows_it_may_read_from_anywhere(guarded: Flask, db_session: object) -> None:
    client, far = guarded.test_client(), {"REMOTE_ADDR": "10.1.2.3"}
    known = {"Authorization": f"Bearer {TOKEN}"}
    assert client.get("/metrics", environ_base=far, headers=known).status_code == 200
    assert client.get("/metrics", headers={"Authorization": "Bearer guess"}).status_code == 403
    assert client.get("/metrics").status_code == 403


def test_workers_count_in_lanes_of_one_memory() -> None:
    meter = Meter(["Home.index"])
    for lane in (0, 1, LANES - 1):
        meter.lane = lane
        meter.count("Home.index", 200, 0.03, 5)
    meter.count("Home.index", 418, 99.0, 500)
    meter.count("unheard.of", 200, 0.0, 0)
    counted = {
        (sample.name, *sample.labels.values()): sample.value
        for family in OfRequests(meter).collect()
        for sample in family.samples
    }
    assert counted["yulan_requests_total", "Home.index", "200"] == 3
    assert counted["yulan_requests_total", "Home.index", "other"] == 1
    assert counted["yulan_requests_total", "none", "200"] == 1
    assert counted["yulan_request_seconds_bucket", "Home.index", "0.025"] == 0
    assert counted["yulan_request_seconds_bucket", "Home.index", "0.05"] == 3
    assert counted["yulan_request_seconds_bucket", "Home.index", "+Inf"] == 4
    assert counted["yulan_request_statements_sum", "Home.index"] == 515


def test_what_a_forked_worker_counts_its_siblings_tell() -> None:
    from kernel.child import FORK  # noqa: PLC0415  (only this story forks)

    meter = Meter(["Home.index"])

    def work() -> None:
        meter.lane = 3
        meter.count("Home.index", 200, 0.1, 1)

    child = FORK.Process(target=work)
    child.start()
    child.join()
    (told,) = meter.rows()
    assert (told[0], sum(meter.split(told[1])[0])) == ("Home.index", 1)


def test_a_new_worker_takes_the_lane_of_one_that_is_gone() -> None:
    server = SimpleNamespace(WORKERS={1: SimpleNamespace(lane=0), 2: SimpleNamespace(lane=2)})
    worker = SimpleNamespace()
    _give_lane(server, worker)
    assert worker.lane == 1


def test_statements_are_counted_for_each_thread(app: Flask, db_session: object) -> None:
    connection = db.session.connection()
    before = metrics.statements_so_far()
    connection.exec_driver_sql("SELECT 1")
    assert metrics.statements_so_far() - before == 1


# What a proxy says


@pytest.mark.parametrize(
    ("proxies", "handed_on", "believed"),
    [
        (0, "1.2.3.4", "127.0.0.1"),
        (1, "10.0.0.9", "10.0.0.9"),
        (1, "1.2.3.4, 10.0.0.9", "10.0.0.9"),
        (2, "1.2.3.4, 10.0.0.9, 10.0.0.8", "10.0.0.9"),
    ],
)
def test_a_forged_address_before_that_of_a_trusted_proxy_changes_nothing(
    proxies: int, handed_on: str, believed: str
) -> None:
    made = Flask("behind")
    made.add_url_rule("/", view_func=lambda: request.remote_addr)
    trust_proxies(made, proxies)
    assert made.test_client().get("/", headers={"X-Forwarded-For": handed_on}).text == believed
