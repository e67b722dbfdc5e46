"""What a person at the log would do, in Chromium: open it, read what stands in the DOM, cut and mend the line."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from domain import journal
from domain.models.base import now
from tests.web_server import free_port
from tests.zygote import Forked, zygote


class LogApp:
    """The page with nothing but the log, as a process of its own; may be stopped and started on the same port."""

    def __init__(self, database_url: str, log: Path) -> None:
        self.port, self._url, self._log = free_port(), database_url, log
        self._process: Forked | None = None

    def __enter__(self) -> "LogApp":
        self._process = zygote.spawn("log", self._log, str(self.port), env={"DATABASE_URL": self._url})
        eventually(self._answers, 30)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def memory(self) -> int:
        """Resident megabytes of the panel's process."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        assert found
        return int(found[1]) // 1024

    def address(self, job: int) -> str:
        return f"http://localhost:{self.port}/log/{job}"

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/log/0", timeout=2).status_code < 500
        except httpx.HTTPError:
            return False


class Watcher:
    """One browser page on one job's log."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.context: BrowserContext = browser.new_context(viewport={"width": 1100, "height": 700})
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.goto(address)
        self.page.wait_for_selector(".xterm-rows")
        self._cable: CDPSession = self.context.new_cdp_session(self.page)

    def rows(self) -> list[str]:
        """The text rows that stand in the DOM now."""
        return [row for row in self.page.inner_text(".xterm-rows").split("\n") if row.strip()]

    def numbers(self) -> list[int]:
        """The numbers of the lines that stand in the DOM now."""
        return [int(found[1]) for row in self.rows() if (found := re.match(r"\s*(\d+)\s+\d\d:", row))]

    def all_numbers(self) -> list[int]:
        """The numbers of every line that the terminal keeps, above the view too: by asking for all of its text."""
        self.page.evaluate("document.querySelector('.xterm-helper-textarea').focus()")
        text = str(self.page.evaluate(_WHOLE))
        return [int(found) for found in re.findall(r"^\s*(\d+)\s\s\d\d:\d\d:\d\d\.\d{3} ", text, re.MULTILINE)]

    def offline(self, cut: bool) -> None:
        """Cuts the browser's network, or mends it."""
        self._cable.send("Network.enable")
        limits = {"offline": cut, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self._cable.send("Network.emulateNetworkConditions", limits)
        self.context.set_offline(cut)


# xterm has no public way to its buffer from outside; NiceGUI keeps the component by its element's id.
_WHOLE = """() => {
  const id = document.querySelector('.xterm').parentElement.id.slice(1);
  const terminal = getElement(Number(id)).terminal;
  terminal.selectAll();
  const text = terminal.getSelection();
  terminal.clearSelection();
  return text;
}"""


def write(job: int, *words: str) -> int:
    """Lines as the worker writes them."""
    return journal.append(job, journal.Batch(lines=[(now(), word) for word in words]))


def eventually(look: Callable[[], Any], seconds: float = 30) -> Any:
    """What `look` returns as soon as it is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found
