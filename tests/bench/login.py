"""Logging in, and a flood of it: what a login takes beside its bare Argon2id, what a check of rights and an entry of
the audit cost, and how other pages fare while 500 logins a second come from everywhere."""

import asyncio
import multiprocessing
import os
import re
import time
from typing import Any

import httpx
import psutil
from sqlalchemy import text

from domain import accounts, audit, database, passwords
from tests.bench.stage import percentile, whole_house
from tests.integration import web_stand
from ui import demo

RATE, CONNECTIONS = 500, 128  # logins a second; sockets that they come over
PAGES = ("/", "/password/request", "/legal/terminos", "/healthz")
ROUNDS = 20_000


def run(seconds: int = 30) -> dict[str, Any]:
    """Milliseconds but where a name says otherwise; `flood_*` while RATE logins a second come for so many seconds."""
    os.environ["TRUSTED_PROXIES"] = "127.0.0.1"  # the flood comes from as many addresses as it likes
    with whole_house() as house, httpx.Client(base_url=house.web, timeout=30) as client:
        account = web_stand.owner("marta@sol.do", "sol")
        alone = _logins(client, 40)
        hashed = _timed(40, lambda: passwords.matches(account.password_hash, web_stand.WORDS))
        quiet = _pages(client, 60)
        figures = {
            "argon2id": "19 MiB, 2 passes, 1 lane",
            "login_p50": percentile(alone, 0.5), "login_p95": percentile(alone, 0.95),
            "raw_hash_p50": percentile(hashed, 0.5), "ratio": percentile(alone, 0.5) / percentile(hashed, 0.5),
            **_rights(account.id or 0), **_record(), "pages_p95": percentile(quiet, 0.95),
        }  # fmt: skip
        return {**figures, **_flooded(house, client, seconds)}


def _timed(rounds: int, act: Any) -> list[float]:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        times.append((time.perf_counter() - began) * 1000)
    return times


def _form(client: httpx.Client, login: str, password: str) -> dict[str, str]:
    page = client.get("/login").text
    found = re.search(r'name="csrf" value="([^"]*)"', page)
    assert found, page[:300]
    return {"csrf": found[1], "username": login, "password": password}


def _logins(client: httpx.Client, rounds: int, **headers: str) -> list[float]:
    """Logins of one customer, from one browser, one after the other."""
    times = []
    for _ in range(rounds):
        client.cookies.delete("alta_session") if "alta_session" in client.cookies else None
        form = _form(client, "marta@sol.do", web_stand.WORDS)
        origin = {"Origin": str(client.base_url).rstrip("/"), **headers}
        began = time.perf_counter()
        answer = client.post("/login", data=form, headers=origin)
        if answer.status_code != 303:
            raise RuntimeError(f"a login with the right password was answered {answer.status_code}")
        times.append((time.perf_counter() - began) * 1000)
    return times


def _pages(client: httpx.Client, rounds: int) -> list[float]:
    times = []
    for number in range(rounds):
        began = time.perf_counter()
        client.get(PAGES[number % len(PAGES)]).raise_for_status()
        times.append((time.perf_counter() - began) * 1000)
    return times


def _rights(account_id: int) -> dict[str, float]:
    """Of one request: asking whether somebody may, and finding out who they are in the database."""
    session_id = web_stand.open_session(account_id)
    who = accounts.identity(session_id)
    assert who is not None
    began = time.perf_counter()
    for _ in range(ROUNDS):
        who.may("odoo.manage")
    asked = (time.perf_counter() - began) / ROUNDS
    return {
        "permission_check_us": asked * 1e6,
        "identity_p50_us": percentile(_timed(300, lambda: accounts.identity(session_id)), 0.5) * 1000,
    }


def _record() -> dict[str, float]:
    """What an act's entry in the audit adds to its commit."""

    def act(*, recorded: bool) -> None:
        with database.transaction() as session:
            session.execute(text("update account set last_login_at = now() where login = 'marta@sol.do'"))
            if recorded:
                audit.record(session, actor="marta@sol.do", action="bench", target="account:1")

    plain, more = [], []
    for _ in range(200):
        plain += _timed(1, lambda: act(recorded=False))
        more += _timed(1, lambda: act(recorded=True))
    bare, whole = percentile(plain, 0.5), percentile(more, 0.5)
    return {"write_p50": bare, "write_audited_p50": whole, "audit_ratio": whole / bare}


def _flooded(house: demo.House, client: httpx.Client, seconds: int) -> dict[str, Any]:
    """Pages, and logins of a customer whose browser is known, while strangers try passwords."""
    web = _largest(house)
    before = web.memory_info().rss
    answers: multiprocessing.Queue[dict[int, int]] = multiprocessing.get_context("fork").Queue()
    with httpx.Client(base_url=house.web) as theirs:
        csrf = _form(theirs, "", "")["csrf"]
        visitor = theirs.cookies["alta_visitor"]
    flood = multiprocessing.get_context("fork").Process(
        target=_flood, args=(house.web, csrf, visitor, seconds, answers)
    )
    flood.start()
    pages, logins, memory = list[float](), list[float](), list[int]()
    until = time.monotonic() + seconds
    time.sleep(1)
    while time.monotonic() < until - 1:
        pages += _pages(client, len(PAGES))
        logins += _logins(client, 1)
        memory.append(web.memory_info().rss)
        time.sleep(0.05)
    counted = answers.get(timeout=30)
    flood.join(10)
    return {
        "flood_sent_per_s": sum(counted.values()) / seconds,
        "flood_answers": ", ".join(f"{status}: {count}" for status, count in sorted(counted.items())),
        "flood_pages_p50": percentile(pages, 0.5), "flood_pages_p95": percentile(pages, 0.95),
        "flood_known_login_p95": percentile(logins, 0.95), "flood_known_logins": len(logins),
        "memory_before_mb": before / 1e6,
        "memory_half_mb": memory[len(memory) // 2] / 1e6, "memory_end_mb": memory[-1] / 1e6,
    }  # fmt: skip


def _largest(house: demo.House) -> psutil.Process:
    """The web process."""
    child = next(one for one in house.children if one.name == "web")
    return psutil.Process(child.process.pid)


def _flood(url: str, csrf: str, visitor: str, seconds: int, answers: Any) -> None:
    answers.put(asyncio.run(_strangers(url, csrf, visitor, seconds)))


async def _strangers(url: str, csrf: str, visitor: str, seconds: int) -> dict[int, int]:
    """So many logins a second at fixed moments, each of another name from another address; counted by answer."""
    place = url.removeprefix("http://")
    host, _, port = place.partition(":")
    counted: dict[int, int] = {}
    due: asyncio.Queue[int] = asyncio.Queue()

    async def one_after_the_other() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while (number := await due.get()) >= 0:
            body = f"csrf={csrf}&username=nadie{number}%40sol.do&password=adivina{number}"
            writer.write(
                f"POST /login HTTP/1.1\r\nHost: {place}\r\nOrigin: {url}\r\nCookie: alta_visitor={visitor}\r\n"
                f"X-Forwarded-For: 10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == b"content-length:"), 0
            )
            await reader.readexactly(length)
            status = int(head[9:12])
            counted[status] = counted.get(status, 0) + 1
        writer.close()

    at_work = [asyncio.create_task(one_after_the_other()) for _ in range(CONNECTIONS)]
    began, sent = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        wanted = int((time.monotonic() - began) * RATE)
        for _ in range(wanted - sent):
            due.put_nowait(sent)
            sent += 1
        await asyncio.sleep(0.01)
    for _ in at_work:
        due.put_nowait(-1)
    for task in at_work:
        task.cancel()
    await asyncio.gather(*at_work, return_exceptions=True)
    return counted
