"""`/p/session/{id}`: the customer portal, where a subscription is cancelled or resumed and the card changed."""

from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from domain.sandbox import cards, charging, subscribing
from domain.sandbox.ledger import Ledger
from domain.sandbox.pages import card_form, wording
from domain.sandbox.pages.layout import message, page
from domain.sandbox.store import Document


class PortalPage:
    """The handlers of the portal."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The addresses."""
        return [
            Route("/p/session/{id}", self.show, methods=["GET"]),
            Route("/p/session/{id}/subscriptions/{subscription}", self.change, methods=["POST"]),
            Route("/p/session/{id}/card", self.card, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Subscriptions, card and invoices."""
        session = self._session(request)
        return self._page(session, {}, {}, "") if session else _unknown()

    async def change(self, request: Request) -> Response:
        """Cancel at the period's end (`wanted=cancel`) or take that back (`wanted=resume`)."""
        session = self._session(request)
        typed = await request.form()
        found = self._ledger.store.get("subscription", request.path_params["subscription"])
        if session is None or found is None or found["customer"] != session["customer"]:
            return _unknown()
        if found["status"] != "canceled":
            with self._ledger.store.transaction():
                wanted = typed.get("wanted") == "cancel"
                changes = subscribing.cancellation(self._ledger, found, True) if wanted else subscribing.resumed()
                subscribing.change(self._ledger, found, **changes)
        return RedirectResponse(f"/p/session/{session['id']}", 303)

    async def card(self, request: Request) -> Response:
        """Save a card and let it pay from now on."""
        session = self._session(request)
        typed = {name: str(value) for name, value in (await request.form()).items()}
        if session is None:
            return _unknown()
        try:
            card = cards.read(*(typed.get(name, "") for name in ("number", "expiry", "cvc", "name")))
        except cards.CardProblems as wrong:
            return self._page(session, typed, wrong.problems, "")
        if card.decline:
            return self._page(session, typed, {}, cards.DECLINED[card.decline])
        ledger = self._ledger
        with ledger.store.transaction():
            customer = ledger.find("customer", session["customer"])
            method = charging.save_card(ledger, card, customer)
            settings = {**customer["invoice_settings"], "default_payment_method": method["id"]}
            ledger.change("customer", customer, "customer.updated", invoice_settings=settings)
            for subscription in self._subscriptions(session["customer"]):
                if subscription["status"] != "canceled":
                    subscribing.change(ledger, subscription, default_payment_method=method["id"])
        return RedirectResponse(f"/p/session/{session['id']}", 303)

    def _session(self, request: Request) -> Document | None:
        return self._ledger.store.get("billing_portal.session", request.path_params["id"])

    def _subscriptions(self, customer: str) -> list[Document]:
        return [s for s in self._ledger.store.newest_first("subscription", customer) if s["customer"] == customer]

    def _page(self, session: Document, typed: dict[str, str], problems: dict[str, str], refusal: str) -> Response:
        seller, customer = self._ledger.config.business_name, session["customer"]
        subscriptions = self._subscriptions(customer)
        invoices = [i for i in self._ledger.store.newest_first("invoice", customer) if i["customer"] == customer]
        method = subscribing.payment_method(self._ledger, subscriptions[0]) if subscriptions else None
        back = session["return_url"]
        body = (
            '<main class="page">'
            + (f'<p><a href="{escape(back)}">← Volver a {escape(seller)}</a></p>' if back else "")
            + f"<h1>Tu facturación en {escape(seller)}</h1><h2>Suscripciones</h2>"
            + "".join(self._subscription(session["id"], s) for s in subscriptions)
            + ("" if subscriptions else '<p class="soft">No tienes suscripciones.</p>')
            + f"<h2>Tarjeta</h2>{_card(method)}{card_form.refusal(refusal)}"
            + f"<details{' open' if problems or refusal else ''}><summary>Cambiar la tarjeta</summary>"
            + f'<form method="post" action="/p/session/{session["id"]}/card" novalidate {card_form.ONCE}>'
            + f"{card_form.fields(typed, problems)}{card_form.HINT}"
            + "<p><button>Guardar la tarjeta</button></p></form></details>"
            + f"<h2>Facturas</h2>{_invoices(invoices)}</main>"
        )
        return page(f"Facturación de {seller}", body, status=402 if refusal else 422 if problems else 200)

    def _subscription(self, session: str, subscription: Document) -> str:
        item = subscription["items"]["data"][0]
        product = self._ledger.find("product", item["price"]["product"])
        amount = wording.money(item["price"]["unit_amount"] * item["quantity"], item["price"]["currency"])
        ends = wording.day(subscribing.due_at(subscription))
        leaving = subscription["cancel_at"] is not None
        if subscription["status"] == "canceled":
            state, button = "Cancelada", ""
        else:
            state = f"Se cancela el {ends}" if leaving else f"Se renueva el {ends}"
            if subscription["status"] == "past_due":
                state = "Tiene un pago pendiente: págalo desde tu última factura"
            wanted, words = (
                ("resume", "Reanudar la suscripción") if leaving else ("cancel", "Cancelar al final del periodo")
            )
            button = (
                f'<form method="post" action="/p/session/{session}/subscriptions/{subscription["id"]}">'
                f'<input type="hidden" name="wanted" value="{wanted}"><button class="plain">{words}</button></form>'
            )
        return (
            f'<div class="row"><span><strong>{escape(product["name"])}</strong><br>'
            f"{amount} {wording.every(item['price'])}"
            f'<br><span class="soft">{state}</span></span>{button}</div>'
        )


def _unknown() -> Response:
    return message("No encontramos esta página", "El enlace a tu facturación no es válido.", status=404)


def _card(method: Document | None) -> str:
    if method is None:
        return '<p class="soft">No hay ninguna tarjeta guardada.</p>'
    card = method["card"]
    expiry = f"{card['exp_month']:02d}/{card['exp_year']}"
    return f"<p>{escape(card['brand'].capitalize())} terminada en {card['last4']}, caduca {expiry}</p>"


def _invoices(invoices: list[Document]) -> str:
    rows = "".join(
        f'<div class="row"><span><a href="/i/{i["id"]}">{escape(i["number"] or i["id"])}</a><br>'
        f'<span class="soft">{wording.day(i["created"])}, {wording.STATUS.get(i["status"], i["status"])}</span></span>'
        f"<span>{wording.money(i['total'], i['currency'])}</span></div>"
        for i in invoices
    )
    return rows or '<p class="soft">Todavía no hay facturas.</p>'
