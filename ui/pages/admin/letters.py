"""/admin/letters: what customers are written, each letter as it looks, and what became of those that were written."""

from html import escape

from fastapi import Request
from nicegui import ui

from domain import letter_texts, letters
from domain.reports import letters as report
from ui import live
from ui.components.button import button
from ui.components.data_table import Column, DataTable, Page, Query
from ui.components.field import field, select_field
from ui.components.heading import heading, text
from ui.pages.admin import words
from ui.pages.admin.console import act, console

KINDS = {
    "welcome": "Bienvenida",
    "delayed": "Se retrasa",
    "failed": "No se pudo crear",
    "password": "Contraseña",
    "receipt": "Recibo",
    "upcoming": "Próximo cobro anual",
    "trial_ending": "Termina la prueba",
    "action_needed": "El banco pide confirmar",
    "card_expiring": "La tarjeta caduca",
    "payment_failed": "Cobro fallido",
    "payment_reminder": "Recordatorio",
    "suspended": "Suspendido",
    "last_call": "Último aviso",
    "ended": "Fin por impago",
    "resumed": "Vuelve a funcionar",
    "leaving": "Se va con el periodo",
    "cancelled": "Fin",
    "archived": "Archivado",
    "deleted": "Borrado",
    "invited": "Invitación al equipo",
    "enter": "Enlace para entrar",
    "security": "Aviso de seguridad",
    "email_old": "Cambio de correo, al de antes",
    "email_new": "Cambio de correo, al nuevo",
    "hook_off": "Avisos apagados",
    "support_visit": "Soporte en el portal",
    "consent_asked": "Soporte pide permiso",
}
STATES = {"sent": ("Enviada", "ok"), "waiting": ("En espera", "info"), "failed": ("No se pudo", "bad")}
COLUMNS = [
    Column("kind", "Carta"),
    Column("to", "Para"),
    Column("state", "Estado", kind="badge"),
    Column("error", "Por qué", on_phone=False),
    Column("created", "Escrita", kind="number", on_phone=False),
    Column("number", "Nº", kind="number", on_phone=False),
]


@ui.page("/admin/letters")
async def letters_page(request: Request) -> None:
    """The outbox, and below it each letter with an example's words."""
    async with console(request, "Cartas", "Cartas") as page:
        table = DataTable(
            COLUMNS,
            load,
            label="Cartas",
            search="Correo completo",
            filters={"state": ("Estado: todos", {name: word for name, (word, _) in STATES.items()})},
            empty=("No hay cartas así", "Cada carta se escribe una vez, con lo que cuenta."),
        )
        if page.identity.may("letters.send"):
            with ui.element("section").classes("card stack").props('aria-label="Enviar otra vez"'):
                heading("Enviar otra vez", 2)
                text("Por si el cliente no la encuentra. Los enlaces que lleve son nuevos.", "small muted")
                with ui.row().classes("row wrapping").style("align-items:flex-end"):
                    number = field("Nº de la carta", attributes="inputmode=numeric maxlength=12")

                    async def again() -> None:
                        if not number.value.strip().isdigit():
                            number.wrong("Escribe el número que está en la tabla.")
                        elif await act(page.identity, "letters.send", letters.send_again, int(number.value)):
                            number.calm("En cola.")
                            await table.refresh()

                    button("Enviar otra vez", again, small=True)
        _preview()
        live.follow(["letter"], table.refresh)
        ui.timer(15, table.refresh, immediate=False)


def _preview() -> None:
    with ui.element("section").classes("card stack").props('aria-label="Cómo se leen"'):
        heading("Cómo se leen", 2)
        subject = text("", "strong")
        frame = ui.html("", sanitize=False)
        plain = ui.html("", sanitize=False)

        def show(kind: str) -> None:
            letter = letter_texts.render(kind, letter_texts.SAMPLE)
            subject.set_content(escape(letter.subject))
            frame.set_content(
                f'<iframe title="Carta: {escape(KINDS[kind])}" sandbox="" srcdoc="{escape(letter.html)}" '
                'style="width:100%;height:460px;border:1px solid var(--line);border-radius:10px"></iframe>'
            )
            plain.set_content(
                f'<details class="qa"><summary>Como texto</summary><pre class="term" tabindex="0" role="region" '
                f'aria-label="La carta como texto">{escape(letter.text)}</pre></details>'
            )

        chosen = select_field("Carta", KINDS, value="welcome", on_change=lambda event: show(event.value))
        chosen.box.move(target_index=1)
        show("welcome")


def load(query: Query) -> Page:
    """One page of rows."""
    state = query.filters.get("state") or None
    found = report.page(report.Filter(text=query.search, state=state, number=query.page, size=query.size))
    rows = [
        {
            "id": row.id,
            "kind": KINDS.get(row.kind, row.kind),
            "to": row.to,
            "state": dict(zip(("word", "tone"), STATES[row.state], strict=True)),
            "error": (row.error or "")[:60],
            "created": words.when(row.created_at),
            "number": str(row.id),
        }
        for row in found.rows
    ]
    return Page(rows, found.total)
