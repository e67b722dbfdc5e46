"""A tenant's own domain: typed, proved with two DNS records, served, taken back. In the portal and the admin."""

from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from nicegui import ui

from domain import own_domains
from domain.errors import AltaError
from domain.own_domains import DomainView
from ui.components.button import button
from ui.components.field import field
from ui.components.heading import heading, text
from ui.components.problem import problem
from ui.components.state_badge import badge_html
from ui.live import off_loop

WORDS = {
    "waiting": ("Falta el DNS", "warn"),
    "applying": ("Preparando", "info"),
    "live": ("En marcha", "ok"),
    "removing": ("Quitando", "info"),
}


class DomainCard:
    """`allow` asks again whether the person may act and returns their login; `acts` says whether to offer buttons."""

    def __init__(self, tenant_id: int, allow: Callable[[], Awaitable[str]], *, acts: bool) -> None:
        self.tenant_id, self._allow, self._acts = tenant_id, allow, acts
        self._shown: object = self
        self.card = ui.element("section").classes("card stack").props('aria-label="Dominio propio"')

    async def load(self) -> None:
        """Shows the domain as it is; nothing is written anew where nothing changed, so typing is not disturbed."""
        self.show(await off_loop(own_domains.view, self.tenant_id))

    def show(self, view: DomainView | None) -> None:
        """The same with a view at hand."""
        if view == self._shown:
            return
        self._shown = view
        self.card.clear()
        with self.card:
            with ui.row().classes("row between wrapping"):
                heading("Dominio propio", 2, look="h-card")
                if view is not None:
                    ui.html(badge_html(*WORDS[view.state]), sanitize=False)
            if view is None:
                self._none()
            else:
                self._one(view)

    def _none(self) -> None:
        text("Este Odoo puede tener además una dirección propia.", "small muted")
        if not self._acts:
            return
        with ui.element("form").classes("stack").on("submit.prevent", self._ask):
            self._typed = field("Dominio", attributes='placeholder="erp.empresa.com" inputmode=url maxlength=253')
            with ui.row().classes("row"):
                button("Usar este dominio", look="plain", small=True).props("type=submit")

    def _one(self, view: DomainView) -> None:
        if view.state == "live":
            text(f"{view.domain} lleva a este Odoo.", "small")
        elif view.state == "waiting":
            text("Crea estos dos registros donde administras tu dominio; tardan un rato en verse.", "small muted")
            ui.html(records_html(view), sanitize=False)
            if view.problem:
                problem("Todavía no.", view.problem, tone="warn")
        else:
            text(f"{view.domain}: el servidor lo está aplicando.", "small muted")
        if not self._acts or view.state == "removing":
            return
        with ui.row().classes("row wrapping"):
            if view.state == "waiting":
                button("Comprobar ahora", self._check, look="primary", small=True)
            button("Quitar dominio", self._remove, look="link", small=True)

    async def _ask(self) -> None:
        try:
            await self._do(own_domains.ask, self._typed.value)
        except AltaError as error:
            self._typed.wrong(error.message)

    async def _check(self) -> None:
        await self._told(own_domains.check)

    async def _remove(self) -> None:
        await self._told(own_domains.remove)

    async def _told(self, act: Callable[..., Any]) -> None:
        try:
            await self._do(act)
        except AltaError as error:
            ui.notify(error.message)

    async def _do(self, act: Callable[..., Any], *args: str) -> None:
        login = await self._allow()
        await off_loop(lambda: act(self.tenant_id, *args, by=login))
        await self.load()


def records_html(view: DomainView) -> str:
    """The records, to be copied from; a list, because values are longer than a phone is wide."""
    rows = "".join(
        f'<li><span class="small muted">{record.type} de</span> <b class="break">{escape(record.name)}</b><br>'
        f'<code class="break">{escape(record.value)}</code></li>'
        for record in view.records
    )
    return f'<ul class="plain-list stack" aria-label="Registros DNS">{rows}</ul>'
