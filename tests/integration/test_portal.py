"""The customer's portal: their own things only, by API and page, and only the owner may act."""

from collections.abc import Iterator

import pytest
from sqlmodel import col, select
from starlette.testclient import TestClient

from domain import database, portal
from domain.models import Account, Membership, Subscription
from tests.integration import billing_stand, web_stand
from tests.integration.billing_stand import Till

READS = ("/api/tenant/billing", "/api/tenant/invoices")
ACTS = ("/api/tenant/portal-session", "/api/tenant/subscription/cancel", "/api/tenant/subscription/resume")


@pytest.fixture
def till(configured: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Till]:
    with billing_stand.open_till(monkeypatch) as opened:
        yield opened


def owner_of(order: Subscription) -> str:
    """The login of the order's owner, with everybody's password."""
    query = (
        select(Account).join(Membership).where(Membership.customer_id == order.customer_id).order_by(col(Account.id))
    )
    with database.transaction() as session:
        account = session.exec(query).one()
        account.password_hash = web_stand.digest()
        session.add(account)
        return account.login


def token(client: TestClient, login: str) -> dict[str, str]:
    answer = client.post("/api/auth/token", json={"username": login, "password": web_stand.WORDS})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_nobody_in_particular_reads_and_does_nothing(till: Till) -> None:
    with web_stand.browser() as client:
        assert [client.get(path).status_code for path in READS] == [401, 401]
        assert [client.post(path, headers={"Origin": str(client.base_url)}).status_code for path in ACTS] == [401] * 3
        assert client.get("/tenant/portal").status_code == 303


def test_each_customer_reads_their_own_plan_and_invoices(till: Till) -> None:
    ours, theirs = till.active("acme"), till.active("rival")
    with web_stand.browser() as client:
        us, them = (token(client, owner_of(order)) for order in (ours, theirs))
        ours_read, theirs_read = (client.get(READS[1], headers=who).json()["invoices"] for who in (us, them))
        assert len(ours_read) == len(theirs_read) == 1
        assert ours_read[0]["number"] != theirs_read[0]["number"]
        plan = client.get(READS[0], headers=us).json()
        assert (plan["plan"], plan["amount_cents"], plan["card_last4"]) == ("Pyme", 5900, "4242")
        assert client.get(f"{READS[0]}?customer={theirs.customer_id}", headers=us).json() == plan


def test_cancelling_ends_ones_own_plan_and_nobody_elses(till: Till) -> None:
    ours, theirs = till.active("acme"), till.active("rival")
    with web_stand.browser() as client:
        us, them = (token(client, owner_of(order)) for order in (ours, theirs))
        assert client.post(ACTS[1], headers=us).json()["cancel_at_period_end"] is True
        assert client.get(READS[0], headers=them).json()["cancel_at_period_end"] is False
        assert client.post(ACTS[2], headers=us).json()["cancel_at_period_end"] is False
        assert client.post(ACTS[0], headers=us).json()["url"].startswith(till.sandbox.url)


def test_a_member_who_is_not_the_owner_reads_but_does_not_act(till: Till) -> None:
    order = till.active("acme")
    login = owner_of(order)
    with database.transaction() as session:
        row = session.exec(select(Membership).where(Membership.customer_id == order.customer_id)).one()
        row.role = "reader"
        session.add(row)
    with web_stand.browser() as client:
        who = token(client, login)
        assert client.get(READS[0], headers=who).status_code == 200
        assert [client.post(path, headers=who).status_code for path in ACTS] == [403] * 3


def test_staff_have_no_portal(till: Till) -> None:
    web_stand.person("ana@alta.do", staff="admin")
    with web_stand.browser() as client:
        assert client.get(READS[0], headers=token(client, "ana@alta.do")).status_code == 403


def test_stripe_away_is_said_and_the_home_still_shows(till: Till) -> None:
    order = till.active("acme")
    with web_stand.browser() as client:
        who = token(client, owner_of(order))
        till.sandbox.stop()
        answer = client.get(READS[0], headers=who)
        assert answer.status_code == 503
        assert answer.json()["detail"]["message"]
    home = portal.home(order.customer_id)
    assert (home.subdomain, home.observed) == ("acme", "absent")
    assert [step.status for step in home.steps] == ["todo"] * len(home.steps)
