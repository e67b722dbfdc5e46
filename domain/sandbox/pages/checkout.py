"""`/c/pay/{session}`: the page that takes the payment."""

from html import escape

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from domain.sandbox import cards, purchase
from domain.sandbox.delivery import Deliverer
from domain.sandbox.errors import Refused
from domain.sandbox.ledger import Ledger
from domain.sandbox.objects.payments import Card
from domain.sandbox.pages import card_form, challenge, wording
from domain.sandbox.pages.layout import field, message, page
from domain.sandbox.store import Document


class CheckoutPage:
    """The handlers of the payment page."""

    def __init__(self, ledger: Ledger, deliverer: Deliverer) -> None:
        self._ledger = ledger
        self._deliverer = deliverer

    def routes(self) -> list[Route]:
        """The addresses."""
        return [
            Route("/c/pay/{id}", self.show, methods=["GET"]),
            Route("/c/pay/{id}", self.pay, methods=["POST"]),
            Route("/c/pay/{id}/code", self.code, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The form, or what became of the session."""
        session = self._session(request)
        refusal = challenge.FAILED if request.query_params.get("failed") else ""
        return self._closed(session) or self._form(session, {}, {}, refusal) if session else _unknown()

    async def code(self, request: Request) -> Response:
        """A promotion code, applied to what is to be paid."""
        session = self._session(request)
        if session is None or session["status"] != "open" or not session["allow_promotion_codes"]:
            return _unknown()
        word = str((await request.form()).get("promotion_code", "")).strip()
        try:
            purchase.use_code(self._ledger, session, word)
        except Refused:
            wrong = {"promotion_code": "Este código no es válido o no se puede usar aquí."}
            return self._form(session, {"promotion_code": word}, wrong)
        return RedirectResponse(f"/c/pay/{session['id']}", 303)

    async def pay(self, request: Request) -> Response:
        """Pay once, wait for the seller's answer, and send the buyer back. A second click waits with the first."""
        session = self._session(request)
        if session is None:
            return _unknown()
        if session["status"] == "complete":
            return await self._back(session)
        if session["status"] != "open":
            return self._closed(session) or _unknown()
        typed = {name: str(value) for name, value in (await request.form()).items()}
        # The form was awaited: another click may have been quicker.
        session = self._ledger.find("checkout.session", session["id"])
        if session["status"] == "complete":
            return await self._back(session)
        email = _email(session) or typed.get("email", "").strip()
        try:
            card = self._card(session, typed, email)
        except cards.CardProblems as wrong:
            return self._form(session, typed, wrong.problems)
        outcome = purchase.pay(self._ledger, session, card, email)
        if card and outcome.decline == "authentication_required":
            return challenge.ask(self._ledger, "checkout", session["id"], card, email)
        if outcome.decline:
            return self._form(session, typed, {}, cards.DECLINED[outcome.decline])
        return await self._back(self._ledger.find("checkout.session", session["id"]))

    def _card(self, session: Document, typed: dict[str, str], email: str) -> Card | None:
        problems = {} if _looks_like_email(email) else {"email": "Escribe tu correo electrónico."}
        if not _needs_card(session):
            if problems:
                raise cards.CardProblems(problems)
            return None
        try:
            card = cards.read(*(typed.get(name, "") for name in ("number", "expiry", "cvc", "name")))
        except cards.CardProblems as wrong:
            raise cards.CardProblems({**problems, **wrong.problems}) from wrong
        if problems:
            raise cards.CardProblems(problems)
        return card

    async def _back(self, session: Document) -> Response:
        """To the seller's page, once it has answered the event or our patience has ended."""
        event = self._ledger.find("_checkout", session["id"])["event"]
        await self._deliverer.answered(event, self._ledger.config.patience)
        return RedirectResponse(_success(session), 303)

    def _session(self, request: Request) -> Document | None:
        session = self._ledger.store.get("checkout.session", request.path_params["id"])
        if session and session["status"] == "open" and session["expires_at"] <= self._ledger.now():
            return purchase.expire(self._ledger, session)
        return session

    def _closed(self, session: Document) -> Response | None:
        seller = self._ledger.config.business_name
        if session["status"] == "complete":
            return message(
                "Ya has pagado",
                "Este pago se completó y no se te volverá a cobrar.",
                link=(_success(session), f"Continuar a {seller}"),
            )
        if session["status"] == "expired":
            back = session["cancel_url"]
            return message(
                "Esta página de pago ha caducado",
                f"No se ha cobrado nada. Vuelve a {seller} para empezar de nuevo.",
                link=(back, f"Volver a {seller}") if back else None,
                status=410,
            )
        return None

    def _form(self, session: Document, typed: dict[str, str], problems: dict[str, str], refusal: str = "") -> Response:
        lines = self._ledger.find("_checkout", session["id"])
        seller = self._ledger.config.business_name
        summary = _summary(session, lines, seller, typed, problems) if lines["line_items"] else _saving(session, seller)
        body = (
            f'<main class="split"><section class="side" aria-label="Resumen del pedido"><div>'
            f"{summary}</div></section>"
            f'<section class="main" aria-label="Pago"><div>{_payment(session, lines, seller, typed, problems, refusal)}'
            "</div></section></main>"
        )
        return page(f"Pagar a {seller}", body, status=402 if refusal else 422 if problems else 200)


def _unknown() -> Response:
    return message("No encontramos esta página de pago", "Comprueba la dirección o vuelve a la tienda.", status=404)


def _success(session: Document) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _email(session: Document) -> str:
    return str((session["customer_details"] or {}).get("email") or session["customer_email"] or "")


def _looks_like_email(text: str) -> bool:
    name, at, host = text.rpartition("@")
    return bool(name and at and host) and " " not in text


def _needs_card(session: Document) -> bool:
    bought = session["mode"] == "subscription"
    return not bought or bool(session["amount_total"]) or session["payment_method_collection"] == "always"


def _saving(session: Document, seller: str) -> str:
    back = session["cancel_url"]
    return (
        f'<p><a href="{escape(back)}">← Volver a {escape(seller)}</a></p>' if back else ""
    ) + f"<h1>Guardar una tarjeta</h1><p>{escape(seller)} la usará para tus próximos pagos. Hoy no se cobra nada.</p>"


def _code(session: Document, private: Document, typed: dict[str, str], problems: dict[str, str]) -> str:
    """What a code takes off, or the field for one."""
    off, currency = session["total_details"]["amount_discount"], session["currency"]
    row = f'<div class="row"><span>Descuento</span><span>−{wording.money(off, currency)}</span></div>' if off else ""
    if not session["allow_promotion_codes"] or private["discounts"]:
        return row
    word = field("promotion_code", "Código promocional", typed.get("promotion_code", ""),
                 problems.get("promotion_code"), 'maxlength="60" autocomplete="off"')  # fmt: skip
    return (
        f'{row}<form method="post" action="/c/pay/{session["id"]}/code" novalidate>{word}'
        '<p><button class="plain">Aplicar</button></p></form>'
    )


def _summary(session: Document, private: Document, seller: str, typed: dict[str, str], problems: dict[str, str]) -> str:
    lines, currency = private["line_items"], session["currency"]
    later, first = sum(line["amount_total"] for line in lines), lines[0]
    trial = private["subscription_data"].get("trial_period_days")
    back = session["cancel_url"]
    heading = f"{trial} días gratis" if trial else wording.money(later, currency)
    then = f"después, {wording.money(later, currency)} " if trial else ""
    rows = "".join(
        f'<div class="row"><span>{escape(line["description"])}<br><span class="soft">'
        f"{_times(line)}Se cobra {wording.every(line['price'])}"
        f"</span></span><span>{wording.money(line['amount_total'], currency)}</span></div>"
        for line in lines
    )
    return (
        (f'<p><a href="{escape(back)}">← Volver a {escape(seller)}</a></p>' if back else "")
        + f"<h1>Suscribirse a {escape(first['description'])}</h1>"
        + f'<p class="price">{heading}<small>{then}{wording.every(first["price"])}</small></p>'
        + rows
        + _code(session, private, typed, problems)
        + f'<div class="row total"><span>Total a pagar hoy</span>'
        f"<span>{wording.money(session['amount_total'], currency)}</span></div>"
    )


def _verb(session: Document, *, trial: bool) -> str:
    if session["mode"] == "setup":
        return "Guardar la tarjeta"
    return "Empezar la prueba" if trial else "Suscribirse"


def _times(line: Document) -> str:
    return f"Cantidad: {line['quantity']} · " if line["quantity"] > 1 else ""


def _payment(
    session: Document, private: Document, seller: str, typed: dict[str, str], problems: dict[str, str], refusal: str
) -> str:
    email, trial = _email(session), private["subscription_data"].get("trial_period_days")
    title = "Pagar con tarjeta" if private["line_items"] else "Tu tarjeta"
    contact = (
        f'<div class="row"><span class="soft">Correo electrónico</span><span>{escape(email)}</span></div>'
        if email
        else field("email", "Correo electrónico", typed.get("email", ""), problems.get("email"),
                   'type="email" autocomplete="email" placeholder="tu@empresa.com"')
    )  # fmt: skip
    card = (
        f"<h2>Datos de la tarjeta</h2>{card_form.fields(typed, problems)}{card_form.HINT}"
        if _needs_card(session)
        else '<p class="soft">Hoy no hay nada que pagar, así que no necesitas una tarjeta.</p>'
    )
    return (
        f"<h1>{title}</h1>"
        f'{card_form.refusal(refusal)}<form method="post" novalidate {card_form.ONCE}>'
        f"<h2>Información de contacto</h2>{contact}{card}"
        f'<button class="wide">{_verb(session, trial=bool(trial))}</button></form>'
        f'<p class="soft">Al confirmar tu suscripción, permites que {escape(seller)} efectúe los cargos de los '
        "próximos periodos en tu tarjeta, según sus condiciones, hasta que la canceles.</p>"
        "<footer>Página de prueba con el aspecto de Stripe. No se cobra nada.</footer>"
    )
