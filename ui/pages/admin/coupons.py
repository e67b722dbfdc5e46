"""/admin/coupons: promotion codes, what each takes off, made and switched off."""

from datetime import UTC, datetime, timedelta

from fastapi import Request
from nicegui import ui

from domain import coupons, currencies, formats
from domain.coupons import DURATIONS, CodeForm
from domain.errors import AltaError
from domain.stripe_coupons import Code
from ui import auth
from ui.auth import Identity
from ui.components.box import Box
from ui.components.button import button
from ui.components.empty import empty
from ui.components.field import field, select_field
from ui.components.heading import text
from ui.components.named import named
from ui.components.problem import problem
from ui.components.state_badge import badge_html
from ui.live import off_loop
from ui.pages.admin.console import act, console

PERCENT = "-"
NUMBER = "inputmode=numeric maxlength=4"
ABOUT = "Se escriben en la página de pago o en el portal del cliente. Un código no se cambia: se apaga y se hace otro."


@ui.page("/admin/coupons")
async def coupons_page(request: Request) -> None:
    """Read from Stripe as the page opens and after each act."""
    identity: Identity = request.state.identity
    async with console(request, "Códigos", "Códigos"):
        text(ABOUT, "muted")
        board = Board(identity)
        if identity.may("catalogue.edit"):
            with ui.row():
                button("Crear código", board.ask, look="primary", small=True)
        board.build()
        await board.show()


class Board:
    """The codes as cards."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def build(self) -> None:
        """The place where the cards will stand."""
        self._place = ui.column().classes("stack").style("width:100%")

    async def show(self) -> None:
        """Reads again and draws."""
        try:
            found = await off_loop(coupons.every)
        except AltaError as error:
            self._place.clear()
            with self._place:
                problem("No se pudo leer en Stripe.", error.message)
            return
        self._place.clear()
        with self._place:
            if not found:
                empty("Aún no hay códigos", "Crea el primero y dáselo a quien quieras.")
            for one in found:
                self._card(one)

    def _card(self, one: Code) -> None:
        card = named(ui.element("section").classes("card"), f"Código {one.code}")
        with card, ui.row().classes("row between wrapping"):
            with ui.column().style("gap:2px"):
                text(one.code, "strong num")
                text(words(one), "small muted")
            with ui.row().classes("row"):
                ui.html(badge_html("Activo", "ok") if one.active else badge_html("Apagado", ""), sanitize=False)
                if one.active and self._identity.may("catalogue.edit"):
                    named(button("Apagar", lambda: self._off(one), small=True), f"Apagar {one.code}")

    async def _off(self, one: Code) -> None:
        if await act(self._identity, "catalogue.edit", coupons.switch_off, one.id):
            await self.show()

    def ask(self) -> None:
        """The dialog for a new one."""
        with Box(self._place, "Crear código", "Vale desde ahora mismo.") as (box, form):
            form["code"] = field("Código", help_text="Como BIENVENIDA20.")
            form["off"] = field("Descuento", help_text="Un porcentaje, o un importe si eliges moneda.")
            money = {PERCENT: "Porcentaje", **{code: code for code in currencies.SOLD_IN}}
            form["currency"] = select_field("En", money, value=PERCENT)
            form["duration"] = select_field("Cuánto dura", DURATIONS, value="once")
            form["months"] = field("Meses, si son varios", value="3", attributes=NUMBER)
            form["most"] = field("Usos como máximo (0: sin límite)", value="0", attributes=NUMBER)
            form["days"] = field("Vale durante (días, 0: siempre)", value="0", attributes=NUMBER)
            first = ui.checkbox("Solo en la primera compra")

            async def make() -> None:
                numbers = {
                    name: int(form[name].value) if form[name].value.isdigit() else 0
                    for name in ("months", "most", "days")
                }
                given = CodeForm(
                    form["code"].value.strip().upper(),
                    form["off"].value,
                    "" if form["currency"].value == PERCENT else form["currency"].value,
                    form["duration"].value,
                    numbers["months"],
                    numbers["most"],
                    bool(first.value),
                    datetime.now(UTC) + timedelta(days=numbers["days"]) if numbers["days"] else None,
                )
                await self._make(given, box)

            box.confirm("Crear código", make)

    async def _make(self, given: CodeForm, box: Box) -> None:
        with box.faults():
            who = await auth.allow(self._identity, "catalogue.edit")
            await off_loop(lambda: coupons.make(given, by=who.login))
            box.close()
            await self.show()


def words(one: Code) -> str:
    """What a code takes off, for how long, and how often it was used."""
    off = (
        f"{formats.number(one.percent)}\u00a0%"
        if one.percent is not None
        else formats.money(one.amount_cents or 0, one.currency or "USD")
    )
    lasts = {"once": "una vez", "repeating": f"{one.months} meses", "forever": "siempre"}[one.duration]
    used = f"usado {one.used} de {one.most}" if one.most else f"usado {one.used} veces"
    first = ", solo en la primera compra" if one.first_only else ""
    until = f", hasta el {formats.long_day(one.expires_at)}" if one.expires_at else ""
    return f"{off} menos, {lasts}; {used}{first}{until}"
