"""A tenant's backups: one made now, each downloaded, restored or proven. For staff and for the customer."""

from collections.abc import Awaitable, Callable, Sequence
from html import escape

from nicegui import ui

from domain.backups import BackupRow
from domain.formats import day_clock, number
from ui.components.button import button
from ui.components.field import Field, field
from ui.components.heading import heading, text
from ui.components.state_badge import badge_html

KINDS = {
    "scheduled": "Programada",
    "manual": "A mano",
    "before_restore": "Antes de restaurar",
    "before_archive": "Antes de archivar",
}
SHOWN = 12
EXPLAINED = "Cada copia lleva la base de datos y los archivos, cifrados. Al descargarla la recibes abierta."
LOST = (
    "Tu Odoo vuelve a ser el del {when} UTC: todo lo que se hizo después se pierde, también contraseñas y usuarios. "
    "Antes se guarda otra copia de lo que hay ahora, y quien esté dentro tendrá que volver a entrar."
)
# What a click does; True where it was done.
Act = Callable[..., Awaitable[bool]]


class BackupList:
    """`make()`, `take(backup_id)`, `restore(backup_id, typed)` and `prove(backup_id)` act and say what went wrong;
    None: not offered. `level` is its heading's."""

    def __init__(
        self,
        subdomain: str,
        *,
        make: Act | None = None,
        take: Act | None = None,
        restore: Act | None = None,
        prove: Act | None = None,
        country: str | None = None,
        level: int = 2,
    ) -> None:
        self._subdomain, self._country = subdomain, country
        self._make, self._take, self._restore, self._prove = make, take, restore, prove
        self._shown: Sequence[BackupRow] | None = None
        with ui.element("section").classes("card stack").props('aria-label="Copias de seguridad"'):
            with ui.row().classes("row between wrapping"):
                heading("Copias de seguridad", level)
                if make is not None:
                    button("Hacer una copia ahora", make, small=True)
            text(EXPLAINED, "small muted")
            self._list = ui.element("ul").classes("plain-list")

    def show(self, rows: Sequence[BackupRow]) -> None:
        """The backups as they are now."""
        if rows == self._shown:
            return
        self._shown = rows
        self._list.clear()
        with self._list:
            if not rows:
                with ui.element("li"):
                    text("Todavía no hay ninguna. La primera se hace esta noche, o ahora si la pides.", "muted small")
            for row in rows[:SHOWN]:
                with ui.element("li").classes("row between wrapping"):
                    self._row(row)

    def _row(self, row: BackupRow) -> None:
        ui.html(row_html(row, self._country), sanitize=False).classes("small")
        with ui.row().classes("row wrapping"):
            if not row.usable or self._restore is None:
                return
            if self._take is not None:
                button("Descargar", lambda: self._download(row), small=True)
            if self._prove is not None:
                button("Probar", lambda: self._prove and self._prove(row.id), small=True)
            button("Restaurar", lambda: self._confirm(row), look="danger", small=True)

    async def _download(self, row: BackupRow) -> None:
        if self._take is not None and await self._take(row.id):
            ui.download.from_url(f"/api/backups/{row.id}/download")

    def _confirm(self, row: BackupRow) -> None:
        when = day_clock(row.created_at, self._country)
        with ui.dialog(value=True) as dialog, ui.element("div").classes("stack").style("--gap:14px;width:480px"):
            heading(f"Restaurar la copia del {when}", 2)
            text(LOST.format(when=when), "muted")
            typed = field(f"Escribe {self._subdomain} para confirmar")
            with ui.row().classes("row").style("justify-content:flex-end"):
                button("Volver", dialog.close)
                button("Restaurar", lambda: self._do(dialog, row, typed), look="danger")
        dialog.on("hide", dialog.delete)

    async def _do(self, dialog: ui.dialog, row: BackupRow, typed: Field) -> None:
        if typed.value.strip() != self._subdomain:
            typed.wrong("No coincide.")
        elif self._restore is not None and await self._restore(row.id, typed.value):
            dialog.close()


def row_html(row: BackupRow, country: str | None = None) -> str:
    """Moment, kind, size, state and proof of one backup; everything is escaped."""
    moment = escape(day_clock(row.created_at, country))
    parts = [f'<b class="num">{moment} UTC</b>', escape(KINDS.get(row.kind, row.kind))]
    if row.size is not None:
        parts.append(f'<span class="num">{escape(size_words(row.size, country))}</span>')
    plain = len(parts)
    badges = {"making": ("En curso", "info"), "failed": ("Con fallo", "bad")}
    if row.state in badges:
        parts.append(badge_html(*badges[row.state]))
    if row.proof == "passed" and row.proven_at is not None:
        parts.append(badge_html(f"Probada el {day_clock(row.proven_at, country)}", "ok"))
    elif row.proof == "failed":
        parts.append(badge_html("No superó la prueba", "bad"))
    why = row.error if row.state == "failed" else row.proof_note if row.proof == "failed" else None
    note = f'<p class="tiny muted">{escape(why.splitlines()[0])}</p>' if why else ""
    return f'<div class="row wrapping"><span>{", ".join(parts[:plain])}</span>{"".join(parts[plain:])}</div>{note}'


def size_words(size: int, country: str | None = None) -> str:
    """1,2 MB; 340 kB; 4,1 GB"""
    for unit, many in (("GB", 10**9), ("MB", 10**6)):
        if size >= many:
            return f"{number(size / many, country, 1)} {unit}"
    return f"{number(max(size // 1000, 1), country)} kB"
