"""Plan, next charge and card; cancelling and taking it back; the way to Stripe's own portal."""

from collections.abc import Callable
from html import escape

from nicegui import ui

from domain import billing, coupons, payment_cards, plan_changes, plan_offers
from domain.errors import AltaError
from domain.formats import long_day, money
from domain.models.base import now
from domain.settings import settings
from ui import auth
from ui.auth import Identity
from ui.components.box import Box
from ui.components.button import button
from ui.components.field import field, select_field
from ui.components.heading import heading, text
from ui.components.problem import problem
from ui.components.state_badge import state_badge
from ui.live import off_loop
from ui.pages.tenant import fiscal
from ui.pages.tenant.cards import Cards
from ui.pages.tenant.change_plan import ChangePlan
from ui.pages.tenant.extend_plan import ExtendPlan
from ui.pages.tenant.quoting import EVERY


class PlanCard:
    """Loads by itself; every act asks Stripe, and then shows what Stripe says."""

    def __init__(self, identity: Identity, customer_id: int, country: str) -> None:
        self.identity, self.customer_id, self.country = identity, customer_id, country
        self.card = ui.element("div").classes("card stack")
        with self.card:
            ui.html('<div class="skeleton" style="height:132px"></div>', sanitize=False)

    @property
    def may_change(self) -> bool:
        return self.identity.may("billing.change")

    async def load(self) -> None:
        """Asks and shows; where Stripe does not answer, says so and offers to try again."""
        try:
            view = await off_loop(billing.overview, self.customer_id)
        except AltaError as error:
            self._show_problem(error.message)
            return
        self.card.clear()
        with self.card:
            self._show(view)

    def _show(self, view: billing.BillingView) -> None:
        with ui.row().classes("row between wrapping"):
            heading(f"Plan {view.plan}", 2, look="h-card")
            state_badge(view.status, "subscription")
        price = escape(money(view.amount_cents, view.currency, self.country))
        interval = EVERY.get(view.interval, "")
        ui.html(f'<p><span class="price num" style="font-size:1.75rem">{price}</span> '
                f'<span class="muted">{interval}</span></p>', sanitize=False)  # fmt: skip
        if counted := counted_words(view):
            text(counted, "small")
        text(next_words(view, self.country), "small muted")
        if view.later_plan and view.later_at:
            day = long_day(view.later_at, self.country)
            problem(f"Desde el {day}: {view.later_plan}.", "Hasta entonces sigues con lo de ahora.", tone="info")
        if view.held:
            problem("Hay un cambio de plan que espera su pago.",
                    "Págalo desde la factura pendiente; si no, se descarta en un día.", tone="warn")  # fmt: skip
        if not self.may_change:
            text("Solo la titular y quien lleva la facturación cambian el plan o la tarjeta.", "tiny muted")
            return
        with ui.row().classes("row wrapping"):
            if view.status == "cancelled":
                button("Crear otro Odoo", lambda: ui.navigate.to("/signup"), small=True)
                return
            if view.later_plan:
                button("Deshacer el cambio", self._undo, small=True)
            elif view.status == "active" and not view.cancel_at_period_end and not view.held:
                button("Cambiar de plan", self._change, small=True)
                if view.extensible:
                    words = "Personas y extras" if view.people else "Extras"
                    button(words, lambda: self._extend(words), small=True)
            button("Cambiar la tarjeta", self._cards, small=True)
            button("Datos de facturación", self._ask_fiscal, small=True)
            if view.status == "active" and not view.cancel_at_period_end:
                button("Tengo un código", self._ask_code, small=True)
            if view.cancel_at_period_end:
                button("Seguir con el plan", self._resume, look="primary", small=True)
            elif self.identity.may("odoo.end", self.customer_id):
                button("Cancelar plan", self._ask_cancel, look="danger", small=True)

    def _show_problem(self, words: str) -> None:
        self.card.clear()
        with self.card:
            problem("No pudimos leer tu plan.", words)
            button("Probar otra vez", self.load, small=True)

    async def _act(self, act: Callable[[int, str], object], capability: str = "billing.change") -> None:
        """Checks the session again, acts off the loop, and shows the plan as it is now."""
        try:
            await auth.allow(self.identity, capability)
            await off_loop(act, self.customer_id, self.identity.login)
        except AltaError as error:
            self._show_problem(error.message)
            return
        await self.load()

    async def _ask_fiscal(self) -> None:
        await fiscal.ask(self.card, self.identity, self.customer_id, self._open_portal)

    async def _open_portal(self) -> None:
        back = f"{settings().app_url}/tenant/portal"
        try:
            await auth.allow(self.identity, "billing.change")
            ui.navigate.to(await off_loop(billing.portal_url, self.customer_id, back))
        except AltaError as error:
            self._show_problem(error.message)

    async def _change(self) -> None:
        with self.card:
            await ChangePlan("Cambiar de plan", self.identity, self.customer_id, self.country, self.load).load()

    async def _extend(self, title: str) -> None:
        with self.card:
            await ExtendPlan(title, self.identity, self.customer_id, self.country, self.load).load()

    def _ask_code(self) -> None:
        with Box(self.card, "Tengo un código", "El descuento se aplica desde el próximo cobro.") as (box, form):
            form["code"] = field("Código", attributes="maxlength=60 autocomplete=off")

            async def use() -> None:
                try:
                    await auth.allow(self.identity, "billing.change")
                    await off_loop(coupons.use, self.customer_id, form["code"].value, self.identity.login)
                except AltaError as error:
                    form["code"].wrong(error.message)
                    return
                box.close()
                await self.load()

            box.confirm("Usar el código", use)

    async def _undo(self) -> None:
        await self._act(plan_changes.undo)

    async def _cards(self) -> None:
        """Where only one is kept, straight to Stripe's page for another."""
        try:
            found = await off_loop(payment_cards.saved, self.customer_id)
        except AltaError as error:
            self._show_problem(error.message)
            return
        if len(found) < 2:
            await self._new_card()
        else:
            Cards(self.card, self.identity, self.customer_id, self._new_card, self.load).show(found)

    async def _new_card(self) -> None:
        try:
            await auth.allow(self.identity, "billing.change")
            ui.navigate.to(await off_loop(payment_cards.page_url, self.customer_id))
        except AltaError as error:
            self._show_problem(error.message)

    async def card_returned(self, session: str) -> None:
        """Back from Stripe's page: the card pays from now on, and pays at once what is owed."""
        # The address is left as it was: a page that is loaded again has nothing to take over.
        ui.run_javascript("history.replaceState(null, '', location.pathname)")
        try:
            paid = await off_loop(payment_cards.returned, self.customer_id, session)
        except AltaError as error:
            ui.notify(error.message, type="warning")
            return
        ui.notify("Tarjeta guardada. Ya pagamos lo que estaba pendiente." if paid else "Tarjeta guardada.",
                  type="positive")  # fmt: skip

    async def _resume(self) -> None:
        await self._act(billing.resume)

    async def _ask_cancel(self) -> None:
        with ui.dialog() as dialog, ui.card().classes("card stack"):
            heading("¿Cancelar el plan?", 2)
            text("Tu Odoo sigue funcionando hasta el final del periodo que ya pagaste. "
                 "Después se cierra y guardamos tus datos. Puedes volver atrás hasta ese día.", "muted")  # fmt: skip
            why = select_field("¿Por qué te vas?", billing.REASONS, optional=True)
            more = field("¿Algo más que debamos saber?", optional=True)
            text("Si es por el precio, también puedes cambiar a un plan más barato cuando termine este periodo.",
                 "small muted")  # fmt: skip
            with ui.row().classes("row wrapping"):
                button("Cancelar al final del periodo", lambda: dialog.submit("yes"), look="danger", small=True)
                button("Dejarlo como está", dialog.close, small=True)
        wanted = await dialog == "yes"
        feedback, comment = str(why.value or ""), str(more.value or "")
        # Before the card is written anew: the dialog is one of its children.
        dialog.delete()
        if wanted:
            await self._act(lambda customer, by: billing.cancel(customer, by, feedback, comment), "odoo.end")


def counted_words(view: billing.BillingView) -> str:
    """`3 personas, 2 × 10 GB más`; nothing where nothing is counted."""
    people = [plan_offers.people_words(view.people)] if view.people else []
    return ", ".join([*people, *(plan_offers.piece_words(name, number) for name, number in view.extras)])


def next_words(view: billing.BillingView, country: str) -> str:
    """What happens next with the money: the next charge, or when the plan ends."""
    if view.status == "cancelled":
        return "El plan está cancelado; no habrá más cobros."
    if view.cancel_at_period_end:
        # There is no next charge then: the end is that of the period that was paid.
        ends = f" el {long_day(view.current_period_end, country)}" if view.current_period_end else " con este periodo"
        return f"El plan termina{ends}. Hasta entonces todo sigue igual y no habrá más cobros."
    card = f", con {(view.card_brand or 'tarjeta').title()} terminada en {view.card_last4}" if view.card_last4 else ""
    if view.next_amount_cents is None or view.next_charge_at is None:
        return f"Pago{card}." if card else ""
    amount = money(view.next_amount_cents, view.currency, country)
    if view.stripe_status == "trialing":
        left = max((view.next_charge_at - now()).days + 1, 0)
        days = "Queda 1 día" if left == 1 else f"Quedan {left} días"
        return f"{days} de prueba. El {long_day(view.next_charge_at, country)} cobramos {amount}{card}."
    return f"Próximo cobro el {long_day(view.next_charge_at, country)}: {amount}{card}."
