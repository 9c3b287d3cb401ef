"""P9: what the whole house takes of the memory at rest, and what a worker gains in ten thousand requests.

The proportional set size shares each page among those who map it, so the sum over all processes is what they take
together. The worker that is asked ten thousand times is one of its own, since the house renews its workers long before.
"""

from __future__ import annotations

import re
import sys
import time
import urllib.request
from pathlib import Path

import psutil

import config
from bench.floor import Served
from bench.pages import PASSWORD, other, sign_in
from bench.start import House
from bench.table import Figure
from kernel.app import create_app
from kernel.database import running_server
from kernel.prepare import leave
from kernel.settings import Settings

MEGABYTES_LIMIT, GROWTH_LIMIT = 600.0, 1.2
FIRST, ALL = 100, 10_000
REST = 5.0  # seconds without a request
POSTMASTER = "pg/postmaster.pid"
PAGES = (
    "/",
    "/organizations/",
    "/organizations/?q=%E6%9C%A8%E5%85%B0",
    "/organizations/?order=-name&page=7",
    "/applications/",
    "/projects/",
    "/inbox/",
    "/search/?q=%E7%A4%BA%E4%BE%8B",
)
RECORDS = ("/organizations/", "/applications/", "/projects/")


def at_rest(house: House) -> Figure:
    """Measure the house's whole family and its database when nobody has asked for a while."""
    time.sleep(REST)
    serve = psutil.Process(house.pid)
    postmaster = psutil.Process(int((house.var / POSTMASTER).read_text().split()[0]))
    groups = {"PostgreSQL": {postmaster, *postmaster.children(recursive=True)}}
    for child in serve.children():
        if child not in groups["PostgreSQL"]:
            groups[child.name().removeprefix("yulan-")] = {child, *child.children(recursive=True)}
    groups["serve"] = {serve}
    sizes = {name: sum(map(megabytes, family)) for name, family in groups.items()}
    told = ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())
    return Figure(
        "P9", "memory at rest, proportional set size", sum(sizes.values()), MEGABYTES_LIMIT, "MB", beside=told
    )


def growth(house: House) -> Figure:
    """Ask one worker for pages of all kinds, lists and records, and compare its own memory early and late."""
    with other("memory", house) as address:
        mine = sign_in(address, "officer", PASSWORD)
        pages = [*PAGES, *found(mine, address)]
        master = next(child for child in psutil.Process().children() if "bench.memory" in child.cmdline())
        (worker,) = master.children()
        sizes = {}
        for number in range(1, ALL + 1):
            mine.open(f"{address}{pages[number % len(pages)]}").read()
            if number in {FIRST, ALL // 2, ALL}:
                sizes[number] = worker.memory_info().rss / 2**20
    told = ", ".join(f"{size:.0f} MB after {number:,}" for number, size in sizes.items())
    return Figure(
        "P9", "a worker after 10,000 requests ÷ 100", sizes[ALL] / sizes[FIRST], GROWTH_LIMIT, "×", beside=told
    )


def found(opener: urllib.request.OpenerDirector, address: str) -> list[str]:
    """Give the addresses of the records on the first page of each of some registers."""
    records: list[str] = []
    for register in RECORDS:
        page = opener.open(f"{address}{register}").read().decode()
        records += sorted(set(re.findall(rf'href="({register}\d+)"', page)))
    return records


def megabytes(process: psutil.Process) -> float:
    """Give the proportional set size of one process."""
    return float(process.memory_full_info().pss) / 2**20


def main(port: int, var: str) -> None:
    """Be one worker over the house's database that is never renewed."""
    settings = Settings(modules=config.MODULES, var=Path(var))
    with running_server(settings) as server:
        app = create_app(settings.signing_in_at(server.app_url))
        leave()
    Served(app, port).run()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
