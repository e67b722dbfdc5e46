"""A person with several customers chooses whose page they see, and acts only for those they own."""

from datetime import UTC, datetime

import pytest
from sqlmodel import col, select

from domain import accounts, database
from domain.billing import BillingView
from domain.errors import Forbidden
from domain.models import Account, Customer, Membership
from domain.models.base import now
from tests.integration import web_stand
from ui import auth
from ui.auth import Identity
from ui.pages.tenant.plan import next_words


def two_customers() -> list[int]:
    """Two companies of one owner, each with its Odoo; their ids by age."""
    with database.transaction() as session:
        for subdomain in ("primera", "segunda"):
            accounts.ensure_owner(session, web_stand.customer(session, subdomain=subdomain, requested_at=now()))
        account = session.exec(select(Account)).one()
        account.password_hash = web_stand.digest()
        session.add(account)
        return [one or 0 for one in session.exec(select(Customer.id).order_by(col(Customer.id))).all()]


def test_each_of_ones_customers_has_its_page_and_nobody_elses_has(configured: str) -> None:
    first, second = two_customers()
    web_stand.owner("otra@luna.do", "ajena", requested_at=now())
    with web_stand.browser() as client:
        web_stand.log_in(client, "marta@sol.do")
        shown = {one: client.get(f"/tenant/portal?customer={one}").text for one in (first, second, second + 1, "x")}
    assert "segunda.localhost" in shown[second]
    assert "primera.localhost" not in shown[second]
    for other in (first, second + 1, "x"):
        assert "primera.localhost" in shown[other]
        assert "ajena" not in shown[other]


async def test_who_owns_one_customer_does_not_act_for_another(configured: str) -> None:
    first, second = two_customers()
    with database.transaction() as session:
        account = session.exec(select(Account)).one()
        session.exec(select(Membership).where(Membership.customer_id == second)).one().role = "reader"
    session_id = web_stand.open_session(account.id or 0)
    seen = accounts.identity(session_id)
    assert seen is not None
    assert (await auth.allow(seen, "odoo.end")).customer_id == first
    about_second = Identity(**{**seen.__dict__, "customer_id": second})
    assert (await auth.allow(about_second, "portal.see")).customer_id == second
    with pytest.raises(Forbidden):
        await auth.allow(about_second, "odoo.end")


def view(**changes: object) -> BillingView:
    usual = {
        "plan": "Pyme", "interval": "month", "status": "active", "stripe_status": "active", "amount_cents": 5900,
        "currency": "USD", "next_charge_at": None, "next_amount_cents": None,
        "current_period_end": datetime(2026, 12, 24, 14, tzinfo=UTC), "card_brand": "visa", "card_last4": "4242",
        "cancel_at_period_end": False,
    }  # fmt: skip
    return BillingView(**{**usual, **changes})  # type: ignore[arg-type]


def test_a_cancelled_plan_says_until_when_it_works() -> None:
    assert next_words(view(cancel_at_period_end=True), "DO").startswith("El plan termina el 24 de diciembre de 2026.")
    charged = view(next_charge_at=datetime(2026, 12, 24, tzinfo=UTC), next_amount_cents=5900)
    assert next_words(charged, "DO").startswith("Próximo cobro el 24 de diciembre de 2026: US$")
