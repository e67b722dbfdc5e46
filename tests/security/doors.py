"""Every door of the application and what opens it, written out once more on purpose: the product's own table, and the
code that asks it, are what is being tested. A route, page or act that is not here fails the tests."""

OPEN, ANYONE = "open", "anyone"  # needs no login; needs a login and nothing more

ROUTES = {
    "POST /api/auth/token": OPEN,
    "DELETE /api/auth/token": ANYONE,
    "GET /api/auth/me": ANYONE,
    "GET /api/backups": "panel.see | odoo.manage",
    "POST /api/backups": "tenants.operate | odoo.manage",
    "POST /api/backups/{backup_id}/restore": "tenants.operate | odoo.manage",
    "GET /api/backups/{backup_id}/download": "tenants.operate | odoo.manage",
    "POST /api/checkout": OPEN,
    "GET /api/dashboard/metrics": "panel.see",
    "GET /api/drift": "panel.see",
    "POST /api/drift/compare": "tenants.operate",
    "GET /api/drift/{drift_id}/effect": "panel.see",
    "POST /api/drift/{drift_id}/repair": "tenants.operate",
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /api/jobs": "panel.see",
    "GET /api/jobs/{job_id}": "panel.see",
    "POST /api/jobs/{job_id}/retry": "tenants.operate",
    "POST /api/jobs/{job_id}/cancel": "tenants.operate",
    "GET /api/jobs/{job_id}/log": "panel.see",
    "GET /api/jobs/{job_id}/log.txt": "panel.see",
    "GET /api/tenant/billing": "invoices.see",
    "GET /api/tenant/invoices": "invoices.see",
    "POST /api/tenant/portal-session": "billing.change",
    "POST /api/tenant/subscription/cancel": "odoo.end",
    "POST /api/tenant/subscription/resume": "billing.change",
    "POST /api/tenant/odoo-session": "odoo.enter",
    "GET /api/tenant/domain": "portal.see",
    "PUT /api/tenant/domain": "odoo.manage",
    "POST /api/tenant/domain/check": "odoo.manage",
    "DELETE /api/tenant/domain": "odoo.manage",
    "GET /api/tenant/copies": "portal.see",
    "POST /api/tenant/copies": "odoo.manage",
    "DELETE /api/tenant/copies/{copy_id}": "odoo.manage",
    "POST /api/tenant/deletion": "odoo.end",
    "DELETE /api/tenant/deletion": "odoo.end",
    "POST /api/tenants/{tenant_id}/actions/{name}": "tenants.operate",
    "GET /api/tenants/{tenant_id}/domain": "panel.see",
    "PUT /api/tenants/{tenant_id}/domain": "tenants.operate",
    "POST /api/tenants/{tenant_id}/domain/check": "tenants.operate",
    "DELETE /api/tenants/{tenant_id}/domain": "tenants.operate",
    "GET /api/tenants": "panel.see",
    "POST /api/tenants": "tenants.operate",
    "GET /api/tenants.csv": "panel.see",
    "GET /api/tenants/{tenant_id}": "panel.see",
    "POST /admin/tenants/{tenant_id:int}/odoo": "support.enter",
    "POST /tenant/odoo": "odoo.enter",
    "GET /login": OPEN,
    "POST /login": OPEN,
    "POST /logout": OPEN,
    "GET /password": OPEN,
    "POST /password": OPEN,
    "GET /password/request": OPEN,
    "POST /password/request": OPEN,
    "POST /webhook/stripe": OPEN,
}

PAGES = {
    **dict.fromkeys(("/", "/signup", "/onboarding", "/success", "/legal/terminos", "/legal/privacidad"), OPEN),
    **dict.fromkeys(("/robots.txt", "/sitemap.xml"), OPEN),
    **dict.fromkeys(
        (
            "/admin", "/admin/blueprints", "/admin/coupons", "/admin/customers", "/admin/customers/{customer_id}",
            "/admin/drift", "/admin/events", "/admin/events/{event_id}", "/admin/jobs", "/admin/jobs/{job_id}",
            "/admin/letters", "/admin/nodes", "/admin/plans", "/admin/plans/new", "/admin/plans/new-extra",
            "/admin/plans/{code}", "/admin/reports", "/admin/tenants", "/admin/tenants/{tenant_id}",
        ),
        "panel.see",
    ),
    "/tenant/portal": "portal.see",
}  # fmt: skip

# What pages do: functions of `domain` that take `by`, and what whoever calls them from a page must have asked for.
ACTS = {
    "access.give_consent": "consent.give",
    "access.withdraw_consent": "consent.give",
    "access.for_staff": "support.enter",
    "backup_requests.make": "tenants.operate | odoo.manage",
    "backup_requests.prove": "tenants.operate",
    "backup_requests.restore": "tenants.operate | odoo.manage",
    "billing.apply_again": "billing.operate",
    "billing_portal.cancel": "odoo.end",
    "billing_portal.resume": "billing.change",
    "blueprints.build": "nodes.operate",
    "by_hand.create": "tenants.operate",
    "catalogue_editor.move": "catalogue.edit",
    "catalogue_editor.remove": "catalogue.edit",
    "catalogue_editor.save": "catalogue.edit",
    "coupons.make": "catalogue.edit",
    "coupons.switch_off": "catalogue.edit",
    "coupons.use": "billing.change",
    "drift.ask": "tenants.operate",
    "drift.repair": "tenants.operate",
    "dunning.give_time": "billing.operate",
    "dunning.pause": "billing.operate",
    "fiscal.save": "billing.change",
    "joining.admit": "nodes.join",
    "letters.send_again": "letters.send",
    "node_actions.limit": "nodes.operate",
    "node_actions.perform": "nodes.operate",
    "payment_cards.choose": "billing.change",
    "payment_cards.pay": "billing.change",
    "payment_cards.remove": "billing.change",
    "plan_changes.confirm": "billing.change",
    "plan_changes.undo": "billing.change",
    "reconciling.walk_now": "billing.operate",
    "staff_billing.by_transfer": "billing.operate",
    "staff_billing.make_invoice": "billing.operate",
    "staff_billing.mark_paid": "billing.operate",
    "staff_billing.refund": "billing.operate",
    "staging.copy": "odoo.manage",
    "staging.end": "odoo.manage",
    "tenant_actions.perform": "tenants.operate",
    "tenant_actions.retry_creation": "tenants.operate",
    "wishes.ask_deletion": "odoo.end",
    "wishes.keep": "odoo.end",
}

STAFF = {
    "panel.see": {"admin", "operator", "support", "finance", "viewer"},
    "tenants.operate": {"admin", "operator"},
    "nodes.operate": {"admin", "operator"},
    "nodes.join": {"admin"},
    "support.enter": {"admin", "operator", "support"},
    "letters.send": {"admin", "operator", "support", "finance"},
    "billing.operate": {"admin", "finance"},
    "catalogue.edit": {"admin", "finance"},
}
CUSTOMER = {
    "portal.see": {"owner", "billing", "technical", "reader"},
    "odoo.enter": {"owner", "billing", "technical", "reader"},
    "odoo.manage": {"owner", "technical"},
    "odoo.end": {"owner"},
    "consent.give": {"owner"},
    "invoices.see": {"owner", "billing", "reader"},
    "billing.change": {"owner", "billing"},
}


def opens(door: str, role: str) -> bool:
    """Whether a role (`staff:admin`, `customer:owner`) passes a door; `""` is nobody."""
    if door in (OPEN, ANYONE):
        return door == OPEN or role != ""
    kind, _, name = role.partition(":")
    table = {"staff": STAFF, "customer": CUSTOMER}.get(kind, {})
    return any(name in table.get(capability, ()) for capability in door.split(" | "))
