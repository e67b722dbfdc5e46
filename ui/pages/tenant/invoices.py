"""The customer's invoices, newest first, as Stripe has them."""

from collections.abc import Awaitable, Callable
from html import escape

from nicegui import ui

from domain import billing, payment_cards
from domain.errors import AltaError
from domain.formats import day, money
from ui import auth
from ui.auth import Identity
from ui.components.button import button
from ui.components.empty import empty_html
from ui.components.heading import text
from ui.components.problem import problem
from ui.components.segment import segment
from ui.components.state_badge import badge_html, words
from ui.live import off_loop

MANY = 6  # invoices from which on they are filtered
FILTERS = {"all": "Todas", "open": "Por pagar", "paid": "Pagadas", "void": "Anuladas"}


class Invoices:
    """A table in a card; loads by itself. What is owed stands above it, to be paid by the owner; `paid` is awaited
    then."""

    def __init__(self, identity: Identity, customer_id: int, country: str, paid: Callable[[], Awaitable[None]]) -> None:
        self.identity, self.customer_id, self.country, self.paid = identity, customer_id, country, paid
        self.place = ui.element("div").classes("stack").style("--gap:8px")
        with self.place:
            ui.html('<div class="skeleton" style="height:132px"></div>', sanitize=False)

    async def load(self) -> None:
        """Asks Stripe and shows; where it does not answer, says so and offers to try again."""
        try:
            found = await off_loop(billing.invoices, self.customer_id)
        except AltaError as error:
            self.place.clear()
            with self.place:
                problem("No pudimos leer tus facturas.", error.message)
                button("Probar otra vez", self.load, small=True)
            return
        self.place.clear()
        with self.place:
            for invoice in found:
                if invoice.due_cents:
                    self._owed(invoice)
            if len(found) >= MANY:
                segment(FILTERS, "all", lambda event: table.set_content(shown(event.value)), label="Qué facturas")
            table = ui.html(invoices_html(found, self.country), sanitize=False).classes("card tablecard")

        def shown(which: str) -> str:
            chosen = [one for one in found if which == "all" or one.status == which]
            return invoices_html(chosen, self.country)

    def _owed(self, invoice: "billing.InvoiceView") -> None:
        amount = money(invoice.due_cents, invoice.currency, self.country)
        with ui.row().classes("card warn row between wrapping"):
            text(f"Factura {invoice.number} pendiente: {amount}")
            if self.identity.may("billing.change"):
                button("Pagar ahora", lambda: self._pay(invoice), look="primary", small=True)

    async def _pay(self, invoice: "billing.InvoiceView") -> None:
        try:
            await auth.allow(self.identity, "billing.change")
            go_to = await off_loop(payment_cards.pay, self.customer_id, invoice.id, self.identity.login)
        except AltaError as error:
            ui.notify(error.message, type="warning")
            return
        if go_to:
            # The card on file did not do: Stripe's page takes another one, or asks the bank.
            ui.navigate.to(go_to)
            return
        ui.notify("Pagada. Gracias.", type="positive")
        await self.paid()
        await self.load()


def invoices_html(found: "list[billing.InvoiceView]", country: str) -> str:
    """Number, date, state, amount, and the two documents."""
    if not found:
        return empty_html("No hay facturas así", "Aquí verás cada factura, con su página y su PDF.")
    head = (
        "<tr><th>Factura</th><th>Fecha</th><th class='hide-s'>Estado</th><th class='r'>Importe</th>"
        "<th class='r'><span class='out'>Documentos</span></th></tr>"
    )
    rows = "".join(_row(invoice, country) for invoice in found)
    caption = '<caption class="out">Facturas</caption>'
    return f'<table class="num invoices">{caption}<thead>{head}</thead><tbody>{rows}</tbody></table>'


def _row(invoice: "billing.InvoiceView", country: str) -> str:
    number = escape(invoice.number or "Borrador")
    name = _link(invoice.hosted_url, number, f"Ver la factura {number}") or number
    pdf = _link(invoice.pdf_url, "PDF", f"Descargar la factura {number} en PDF")
    return (
        f"<tr><td>{name}</td><td>{day(invoice.date, country)}</td>"
        f"<td class='hide-s'>{badge_html(*words(invoice.status, 'invoice'))}</td>"
        f"<td class='r'>{escape(money(invoice.amount_cents, invoice.currency, country))}</td>"
        f"<td class='r'>{pdf}</td></tr>"
    )


def _link(address: str | None, words_: str, label: str) -> str:
    if not address or not address.startswith(("https://", "http://")):
        return ""
    return f'<a href="{escape(address)}" target="_blank" rel="noopener" aria-label="{label}">{words_}</a>'
