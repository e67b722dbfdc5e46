"""The other ways in, in a browser and by keyboard: a link from a letter, and another provider."""

import json
import os
import re
from collections.abc import Callable, Iterator

import oidc_provider_mock
import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from domain import accounts, challenges, database, links
from domain.models import Account, Letter
from tests.browser.pictures import picture
from tests.browser.shop import Shop, running
from tests.integration.web_stand import owner

pytestmark = pytest.mark.browser
Findings = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def shop(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop that takes a provider's word."""
    user = oidc_provider_mock.User(sub="marta", claims={"email": "oidc@sol.do", "email_verified": True})
    with oidc_provider_mock.run_server_in_thread(user_claims=[user]) as provider:
        issuer = f"http://localhost:{provider.server_port}"
        given = [{"name": "Mi Empresa", "issuer": issuer, "client_id": "alta", "client_secret": "no-lo-diga"}]
        os.environ["OIDC_PROVIDERS"] = json.dumps(given)
        try:
            with running(postgres_url, tmp_path_factory.mktemp("ways"), host="localhost") as started:
                yield started
        finally:
            del os.environ["OIDC_PROVIDERS"]


def test_a_link_is_asked_for_and_enters_by_keyboard_alone(shop: Shop, page: Page, serious: Findings) -> None:
    owner("enlace@sol.do", "enlace")
    page.goto(f"{shop.web}/login?next=/account")
    page.get_by_role("link", name="Entrar con un enlace por correo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Entrar con un enlace")).to_be_visible()
    assert serious(page) == []
    picture(page, "link-ask")
    page.keyboard.type("enlace@sol.do")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Mira tu correo")).to_be_visible()
    visitor = next(one["value"] for one in page.context.cookies() if one["name"] == "alta_visitor")
    accounts.write_link("enlace@sol.do", challenges.digest(visitor))  # as the worker does
    with database.transaction() as session:
        assert session.exec(select(Letter.to).where(Letter.kind == "enter")).one() == "enlace@sol.do"
        account = session.exec(select(Account).where(Account.login == "enlace@sol.do")).one()
        token = links.make(session, account, links.ENTER, visitor=challenges.digest(visitor))
    page.goto(f"{shop.web}/login/link?token={token}")
    expect(page.get_by_text("Lo pediste en este navegador.")).to_be_visible()
    assert serious(page) == []
    picture(page, "link-enter")
    page.get_by_role("button", name="Entrar").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/tenant/portal"))
    page.goto(f"{shop.web}/login/link?token={token}")
    expect(page.get_by_role("heading", name="Este enlace ya no sirve")).to_be_visible()


def test_another_provider_opens_the_portal_and_is_listed(shop: Shop, phone: Page, serious: Findings) -> None:
    owner("oidc@sol.do", "oidc")
    phone.goto(f"{shop.web}/login")
    assert serious(phone) == []
    picture(phone, "login-phone")
    phone.get_by_role("link", name="Entrar con Mi Empresa").click()
    phone.get_by_role("button", name="marta").click()
    expect(phone).to_have_url(re.compile("/tenant/portal"))
    phone.goto(f"{shop.web}/account")
    card = phone.get_by_role("region", name="Otras formas de entrar")
    expect(card.get_by_text("oidc@sol.do")).to_be_visible()
    assert serious(phone) == []
    picture(phone, "providers")
    card.get_by_role("button", name="Quitar Mi Empresa").click()
    expect(card.get_by_text("Sin conectar.")).to_be_visible()
    card.get_by_role("button", name="Conectar").click()
    phone.get_by_role("button", name="marta").click()
    expect(phone).to_have_url(re.compile("/account"))
    expect(card.get_by_text("oidc@sol.do")).to_be_visible()
