"""One click on a real Odoo 19: the token opens a session once and for that database only; support is seen, and ends."""

import json
import re
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from playwright.async_api import async_playwright

from domain import access_tokens
from domain.settings import settings
from provisioning import commands, facts
from provisioning.host import Address, Host
from provisioning.lab import LabNode
from tests.browser import chromium
from tests.conftest import SECRETS

pytestmark = [pytest.mark.lab, pytest.mark.timeout(180)]
FORM = (
    '<form method="post" action="{url}/alta/enter"><input name="token" value="{token}"></form>'
    "<script>document.forms[0].submit()</script>"
)


class Door:
    """A tenant of our own in the lab, and its visitors."""

    def __init__(self, node: LabNode, host: Host, sub: str) -> None:
        self.node, self.host, self.sub = node, host, sub
        self.url = f"http://{sub}.localhost:{node.ports['http']}"

    def enter(self, token: str, sub: str = "") -> httpx.Response:
        headers = {"Host": f"{sub or self.sub}.localhost:{self.node.ports['http']}"}
        return httpx.post(f"{self.node.http_url}/alta/enter", data={"token": token}, headers=headers, timeout=60)

    def get(self, path: str, cookies: dict[str, str]) -> httpx.Response:
        headers = {"Host": f"{self.sub}.localhost:{self.node.ports['http']}"}
        return httpx.get(f"{self.node.http_url}{path}", headers=headers, cookies=cookies, timeout=60)

    def refusal(self, token: str, sub: str = "") -> str:
        answer = self.enter(token, sub)
        found = re.search(r'data-code="(\w+)"', answer.text)
        assert (answer.status_code, bool(found)) == (403, True), answer.text[:500]
        return found[1] if found else ""

    def token(self, login: str = "marta@sol.do", role: str = "owner", **more: object) -> str:
        return access_tokens.sign(self.sub, login, role, **more)  # type: ignore[arg-type]


@pytest.fixture
async def door(lab_node: LabNode, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    for name, value in {**SECRETS, "APP_URL": "http://sso-tests.example"}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    at, sub = lab_node.addresses(), f"sso-{uuid.uuid4().hex[:8]}"
    address = Address("lab", at["ssh_host"], at["ssh_port"], at["user"], Path(at["key_file"]), at["known_host"],
                      at["container"])  # fmt: skip
    async with Host(address) as host:
        await facts.give_access_key(host, access_tokens.public_line())
        words = {"job": f"j-{sub}", "company": "Panadería Sol", "login": "marta@sol.do", "password_hash": "",
                 "language": "es_419", "country": "DO", "currency": "DOP",
                 "base_url": f"http://{sub}.localhost:{at['http_port']}"}  # fmt: skip
        made = await host.run(commands.create_tenant(at["container"], sub), json.dumps(words).encode())
        assert made.exit_status == 0, made.output.decode()
        yield Door(lab_node, host, sub)
        await host.run(commands.archive(at["container"], sub), json.dumps({"job": f"a-{sub}"}).encode())
    settings.cache_clear()


async def test_a_token_opens_a_real_session_once(door: Door) -> None:
    token = door.token()
    opened = door.enter(token)
    assert (opened.status_code, opened.headers["location"]) == (303, "/odoo"), opened.text[:500]
    cookies = {"session_id": opened.cookies["session_id"]}
    home = door.get("/odoo", cookies)
    assert (home.status_code, '"username": "marta@sol.do"' in home.text) == (200, True)
    assert door.refusal(token) == "used"
    assert door.refusal(door.token("luis@sol.do", "member")) == "no_user"
    assert door.refusal(door.token(copy=True)) == "copy"
    assert door.refusal(access_tokens.sign("sso-otra", "marta@sol.do", "owner")) == "audience"
    assert door.refusal("a.b.c") == "malformed"
    usage = await facts.usage(door.host, door.sub)
    assert (usage.one_click, usage.users >= 1, usage.last_login is not None) == (True, True, True)


async def test_support_is_seen_on_every_page_and_out_when_its_time_ends(door: Door) -> None:
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium.required(), args=chromium.ARGUMENTS)
        page = await browser.new_page()
        until = int(time.time()) + 25
        token = door.token("ana@alta.do", "staff", staff="ana@alta.do", until=until)
        await page.set_content(FORM.format(url=door.url, token=token))
        banner = page.locator(".o_alta_staff")
        await banner.wait_for(timeout=60_000)
        assert "Sesión de soporte de ana@alta.do" in await banner.inner_text()
        await page.wait_for_timeout(max(0.0, until + 1 - time.time()) * 1000)
        await page.goto(f"{door.url}/odoo")
        assert "/web/login" in page.url
        await browser.close()
    assert (await facts.usage(door.host, door.sub)).last_login is None
