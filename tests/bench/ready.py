"""How long from Stripe's signed webhook to the tenant's login page, beside what cannot be beaten: a bare clone of the
same template and its first page, measured in between, one for one."""

import threading
import time
from typing import Any

import httpx
from sqlmodel import select

from domain import database
from domain.models import Job, JobStep, Tenant
from tests.bench.stage import percentile
from tests.bench.wire import Wire, deliver, order, wire
from tests.bench.yards import LIMIT, house_on, until_served
from ui.demo import House


def run(orders: int = 30, node: str = "stand-in") -> dict[str, Any]:
    """Times in milliseconds: {node, orders, p50, p99, raw_p50, raw_clone, ratio, steps: {name: p50}}."""
    with house_on(node) as (house, yard), wire(house) as taken, httpx.Client(timeout=LIMIT) as web:
        _one_order(house, taken, web, 0)  # the first pays for what every process does once
        yard.raw(house, web)
        ready, raw, clones = [], [], []
        for number in range(1, orders + 1):
            ready.append(_one_order(house, taken, web, number))
            cloned, served = yard.raw(house, web)
            clones.append(cloned)
            raw.append(served)
        steps = _steps()
    p50, raw_p50 = percentile(ready, 0.5), percentile(raw, 0.5)
    return {
        "node": yard.name,
        "orders": orders,
        "p50": p50,
        "p99": percentile(ready, 0.99),
        "raw_p50": raw_p50,
        "raw_clone": percentile(clones, 0.5),
        "ratio": p50 / raw_p50,
        "steps": steps,
    }


def _one_order(house: House, taken: Wire, web: httpx.Client, number: int) -> float:
    """Orders and pays, then hands over the webhook; milliseconds from there to the login page."""
    name = order(house, web, number)
    completed, others = taken.next()
    began = time.perf_counter()
    deliver(house, web, completed)
    trailing = threading.Thread(target=deliver, args=(house, web, *others))
    trailing.start()
    until_served(house, web, name)
    took = (time.perf_counter() - began) * 1000
    trailing.join()
    return took


def _steps() -> dict[str, float]:
    """Median milliseconds of each step, with what comes before the first: `queue`, and `contact` with the node."""
    spans: dict[str, list[float]] = {}
    with database.reading() as session:
        for job in session.exec(select(Job).where(Job.kind == "create_tenant")).all():
            tenant = session.get_one(Tenant, job.tenant_id)
            rows = sorted(session.exec(select(JobStep).where(JobStep.job_id == job.id)), key=lambda row: row.position)
            marks = [("queue", job.created_at, job.started_at), ("contact", job.started_at, rows[0].started_at)]
            marks += [(row.name, row.started_at, row.finished_at) for row in rows]
            marks.append(("in_all", tenant.requested_at, tenant.ready_at))
            for name, begin, finish in marks:
                if begin is not None and finish is not None:
                    spans.setdefault(name, []).append((finish - begin).total_seconds() * 1000)
    return {name: percentile(values, 0.5) for name, values in spans.items()}
