"""A node joins by the form and is emptied, and the owner's backups in the portal: made, downloaded, restored."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from domain import accounts, backup_keys, database, node_actions
from domain.models import Job, Node, Tenant
from domain.settings import settings
from provisioning import recipes
from provisioning.fleet import Fleet
from provisioning.sandbox import NodeSandbox
from tests.browser.test_account_security import stale
from tests.browser.test_admin_pages import FORM, PASSWORD
from tests.browser.test_verbs_pages import logged_in, picture, running
from tests.integration.test_backup_pages import kept
from tests.web_server import WebServer, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def bare(postgres_url: str, tmp_path: Path) -> Iterator[NodeSandbox]:
    """A host that nobody joined yet."""
    with NodeSandbox(postgres_url, tmp_path / "node", bare=True) as sandbox:
        yield sandbox


def work(job_id: int) -> None:
    """Does a job as the worker does; the browser's driver has this thread's loop."""

    async def done() -> None:
        fleet = Fleet()
        try:
            await recipes.run_job(job_id, fleet)
        finally:
            await fleet.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, done()).result(60)


def newest(kind: str) -> int:
    with database.reading() as session:
        return session.exec(select(Job.id).where(Job.kind == kind).order_by(col(Job.id).desc())).first() or 0


def test_a_node_joins_by_the_form_and_is_emptied(
    server: WebServer, bare: NodeSandbox, page: Page, serious: Callable[[Page], list[str]]
) -> None:
    accounts.create_staff("ana", PASSWORD, "admin")
    logged_in(page, server, "ana", "/admin")
    page.goto(f"{server.url}/admin/nodes")
    page.get_by_role("button", name="Añadir nodo").click()
    box = page.get_by_role("dialog")
    box.get_by_role("button", name="Ver su clave").click()
    expect(box.get_by_text("minúsculas, cifras y guiones").first).to_be_visible()  # nothing is sent without a name
    for label, value in (("Nombre", "nodo-nuevo"), ("Host", "127.0.0.1"), ("Puerto SSH", str(bare.ready["ssh_port"])),
                         ("Usuario", bare.ready["user"]), ("Visitas", bare.ready["http_url"])):  # fmt: skip
        box.get_by_label(label, exact=label != "Visitas").fill(str(value))
    box.get_by_role("button", name="Ver su clave").click()
    expect(box.get_by_text("SHA256:")).to_be_visible()
    picture(page, "node-form")
    box.get_by_label("Contraseña de").fill(bare.ready["password"])
    box.get_by_role("button", name="Unir").click()
    expect(box.get_by_text("Confirma primero que la clave es la misma.")).to_be_visible()
    box.get_by_role("checkbox", name="Es la misma").click()
    box.get_by_label("Contraseña de").fill(bare.ready["password"])
    box.get_by_role("button", name="Unir").click()
    page.wait_for_url("**/admin/jobs/*")
    work(newest("join_node"))
    expect(page.get_by_text("admite pedidos").first).to_be_visible()
    page.goto(f"{server.url}/admin/nodes")
    card = page.get_by_role("region", name="nodo-nuevo")
    expect(card.get_by_text("abierto a pedidos")).to_be_visible()
    with database.transaction() as session:
        there = session.get_one(Tenant, running())
        there.node_id = session.exec(select(Node.id)).one()
    card.get_by_role("button", name="Vaciar").click()
    box = page.get_by_role("dialog")
    box.get_by_role("button", name="Vaciar").click()
    expect(page.get_by_text("No hay otro nodo abierto con sitio")).to_be_visible()
    box.get_by_role("button", name="Volver").click()
    with database.transaction() as session:
        known = session.exec(select(Node)).one()
        other = known.model_dump(exclude={"id", "name"})
        session.add(Node(**other, name="nodo-otro"))
    node_actions.perform(known.id or 0, "drain", by="ana")
    expect(card.get_by_text("Vaciando este nodo.")).to_be_visible()
    expect(card.get_by_text("Quedan 1; ya se movieron 0.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    picture(page, "nodes")
    assert serious(page) == []


@pytest.fixture
def with_store(configured: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[WebServer]:
    monkeypatch.setenv("BACKUP_KEY", backup_keys.new())
    monkeypatch.setenv("BACKUP_URL", f"file://{tmp_path}/store")
    settings.cache_clear()
    with serving(tmp_path / "web.log") as started:
        yield started


def test_the_owner_makes_downloads_and_restores_backups(
    with_store: WebServer, page: Page, serious: Callable[[Page], list[str]]
) -> None:
    tenant_id = running()
    kept(tenant_id, "scheduled", days=1, data=b"una copia entera")
    logged_in(page, with_store, FORM.email, "/tenant/portal")
    section = page.get_by_role("region", name="Copias de seguridad")
    expect(section.get_by_text("Programada")).to_be_visible()
    stale(FORM.email)
    section.get_by_role("button", name="Descargar").click()
    asked = page.get_by_role("dialog")
    expect(asked.get_by_text("Confirma que eres tú")).to_be_visible()
    picture(page, "proof-for-a-backup")
    asked.get_by_label("Tu contraseña").fill(PASSWORD)
    with page.expect_download() as arriving:
        asked.get_by_role("button", name="Confirmar").click()
    expect(asked).to_have_count(0)
    assert Path(arriving.value.path()).read_bytes() == b"una copia entera"
    section.get_by_role("button", name="Restaurar").click()
    box = page.get_by_role("dialog")
    box.get_by_role("textbox").fill("otra-cosa")
    box.get_by_role("button", name="Restaurar").click()
    expect(box.get_by_text("No coincide.")).to_be_visible()
    picture(page, "restore")
    box.get_by_role("textbox").fill("panaderia-sol")
    box.get_by_role("button", name="Restaurar").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(section.get_by_text("Antes de restaurar")).to_be_visible()
    expect(section.get_by_text("En curso")).to_be_visible()
    page.emulate_media(color_scheme="light")
    section.get_by_role("button", name="Hacer una copia ahora").click()
    toast = page.locator(".q-notification__message")
    expect(toast).to_have_text("Ya se está haciendo una copia.")
    expect(toast).to_have_css("color", "rgb(16, 32, 30)")  # ink on a light ground
    picture(page, "portal-backups")
    expect(toast).to_have_count(0, timeout=10_000)  # not while it fades away
    assert serious(page) == []
