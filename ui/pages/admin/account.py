"""/admin/customers/N: a customer's invoices and what staff do about them: give back, note a transfer, ask by hand."""

from collections.abc import Callable

from fastapi import Request
from nicegui import ui

from domain import currencies, formats, staff_billing
from domain.errors import AltaError, Invalid, NotFound
from domain.staff_billing import Account
from domain.stripe_views import InvoiceView
from ui import auth
from ui.auth import Identity
from ui.components.box import Box
from ui.components.button import button, link
from ui.components.empty import empty
from ui.components.field import field, select_field
from ui.components.heading import text
from ui.components.named import named
from ui.components.problem import problem, problem_html
from ui.components.state_badge import badge_html, state_badge
from ui.live import off_loop
from ui.pages.admin.console import console
from ui.pages.admin.customer_people import PeopleCard
from ui.pages.admin.missing import missing

DAYS = 15


@ui.page("/admin/customers/{customer_id}")
async def account_page(request: Request, customer_id: int) -> None:
    """Read from Stripe as the page opens, and again after each act."""
    try:
        found = await off_loop(staff_billing.account, customer_id)
    except NotFound as error:
        await missing(request, "Clientes", error.message)
        return
    except AltaError as error:
        async with console(request, "Clientes", "Cobros"):
            problem("No se pudo leer en Stripe.", error.message)
        return
    title = found.customer.company
    async with console(request, "Clientes", title, above=f"Clientes / {customer_id}"):
        AccountPage(request.state.identity, found)
        await PeopleCard(request.state.identity, found.customer).load()


class AccountPage:
    """Facts, contested payments, invoices; drawn anew after each act."""

    def __init__(self, identity: Identity, found: Account) -> None:
        self._identity, self._id = identity, found.customer.id or 0
        self._place = ui.column().classes("stack").style("width:100%")
        self._show(found)

    def _show(self, found: Account) -> None:
        self._place.clear()
        with self._place:
            self._facts(found)
            for one in found.disputes:
                amount = formats.money(one.amount_cents, one.currency, found.customer.country)
                until = f" Hay que responder antes del {formats.long_day(one.due_by)}." if one.due_by else ""
                words = staff_billing.DISPUTE_WORDS.get(one.status, one.status)
                ui.html(problem_html(f"Pago disputado de {amount}: {words.lower()}.", f"Se responde en Stripe.{until}",
                                     tone="warn"), sanitize=False)  # fmt: skip
            if not found.invoices:
                empty("Sin facturas", "Stripe no tiene ninguna de este cliente.")
            for invoice in found.invoices:
                self._row(invoice, found.customer.country)

    def _facts(self, found: Account) -> None:
        customer = found.customer
        with ui.element("section").classes("card stack").props('aria-label="Datos"'):
            with ui.row().classes("row between wrapping"):
                text(f"{customer.full_name}, {customer.email}", "strong")
                ui.html(badge_html("Paga por transferencia", "info") if found.by_transfer else "", sanitize=False)
            tax = f" · {customer.tax_id}" if customer.tax_id else ""
            text(f"{formats.country_name(customer.country)}{tax}", "small muted")
            with ui.row().classes("row wrapping"):
                if found.tenant_id is not None:
                    link("Ver su Odoo", f"/admin/tenants/{found.tenant_id}", small=True)
                if self._identity.may("billing.operate") and customer.stripe_customer_id:
                    button("Nueva factura", self._ask_invoice, small=True)
                    if found.tenant_id is not None:
                        words = "Cobrar con tarjeta" if found.by_transfer else "Cobrar por transferencia"
                        days = None if found.by_transfer else DAYS
                        button(words, lambda: self._do(staff_billing.by_transfer, days), small=True)

    def _row(self, invoice: InvoiceView, country: str) -> None:
        name = invoice.number or invoice.id
        card = named(ui.element("section").classes("card"), f"Factura {name}")
        with card, ui.row().classes("row between wrapping"):
            with ui.column().style("gap:2px"):
                text(name, "strong num")
                text(formats.day(invoice.date, country), "small muted num")
            with ui.row().classes("row wrapping"):
                text(formats.money(invoice.amount_cents, invoice.currency, country), "num")
                state_badge(invoice.status, "invoice")
                if invoice.hosted_url:
                    link("Ver", invoice.hosted_url, small=True, new_tab=True)
                if self._identity.may("billing.operate") and invoice.status == "open":
                    button("Pagada por transferencia", lambda: self._ask_evidence(invoice), small=True)
                if self._identity.may("billing.operate") and invoice.status == "paid" and invoice.amount_cents > 0:
                    button("Devolver", lambda: self._ask_refund(invoice), small=True)

    async def _ask_refund(self, invoice: InvoiceView) -> None:
        try:
            left = await off_loop(staff_billing.refundable, self._id, invoice.id)
        except AltaError as error:
            ui.notify(error.message)
            return
        written = currencies.written(left, invoice.currency)
        with Box(self._place, "Devolver dinero", f"Se pueden devolver {written} {invoice.currency.upper()}.") as (
            box,
            form,
        ):
            form["amount"] = field("Importe", value=written, attributes="inputmode=decimal maxlength=20")
            form["reason"] = select_field("Por qué", staff_billing.REFUND_REASONS, value="requested_by_customer")
            form["note"] = field("Nota", optional=True, attributes="maxlength=300")

            async def refund() -> None:
                amount, reason, note = (form[name].value for name in ("amount", "reason", "note"))
                await self._do(staff_billing.refund, invoice.id, amount, reason, note, box=box)

            box.confirm("Devolver", refund, danger=True)

    def _ask_evidence(self, invoice: InvoiceView) -> None:
        with Box(self._place, "Pagada por transferencia", "Lo que siga de estar al día se hace en el momento.") as (
            box,
            form,
        ):
            form["evidence"] = field("Referencia de la transferencia", attributes="maxlength=300")
            box.confirm("Anotar el pago", lambda: self._do(
                staff_billing.mark_paid, invoice.id, form["evidence"].value, box=box
            ))  # fmt: skip

    def _ask_invoice(self) -> None:
        with Box(self._place, "Nueva factura", "Aparte de la suscripción; el cliente la paga en su página.") as (
            box,
            form,
        ):
            form["words"] = field("Por qué se cobra", attributes="maxlength=300")
            form["amount"] = field("Importe", attributes="inputmode=decimal maxlength=20")
            form["currency"] = select_field("Moneda", {code: code for code in currencies.SOLD_IN}, value="USD")
            form["days"] = field("Días para pagar", value=str(DAYS), attributes="inputmode=numeric maxlength=3")

            def days() -> int:
                return int(form["days"].value) if form["days"].value.isdigit() else 0

            box.confirm("Emitir la factura", lambda: self._do(
                staff_billing.make_invoice, form["words"].value, form["amount"].value, form["currency"].value, days(),
                box=box,
            ))  # fmt: skip

    async def _do(self, act: Callable[..., object], *given: object, box: Box | None = None) -> None:
        """Acts in the name of who clicked; faults stand beside their fields."""
        try:
            who = await auth.allow(self._identity, "billing.operate")
            await off_loop(lambda: act(self._id, *given, by=who.login))
            fresh = await off_loop(staff_billing.account, self._id)
        except Invalid as error:
            if box:
                box.show(error)
        except AltaError as error:
            ui.notify(error.message)
        else:
            if box:
                box.close()
            self._show(fresh)
