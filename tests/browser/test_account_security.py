"""The account's own page in a browser: an app enrolled and lost, a passkey that enters, a proof that is asked for."""

import re
from collections.abc import Callable, Iterator

import pyotp
import pytest
from playwright.sync_api import CDPSession, Page, expect
from sqlmodel import select

from domain import database, factors, identities
from domain.models import Account, LoginSession
from domain.models.base import now
from tests.browser.pictures import picture
from tests.browser.shop import Shop, running
from tests.integration.web_stand import WORDS, owner, prove

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shop(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The shop by a name: browsers bind passkeys to names, not to addresses."""
    with running(postgres_url, tmp_path_factory.mktemp("named"), host="localhost") as started:
        yield started


def enter(page: Page, web: str, login: str) -> None:
    page.goto(f"{web}/login")
    page.get_by_label("Correo o usuario").fill(login)
    page.get_by_label("Contraseña").fill(WORDS)
    page.keyboard.press("Enter")


def stale(login: str) -> None:
    """The proof of every session of somebody is a quarter of an hour old."""
    with database.transaction() as session:
        account = session.exec(select(Account).where(Account.login == login)).one()
        for row in session.exec(select(LoginSession).where(LoginSession.account_id == account.id)).all():
            row.proved_at = now() - identities.FRESH
            session.add(row)


def authenticator(page: Page) -> CDPSession:
    """Chromium's virtual authenticator: a fingerprint that is always right."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    return devtools


def test_an_app_is_enrolled_asked_for_and_recovered_from(
    shop: Shop, page: Page, phone: Page, serious: Callable[[Page], list[str]]
) -> None:
    prove(owner("app@sol.do", "app"))
    enter(page, shop.web, "app@sol.do")
    expect(page).to_have_url(re.compile("/tenant/portal"))
    page.goto(f"{shop.web}/account")
    expect(page.get_by_role("heading", name="Segundo paso")).to_be_visible()
    assert serious(page) == []
    picture(page, "account")
    page.get_by_role("button", name="Poner una aplicación").click()
    box = page.get_by_role("dialog")
    expect(box.get_by_role("img", name="Código QR para la aplicación")).to_be_visible()
    box.get_by_text("¿No puedes leerlo?").click()
    secret = box.locator(".mono").inner_text().replace(" ", "")
    picture(page, "enrol")
    box.get_by_label("Código que muestra").fill("000000")
    box.get_by_role("button", name="Confirmar").click()
    expect(box.get_by_text("Ese no es el código")).to_be_visible()
    app = pyotp.TOTP(secret)
    box.get_by_label("Código que muestra").fill(app.at(int(now().timestamp()) - 30))
    box.get_by_role("button", name="Confirmar").click()
    expect(page.get_by_role("heading", name="Tus códigos de recuperación")).to_be_visible()
    codes = page.locator(".codes").inner_text().split()
    assert len(codes) == 10
    picture(page, "codes")
    page.get_by_role("button", name="Ya los guardé").click()
    expect(page.get_by_text("Te quedan 10 códigos de recuperación.")).to_be_visible()

    enter(phone, shop.web, "app@sol.do")
    expect(phone.get_by_role("heading", name="Un paso más")).to_be_visible()
    assert serious(phone) == []
    picture(phone, "second-step")
    phone.get_by_label("Código").fill("123456")
    phone.keyboard.press("Enter")
    expect(phone.get_by_text("El código no es correcto")).to_be_visible()
    phone.get_by_label("Código").fill(codes[0])
    phone.keyboard.press("Enter")
    expect(phone).to_have_url(re.compile("/tenant/portal"))
    phone.goto(f"{shop.web}/account")
    expect(phone.get_by_text("Te quedan 9 códigos de recuperación.")).to_be_visible()
    picture(phone, "account-phone")

    stale("app@sol.do")
    phone.get_by_role("button", name="Quitar la aplicación de códigos").click()
    proof = phone.get_by_role("dialog")
    expect(proof.get_by_role("heading", name="Confirma que eres tú")).to_be_visible()
    picture(phone, "proof")
    proof.get_by_label("Código de tu aplicación").fill("000000")
    proof.get_by_role("button", name="Confirmar").click()
    expect(proof.get_by_text("El código no es correcto")).to_be_visible()
    proof.get_by_label("Código de tu aplicación").fill(codes[1])
    proof.get_by_role("button", name="Confirmar").click()
    expect(phone.get_by_role("button", name="Poner una aplicación")).to_be_visible()


def test_a_passkey_is_made_and_enters_without_a_name(
    shop: Shop, page: Page, serious: Callable[[Page], list[str]]
) -> None:
    account = prove(owner("llave@sol.do", "llave"))
    authenticator(page)
    enter(page, shop.web, "llave@sol.do")
    expect(page).to_have_url(re.compile("/tenant/portal"))
    page.goto(f"{shop.web}/account")
    stale("llave@sol.do")
    page.get_by_role("button", name="Añadir una llave de acceso").click()
    box = page.get_by_role("dialog")
    box.get_by_label("Nombre, para reconocerla").fill("Portátil de Marta")
    box.get_by_role("button", name="Añadir").click()
    proof = page.get_by_role("dialog").filter(has_text="Confirma que eres tú")
    proof.get_by_label("Tu contraseña").fill(WORDS)
    proof.get_by_role("button", name="Confirmar").click()
    expect(page.get_by_role("heading", name="Tus códigos de recuperación")).to_be_visible()
    page.get_by_role("button", name="Ya los guardé").click()
    expect(page.get_by_text("Portátil de Marta")).to_be_visible()
    picture(page, "passkeys")
    assert factors.of(account.id or 0).passkeys == 1

    page.get_by_role("button", name="Salir").first.click()
    expect(page).to_have_url(re.compile("/login"))
    page.goto(f"{shop.web}/login")
    expect(page.get_by_role("button", name="Entrar con una llave de acceso")).to_be_visible()
    assert serious(page) == []
    picture(page, "login")
    page.get_by_role("button", name="Entrar con una llave de acceso").click()
    expect(page).to_have_url(re.compile("/tenant/portal"))
    page.get_by_role("button", name="Salir").first.click()
    enter(page, shop.web, "llave@sol.do")
    page.get_by_role("button", name="Usar tu llave de acceso").click()
    expect(page).to_have_url(re.compile("/tenant/portal"))
    page.goto(f"{shop.web}/account")
    stale("llave@sol.do")
    page.get_by_role("button", name="Quitar Portátil de Marta").click()
    page.get_by_role("button", name="Usar tu llave", exact=True).click()
    expect(page.get_by_text("Portátil de Marta")).to_have_count(0)
