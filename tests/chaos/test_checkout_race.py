"""Many at once: one name, one key, names swapped, from threads and from processes. The index decides, not a look."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from domain import signup
from domain.errors import Taken
from domain.models import Customer, Subscription, Tenant
from domain.sandbox.server import StripeSandbox
from tests.integration.signup_stand import form, holders, open_counter, rows
from tests.integration.stripe_stand import client

pytestmark = pytest.mark.chaos
ROOT = Path(__file__).parents[2]

PLACE = """
import json, sys
from domain import database, signup
from domain.errors import AltaError
from domain.settings import settings
database.configure(settings().database_url)
data = json.loads(sys.stdin.readline())
form = signup.OrderForm(**data["form"])
signup.availability("caliente")  # everything that is slow the first time
print("ready", flush=True)
sys.stdin.readline()
try:
    print(json.dumps({"page": signup.place(form, data["key"]).checkout_session_id}))
except AltaError as error:
    print(json.dumps({"error": error.code, "proposals": getattr(error, "proposals", [])}))
"""


@pytest.fixture
def stripe(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeSandbox]:
    """The stand-in, with the catalogue published."""
    with open_counter(monkeypatch) as sandbox:
        yield sandbox


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """What `work(0)` … `work(count - 1)` give, all begun at one moment; an exception is its result."""
    gate = threading.Barrier(count)

    def run(number: int) -> Any:
        gate.wait(20)
        try:
            return work(number)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_twenty_want_one_name_and_exactly_one_gets_it(stripe: StripeSandbox) -> None:
    results = at_once(20, lambda n: signup.place(form(email=f"c{n}@x.do"), f"k{n}"))
    won = [result for result in results if isinstance(result, signup.Placed)]
    lost = [result for result in results if isinstance(result, Taken)]
    assert (len(won), len(lost)) == (1, 19), results
    assert all(len(error.proposals) == 3 for error in lost)
    assert len(holders("panaderia-sol")) == 1
    assert len(rows(Customer)) == len(rows(Tenant)) == len(rows(Subscription)) == 1
    assert len(client(stripe.url).v1.checkout.sessions.list().data) == 1


def test_one_order_pressed_ten_times_is_one_order(stripe: StripeSandbox) -> None:
    results = at_once(10, lambda _: signup.place(form(), "k1"))
    assert {result.checkout_session_id for result in results} == {rows(Subscription)[0].checkout_session_id}
    assert len(rows(Customer)) == len(rows(Tenant)) == len(rows(Subscription)) == 1
    assert open_pages(stripe) == 1


def test_two_tabs_that_disagree_leave_one_order_with_one_page(stripe: StripeSandbox) -> None:
    signup.place(form(), "k1")
    at_once(6, lambda n: signup.place(form(subdomain=f"sol-{n}", company=f"Sol {n}"), "k1"))
    (row,), (tenant,), (customer,) = rows(Subscription), rows(Tenant), rows(Customer)
    assert open_pages(stripe) == 1
    page = client(stripe.url).v1.checkout.sessions.retrieve(row.checkout_session_id)
    assert page.metadata
    assert (page.status, page.metadata["subdomain"]) == ("open", tenant.subdomain)
    assert customer.company == f"Sol {tenant.subdomain[-1]}"


def test_names_swapped_between_orders_end_with_one_holder_each(stripe: StripeSandbox) -> None:
    signup.place(form(subdomain="uno", email="a@x.do"), "a")
    signup.place(form(subdomain="dos", email="b@x.do"), "b")
    wanted = [("dos", "a"), ("uno", "b")]
    results = at_once(
        2, lambda n: signup.place(form(subdomain=wanted[n][0], email=f"{wanted[n][1]}@x.do"), wanted[n][1])
    )
    assert all(isinstance(result, Taken | signup.Placed) for result in results), results
    assert {tenant.subdomain for tenant in rows(Tenant)} == {"uno", "dos"}


def test_two_processes_with_one_key_make_one_order(stripe: StripeSandbox) -> None:
    answers = in_processes([{"form": form().model_dump(), "key": "k1"}] * 2)
    assert {answer.get("page") for answer in answers} == {rows(Subscription)[0].checkout_session_id}, answers
    assert len(rows(Customer)) == len(rows(Tenant)) == 1
    assert open_pages(stripe) == 1


def test_two_processes_that_want_one_name(stripe: StripeSandbox) -> None:
    answers = in_processes([{"form": form(email=f"c{n}@x.do").model_dump(), "key": f"k{n}"} for n in range(2)])
    assert sorted(answer.get("error", "") for answer in answers) == ["", "subdomain_taken"], answers
    assert len(holders("panaderia-sol")) == 1


def open_pages(stripe: StripeSandbox) -> int:
    found = client(stripe.url).v1.checkout.sessions.list({"limit": 100}).data
    return len([page for page in found if page.status == "open"])


def in_processes(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each order placed by a process of its own, all at one moment."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PLACE], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in orders
    ]
    for process, data in zip(started, orders, strict=True):
        assert process.stdin
        process.stdin.write(json.dumps(data) + "\n")
        process.stdin.flush()
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = []
    for process in started:
        out, _ = process.communicate(timeout=60)
        answers.append(json.loads(out))
    return answers
