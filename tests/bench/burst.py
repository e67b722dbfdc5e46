"""Many paid orders at the same moment: until all answer, none twice, beside a loop of bare clones with first pages, and
how the shop's pages answer meanwhile."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from sqlmodel import col, select

from domain import database
from domain.models import Tenant
from tests.bench.stage import percentile
from tests.bench.wire import deliver, order, wire
from tests.bench.yards import LIMIT, house_on, until_served
from ui.demo import House

RAW = 15  # bare clones, one after the other; their rate is that of a longer loop
PAGES = ("/", "/signup", "/login", "/api/subdomains/libre-de-verdad", "/healthz")
LOOK = 0.05  # seconds between two looks at which are ready
PAUSE = 0.1  # seconds between two pages of the visitor who looks around meanwhile


def run(orders: int = 50, node: str = "stand-in") -> dict[str, Any]:
    """{node, orders, ready, duplicates, rate, raw_rate, ratio, page_p95}: rates in tenants a second, page_p95 in ms."""
    with house_on(node) as (house, yard), wire(house) as taken, httpx.Client(timeout=LIMIT) as web:
        warm = order(house, web, 0)
        deliver(house, web, *_flat(taken.next()))
        until_served(house, web, warm)
        names = [order(house, web, number) for number in range(1, orders + 1)]
        deliveries = [_flat(taken.next()) for _ in names]
        raw = [yard.raw(house, web)[1] for _ in range(RAW)]
        with ThreadPoolExecutor(orders) as pool, _Visitor(house) as visitor:
            began = time.perf_counter()
            for each in deliveries:
                pool.submit(deliver, house, web, *each)
            ready = _all_served(house, web, set(names))
            took = time.perf_counter() - began
        made = Counter(name for name in yard.databases() if name in names)
    rate, raw_rate = ready / took, 1000 / (sum(raw) / len(raw))
    return {
        "node": yard.name,
        "orders": orders,
        "ready": ready,
        "duplicates": sum(made.values()) - len(made),
        "rate": rate,
        "raw_rate": raw_rate,
        "ratio": rate / raw_rate,
        "page_p95": percentile(visitor.times, 0.95),
    }


def _all_served(house: House, web: httpx.Client, names: set[str]) -> int:
    """Returns once each is called ready by its row and answers; how many. One who looks for all of them: as many as
    there are orders, each asking its own page, take from Odoo the time that is measured."""
    waiting, deadline = set(names), time.monotonic() + LIMIT * 3
    query = select(Tenant.subdomain).where(col(Tenant.ready_at).is_not(None))
    while waiting and time.monotonic() < deadline:
        time.sleep(LOOK)
        with database.reading() as session:
            ready = waiting & set(session.exec(query).all())
        for name in ready:
            until_served(house, web, name)
        waiting -= ready
    return len(names) - len(waiting)


def _flat(taken: tuple[Any, list[Any]]) -> list[Any]:
    completed, others = taken
    return [completed, *others]


class _Visitor:
    """Asks for one page after the other while the block lasts; `times` in milliseconds."""

    def __init__(self, house: House) -> None:
        self.times: list[float] = []
        self._house, self._over = house, threading.Event()
        self._walk = threading.Thread(target=self._around)

    def _around(self) -> None:
        with httpx.Client(base_url=self._house.web, timeout=30) as web:
            while not self._over.wait(PAUSE):
                page = PAGES[len(self.times) % len(PAGES)]
                began = time.perf_counter()
                web.get(page)
                self.times.append((time.perf_counter() - began) * 1000)

    def __enter__(self) -> "_Visitor":
        self._walk.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._walk.join()
