"""`/3ds/{id}`: the bank asks whether the buyer is the holder of the card."""

from dataclasses import asdict
from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from domain.sandbox import charging, ids, purchase, subscribing
from domain.sandbox.delivery import Deliverer
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects.payments import Card
from domain.sandbox.pages import wording
from domain.sandbox.pages.layout import message, page
from domain.sandbox.store import Document

FAILED = "Tu banco no pudo confirmar que eres tú. No se ha cobrado nada: inténtalo de nuevo o usa otra tarjeta."


def ask(ledger: Ledger, kind: str, target: str, card: Card, email: str = "") -> Response:
    """Send the buyer to their bank; the card waits with the question (its number is not kept)."""
    challenge = {"id": ids.new("3ds"), "kind": kind, "target": target, "card": asdict(card), "email": email}
    ledger.store.put("_challenge", challenge)
    return RedirectResponse(f"/3ds/{challenge['id']}", 303)


class ChallengePage:
    """The handlers of the bank's page. A payment intent that asks has its own address here, too."""

    def __init__(self, ledger: Ledger, deliverer: Deliverer) -> None:
        self._ledger = ledger
        self._deliverer = deliverer

    def routes(self) -> list[Route]:
        """The addresses."""
        return [
            Route("/3ds/{id}", self.show, methods=["GET"]),
            Route("/3ds/{id}", self.answer, methods=["POST"]),
        ]

    def _challenge(self, request: Request) -> Document | None:
        name = request.path_params["id"]
        intent = self._ledger.store.get("payment_intent", name)
        if intent and intent["status"] == "requires_action":
            payments = self._ledger.store.newest_first("invoice_payment", name)
            invoice = next((p["invoice"] for p in payments if p["payment"]["payment_intent"] == name), None)
            return {"id": name, "kind": "intent", "target": invoice, "card": None, "email": ""} if invoice else None
        return self._ledger.store.get("_challenge", name)

    async def show(self, request: Request) -> Response:
        """The bank's question."""
        challenge = self._challenge(request)
        if challenge is None:
            return message("Este enlace ya no sirve", "Vuelve a la página de pago y empieza otra vez.", status=404)
        seller = escape(self._ledger.config.business_name)
        body = (
            f'<main class="page"><p class="soft">El banco de tu tarjeta</p><h1>Confirma que eres tú</h1>'
            f"<p>{seller} quiere usar tu tarjeta{self._what(challenge)}. Esta página hace de banco en el entorno de "
            'prueba.</p><form method="post"><p><button name="answer" value="yes">Sí, soy yo</button> '
            '<button class="plain" name="answer" value="no">No confirmar</button></p></form></main>'
        )
        return page("Confirma que eres tú", body)

    def _what(self, challenge: Document) -> str:
        if challenge["kind"] == "checkout":
            session = self._ledger.find("checkout.session", challenge["target"])
            if session["mode"] == "setup":
                return " para pagos futuros"
            return f" para pagar {wording.money(session['amount_total'], session['currency'])}"
        invoice = self._ledger.find("invoice", challenge["target"])
        return f" para pagar {wording.money(invoice['amount_remaining'], invoice['currency'])}"

    async def answer(self, request: Request) -> Response:
        """Confirmed or not; then back to where the buyer was."""
        confirmed = (await request.form()).get("answer") == "yes"
        challenge = self._challenge(request)
        if challenge is None:
            return message("Este enlace ya no sirve", "Vuelve a la página de pago y empieza otra vez.", status=404)
        if challenge["kind"] == "checkout":
            return await self._checkout(challenge, confirmed=confirmed)
        self._invoice(challenge, confirmed=confirmed)
        return RedirectResponse(f"/i/{challenge['target']}", 303)

    async def _checkout(self, challenge: Document, *, confirmed: bool) -> Response:
        ledger = self._ledger
        session = ledger.find("checkout.session", challenge["target"])
        if confirmed and session["status"] == "open":
            card = Card(**challenge["card"])
            outcome = purchase.pay(ledger, session, card, challenge["email"], present=True)
            if outcome.event:
                await self._deliverer.answered(outcome.event, ledger.config.patience)
                session = ledger.find("checkout.session", session["id"])
        if session["status"] == "complete":
            url = str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])
            return RedirectResponse(url, 303)
        return RedirectResponse(f"/c/pay/{session['id']}?failed=3ds", 303)

    def _invoice(self, challenge: Document, *, confirmed: bool) -> None:
        ledger = self._ledger
        invoice = ledger.find("invoice", challenge["target"])
        if not confirmed or invoice["status"] != "open":
            return
        with ledger.at(ledger.moment_of(invoice["id"])), ledger.store.transaction():
            customer = ledger.find("customer", invoice["customer"])
            if challenge["card"]:
                method = charging.save_card(ledger, Card(**challenge["card"]), customer)
            else:
                intent = ledger.find("payment_intent", challenge["id"])
                method = ledger.find("payment_method", intent["payment_method"])
            charging.proved(ledger, method)
            subscribing.pay_late(ledger, invoice, method, present=True)
