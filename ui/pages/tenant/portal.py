"""The customer's page: their Odoo, plan, invoices. Everything money is what Stripe says, asked when the page opens."""

from dataclasses import replace

from fastapi import Request
from nicegui import ui

from domain import portal, portal_extras
from domain.errors import NotFound
from ui import auth, cookies, theme
from ui.auth import Identity
from ui.components.domain_card import DomainCard
from ui.components.empty import empty
from ui.components.problem import problem
from ui.live import follow, off_loop
from ui.pages.tenant.backups import Backups
from ui.pages.tenant.copies import CopiesCard
from ui.pages.tenant.customers import customer_choice
from ui.pages.tenant.data import data_card
from ui.pages.tenant.ending import EndingCard
from ui.pages.tenant.home import Home
from ui.pages.tenant.invoices import Invoices
from ui.pages.tenant.plan import PlanCard
from ui.pages.tenant.record import RecordCard
from ui.pages.tenant.support import SupportCard
from ui.pages.tenant.team import TeamCard


@ui.page("/tenant/portal")
async def portal_page(request: Request, customer: str = "", card: str = "") -> None:
    """State and address, plan and card, invoices. `customer` chooses among the person's own, by
    number; `card` is Stripe's session when they come back from giving a card."""
    identity: Identity = request.state.identity
    own = {str(each): each for each in identity.memberships}
    identity = replace(identity, customer_id=own.get(customer, identity.customer_id))
    customer_id = identity.customer_id
    with theme.portal_frame(identity, "Mi Odoo", "Mi Odoo"):
        if identity.invited and identity.visit is None:
            problem("Te invitan a otro equipo.", "", tone="info", action="Ver la invitación", href="/account")
        await customer_choice(identity)
        try:
            if customer_id is None:
                raise NotFound("Todavía no tienes un Odoo.")
            home = await off_loop(portal.home, customer_id)
        except NotFound:
            empty("Todavía no tienes un Odoo", "Aquí verás su estado, tu plan y tus facturas.",
                  action="Crear mi Odoo", href="/signup")  # fmt: skip
            return

        async def manager_login() -> str:
            return (await auth.allow(identity, "odoo.manage")).login

        async def show_extras() -> None:
            extras = await off_loop(portal_extras.read, home.tenant_id)
            domain.card.set_visibility(extras.domain is not None or extras.running)
            domain.show(extras.domain)
            copies.show(extras)
            ending.show(extras)

        hidden = {"csrf": cookies.csrf_token(request), "customer": str(customer_id)}
        shown = Home(home, hidden if identity.may_there("odoo.enter") else None)
        pays = await off_loop(portal.has_subscription, customer_id)
        reads = pays and identity.may("invoices.see")
        if not pays:
            ui.html("<h2 class='h-card'>Sin cobros en línea</h2><p class='small muted'>Tu Odoo lo creó nuestro equipo; "
                    "si tienes preguntas sobre el pago, escríbenos.</p>").classes("card stack")  # fmt: skip
        elif reads:
            plan = PlanCard(identity, customer_id, home.country)
            invoices = Invoices(identity, customer_id, home.country, plan.load)
        domain = DomainCard(home.tenant_id, manager_login, acts=identity.may("odoo.manage"))
        copies = CopiesCard(identity, home.tenant_id)
        kept = Backups(identity, customer_id, home)
        support = SupportCard(identity, customer_id, home.tenant_id, home.country)
        ending = EndingCard(identity, home.tenant_id, home.country)
        await support.load()
        await show_extras()
        await kept.load()
        if identity.may("team.manage"):
            await TeamCard(identity, customer_id).load()
        if identity.may("data.export"):
            data_card(identity, customer_id)
        if identity.may("record.see"):
            await RecordCard(customer_id, identity.account_id, home.country).load()

    async def look_again() -> None:
        shown.show(await off_loop(portal.home, customer_id))
        await show_extras()
        await kept.load()
        await support.load()

    follow([f"tenant:{home.tenant_id}"], look_again).ask()
    if reads:
        await ui.context.client.connected()
        if card:
            await plan.card_returned(card)
        await plan.load()
        await invoices.load()
