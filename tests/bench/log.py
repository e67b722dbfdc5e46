"""From a line printed on the node to the reader's DOM: a real SSH process that prints at a steady rate, the worker's
transcript and the journal, the admin's page of the job in as many browsers' tabs as watch."""

import asyncio
import re
import shutil
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, async_playwright
from sqlalchemy import text

from domain import database, nodes
from domain.models import Job
from domain.models.base import now
from provisioning.fleet import address_of
from provisioning.host import Host
from provisioning.transcript import Transcript
from tests.bench.stage import percentile, whole_house
from ui.demo import House

RATE = 2_000  # lines a second
WARM_UP = 3  # seconds before the measured ones: ten browsers that meet their first line at once are no reader's day
# Each tab stands for a person who looks at it: what the browser spares tabs that nobody sees is off.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
]
SETTLE = 15.0  # seconds after the last line in which every viewer must have it
_LINE = re.compile(rb"^(\d+) (\d+\.\d+) ", re.MULTILINE)

# Notes, at every change of the terminal's newest rows in the DOM, the newest number there and the moment; and once a
# second, in the terminal's own buffer, whether every number follows the one before. Both read as little as they can:
# ten tabs share the cores with what is measured. That a row's number is its text's is checked in the journal.
_WATCH = """
() => {
  const seen = window.seen = {moments: [], checked: 0, lost: 0, doubled: 0, reordered: 0};
  const screen = document.querySelector('.xterm-rows');
  const note = () => {
    for (const row of [...screen.children].reverse()) {
      const newest = parseInt(row.textContent);
      if (newest) {
        const last = seen.moments.at(-1);
        if (!last || last[0] < newest) seen.moments.push([newest, Date.now() / 1000]);
        break;
      }
    }
  };
  const observer = new MutationObserver(note);
  const lowest = () => {  // of a full terminal: to hear of every row would be dear
    observer.disconnect();
    for (const row of [...screen.children].slice(-3)) observer.observe(row, {childList: true});
  };
  new MutationObserver(lowest).observe(screen, {childList: true});
  lowest();
  const host = document.querySelector('.xterm').closest('[id^=c]');
  const buffer = getElement(+host.id.slice(1)).terminal.buffer.active;
  window.check = () => {
    const fresh = [];
    for (let row = buffer.length - 1; row >= 0; row--) {
      const found = parseInt(buffer.getLine(row).translateToString(true, 0, 8));
      if (found && found <= seen.checked) break;
      if (found) fresh.push(found);
    }
    for (const found of fresh.reverse()) {
      if (found === seen.checked) seen.doubled++;
      else if (found < seen.checked) seen.reordered++;
      else { seen.lost += found - seen.checked - 1; seen.checked = found; }
    }
    return seen.checked;
  };
  setInterval(window.check, 1000);
}
"""


@dataclass
class Printed:
    """Every line's moment of printing, by its number, as the bytes passed by; seconds since 1970."""

    moments: dict[int, float] = field(default_factory=dict)
    _rest: bytes = b""

    def take(self, chunk: bytes) -> None:
        """Notes the whole lines of a chunk."""
        whole, newline, self._rest = (self._rest + chunk).rpartition(b"\n")
        for number, moment in _LINE.findall(whole + newline):
            self.moments[int(number)] = float(moment)


def run(seconds: int = 20, viewers: int = 10, rate: int = RATE) -> dict[str, Any]:
    """Times in milliseconds: {rate, viewers, p50, p99, lost, doubled, reordered}, over every line and viewer."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")  # else the one of playwright itself
    with whole_house() as house:
        return asyncio.run(_measure(house, (WARM_UP + seconds) * rate, viewers, rate, chromium))


async def _measure(house: House, lines: int, viewers: int, rate: int, chromium: str | None) -> dict[str, Any]:
    job_id = await asyncio.to_thread(_job)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        pages = await _tabs(house, browser, viewers)
        for page in pages:
            await page.goto(f"{house.web}/admin/jobs/{job_id}")
            await page.wait_for_selector(".xterm-rows")
            await page.evaluate(_WATCH)
        began = asyncio.get_running_loop().time()
        printed = await _print(house, job_id, lines, rate)
        took = asyncio.get_running_loop().time() - began
        await _caught_up(pages, lines)
        seen = [await page.evaluate("() => window.seen") for page in pages]
        await browser.close()
    return {
        "rate": lines / took,
        "viewers": viewers,
        **_delays(seen, printed, WARM_UP * rate),
        **_faults(seen, lines, await _wrong_rows(job_id, lines)),
    }


def _job() -> int:
    """A running job that no worker knows of: the bench is its worker."""
    with database.transaction() as session:
        node_id = session.execute(text("select min(id) from node")).scalar_one()
        job = Job(kind="create_tenant", node_id=node_id, status="running", started_at=now(), requested_by="bench")
        session.add(job)
        session.flush()
        return job.id or 0


async def _tabs(house: House, browser: Browser, viewers: int) -> list[Page]:
    """One logged-in browser profile a viewer: of several tabs in one window only the foremost is painted."""
    first = await browser.new_context()
    await _log_in(house, await first.new_page())
    identity = await first.storage_state()
    await first.close()
    size: ViewportSize = {"width": 1440, "height": 900}
    contexts = [await browser.new_context(viewport=size, storage_state=identity) for _ in range(viewers)]
    return [await context.new_page() for context in contexts]


async def _log_in(house: House, page: Page) -> None:
    await page.goto(f"{house.web}/login")
    await page.fill("input[name=username]", "admin")
    await page.fill("input[name=password]", house.keys["admin_password"])
    await page.press("input[name=password]", "Enter")
    await page.wait_for_url("**/admin**")


async def _print(house: House, job_id: int, lines: int, rate: int) -> Printed:
    """Runs the flood on the node through what the worker uses; returns when its last line is in the journal."""
    printed, transcript = Printed(), Transcript(job_id)
    place = (await asyncio.to_thread(nodes.places))[0]

    async def take(chunk: bytes) -> None:
        printed.take(chunk)
        await transcript.feed(chunk)

    async with Host(address_of(place)) as host:
        words = [
            "pct",
            "exec",
            house.environment["NODE_CONTAINER"],
            "--",
            "/opt/alta/bin/flood.sh",
            str(lines),
            str(rate),
        ]
        await host.run(words, on_chunk=take)
        await transcript.finish()
        await transcript.close()
    return printed


async def _caught_up(pages: list[Page], lines: int) -> None:
    """Waits until every viewer shows the last line, or has had long enough."""
    for page in pages:
        await page.wait_for_function(f"() => window.check() >= {lines}", timeout=SETTLE * 1000)


async def _wrong_rows(job_id: int, lines: int) -> int:
    """Rows of the journal whose number is not that of their text, and rows that are missing."""
    query = text(
        "select :lines - count(*) filter (where split_part(text, ' ', 1) = n::text) from log_line where job_id = :job"
    )

    def look() -> int:
        with database.reading() as session:
            return int(session.execute(query, {"job": job_id, "lines": lines}).scalar_one())

    return await asyncio.to_thread(look)


def _delays(seen: list[dict[str, Any]], printed: Printed, after: int) -> dict[str, float]:
    """From printed to seen, over every viewer and every line after number `after`."""
    delays: list[float] = []
    for viewer in seen:
        shown = 0
        for newest, moment in viewer["moments"]:
            fresh = range(max(shown, after) + 1, newest + 1)
            delays += [(moment - printed.moments[number]) * 1000 for number in fresh]
            shown = newest
    return {"p50": percentile(delays, 0.5), "p99": percentile(delays, 0.99)}


def _faults(seen: list[dict[str, Any]], lines: int, wrong: int) -> dict[str, int]:
    """Lines that went missing, came twice or out of order: those of the warm-up count too."""
    return {
        "lost": wrong + sum(viewer["lost"] + lines - viewer["checked"] for viewer in seen),
        "doubled": sum(viewer["doubled"] for viewer in seen),
        "reordered": sum(viewer["reordered"] for viewer in seen),
    }
