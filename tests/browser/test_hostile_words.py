"""Markup and template syntax in everything that people, nodes and Stripe can say: on every page it is only words."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import text

from domain import database, jobs, journal, passwords
from domain.models import (
    ApiKey,
    Backup,
    Blueprint,
    Drift,
    DriftRound,
    DriftSource,
    HookDelivery,
    HookEndpoint,
    Membership,
    Node,
    OidcIdentity,
    OwnDomain,
    Passkey,
    StripeEvent,
    SupportConsent,
    Tenant,
)
from domain.models.base import now
from domain.states import JobStatus
from tests.browser.shop import Shop, running
from tests.browser.test_plans_pages import logged_in
from tests.browser.test_portal_billing import PASSWORD, Owner
from tests.integration.web_stand import person
from tests.security.doors import PAGES

pytestmark = pytest.mark.browser
# A way out of an attribute or a prop's quotes (NiceGUI evaluates props that begin with a colon), a tag, a template.
WORDS = "\" :a=\"document.body.dataset.zq=1\" '><i data-zq>{{'zq'+'qz'}}"
# What strangers, customers, staff, nodes or Stripe write there, by table.
TOLD = {
    "account": ["name"],
    "audit_entry": ["actor", "request_id"],
    "api_key": ["name", "last_address"],
    "backup": ["error", "proof_note", "requested_by"],
    "blueprint": ["odoo_version", "modules", "tested"],
    "customer": ["company", "full_name", "tax_id"],
    "drift": ["reason", "repaired_by"],
    "drift_source": ["error"],
    "hook_delivery": ["answer"],
    "hook_endpoint": ["url", "created_by"],
    "job": ["requested_by", "waiting_reason", "error"],
    "letter": ["error"],
    "log_line": ["text"],
    "login_session": ["agent"],
    "node": ["last_error", "key_alarm", "odoo", "host", "username"],
    "oidc_identity": ["email"],
    "own_domain": ["problem"],
    "passkey": ["name"],
    "plan": ["name", "summary"],
    "stripe_event": ["error", "note", "object_id", "api_version"],
    "support_consent": ["given_by"],
    "tenant": ["broken_reason", "deletion_asked_by"],
}
FOUND = "() => [document.querySelectorAll('[data-zq]').length, document.body.innerText.includes('zqqz')]"


@pytest.fixture(scope="module")
def shop(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop of its own: what is written here would be in others' way."""
    with running(postgres_url, tmp_path_factory.mktemp("hostil")) as started:
        yield started


class Filled:
    """One of each thing that pages show, with hostile words wherever somebody else chooses them."""

    def __init__(self, owner: Owner) -> None:
        self.owner = owner
        self.eva = person("eva@sol.do", name="Eva").id or 0
        with database.transaction() as session:
            node = Node(name="nodo-a", host="x", key_file="x", known_host="x", container=105, http_url="http://x",
                        state="open", reachable=False, health={"odoo": WORDS, "disk_free": 1})  # fmt: skip
            round_ = DriftRound(asked_by="ana", begun_at=now(), ended_at=now())
            session.add_all(
                [node, round_, Membership(account_id=self.eva, customer_id=self.customer, role="technical")]
            )
            session.flush()
            tenant = session.get_one(Tenant, self.owner.tenant_id)
            tenant.node_id, tenant.observed = node.id, "running"
            job = jobs.defer(session, "suspend_tenant", tenant=tenant)
            self.job_id = job.id or 0
            account = self.owner_account(session)
            hook = HookEndpoint(customer_id=self.customer, url="https://x.example", created_by="x")
            event = StripeEvent(stripe_id="evt_x", type="invoice.paid", outcome="failed", payload={WORDS: [WORDS]},
                                changes={WORDS: [WORDS, WORDS]}, created=now())  # fmt: skip
            session.add_all([hook, event])
            session.flush()
            self.event_id = event.id or 0
            session.add_all([
                ApiKey(digest="d" * 64, prefix="alta_c_xxxx", account_id=account, customer_id=self.customer, name="x",
                       scopes=["portal.see"], last_used_at=now()),
                Backup(tenant_id=tenant.id or 0, kind="manual", state="failed"),
                Blueprint(name="base", node_id=node.id or 0, template="bp_base", version=1, odoo_version="", modules="",
                          language="es_ES", currency="EUR"),
                Drift(kind="not_there", subject=f"tenant:{tenant.id}", reason="x", needs=f"node:{node.id}",
                      tenant_id=tenant.id, node_id=node.id, round_id=round_.id or 0, repaired_at=now()),
                DriftSource(name="stripe", round_id=round_.id or 0),
                HookDelivery(endpoint_id=hook.id or 0, event="msg_x", kind="ping", tries=1, tried_at=now(), status=500),
                OidcIdentity(issuer="https://id.example", subject="1", account_id=account, email="x"),
                OwnDomain(tenant_id=tenant.id or 0, domain="erp.sol.do", proof="x"),
                Passkey(id="eHg", account_id=account, public_key="eHg", name="x"),
                SupportConsent(tenant_id=tenant.id or 0, given_by="x", ends_at=now().replace(year=2099)),
            ])  # fmt: skip
        assert jobs.begin(self.job_id) is not None
        journal.append(self.job_id, journal.Batch(lines=[(now(), WORDS)], steps=[(now(), "suspend")]))
        with database.transaction() as session:
            jobs.finish(session, self.job_id, JobStatus.FAILED, error=WORDS)
        self._write()

    @property
    def customer(self) -> int:
        return self.owner.customer_id

    def owner_account(self, session: object) -> int:
        query = text("select id from account where login = :login")
        return int(session.execute(query, {"login": self.owner.login}).scalar_one())  # type: ignore[attr-defined]

    def _write(self) -> None:
        with database.transaction() as session:
            session.execute(text("set local session_replication_role = replica"))  # the record can only be added to
            for table, columns in TOLD.items():
                values = ", ".join(f"{column} = :words" for column in columns)
                session.execute(text(f"update {table} set {values}"), {"words": WORDS})  # noqa: S608 - names of ours
            session.execute(
                text("update audit_entry set details = jsonb_build_object(:words, :words)"), {"words": WORDS}
            )
            session.execute(text("update account set password_hash = :digest where login like 'eva%'"),
                            {"digest": passwords.digest(PASSWORD)})  # fmt: skip

    def at(self, path: str) -> str:
        for name, value in {
            "customer_id": self.customer, "event_id": self.event_id, "job_id": self.job_id, "code": "pyme",
            "tenant_id": self.owner.tenant_id,
        }.items():  # fmt: skip
            path = path.replace(f"{{{name}}}", str(value))
        return path


def test_words_of_others_are_never_markup_nor_templates(
    shop: Shop, page: Page, new_context: Callable[..., BrowserContext]
) -> None:
    staff = new_context().new_page()
    logged_in(shop, staff, "admin")
    owner = Owner(shop)
    owner.enter(page)
    filled = Filled(owner)
    seen = 0
    for path in PAGES:
        if path.endswith((".txt", ".xml")):
            continue
        visitor = staff if path.startswith("/admin") else page
        visitor.goto(shop.web + filled.at(path))
        expect(visitor.locator("h1").filter(visible=True).first).to_be_visible()
        visitor.wait_for_load_state("networkidle")
        assert not re.search("/login", visitor.url), path
        assert visitor.evaluate(FOUND) == [0, False], path
        seen += "data-zq" in visitor.locator("body").inner_text()
    assert seen >= 24  # else the words are nowhere, and the test shows nothing
