"""P1, P1q, P1k: the register of organizations beside the floor and a stock ModelView, in one run.

The floor is one Flask route with the same rows by one SELECT in a plain Jinja table; the stock view is what
Flask-AppBuilder gives without a line of ours. All three are served by gunicorn with one sync worker.
"""

from __future__ import annotations

import gzip
import http.cookiejar
import re
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.start import ROOT, House, free_port
from bench.statements import count_statements
from bench.table import Figure

ROUNDS = 150
WARM_UP = 15
RATIO_LIMIT = 2.5
STATEMENT_LIMIT = 8
KILOBYTES_LIMIT, GZIPPED_LIMIT = 60.0, 12.0
PASSWORD = "yulan-demo-2026"  # noqa: S105  (the demo's own, told to everybody)
Get = Callable[[], bytes | str]


def browser() -> urllib.request.OpenerDirector:
    """Give a browser with cookies of its own."""
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))


def sign_in(address: str, username: str, password: str) -> urllib.request.OpenerDirector:
    """Sign in through the login page, ours or FAB's."""
    opener = browser()
    page = opener.open(f"{address}/login/").read().decode()
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    token = found.group(1) if found else ""
    form = urllib.parse.urlencode({"csrf_token": token, "username": username, "password": password}).encode()
    opener.open(f"{address}/login/", form).read()
    return opener


@contextmanager
def other(name: str, house: House) -> Iterator[str]:
    """Serve the floor or the stock view beside the house; gives the address."""
    port = free_port()
    command = [sys.executable, "-m", f"bench.{name}", str(port), str(house.var)]
    process = subprocess.Popen(command, cwd=ROOT)  # noqa: S603  (our own modules)
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=2).read()
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(90)  # what gunicorn gives its worker to finish, and some more


def p50_of(gets: dict[str, Get], *, rounds: int = ROUNDS, warm_up: int = WARM_UP) -> dict[str, float]:
    """Ask in turn, so that a drift of the machine meets all alike; gives the median seconds of each."""
    taken: dict[str, list[float]] = {name: [] for name in gets}
    for number in range(rounds + warm_up):
        for name, get in gets.items():
            begun = time.perf_counter()
            get()
            if number >= warm_up:
                taken[name].append(time.perf_counter() - begun)
    return {name: statistics.median(times) for name, times in taken.items()}


def measure(house: House) -> list[Figure]:
    """Measure the register's speed, statements and bytes."""
    mine = sign_in(house.address, "officer", PASSWORD)
    with other("floor", house) as floor, other("stock", house) as stock:
        theirs = sign_in(stock, "bench", PASSWORD)
        plain = browser()
        gets: dict[str, Get] = {
            "ours": lambda: mine.open(f"{house.address}/organizations/").read(),
            "floor": lambda: plain.open(f"{floor}/").read(),
            "stock": lambda: theirs.open(f"{stock}/organizationview/list/").read(),
        }
        sizes = {name: get() for name, get in gets.items()}
        if b"<table" not in sizes["ours"] or b"<table" not in sizes["stock"]:
            raise RuntimeError("a page without its table was measured")
        times = p50_of(gets)
        stock_statements = int(theirs.open(f"{stock}/statements").read())
    beside = f"floor {times['floor'] * 1000:.1f} ms, ours {times['ours'] * 1000:.1f}, stock {times['stock'] * 1000:.1f}"
    page = sizes["ours"]
    figures = [
        Figure(
            "P1",
            "register of organizations, p50 ÷ floor",
            times["ours"] / times["floor"],
            RATIO_LIMIT,
            "×",
            beside=beside,
        ),
        Figure("P1s", "stock ModelView, p50 ÷ floor (for comparison)", times["stock"] / times["floor"], 1e9, "×"),
        Figure(
            "P1k",
            "bytes of the register",
            len(page) / 1024,
            KILOBYTES_LIMIT,
            "KB",
            is_count=True,
            beside=f"stock {len(sizes['stock']) / 1024:.0f} KB",
        ),
        Figure(
            "P1k",
            "bytes of the register, gzip",
            len(gzip.compress(page, 6)) / 1024,
            GZIPPED_LIMIT,
            "KB",
            is_count=True,
            beside=f"stock {len(gzip.compress(sizes['stock'], 6)) / 1024:.0f} KB",
        ),
    ]
    for what, counts in count_statements(house).items():
        figures.append(
            Figure(
                "P1q",
                f"SQL statements of {what}",
                counts.most,
                STATEMENT_LIMIT,
                "statements",
                is_count=True,
                beside=counts.told if what != "the register" else f"{counts.told}; stock {stock_statements}",
            ),
        )
    return figures
