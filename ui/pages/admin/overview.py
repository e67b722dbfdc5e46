"""/admin: the business in figures, what needs attention, the newest tenants."""

import asyncio
from collections.abc import Sequence
from html import escape

from fastapi import Request
from nicegui import ui

from domain import metrics
from domain.formats import money, number, seconds
from domain.income import Income
from domain.metrics import Snapshot
from domain.reports import tenants
from domain.reports.tenants import TenantRow
from ui import live
from ui.components.button import link_html
from ui.components.empty import empty_html
from ui.components.kpi import Kpi
from ui.live import off_loop
from ui.pages.admin import create_tenant, words
from ui.pages.admin.console import console

NEWEST = 10


@ui.page("/admin")
async def overview_page(request: Request) -> None:
    """Figures, concerns and the newest tenants, written in place as things happen."""
    figures, newest = await read()

    async with console(request, "Resumen", "Resumen", action=create_tenant.button_for(request.state.identity)):
        board = Board()
        concerns = ui.html("", sanitize=False)
        table = ui.html("", sanitize=False).classes("card tablecard")

        async def show() -> None:
            write(*await read())

        def write(figures: Snapshot, newest: Sequence[TenantRow]) -> None:
            board.show(figures)
            html = attention_html(figures)
            concerns.set_content(html)
            concerns.set_visibility(bool(html))
            table.set_content(newest_html(newest))

        write(figures, newest)
        live.follow(["tenant", "job", "node", "event"], show, settle=True)
        ui.timer(30, show, immediate=False)


async def read() -> tuple[Snapshot, list[TenantRow]]:
    """What the page shows, asked for at once; the rail's counts too, which its frame then finds ready."""
    figures, newest, _ = await asyncio.gather(
        off_loop(metrics.snapshot), off_loop(tenants.page, tenants.Filter(size=NEWEST)), off_loop(metrics.rail)
    )
    return figures, newest.rows


class Board:
    """Eight figures with their lines."""

    def __init__(self) -> None:
        with ui.element("div").classes("kpis"):
            self.income = Kpi("Ingreso mensual")
            self.running = Kpi("Instancias en marcha")
            self.ready = Kpi("Tiempo hasta estar lista")
            self.owed = Kpi("Por cobrar")
            self.customers = Kpi("Clientes nuevos, 30 días")
            self.subscriptions = Kpi("Suscripciones al día")
            self.jobs = Kpi("Trabajos en curso")
            self.events = Kpi("Eventos de Stripe, 24 h")

    def show(self, now: Snapshot) -> None:
        """Writes every figure as it is now."""
        main = max(now.income, key=lambda income: income.cents, default=None)
        if main is None:
            self.income.show(money(0, "USD"), "aún no hay suscripciones de pago")
            self.owed.show(money(0, "USD"), "nada vencido")
        else:
            self.income.show(money(main.cents, main.currency), _growth(main, now.income), main.daily)
            self.owed.show(money(main.outstanding_cents, main.currency), _owed(main))
        states = now.tenants
        self.running.show(
            number(states["running"]),
            f"{number(states['suspended'])} suspendidas, {number(states['creating'])} creando",
            now.running_daily,
        )
        self._show_ready(now)
        people = now.customers
        self.customers.show(
            number(people.recent),
            f"{number(people.before)} los 30 días antes, {number(people.total)} en total",
            people.daily,
        )
        kinds = now.subscriptions
        self.subscriptions.show(
            number(kinds["active"]),
            f"{number(kinds['past_due'])} con pago pendiente, {number(kinds['pending'])} sin pagar",
        )
        self.jobs.show(
            number(now.jobs.running),
            f"{number(now.jobs.queued)} en cola, {number(now.jobs.failed_today)} con fallo hoy",
        )
        hooks = now.webhooks
        self.events.show(
            number(hooks.received), f"{number(hooks.failed)} con fallo, {number(hooks.refused_today)} rechazados hoy"
        )

    def _show_ready(self, now: Snapshot) -> None:
        if now.ready is None:
            self.ready.show("–", "ninguna alta en 30 días")
            return
        note = f"p95 {seconds(now.ready.p95)}, {number(now.ready.count)} altas en 30 días"
        self.ready.show(seconds(now.ready.p50), note, [took for took in now.ready_daily if took is not None])


def _growth(main: Income, all_: Sequence[Income]) -> str:
    others = "; además " + ", ".join(money(one.cents, one.currency) for one in all_ if one is not main)
    change = main.growth
    sign = "+" if (change or 0) >= 0 else "−"
    words_ = f"{sign} {number(abs(change) * 100, decimals=1)} % en 30 días" if change is not None else "desde este mes"
    return words_ + (others if len(all_) > 1 else "")


def _owed(main: Income) -> str:
    if not main.outstanding_customers:
        return "nada vencido"
    people = number(main.outstanding_customers) + (" cliente" if main.outstanding_customers == 1 else " clientes")
    return f"{people}, {number(main.outstanding_over_7_days)} con más de 7 días"


def attention_html(now: Snapshot) -> str:
    """A card with every concern, its reason and its button; "" on a quiet day."""
    if not now.attention:
        return ""
    many = len(now.attention)
    title = "1 asunto pide atención." if many == 1 else f"{many} asuntos piden atención."
    if many == 1:
        only = now.attention[0]
        inside = f'<span><b>{title}</b> <span class="muted">{escape(only.reason)}</span></span>'
        return _card(f'<div class="row between wrapping">{inside}{link_html("Ver", only.link, small=True)}</div>')
    lines = "".join(
        f'<li class="row between"><span class="muted">{escape(one.reason)}</span>'
        f'<a class="btn plain s" href="{escape(one.link)}" aria-label="Ver: {escape(one.reason)}">Ver</a></li>'
        for one in now.attention
    )
    return _card(f'<b>{title}</b><ul class="plain-list">{lines}</ul>')


def _card(inside: str) -> str:
    return f'<section class="card warn" aria-label="Piden atención">{inside}</section>'


def newest_html(rows: Sequence[TenantRow]) -> str:
    """The newest tenants as a table."""
    if not rows:
        return empty_html("Aún no hay instancias", "Aquí verás cada alta en cuanto alguien pague o la crees tú.")
    head = (
        '<tr><th>Instancia</th><th class="hide-s">Cliente</th><th>Estado</th><th class="hide-s">Plan</th>'
        '<th class="r hide-s">Próximo cobro</th><th class="r">Lista en</th></tr>'
    )
    body = "".join(
        f'<tr><td><a class="strong" href="/admin/tenants/{row.id}">{escape(row.subdomain)}</a></td>'
        f'<td class="hide-s">{escape(row.company)}</td><td>{words.badge(row.state, "tenant")}</td>'
        f'<td class="hide-s">{escape(row.plan or "–")}</td><td class="r hide-s">{words.charge(row)}</td>'
        f'<td class="r">{words.took(row)}</td></tr>'
        for row in rows
    )
    caption = '<caption class="out">Instancias más nuevas</caption>'
    return f'<table class="num">{caption}<thead>{head}</thead><tbody>{body}</tbody></table>'
