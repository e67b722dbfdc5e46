"""`bench signup`: from the key going down to the answer in the page, with many names taken. Times in milliseconds."""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import text

from domain import database, embedded, signup
from tests.browser import chromium, shop

ROUNDS = 120  # names tried; two keys each: one that makes the name free, one that makes it taken again
WARM = 5
TAKEN, FREE = "Ya está en uso.", "Disponible"

# Half the names are words a visitor might try, the other half numbered after them, so that proposals are taken as well.
_FILL = [
    """insert into customer (company, full_name, email, country, created_at)
       select 'Empresa ' || n, 'Persona ' || n, 'persona' || n || '@correo.example', 'DO', now()
       from generate_series(1, :names) as n""",
    """insert into tenant (customer_id, subdomain, desired, observed, suspend_reasons, language, currency, created_at)
       select id, 'panaderia-' || (id + 1) / 2 || case when id % 2 = 0 then '-rd' else '' end, 'running', 'running',
              '[]', 'es_DO', 'DOP', now()
       from customer order by id""",
    """insert into subscription (customer_id, tenant_id, price_id, status, order_key, checkout_attempt,
                                 cancel_at_period_end, activated_at, paid_at, created_at)
       select customer_id, id, (select min(id) from price), 'active', 'bench-' || id, 1, false, now(), now(), now()
       from tenant order by id""",
]

# The clock starts in the capture phase of keydown and stops when the answer's text stands in the DOM.
_WATCH = """([label, wanted]) => {
  window.answered = new Promise((resolve, reject) => {
    const input = document.querySelector(label);
    let began = null;
    input.addEventListener('keydown', () => { began = performance.now() }, {once: true, capture: true});
    const stands = () => {
      const hint = document.getElementById(input.getAttribute('aria-describedby'));
      if (began !== null && hint && hint.textContent.trim() === wanted) {
        watch.disconnect();
        resolve(performance.now() - began);
      }
    };
    const watch = new MutationObserver(stands);
    watch.observe(document.body, {childList: true, subtree: true, characterData: true});
    setTimeout(() => { watch.disconnect(); reject(new Error('no answer: ' + wanted)) }, 10000);
  });
}"""


def run(names: int = 100_000) -> dict[str, Any]:
    """{names, p50, p95} in the browser, and `server_p95`: the same question asked of the domain alone."""
    with tempfile.TemporaryDirectory(prefix="alta-bench-") as scratch:
        directory = Path(scratch)
        with embedded.server(directory) as admin_url, shop.running(admin_url, directory) as running:
            _fill(names)
            server = _asked(names)
            keys = _typed(f"{running.web}/signup", names)
    return {"names": names, "p50": statistics.median(keys), "p95": _p95(keys), "server_p95": _p95(server)}


def _fill(names: int) -> None:
    with database.transaction() as session:
        for statement in _FILL:
            session.execute(text(statement), {"names": names} if ":names" in statement else {})
    with database.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))


def _base(names: int, number: int) -> str:
    """A name that is taken, spread over all of them."""
    return f"panaderia-{1 + number * 7919 % (names // 2)}"


def _asked(names: int) -> list[float]:
    return [_timed(lambda n=n: signup.availability(_base(names, n), country="DO")) for n in range(ROUNDS + WARM)][WARM:]  # type: ignore[misc]


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1_000


def _typed(address: str, names: int) -> list[float]:
    path = chromium.executable()
    if path is None:
        raise RuntimeError(chromium.SKIPPED)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        try:
            page = browser.new_page(locale="es-DO")
            page.set_default_timeout(20_000)
            page.goto(address)
            field = page.get_by_label("Dirección de tu Odoo")
            field.wait_for()
            selector = f"#{field.get_attribute('id')}"
            found: list[float] = []
            for number in range(ROUNDS + WARM):
                field.fill(_base(names, number))
                page.get_by_text(TAKEN).wait_for()
                found += [_press(page, selector, "z", FREE), _press(page, selector, "Backspace", TAKEN)]
        finally:
            browser.close()
    return found[2 * WARM :]


def _press(page: Page, selector: str, key: str, wanted: str) -> float:
    page.evaluate(_WATCH, [selector, wanted])
    page.press(selector, key)
    return float(page.evaluate("window.answered"))


def _p95(values: list[float]) -> float:
    return sorted(values)[max(0, round(len(values) * 0.95) - 1)]
