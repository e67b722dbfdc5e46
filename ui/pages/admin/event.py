"""/admin/events/N: one event, its payload, and applying it again."""

from html import escape

from fastapi import Request
from nicegui import ui

from domain import billing
from domain.errors import NotFound
from domain.reports import events
from domain.reports.events import EventDetail
from ui import live
from ui.components.button import button
from ui.components.heading import heading
from ui.components.problem import problem_html
from ui.live import off_loop
from ui.pages.admin import words
from ui.pages.admin.console import act, console
from ui.pages.admin.missing import missing


@ui.page("/admin/events/{event_id}")
async def event_page(request: Request, event_id: int) -> None:
    """Outcome, facts, payload; live, since another process may apply it."""
    try:
        detail = await off_loop(events.detail, event_id)
    except NotFound as error:
        await missing(request, "Eventos", error.message)
        return

    async def again() -> None:
        if await act(request.state.identity, "billing.operate", billing.apply_again, event_id):
            await show()

    def action() -> None:
        if request.state.identity.may("billing.operate"):
            button("Aplicar otra vez", again, look="primary", small=True)

    async with console(request, "Eventos", detail.row.type, action=action, above=f"Eventos / {event_id}"):
        facts = ui.html(facts_html(detail), sanitize=False)
        change = ui.html(changes_html(detail), sanitize=False)
        heading("Contenido", 3)
        ui.html(payload_html(detail), sanitize=False)

        async def show() -> None:
            now = await off_loop(events.detail, event_id)
            facts.set_content(facts_html(now))
            change.set_content(changes_html(now))

        live.follow([f"event:{event_id}"], show).ask()


def facts_html(detail: EventDetail) -> str:
    """What it is about and what became of it."""
    row = detail.row
    tenant = (
        f'<a href="/admin/tenants/{row.tenant_id}">{escape(row.subdomain or "")}</a>' if row.tenant_id else "–"
    )  # fmt: skip
    list_ = words.facts(
        [
            ("Resultado", words.badge(row.outcome, "event")),
            ("Nota", escape(row.note or "–")),
            ("Instancia", tenant),
            ("Objeto", escape(row.object_id or "–")),
            ("Identificador", words.out(words.stripe_page("events", row.stripe_id), row.stripe_id)),
            ("Recibido", words.exactly(row.received_at)),
            ("Aplicado", words.exactly(row.applied_at)),
            ("Intentos", str(row.attempts)),
            ("Versión de la API", escape(detail.api_version or "–")),
            ("Modo", "real" if detail.livemode else "de prueba"),
        ]
    )
    fault = ""
    if row.outcome == "failed":
        fault = problem_html("No se pudo aplicar.", row.error or "No se sabe por qué.", reference=f"E-{row.id}")
    return f'<div class="stack">{fault}<div class="card">{list_}</div></div>'


FIELDS = {
    "status": "Suscripción",
    "stripe_status": "Estado en Stripe",
    "price": "Precio",
    "people": "Personas",
    "extras": "Extras",
    "current_period_end": "Fin de periodo",
    "cancel_at_period_end": "Termina con el periodo",
    "mrr_cents": "MRR, en céntimos",
    "tenant": "Instancia, lo pedido",
    "suspend_reasons": "Motivos de suspensión",
}


def changes_html(detail: EventDetail) -> str:
    """What it changed here, and who applied it again."""
    rows = "".join(
        f"<tr><td>{escape(FIELDS.get(name, name))}</td><td>{escape(before or '–')}</td>"
        f"<td>{escape(after or '–')}</td></tr>"
        for name, (before, after) in detail.changes.items()
    )
    table = (
        '<div style="overflow-x:auto"><table class="plain"><thead><tr><th scope="col">Qué cambió</th>'
        f'<th scope="col">Antes</th><th scope="col">Después</th></tr></thead><tbody>{rows}</tbody></table></div>'
        if rows
        else '<p class="muted">No cambió nada aquí: ya estaba así.</p>'
    )
    again = "".join(
        f"<li>{words.exactly(at)}: {escape(who)} lo aplicó otra vez ({escape(outcome)})</li>"
        for at, who, outcome in detail.history
    )
    history = f'<ul class="plain-list small muted">{again}</ul>' if again else ""
    return f'<section class="card stack" aria-label="Qué cambió">{table}{history}</section>'


def payload_html(detail: EventDetail) -> str:
    """The payload, for reading and copying."""
    written = escape(words.pretty(detail.payload))
    return f'<pre class="term" tabindex="0" role="region" aria-label="Contenido del evento">{written}</pre>'
