"""/admin/tenants/N: what a tenant is and shall be, what was done, who pays, and what may be done now."""

from fastapi import Request
from nicegui import ui

from domain import access, own_domains
from domain.access import SupportDoor
from domain.errors import NotFound
from domain.reports import tenant_detail
from domain.reports.tenant_detail import TenantDetail
from ui import auth, cookies, live
from ui.components.domain_card import DomainCard
from ui.live import off_loop
from ui.pages.admin import tenant_html
from ui.pages.admin.backups import TenantBackups
from ui.pages.admin.console import console
from ui.pages.admin.dunning import DunningCard
from ui.pages.admin.missing import missing
from ui.pages.admin.support import support_html
from ui.pages.admin.tenant_menu import TenantMenu


@ui.page("/admin/tenants/{tenant_id}")
async def tenant_page(request: Request, tenant_id: int) -> None:
    """One tenant, live."""
    try:
        detail = await off_loop(tenant_detail.read, tenant_id)
    except NotFound as error:
        await missing(request, "Instancias", error.message)
        return
    menu = TenantMenu(request.state.identity)
    above = f"Instancias / {tenant_id}"
    async with console(request, "Instancias", detail.row.subdomain, action=menu.build, above=above) as page:
        csrf = cookies.csrf_token(request)

        async def operator_login() -> str:
            return (await auth.allow(page.identity, "tenants.operate")).login

        parts = [ui.html("", sanitize=False) for _ in tenant_html.PARTS[:2]]
        support = ui.html("", sanitize=False)  # between what it is and what was done
        debt = DunningCard(request.state.identity, tenant_id, operates=page.may("billing.operate"))
        kept = TenantBackups(request.state.identity, detail)
        parts += [ui.html("", sanitize=False) for _ in tenant_html.PARTS[2:]]

        domain = DomainCard(tenant_id, operator_login, acts=page.may("tenants.operate"))

        def write(now: TenantDetail) -> None:
            nonlocal detail
            detail = now
            menu.show(now)
            for part, render in zip(parts, tenant_html.PARTS, strict=True):
                html = render(now)
                if html != part.content:
                    part.set_content(html)

        def write_support(door: SupportDoor) -> None:
            html = support_html(door, operates=page.may("support.enter"), csrf=csrf)
            if html != support.content:
                support.set_content(html)

        async def show() -> None:
            write(await off_loop(tenant_detail.read, tenant_id))
            write_support(await off_loop(access.door, tenant_id))
            await show_domain()
            await debt.load()
            await kept.load()

        async def show_domain() -> None:
            own = await off_loop(own_domains.view, tenant_id)
            running = detail.row.observed == "running" and detail.kin.staging_of is None
            domain.card.set_visibility(own is not None or running)
            domain.show(own)

        write(detail)
        await show_domain()
        write_support(await off_loop(access.door, tenant_id))
        await debt.load()
        await kept.load()
        # Asked for at once: what happened while the page was built is seen as soon as the browser is there.
        live.follow([f"tenant:{tenant_id}", "job"], show).ask()
