"""The landing on a slow phone: first paint against a static page of the same content, weight, and the sign-up after."""

import gzip
import re
import statistics
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, ViewportSize, sync_playwright

from domain import embedded
from tests.browser import chromium
from tests.browser.shop import running

ROUNDS = 5
# "4G" of the design: 1.6 Mbit/s down, 150 ms a round trip, a processor four times slower.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
PHONE: ViewportSize = {"width": 390, "height": 844}
FIRST_PAINT = """() => new Promise(done => {
    const look = () => {
        const paint = performance.getEntriesByName('first-contentful-paint')[0];
        paint ? done(paint.startTime) : setTimeout(look, 20);
    };
    look();
})"""
READY = """() => window.did_handshake && document.querySelector('input[autocomplete=organization]')
    ? performance.now() : null"""


def run() -> dict[str, float]:
    """{fcp, static_fcp, ratio, kilobytes, requests, signup_interactive}: medians of 5, times in ms, taken by turns."""
    with (
        tempfile.TemporaryDirectory() as directory,
        embedded.server(Path(directory)) as admin_url,
        running(admin_url, Path(directory)) as shop,
        static_copy(shop.web) as static,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium.executable(), args=chromium.ARGUMENTS)
        visit(browser, shop.web)  # the server's first answer compiles templates: not what is measured
        rounds = []
        for _ in range(ROUNDS):
            static_fcp = visit(browser, static)["fcp"]
            rounds.append({**visit(browser, shop.web, onwards=f"{shop.web}/signup"), "static_fcp": static_fcp})
        browser.close()
    median = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
    return {
        "fcp": median["fcp"],
        "static_fcp": median["static_fcp"],
        "ratio": median["fcp"] / median["static_fcp"],
        "kilobytes": median["kilobytes"],
        "requests": int(median["requests"]),
        "signup_interactive": median["signup_interactive"],
    }


def visit(browser: Browser, address: str, onwards: str = "") -> dict[str, float]:
    """A first visit with an empty cache: first contentful paint, weight on the wire; `onwards`: the page after it."""
    context = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True, locale="es-DO")
    context.set_default_timeout(60_000)
    page, weight = context.new_page(), Weight()
    _slow_down(context, page, weight)
    page.goto(address, wait_until="load")
    found: dict[str, float] = {"fcp": page.evaluate(FIRST_PAINT)}
    page.wait_for_load_state("networkidle")
    found |= {"kilobytes": weight.bytes / 1000, "requests": weight.requests}
    if onwards:
        page.goto(onwards, wait_until="commit")
        found["signup_interactive"] = page.wait_for_function(READY, polling=20).json_value()
    context.close()
    return found


class Weight:
    """Bytes on the wire and requests, as the browser counts them."""

    def __init__(self) -> None:
        self.bytes = self.requests = 0

    def listen(self, session: CDPSession) -> None:
        """Counts what this session reports from now on."""
        session.on("Network.loadingFinished", self._finished)

    def _finished(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])
        self.requests += 1


def _slow_down(context: BrowserContext, page: Page, weight: Weight) -> None:
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    weight.listen(session)
    session.send("Network.emulateNetworkConditions", SLOW)
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})


@contextmanager
def static_copy(web: str) -> Iterator[str]:
    """Serves what the landing shows, and its sheet, without any script; yields its address."""
    page = httpx.get(web).text
    link = re.search(r'<link rel="stylesheet" href="([^"]+)">', page)
    assert link is not None
    body = page[page.index('<a class="skip') : page.index("</footer>") + len("</footer>")]
    html = (
        '<!doctype html><html lang="es"><head><meta charset="utf-8"><title>Alta</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{link[0]}</head>'
        f"<body>{body}</body></html>"
    )
    files = {"/": ("text/html; charset=utf-8", html), link[1]: ("text/css", httpx.get(web + link[1]).text)}
    packed = {path: (kind, gzip.compress(text.encode(), 5)) for path, (kind, text) in files.items()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, content = packed.get(self.path, ("text/plain", gzip.compress(b"")))
            self.send_response(200 if self.path in packed else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
