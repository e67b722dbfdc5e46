"""`/i/{invoice}`: the invoice as a page that can be paid, and as a PDF."""

from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from domain.sandbox import cards, charging, subscribing
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects.payments import Card
from domain.sandbox.pages import card_form, challenge, wording
from domain.sandbox.pages.layout import message, page
from domain.sandbox.pages.pdf import Text, document
from domain.sandbox.store import Document


class InvoicePage:
    """The handlers of the invoice page."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def routes(self) -> list[Route]:
        """The addresses."""
        return [
            Route("/i/{id}", self.show, methods=["GET"]),
            Route("/i/{id}", self.pay, methods=["POST"]),
            Route("/i/{id}/pdf", self.pdf, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """What was billed; with a card form while it is open."""
        invoice = self._ledger.store.get("invoice", request.path_params["id"])
        return _page(invoice, {}, {}, "") if invoice else _unknown()

    async def pay(self, request: Request) -> Response:
        """Pay an open invoice with another card."""
        typed = {name: str(value) for name, value in (await request.form()).items()}
        invoice = self._ledger.store.get("invoice", request.path_params["id"])
        if invoice is None:
            return _unknown()
        if invoice["status"] == "open":
            try:
                card = cards.read(*(typed.get(name, "") for name in ("number", "expiry", "cvc", "name")))
            except cards.CardProblems as wrong:
                return _page(invoice, typed, wrong.problems, "")
            if card.asks:
                return challenge.ask(self._ledger, "invoice", invoice["id"], card)
            decline = self._pay(invoice, card)
            if decline:
                return _page(invoice, typed, {}, cards.DECLINED[decline])
        return RedirectResponse(f"/i/{invoice['id']}", 303)

    def _pay(self, invoice: Document, card: Card) -> str | None:
        ledger = self._ledger
        with ledger.at(ledger.moment_of(invoice["id"])), ledger.store.transaction():
            method = charging.save_card(ledger, card, ledger.find("customer", invoice["customer"]))
            return subscribing.pay_late(ledger, invoice, method).decline

    async def pdf(self, request: Request) -> Response:
        """The invoice to keep."""
        invoice = self._ledger.store.get("invoice", request.path_params["id"])
        if invoice is None:
            return _unknown()
        return Response(
            document(f"Factura {invoice['number']}", _texts(invoice)),
            media_type="application/pdf",
            headers={"Content-Disposition": f'attachment; filename="Factura-{invoice["number"]}.pdf"'},
        )


def _unknown() -> Response:
    return message("No encontramos esta factura", "Comprueba la dirección.", status=404)


def _page(invoice: Document, typed: dict[str, str], problems: dict[str, str], refusal: str) -> Response:
    currency = invoice["currency"]
    rows = "".join(
        f"<tr><td>{escape(line['description'])}<br><span class='soft'>{_period(line)}</span></td>"
        f"<td>{line['quantity']}</td><td>{wording.money(line['amount'], currency)}</td></tr>"
        for line in invoice["lines"]["data"]
    )
    state = wording.STATUS.get(invoice["status"], invoice["status"])
    form = ""
    if invoice["status"] == "open":
        form = (
            f"<h2>Pagar esta factura</h2>{card_form.refusal(refusal)}"
            f'<form method="post" novalidate {card_form.ONCE}>{card_form.fields(typed, problems)}{card_form.HINT}'
            f'<button class="wide">Pagar {wording.money(invoice["amount_remaining"], currency)}</button></form>'
        )
    body = (
        f'<main class="page"><p class="soft">{escape(invoice["account_name"])}</p>'
        f"<h1>Factura {escape(invoice['number'] or '')}</h1>"
        f"<p class='price'>{wording.money(invoice['total'], currency)}<small>{state}</small></p>"
        f"<p>Para {escape(_who(invoice))}<br><span class='soft'>Emitida el {wording.day(invoice['created'])}</span></p>"
        '<div class="scroll" role="region" aria-label="Conceptos" tabindex="0"><table>'
        '<thead><tr><th scope="col">Concepto</th><th scope="col">Cantidad</th><th scope="col">Importe</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        f'<div class="row total"><span>Total</span><span>{wording.money(invoice["total"], currency)}</span></div>'
        f'<p><a class="button" href="/i/{invoice["id"]}/pdf">Descargar la factura en PDF</a></p>{form}</main>'
    )
    return page(f"Factura {invoice['number']}", body, status=402 if refusal else 422 if problems else 200)


def _who(invoice: Document) -> str:
    return str(invoice["customer_name"] or invoice["customer_email"] or invoice["customer"])


def _period(line: Document) -> str:
    return f"Del {wording.day(line['period']['start'])} al {wording.day(line['period']['end'])}"


def _texts(invoice: Document) -> list[Text]:
    currency = invoice["currency"]
    texts = [
        Text(50, 780, str(invoice["account_name"]), 18, bold=True),
        Text(545, 780, "FACTURA", 18, bold=True, right=True),
        Text(50, 740, f"Número: {invoice['number']}"),
        Text(50, 725, f"Fecha: {wording.day(invoice['created'])}"),
        Text(50, 710, f"Estado: {wording.STATUS.get(invoice['status'], invoice['status'])}"),
        Text(50, 680, "Facturar a", bold=True),
        Text(50, 665, _who(invoice)),
        Text(50, 650, str(invoice["customer_email"] or "")),
        *(
            Text(50, 635 - 15 * i, f"Identificación fiscal: {t['value']}")
            for i, t in enumerate(invoice["customer_tax_ids"][:2])
        ),
        Text(50, 585, "Concepto", bold=True),
        Text(545, 585, "Importe", bold=True, right=True),
    ]
    y = 565.0
    for line in invoice["lines"]["data"][:12]:
        texts += [
            Text(50, y, line["description"][:80]),
            Text(545, y, wording.money(line["amount"], currency), right=True),
            Text(50, y - 13, _period(line), 8),
        ]
        y -= 34
    return [
        *texts,
        Text(50, y - 10, "Total", 12, bold=True),
        Text(545, y - 10, wording.money(invoice["total"], currency), 12, bold=True, right=True),
        Text(50, 60, "Documento de prueba emitido por un entorno que imita a Stripe. No tiene validez fiscal.", 8),
    ]
