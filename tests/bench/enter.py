"""One click into Odoo: from the form with the token being sent until the first page of the web client can be used, in a
real Chromium; beside the same browser that opens the same page with a session it has already."""

import time
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright
from sqlmodel import select

from domain import access_tokens, database
from domain.models import Customer, Tenant
from domain.settings import settings
from tests.bench.stage import percentile
from tests.bench.wire import deliver, order, wire
from tests.bench.yards import house_on, until_served
from tests.browser import chromium

AGAIN = 4  # clicks of the same person on the same Odoo, after the first
READY = ".o_main_navbar, .o_action_manager .o_action, .card"  # the web client's bar; the stand-in's page
FORM = (
    '<form method="post" action="{url}/alta/enter"><input name="token" value="{token}"></form>'
    "<script>document.forms[0].submit()</script>"
)


def run(tenants: int = 5, node: str = "stand-in") -> dict[str, Any]:
    """Milliseconds: {node, tenants, first_p50, first_max (nobody was ever there), p50, p95, raw_p50, ratio}."""
    with house_on(node) as (house, yard), wire(house) as taken, httpx.Client(timeout=60) as web:
        names = []
        for number in range(tenants):
            names.append(order(house, web, number))
            completed, others = taken.next()
            deliver(house, web, completed, *others)
            until_served(house, web, names[-1])
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=chromium.required(), args=chromium.ARGUMENTS)
            first, again, raw = [], [], []
            for name in names:
                one, more, bare = _visits(browser, name)
                first.append(one)
                again += more
                raw += bare
            browser.close()
    p50, raw_p50 = percentile(again, 0.5), percentile(raw, 0.5)
    return {
        "node": yard.name, "tenants": tenants, "first_p50": percentile(first, 0.5), "first_max": max(first),
        "p50": p50, "p95": percentile(again, 0.95), "raw_p50": raw_p50, "ratio": p50 / raw_p50,
    }  # fmt: skip


def _visits(browser: Browser, name: str) -> tuple[float, list[float], list[float]]:
    """The first click of all, later ones, and the same page without a click, in turn."""
    with database.reading() as session:
        query = select(Customer.email).join(Tenant).where(Tenant.subdomain == name)
        login = session.exec(query).one()
    url = settings().tenant_url(name)
    context = browser.new_context(locale="es-DO")
    page = context.new_page()
    page.set_default_timeout(60_000)
    first, again, raw = _clicked(page, url, name, login), [], []
    for _ in range(AGAIN):
        raw.append(_opened(page, url))
        again.append(_clicked(page, url, name, login))
    context.close()
    return first, again, raw


def _clicked(page: Page, url: str, name: str, login: str) -> float:
    token = access_tokens.sign(name, login, "owner")
    began = time.perf_counter()
    page.set_content(FORM.format(url=url, token=token), wait_until="commit")
    page.wait_for_url(f"{url}/**")
    page.locator(READY).first.wait_for()
    return (time.perf_counter() - began) * 1000


def _opened(page: Page, url: str) -> float:
    began = time.perf_counter()
    page.goto(f"{url}/odoo", wait_until="commit")
    page.locator(READY).first.wait_for()
    return (time.perf_counter() - began) * 1000
